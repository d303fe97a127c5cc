"""Without credentials: what a public bucket answers is public, though none of its rules can be read."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from tests.run.command import PROGRAM, TIMEOUT, environment, scan
from tests.servers.radosgw import Radosgw

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CARD = "-".join(("4532", "0151", "1283", "0366"))


@pytest.fixture(scope="module")
def client(radosgw: Radosgw) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=radosgw.endpoint,
        region_name="us-east-1",
        aws_access_key_id=radosgw.alice.access_key,
        aws_secret_access_key=radosgw.alice.secret_key,
        config=Config(s3={"addressing_style": "path"}),
    )


def bucket(client: S3Client, *actions: str) -> str:
    """A bucket with two files, where everybody may do these actions."""
    name = f"unsigned-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    for key in ("open/a.csv", "shut/b.csv"):
        client.put_object(Bucket=name, Key=key, Body=f"name,card\nAda,{CARD}\n".encode())
    resources = {"s3:ListBucket": "", "s3:GetObject": "/open/*"}
    statements = [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": action,
            "Resource": f"arn:aws:s3:::{name}{resources[action]}",
        }
        for action in actions
    ]
    client.put_bucket_policy(
        Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
    )
    return name


def test_a_scan_sees_that_the_bucket_is_public(client: S3Client, radosgw: Radosgw, tmp_path: Path) -> None:
    name = bucket(client, "s3:ListBucket", "s3:GetObject")
    done = scan(tmp_path / "run", f"s3://{name}", "--no-sign-request", endpoint=radosgw.endpoint)
    (record,) = done.buckets().values()
    assert record["access"]["Public"] == "public"
    told = {(g["principal"], *g["actions"], g["because"]["kind"]) for g in record["access"]["Grants"]}
    assert told == {("anonymous", "list", "observed"), ("anonymous", "read", "observed")}
    exposures = {line["key"]: line["exposure"] for line in done.lines("findings.jsonl")}
    assert set(exposures) == {"open/a.csv"}
    assert exposures["open/a.csv"]["public"] is True
    assert done.objects()["shut/b.csv"]["reason"] == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        (["s3:ListBucket", "s3:GetObject"], ["list the keys", 'read objects (only the object "open/a.csv")']),
        (["s3:ListBucket"], ["list the keys"]),
    ],
)
def test_access_tells_what_was_answered(
    client: S3Client, radosgw: Radosgw, actions: list[str], says: list[str]
) -> None:
    name = bucket(client, *actions)
    done = subprocess.run(
        [*PROGRAM, "access", "--no-sign-request", "--endpoint-url", radosgw.endpoint, f"s3://{name}"],
        env=environment(None), capture_output=True, text=True, timeout=TIMEOUT,
    )  # fmt: skip
    assert f"{name}: PUBLIC" in done.stdout, done.stderr
    for line in says:
        assert line in done.stdout
    assert "a request without credentials was answered" in done.stdout
