"""A bucket of a test: its settings, its objects with their bytes, the run before; which alerts it raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from classifier import access, extract
from classifier.alerts import (
    Before,
    BucketEvidence,
    BucketFacts,
    DataPolicy,
    ObjectAlerts,
    evaluate,
    load_rules,
)
from classifier.config import Settings
from classifier.detect import TraitReader
from classifier.model import (
    Alert,
    Category,
    Coverage,
    Finding,
    FindingSummary,
    Mismatch,
    ObjectResult,
    Posture,
    Problem,
    S3Object,
    Severity,
    Status,
    Target,
    Tier,
)
from classifier.risk import BucketRisk, exposure_of, load_weights, unread_of
from classifier.run.worker import limits
from tests.alerts.good import ACCOUNT, GOOD

RULES, WEIGHTS = load_rules(), load_weights()
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MOMENT = "2026-01-02T03:04:05Z"
_LIMITS = limits(Settings())
_CATEGORY = {
    "AWS_CREDENTIALS": Category.CREDENTIALS,
    "CREDIT_CARD_NUMBER": Category.FINANCIAL_INFORMATION,
    "IBAN": Category.FINANCIAL_INFORMATION,
    "HEALTH_RECORD": Category.PERSONAL_HEALTH_INFORMATION,
}


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def blocks(self) -> Iterator[bytes]:
        yield self.data

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def traits(key: str, body: bytes) -> tuple[str, ...]:
    """Return the traits of an object, as a worker finds them."""
    reader = TraitReader(key)
    for item in extract.extract(key, _Bytes(body), _LIMITS):
        if isinstance(item, Problem | Mismatch):
            reader.tell(item)
        else:
            reader.feed(item)
    return reader.result()


@dataclass(frozen=True)
class Bucket:
    """`settings` take the place of a good bucket's; `allow` are statements added to its policy.

    `objects` maps keys to bytes, `found` keys to (detector, count); `days` is the age of every object.
    `before` is the bucket at the run before, None: there was none.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    allow: tuple[Mapping[str, Any], ...] = ()
    objects: Mapping[str, bytes] = field(default_factory=dict)
    found: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    days: int = 1
    region: str = "eu-west-1"
    known: frozenset[str] = frozenset()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    policy: DataPolicy = field(default_factory=lambda: DataPolicy(version="", policies=()))
    before: Bucket | None = None
    regions_before: frozenset[str] | None = None


def posture_of(bucket: Bucket) -> Posture:
    policy = GOOD["Policy"] | {"Statement": [*GOOD["Policy"]["Statement"], *bucket.allow]}
    owner = {"ID": "owner"}
    acl = {"Owner": owner, "Grants": []}
    snapshot = GOOD | {"AccountId": ACCOUNT, "Acl": acl, "Policy": policy} | dict(bucket.settings)
    return Posture("b", ACCOUNT, bucket.region, snapshot, dict(bucket.unreadable))


def facts_of(bucket: Bucket) -> tuple[BucketFacts, ObjectAlerts]:
    posture = posture_of(bucket)
    verdict = access.evaluate(posture.to_json())
    target = Target("b")
    objects = ObjectAlerts(RULES.language, WEIGHTS.alert_bands, target, posture, bucket.policy, NOW, MOMENT)
    evidence = BucketEvidence()
    counted: dict[str, int] = {}
    for key in sorted(bucket.objects.keys() | bucket.found.keys()):
        exposure = exposure_of(verdict, key, bucket.known, WEIGHTS, owner=ACCOUNT)
        obj = S3Object("b", key, 10, last_modified=NOW - timedelta(days=bucket.days))
        told = traits(key, bucket.objects[key]) if key in bucket.objects else ()
        rated = []
        if key in bucket.found:
            name, count = bucket.found[key]
            category = _CATEGORY.get(name, Category.PERSONAL_INFORMATION)
            finding = Finding(obj, name, category, Severity.HIGH, 1.0, Tier.VERIFIED, count, True, (), False)
            summary = FindingSummary(
                f"id-{key}", key, name, category, Severity.HIGH, Tier.VERIFIED, count, 1.0, 50.0
            )
            evidence.add(summary, exposure, live=name == "AWS_CREDENTIALS")
            rated.append((f"id-{key}", finding, 50.0))
        result = ObjectResult(obj, Status.COMPLETE, None, "", 10, (), (), traits=told)
        objects.take(result, rated, exposure)
        for trait in told:
            counted[trait] = counted.get(trait, 0) + 1
    exposure = exposure_of(verdict, None, bucket.known, WEIGHTS, owner=ACCOUNT)
    coverage = Coverage(objects=10, complete=10)
    risk = BucketRisk(WEIGHTS).score(exposure, unread=unread_of(coverage, WEIGHTS))
    facts = BucketFacts(
        target,
        posture,
        verdict,
        coverage,
        risk,
        evidence,
        bucket.known,
        traits=counted,
        before=None if bucket.before is None else before_of(bucket.before),
        regions_before=bucket.regions_before,
    )
    return facts, objects


def before_of(bucket: Bucket) -> Before:
    facts, _ = facts_of(bucket)
    assert facts.posture is not None
    assert facts.verdict is not None
    return Before(facts.posture.to_json(), facts.verdict.to_json(), facts.found(), facts.traits)


def alerts(bucket: Bucket) -> list[Alert]:
    """Return all alerts of the bucket."""
    facts, objects = facts_of(bucket)
    return [*evaluate([facts], RULES, WEIGHTS, moment=MOMENT), *objects.alerts()]
