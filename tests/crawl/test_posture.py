"""Posture snapshots of servers that know everything, little, or nothing."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from classifier.crawl import read_posture
from classifier.crawl.calls import CALLS, Unreadable, policy_document
from classifier.crawl.posture import spread
from tests.crawl.conftest import Account
from tests.servers.faultproxy import FaultProxy

NAMES = {
    "Policy", "PolicyStatus", "Acl", "PublicAccessBlock", "ObjectOwnership", "RequestPayer", "AccessPoints",
    "ObjectAcls", "ObjectAclsSampled", "Encryption", "Versioning", "Logging", "Website", "Cors", "Lifecycle",
    "Replication", "Tags", "ObjectLock", "Notification", "Inventory", "Bucket", "AccountId", "Region",
    "KmsKey", "DestinationOwners", "MultiRegionAccessPoints", "ObjectLambdaAccessPoints",
}  # fmt: skip
BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": False,
}
# moto answers GetBucketRequestPayment with the listing.
MOTO_LACKS = {"GetBucketRequestPayment": "MissingKey", "ListAccessPointsForObjectLambda": "NotImplemented"}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def _policy(bucket: str) -> dict[str, Any]:
    statement = {
        "Sid": "read",
        "Effect": "Allow",
        "Principal": {"AWS": "123456789012"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _configure_all(account: Account, bucket: str) -> None:
    s3 = account.raw()
    target = account.bucket()
    s3.put_bucket_acl(
        Bucket=target,
        AccessControlPolicy={
            "Owner": s3.get_bucket_acl(Bucket=target)["Owner"],
            "Grants": [
                {
                    "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
                    "Permission": permission,
                }
                for permission in ("WRITE", "READ_ACP")
            ],
        },
    )
    s3.put_bucket_logging(
        Bucket=bucket,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "log/"}},
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_policy(bucket)))
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=BLOCK)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_bucket_cors(
        Bucket=bucket,
        CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "tmp/"},
                    "Expiration": {"Date": "2030-01-01T00:00:00Z"},
                }
            ]
        },
    )
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "billing"}]})
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    s3.put_bucket_inventory_configuration(
        Bucket=bucket,
        Id="daily",
        InventoryConfiguration={
            "Destination": {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{target}", "Format": "CSV"}},
            "IsEnabled": True,
            "Id": "daily",
            "IncludedObjectVersions": "Current",
            "Schedule": {"Frequency": "Daily"},
        },
    )


def _s3control(account: Account, address: str) -> Any:
    """Return a client for moto's s3control, at the address itself instead of ACCOUNT.address."""
    control = account.raw("s3control")

    def to_server(request: Any, **_: Any) -> None:
        request.url = address + request.url.split("/", 3)[3].join(("/", ""))

    control.meta.events.register("before-sign.s3-control", to_server)
    return control


def test_everything_configured(on_moto: Account, moto: str) -> None:
    bucket = on_moto.bucket({"a": b"x", "b/": b"", "/c": b"z"})
    on_moto.raw().put_object_acl(Bucket=bucket, Key="a", ACL="public-read")
    _configure_all(on_moto, bucket)
    control = _s3control(on_moto, moto)
    point = f"ap-{uuid.uuid4().hex[:8]}"
    control.create_access_point(AccountId="123456789012", Name=point, Bucket=bucket)
    control.put_access_point_policy(AccountId="123456789012", Name=point, Policy=json.dumps(_policy(bucket)))
    control.put_public_access_block(AccountId="123456789012", PublicAccessBlockConfiguration=BLOCK)
    try:
        posture = read_posture(on_moto.connect(), bucket)
    finally:
        control.delete_public_access_block(AccountId="123456789012")
    found = posture.snapshot
    assert posture.unreadable == MOTO_LACKS | {"DescribeKey": "NotFoundException"}
    assert set(found) == NAMES
    assert (posture.bucket, posture.account, posture.region) == (bucket, "123456789012", "us-east-1")
    assert found["Policy"] == _policy(bucket)
    assert found["PolicyStatus"] == {"IsPublic": False}
    assert found["PublicAccessBlock"] == {"Organization": None, "Account": BLOCK, "Bucket": BLOCK}
    assert found["ObjectOwnership"] == "ObjectWriter"
    assert found["Acl"]["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert found["Encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert found["Versioning"]["Status"] == "Enabled"
    assert found["Logging"]["TargetPrefix"] == "log/"
    assert found["Website"] == {"IndexDocument": {"Suffix": "index.html"}}
    assert found["Cors"][0]["AllowedOrigins"] == ["*"]
    assert found["Lifecycle"][0]["Expiration"]["Date"].startswith("2030-01-01T00:00:00")
    assert found["Tags"] == [{"Key": "team", "Value": "billing"}]
    assert found["Inventory"][0]["Id"] == "daily"
    assert [(ap["Name"], ap["AccountId"], ap["NetworkOrigin"]) for ap in found["AccessPoints"]] == [
        (point, "123456789012", "Internet")
    ]
    assert found["AccessPoints"][0]["Policy"] == _policy(bucket)
    assert found["ObjectAclsSampled"] == {"read": 3, "listed": 3, "all": True}
    public = [
        acl["Key"]
        for acl in found["ObjectAcls"]
        if any(grant["Grantee"].get("URI") == ALL_USERS for grant in acl["Grants"])
    ]
    assert public == ["a"]
    assert json.loads(json.dumps(posture.to_json())) == posture.to_json()


def test_nothing_configured(on_moto: Account) -> None:
    bucket = on_moto.bucket()
    posture = read_posture(on_moto.connect(), bucket)
    assert posture.unreadable == MOTO_LACKS
    unset = {"Policy", "Website", "Cors", "Lifecycle", "Replication", "Tags", "ObjectLock", "Versioning"}
    unset |= {"Logging", "Notification", "Inventory", "PolicyStatus"}
    assert {name for name in unset if posture.snapshot[name] is not None} == set()
    assert posture.snapshot["PublicAccessBlock"] == {"Organization": None, "Account": None, "Bucket": None}
    assert posture.snapshot["AccessPoints"] == []


def test_radosgw_and_what_it_does_not_know(alice: Account) -> None:
    """It answers what it does not know with the listing, here one that is not even XML."""
    bucket = alice.bucket({"control\x01": b"x", "k": b"y"})
    s3 = alice.raw()
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(_policy(bucket)))
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="public-read")
    posture = read_posture(alice.connect(), bucket)
    assert posture.unreadable == {
        "GetBucketEncryption": "MissingKey",
        "GetBucketNotificationConfiguration": "MissingKey",
        "GetBucketOwnershipControls": "MissingKey",
        "ListBucketInventoryConfigurations": "MissingKey",
    }
    found = posture.snapshot
    assert found["RequestPayer"] == "BucketOwner"
    assert found["Policy"] == _policy(bucket)
    assert found["Acl"]["Owner"]["ID"] == "alice"
    assert found["Logging"] is found["Versioning"] is found["Website"] is found["Replication"] is None
    assert {acl["Key"]: len(acl["Grants"]) for acl in found["ObjectAcls"]} == {"control\x01": 1, "k": 2}


def test_only_reads_are_sent(on_moto: Account, moto_faults: FaultProxy) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    _configure_all(on_moto, bucket)
    connection = on_moto.connect(moto_faults.url)
    operations: set[str] = set()
    for service, region in (
        ("s3", None),
        ("s3control", None),
        ("s3control", "us-west-2"),
        ("sts", None),
        ("kms", None),
    ):
        connection.client(service, region).meta.events.register_first(  # type: ignore[call-overload]
            "before-call", lambda model, **_: operations.add(model.name)
        )
    read_posture(connection, bucket)
    assert {line.split()[0] for line in moto_faults.requests if line != "POST /"} == {"GET", "HEAD"}
    assert moto_faults.requests.count("POST /") == 2  # GetCallerIdentity, DescribeKey
    names = {call.operation.replace("GetBucketPublic", "GetPublic") for call in CALLS}
    assert operations == names | {
        "GetCallerIdentity", "HeadBucket", "GetBucketLocation", "ListObjectsV2", "GetObjectAcl",
        "GetPublicAccessBlock", "ListAccessPoints", "ListMultiRegionAccessPoints",
        "ListAccessPointsForObjectLambda", "DescribeKey",
    }  # fmt: skip


def test_unsigned(alice: Account) -> None:
    posture = read_posture(alice.connect(no_sign_request=True), alice.bucket())
    operations = {call.operation for call in CALLS}
    assert {posture.unreadable[operation] for operation in operations} == {"AccessDenied"}
    assert posture.unreadable["GetAccountPublicAccessBlock"] == "Unsigned"
    assert posture.unreadable["ListAccessPoints"] == "Unsigned"
    assert posture.unreadable["ListObjectsV2"] == "AccessDenied"
    assert set(posture.snapshot) == NAMES | {"Observed"}
    assert posture.snapshot["ObjectAclsSampled"] == {"read": 0, "listed": 0, "all": False}
    assert posture.snapshot["Observed"] == []


def test_no_such_bucket(on_moto: Account) -> None:
    posture = read_posture(on_moto.connect(), "b-nowhere-at-all")
    assert posture.unreadable["GetBucketAcl"] == "NoSuchBucket"
    assert posture.unreadable["HeadBucket"] == "NoSuchBucket"


def test_no_server(on_moto: Account) -> None:
    posture = read_posture(on_moto.connect("http://127.0.0.1:1", max_attempts=1), "b-any")
    assert {posture.unreadable[call.operation] for call in CALLS} == {"EndpointConnectionError"}


@pytest.mark.parametrize(
    "request_line, operation, field",
    [
        (r"\?policy$", "GetBucketPolicy", "Policy"),
        (r"\?acl$", "GetBucketAcl", "Acl"),
        (r"\?publicAccessBlock", "GetBucketPublicAccessBlock", None),
        ("/configuration/publicAccessBlock", "GetAccountPublicAccessBlock", None),
        (r"/accesspoint\?", "ListAccessPoints", None),
        (r"/k\?acl", "GetObjectAcl", None),
        (r"\?versioning", "GetBucketVersioning", "Versioning"),
    ],
)
def test_one_denied_operation(
    on_moto: Account, moto_faults: FaultProxy, request_line: str, operation: str, field: str | None
) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    moto_faults.fail(request_line, "error", status=403, code="AccessDenied")
    posture = read_posture(on_moto.connect(moto_faults.url), bucket)
    assert posture.unreadable[operation] == "AccessDenied"
    assert set(posture.unreadable) <= {operation, "GetObjectAcl", *MOTO_LACKS}
    assert field is None or posture.snapshot[field] is None


@pytest.mark.parametrize(
    "request_line, operation, text",
    [
        (r"\?policy$", "GetBucketPolicy", "{not json"),
        (r"\?policy$", "GetBucketPolicy", "[1]"),
        (r"\?policy$", "GetBucketPolicy", "[" * 100_000),
    ],
    ids=["not JSON", "no object", "too deep"],
)
def test_malformed_policy(
    on_moto: Account, moto_faults: FaultProxy, request_line: str, operation: str, text: str
) -> None:
    moto_faults.fail(request_line, "body", text=text)
    posture = read_posture(on_moto.connect(moto_faults.url), on_moto.bucket())
    assert posture.unreadable == MOTO_LACKS | {operation: "MalformedPolicy"}
    assert posture.snapshot["Policy"] is None


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call.field != "Policy"], ids=lambda call: call.field
)
def test_an_answer_of_another_kind_is_unknown(on_moto: Account, moto_faults: FaultProxy, call: Any) -> None:
    moto_faults.fail(r"\?(?!list-type)", "body", text="<Unexpected><a/></Unexpected>")
    connection = on_moto.connect(moto_faults.url)
    with pytest.raises(Unreadable) as caught:
        call.read(connection.client("s3"), "b-any")
    assert caught.value.code == "MissingKey"


def test_somebody_elses_bucket(on_moto: Account, moto_faults: FaultProxy) -> None:
    """The settings of the caller's account say nothing about it."""
    bucket = on_moto.bucket()
    moto_faults.fail(f"HEAD /{bucket}", "error", status=403, after=1)
    posture = read_posture(on_moto.connect(moto_faults.url), bucket)
    assert posture.account is None
    assert posture.unreadable == MOTO_LACKS | {
        "GetAccountPublicAccessBlock": "NotBucketOwner",
        "ListAccessPoints": "NotBucketOwner",
        "ListMultiRegionAccessPoints": "NotBucketOwner",
        "ListAccessPointsForObjectLambda": "NotBucketOwner",
    }


def test_object_acls_that_cannot_matter_are_not_read(on_moto: Account, moto_faults: FaultProxy) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    on_moto.raw().put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    posture = read_posture(on_moto.connect(moto_faults.url), bucket)
    assert (posture.snapshot["ObjectAcls"], posture.snapshot["ObjectAclsSampled"]) == ([], None)
    assert not any("k?acl" in line or "list-type" in line for line in moto_faults.requests)


def test_object_acls_are_read_where_public_acls_are_ignored(on_moto: Account) -> None:
    """Grants to single accounts count all the same."""
    bucket = on_moto.bucket({"k": b"x"})
    on_moto.raw().put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=BLOCK | {"IgnorePublicAcls": True}
    )
    posture = read_posture(on_moto.connect(), bucket)
    assert [acl["Key"] for acl in posture.snapshot["ObjectAcls"]] == ["k"]


@pytest.mark.parametrize("wanted, read", [(0, []), (1, ["k0"]), (3, ["k0", "k4", "k9"])])
def test_sample_of_object_acls(on_moto: Account, wanted: int, read: list[str]) -> None:
    bucket = on_moto.bucket({f"k{number}": b"x" for number in range(10)})
    posture = read_posture(on_moto.connect(object_acl_sample=wanted), bucket)
    assert [acl["Key"] for acl in posture.snapshot["ObjectAcls"]] == read
    listed = 10 if wanted else 0
    assert posture.snapshot["ObjectAclsSampled"] == {"read": len(read), "listed": listed, "all": False}


def test_spread() -> None:
    keys = [str(number) for number in range(1000)]
    sample = spread(keys, 100)
    assert len(set(sample)) == 100
    assert (sample[0], sample[-1]) == ("0", "999")
    assert spread(keys[:100], 100) == keys[:100]


def test_policy_document() -> None:
    assert policy_document('{"Version": "2012-10-17"}') == {"Version": "2012-10-17"}
