"""A bucket as a record of the rule language: its snapshot, what follows from it, and what was found in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from classifier.alerts.drift import change_facts
from classifier.alerts.facts import BucketFacts
from classifier.alerts.language import Record, values_at
from classifier.alerts.language.values import Lists
from classifier.alerts.outsiders import deleted_principals, grants_of, networks
from classifier.model import JSON, Posture
from classifier.risk import controls_of, statements

KNOWN = "known_accounts"
# What an operation that failed leaves unknown. The names are those of the IAM actions' operations.
_LEAVES: Mapping[str, tuple[str, ...]] = {
    "GetBucketPolicy": (
        "Policy",
        "Derived.LocksOut",
        "Derived.WidestNetworks",
        "Derived.DeletedPrincipals",
    ),
    "GetBucketPolicyStatus": ("PolicyStatus",),
    "GetBucketAcl": ("Acl",),
    "GetBucketPublicAccessBlock": ("PublicAccessBlock.Bucket",),
    "GetPublicAccessBlock": ("PublicAccessBlock.Bucket",),
    "GetAccountPublicAccessBlock": ("PublicAccessBlock.Account",),
    "GetBucketOwnershipControls": ("ObjectOwnership",),
    "GetBucketRequestPayment": ("RequestPayer",),
    "GetBucketEncryption": ("Encryption", "KmsKey", "Derived.KmsKeyAccounts"),
    "DescribeKey": ("KmsKey",),
    "GetBucketVersioning": ("Versioning",),
    "GetBucketLogging": ("Logging",),
    "GetBucketWebsite": ("Website",),
    "GetBucketCors": ("Cors",),
    "GetBucketLifecycleConfiguration": ("Lifecycle", "Derived.WipesInDays"),
    "GetBucketReplication": ("Replication", "Derived.ReplicationForeign"),
    "GetBucketTagging": ("Tags",),
    "GetObjectLockConfiguration": ("ObjectLock",),
    "GetBucketNotificationConfiguration": ("Notification", "Derived.NotificationForeign"),
    "ListBucketInventoryConfigurations": ("Inventory", "Derived.InventoryForeign"),
    "ListAccessPoints": ("AccessPoints", "Derived.OpenAccessPoints"),
    "GetAccessPoint": ("Derived.OpenAccessPoints",),
}
# Settings that a snapshot may leave out altogether; nothing is known of them then.
_OPTIONAL = {
    "Encryption": "GetBucketEncryption",
    "Versioning": "GetBucketVersioning",
    "Logging": "GetBucketLogging",
    "Website": "GetBucketWebsite",
    "Cors": "GetBucketCors",
    "Lifecycle": "GetBucketLifecycleConfiguration",
    "Replication": "GetBucketReplication",
    "ObjectLock": "GetObjectLockConfiguration",
    "Notification": "GetBucketNotificationConfiguration",
    "Inventory": "ListBucketInventoryConfigurations",
    "AccessPoints": "ListAccessPoints",
}
SOON_DAYS = 7
_ACCOUNT = re.compile(r"\d{12}")
_TARGETS = (
    ("QueueConfigurations", "QueueArn"),
    ("TopicConfigurations", "TopicArn"),
    ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
)


def bucket_record(facts: BucketFacts) -> Record:
    """Return the record of a bucket (of a local target: with its content alone)."""
    posture = facts.posture
    data: dict[str, JSON] = {"Bucket": facts.name, "Content": _content(facts), "Risk": facts.risk.to_json()}
    if posture is None:
        return Record(data, facts.name)
    known = facts.known_accounts | {posture.account or ""}
    data |= dict(posture.snapshot) | {"Bucket": facts.name}
    controls = controls_of(posture)
    data["Controls"] = controls
    data["Derived"] = _derived(posture, known)
    data["Change"], unchanged = change_facts(facts, controls)
    unknown = {f"Controls.{name}" for name, state in controls.items() if state is None}
    unknown |= unchanged
    unknown.update(path for operation in posture.unreadable for path in _LEAVES.get(operation, ()))
    for name, operation in _OPTIONAL.items():
        if name not in posture.snapshot:
            unknown.update(_LEAVES[operation])
    if _undecided_copies(posture.snapshot):
        unknown.add("Derived.ReplicationForeign")
    verdict = facts.verdict
    if verdict is not None:
        grants = list(grants_of(facts))
        data["Access"] = {
            "Grants": grants,
            "Outsiders": sorted({str(grant["principal"]) for grant in grants if grant["outside"]}),
            "Public": verdict.public,
            "Shared": verdict.shared,
            "Latent": len(verdict.latent),
        }
        unknown.update(f"Access.{n}" for n in ("Public", "Shared") if data["Access"][n] == "unknown")
    return Record(data, facts.name, unknown=frozenset(unknown))


def lists_of(facts: BucketFacts) -> Lists:
    """Return the lists that rules over a bucket may name: `known_accounts`, with the bucket's own."""
    own = {facts.posture.account} if facts.posture and facts.posture.account else set()
    return {KNOWN: facts.known_accounts | own}


def _content(facts: BucketFacts) -> dict[str, JSON]:
    everything = facts.evidence.select()
    types = facts.found()
    return {
        "Traits": dict(facts.traits),
        "Objects": facts.coverage.objects,
        "Occurrences": everything.occurrences if everything else 0,
        "Findings": everything.findings if everything else 0,
        "Detectors": dict(types),
        "Names": list(types),
        "Categories": sorted(facts.evidence.categories),
    }


def _derived(posture: Posture, known: Collection[str]) -> dict[str, JSON]:
    snapshot = posture.snapshot
    return {
        "KmsKeyAccounts": sorted(_key_accounts(snapshot)),
        "WipesInDays": _wipes(snapshot.get("Lifecycle")),
        "ReplicationForeign": sorted(set(_replicas(snapshot)) - set(known)),
        "NotificationForeign": sorted(set(_notified(snapshot)) - set(known)),
        "InventoryForeign": sorted(set(_inventories(snapshot)) - set(known)),
        "OpenAccessPoints": list(_open_points(snapshot)),
        "WidestNetworks": sorted(set(networks(snapshot.get("Policy")))),
        "DeletedPrincipals": sorted(set(deleted_principals(snapshot.get("Policy")))),
        "LocksOut": _locks_out(snapshot.get("Policy"), posture.bucket),
    }


def _key_accounts(snapshot: Mapping[str, JSON]) -> Iterator[str]:
    """Yield the accounts of the keys of the default encryption, as far as they are told."""
    keys = values_at(
        snapshot, ("Encryption", "Rules", "ApplyServerSideEncryptionByDefault", "KMSMasterKeyID")
    )
    keys += values_at(snapshot, ("KmsKey", "Arn"))
    for key in keys:
        account = _account_of(key)
        if account:
            yield account


def _account_of(arn: JSON) -> str:
    """Return the account that an ARN names, "" for none."""
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[4] if len(parts) > 5 and parts[0] == "arn" and _ACCOUNT.fullmatch(parts[4]) else ""


def _wipes(rules: JSON) -> int | None:
    """Return the days after which a rule deletes every object, where these are few.

    Of a rule that is limited to a part of the bucket (a prefix, a tag, a size) nothing is said.
    """
    found: list[int] = []
    for rule in rules if isinstance(rules, Sequence) and not isinstance(rules, str) else ():
        if not isinstance(rule, Mapping) or rule.get("Status") != "Enabled" or _narrowed(rule):
            continue
        expiration = rule.get("Expiration")
        days = expiration.get("Days") if isinstance(expiration, Mapping) else None
        if isinstance(days, int) and days <= SOON_DAYS:
            found.append(days)
    return min(found, default=None)


def _narrowed(rule: Mapping[str, JSON]) -> bool:
    limits = rule.get("Filter")
    inner = limits if isinstance(limits, Mapping) else {}
    return bool(rule.get("Prefix")) or any(value not in ("", None) for value in inner.values())


def _undecided_copies(snapshot: Mapping[str, JSON]) -> bool:
    """Whether copies go to buckets of which it is not known whose they are."""
    owners = snapshot.get("DestinationOwners")
    told = owners if isinstance(owners, Mapping) else {}
    return any(
        not destination.get("Account") and told.get(str(destination.get("Bucket"))) not in ("own", "other")
        for destination in _destinations(snapshot)
    )


def _destinations(snapshot: Mapping[str, JSON]) -> Iterator[Mapping[str, JSON]]:
    """Yield where enabled rules of the replication copy to."""
    for rule in values_at(snapshot, ("Replication", "Rules")):
        destination = rule.get("Destination") if isinstance(rule, Mapping) else None
        if isinstance(destination, Mapping) and rule.get("Status") == "Enabled":
            yield destination


def _replicas(snapshot: Mapping[str, JSON]) -> Iterator[str]:
    """Yield the accounts that get copies, and the buckets of others."""
    owners = snapshot.get("DestinationOwners")
    told = owners if isinstance(owners, Mapping) else {}
    for destination in _destinations(snapshot):
        account = destination.get("Account")
        if account:
            yield str(account)
        elif told.get(str(destination.get("Bucket"))) == "other":
            yield str(destination.get("Bucket"))


def _notified(snapshot: Mapping[str, JSON]) -> Iterator[str]:
    for kind, name in _TARGETS:
        for arn in values_at(snapshot, ("Notification", kind, name)):
            if account := _account_of(arn):
                yield account


def _inventories(snapshot: Mapping[str, JSON]) -> Iterator[str]:
    path = ("Inventory", "Destination", "S3BucketDestination", "AccountId")
    yield from (str(account) for account in values_at(snapshot, path) if account)


def _open_points(snapshot: Mapping[str, JSON]) -> Iterator[str]:
    points = snapshot.get("AccessPoints")
    for point in points if isinstance(points, list) else ():
        block = point.get("PublicAccessBlock") if isinstance(point, Mapping) else None
        if isinstance(block, Mapping) and not all(
            block.get(name) is True
            for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        ):
            yield str(point.get("Name"))


def _locks_out(policy: JSON, bucket: str) -> bool:
    """Whether a statement denies everything on the bucket to everybody, whatever the circumstances."""
    if not isinstance(policy, Mapping):
        return False
    arns = {f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*", "*", "arn:aws:s3:::*"}
    for statement in statements(policy):
        principal = statement.get("Principal")
        named = principal.get("AWS") if isinstance(principal, Mapping) else principal
        if (
            statement.get("Effect") == "Deny"
            and "*" in _texts(named)
            and {"*", "s3:*"} & set(_texts(statement.get("Action")))
            and not statement.get("Condition")
            and arns & set(_texts(statement.get("Resource")))
        ):
            return True
    return False


def _texts(value: JSON) -> list[str]:
    return [value] if isinstance(value, str) else [str(item) for item in value or ()]
