"""What SSE-KMS, by default or of an object, does to reading."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import encryption, evaluate
from classifier.access.encryption import Encryption
from classifier.model import Verdict

ACCOUNT, PARTNER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/0a1b"
BY_KMS = "ServerSideEncryption (aws:kms)"


def default(algorithm: str = "aws:kms", key: str | None = KEY) -> dict[str, Any]:
    applied = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": applied, "BucketKeyEnabled": True}]}


def sampled(key: str, algorithm: str | None, **changes: Any) -> dict[str, Any]:
    return {"Key": key, "Owner": {"ID": "o"}, "Grants": [], "ServerSideEncryption": algorithm} | changes


def verdict(principal: Any = "*", action: Any = "s3:GetObject", **parts: Any) -> Verdict:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": "arn:aws:s3:::shop/*",
    }
    bucket = {"Bucket": "shop", "AccountId": ACCOUNT, "Region": "eu-west-1", "Acl": {"Owner": {"ID": "o"}}}
    return evaluate(bucket | {"Policy": {"Version": "2012-10-17", "Statement": statement}} | parts)


def decisions(answer: Verdict, principal: str, action: str = "read") -> dict[str, str]:
    return {
        grant.prefix if grant.exact_key else "*": grant.decision
        for grant in answer.grants
        if grant.principal == principal and action in grant.actions
    }


@pytest.mark.parametrize(
    ("configuration", "found"),
    [
        (None, Encryption(False)),
        (default("AES256", None), Encryption(False)),
        (default(), Encryption(True)),
        (default("aws:kms:dsse"), Encryption(True)),
        (default(key=None), Encryption(True, managed=True)),
        (default(key="alias/aws/s3"), Encryption(True, managed=True)),
        (default(key=f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/aws/s3"), Encryption(True, managed=True)),
        ({"ServerSideEncryptionConfiguration": default()}, Encryption(True)),
        ({"Rules": [{}, None]}, Encryption(False)),
        ("x", Encryption(None)),
    ],
)
def test_default(configuration: Any, found: Encryption) -> None:
    answer, problems = encryption.default(configuration, unreadable=False)
    assert answer == found
    assert bool(problems) == (found.by_kms is None)


def test_default_that_cannot_be_read() -> None:
    assert encryption.default(None, unreadable=True) == (Encryption(None), [])


@pytest.mark.parametrize("principal", ["anonymous", "any_aws"])
@pytest.mark.parametrize("configuration", [default(), default(key=None)], ids=["own-key", "managed-key"])
def test_default_kms_without_a_sample_is_unknown(principal: str, configuration: dict[str, Any]) -> None:
    answer = verdict(Encryption=configuration)
    assert decisions(answer, principal) == {"*": "unknown"}
    assert answer.public == "unknown"
    assert BY_KMS in answer.blocked_by
    assert any("SSE-KMS by default" in line for line in answer.problems)


def test_default_kms_says_nothing_of_writing() -> None:
    answer = verdict(action=["s3:GetObject", "s3:PutObject"], Encryption=default())
    assert decisions(answer, "anonymous", "write") == {"*": "allowed"}
    assert decisions(answer, "anonymous", "read") == {"*": "unknown"}


def test_other_default_encryption_protects_from_nobody() -> None:
    assert decisions(verdict(Encryption=default("AES256", None)), "anonymous") == {"*": "allowed"}


def test_unreadable_default_is_unknown() -> None:
    refused = verdict(
        Unreadable=["GetBucketEncryption"], UnreadableErrors={"GetBucketEncryption": "AccessDenied"}
    )
    assert decisions(refused, "anonymous") == {"*": "unknown"}
    without = verdict(
        Unreadable=["GetBucketEncryption"], UnreadableErrors={"GetBucketEncryption": "MissingKey"}
    )
    assert decisions(without, "anonymous") == {"*": "allowed"}


def test_an_older_object_that_was_seen_can_be_read() -> None:
    answer = verdict(Encryption=default(), ObjectAcls=[sampled("old", "AES256"), sampled("new", "aws:kms")])
    assert decisions(answer, "anonymous") == {"*": "unknown", "old": "allowed"}
    assert answer.public == "public"


def test_all_objects_seen_are_encrypted() -> None:
    answer = verdict(ObjectAcls=[sampled("a", "aws:kms"), sampled("b", "aws:kms:dsse")])
    assert decisions(answer, "anonymous") == {"*": "unknown"}
    mixed = verdict(ObjectAcls=[sampled("a", "aws:kms"), sampled("b", "AES256")])
    assert decisions(mixed, "anonymous") == {"*": "allowed"}


@pytest.mark.parametrize(
    ("item", "principal", "decision"),
    [
        pytest.param({}, "anonymous", "implicitDeny", id="unsigned"),
        pytest.param({}, "any_aws", "unknown", id="key-policy-unknown"),
        pytest.param({"SSEKMSKeyId": "alias/aws/s3"}, "any_aws", "implicitDeny", id="managed-key"),
        pytest.param({"SSEKMSKeyId": KEY}, "any_aws", "unknown", id="own-key"),
        pytest.param({"KmsKeyPolicy": "*"}, "any_aws", "allowed", id="key-for-all"),
        pytest.param({"KmsKeyPolicy": ACCOUNT}, "any_aws", "implicitDeny", id="key-for-the-owner"),
        pytest.param(
            {"KmsKeyPolicy": PARTNER}, f"arn:aws:iam::{PARTNER}:root", "allowed", id="key-for-a-partner"
        ),
        pytest.param({}, f"arn:aws:iam::{ACCOUNT}:root", "allowed", id="the-owner"),
    ],
)
def test_who_reads_an_object_with_sse_kms(item: dict[str, Any], principal: str, decision: str) -> None:
    if "KmsKeyPolicy" in item:
        who = item["KmsKeyPolicy"]
        allowed = {
            "Effect": "Allow",
            "Principal": who if who == "*" else {"AWS": who},
            "Action": "kms:Decrypt",
            "Resource": "*",
        }
        item = {"KmsKeyPolicy": {"Version": "2012-10-17", "Statement": [allowed]}}
    request = {
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop/k",
        "IdentityPolicies": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
    }
    answer = verdict(ObjectAcls=[sampled("k", "aws:kms", **item)], Request=request)
    assert answer.decision == decision


def test_cloudfront_needs_the_key_as_well() -> None:
    answer = verdict({"Service": "cloudfront.amazonaws.com"}, Encryption=default())
    assert decisions(answer, "cloudfront:*") == {"*": "unknown"}
