"""What a run keeps of a target while its objects stream by: totals, not objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from classifier import access, alerts, risk
from classifier.config import Settings
from classifier.model import (
    BucketResult,
    Coverage,
    DetectorInfo,
    Finding,
    FindingSummary,
    ObjectResult,
    RiskScore,
    Status,
)
from classifier.run.design import NOT_A_GAP, Design, is_gap
from classifier.run.listing import Scope
from classifier.run.prices import Prices

__all__ = ["NOT_A_GAP", "Totals", "is_gap", "whole"]

_MOST_PREFIXES = 1_000  # of a target that are told apart
_SHOWN_PREFIXES = 20


class Totals:
    """One target's totals, and with them the exposure and the risk of its findings."""

    def __init__(
        self,
        scope: Scope,
        settings: Settings,
        weights: risk.Weights,
        infos: Mapping[str, DetectorInfo],
        objects: alerts.ObjectAlerts,
    ) -> None:
        self.scope = scope
        self.objects = objects
        self._weights = weights
        self._infos = infos
        self._known_accounts = settings.known_accounts
        self._unsigned = settings.no_sign_request
        self._controls = risk.controls_of(scope.posture)
        self._risk = risk.BucketRisk(weights)
        self._prefixes: dict[str, risk.BucketRisk] = {}
        self._status: Counter[Status] = Counter()
        self._reasons: Counter[str] = Counter()
        self._bytes_total = self._bytes_read = self._bytes_scanned = 0
        self.evidence = alerts.BucketEvidence()
        self.detectors: Counter[str] = Counter()
        self.categories: Counter[str] = Counter()
        self.allowed: Counter[str] = Counter()
        self.traits: Counter[str] = Counter()
        self.gaps = 0
        self.carried = 0  # objects that an earlier run read
        self._used: dict[str, list[int]] = {}  # requests and bytes, by storage class
        self.design = Design(settings, scope.sampler)

    def add(self, result: ObjectResult) -> None:
        """Count an object."""
        self._status[result.status] += 1
        self._bytes_total += result.obj.size
        self._bytes_scanned += result.bytes_scanned
        self.allowed.update(result.allowed)
        self.traits.update(result.traits)
        self.design.add(result)
        self.carried += result.earlier
        if result.requests and not result.earlier:
            used = self._used.setdefault(result.obj.storage_class, [0, 0])
            used[0] += result.requests
            used[1] += result.bytes_read
        if result.status is not Status.SKIPPED:
            self._bytes_read += result.obj.size if result.sample is None else result.bytes_read
        if result.reason is not None:
            self._reasons[result.reason] += 1
            self.gaps += any(is_gap(problem) for problem in result.problems)
        for finding in result.findings:
            self.detectors[finding.detector] += finding.count
            self.categories[finding.category] += finding.count

    def cost(self, prices: Prices, transfer: float) -> float:
        """Return what reading the objects cost, in US dollars."""
        return sum(
            prices.reading(kind, requests, size, transfer) for kind, (requests, size) in self._used.items()
        )

    def exposure(self, key: str | None) -> risk.Exposure:
        """Who reaches the object `key`, which was read (None: anything in the target)."""
        posture, verdict = self.scope.posture, self.scope.verdict
        if self._unsigned and key is not None and verdict is not None:
            verdict = replace(verdict, grants=(*verdict.grants, access.seen_to_read(verdict.bucket, key)))
        return risk.exposure_of(
            verdict,
            key,
            self._known_accounts,
            self._weights,
            owner=posture.account if posture else None,
            organization=posture.snapshot.get("Organization") if posture else None,
        )

    def rate(
        self, findings: tuple[Finding, ...], exposure: risk.Exposure
    ) -> tuple[list[RiskScore], RiskScore | None]:
        """Add an object's findings to the target's risk; return the score of each, and that of the object."""
        evidence = [risk.evidence_of(finding, self._infos[finding.detector]) for finding in findings]
        self._risk.add(exposure, evidence)
        if not findings:
            return [], None
        self._prefix(findings[0].obj.key).add(exposure, evidence)
        each = [risk.score([item], exposure, self._weights, controls=self._controls) for item in evidence]
        if len(each) == 1:
            return each, each[0]
        return each, risk.score(evidence, exposure, self._weights, controls=self._controls)

    def _prefix(self, key: str) -> risk.BucketRisk:
        """Return the totals of a key's prefix, up to the first slash after the target's."""
        head, slash, _ = key[len(self.scope.target.prefix) :].partition("/")
        name = f"{self.scope.target.prefix}{head}{slash}" if slash else self.scope.target.prefix
        if name not in self._prefixes and len(self._prefixes) >= _MOST_PREFIXES:
            name = self.scope.target.prefix
        return self._prefixes.setdefault(name, risk.BucketRisk(self._weights))

    def note(self, finding_id: str, finding: Finding, score: RiskScore, exposure: risk.Exposure) -> None:
        """Keep a rated finding as evidence for alerts, if it is among the most telling."""
        summary = FindingSummary(
            finding_id,
            finding.obj.key,
            finding.detector,
            finding.category,
            finding.severity,
            finding.tier,
            finding.count,
            finding.confidence,
            score.score,
        )
        self.evidence.add(summary, exposure, live=self._infos[finding.detector].live_credential)

    def facts(self, result: BucketResult) -> alerts.BucketFacts:
        """What the alert rules look at."""
        return alerts.BucketFacts(
            result.target,
            result.posture,
            result.verdict,
            result.coverage,
            result.risk,
            self.evidence,
            frozenset(self._known_accounts),
            result.error,
            traits=result.traits,
        )

    @property
    def unread(self) -> bool:
        """Whether the target could not be scanned and no object of it was read."""
        read = self._status[Status.COMPLETE] + self._status[Status.PARTIAL]
        return self.scope.error is not None and not read and not self.scope.capped

    @property
    def coverage(self) -> Coverage:
        return Coverage(
            objects=self._status.total(),
            complete=self._status[Status.COMPLETE],
            partial=self._status[Status.PARTIAL],
            skipped=self._status[Status.SKIPPED],
            bytes_total=self._bytes_total,
            bytes_read=self._bytes_read,
            bytes_scanned=self._bytes_scanned,
            reasons=dict(sorted(self._reasons.items())),
        )

    def result(self, behaviour: Sequence[float] = ()) -> BucketResult:
        """The target as a whole, once all its objects were added.

        `behaviour` are the severities of the alerts about what somebody did there.
        """
        scope = self.scope
        self.design.excluded = scope.excluded
        self.design.excluded_bytes = scope.excluded_bytes
        unread = risk.unread_of(self.coverage, self._weights, failed=scope.error is not None)
        prefixes = {
            name: found.score(self.exposure(name), unread=unread, controls=self._controls)
            for name, found in self._prefixes.items()
        }
        worst = sorted(prefixes.items(), key=lambda item: (-item[1].score, item[0]))[:_SHOWN_PREFIXES]
        return BucketResult(
            target=scope.target,
            posture=scope.posture,
            verdict=scope.verdict,
            coverage=self.coverage,
            risk=self._risk.score(
                self.exposure(None), unread=unread, controls=self._controls, behaviour=behaviour
            ),
            detectors=dict(sorted(self.detectors.items())),
            categories=dict(sorted(self.categories.items())),
            sensitive_objects=self._risk.sensitive_objects,
            error=scope.error,
            traits=dict(sorted(self.traits.items())),
            sensitivity=risk.sensitivity(
                self.coverage,
                self._risk.sensitive_objects,
                dict(self.detectors),
                failed=scope.error is not None,
            ),
            prefixes=dict(worst),
            sampling=self.design.to_json(self._infos),
        )


def whole(results: list[BucketResult]) -> Coverage:
    """The coverage of all targets together."""
    reasons: Counter[str] = Counter()
    for result in results:
        reasons.update(result.coverage.reasons)
    parts = [result.coverage for result in results]
    return Coverage(
        objects=sum(part.objects for part in parts),
        complete=sum(part.complete for part in parts),
        partial=sum(part.partial for part in parts),
        skipped=sum(part.skipped for part in parts),
        bytes_total=sum(part.bytes_total for part in parts),
        bytes_read=sum(part.bytes_read for part in parts),
        bytes_scanned=sum(part.bytes_scanned for part in parts),
        reasons=dict(sorted(reasons.items())),
    )
