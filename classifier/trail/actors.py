"""Who did it: every userIdentity of CloudTrail to one lasting name.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from classifier.model import JSON

Kind: TypeAlias = Literal["user", "role", "root", "federated", "account", "anonymous", "service", "unknown"]
ANONYMOUS = "anonymous"
_ASSUMED = re.compile(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)(?:/(.+))?")
_SERVICE_NAME = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|api\.aws)|AWS Internal")
_SERVICE_ROLE = re.compile(r"/aws-service-role/|:assumed-role/AWSServiceRoleFor|:role/AWSServiceRoleFor")
_DELIVERY = re.compile(r"user/(?:awslogsdelivery|awsdatafeeds)$")  # the accounts of S3's own log delivery
_PERSONAL = "AWSReservedSSO_"  # one role, many people: the session's name tells them apart
_ANONYMOUS = frozenset({"anonymous", "anonymous_principal"})


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` lasts: a session bears that of its issuer. `session` is the session's own name, if it has one.

    `account` is the account that the actor belongs to, "" where it is not told.
    """

    name: str
    kind: Kind
    account: str
    session: str = ""


def text(value: JSON) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""


def is_service_name(value: str) -> bool:
    """Whether a source address or invoker is an AWS service and no machine of anybody's."""
    return _SERVICE_NAME.fullmatch(value) is not None


class Actors:
    """Resolves identities; most events of a log have one that was there before."""

    def __init__(self) -> None:
        self._known: dict[tuple[JSON, ...], Actor] = {}

    def of(self, identity: Mapping[str, JSON]) -> Actor:
        """Return whose identity it is. Anything may be missing, or no text."""
        context = identity.get("sessionContext")
        issuer = context.get("sessionIssuer") if isinstance(context, Mapping) else None
        issuer_arn = issuer.get("arn") if isinstance(issuer, Mapping) else None
        signs = (
            identity.get("type"),
            identity.get("arn"),
            identity.get("principalId"),
            identity.get("accountId"),
            identity.get("invokedBy"),
            identity.get("userName"),
            issuer_arn,
        )
        try:
            found = self._known.get(signs)
        except TypeError:  # a list or mapping where a text should be
            return _resolved(identity, text(issuer_arn))
        if found is None:
            if len(self._known) > 50_000:
                self._known.clear()
            found = self._known[signs] = _resolved(identity, text(issuer_arn))
        return found


def _resolved(identity: Mapping[str, JSON], issuer: str) -> Actor:
    kind = text(identity.get("type"))
    arn = text(identity.get("arn"))
    principal = text(identity.get("principalId"))
    account = text(identity.get("accountId"))
    invoker = text(identity.get("invokedBy"))
    name = text(identity.get("userName"))
    if kind == "AWSService" or (not kind and is_service_name(invoker)) or _DELIVERY.search(arn):
        return Actor(invoker or principal or arn or "an AWS service", "service", account)
    if _SERVICE_ROLE.search(issuer or arn):
        return Actor(issuer or arn, "service", account)
    if kind == "Root" or arn.endswith(":root"):
        return Actor(arn or f"arn:aws:iam::{account}:root", "root", account)
    if _ANONYMOUS & {account.lower(), principal.lower()} and not arn:
        return Actor(ANONYMOUS, "anonymous", "")
    assumed = _ASSUMED.match(arn)
    if kind == "AssumedRole" or assumed:
        return _session(arn, assumed, issuer, principal, account)
    if kind == "FederatedUser":
        session = arn.rpartition("/")[2] or principal.rpartition(":")[2]
        return Actor(issuer or arn or principal or "a federated user", "federated", account, session)
    if kind in ("WebIdentityUser", "SAMLUser"):
        provider = text(identity.get("identityProvider"))
        who = name or principal.rpartition(":")[2]
        return Actor(
            f"{kind}:{provider}/{who}" if who else f"{kind}:{provider or principal}", "federated", account
        )
    if kind == "IdentityCenterUser":
        behalf = identity.get("onBehalfOf")
        user = text(behalf.get("userId")) if isinstance(behalf, Mapping) else ""
        return Actor(f"IdentityCenterUser:{user or principal or name}", "federated", account)
    if kind == "AWSAccount":
        return Actor(arn or f"account:{account or principal or 'unknown'}", "account", account)
    if kind in ("IAMUser", "Role", "Directory") or arn:
        where = "role" if kind == "Role" or ":role/" in arn else "user"
        fallback = f"arn:aws:iam::{account}:{where}/{name}" if name else principal
        return Actor(arn or fallback or f"account:{account}", "role" if where == "role" else "user", account)
    who = principal or name or (f"account:{account}" if account else "")
    return Actor(who or "unknown", "unknown", account)


def _session(arn: str, assumed: re.Match[str] | None, issuer: str, principal: str, account: str) -> Actor:
    session = (assumed[4] if assumed else None) or principal.partition(":")[2]
    if assumed:
        partition, account = assumed[1], account or assumed[2]
        role = issuer or f"arn:{partition}:iam::{assumed[2]}:role/{assumed[3]}"
        personal = assumed[3].startswith(_PERSONAL)
    else:
        role = issuer or arn or principal.partition(":")[0] or "a role"
        personal = _PERSONAL in role
    return Actor(f"{role}/{session}" if personal and session else role, "role", account, session)
