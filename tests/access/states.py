"""Bucket states and requests, and what of them AWS would see: the nouns of the differential test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from tests.access.vocabulary import BOBS_KEY, JSON, KEY, OUTSIDE, PUBLIC_KEY, TAGS

Who: TypeAlias = Literal["anonymous", "bob", "alice"]

KEYS = (KEY, PUBLIC_KEY, BOBS_KEY)


@dataclass(frozen=True)
class Call:
    """An S3 API call: the actions AWS asks permission for (all of them), and how it goes over HTTP."""

    actions: tuple[str, ...]
    method: str
    query: str = ""
    on_object: bool = False
    new_key: bool = False  # speaks of a key that does not exist


CALLS = {
    "list": Call(("s3:ListBucket",), "GET", "list-type=2"),
    "list_v1": Call(("s3:ListBucket",), "GET"),
    "head_bucket": Call(("s3:ListBucket",), "HEAD"),
    "list_versions": Call(("s3:ListBucketVersions",), "GET", "versions"),
    "list_uploads": Call(("s3:ListBucketMultipartUploads",), "GET", "uploads"),
    "get": Call(("s3:GetObject",), "GET", on_object=True),
    "head": Call(("s3:GetObject",), "HEAD", on_object=True),
    "get_version": Call(("s3:GetObjectVersion",), "GET", "versionId", on_object=True),
    "put": Call(("s3:PutObject",), "PUT", on_object=True, new_key=True),
    "delete": Call(("s3:DeleteObject",), "DELETE", on_object=True, new_key=True),
    "get_object_acl": Call(("s3:GetObjectAcl",), "GET", "acl", on_object=True),
    "put_object_acl": Call(("s3:PutObjectAcl",), "PUT", "acl", on_object=True),
    "get_object_tagging": Call(("s3:GetObjectTagging",), "GET", "tagging", on_object=True),
    "put_object_tagging": Call(("s3:PutObjectTagging",), "PUT", "tagging", on_object=True),
    "get_bucket_acl": Call(("s3:GetBucketAcl",), "GET", "acl"),
    "put_bucket_acl": Call(("s3:PutBucketAcl",), "PUT", "acl"),
    "get_bucket_policy": Call(("s3:GetBucketPolicy",), "GET", "policy"),
    "put_bucket_policy": Call(("s3:PutBucketPolicy",), "PUT", "policy"),
    "get_location": Call(("s3:GetBucketLocation",), "GET", "location"),
    "get_versioning": Call(("s3:GetBucketVersioning",), "GET", "versioning"),
    "put_versioning": Call(("s3:PutBucketVersioning",), "PUT", "versioning"),
    "get_cors": Call(("s3:GetBucketCORS",), "GET", "cors"),
    "put_cors": Call(("s3:PutBucketCORS",), "PUT", "cors"),
    "get_bucket_tagging": Call(("s3:GetBucketTagging",), "GET", "tagging"),
    "put_bucket_tagging": Call(("s3:PutBucketTagging",), "PUT", "tagging"),
    "get_request_payment": Call(("s3:GetBucketRequestPayment",), "GET", "requestPayment"),
    "get_lifecycle": Call(("s3:GetLifecycleConfiguration",), "GET", "lifecycle"),
    "get_public_access_block": Call(("s3:GetBucketPublicAccessBlock",), "GET", "publicAccessBlock"),
}
# Put with an x-amz-acl header also needs the permission to set ACLs.
WITH_ACL_HEADER = "s3:PutObjectAcl"


@dataclass(frozen=True)
class Probe:
    """One request. `ip` is the source address, `headers` has aws:Referer and the like as HTTP names them.

    Every request has a User-Agent, save with an empty one among the `headers`.
    """

    who: Who
    call: str
    key: str = KEY
    ip: str = OUTSIDE
    secure: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()  # prefix, delimiter, max-keys

    @property
    def actions(self) -> tuple[str, ...]:
        acl = self.call == "put" and "x-amz-acl" in dict(self.headers)
        return (*CALLS[self.call].actions, *((WITH_ACL_HEADER,) if acl else ()))


@dataclass(frozen=True)
class BucketState:
    """A bucket as the test sets it up. `policy` is the document without its bucket's name (BUCKET), or None.

    An ACL is a canned one ("public-read") or grants beside the owner's own ("AllUsers:READ_ACP bob:READ").
    """

    name: str
    policy: Mapping[str, JSON] | None = None
    bucket_acl: str = "private"
    object_acl: str = "private"
    object_owner: Who = "alice"
    block: tuple[str, ...] | None = None
    payer: Literal["BucketOwner", "Requester"] = "BucketOwner"
    versioned: bool = False
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Policies that one bucket gets, one after the other, each with its requests."""

    name: str
    rounds: tuple[tuple[Mapping[str, JSON], tuple[Probe, ...]], ...]


BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
GROUPS = "http://acs.amazonaws.com/groups/global/"
NEW_KEY = "new/1"
# Where a witness points when any key does: these exist as well, so that it can be tried.
WITNESS_KEYS = ("classifier-probe", "pub/classifier-probe")
_ALLOW_ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_CANNED = {
    "private": "",
    "public-read": "AllUsers:READ",
    "public-read-write": "AllUsers:READ AllUsers:WRITE",
    "authenticated-read": "AuthenticatedUsers:READ",
}


def statements(document: Mapping[str, JSON] | None) -> list[dict[str, JSON]]:
    """Return the statements of a policy, which may be a single one."""
    found = (document or {}).get("Statement", [])
    return [found] if isinstance(found, Mapping) else list(found)


def named(document: Mapping[str, JSON], bucket: str) -> dict[str, JSON]:
    """Return the policy with the bucket's name in it."""
    filled: dict[str, JSON] = json.loads(json.dumps(document).replace("BUCKET", bucket))
    return filled


def grants(acl: str, owner: str) -> list[dict[str, JSON]]:
    """Return the grants of an ACL as a state tells it, the owner's first."""
    found: list[dict[str, JSON]] = [{"Grantee": {"ID": owner}, "Permission": "FULL_CONTROL"}]
    for grant in _CANNED.get(acl, acl).split():
        who, permission = grant.split(":")
        grantee = {"URI": f"{GROUPS}{who}"} if who.endswith("Users") else {"ID": who}
        found.append({"Grantee": grantee, "Permission": permission})
    return found


def snapshot(state: BucketState, bucket: str) -> dict[str, JSON]:
    """Return the bucket snapshot that a crawl of the state should give, as far as the evaluator reads it."""
    objects = [
        {"Key": key, "Owner": {"ID": "alice"}, "Grants": grants("private", "alice")}
        for key in (*KEYS, *WITNESS_KEYS)
        if key != KEY
    ]
    owner = state.object_owner
    objects.append({"Key": KEY, "Owner": {"ID": owner}, "Grants": grants(state.object_acl, owner)})
    return {
        "Bucket": bucket,
        "Policy": named(state.policy, bucket) if state.policy else None,
        "Acl": {"Owner": {"ID": "alice"}, "Grants": grants(state.bucket_acl, "alice")},
        "PublicAccessBlock": {
            "Bucket": None if state.block is None else {name: name in state.block for name in BLOCKS}
        },
        "RequestPayer": state.payer,
        "ObjectAcls": sorted(objects, key=lambda item: str(item["Key"])),
    }


def requests(probe: Probe, bucket: str) -> tuple[dict[str, JSON], ...]:
    """Return what policies see of the probe, one request for each action it needs.

    Which keys a request has is from the IAM User Guide ("AWS global condition context keys") and the Service
    Authorization Reference for S3. Both users are administrators of accounts of their own.
    """
    call = CALLS[probe.call]
    arn = f"arn:aws:s3:::{bucket}"
    if call.on_object:
        arn += f"/{NEW_KEY if call.new_key else probe.key}"
    now = datetime.now(UTC)
    headers = {"User-Agent": "tester"} | dict(probe.headers)
    context: dict[str, JSON] = {
        "aws:SourceIp": probe.ip,
        "aws:SecureTransport": str(probe.secure).lower(),
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:UserAgent": headers["User-Agent"] or None,
        "aws:Referer": headers.get("Referer"),
        "aws:username": None if probe.who == "anonymous" else probe.who,
        "s3:x-amz-acl": headers.get("x-amz-acl"),
    }
    context |= {f"s3:{name}": value for name, value in probe.query}
    if call.on_object and not call.new_key:
        context |= {f"s3:ExistingObjectTag/{name}": value for name, value in TAGS.items()}
    return tuple(
        {
            "Principal": "anonymous" if probe.who == "anonymous" else f"arn:aws:iam:::user/{probe.who}",
            "Action": action,
            "Resource": arn,
            "Context": {key: value for key, value in context.items() if value is not None},
            "IdentityPolicies": [] if probe.who == "anonymous" else [_ALLOW_ALL],
        }
        for action in probe.actions
    )
