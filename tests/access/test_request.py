"""Concrete requests (IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation")."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import evaluate

ACCOUNT, PARTNER = "111122223333", "444455556666"
KEY = "arn:aws:s3:::shop/a.txt"
ANN, ROLE = f"arn:aws:iam::{ACCOUNT}:user/ann", f"arn:aws:iam::{ACCOUNT}:role/path/clerk"
CLERK = f"arn:aws:sts::{ACCOUNT}:assumed-role/clerk/today"
STRANGER = f"arn:aws:iam::{PARTNER}:role/guest"
ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
NONE = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}}


def decision(principal: str, statements: list[dict[str, Any]], **parts: Any) -> str | None:
    request = {
        "Principal": principal,
        "Action": parts.pop("action", "s3:GetObject"),
        "Resource": parts.pop("resource", KEY),
        "Context": parts.pop("context", {}),
        "IdentityPolicies": parts.pop("identity", []),
    }
    document = {"Version": parts.pop("version", "2012-10-17"), "Statement": statements}
    snapshot = {"Bucket": "shop", "AccountId": ACCOUNT, "Policy": document, "Request": request}
    return evaluate(snapshot | parts).decision


def allow(principal: Any = "*", **changes: Any) -> dict[str, Any]:
    base = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop/*",
    }
    return base | changes


@pytest.mark.parametrize(
    ("principal", "statements", "identity", "expected"),
    [
        pytest.param("anonymous", [allow()], [], "allowed", id="anonymous"),
        pytest.param("anonymous", [], [], "implicitDeny", id="nothing-said"),
        pytest.param("any_aws", [allow()], [], "allowed", id="any-aws"),
        pytest.param("anonymous", [allow({"AWS": PARTNER})], [], "implicitDeny", id="not-named"),
        pytest.param("anonymous", [allow(), allow(Effect="Deny")], [], "explicitDeny", id="deny-first"),
        pytest.param("owner", [], [], "allowed", id="owner"),
        pytest.param("owner", [allow(Effect="Deny")], [], "explicitDeny", id="owner-denied"),
        pytest.param(ANN, [], [ALL], "allowed", id="own-by-identity"),
        pytest.param(ANN, [allow({"AWS": ANN})], [], "allowed", id="own-by-resource"),
        pytest.param(ANN, [allow({"AWS": ACCOUNT})], [], "implicitDeny", id="root-only-delegates"),
        pytest.param(ANN, [allow({"AWS": ACCOUNT})], [ALL], "allowed", id="delegated"),
        pytest.param(ANN, [allow({"AWS": ANN})], [NONE], "explicitDeny", id="identity-denies"),
        pytest.param(
            ANN, [allow({"AWS": ACCOUNT}, Effect="Deny")], [ALL], "explicitDeny", id="account-denied"
        ),
        pytest.param(CLERK, [allow({"AWS": ROLE})], [], "allowed", id="session-of-a-role"),
        pytest.param(CLERK, [allow({"AWS": CLERK})], [], "allowed", id="session"),
        pytest.param(
            CLERK, [allow({"AWS": ROLE.replace("clerk", "cook")})], [], "implicitDeny", id="other-role"
        ),
        pytest.param(STRANGER, [allow({"AWS": PARTNER})], [], "implicitDeny", id="cross-account-needs-both"),
        pytest.param(STRANGER, [allow({"AWS": PARTNER})], [ALL], "allowed", id="cross-account"),
        pytest.param(STRANGER, [], [ALL], "implicitDeny", id="cross-account-identity-only"),
        pytest.param(f"arn:aws:iam::{PARTNER}:root", [allow({"AWS": PARTNER})], [], "allowed", id="root"),
        pytest.param(
            "logging.s3.amazonaws.com",
            [allow({"Service": "logging.s3.amazonaws.com"})],
            [],
            "allowed",
            id="service",
        ),
        pytest.param("nobody at all", [allow()], [], "unknown", id="no-caller"),
    ],
)
def test_principal(
    principal: str, statements: list[dict[str, Any]], identity: list[Any], expected: str
) -> None:
    assert decision(principal, statements, identity=identity) == expected


@pytest.mark.parametrize(
    ("action", "principal", "expected"),
    [
        ("s3:GetBucketPolicy", "any_aws", "implicitDeny"),
        ("s3:PutBucketPolicy", "any_aws", "implicitDeny"),
        ("S3:GETBUCKETLOCATION", "any_aws", "allowed"),
    ],
)
def test_policy_actions_are_the_owners(action: str, principal: str, expected: str) -> None:
    statement = allow(Action="*", Resource="arn:aws:s3:::shop")
    assert decision(principal, [statement], action=action, resource="arn:aws:s3:::shop") == expected


def test_the_owner_can_always_mend_the_policy() -> None:
    statement = allow(Effect="Deny", Action="*", Resource="*")
    resource = "arn:aws:s3:::shop"
    assert decision("owner", [statement], action="s3:DeleteBucketPolicy", resource=resource) == "allowed"


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": PARTNER}}, {}, "allowed"),
        ({"StringEquals": {"aws:PrincipalAccount": PARTNER}}, {"aws:PrincipalAccount": None}, "implicitDeny"),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/*"}}, {}, "allowed"),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, "implicitDeny"),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"AWS:SECURETRANSPORT": True}, "allowed"),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, {"aws:TagKeys": ["b", "a"]}, "allowed"),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"s3:max-keys": 9}, "allowed"),
    ],
)
def test_context(condition: dict[str, Any], context: dict[str, Any], expected: str) -> None:
    statement = allow({"AWS": STRANGER}, Condition=condition)
    assert decision(STRANGER, [statement], context=context, identity=[ALL]) == expected


@pytest.mark.parametrize(("version", "expected"), [("2012-10-17", "allowed"), ("2008-10-17", "implicitDeny")])
def test_variables_need_the_new_version(version: str, expected: str) -> None:
    statement = allow(Resource="arn:aws:s3:::shop/${aws:username}/*")
    resource, context = "arn:aws:s3:::shop/ann/x", {"aws:username": "ann"}
    assert decision("any_aws", [statement], version=version, resource=resource, context=context) == expected


def test_an_object_of_another_account_is_not_the_policys_to_give() -> None:
    bucket = {"Owner": {"ID": "owner"}, "Grants": []}
    sample = [{"Key": "a.txt", "Owner": {"ID": "uploader"}, "Grants": []}]
    assert decision("anonymous", [allow()], Acl=bucket, ObjectAcls=sample) == "implicitDeny"
    enforced = {"ObjectOwnership": "BucketOwnerEnforced"}
    assert decision("anonymous", [allow()], Acl=bucket, ObjectAcls=sample, **enforced) == "allowed"


FULL = [{"Grantee": {"ID": "uploader"}, "Permission": "FULL_CONTROL"}]


@pytest.mark.parametrize(
    ("principal", "action", "grants", "expected"),
    [
        pytest.param("owner", "s3:GetObject", FULL, "implicitDeny", id="not-the-bucket-owners-to-read"),
        pytest.param(ANN, "s3:PutObjectAcl", FULL, "implicitDeny", id="nor-its-users"),
        pytest.param("owner", "s3:DeleteObject", FULL, "allowed", id="the-bucket-owners-to-delete"),
        pytest.param("any_aws", "s3:DeleteObject", FULL, "allowed", id="or-the-policys"),
        pytest.param("any_aws", "s3:GetObjectTagging", FULL, "implicitDeny", id="but-not-its-tags"),
        pytest.param("canonical:uploader", "s3:GetObject", FULL, "allowed", id="its-owner"),
        pytest.param(
            "canonical:uploader", "s3:GetObject", [], "implicitDeny", id="its-owner-without-a-grant"
        ),
        pytest.param("canonical:another", "s3:GetObject", FULL, "implicitDeny", id="another"),
    ],
)
def test_who_may_touch_an_object_of_another_account(
    principal: str, action: str, grants: list[dict[str, Any]], expected: str
) -> None:
    """S3 User Guide, "How Amazon S3 authorizes a request for an object operation"."""
    parts = {
        "Acl": {"Owner": {"ID": "owner"}, "Grants": []},
        "ObjectAcls": [{"Key": "a.txt", "Owner": {"ID": "uploader"}, "Grants": grants}],
    }
    policy = [allow(Action="s3:*")] if principal == "any_aws" else []
    assert decision(principal, policy, action=action, identity=[ALL], **parts) == expected


def test_an_owners_own_grants_do_not_matter_in_its_own_bucket() -> None:
    parts = {
        "Acl": {"Owner": {"ID": "owner"}, "Grants": []},
        "ObjectAcls": [{"Key": "a.txt", "Owner": {"ID": "owner"}, "Grants": []}],
    }
    assert decision("owner", [], **parts) == "allowed"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam:::user/bob", "allowed"),
        ("arn:aws:iam:::user/eve", "implicitDeny"),
        ("arn:aws:iam::acme:user/carol", "allowed"),
        ("arn:aws:iam::acme:user/bob", "implicitDeny"),
        (f"arn:aws:iam::{PARTNER}:user/bob", "unknown"),
    ],
)
def test_acls_name_the_users_of_a_server_whose_users_are_accounts(arn: str, expected: str) -> None:
    """Ceph Object Gateway: Bucket Policies, "Limitations" (users and tenants in the place of accounts)."""
    grants = [{"Grantee": {"ID": name}, "Permission": "READ"} for name in ("bob", "acme$carol")]
    parts = {"Acl": {"Owner": {"ID": "alice"}, "Grants": grants}, "AccountId": None}
    resource = "arn:aws:s3:::shop"
    answer = decision(arn, [], action="s3:ListBucket", resource=resource, identity=[ALL], **parts)
    assert answer == expected


@pytest.mark.parametrize(("encryption", "expected"), [("aws:kms", "implicitDeny"), ("AES256", "allowed")])
def test_unsigned_reads_of_encrypted_objects(encryption: str, expected: str) -> None:
    sample = [{"Key": "a.txt", "Grants": [], "ServerSideEncryption": encryption}]
    assert decision("anonymous", [allow()], ObjectAcls=sample) == expected


def test_restrict_public_buckets_is_a_deny_for_other_accounts() -> None:
    block = {"PublicAccessBlock": {"Bucket": {"RestrictPublicBuckets": True}}}
    statements = [allow(), allow({"AWS": PARTNER})]
    assert decision(STRANGER, statements, identity=[ALL], **block) == "explicitDeny"
    assert decision(ANN, statements, **block) == "allowed"
    assert decision("logging.s3.amazonaws.com", statements, **block) == "allowed"
    assert decision(STRANGER, statements[1:], identity=[ALL], **block) == "allowed"


def test_unreadable_policy_leaves_a_request_unknown() -> None:
    request = {"Principal": "anonymous", "Action": "s3:GetObject", "Resource": KEY}
    snapshot = {"Bucket": "shop", "AccountId": ACCOUNT, "Unreadable": ["GetBucketPolicy"], "Request": request}
    assert evaluate(snapshot).decision == "unknown"
    assert evaluate({key: value for key, value in snapshot.items() if key != "Request"}).decision is None
