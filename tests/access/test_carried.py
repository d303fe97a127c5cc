"""Condition keys that only some requests carry: the others are decided without them."""

from typing import Any

import pytest

from classifier.access import evaluate
from classifier.access.actions import BY_NAME, carries

Policy = dict[str, Any]


def granted(*statements: Policy) -> set[str]:
    whole = [
        {"Principal": "*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]} | statement
        for statement in statements
    ]
    document = {"Version": "2012-10-17", "Statement": whole}
    snapshot = {"Bucket": "b", "AccountId": "111111111111", "Region": "us-east-1", "Policy": document}
    verdict = evaluate({**snapshot, "ObjectOwnership": "BucketOwnerEnforced"})
    return {action for grant in verdict.grants if grant.principal == "anonymous" for action in grant.actions}


ALL = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]


@pytest.mark.parametrize(
    ("condition", "actions"),
    [
        ({"StringEquals": {"s3:prefix": "open/"}}, {"list"}),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"list"}),
        ({"StringEquals": {"s3:x-amz-acl": "private"}}, {"write"}),
        ({"Null": {"s3:x-amz-server-side-encryption": "false"}}, {"write"}),
        ({"StringEquals": {"s3:ExistingObjectTag/open": "yes"}}, {"read"}),
        ({"StringEquals": {"s3:RequestObjectTag/open": "yes"}}, {"write"}),
        ({"StringEqualsIfExists": {"s3:prefix": "open/"}}, {"list", "read", "write"}),
        ({"StringNotEquals": {"s3:prefix": "shut/"}}, {"list", "read", "write"}),
        ({"StringEquals": {"s3:TlsVersion": "1.3"}}, {"list", "read", "write"}),
    ],
)
def test_an_allow_counts_for_requests_that_carry_its_key(condition: Policy, actions: set[str]) -> None:
    assert granted({"Effect": "Allow", "Action": ALL, "Condition": condition}) == actions


@pytest.mark.parametrize(
    ("condition", "actions"),
    [
        ({"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}, {"write"}),
        ({"StringNotLike": {"s3:prefix": "open/*"}}, {"list"}),
        ({"Null": {"s3:x-amz-acl": "true"}}, {"write"}),
        ({"StringEquals": {"s3:x-amz-acl": "public-read"}}, {"list", "read", "write"}),
    ],
)
def test_a_deny_stops_requests_that_cannot_carry_its_key(condition: Policy, actions: set[str]) -> None:
    allow = {"Effect": "Allow", "Action": ALL}
    assert granted(allow, {"Effect": "Deny", "Action": "s3:*", "Condition": condition}) == actions


def test_a_condition_that_no_request_could_meet_is_read_at_its_widest() -> None:
    """S3 would have refused the policy; who stored it nevertheless may take the key from the caller."""
    only = {"Effect": "Allow", "Action": "s3:GetObject", "Condition": {"StringLike": {"s3:prefix": "home/"}}}
    assert granted(only) == {"read"}


def test_carriers() -> None:
    assert carries(BY_NAME["s3:listbucket"], "s3:prefix")
    assert not carries(BY_NAME["s3:getobject"], "s3:prefix")
    assert carries(BY_NAME["s3:getobjectversion"], "s3:versionid")
    assert not carries(BY_NAME["s3:getobject"], "s3:versionid")
    assert carries(BY_NAME["s3:getobject"], "s3:existingobjecttag/any")
    assert carries(BY_NAME["s3:getobject"], "aws:useragent")
