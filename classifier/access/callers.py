"""Who makes a request: the caller that policies are matched against, and the context keys it fixes itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from classifier.access.conditions import Context

SESSION = "classifier-session"
_ARN = re.compile(r"arn:[^:]*:(iam|sts):[^:]*:([^:]*):(.+)", re.DOTALL)
_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Caller:
    """`arns` are all the principal ARNs that name the caller (a session is named by its role as well).

    `name` is the service principal of a service. `agreed` says that the caller's own account is taken to
    allow the request; else its identity policies decide. `canonical` is the id that ACLs know the caller by.
    """

    kind: Literal["anonymous", "aws", "service"]
    keys: Context
    arns: tuple[str, ...] = ()
    account: str = ""
    name: str = ""
    root: bool = False
    canonical: str = ""
    agreed: bool = False
    session: bool = False  # of an assumed role


ANONYMOUS = Caller(
    "anonymous",
    {
        "aws:principaltype": ("Anonymous",),
        "aws:principalaccount": ("anonymous",),
        "aws:userid": ("anonymous",),
    },
)


@lru_cache(maxsize=1024)
def from_arn(arn: str, *, agreed: bool = False) -> Caller | None:
    """Return the caller that an IAM or STS ARN names; None when it names none."""
    found = _ARN.fullmatch(arn)
    if not found:
        return None
    account, resource = found[2], found[3]
    kind, _, path = resource.partition("/")
    arns: tuple[str, ...] = (arn,)
    principal, root = arn, False
    if resource == "root":
        typed, userid, root = "Account", account, True
    elif kind == "user":
        typed, userid = "User", "AIDACLASSIFIERPROBE00"
    elif kind in ("role", "assumed-role"):
        role, _, session = path.partition("/") if kind == "assumed-role" else (path, "", SESSION)
        principal = arn if kind == "role" else arn.split(":sts:")[0] + f":iam::{account}:role/{role}"
        typed, userid = "AssumedRole", f"AROACLASSIFIERPROBE00:{session}"
        arns = tuple(dict.fromkeys((arn, principal)))
    elif kind == "federated-user":
        typed, userid = "FederatedUser", f"{account}:{path}"
    else:
        return None
    keys = {
        "aws:principalarn": (principal,),
        "aws:principalaccount": (account,),
        "aws:principaltype": (typed,),
        "aws:userid": (userid,),
    }
    return Caller(
        kind="aws",
        keys=keys,
        arns=arns,
        account=account,
        root=root,
        canonical=_canonical(account, resource),
        agreed=agreed or root or account == "cloudfront",  # an origin access identity has no policies
        session=kind == "assumed-role",
    )


def _canonical(account: str, resource: str) -> str:
    """Return the canonical id that an ARN tells; "" on AWS, where it tells none.

    A server whose users are accounts (Ceph: arn:aws:iam::TENANT:user/NAME) calls them TENANT$NAME in ACLs.
    """
    kind, _, name = resource.partition("/")
    if kind != "user" or account.isdigit() or account == "cloudfront":
        return ""
    return f"{account}${name}" if account else name


def service(name: str) -> Caller | None:
    """Return the caller that a service principal names; None when `name` is none."""
    if not _SERVICE.fullmatch(name.lower()):
        return None
    keys = {
        "aws:principalservicename": (name,),
        "aws:principalservicenameslist": (name,),
        "aws:principalisawsservice": ("true",),
    }
    return Caller("service", keys, name=name, agreed=True)
