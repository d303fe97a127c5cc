"""docs/permissions.md asks for what a scan really sends, and for nothing else."""

from __future__ import annotations

import contextlib
import fnmatch
import json
import re
import secrets
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from rich.console import Console

from classifier import config, run
from classifier.crawl import sessions

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "permissions.md").read_text("utf-8")
POLICIES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
# What IAM calls the operations of S3 that it gives another name
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
ACTIONS = {
    "s3.ListBuckets": "s3:ListAllMyBuckets",
    "s3.HeadBucket": "s3:ListBucket",
    "s3.ListObjectsV2": "s3:ListBucket",
    "s3.ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3.GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3.GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3.GetBucketCors": "s3:GetBucketCORS",
    "s3.GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3.GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3.GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3.GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3.ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "s3-control.GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "sts.GetCallerIdentity": "",  # needs no permission
    "kms.DescribeKey": "",  # the page's table says what is unknown without it
}
# Sent where there are such access points, of which moto has none, or by obstore.
NOT_HERE = {
    "s3:GetAccessPoint",
    "s3:GetAccessPointPolicy",
    "s3:GetMultiRegionAccessPointPolicy",
    "s3:GetAccessPointForObjectLambda",
    "s3:GetAccessPointConfigurationForObjectLambda",
    "s3:GetAccessPointPolicyForObjectLambda",
    "s3:GetObject",
    "kms:Decrypt",
}


def asked_for() -> set[str]:
    """The actions of the page's policy."""
    actions: set[str] = set()
    for statement in json.loads(POLICIES[0])["Statement"]:
        given = statement["Action"]
        actions |= {given} if isinstance(given, str) else set(given)
    return actions


def test_the_policy_for_many_accounts(moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is sent to find the accounts, and to get in, is in the policy of whoever runs the scanner."""
    seen: set[str] = set()
    request = botocore.client.BaseClient._make_api_call

    def note(self: Any, operation_name: str, api_params: Any) -> Any:
        seen.add(f"{self.meta.service_model.endpoint_prefix}:{operation_name}")
        return request(self, operation_name, api_params)

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    organizations = boto3.client("organizations", endpoint_url=moto)
    with contextlib.suppress(organizations.exceptions.AlreadyInOrganizationException):
        organizations.create_organization(FeatureSet="ALL")
    member = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", note)
    flags = {"endpoint_url": moto, "output": str(tmp_path / "run"), "accounts": "organization"}
    flags |= {"account_role": "security/s3-classifier", "detectors": "EMAIL_ADDRESS", "names": False}
    run.scan([], config.load(flags), console=Console(quiet=True), quiet=True)
    statements = json.loads(POLICIES[1])["Statement"]
    other = {name for name in seen if not name.startswith(("s3", "kms:", "sts:GetCallerIdentity"))}
    assert other == {statement["Action"] for statement in statements}
    arn = f"arn:aws:iam::{member['AccountId']}:role/security/s3-classifier"
    assert any(fnmatch.fnmatchcase(arn, statement["Resource"]) for statement in statements[1:])


@pytest.fixture
def sent(moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> set[str]:
    """The operations that a scan of every bucket, and an incremental one after it, send."""
    seen: set[str] = set()
    charged = sessions.Connection._charged

    def note(self: sessions.Connection, event_name: str, **more: Any) -> None:
        seen.add(event_name.removeprefix("before-send."))
        charged(self, event_name, **more)

    monkeypatch.setattr(sessions.Connection, "_charged", note)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3", endpoint_url=moto)
    name = f"asked-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.put_object(Bucket=name, Key="a.txt", Body=b"a")
    for number in (1, 2):
        settings = config.load(
            {
                "endpoint_url": moto,
                "output": str(tmp_path / str(number)),
                "incremental": number > 1,
                "detectors": "EMAIL_ADDRESS",
                "names": False,
            }
        )
        run.scan([], settings, all_buckets=True, console=Console(quiet=True), quiet=True)
    return seen


def test_the_policy_is_what_is_sent(sent: set[str]) -> None:
    actions = {ACTIONS.get(name, f"s3:{name.partition('.')[2]}") for name in sent} - {""}
    assert actions <= asked_for(), "a request that the page does not know"
    assert asked_for() - NOT_HERE <= actions, "an action that nothing asks for"
