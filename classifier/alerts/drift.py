"""What has changed in a bucket since the run before: facts that rules ask for under `Change`.

What one of the two runs could not read has not changed as far as anybody knows: it is left unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from classifier.alerts.facts import Before, BucketFacts
from classifier.alerts.outsiders import OUTSIDE, kind_of
from classifier.model import JSON, Posture
from classifier.risk import controls_of

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
# Fact → what must have been read on both sides.
_NEEDS: Mapping[str, frozenset[str]] = {
    "LostBlock": frozenset({"GetBucketPublicAccessBlock", "GetPublicAccessBlock"}),
    "LostAccountBlock": frozenset({"GetAccountPublicAccessBlock"}),
    "LostEncryption": frozenset({"GetBucketEncryption"}),
    "WeakerEncryption": frozenset({"GetBucketEncryption"}),
    "LostVersioning": frozenset({"GetBucketVersioning"}),
    "LostMfaDelete": frozenset({"GetBucketVersioning"}),
    "LostLogging": frozenset({"GetBucketLogging"}),
    "LostObjectLock": frozenset({"GetObjectLockConfiguration"}),
    "LostTls": frozenset({"GetBucketPolicy"}),
    "LostLifecycle": frozenset({"GetBucketLifecycleConfiguration"}),
    "LostReplication": frozenset({"GetBucketReplication"}),
    "NewWebsite": frozenset({"GetBucketWebsite"}),
    "NewPolicyStatements": frozenset({"GetBucketPolicy"}),
}

# Controls whose loss one rule tells of together.
_NAMES = {
    "LostVersioning": "versioning",
    "LostMfaDelete": "MFA Delete",
    "LostObjectLock": "Object Lock",
    "LostTls": "TLS only",
    "LostLifecycle": "lifecycle rules",
    "LostReplication": "replication",
}


def change_facts(
    facts: BucketFacts, controls: Mapping[str, bool | None] | None = None
) -> tuple[dict[str, JSON], set[str]]:
    """Return the facts, and the paths of those that are not known; nothing where there is no run before.

    `controls` are the bucket's now, where they are known already.
    """
    before, posture = facts.before, facts.posture
    regions = facts.regions_before
    new_region = bool(regions) and posture is not None and posture.region not in (None, *(regions or ()))
    if before is None or posture is None:
        return {"NewRegion": new_region}, set()
    earlier = _posture(before)
    sides = _Side(earlier, controls_of(earlier)), _Side(posture, controls or controls_of(posture))
    found: dict[str, JSON] = {name: test(*sides) for name, test in _TESTS.items()}
    failed = earlier.unreadable.keys() | posture.unreadable.keys()
    unknown = {f"Change.{name}" for name, needs in _NEEDS.items() if needs & failed}
    found["Lost"] = sorted(_NAMES[name] for name in _NAMES if found[name] and f"Change.{name}" not in unknown)
    found["NewRegion"] = new_region
    found |= dict(_access(before, facts))
    if before.detectors is None or before.traits is None:
        return found, unknown | {"Change.NewDetectors", "Change.Traits"}
    found["NewDetectors"] = sorted(facts.found().keys() - before.detectors.keys())
    found["Traits"] = {
        name: count - before.traits.get(name, 0)
        for name, count in facts.traits.items()
        if count > before.traits.get(name, 0)
    }
    return found, unknown


def _posture(before: Before) -> Posture:
    snapshot = before.snapshot
    errors = snapshot.get("UnreadableErrors") or {}
    return Posture(str(snapshot.get("Bucket", "")), None, None, snapshot, dict(errors))


def _access(before: Before, facts: BucketFacts) -> Iterator[tuple[str, JSON]]:
    if before.verdict is None or facts.verdict is None:
        return
    told = before.verdict
    yield "BecamePublic", told.get("Public") == "not_public" and facts.verdict.public == "public"
    shared = told.get("Shared") in ("internal", "not_shared") and facts.verdict.shared == "external"
    yield "BecameShared", shared
    earlier = {str(grant.get("principal")) for grant in told.get("Grants") or ()}
    new = {grant.principal for grant in facts.verdict.grants} - earlier
    yield "NewPrincipals", sorted(new)
    yield "NewOutsiders", sorted(name for name in new if kind_of(name, facts) in OUTSIDE)
    yield "NewCloudFront", any(name.startswith("cloudfront") for name in new)


@dataclass(frozen=True, slots=True)
class _Side:
    posture: Posture
    controls: Mapping[str, bool | None]

    def at(self, *path: str) -> JSON:
        value: JSON = self.posture.snapshot
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def blocks(self, level: str) -> bool:
        """Whether all four settings of Block Public Access are on at a level."""
        settings = self.at("PublicAccessBlock", level)
        return isinstance(settings, Mapping) and all(settings.get(name) is True for name in _BLOCKS)

    def statements(self) -> set[str]:
        listed = self.at("Policy", "Statement")
        items = listed if isinstance(listed, list) else [listed]
        return {json.dumps(item, sort_keys=True) for item in items if isinstance(item, Mapping)}


def _had(holds: Callable[[_Side], bool]) -> Callable[[_Side, _Side], bool]:
    return lambda earlier, now: holds(earlier) and not holds(now)


def _control(name: str) -> Callable[[_Side], bool]:
    return lambda side: side.controls[name] is True


_TESTS: Mapping[str, Callable[[_Side, _Side], JSON]] = {
    "LostBlock": _had(lambda side: side.blocks("Bucket")),
    "LostAccountBlock": _had(lambda side: side.blocks("Account")),
    "LostEncryption": _had(_control("encryption")),
    "WeakerEncryption": _had(_control("kms")),
    "LostVersioning": _had(_control("versioning")),
    "LostMfaDelete": _had(lambda side: bool(side.at("Versioning", "MFADelete") == "Enabled")),
    "LostLogging": _had(_control("logging")),
    "LostObjectLock": _had(lambda side: bool(side.at("ObjectLock", "Rule"))),
    "LostTls": _had(_control("tls")),
    "LostLifecycle": _had(lambda side: bool(side.at("Lifecycle"))),
    "LostReplication": _had(lambda side: bool(side.at("Replication"))),
    "NewWebsite": lambda earlier, now: not earlier.at("Website") and bool(now.at("Website")),
    "NewPolicyStatements": lambda earlier, now: len(now.statements() - earlier.statements()),
}
