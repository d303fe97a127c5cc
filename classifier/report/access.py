"""An access verdict as an engineer would tell it: who, what, where, why, what holds it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from classifier.model import JSON, Grant, Verdict

UNKNOWN = "unknown"
LONGEST = 200  # characters of one value that came from outside

_PUBLIC = {
    "public": "PUBLIC",
    "not_public": "not public",
    "unknown": "cannot tell whether it is public",
}
_SHARED = {
    "external": "shared with accounts outside the organization",
    "internal": "shared inside the organization",
    "not_shared": "not shared with other accounts",
    "unknown": "cannot tell whether other accounts have access",
}
_WHO = {
    "anonymous": "Anyone on the Internet, without credentials,",
    "any_aws": "Anyone with an AWS account",
    "account": "AWS account {0}",
    "org": "Every account of organization {0}",
    "federated": "Whoever logs in at the identity provider {0} and assumes a role",
    "service": "The AWS service {0}",
    "cloudfront": "CloudFront ({0})",
    "restricted": "Whoever comes from {0}",
}
_ACTIONS = {
    "list": "list the keys",
    "list_versions": "list the versions",
    "read": "read objects",
    "read_version": "read old versions of objects",
    "write": "write objects",
    "delete": "delete objects",
    "read_acp": "read the access control list",
    "write_acp": "change the access control list (and so take every other right)",
    "config": "change the configuration",
    "policy": "read or change the policy",
    "other": "do other things (tags, retention, uploads under way, ...)",
}
# What a caller brings along for the request to be allowed: key → words with the value.
_WITH = {
    "aws:referer": "with a Referer header of their choice, such as {0}",
    "aws:useragent": "with a User-Agent header of their choice, such as {0}",
    "aws:sourceip": "from an address such as {0}",
    "aws:username": "as a user of their own named such as {0}",
    "aws:principalarn": "as a principal of their own such as {0}",
    "aws:userid": "as a session of their own named such as {0}",
    "aws:sourcevpce": "through a VPC endpoint such as {0}",
    "aws:sourcevpc": "from a VPC such as {0}",
    "aws:vpcsourceip": "from an address inside a VPC such as {0}",
    "aws:principalorgid": "in organization {0}",
    "aws:principalaccount": "from account {0}",
    "aws:sourcearn": "on behalf of {0}",
    "aws:sourceaccount": "on behalf of account {0}",
    "aws:currenttime": "now ({0})",
    "aws:multifactorauthpresent": "with a multi-factor sign-in of their own: {0}",
}
_HELD_BY = {
    "RestrictPublicBuckets": "while the policy is public, neither the public nor other accounts are let in",
    "IgnorePublicAcls": "Block Public Access ignores what ACLs give the public",
    "ObjectOwnership": "ACLs are turned off",
    "RequestPayer": "requests without credentials are refused where the requester pays",
    "ServerSideEncryption": "objects under a KMS key cannot be read without credentials",
    "Deny": "the bucket policy denies it",
}
_STATEMENT = "Deny (statement "
# Operation → the IAM permission that would let it be read, where the names differ.
_PERMISSIONS = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "GetOrganizationPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "GetBucketReplication": "s3:GetReplicationConfiguration",
}
# Errors of a server that does not have the feature: nothing is hidden there.
_NO_SUCH_FEATURE = ("MissingKey", "NotImplemented", "MethodNotAllowed")
# Their answers decide who has access.
_DECIDING = (
    "GetBucketPolicy",
    "GetBucketAcl",
    "GetObjectAcl",
    "GetBucketOwnershipControls",
    "GetBucketPublicAccessBlock",
    "GetPublicAccessBlock",
    "GetAccountPublicAccessBlock",
    "GetOrganizationPublicAccessBlock",
    "GetBucketRequestPayment",
    "ListAccessPoints",
    "GetAccessPoint",
    "GetAccessPointPolicy",
    "ListObjectsV2",
    "HeadBucket",
)


class Fix(Protocol):
    """A step to change something, as the access room proposes it."""

    @property
    def title(self) -> str: ...
    @property
    def closes(self) -> tuple[Grant, ...]: ...
    @property
    def closes_latent(self) -> tuple[Grant, ...]: ...
    @property
    def deputies(self) -> int: ...
    @property
    def breaks(self) -> tuple[str, ...]: ...
    @property
    def commands(self) -> str: ...
    @property
    def terraform(self) -> str: ...


def told(
    verdict: Verdict,
    unreadable: Mapping[str, str],
    fixes: Sequence[Fix],
    *,
    whole: bool = False,
    owner: str = "",
) -> Iterator[str]:
    """Yield the verdict in lines of text; `whole` has the commands and Terraform blocks of each fix.

    `unreadable` are the operations that failed with their error codes, `owner` is the bucket's account. Names
    in the lines came from outside: print them through `visible`.
    """
    name = verdict.bucket or "(no bucket)"
    yield f"{name}: {_PUBLIC[verdict.public]}; {_SHARED[verdict.shared]}"
    if verdict.decision is not None:
        yield f"  The request: {verdict.decision}"
    outside = [grant for grant in verdict.grants if not owner or grant.principal != f"account:{owner}"]
    if not outside and verdict.public == "not_public" and verdict.shared == "not_shared":
        yield "  Nobody outside the bucket's own account has access."
    for grant in _without_repetition(verdict.grants):
        yield from _indented(2, explained(grant, owner))
    yield from _held_back(verdict)
    for item in verdict.confused_deputy:
        yield from _indented(2, _deputy(item))
    for line in dict.fromkeys(filter(None, map(_note, verdict.notes))):
        yield f"  {line}"
    yield from _unknown(verdict, unreadable)
    yield from _fixes(fixes, whole)


def explained(grant: Grant, owner: str = "") -> list[str]:
    """Return what a grant lets whom do and where; through what; and what the caller needs for it."""
    can = "can" if grant.decision == "allowed" else "may be able to"
    whom = "The bucket's own account" if grant.principal == f"account:{owner}" else who(grant.principal)
    lines = [f"{whom} {can} {what(grant)}", f"    through {through(grant.because)}"]
    needs = _needs(grant.witness.get("Context"))
    if needs:
        lines.append(f"    {'; '.join(needs)}")
    asked = f"{grant.witness.get('Action')} {grant.witness.get('Resource')}"
    lines.append(f"    for example: {_cut(asked)}")
    return lines


def who(principal: str) -> str:
    """Return a principal class in plain words."""
    kind, _, name = principal.partition(":")
    words = _WHO.get(kind)
    if principal == UNKNOWN:
        return "Somebody outside"
    if words is None:
        return _cut(principal)
    if kind == "cloudfront" and name in ("", "*"):
        return "CloudFront"
    return words.format(_cut(name))


def what(grant: Grant) -> str:
    """Return a grant's actions and where they hold."""
    return f"{series([_ACTIONS.get(action, action) for action in grant.actions])} {_where(grant)}"


def through(because: Mapping[str, JSON]) -> str:
    """Return what lets somebody in: a statement by Sid and index, or a grant."""
    kind = because.get("kind")
    if kind in ("policy", "access_point"):
        point = (
            f"access point {_cut(str(because.get('access_point')))} and " if kind == "access_point" else ""
        )
        return f"{point}{statement(because.get('statement'), because.get('sid'))} of the bucket policy"
    if kind in ("acl", "object_acl"):
        given = because.get("grant")
        permission = given.get("Permission") if isinstance(given, Mapping) else None
        whose = "the bucket's ACL" if kind == "acl" else "the object's ACL"
        return f"{whose} ({permission} to {_grantee(given)})"
    if kind == UNKNOWN:
        return "what could not be read or decided"
    if kind == "observed":
        return "no rule that was read: a request without credentials was answered"
    return _cut(str(kind))


def statement(index: JSON, sid: JSON) -> str:
    """Return a statement's name: its index, from 0, and its Sid."""
    return f"statement {index}" + (f' ("{_cut(sid)}")' if isinstance(sid, str) and sid else "")


def series(items: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def permission(operation: str) -> str:
    """Return the IAM permission that an operation of the posture needs."""
    return _PERMISSIONS.get(operation, f"s3:{operation}")


def _grantee(given: JSON) -> str:
    grantee = given.get("Grantee") if isinstance(given, Mapping) else None
    if not isinstance(grantee, Mapping):
        return "somebody"
    uri = grantee.get("URI")
    if isinstance(uri, str):
        return uri.rpartition("/")[2]
    return f"canonical user {_cut(str(grantee.get('ID')))}"


def _where(grant: Grant) -> str:
    if grant.exact_key:
        return f'(only the object "{_cut(grant.prefix)}")'
    if grant.pattern is not None:
        where = f'(keys like "{_cut(grant.pattern)}")'
    else:
        where = f'under "{_cut(grant.prefix)}"' if grant.prefix else "in the whole bucket"
    if not grant.excluded:
        return where
    left_out = _first([f'"{_cut(glob)}"' for glob in grant.excluded])
    return f"{where}, save what is like {left_out}"


def _needs(context: JSON) -> list[str]:
    """Return what the witness request brings along, from the keys that the policy reads."""
    if not isinstance(context, Mapping):
        return []
    return [_need(str(key), value) for key, value in context.items() if not _fixed(str(key), value)]


def _fixed(key: str, value: JSON) -> bool:
    """Whether the key only repeats who asks."""
    return key.lower() in ("aws:principaltype", "aws:principalaccount", "aws:userid") and value in (
        "Anonymous",
        "anonymous",
    )


def _need(key: str, value: JSON) -> str:
    shown = _cut(", ".join(map(str, value)) if isinstance(value, list) else str(value))
    if key.lower() == "aws:securetransport":
        return "over HTTPS" if shown.lower() == "true" else "over plain HTTP"
    if key.lower().startswith("aws:principaltag/"):
        return f"as a principal of their own that they tag {key.partition('/')[2]}={shown}"
    if key.lower() in _WITH:
        return _WITH[key.lower()].format(shown)
    return f"with {_cut(key)} = {shown}"


def _without_repetition(grants: Iterable[Grant]) -> list[Grant]:
    """Return the grants without those of any AWS account that everybody on the Internet has as well."""
    listed = list(grants)
    open_to_all = [grant for grant in listed if grant.principal == "anonymous"]
    return [
        grant
        for grant in listed
        if grant.principal != "any_aws"
        or not any(
            set(grant.actions) <= set(other.actions)
            and _place(grant) == _place(other)
            and (grant.decision == other.decision or other.decision == "allowed")
            for other in open_to_all
        )
    ]


def _place(grant: Grant) -> tuple[JSON, ...]:
    return grant.prefix, grant.exact_key, grant.pattern, grant.excluded, grant.because


def _held_back(verdict: Verdict) -> Iterator[str]:
    if verdict.latent:
        yield "  Held back by Block Public Access alone; without it:"
        for grant in _without_repetition(verdict.latent):
            yield from _indented(4, explained(grant))
    if verdict.blocked_by:
        yield "  What holds access back now:"
    for reason in verdict.blocked_by:
        word = next((text for name, text in _HELD_BY.items() if reason.startswith(name)), "")
        yield f"    {_cut(reason)}" + (f": {word}" if word else "")


def _deputy(item: Mapping[str, JSON]) -> list[str]:
    principal = str(item.get("principal"))
    place = str(item.get("prefix") or "")
    grant = Grant(principal, tuple(item.get("actions") or ()), place, "allowed", {}, {})
    name = principal.partition(":")[2]
    return [
        f"{who(principal)} can {what(grant)} on behalf of anybody's account (a confused deputy)",
        f"    through {statement(item.get('statement'), item.get('sid'))} of the bucket policy, which does"
        " not ask whose resource the service works for",
        f"    whoever sets up {_cut(name)} in an account of their own gets at the bucket through it",
    ]


def unread_lines(unreadable: Mapping[str, str]) -> Iterator[str]:
    """Yield what could not be read of what decides access, and which permission would tell."""
    for name, code in sorted(unreadable.items()):
        if name in _DECIDING and code not in _NO_SUCH_FEATURE:
            why = f" ({_cut(code)})" if code else ""
            yield f"{_cut(name)} could not be read{why}; {permission(name)} would tell"


def _note(note: Mapping[str, JSON]) -> str:
    """Return what else follows from the configuration, "" for what needs no words."""
    kind = note.get("kind")
    place = f' under "{_cut(str(note["prefix"]))}"' if note.get("prefix") else ""
    whose = {True: "outside the organization", False: "of your own", None: "whose account is not known"}
    if kind == "website":
        reads = {True: "serves objects to anyone, over plain HTTP", None: "may serve objects to anyone"}
        does = reads.get(
            note.get("public"), "is configured, but serves nobody: nothing can be read by anyone"
        )
        return f"A static website at {_cut(str(note.get('endpoint') or 'an unknown address'))} {does}."
    if kind == "replication":
        return f"Copies of objects{place} go to the bucket {_target(note)}, {whose[note.get('external')]}."
    if kind == "inventory":
        return f"Lists of its keys go to the bucket {_target(note)}, {whose[note.get('external')]}."
    if kind == "cloudfront":
        return "What CloudFront can read it may pass on to anyone: that is not to be seen here."
    if kind == "requester_pays":
        return "The requester pays: requests without credentials are refused."
    return ""


def _target(note: Mapping[str, JSON]) -> str:
    account = f" of account {_cut(str(note['account']))}" if note.get("account") else ""
    return f"{_cut(str(note.get('bucket')))}{account}"


def _unknown(verdict: Verdict, unreadable: Mapping[str, str]) -> Iterator[str]:
    lines = [*unread_lines(unreadable), *map(_cut, verdict.problems)]
    if lines:
        yield "  Not known:"
        yield from _indented(4, lines)


def _fixes(fixes: Sequence[Fix], whole: bool) -> Iterator[str]:
    if not fixes:
        return
    yield "  What to change, least disruptive first:"
    for number, fix in enumerate(fixes, 1):
        yield f"    {number}. {_cut(fix.title)} ({_closes(fix)})"
        for line in fix.breaks:
            yield f"       - {_cut(line)}"
        if whole:
            yield "       AWS CLI:"
            yield from _indented(0, fix.commands.splitlines())
            yield "       Terraform:"
            yield from _indented(0, fix.terraform.splitlines())
    if not whole:
        yield "    The commands and Terraform blocks: --fix"


def _closes(fix: Fix) -> str:
    now = [_short(grant) for grant in _without_repetition(fix.closes)]
    later = [_short(grant) for grant in _without_repetition(fix.closes_latent)]
    parts = [f"ends: {_first(now)}"] if now else []
    parts += [f"ends what is held back: {_first(later)}"] if later else []
    parts += (
        [f"ends {fix.deputies} confused deput{'y' if fix.deputies == 1 else 'ies'}"] if fix.deputies else []
    )
    return "; ".join(parts) or "settles what is not known"


def _short(grant: Grant) -> str:
    return f"{grant.principal} {'/'.join(grant.actions)}" + (
        f' "{_cut(grant.prefix)}"' if grant.prefix else ""
    )


def _first(items: Sequence[str], most: int = 3) -> str:
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"


def _indented(space: int, lines: Iterable[str]) -> Iterator[str]:
    return (" " * space + line for line in lines)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
