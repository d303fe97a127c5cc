"""What the writers are given: the nouns joined with what only the run knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from classifier.model import JSON, Alert, BucketResult, Coverage, Finding, RiskScore, Severity


def timestamp(moment: datetime) -> str:
    """Return an aware moment as reports spell it: RFC 3339, UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """A finding with its risk and exposure. `exposure` is Exposure.to_json(); times are `timestamp` texts."""

    run_id: str
    finding_id: str
    finding: Finding
    risk: RiskScore
    exposure: Mapping[str, JSON]
    first_seen: str
    last_seen: str
    account: str | None = None
    region: str | None = None
    title: str = ""  # the detector's
    remediation: str = ""  # the detector's
    status: str = "open"
    attributes: Mapping[str, str] = field(default_factory=dict)  # what a scan template stamps on it


@dataclass(frozen=True, slots=True)
class BucketRecord:
    """A bucket (or local target) at the end of the run."""

    run_id: str
    result: BucketResult
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class BucketRow:
    """A bucket's line in the summary. `types` are its detectors with occurrences, most first."""

    bucket: str
    target: str
    account: str | None
    region: str | None
    public: str | None  # Verdict.public; None for a local target
    shared: str | None
    risk: RiskScore
    coverage: Coverage
    sensitive_objects: int
    types: tuple[tuple[str, int], ...]
    error: str | None = None

    @classmethod
    def of(cls, result: BucketResult, types: int = 5) -> BucketRow:
        """Return the row of a result, with its `types` most frequent detectors."""
        ranked = sorted(result.detectors.items(), key=lambda item: (-item[1], item[0]))
        error = result.error
        return cls(
            bucket=result.target.bucket,
            target=str(result.target),
            account=result.posture.account if result.posture else None,
            region=result.posture.region if result.posture else None,
            public=result.verdict.public if result.verdict else None,
            shared=result.verdict.shared if result.verdict else None,
            risk=result.risk,
            coverage=result.coverage,
            sensitive_objects=result.sensitive_objects,
            types=tuple(ranked[:types]),
            error=None
            if error is None
            else f"{error.reason}: {error.detail}"
            if error.detail
            else error.reason,
        )

    def to_json(self) -> dict[str, JSON]:
        return {
            "bucket": self.bucket,
            "target": self.target,
            "account": self.account,
            "region": self.region,
            "public": self.public,
            "shared": self.shared,
            "risk": self.risk.score,
            "risk_low": self.risk.low,
            "risk_high": self.risk.high,
            "band": self.risk.band,
            "sensitive_objects": self.sensitive_objects,
            "types": dict(self.types),
            "coverage": self.coverage.to_json(),
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An AWS account's line in the summary: its buckets that were looked at, taken together."""

    account: str
    buckets: int
    sensitive_objects: int
    risk: RiskScore

    def to_json(self) -> dict[str, JSON]:
        return {
            "account": self.account,
            "buckets": self.buckets,
            "sensitive_objects": self.sensitive_objects,
            "risk": self.risk.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run. `settings` holds no secrets; `alerts` the top ones in order, `buckets` riskiest first."""

    run_id: str
    version: str
    started: str
    finished: str
    settings: Mapping[str, JSON]
    targets: Sequence[str]
    risk: RiskScore
    coverage: Coverage
    findings: int  # objects × detectors
    occurrences: int
    sensitive_objects: int
    findings_by_severity: Mapping[Severity, int]
    occurrences_by_category: Mapping[str, int]
    alerts_total: int
    alerts_by_category: Mapping[str, int]
    alerts: Sequence[Alert]
    buckets: Sequence[BucketRow]
    exit_code: int
    accounts: Sequence[AccountRow] = ()  # riskiest first
    files: Sequence[str] = ()
    folder: str = ""
    allow_listed: Mapping[str, int] = field(default_factory=dict)  # matches not reported, by detector
    usage: Mapping[str, JSON] = field(default_factory=dict)  # requests, bytes, and what they cost
    catalog: Mapping[str, JSON] = field(default_factory=dict)  # of catalog.json
    notes: Sequence[str] = field(default=())  # what else the reader must know, in words

    def to_json(self) -> dict[str, JSON]:
        return {
            "run_id": self.run_id,
            "version": self.version,
            "started": self.started,
            "finished": self.finished,
            "exit_code": self.exit_code,
            "settings": dict(self.settings),
            "targets": list(self.targets),
            "totals": {
                "buckets": len(self.buckets),
                "objects": self.coverage.objects,
                "sensitive_objects": self.sensitive_objects,
                "findings": self.findings,
                "occurrences": self.occurrences,
                "alerts": self.alerts_total,
                "findings_by_severity": {
                    severity: self.findings_by_severity.get(severity, 0) for severity in reversed(Severity)
                },
                "occurrences_by_category": dict(sorted(self.occurrences_by_category.items())),
                "allow_listed": sum(self.allow_listed.values()),
                "allow_listed_by_detector": dict(sorted(self.allow_listed.items())),
                "alerts_by_category": dict(sorted(self.alerts_by_category.items())),
            },
            "risk": self.risk.to_json(),
            "weights_version": self.risk.weights_version,
            "coverage": self.coverage.to_json(),
            "alerts": [alert.to_json() for alert in self.alerts],
            "accounts": [row.to_json() for row in self.accounts],
            "buckets": [row.to_json() for row in self.buckets],
            "usage": dict(self.usage),
            "notes": list(self.notes),
            "files": list(self.files),
        }
