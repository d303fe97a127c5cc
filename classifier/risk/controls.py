"""Which protections a bucket has, from its posture: in place, not in place, or unknown (None)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from classifier.model import JSON, Posture

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_LEVELS = ("Organization", "Account", "Bucket")


def controls_of(posture: Posture | None) -> dict[str, bool | None]:
    """Return the state of each control; all False for `None`, a local target, which can have none.

    kms: default encryption with a KMS key · encryption: any default encryption · versioning: Enabled ·
    logging: server access logs are delivered · tls: the policy refuses requests without TLS ·
    block_public_access: all four settings are on (organization, account and bucket together) ·
    acls_disabled: ownership is BucketOwnerEnforced.
    """
    if posture is None:
        return dict.fromkeys(_CONTROLS, False)
    return {name: _state(posture, *rule) for name, rule in _CONTROLS.items()}


def failed_operations(posture: Posture, control: str) -> dict[str, str]:
    """Return the operations that the control needs and that failed, with their error codes."""
    return {op: code for op, code in sorted(posture.unreadable.items()) if op in _CONTROLS[control][1]}


def _state(
    posture: Posture, holds: Callable[[Posture], bool | None], operations: Collection[str]
) -> bool | None:
    state = holds(posture)
    if not state and any(op in posture.unreadable for op in operations):
        return None
    return state


def _configured(posture: Posture, key: str) -> tuple[bool, Mapping[str, JSON]]:
    """Return whether the snapshot tells of `key` at all, and what is configured (nothing: empty)."""
    value = posture.snapshot.get(key)
    return key in posture.snapshot, value if isinstance(value, Mapping) else {}


def _algorithms(posture: Posture) -> set[str] | None:
    told, value = _configured(posture, "Encryption")
    if not told:
        return None
    rules = value.get("Rules")
    defaults = [_member(rule, "ApplyServerSideEncryptionByDefault") for rule in _items(rules)]
    return {str(name) for name in (_member(default, "SSEAlgorithm") for default in defaults) if name}


def _member(value: JSON, name: str) -> JSON:
    return value.get(name) if isinstance(value, Mapping) else None


def _encryption(posture: Posture) -> bool | None:
    algorithms = _algorithms(posture)
    return None if algorithms is None else bool(algorithms)


def _kms(posture: Posture) -> bool | None:
    algorithms = _algorithms(posture)
    return None if algorithms is None else any(name.startswith("aws:kms") for name in algorithms)


def _versioning(posture: Posture) -> bool | None:
    told, value = _configured(posture, "Versioning")
    return value.get("Status") == "Enabled" if told else None


def _logging(posture: Posture) -> bool | None:
    told, value = _configured(posture, "Logging")
    return bool(value.get("TargetBucket")) if told else None


def _block_public_access(posture: Posture) -> bool:
    _, value = _configured(posture, "PublicAccessBlock")
    levels = [value.get(level) for level in _LEVELS]
    return all(any(_member(level, name) is True for level in levels) for name in _BLOCKS)


def _acls_disabled(posture: Posture) -> bool:
    return posture.snapshot.get("ObjectOwnership") == "BucketOwnerEnforced"


def _tls(posture: Posture) -> bool:
    """Whether a statement denies everything to everybody who comes without TLS.

    The form is AWS's own (Amazon S3 User Guide, "Enforce encryption of data in transit"): Deny, Principal *,
    all actions, the bucket and its objects, Bool aws:SecureTransport false. It may take several statements.
    """
    _, policy = _configured(posture, "Policy")
    resources: set[str] = set()
    for statement in statements(policy):
        if _denies_plain_http(statement):
            resources.update(_list(statement.get("Resource")))
    arns = (f"arn:aws:s3:::{posture.bucket}", f"arn:aws:s3:::{posture.bucket}/*")
    return all(any(_matches(pattern, arn) for pattern in resources) for arn in arns)


def statements(policy: Mapping[str, JSON]) -> list[Mapping[str, JSON]]:
    """Return the statements of a policy document; those that are no object are left out."""
    return [item for item in _items(policy.get("Statement")) if isinstance(item, Mapping)]


def _denies_plain_http(statement: Mapping[str, JSON]) -> bool:
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, Mapping) else principal
    conditions = statement.get("Condition")
    return (
        statement.get("Effect") == "Deny"
        and "*" in _list(named)
        and any(action.lower() in ("*", "s3:*") for action in _list(statement.get("Action")))
        and isinstance(conditions, Mapping)
        and len(conditions) == 1
        and all(
            operator.lower() in ("bool", "boolifexists")
            and isinstance(keys, Mapping)
            and [key.lower() for key in keys] == ["aws:securetransport"]
            and all("false" in [value.lower() for value in _list(values)] for values in keys.values())
            for operator, keys in conditions.items()
        )
    )


def _matches(pattern: str, arn: str) -> bool:
    """Whether an ARN pattern (`*` any characters, `?` one) covers `arn`, whatever its partition."""
    literal = re.sub(r"^arn:aws(-[a-z-]+)?:", "arn:aws:", pattern)
    return (
        re.fullmatch(re.escape(literal).replace(r"\*", ".*").replace(r"\?", "."), arn, re.DOTALL) is not None
    )


def _list(value: JSON) -> list[str]:
    return [str(item) for item in _items(value)]


def _items(value: JSON) -> Iterable[JSON]:
    if value is None:
        return []
    return value if isinstance(value, list | tuple) else [value]


_ENCRYPTION = frozenset({"GetBucketEncryption"})
_BPA = frozenset({"GetPublicAccessBlock", "GetBucketPublicAccessBlock", "GetAccountPublicAccessBlock"})
_CONTROLS: dict[str, tuple[Callable[[Posture], bool | None], frozenset[str]]] = {
    "kms": (_kms, _ENCRYPTION),
    "encryption": (_encryption, _ENCRYPTION),
    "versioning": (_versioning, frozenset({"GetBucketVersioning"})),
    "logging": (_logging, frozenset({"GetBucketLogging"})),
    "tls": (_tls, frozenset({"GetBucketPolicy"})),
    "block_public_access": (_block_public_access, _BPA),
    "acls_disabled": (_acls_disabled, frozenset({"GetBucketOwnershipControls"})),
}
