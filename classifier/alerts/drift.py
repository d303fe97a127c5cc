"""What has changed in a bucket since the run before: facts that rules ask for under `Change`.

What one of the two runs could not read has not changed as far as anybody knows: it is left unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

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


def change_facts(facts: BucketFacts) -> tuple[dict[str, JSON], set[str]]:
    """Return the facts, and the paths of those that are not known; nothing where there is no run before."""
    before, posture = facts.before, facts.posture
    regions = facts.regions_before
    new_region = bool(regions) and posture is not None and posture.region not in (None, *(regions or ()))
    if before is None or posture is None:
        return {"NewRegion": new_region}, set()
    earlier = _posture(before)
    found: dict[str, JSON] = {name: test(earlier, posture) for name, test in _TESTS.items()}
    failed = earlier.unreadable.keys() | posture.unreadable.keys()
    unknown = {f"Change.{name}" for name, needs in _NEEDS.items() if needs & failed}
    found["Lost"] = sorted(_NAMES[name] for name in _NAMES if found[name] and f"Change.{name}" not in unknown)
    found["NewRegion"] = new_region
    found |= dict(_access(before, facts))
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


def _all_on(posture: Posture, level: str) -> bool:
    block = posture.snapshot.get("PublicAccessBlock")
    settings = block.get(level) if isinstance(block, Mapping) else None
    return isinstance(settings, Mapping) and all(settings.get(name) is True for name in _BLOCKS)


def _had(holds: Callable[[Posture], bool]) -> Callable[[Posture, Posture], bool]:
    return lambda earlier, now: holds(earlier) and not holds(now)


def _control(name: str) -> Callable[[Posture], bool]:
    return lambda posture: controls_of(posture)[name] is True


def _at(*path: str) -> Callable[[Posture], JSON]:
    def look(posture: Posture) -> JSON:
        value: JSON = posture.snapshot
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    return look


def _weaker(earlier: Posture, now: Posture) -> bool:
    return _control("kms")(earlier) and not _control("kms")(now)


def _statements(posture: Posture) -> Collection[str]:
    policy = posture.snapshot.get("Policy")
    listed = policy.get("Statement") if isinstance(policy, Mapping) else ()
    items = listed if isinstance(listed, list) else [listed]
    return {str(sorted(item.items(), key=str)) for item in items if isinstance(item, Mapping)}


_TESTS: Mapping[str, Callable[[Posture, Posture], JSON]] = {
    "LostBlock": _had(lambda posture: _all_on(posture, "Bucket")),
    "LostAccountBlock": _had(lambda posture: _all_on(posture, "Account")),
    "LostEncryption": _had(_control("encryption")),
    "WeakerEncryption": _weaker,
    "LostVersioning": _had(_control("versioning")),
    "LostMfaDelete": _had(lambda posture: _at("Versioning", "MFADelete")(posture) == "Enabled"),
    "LostLogging": _had(_control("logging")),
    "LostObjectLock": _had(lambda posture: bool(_at("ObjectLock", "Rule")(posture))),
    "LostTls": _had(_control("tls")),
    "LostLifecycle": _had(lambda posture: bool(_at("Lifecycle")(posture))),
    "LostReplication": _had(lambda posture: bool(_at("Replication")(posture))),
    "NewWebsite": lambda earlier, now: not _at("Website")(earlier) and bool(_at("Website")(now)),
    "NewPolicyStatements": lambda earlier, now: len(set(_statements(now)) - set(_statements(earlier))),
}
