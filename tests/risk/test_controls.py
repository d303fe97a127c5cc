"""Posture to controls: in place, not in place, unknown."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.model import Posture
from classifier.risk import controls_of, failed_operations, statements

ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
BARE: dict[str, Any] = {
    "Bucket": "b",
    "Policy": None,
    "PublicAccessBlock": {"Organization": None, "Account": None, "Bucket": None},
    "ObjectOwnership": None,
    "Encryption": None,
    "Versioning": None,
    "Logging": None,
}


def posture(unreadable: dict[str, str] | None = None, **fields: Any) -> Posture:
    return Posture("b", "1", "eu-west-1", BARE | fields, unreadable or {})


def encryption(algorithm: str) -> dict[str, Any]:
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}]}


def deny_plain(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    } | changes


@pytest.mark.parametrize(
    "control, fields, expected",
    [
        pytest.param("kms", {}, False, id="kms-none"),
        pytest.param("kms", {"Encryption": encryption("AES256")}, False, id="kms-sse-s3"),
        pytest.param("kms", {"Encryption": encryption("aws:kms:dsse")}, True, id="kms-dsse"),
        pytest.param("encryption", {}, False, id="encryption-none"),
        pytest.param("encryption", {"Encryption": encryption("AES256")}, True, id="encryption-sse-s3"),
        pytest.param("encryption", {"Encryption": {"Rules": []}}, False, id="encryption-no-rule"),
        pytest.param("encryption", {"Encryption": {"Rules": "x"}}, False, id="encryption-garbage"),
        pytest.param("versioning", {}, False, id="versioning-never"),
        pytest.param("versioning", {"Versioning": {"Status": "Suspended"}}, False, id="versioning-suspended"),
        pytest.param("versioning", {"Versioning": {"Status": "Enabled"}}, True, id="versioning-on"),
        pytest.param("logging", {}, False, id="logging-off"),
        pytest.param(
            "logging", {"Logging": {"TargetBucket": "logs", "TargetPrefix": ""}}, True, id="logging-on"
        ),
        pytest.param("acls_disabled", {}, False, id="acls-default"),
        pytest.param("acls_disabled", {"ObjectOwnership": "ObjectWriter"}, False, id="acls-on"),
        pytest.param("acls_disabled", {"ObjectOwnership": "BucketOwnerEnforced"}, True, id="acls-off"),
        pytest.param("block_public_access", {}, False, id="bpa-none"),
        pytest.param(
            "block_public_access",
            {"PublicAccessBlock": {"Account": ON, "Bucket": None}},
            True,
            id="bpa-account",
        ),
        pytest.param(
            "block_public_access",
            {"PublicAccessBlock": {"Bucket": {**ON, "IgnorePublicAcls": False}}},
            False,
            id="bpa-three-of-four",
        ),
        pytest.param(
            "block_public_access",
            {
                "PublicAccessBlock": {
                    "Account": {**ON, "IgnorePublicAcls": False},
                    "Bucket": {"IgnorePublicAcls": True},
                }
            },
            True,
            id="bpa-levels-together",
        ),
        pytest.param("tls", {}, False, id="tls-no-policy"),
        pytest.param("tls", {"Policy": {"Statement": deny_plain()}}, True, id="tls-single-statement"),
        pytest.param(
            "tls", {"Policy": {"Statement": [deny_plain(Principal={"AWS": "*"})]}}, True, id="tls-aws-star"
        ),
        pytest.param(
            "tls", {"Policy": {"Statement": [deny_plain(Action="*", Resource="*")]}}, True, id="tls-star"
        ),
        pytest.param(
            "tls",
            {
                "Policy": {
                    "Statement": [
                        deny_plain(Resource="arn:aws-cn:s3:::b"),
                        deny_plain(Resource="arn:aws-cn:s3:::b/*"),
                    ]
                }
            },
            True,
            id="tls-two-statements",
        ),
        pytest.param(
            "tls",
            {"Policy": {"Statement": [deny_plain(Condition={"bool": {"AWS:securetransport": [False]}})]}},
            True,
            id="tls-case",
        ),
        pytest.param(
            "tls",
            {"Policy": {"Statement": [deny_plain(Resource="arn:aws:s3:::b/*")]}},
            False,
            id="tls-objects-only",
        ),
        pytest.param(
            "tls",
            {"Policy": {"Statement": [deny_plain(Resource=["arn:aws:s3:::b", "arn:aws:s3:::b/x/*"])]}},
            False,
            id="tls-prefix-only",
        ),
        pytest.param(
            "tls", {"Policy": {"Statement": [deny_plain(Action="s3:PutObject")]}}, False, id="tls-put-only"
        ),
        pytest.param("tls", {"Policy": {"Statement": [deny_plain(Effect="Allow")]}}, False, id="tls-allow"),
        pytest.param(
            "tls",
            {"Policy": {"Statement": [deny_plain(Principal={"AWS": "1"})]}},
            False,
            id="tls-one-account",
        ),
        pytest.param(
            "tls",
            {
                "Policy": {
                    "Statement": [
                        deny_plain(
                            Condition={"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}
                        )
                    ]
                }
            },
            False,
            id="tls-narrowed",
        ),
        pytest.param(
            "tls",
            {"Policy": {"Statement": [deny_plain(Condition={"Bool": {"aws:SecureTransport": "true"}})]}},
            False,
            id="tls-inverted",
        ),
        pytest.param("tls", {"Policy": {"Statement": ["x", 7]}}, False, id="tls-garbage"),
    ],
)
def test_state(control: str, fields: dict[str, Any], expected: bool) -> None:
    assert controls_of(posture(**fields))[control] is expected


@pytest.mark.parametrize(
    "control, operation",
    [
        ("kms", "GetBucketEncryption"),
        ("encryption", "GetBucketEncryption"),
        ("versioning", "GetBucketVersioning"),
        ("logging", "GetBucketLogging"),
        ("tls", "GetBucketPolicy"),
        ("block_public_access", "GetAccountPublicAccessBlock"),
        ("block_public_access", "GetBucketPublicAccessBlock"),
        ("acls_disabled", "GetBucketOwnershipControls"),
    ],
)
def test_what_could_not_be_read_is_unknown(control: str, operation: str) -> None:
    given = posture({operation: "AccessDenied", "GetBucketTagging": "AccessDenied"})
    assert controls_of(given)[control] is None
    assert failed_operations(given, control) == {operation: "AccessDenied"}


def test_one_level_that_is_on_is_enough_though_another_is_unknown() -> None:
    given = posture({"GetAccountPublicAccessBlock": "AccessDenied"}, PublicAccessBlock={"Bucket": ON})
    assert controls_of(given)["block_public_access"] is True


def test_what_the_snapshot_does_not_tell_is_unknown() -> None:
    found = controls_of(Posture("b", None, None, {"Bucket": "b", "Policy": None}))
    assert {name for name, state in found.items() if state is None} == {
        "kms",
        "encryption",
        "versioning",
        "logging",
    }


def test_a_local_target_has_no_controls() -> None:
    assert set(controls_of(None).values()) == {False}


def test_statements_of_odd_documents() -> None:
    assert statements({}) == []
    assert statements({"Statement": None}) == []
    assert statements({"Statement": {"Sid": "a"}}) == [{"Sid": "a"}]
    assert statements({"Statement": [1, {"Sid": "a"}, None]}) == [{"Sid": "a"}]
