"""Access control lists of buckets and objects: which action each permission allows, and to whom.

Source: S3 User Guide, "Access control list (ACL) overview" (grantees, permissions, their mapping to actions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from classifier.access.callers import Caller
from classifier.model import JSON

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"

Kind: TypeAlias = Literal["acl", "object_acl"]

# Permission → the actions it allows, the one that stands for its capability first.
_BUCKET: dict[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_OBJECT: dict[str, tuple[str, ...]] = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}


@dataclass(frozen=True, slots=True)
class AclGrant:
    """One grant. `grantee` is AllUsers, AuthenticatedUsers or a canonical user id."""

    kind: Kind
    grantee: str
    permission: str

    @property
    def public(self) -> bool:
        """Whether IgnorePublicAcls makes S3 ignore it."""
        return self.grantee in ("AllUsers", "AuthenticatedUsers")

    def actions(self) -> dict[str, tuple[str, ...]]:
        """Return permission → actions, FULL_CONTROL spelled out."""
        table = _BUCKET if self.kind == "acl" else _OBJECT
        if self.permission == "FULL_CONTROL":
            return table
        return {self.permission: table[self.permission]} if self.permission in table else {}

    def names(self, caller: Caller) -> bool:
        if self.grantee == "AllUsers":
            return caller.kind != "service"
        if self.grantee == "AuthenticatedUsers":
            return caller.kind == "aws"
        return caller.kind == "aws" and caller.canonical == self.grantee

    def because(self) -> dict[str, JSON]:
        """Return the grant as the reason of what it allows, in the API's shape."""
        group = {"AllUsers": ALL_USERS, "AuthenticatedUsers": AUTHENTICATED_USERS}.get(self.grantee)
        grantee = {"Type": "Group", "URI": group} if group else {"Type": "CanonicalUser", "ID": self.grantee}
        return {
            "kind": self.kind,
            "statement": None,
            "sid": None,
            "grant": {"Grantee": grantee, "Permission": self.permission},
        }


@dataclass(frozen=True, slots=True)
class Acl:
    """An access control list: the owner's canonical id ("" when not told), the grants to others and its own.

    An owner needs its own grants only for an object in somebody else's bucket.
    """

    owner: str = ""
    grants: tuple[AclGrant, ...] = ()
    own: tuple[AclGrant, ...] = ()
    problems: tuple[str, ...] = ()
    readable: bool = True


def parse(document: JSON, kind: Kind, name: str) -> Acl:
    """Return the ACL in the API's shape {"Owner": {"ID"}, "Grants": […]}.

    The owner's own grants are kept apart; those to the log delivery group (S3 itself) are left out.
    """
    if not isinstance(document, Mapping):
        return Acl(problems=(f"{name}: not an object",), readable=False)
    listed = document.get("Grants")
    if listed is None:
        listed = []
    if not isinstance(listed, list):
        return Acl(problems=(f"{name}: Grants is not a list",), readable=False)
    owner = identifier(document.get("Owner"))
    grants: list[AclGrant] = []
    own: list[AclGrant] = []
    problems: list[str] = []
    for index, item in enumerate(listed):
        grantee = item.get("Grantee") if isinstance(item, Mapping) else None
        permission = item.get("Permission") if isinstance(item, Mapping) else None
        who = _grantee(grantee)
        known = isinstance(permission, str) and (permission in _BUCKET or permission == "FULL_CONTROL")
        if who is None or not known:
            problems.append(f"{name}: grant {index} has no known grantee and permission")
        elif who:
            (own if who == owner else grants).append(AclGrant(kind, who, str(permission)))
    return Acl(
        owner, tuple(dict.fromkeys(grants)), tuple(dict.fromkeys(own)), tuple(problems), readable=not problems
    )


def identifier(value: JSON) -> str:
    """Return the ID of an Owner or Grantee, "" when it has none."""
    found = value.get("ID") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def _grantee(value: JSON) -> str | None:
    """Return the grantee's name; "" for S3's own groups, None when it cannot be told."""
    if not isinstance(value, Mapping):
        return None
    uri = value.get("URI")
    if isinstance(uri, str):
        if uri in (ALL_USERS, AUTHENTICATED_USERS):
            return uri.rpartition("/")[2]
        return "" if uri.endswith("/groups/s3/LogDelivery") else None
    return identifier(value) or None
