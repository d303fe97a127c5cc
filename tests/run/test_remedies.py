"""What a check tells to do is done, on moto, as the AWS CLI would: the next scan no longer finds it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from classifier import access
from classifier.alerts import BucketEvidence, BucketFacts, examined, load_checks
from classifier.crawl import Connection, read_posture
from classifier.model import CheckStatus, Coverage, Target
from classifier.risk import BucketRisk, exposure_of, load_weights, unread_of
from tests.alerts import aws_cli
from tests.crawl.conftest import MOTO_USER, Account
from tests.servers.motoserver import moto_server

ACCOUNT = "123456789012"
STRANGER = "210987654321"
OFF = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
)
CHECKS = load_checks()
WEIGHTS = load_weights()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture
def account(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    found = Account(server, MOTO_USER, monkeypatch, [])
    yield found
    for opened in found.opened:
        opened.close()


def client_of(account: Account, service: str) -> Any:
    client = account.raw(service)
    if service == "s3control":

        def to_server(request: Any, **_: Any) -> None:
            request.url = account.endpoint + "/" + request.url.split("/", 3)[3]

        client.meta.events.register("before-sign.s3-control", to_server)
    return client


def results(connection: Connection, bucket: str, **changed: Any) -> dict[str, CheckStatus]:
    """Return the status of every check of the bucket, with some settings `changed`."""
    posture = read_posture(connection, bucket)
    posture = replace(posture, snapshot=dict(posture.snapshot) | changed)
    verdict = access.evaluate(posture.to_json())
    exposure = exposure_of(verdict, None, (), WEIGHTS, owner=posture.account)
    risk = BucketRisk(WEIGHTS).score(exposure, unread=unread_of(Coverage(), WEIGHTS))
    facts = BucketFacts(Target(bucket), posture, verdict, Coverage(), risk, BucketEvidence())
    return {result.id: result.status for result in examined(facts, CHECKS).checks or ()}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(bucket: str, **given: Any) -> dict[str, Any]:
    arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    body = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": arns}
    return {name: value for name, value in (body | given).items() if value is not None}


Setup = Callable[[Account, Any, str], dict[str, str] | None]


def _nothing(account: Account, s3: Any, bucket: str) -> None:
    """A new bucket fails by itself."""


def _open(account: Account, s3: Any, bucket: str) -> None:
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OFF)
    control = client_of(account, "s3control")
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=OFF)


def _acls(account: Account, s3: Any, bucket: str) -> None:
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )


def _plain(account: Account, s3: Any, bucket: str) -> None:
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement(bucket)))


def _key(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    return {"KEY-ARN": client_of(account, "kms").create_key()["KeyMetadata"]["Arn"]}


def _encrypt(s3: Any, bucket: str, key: str) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )


def _unencrypted(account: Account, s3: Any, bucket: str) -> None:
    s3.delete_bucket_encryption(Bucket=bucket)


def _foreign_key(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    _encrypt(s3, bucket, f"arn:aws:kms:us-east-1:{STRANGER}:key/{uuid.uuid4()}")
    return _key(account, s3, bucket)


def _disabled_key(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    words = _key(account, s3, bucket)
    _encrypt(s3, bucket, words["KEY-ARN"])
    key = words["KEY-ARN"].rpartition("/")[2]  # by its ARN moto does not find it here
    client_of(account, "kms").disable_key(KeyId=key)
    return {"KEY-ARN": key}


def _takes_logs(s3: Any, bucket: str) -> None:
    group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    grants = [{"Grantee": group, "Permission": permission} for permission in ("WRITE", "READ_ACP")]
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    s3.put_bucket_acl(Bucket=bucket, AccessControlPolicy={"Owner": owner, "Grants": grants})


def _log_bucket(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    target = f"logs-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=target)
    _takes_logs(s3, target)
    return {"LOG-BUCKET": target}


def _logs_itself(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    _takes_logs(s3, bucket)
    s3.put_bucket_logging(
        Bucket=bucket,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": "log/"}},
    )
    return _log_bucket(account, s3, bucket)


def _versioned(account: Account, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _wipes(account: Account, s3: Any, bucket: str) -> None:
    rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


def _destination(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    copy = f"copy-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=copy)
    _versioned(account, s3, copy)
    return {"ROLE-ARN": f"arn:aws:iam::{ACCOUNT}:role/copy", "DESTINATION-ARN": f"arn:aws:s3:::{copy}"}


def _replicated(account: Account, s3: Any, bucket: str) -> None:
    _versioned(account, s3, bucket)
    words = _destination(account, s3, bucket)
    rule = {
        "ID": "x",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": words["DESTINATION-ARN"], "Account": STRANGER},
    }
    s3.put_bucket_replication(
        Bucket=bucket, ReplicationConfiguration={"Role": words["ROLE-ARN"], "Rules": [rule]}
    )


def _site(account: Account, s3: Any, bucket: str) -> None:
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "i.html"}})


def _cors(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    return {"ORIGIN": "example.com"}


def _notifies(account: Account, s3: Any, bucket: str) -> None:
    topic = f"arn:aws:sns:us-east-1:{STRANGER}:t"
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]
        },
        SkipDestinationValidation=True,
    )


def _inventory(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    destination = {"Bucket": "arn:aws:s3:::elsewhere", "Format": "CSV", "AccountId": STRANGER}
    s3.put_bucket_inventory_configuration(
        Bucket=bucket,
        Id="daily",
        InventoryConfiguration={
            "Destination": {"S3BucketDestination": destination},
            "IsEnabled": True,
            "Id": "daily",
            "IncludedObjectVersions": "Current",
            "Schedule": {"Frequency": "Daily"},
        },
    )
    return {"INVENTORY-ID": "daily"}


def _access_point(account: Account, s3: Any, bucket: str) -> dict[str, str]:
    name = f"ap-{uuid.uuid4().hex[:8]}"
    client_of(account, "s3control").create_access_point(
        AccountId=ACCOUNT, Name=name, Bucket=bucket, PublicAccessBlockConfiguration=OFF
    )
    return {"ACCOUNT-ID": ACCOUNT, "ACCESS-POINT": name}


def _policy(**given: Any) -> Setup:
    def setup(account: Account, s3: Any, bucket: str) -> None:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement(bucket, **given)))

    return setup


def _old_policy(account: Account, s3: Any, bucket: str) -> None:
    text = {"Version": "2008-10-17", "Statement": [statement(bucket)]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(text))


SETUPS: dict[str, Setup] = {
    "block-public-access": _open,
    "block-public-acls": _open,
    "ignore-public-acls": _open,
    "block-public-policy": _open,
    "restrict-public-buckets": _open,
    "block-public-access-bucket": _open,
    "block-public-access-account": lambda account, s3, bucket: (
        _open(account, s3, bucket) or {"ACCOUNT-ID": ACCOUNT}
    ),
    "acls-disabled": _acls,
    "tls-only": _plain,
    "default-encryption": _unencrypted,
    "kms-encryption": _key,
    "kms-key-own": _foreign_key,
    "kms-key-usable": _disabled_key,
    "versioning": _nothing,
    "mfa-delete": lambda account, s3, bucket: {"MFA-SERIAL": "'arn:aws:iam::1:mfa/root 123456'"},
    "object-lock": _nothing,
    "access-logging": _log_bucket,
    "log-target-apart": _logs_itself,
    "lifecycle": _nothing,
    "lifecycle-versions": _versioned,
    "lifecycle-uploads": _nothing,
    "lifecycle-no-wipe": _wipes,
    "replication": _destination,
    "replication-known": _replicated,
    "website-off": _site,
    "cors-origins": _cors,
    "cors-headers": _cors,
    "notification-targets": _notifies,
    "notifications": _nothing,
    "access-points-blocked": _access_point,
    "inventory-destination": _inventory,
    "policy-wildcard-action": _policy(Action="s3:*"),
    "policy-not-action": _policy(Action=None, NotAction="s3:DeleteBucket"),
    "policy-wildcard-principal": _policy(Principal="*"),
    "policy-version": _old_policy,
    "policy-no-lockout": _policy(Effect="Deny", Principal="*", Action="s3:*"),
}


# moto forgets these settings, or has not the operation: what the command sets is put in their place.
FORGOTTEN: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "mfa-delete": lambda given: {"Versioning": given["VersioningConfiguration"]},
    "notifications": lambda given: {"Notification": given["NotificationConfiguration"]},
    "inventory-destination": lambda given: {"Inventory": None} if given["Id"] == "daily" else {},
}


@pytest.mark.parametrize("check", FORGOTTEN)
def test_what_the_command_sets_makes_the_check_pass(check: str, account: Account, tmp_path: Path) -> None:
    bucket = account.bucket()
    words = SETUPS[check](account, account.raw(), bucket) or {}
    connection = account.connect()
    assert results(connection, bucket)[check] is CheckStatus.FAIL
    text = CHECKS.by_id()[check].remediation(bucket)
    for placeholder, value in words.items():
        text = text.replace(placeholder, value)
    (command,) = aws_cli.commands(text)
    _, _, given, _ = aws_cli.parsed(command, lambda service: client_of(account, service), tmp_path)
    assert given["Bucket"] == bucket
    assert results(connection, bucket, **FORGOTTEN[check](given))[check] is CheckStatus.PASS


def test_every_check_is_tried() -> None:
    assert set(SETUPS) == set(CHECKS.by_id())


@pytest.mark.parametrize("check", sorted(SETUPS.keys() - FORGOTTEN.keys()))
def test_the_commands_make_the_check_pass(check: str, account: Account, tmp_path: Path) -> None:
    s3 = account.raw()
    bucket = account.bucket()
    words = SETUPS[check](account, s3, bucket) or {}
    connection = account.connect()
    assert results(connection, bucket)[check] is CheckStatus.FAIL
    text = CHECKS.by_id()[check].remediation(bucket)
    for placeholder, value in words.items():
        text = text.replace(placeholder, value)
    for command in aws_cli.commands(text):
        if command[2] == "cancel-key-deletion":
            continue  # of a key that waits for its deletion only; this one is disabled
        if check == "tls-only" and command[2] == "put-bucket-policy":
            _edit_by_the_note(text, tmp_path / "policy.json")
        aws_cli.run(command, lambda service: client_of(account, service), tmp_path)
    assert results(connection, bucket)[check] in (CheckStatus.PASS, CheckStatus.NOT_APPLICABLE)


def _edit_by_the_note(text: str, file: Path) -> None:
    """Add the statement that the note shows, as a person would between the two commands."""
    told = text[text.index('{"Sid"') : text.index("}}}") + 3]
    document = json.loads(file.read_text("utf-8"))
    document["Statement"].append(json.loads(told))
    file.write_text(json.dumps(document), "utf-8")
