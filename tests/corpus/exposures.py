"""Bucket configurations of which a real server says who can read: an anonymous GET of an object is the truth.

Every recipe holds two objects, KEYS. It leaves out what the Ceph object gateway decides otherwise than AWS
documents: NotAction in an Allow, negated operators on absent keys, Null, aws:SecureTransport, policy
variables and RestrictPublicBuckets.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEYS = ("public/report.csv", "internal/ledger.csv")
CLIENT_ADDRESS = (
    "198.51.100.7"  # documentation range (RFC 5737): the address that anonymous requests come from
)

Statement = dict[str, Any]
BucketAcl = Literal["public-read", "public-read-write", "authenticated-read"]
ObjectAcl = Literal["public-read", "authenticated-read", "bucket-owner-read"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one bucket is configured. `statements` makes the policy's statements for a bucket's name.

    `object_acl` is set on the first of KEYS only, `block` names the settings of Block Public Access that
    are on.
    """

    name: str
    statements: Callable[[str], list[Statement]] | None = None
    bucket_acl: BucketAcl | None = None
    object_acl: ObjectAcl | None = None
    block: frozenset[str] = field(default_factory=frozenset)

    def policy(self, bucket: str) -> dict[str, Any] | None:
        """The bucket policy, None where there is none."""
        if self.statements is None:
            return None
        return {"Version": "2012-10-17", "Statement": self.statements(bucket)}

    @property
    def pab(self) -> dict[str, bool] | None:
        """The bucket's PublicAccessBlockConfiguration, None where there is none."""
        return {name: name in self.block for name in _SETTINGS} if self.block else None


_SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def apply(client: "S3Client", bucket: str, recipe: Recipe) -> None:
    """Make `bucket` with its two objects as the recipe says, Block Public Access last, as it may be late.

    Raises botocore's ClientError when the server refuses a step.
    """
    client.create_bucket(Bucket=bucket)
    for key in KEYS:
        client.put_object(Bucket=bucket, Key=key, Body=b"month,total\n10,1204.50\n")
    if recipe.bucket_acl is not None:
        client.put_bucket_acl(Bucket=bucket, ACL=recipe.bucket_acl)
    if recipe.object_acl is not None:
        client.put_object_acl(Bucket=bucket, Key=KEYS[0], ACL=recipe.object_acl)
    policy = recipe.policy(bucket)
    if policy is not None:
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    if recipe.block:
        client.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": "BlockPublicAcls" in recipe.block,
                "IgnorePublicAcls": "IgnorePublicAcls" in recipe.block,
                "BlockPublicPolicy": "BlockPublicPolicy" in recipe.block,
                "RestrictPublicBuckets": "RestrictPublicBuckets" in recipe.block,
            },
        )


def _arn(bucket: str, path: str = "") -> str:
    return f"arn:aws:s3:::{bucket}{path}"


def _allow(action: Any = "s3:GetObject", path: str = "/*", principal: Any = "*", **more: Any) -> Any:
    return lambda bucket: _statement("Allow", action, _arn(bucket, path), principal, more)


def _deny(action: Any = "s3:GetObject", path: str = "/*", principal: Any = "*", **more: Any) -> Any:
    return lambda bucket: _statement("Deny", action, _arn(bucket, path), principal, more)


def _statement(effect: str, action: Any, resource: str, principal: Any, more: Statement) -> Statement:
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}


def _all(*makers: Callable[[str], Statement]) -> Callable[[str], list[Statement]]:
    return lambda bucket: [make(bucket) for make in makers]


def _from(*networks: str) -> dict[str, Any]:
    return {"IpAddress": {"aws:SourceIp": list(networks)}}


def _not_resource(path: str) -> Callable[[str], Statement]:
    return lambda bucket: {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "NotResource": _arn(bucket, path),
    }


_OWNER_ONLY = {"AWS": ["arn:aws:iam:::user/alice"]}
_ELSEWHERE = "203.0.113.0/24"


def _but_owner(bucket: str) -> Statement:
    return {
        "Effect": "Deny",
        "NotPrincipal": _OWNER_ONLY,
        "Action": "s3:GetObject",
        "Resource": _arn(bucket, "/*"),
    }


RECIPES = (
    Recipe("private"),
    Recipe("policy-everyone-reads", _all(_allow())),
    Recipe("policy-aws-star", _all(_allow(principal={"AWS": "*"}))),
    Recipe("policy-aws-star-in-a-list", _all(_allow(principal={"AWS": ["*"]}))),
    Recipe("policy-prefix-only", _all(_allow(path="/public/*"))),
    Recipe("policy-one-object", _all(_allow(path=f"/{KEYS[0]}"))),
    Recipe("policy-other-prefix", _all(_allow(path="/images/*"))),
    Recipe("policy-question-mark", _all(_allow(path="/public/report.cs?"))),
    Recipe("policy-action-wildcard", _all(_allow("s3:Get*"))),
    Recipe("policy-every-action", _all(_allow("s3:*"))),
    Recipe("policy-action-case", _all(_allow("S3:getobject"))),
    Recipe("policy-lists-only", _all(_allow("s3:ListBucket", ""))),
    Recipe("policy-writes-only", _all(_allow("s3:PutObject"))),
    Recipe("policy-bucket-arn-for-objects", _all(_allow(path=""))),
    Recipe("policy-not-resource-internal", _all(_not_resource("/internal/*"))),
    Recipe("policy-not-resource-everything", _all(_not_resource("/*"))),
    Recipe("policy-named-user", _all(_allow(principal=_OWNER_ONLY))),
    Recipe("deny-over-allow", _all(_allow(), _deny())),
    Recipe("deny-internal-over-allow", _all(_allow(), _deny(path="/internal/*"))),
    Recipe("deny-other-action", _all(_allow(), _deny("s3:DeleteObject"))),
    Recipe("deny-over-object-acl", _all(_deny()), object_acl="public-read"),
    Recipe("deny-not-principal", _all(_allow(), _but_owner)),
    Recipe("source-ip-narrow", _all(_allow(Condition=_from(_ELSEWHERE)))),
    Recipe("source-ip-all", _all(_allow(Condition=_from("0.0.0.0/0")))),
    Recipe("source-ip-two-halves", _all(_allow(Condition=_from("0.0.0.0/1", "128.0.0.0/1")))),
    Recipe("deny-from-elsewhere", _all(_allow(), _deny(Condition=_from(_ELSEWHERE)))),
    Recipe(
        "organization-only", _all(_allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}))
    ),
    Recipe("bucket-acl-lists-only", bucket_acl="public-read"),
    Recipe("bucket-acl-read-write", bucket_acl="public-read-write"),
    Recipe("bucket-acl-authenticated", bucket_acl="authenticated-read"),
    Recipe("object-acl-public", object_acl="public-read"),
    Recipe("object-acl-authenticated", object_acl="authenticated-read"),
    Recipe("object-acl-ignored", object_acl="public-read", block=frozenset({"IgnorePublicAcls"})),
    Recipe("object-acl-late-block", object_acl="public-read", block=frozenset({"BlockPublicAcls"})),
    Recipe("policy-late-block", _all(_allow()), block=frozenset({"BlockPublicPolicy"})),
    Recipe(
        "policy-with-acls-ignored",
        _all(_allow()),
        bucket_acl="public-read",
        block=frozenset({"IgnorePublicAcls"}),
    ),
)
