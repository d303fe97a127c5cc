"""Objects and their findings as records of the rule language (index `findings`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from classifier.alerts.datapolicy import DataPolicy
from classifier.alerts.language import FINDINGS, AlertFold, Evaluator, LanguageRule
from classifier.model import JSON, Alert, Finding, ObjectResult, Posture, Target
from classifier.risk import Bands, Exposure

_DAY = 86_400


def object_records(
    result: ObjectResult,
    rated: Sequence[tuple[str, Finding, float]],
    exposure: Exposure,
    posture: Posture | None,
    policy: DataPolicy,
    now: datetime,
) -> Iterator[dict[str, JSON]]:
    """Yield a record for each finding (`rated`: its id, itself, its risk), and one where there are traits."""
    obj = result.obj
    snapshot: Mapping[str, JSON] = posture.snapshot if posture else {}
    region = posture.region if posture else None
    tags = tags_of(snapshot)
    age = None if obj.last_modified is None else (now - obj.last_modified).total_seconds() / _DAY
    base = obj.key.rpartition("/")[2]
    shared: dict[str, JSON] = {
        "bucket": obj.bucket,
        "key": obj.key,
        "version_id": obj.version_id,
        "etag": obj.etag,
        "size": obj.size,
        "extension": base.rpartition(".")[2].lower() if "." in base else "",
        "storage_class": obj.storage_class,
        "age_days": age,
        "exposure": exposure.to_json() | {"reach": exposure.reach},
        "traits": list(result.traits),
        "status": result.status,
        "account": posture.account if posture else None,
        "region": region,
        "tags": tags,
        "website": bool(snapshot.get("Website")),
    }
    for name, finding, risk in rated:
        told = {
            "finding_id": name,
            "detector": finding.detector,
            "category": finding.category,
            "severity": finding.severity,
            "tier": finding.tier,
            "confidence": finding.confidence,
            "count": finding.count,
            "risk": risk,
        }
        judged = policy.judge(obj.bucket, obj.key, tags, region, finding.detector, finding.category, age)
        yield shared | told | {"data_policy": judged}
    if result.traits:
        yield shared | {"finding_id": f"s3://{obj.bucket}/{obj.key}", "detector": None}


class ObjectAlerts:
    """The rules of the language over one target's objects, as they stream by."""

    def __init__(
        self,
        rules: Iterable[LanguageRule],
        bands: Bands,
        target: Target,
        posture: Posture | None,
        policy: DataPolicy,
        now: datetime,
        moment: str,
    ) -> None:
        self._evaluator = Evaluator(FINDINGS, rules)
        self._fold = AlertFold(bands, moment=moment, account=str(target))
        self._posture = posture
        self._policy = policy
        self._now = now

    def take(
        self, result: ObjectResult, rated: Sequence[tuple[str, Finding, float]], exposure: Exposure
    ) -> None:
        """Take an object with its findings, each with its id and risk."""
        for record in object_records(result, rated, exposure, self._posture, self._policy, self._now):
            for hit in self._evaluator.feed(record):
                self._fold.add(hit)

    def alerts(self) -> list[Alert]:
        """Return the alerts, once all objects were taken."""
        for hit in self._evaluator.finish():
            self._fold.add(hit)
        return self._fold.alerts()


def tags_of(snapshot: Mapping[str, JSON]) -> dict[str, str]:
    """Return a bucket's tags by name."""
    listed = snapshot.get("Tags")
    items = listed if isinstance(listed, list) else []
    return {str(tag.get("Key")): str(tag.get("Value")) for tag in items if isinstance(tag, Mapping)}
