"""S3's own IsPublic (S3 User Guide, "The meaning of 'public'")."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import policy, status

ALLOW: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::shop/*",
}


def is_public(*statements: dict[str, Any]) -> bool | None:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return status.is_public(policy.parse(document, "policy"))[0]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False, id="org"),
        pytest.param({"StringEquals": {"AWS:PRINCIPALORGID": "o-1"}}, False, id="any-case"),
        pytest.param({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True, id="wildcard"),
        pytest.param({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, True, id="variable"),
        pytest.param({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, True, id="if-exists"),
        pytest.param({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True, id="negated"),
        pytest.param({"IpAddress": {"aws:SourceIp": "203.0.113.7"}}, False, id="address"),
        pytest.param({"IpAddress": {"aws:SourceIp": "12.0.0.0/8"}}, False, id="slash-8"),
        pytest.param({"IpAddress": {"aws:SourceIp": "12.0.0.0/7"}}, True, id="slash-7"),
        pytest.param({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False, id="private"),
        pytest.param({"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}}, True, id="more-than-private"),
        pytest.param({"IpAddress": {"aws:SourceIp": "2001::/31"}}, True, id="v6-wide"),
        pytest.param({"IpAddress": {"aws:SourceIp": ["203.0.113.7", "0.0.0.0/0"]}}, True, id="one-wide"),
        pytest.param({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False, id="vpc"),
        pytest.param({"StringLike": {"aws:SourceVpce": ["vpce-1", "vpce-*"]}}, True, id="vpce-wildcard"),
        pytest.param({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:1:t"}}, True, id="source-arn-wildcard"),
        pytest.param({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:r:1:t"}}, False, id="source-arn"),
        pytest.param({"StringEquals": {"aws:ResourceAccount": "1"}}, True, id="resource-account"),
        pytest.param({"StringEquals": {"aws:Referer": "x"}}, True, id="referer"),
        pytest.param({"Bool": {"aws:SecureTransport": "true"}}, True, id="transport"),
        pytest.param({"StringEquals": {"aws:userid": "AIDAX"}}, False, id="userid"),
        pytest.param({"StringLike": {"aws:userid": "AROAX:*"}}, None, id="userid-of-a-role"),
        pytest.param(
            {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:r-1:111122223333:accesspoint/*"}},
            False,
            id="access-point-name-wildcard",
        ),
        pytest.param(
            {"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:*:*:accesspoint/*"}},
            True,
            id="any-access-point",
        ),
        pytest.param(
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, None, id="undocumented"
        ),
        pytest.param(
            {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}},
            False,
            id="one-of-two-narrows",
        ),
    ],
)
def test_condition(condition: dict[str, Any], expected: bool | None) -> None:
    assert is_public(ALLOW | {"Condition": condition}) is expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        pytest.param({"Principal": "*"}, True, id="star"),
        pytest.param({"Principal": {"AWS": ["111122223333", "*"]}}, True, id="star-in-list"),
        pytest.param({"Principal": {"AWS": "111122223333"}}, False, id="account"),
        pytest.param({"Principal": {"Service": "logging.s3.amazonaws.com"}}, False, id="service"),
        pytest.param({"Principal": {"CanonicalUser": "abc"}}, False, id="canonical"),
        pytest.param({"NotPrincipal": {"AWS": "111122223333"}}, True, id="everybody-else"),
        pytest.param({}, None, id="missing"),
    ],
)
def test_principal(principal: dict[str, Any], expected: bool | None) -> None:
    base = {key: value for key, value in ALLOW.items() if key != "Principal"}
    assert is_public(base | principal) is expected


def test_deny_does_not_count() -> None:
    assert is_public(ALLOW, ALLOW | {"Effect": "Deny"}) is True
    assert is_public(ALLOW | {"Effect": "Deny"}) is False


def test_one_public_statement_is_enough() -> None:
    assert is_public(ALLOW | {"Principal": {"AWS": "111122223333"}}, ALLOW) is True


def test_access_point_of_a_vpc_is_never_public() -> None:
    parsed = policy.parse({"Version": "2012-10-17", "Statement": ALLOW}, "access point")
    assert status.is_public_access_point(parsed, "VPC")[0] is False
    assert status.is_public_access_point(parsed, "Internet")[0] is True
