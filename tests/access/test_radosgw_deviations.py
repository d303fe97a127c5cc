"""What AWS documents where radosgw does otherwise: each entry of the two tables, against the evaluator.

The server cannot be asked here. The page that says so is the entry's `source`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import pytest

from classifier.access import evaluate
from tests.access.radosgw_deviations import DEVIATIONS, REFUSALS

Question: TypeAlias = "Callable[[], str | None]"

ACCOUNT, PARTNER = "111122223333", "444455556666"
SHOP, KEY = "arn:aws:s3:::shop", "arn:aws:s3:::shop/a.txt"
ANN, GUEST = f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{PARTNER}:user/guest"
GROUPS = "http://acs.amazonaws.com/groups/global/"
ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def allow(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [SHOP, f"{SHOP}/*"],
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def when(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return allow(Condition={operator: {key: list(values) if len(values) > 1 else values[0]}})


def ask(
    statement: Mapping[str, Any] | None = None,
    *,
    who: str = "anonymous",
    action: str = "s3:GetObject",
    resource: str = KEY,
    context: Mapping[str, Any] | None = None,
    version: str = "2012-10-17",
    **parts: Any,
) -> str | None:
    """Return what is decided on a request under a policy of one statement."""
    request = {"Principal": who, "Action": action, "Resource": resource, "Context": context or {}}
    document = {"Version": version, "Statement": [statement]} if statement else None
    request["IdentityPolicies"] = [ALL]
    return evaluate(
        {"Bucket": "shop", "AccountId": ACCOUNT, "Policy": document, "Request": request} | parts
    ).decision


def asked(statement: Mapping[str, Any] | None = None, **parts: Any) -> Question:
    return partial(ask, statement, **parts)


def acl(owner: str, *grants: tuple[str, str]) -> dict[str, Any]:
    """Return an ACL; a grantee is a group's name or a canonical id."""
    listed = [
        {"Grantee": {"URI": GROUPS + who} if who.endswith("Users") else {"ID": who}, "Permission": permission}
        for who, permission in grants
    ]
    return {"Owner": {"ID": owner}, "Grants": listed}


def blocked(setting: str) -> dict[str, Any]:
    return {"PublicAccessBlock": {"Bucket": {setting: True}}}


YES, NO, DENIED = "allowed", "implicitDeny", "explicitDeny"
LIST = {"action": "s3:ListBucket", "resource": SHOP}
ANY_NOT = "ForAnyValue:StringNotEquals"
STAR = {"aws:UserAgent": "Secret/*"}
NEW_YEAR, PRIVATE = {"aws:EpochTime": 1767225600}, {"s3:x-amz-acl": "private"}
AGENT, REFERER = {"aws:UserAgent": "Secret/1.0"}, {"aws:Referer": "https://example.com/"}
PUBLIC_ACL = {"Acl": acl("owner", ("AllUsers", "FULL_CONTROL")), "ObjectAcls": []}
PUBLIC_OBJECT = {
    "Acl": acl("owner"),
    "ObjectAcls": [{"Key": "a.txt", **acl("owner", ("AllUsers", "FULL_CONTROL"))}],
}
FOREIGN = {"Acl": acl("owner"), "ObjectAcls": [{"Key": "a.txt", **acl("uploader")}]}

# Entry → what is asked and what AWS answers.
AWS: dict[str, list[tuple[Question, str]]] = {
    "condition-key-case": [
        (asked(when("StringEquals", "AWS:useragent", "Secret/1.0"), context=AGENT), YES),
    ],
    "keys-never-set": [
        (asked(when("StringLike", "aws:userid", "*")), YES),
        (asked(when("ArnLike", "aws:PrincipalArn", GUEST), who=GUEST), YES),
        (asked(when("StringEquals", "aws:PrincipalAccount", PARTNER), who=GUEST), YES),
    ],
    "secure-transport-absent": [
        (asked(when("Bool", "aws:SecureTransport", "false"), context={"aws:SecureTransport": "false"}), YES),
    ],
    "anonymous-has-a-name": [
        (asked(when("Null", "aws:username", "true")), YES),
        (asked(when("StringLike", "aws:username", "*")), NO),
    ],
    "principal-type": [
        (asked(when("StringEquals", "aws:PrincipalType", "User")), NO),
        (asked(when("StringEquals", "aws:PrincipalType", "Anonymous")), YES),
        (asked(when("StringEquals", "aws:PrincipalType", "User"), who=GUEST), YES),
    ],
    "max-keys-always": [
        (asked(when("NumericGreaterThan", "s3:max-keys", "10"), **LIST), NO),
        (asked(when("NumericLessThanIfExists", "s3:max-keys", "10"), **LIST), YES),
        (asked(when("NumericGreaterThan", "s3:max-keys", "10"), **LIST, context={"s3:max-keys": "11"}), YES),
    ],
    "epoch-time": [
        (
            asked(when("NumericGreaterThan", "aws:EpochTime", 1577836800), context=NEW_YEAR),
            YES,
        ),
        (
            asked(when("DateLessThan", "aws:EpochTime", "2020-01-01"), context=NEW_YEAR),
            NO,
        ),
    ],
    "acl-header-always": [
        (asked(when("StringEqualsIfExists", "s3:x-amz-acl", "private"), action="s3:PutObject"), YES),
        (asked(when("Null", "s3:x-amz-acl", "true"), action="s3:PutObject"), YES),
    ],
    "negated-absent": [
        (asked(when("StringNotLike", "aws:Referer", "https://evil.example/*")), YES),
        (asked(when("StringNotEquals", "aws:SourceVpce", "vpce-1")), YES),
        (asked(when("NumericNotEquals", "s3:max-keys", 5), **LIST), YES),
        (asked(when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*")), YES),
    ],
    "negated-list": [
        (asked(when("StringNotEquals", "aws:UserAgent", "Secret/1.0", "other"), context=AGENT), NO),
        (asked(when("StringNotEquals", "aws:UserAgent", "one", "other"), context=AGENT), YES),
        (asked(when("StringNotLike", "aws:UserAgent", "Secret/*", "other"), context=AGENT), NO),
    ],
    "null-false": [
        (asked(when("Null", "aws:Referer", "false"), context=REFERER), YES),
        (asked(when("Null", "aws:Referer", "false")), NO),
    ],
    "any-ipv6": [
        (asked(when("IpAddress", "aws:SourceIp", "::/0"), context={"aws:SourceIp": "198.51.100.7"}), NO),
        (asked(when("IpAddress", "aws:SourceIp", "::/0"), context={"aws:SourceIp": "2001:db8::7"}), YES),
        (asked(when("NotIpAddress", "aws:SourceIp", "::/0"), context={"aws:SourceIp": "198.51.100.7"}), YES),
    ],
    "escape": [
        (
            asked(when("StringLike", "aws:UserAgent", "Secret/${*}"), context=STAR),
            YES,
        ),
        (asked(when("StringLike", "aws:UserAgent", "Secret/${*}"), context=AGENT), NO),
    ],
    "second-place-in-a-value": [
        (asked(when("StringLike", "aws:UserAgent", "*et/1.0"), context=AGENT), YES),
        (asked(when("StringNotLike", "aws:UserAgent", "*et/1.0"), context=AGENT), NO),
    ],
    "second-place-in-a-resource": [
        (asked(allow(Resource=f"{SHOP}/*b/a.txt"), resource=f"{SHOP}/bob/a.txt"), YES),
        (asked(allow(Resource=None, NotResource=f"{SHOP}/*b/a.txt"), resource=f"{SHOP}/bob/a.txt"), NO),
    ],
    "not-action": [
        (asked(allow(Action=None, NotAction="s3:Put*")), YES),
        (asked(allow(Action=None, NotAction="s3:Put*"), action="s3:PutObject"), NO),
        (asked(allow(Effect="Deny", Action=None, NotAction="s3:Put*"), **PUBLIC_OBJECT), DENIED),
    ],
    "canonical-user": [
        (asked(allow(Principal={"CanonicalUser": "guest"}), who="canonical:guest"), YES),
        (asked(allow(Principal={"CanonicalUser": "guest"}), who="canonical:other"), NO),
        (asked(allow(Effect="Deny", Principal={"CanonicalUser": "guest"}), who="canonical:guest"), DENIED),
    ],
    "account-is-everybody": [
        (asked(allow(Principal={"AWS": f"arn:aws:iam::{PARTNER}:root"}), who=GUEST), YES),
        (asked(allow(Principal={"AWS": f"arn:aws:iam::{PARTNER}:root"})), NO),
        (asked(allow(Principal={"AWS": f"arn:aws:iam::{PARTNER}:root"}), who="any_aws"), NO),
    ],
    "acl-header": [
        (
            asked(allow(Action="s3:PutObject"), action="s3:PutObject", context=PRIVATE),
            YES,
        ),
        (
            asked(allow(Action="s3:PutObject"), action="s3:PutObjectAcl", context=PRIVATE),
            NO,
        ),
    ],
    "restrict-public-buckets": [
        (asked(allow(), **blocked("RestrictPublicBuckets")), DENIED),
        (asked(allow(), who=GUEST, **blocked("RestrictPublicBuckets")), DENIED),
        (asked(allow(), who=ANN, **blocked("RestrictPublicBuckets")), YES),
    ],
    "block-public-acls": [
        (asked(allow(), action="s3:PutObject", **blocked("BlockPublicAcls")), YES),
        (asked(who=ANN, action="s3:PutObject", **blocked("BlockPublicAcls")), YES),
    ],
    "requester-pays": [
        (asked(allow(), action="s3:PutObject", RequestPayer="Requester"), NO),
        (asked(allow(), action="s3:PutBucketVersioning", resource=SHOP, RequestPayer="Requester"), NO),
        (asked(allow(), who=GUEST, action="s3:PutObject", RequestPayer="Requester"), YES),
    ],
    "config-by-acl": [
        (asked(action="s3:GetBucketAcl", resource=SHOP, **PUBLIC_ACL), YES),
        (asked(action="s3:GetBucketTagging", resource=SHOP, **PUBLIC_ACL), NO),
        (asked(action="s3:GetLifecycleConfiguration", resource=SHOP, **PUBLIC_ACL), NO),
    ],
    "tags-by-acl": [
        (asked(action="s3:GetObject", **PUBLIC_OBJECT), YES),
        (asked(action="s3:GetObjectTagging", **PUBLIC_OBJECT), NO),
        (asked(action="s3:PutObjectTagging", **PUBLIC_OBJECT), NO),
    ],
    "delete-by-acl": [
        (asked(action="s3:PutObject", **PUBLIC_ACL), YES),
        (asked(action="s3:DeleteObject", **PUBLIC_ACL), NO),
    ],
    "policy-calls": [
        (asked(allow(), action="s3:GetBucketPolicy", resource=SHOP), NO),
        (asked(allow(), who=GUEST, action="s3:PutBucketPolicy", resource=SHOP), NO),
        (asked(allow(), who=ANN, action="s3:GetBucketPolicy", resource=SHOP), YES),
    ],
    "foreign-objects": [
        (asked(allow(), **FOREIGN), NO),
        (asked(allow(), who=ANN, **FOREIGN), NO),
        (asked(allow(), resource=f"{SHOP}/b.txt", **FOREIGN), YES),
        (asked(allow(Effect="Deny"), who="canonical:uploader", **FOREIGN), DENIED),
    ],
    "variables": [
        (
            asked(
                allow(Resource=f"{SHOP}/${{aws:username}}/*"),
                who=GUEST,
                resource=f"{SHOP}/guest/a.txt",
                context={"aws:username": "guest"},
            ),
            YES,
        ),
        (asked(allow(Resource=f"{SHOP}/${{aws:username}}/*"), resource=f"{SHOP}/guest/a.txt"), NO),
    ],
    "negated-for-any-value": [
        (
            asked(when(ANY_NOT, "aws:TagKeys", "a"), context={"aws:TagKeys": ["a", "b"]}),
            YES,
        ),
        (asked(when(ANY_NOT, "aws:TagKeys", "a"), context={"aws:TagKeys": ["a"]}), NO),
        (asked(when(ANY_NOT, "aws:TagKeys", "a")), NO),
    ],
    "boolean": [
        (asked(when("Bool", "aws:SecureTransport", False), context={"aws:SecureTransport": "false"}), YES),
    ],
    "second-place-in-an-action": [
        (asked(allow(Action="s3:*Tagging"), action="s3:GetObjectTagging"), YES),
        (asked(allow(Action="s3:*Tagging"), action="s3:PutBucketTagging", resource=SHOP), YES),
    ],
}


@pytest.mark.parametrize("entry", AWS)
def test_what_aws_documents(entry: str) -> None:
    assert [question() for question, _ in AWS[entry]] == [expected for _, expected in AWS[entry]]


def test_every_entry_has_its_test_and_its_source() -> None:
    entries = [*DEVIATIONS, *REFUSALS]
    assert sorted(AWS) == sorted(entry.id for entry in entries)
    for entry in entries:
        assert entry.source.startswith("https://docs.aws.amazon.com/")
        assert entry.radosgw.endswith(".")
        assert entry.aws.endswith(".")
