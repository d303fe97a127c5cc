"""A proposed change: the snapshot after it, and what S3 would refuse."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from classifier.access import Proposal, evaluate, proposed
from classifier.access.proposal import HIDDEN, MAX_POLICY_BYTES
from classifier.errors import UsageError

OPEN = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/*"}
    ],
}
SHUT = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
ENFORCED = {"ObjectOwnership": "BucketOwnerEnforced"}
OWNER_ACL = {"Owner": {"ID": "owner"}, "Grants": []}


def bucket(**parts: Any) -> dict[str, Any]:
    return {"Bucket": "shop", "AccountId": "111122223333", "Region": "eu-west-1", "Acl": OWNER_ACL} | parts


def statement(**changes: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [OPEN["Statement"][0] | changes]})  # type: ignore[index]


def after(snapshot: dict[str, Any], **parts: Any) -> dict[str, Any]:
    untouched = copy.deepcopy(snapshot)
    changed = proposed(snapshot, Proposal(parts))
    assert snapshot == untouched
    return changed


def test_only_what_is_given_changes() -> None:
    snapshot = bucket(Policy=OPEN, PublicAccessBlock={"Account": SHUT, "Bucket": None})
    changed = after(snapshot, PublicAccessBlock=None)
    assert {key: changed[key] for key in snapshot} == snapshot


@pytest.mark.parametrize(
    ("snapshot", "parts", "public"),
    [
        (bucket(), {"Policy": json.dumps(OPEN)}, "public"),
        (bucket(Policy=OPEN), {"Policy": None}, "not_public"),
        (bucket(), {"Acl": "public-read"}, "public"),
        (bucket(), {"Acl": "authenticated-read"}, "public"),
        (bucket(), {"Acl": "log-delivery-write"}, "not_public"),
        (bucket(Policy=OPEN), {"PublicAccessBlock": SHUT}, "not_public"),
        (bucket(Policy=OPEN), {"PublicAccessBlock": {"PublicAccessBlockConfiguration": SHUT}}, "not_public"),
        (bucket(Policy=OPEN, PublicAccessBlock={"Bucket": SHUT}), {"PublicAccessBlock": None}, "unknown"),
        (
            bucket(Policy=OPEN, PublicAccessBlock={"Bucket": SHUT}, **ENFORCED),
            {"PublicAccessBlock": None},
            "public",
        ),
        (bucket(Unreadable=["GetBucketPolicy"]), {"Policy": None}, "not_public"),
        (bucket(Acl=None, Unreadable=["GetBucketAcl"]), {"Acl": "private"}, "not_public"),
        (bucket(Unreadable=["GetBucketOwnershipControls"]), ENFORCED, "not_public"),
        (bucket(**ENFORCED), {"ObjectOwnership": "ObjectWriter", "Acl": "public-read"}, "public"),
    ],
)
def test_the_state_after(snapshot: dict[str, Any], parts: dict[str, Any], public: str) -> None:
    expected = "public" if public == "unknown" else public
    assert evaluate(after(snapshot, **parts)).public == expected


def test_acls_that_s3_did_not_show_are_unknown_once_they_count() -> None:
    snapshot = bucket(PublicAccessBlock={"Bucket": SHUT})
    assert evaluate(snapshot).public == "not_public"
    changed = after(snapshot, PublicAccessBlock=None)
    assert changed["UnreadableErrors"] == {"GetBucketAcl": HIDDEN, "GetObjectAcl": HIDDEN}
    assert evaluate(changed).public == "unknown"
    assert evaluate(after(bucket(**ENFORCED), ObjectOwnership="ObjectWriter")).public == "unknown"


@pytest.mark.parametrize(
    ("snapshot", "parts", "says"),
    [
        (
            bucket(PublicAccessBlock={"Bucket": SHUT}),
            {"Policy": statement()},
            "BlockPublicPolicy is on (bucket)",
        ),
        (
            bucket(PublicAccessBlock={"Account": SHUT}),
            {"Policy": statement()},
            "BlockPublicPolicy is on (account)",
        ),
        (bucket(), {"Policy": statement(), "PublicAccessBlock": SHUT}, "BlockPublicPolicy is on (bucket)"),
        (
            bucket(PublicAccessBlock={"Bucket": SHUT}),
            {"Acl": "public-read"},
            "BlockPublicAcls is on (bucket)",
        ),
        (bucket(**ENFORCED), {"Acl": "private"}, "AccessControlListNotSupported"),
        (bucket(), {"Acl": "public-read", **ENFORCED}, "InvalidBucketAclWithObjectOwnership"),
        (bucket(), {"Acl": "bucket-owner-read"}, "canned ACLs of a bucket are private"),
        (bucket(), {"ObjectOwnership": "Nobody"}, "BucketOwnerEnforced, BucketOwnerPreferred"),
        (bucket(), {"Policy": statement(Sid="x" * MAX_POLICY_BYTES)}, "of at most 20,480"),
        (bucket(), {"Policy": "{"}, "not JSON (line 1, column 2"),
        (bucket(), {"Policy": "[]"}, "not an object"),
        (bucket(), {"Policy": "[" * 10_000}, "not JSON"),
        (bucket(), {"Policy": '{"Statement": []}'}, "no Statement"),
        (bucket(), {"Policy": statement(Effect="Maybe")}, "statement 0: Effect: 'Maybe'"),
        (
            bucket(),
            {"Policy": statement(Principal={"AWS": "arn:aws:iam::*:role/x"})},
            "statement 0: Principal",
        ),
        (bucket(), {"Policy": statement(Resource="arn:aws:s3:::else/*")}, "not of the bucket 'shop'"),
        (bucket(), {"PublicAccessBlock": {"BlockPublicAcl": True}}, "'BlockPublicAcl' must be one of"),
        (bucket(), {"PublicAccessBlock": {"BlockPublicAcls": "yes"}}, "true or false"),
        (bucket(), {"PublicAccessBlock": []}, "no JSON object"),
    ],
)
def test_what_s3_would_refuse(snapshot: dict[str, Any], parts: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as refused:
        after(snapshot, **parts)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    "policy",
    [
        statement(Principal={"AWS": "444455556666"}),
        statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        statement(Effect="Deny"),
    ],
)
def test_a_policy_that_is_not_public_passes_the_block(policy: str) -> None:
    assert after(bucket(PublicAccessBlock={"Bucket": SHUT}), Policy=policy)["Policy"] == json.loads(policy)


def test_ownership_may_be_enforced_together_with_a_private_acl() -> None:
    group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    snapshot = bucket(Acl=OWNER_ACL | {"Grants": [{"Grantee": group, "Permission": "READ"}]})
    assert after(snapshot, Acl="private", **ENFORCED)["ObjectOwnership"] == "BucketOwnerEnforced"
