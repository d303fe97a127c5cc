"""What the rules look at."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from classifier.alerts.evidence import BucketEvidence
from classifier.alerts.language.fields import Record
from classifier.model import JSON, CheckResult, Coverage, Posture, Problem, Reason, RiskScore, Target, Verdict


@dataclass(frozen=True, slots=True)
class Before:
    """A bucket as an earlier run found it.

    `snapshot` is Posture.to_json(), `verdict` Verdict.to_json(), `detectors` and `traits` their numbers, None
    where no run has looked at all objects.
    """

    snapshot: Mapping[str, JSON]
    verdict: Mapping[str, JSON] | None = None
    detectors: Mapping[str, int] | None = field(default_factory=dict)
    traits: Mapping[str, int] | None = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """One bucket (or local target) at the end of its scan. `known_accounts` may share the data.

    `error` says why the target was not scanned, or not to its end.
    """

    target: Target
    posture: Posture | None
    verdict: Verdict | None
    coverage: Coverage
    risk: RiskScore
    evidence: BucketEvidence
    known_accounts: frozenset[str] = frozenset()
    error: Problem | None = None
    checks: tuple[CheckResult, ...] | None = None  # None: not made yet
    record: Record | None = None  # what rules look at, once it was made
    traits: Mapping[str, int] = field(default_factory=dict)  # objects by trait
    before: Before | None = None  # as the last run found it, where there was one
    regions_before: frozenset[str] | None = None  # of the account's buckets then; None: there was no run

    def found(self) -> Mapping[str, int]:
        """The detectors that found something, with their occurrences."""
        everything = self.evidence.select()
        return everything.types if everything else {}

    @property
    def gone(self) -> bool:
        """Whether there is no such bucket, and so nothing to say of its settings."""
        return self.error is not None and self.error.reason is Reason.NO_SUCH_BUCKET_AVAILABLE

    @property
    def account(self) -> str:
        """The account that owns the bucket, "" where it is not known."""
        return (self.posture.account or "") if self.posture else ""

    @property
    def name(self) -> str:
        """The bucket's name, or the path of a local target."""
        return self.target.bucket or self.target.path


def alert_id(rule: str, facts: BucketFacts) -> str:
    """Return an alert's id: the same in every run over the same target, 32 hexadecimal digits."""
    identity = json.dumps([rule, str(facts.target)]).encode("ascii")
    return hashlib.sha256(identity).hexdigest()[:32]
