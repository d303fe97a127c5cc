import gzip
import io
import json
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator

import boto3
import pytest
from mypy_boto3_s3 import S3Client

from classifier.demo import BUCKETS, embedded_server, expected, seed
from classifier.demo.account import PARTNER_ACCOUNT, objects_of


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[S3Client, str]]:
    with embedded_server() as server:
        seed(server)
        with server.environment():
            yield boto3.client("s3", endpoint_url=server.endpoint_url), server.endpoint_url


def test_every_object_is_there(account: tuple[S3Client, str]) -> None:
    client, _ = account
    assert {b["Name"] for b in client.list_buckets()["Buckets"]} == {b.name for b in BUCKETS}
    for plan in BUCKETS:
        listing = client.list_objects_v2(Bucket=plan.name).get("Contents", [])
        assert {o["Key"]: o["Size"] for o in listing} == {k: len(v) for k, v in objects_of(plan).items()}


def test_the_size_and_the_variety_of_the_account() -> None:
    table = expected()
    assert len(table) >= 7
    assert sum(row.objects for row in table) >= 90
    assert {row.exposure for row in table} == {"public", "external", "latent", "private"}
    assert any(row.objects == 0 for row in table)
    assert any(row.exposure == "public" and not row.detectors for row in table)


@pytest.mark.parametrize("plan", BUCKETS, ids=lambda plan: plan.name)
def test_the_configuration_shows_the_exposure(account: tuple[S3Client, str], plan: object) -> None:
    bucket = next(b for b in BUCKETS if b is plan)
    client, _ = account
    acl = json.dumps(client.get_bucket_acl(Bucket=bucket.name)["Grants"])
    block = client.get_public_access_block(Bucket=bucket.name)["PublicAccessBlockConfiguration"]
    if bucket.statements:
        policy = json.loads(client.get_bucket_policy(Bucket=bucket.name)["Policy"])
        allows = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
        principals = [statement["Principal"] for statement in allows]
    else:
        principals = []
    open_to_all = "*" in principals or "AuthenticatedUsers" in acl
    assert open_to_all == (bucket.exposure in ("public", "latent"))
    of_partner = any(PARTNER_ACCOUNT in str(p) for p in principals)
    assert (of_partner and not open_to_all) == (bucket.exposure == "external")
    assert all(block.values()) == bucket.blocked
    assert not (bucket.blocked and bucket.exposure in ("public", "external"))


@pytest.mark.parametrize(
    "bucket, key, status",
    [
        pytest.param("larkfield-website", "index.html", 200, id="policy for everyone"),
        pytest.param("larkfield-customer-exports", "exports/tax/1099-recipients-2025.csv", 200, id="exports"),
        pytest.param("larkfield-hr", "employees/employees-2026.csv", 403, id="private"),
        pytest.param("larkfield-app-logs", "audit/2026-10-02.jsonl", 403, id="private logs"),
    ],
)
def test_an_anonymous_request(account: tuple[S3Client, str], bucket: str, key: str, status: int) -> None:
    url = f"{account[1]}/{bucket}/{urllib.parse.quote(key)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            got = answer.status
    except urllib.error.HTTPError as error:
        got = error.code
        error.close()
    assert got == status


def test_object_acls_and_storage_classes(account: tuple[S3Client, str]) -> None:
    client, _ = account
    grants = client.get_object_acl(Bucket="larkfield-backups", Key="deploy/.env")["Grants"]
    assert any(g["Grantee"].get("URI", "").endswith("/AuthenticatedUsers") for g in grants)
    listing = client.list_objects_v2(Bucket="larkfield-archive")["Contents"]
    frozen = {o["Key"] for o in listing if o["StorageClass"] == "GLACIER"}
    assert frozen == {f"{year}/ledger-{year}.csv" for year in (2018, 2019, 2020)}


def test_posture_of_the_clinic(account: tuple[S3Client, str]) -> None:
    client, _ = account
    name = "larkfield-clinic-records"
    rule = client.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert client.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    ownership = client.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]
    assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"
    assert {"Key": "data", "Value": "phi"} in client.get_bucket_tagging(Bucket=name)["TagSet"]


def test_the_content_is_the_same_at_every_call() -> None:
    for plan in BUCKETS:
        assert objects_of(plan) == objects_of(plan)


def test_containers_can_be_opened() -> None:
    for plan in BUCKETS:
        for key, body in objects_of(plan).items():
            if key.endswith(".gz"):
                assert gzip.decompress(body)
            elif key.endswith(".zip"):
                assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None
            elif key.endswith((".json", ".tfstate")):
                json.loads(body)
