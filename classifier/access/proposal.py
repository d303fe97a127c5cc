"""A bucket's snapshot as it would be after a change, and what S3 would refuse of that change.

Sources: S3 API Reference (PutBucketPolicy, PutBucketAcl, PutBucketOwnershipControls), S3 User Guide, "Canned
ACL", "Controlling ownership of objects" and "Blocking public access to your Amazon S3 storage".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from classifier.access import acl, patterns, policy, status
from classifier.access.snapshot import State, read
from classifier.errors import UsageError
from classifier.model import JSON

MAX_POLICY_BYTES = 20 * 1024
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OWNERSHIPS = ("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter")
_LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
# Canned ACL of a bucket → its grants to others than the owner. (Those of objects mean nothing here.)
CANNED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "private": (),
    "public-read": ((acl.ALL_USERS, "READ"),),
    "public-read-write": ((acl.ALL_USERS, "READ"), (acl.ALL_USERS, "WRITE")),
    "authenticated-read": ((acl.AUTHENTICATED_USERS, "READ"),),
    "log-delivery-write": ((_LOG_DELIVERY, "WRITE"), (_LOG_DELIVERY, "READ_ACP")),
}
# Part of the snapshot → the operations that a proposal for it makes unnecessary.
_TOLD: Mapping[str, frozenset[str]] = {
    "Policy": frozenset({"GetBucketPolicy", "GetBucketPolicyStatus"}),
    "Acl": frozenset({"GetBucketAcl"}),
    "PublicAccessBlock": frozenset({"GetBucketPublicAccessBlock", "GetPublicAccessBlock"}),
    "ObjectOwnership": frozenset({"GetBucketOwnershipControls"}),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to change, by part: only the parts that are in `parts` do.

    `Policy` is the text of a policy document, `Acl` the name of a canned ACL, `PublicAccessBlock` a
    PublicAccessBlockConfiguration for the bucket, `ObjectOwnership` one of OWNERSHIPS. None: removed.
    """

    parts: Mapping[str, JSON]


def proposed(snapshot: Mapping[str, JSON], proposal: Proposal) -> dict[str, JSON]:
    """Return the snapshot after the change; the one given is not changed.

    Raises UsageError where S3 would refuse the change, saying what it would object to.
    """
    parts = proposal.parts
    of_the_present = ("Request", "Observed") if parts else ("Request",)
    changed = {key: value for key, value in snapshot.items() if key not in of_the_present}
    if "ObjectOwnership" in parts:
        changed["ObjectOwnership"] = _ownership(parts["ObjectOwnership"])
    if "PublicAccessBlock" in parts:
        levels = snapshot.get("PublicAccessBlock")
        known = dict(levels) if isinstance(levels, Mapping) else {}
        changed["PublicAccessBlock"] = known | {"Bucket": _block(parts["PublicAccessBlock"])}
    if "Policy" in parts:
        changed["Policy"] = _policy(parts["Policy"], str(snapshot.get("Bucket") or ""), changed)
        changed.pop("PolicyStatus", None)
    if "Acl" in parts:
        changed["Acl"] = _acl(parts["Acl"], snapshot, changed)
    told = frozenset[str]().union(*(_TOLD[name] for name in parts))
    changed |= _unreadable(changed, drop=told)
    _check_ownership(parts, changed)
    return _with_what_was_hidden(read(snapshot), changed, parts)


def _ownership(value: JSON) -> JSON:
    if value is not None and value not in OWNERSHIPS:
        raise UsageError(f"ownership {policy.show(value)}: there are {', '.join(OWNERSHIPS)} and none")
    return value


def _block(value: JSON) -> JSON:
    """Return the configuration in the API's shape, or as `get-public-access-block` prints it."""
    if value is None:
        return None
    inner = value.get("PublicAccessBlockConfiguration", value) if isinstance(value, Mapping) else None
    if not isinstance(inner, Mapping):
        raise UsageError("the public access block is no JSON object with the four settings")
    for name, setting in inner.items():
        if name not in SETTINGS or not isinstance(setting, bool):
            raise UsageError(
                f"the public access block: {policy.show(name)} must be one of {', '.join(SETTINGS)},"
                " true or false"
            )
    return {name: inner.get(name, False) for name in SETTINGS}


def _policy(text: JSON, bucket: str, changed: Mapping[str, JSON]) -> JSON:
    if text is None:
        return None
    if not isinstance(text, str):
        raise UsageError("the policy is no text")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_POLICY_BYTES:
        raise UsageError(f"S3 would refuse the policy: it has {size:,} bytes of at most {MAX_POLICY_BYTES:,}")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise UsageError(f"S3 would refuse the policy: it is not JSON ({place})") from None
    except (ValueError, RecursionError):
        raise UsageError("S3 would refuse the policy: it is not JSON") from None
    parsed = policy.parse(document, "policy")
    if not parsed.readable or not parsed.statements or any(item.uncertain for item in parsed.statements):
        problems = parsed.problems or ("policy: no Statement",)
        raise UsageError("S3 would refuse the policy: " + "; ".join(problems[:5]))
    for statement in parsed.statements:
        for resource in statement.resources:
            name = resource.split(":", 5)[-1].partition("/")[0]
            if not patterns.fits(name, bucket):
                raise UsageError(
                    f"S3 would refuse the policy: policy statement {statement.index}: Resource:"
                    f" {policy.show(resource)} is not of the bucket {policy.show(bucket)}"
                )
    public, _ = status.is_public(parsed)
    where = _on("BlockPublicPolicy", changed)
    if public and where:
        raise UsageError(
            f"S3 would refuse the policy: it is public, and BlockPublicPolicy is on ({where}); narrow the"
            " policy, or propose --public-access-block as well"
        )
    return document


def _acl(name: JSON, snapshot: Mapping[str, JSON], changed: Mapping[str, JSON]) -> JSON:
    if not isinstance(name, str) or name not in CANNED:
        raise UsageError(f"--acl {policy.show(name)}: S3's canned ACLs of a bucket are {', '.join(CANNED)}")
    grants = CANNED[name]
    if snapshot.get("ObjectOwnership") == changed.get("ObjectOwnership") == "BucketOwnerEnforced":
        raise UsageError(
            "S3 would refuse the ACL (AccessControlListNotSupported): ownership is BucketOwnerEnforced, ACLs"
            " are off; propose --ownership as well"
        )
    public = any(uri != _LOG_DELIVERY for uri, _ in grants)
    where = _on("BlockPublicAcls", changed)
    if public and where:
        raise UsageError(
            f"S3 would refuse the ACL: {name} is public, and BlockPublicAcls is on ({where}); propose"
            " --public-access-block as well"
        )
    present = snapshot.get("Acl")
    owner = present.get("Owner") if isinstance(present, Mapping) else None
    own = {"Grantee": {"Type": "CanonicalUser", "ID": acl.identifier(owner)}, "Permission": "FULL_CONTROL"}
    to_groups = [
        {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission} for uri, permission in grants
    ]
    return {"Owner": owner or {}, "Grants": [*([own] if acl.identifier(owner) else []), *to_groups]}


def _check_ownership(parts: Mapping[str, JSON], changed: Mapping[str, JSON]) -> None:
    """Refuse to turn ACLs off while the bucket's ACL lets others in, as S3 does."""
    if parts.get("ObjectOwnership") != "BucketOwnerEnforced":
        return
    if acl.parse(changed.get("Acl") or {}, "acl", "Acl").grants:
        raise UsageError(
            "S3 would refuse the ownership (InvalidBucketAclWithObjectOwnership): the bucket's ACL lets"
            " others in; propose --acl private as well"
        )


def _on(setting: str, snapshot: Mapping[str, JSON]) -> str:
    """Return the levels where a setting of Block Public Access is on, "" for none."""
    levels = snapshot.get("PublicAccessBlock")
    given = levels if isinstance(levels, Mapping) else {}
    return ", ".join(
        str(level).lower()
        for level, values in given.items()
        if isinstance(values, Mapping) and str(values.get(setting)).lower() == "true"
    )


def _unreadable(
    snapshot: Mapping[str, JSON], *, drop: frozenset[str] = frozenset(), add: Mapping[str, str] | None = None
) -> dict[str, JSON]:
    listed, errors = snapshot.get("Unreadable"), snapshot.get("UnreadableErrors")
    names = {str(name) for name in listed} if isinstance(listed, list) else set()
    codes = dict(errors) if isinstance(errors, Mapping) else {}
    kept = sorted((names - drop) | (add or {}).keys())
    codes = {name: codes[name] for name in kept if name in codes} | dict(add or {})
    return {"Unreadable": kept, "UnreadableErrors": codes}


def _with_what_was_hidden(
    before: State, changed: dict[str, JSON], parts: Mapping[str, JSON]
) -> dict[str, JSON]:
    """Count ACLs as unread that S3 did not show while they had no effect, and that would have one now.

    With IgnorePublicAcls, and with ownership BucketOwnerEnforced, S3 answers with the ACL in effect.
    """
    was_hidden = before.ignore.on is True or before.acls_live is False
    after = read(changed)
    if not was_hidden or after.ignore.on is True or after.acls_live is False:
        return changed
    add = {"GetObjectAcl": HIDDEN}
    if "Acl" not in parts:
        add["GetBucketAcl"] = HIDDEN
        changed = changed | {"Acl": None}
    return changed | _unreadable(changed, add=add)


HIDDEN = "hidden while ACLs have no effect"
