"""What the rules look at."""

from __future__ import annotations

from dataclasses import dataclass

from classifier.alerts.evidence import BucketEvidence
from classifier.model import Coverage, Posture, Problem, Reason, RiskScore, Target, Verdict


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

    @property
    def gone(self) -> bool:
        """Whether there is no such bucket, and so nothing to say of its settings."""
        return self.error is not None and self.error.reason is Reason.NO_SUCH_BUCKET_AVAILABLE

    @property
    def name(self) -> str:
        """The bucket's name, or the path of a local target."""
        return self.target.bucket or self.target.path
