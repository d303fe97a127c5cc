# ruff: noqa: E501 - a table of twins, side by side
"""Twins: two buckets that differ in one fact; one raises an alert of the category, the other none of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from classifier.alerts import DataPolicy
from classifier.model import AlertCategory
from tests.alerts.good import ACCOUNT, GOOD
from tests.alerts.scenarios import Bucket, alerts

STRANGER = "111111111111"
# Nobody outside could use the good bucket's key: of an open bucket S3 itself encrypts the objects.
AES: dict[str, Any] = {
    "Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    "KmsKey": None,
}
OPEN = {"PublicAccessBlock": {"Organization": None, "Account": None, "Bucket": None}} | AES
COPY = {"Replication": {"Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}]}}
NO_LOG = {"Logging": None}
UNVERSIONED = {"Versioning": None, "ObjectLock": None}


def to(principal: Any, *actions: str, **more: Any) -> dict[str, Any]:
    """Return a statement that allows actions to somebody, on the whole bucket."""
    arns = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    named = principal if principal == "*" else {"AWS": principal}
    body = {"Effect": "Allow", "Principal": named, "Action": list(actions), "Resource": arns}
    return body | more


READ, LIST = to("*", "s3:GetObject"), to("*", "s3:ListBucket")
PUBLIC = Bucket(OPEN, (READ,))
PRIVATE = Bucket()
ORG = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
NETWORK = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00" + bytes(range(256))
NOISE = bytes((i * 197 + (i * i) % 251 + 128) % 256 for i in range(4096))
PDF = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
NOTE = b"Your files have been encrypted. Pay in bitcoin. Open Tor Browser to get the decryption key."
FORM = b"<html><form method=post><input type='%s' name=p></form><p>%s</p></html>"
LURE = b"Your account has been suspended. Verify your account within 24 hours."
ADMIN = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ROLES = "\n".join(f"arn:aws:iam::123456789012:role/r{i}" for i in range(5))
KEY = f"arn:aws:kms:eu-west-1:{STRANGER}:key/k"
WIPE = [*GOOD["Lifecycle"], {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 3}}]
DENY_ALL = to("*", "s3:*", Effect="Deny")
GONE = "AIDAJQABLZS4A3QDU576Q"
POLICY = DataPolicy.model_validate(
    {
        "version": "1",
        "policies": [{"name": "p", "allow": ["EMAIL_ADDRESS"], "regions": ["eu-*"], "retention_days": 30}],
    }
)


def having(bucket: Bucket, **given: Any) -> Bucket:
    """Return the bucket with something else; settings are added to its own."""
    if "settings" in given:
        given["settings"] = dict(bucket.settings) | given["settings"]
    return replace(bucket, **given)


def kms(key: str) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    return {
        "Encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
        "KmsKey": {"Arn": key, "KeyState": "Enabled"},
    }


def before(bucket: Bucket, earlier: Bucket) -> Bucket:
    return replace(bucket, before=earlier)


C = AlertCategory
TWINS: list[tuple[AlertCategory, str, Bucket, Bucket]] = [
    # Anonymized access: without credentials, and without a trace
    (C.ANONYMIZED_ACCESS, "unlogged", having(PUBLIC, settings=NO_LOG), PUBLIC),
    (C.ANONYMIZED_ACCESS, "anonymous", having(PUBLIC, settings=NO_LOG), Bucket(OPEN | NO_LOG, (to(STRANGER, "s3:GetObject"),))),
    (C.ANONYMIZED_ACCESS, "blocked", having(PUBLIC, settings=NO_LOG), Bucket(NO_LOG, (READ,))),
    (C.ANONYMIZED_ACCESS, "organization", Bucket(OPEN | NO_LOG, (READ,)), Bucket(OPEN | NO_LOG, (READ | ORG,))),
    (C.ANONYMIZED_ACCESS, "list", Bucket(OPEN | NO_LOG, (LIST,)), Bucket(OPEN | NO_LOG, (to(ACCOUNT, "s3:ListBucket"),))),
    (C.ANONYMIZED_ACCESS, "write", Bucket(OPEN | NO_LOG, (to("*", "s3:PutObject"),)), Bucket(OPEN | NO_LOG, (to("*", "s3:PutObject", Effect="Deny"),))),
    # Config compliance
    (C.CONFIG_COMPLIANCE, "versioning", Bucket({"Versioning": {"Status": "Suspended", "MFADelete": "Enabled"}}), PRIVATE),
    (C.CONFIG_COMPLIANCE, "encryption", Bucket({"Encryption": None, "KmsKey": None}), PRIVATE),
    (C.CONFIG_COMPLIANCE, "logging", Bucket(NO_LOG), PRIVATE),
    (C.CONFIG_COMPLIANCE, "ownership", Bucket({"ObjectOwnership": "BucketOwnerPreferred"}), PRIVATE),
    (C.CONFIG_COMPLIANCE, "tls", Bucket({"Policy": None}), PRIVATE),
    (C.CONFIG_COMPLIANCE, "block", Bucket(OPEN), PRIVATE),
    (C.CONFIG_COMPLIANCE, "cors", Bucket({"Cors": [{"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}]}),
     Bucket({"Cors": [{"AllowedOrigins": ["https://example.com"], "AllowedMethods": ["PUT"]}]})),
    (C.CONFIG_COMPLIANCE, "website", Bucket({"Website": {"IndexDocument": {"Suffix": "i"}}}), PRIVATE),
    (C.CONFIG_COMPLIANCE, "unreadable", Bucket({"Versioning": None}, unreadable={"GetBucketVersioning": "AccessDenied"}), PRIVATE),
    # Credential loss
    (C.CREDENTIAL_LOSS, "secret", Bucket(found={"a": ("AWS_CREDENTIALS", 1)}), Bucket(found={"a": ("EMAIL_ADDRESS", 1)})),
    (C.CREDENTIAL_LOSS, "public", having(PUBLIC, found={"a": ("AWS_CREDENTIALS", 1)}), having(PUBLIC, found={"a": ("IBAN", 1)})),
    (C.CREDENTIAL_LOSS, "stranger", Bucket(OPEN, (to(STRANGER, "s3:GetObject"),), found={"a": ("AWS_CREDENTIALS", 2)}), Bucket(OPEN, (to(STRANGER, "s3:GetObject"),))),
    (C.CREDENTIAL_LOSS, "settings", Bucket(objects={".env": b"A=1"}, found={".env": ("AWS_CREDENTIALS", 1)}), Bucket(objects={".env": b"A=1"})),
    (C.CREDENTIAL_LOSS, "one-among-many", Bucket(found={f"{i}": ("AWS_CREDENTIALS" if i == 7 else "IBAN", 1) for i in range(9)}), Bucket(found={f"{i}": ("IBAN", 1) for i in range(9)})),
    (C.CREDENTIAL_LOSS, "name-alone", Bucket(found={"id_rsa": ("AWS_CREDENTIALS", 1)}), Bucket(objects={"id_rsa": b"see the vault"})),
    # Data compliance
    (C.DATA_COMPLIANCE, "public", having(PUBLIC, found={"a": ("EMAIL_ADDRESS", 99)}), having(PRIVATE, found={"a": ("EMAIL_ADDRESS", 99)})),
    (C.DATA_COMPLIANCE, "health", Bucket(OPEN, (to(STRANGER, "s3:GetObject"),), found={"a": ("HEALTH_RECORD", 1)}),
     Bucket(OPEN, (to(STRANGER, "s3:GetObject"),), found={"a": ("HEALTH_RECORD", 1)}, known=frozenset({STRANGER}))),
    (C.DATA_COMPLIANCE, "cards", Bucket(found={"a": ("CREDIT_CARD_NUMBER", 1)}), Bucket(found={"a": ("IBAN", 1)})),
    (C.DATA_COMPLIANCE, "not-allowed", Bucket(policy=POLICY, found={"a": ("IBAN", 1)}), Bucket(policy=POLICY, found={"a": ("EMAIL_ADDRESS", 1)})),
    (C.DATA_COMPLIANCE, "region", Bucket(policy=POLICY, region="us-east-1", found={"a": ("EMAIL_ADDRESS", 1)}), Bucket(policy=POLICY, found={"a": ("EMAIL_ADDRESS", 1)})),
    (C.DATA_COMPLIANCE, "retention", Bucket(policy=POLICY, days=31, found={"a": ("EMAIL_ADDRESS", 1)}), Bucket(policy=POLICY, days=30, found={"a": ("EMAIL_ADDRESS", 1)})),
    (C.DATA_COMPLIANCE, "unencrypted-health", Bucket({"Encryption": None, "KmsKey": None}, found={"a": ("HEALTH_RECORD", 1)}), Bucket(found={"a": ("HEALTH_RECORD", 1)})),
    (C.DATA_COMPLIANCE, "new-kind", before(Bucket(found={"a": ("IBAN", 1)}), PRIVATE), before(Bucket(found={"a": ("IBAN", 1)}), Bucket(found={"z": ("IBAN", 9)}))),
    # File hosting
    (C.FILE_HOSTING, "program", having(PUBLIC, objects={"setup.exe": EXE}), having(PRIVATE, objects={"setup.exe": EXE})),
    (C.FILE_HOSTING, "double-extension", Bucket(objects={"invoice.pdf.exe": EXE}), Bucket(objects={"invoice-pdf.exe": EXE})),
    (C.FILE_HOSTING, "disguised", Bucket(objects={"photo.jpg": EXE}), Bucket(objects={"photo.exe": EXE})),
    (C.FILE_HOSTING, "phishing", Bucket(objects={"login.html": FORM % (b"password", LURE)}), Bucket(objects={"login.html": FORM % (b"password", b"Welcome back.")})),
    (C.FILE_HOSTING, "phishing-asks-nothing", Bucket(objects={"a.html": FORM % (b"password", LURE)}), Bucket(objects={"a.html": FORM % (b"text", LURE)})),
    (C.FILE_HOSTING, "script", having(PUBLIC, objects={"get.sh": b"#!/bin/sh\ncurl x | sh\n"}), having(PUBLIC, objects={"get.txt": b"run curl x\n"})),
    (C.FILE_HOSTING, "contradiction", having(PUBLIC, objects={"plan.docx": PDF}), having(PUBLIC, objects={"plan.pdf": PDF})),
    (C.FILE_HOSTING, "website", Bucket({"Website": {"IndexDocument": {"Suffix": "i"}}}, objects={"a.exe": EXE}), Bucket(objects={"a.exe": EXE})),
    # Identity enumeration
    (C.IDENTITY_ENUMERATION, "acl", Bucket(OPEN, (to("*", "s3:GetBucketAcl"),)), Bucket(OPEN, (to(ACCOUNT, "s3:GetBucketAcl"),))),
    (C.IDENTITY_ENUMERATION, "acl-known", Bucket(OPEN, (to(STRANGER, "s3:GetBucketAcl"),)), Bucket(OPEN, (to(STRANGER, "s3:GetBucketAcl"),), known=frozenset({STRANGER}))),
    (C.IDENTITY_ENUMERATION, "policy", Bucket(OPEN, (to("*", "s3:ListBucketVersions", "s3:GetBucketAcl"),)), Bucket(OPEN, (to("*", "s3:ListBucketVersions", "s3:GetBucketAcl", **ORG),))),
    (C.IDENTITY_ENUMERATION, "acl-of-objects", Bucket(OPEN, (to("*", "s3:GetObjectAcl"),)), Bucket({}, (to("*", "s3:GetObjectAcl"),))),
    (C.IDENTITY_ENUMERATION, "principals", having(PUBLIC, objects={"roles.txt": ROLES.encode()}), having(PRIVATE, objects={"roles.txt": ROLES.encode()})),
    (C.IDENTITY_ENUMERATION, "few-principals", having(PUBLIC, objects={"roles.txt": ROLES.encode()}), having(PUBLIC, objects={"roles.txt": ROLES.partition("\n")[0].encode()})),
    # Information loss
    (C.INFORMATION_LOSS, "bulk", Bucket(OPEN, (READ, LIST), found={"a": ("EMAIL_ADDRESS", 100)}), Bucket(OPEN, (READ,), found={"a": ("EMAIL_ADDRESS", 100)})),
    (C.INFORMATION_LOSS, "bulk-is-much", Bucket(OPEN, (READ, LIST), found={"a": ("EMAIL_ADDRESS", 100)}), Bucket(OPEN, (READ, LIST), found={"a": ("EMAIL_ADDRESS", 99)})),
    (C.INFORMATION_LOSS, "replication", Bucket({"Replication": {"Rules": [{"Status": "Enabled", "Destination": {"Bucket": "x", "Account": STRANGER}}]}}),
     Bucket({"Replication": {"Rules": [{"Status": "Enabled", "Destination": {"Bucket": "x", "Account": ACCOUNT}}]}})),
    (C.INFORMATION_LOSS, "destination", Bucket(COPY | {"DestinationOwners": {"arn:aws:s3:::copy": "other"}}), Bucket(COPY | {"DestinationOwners": {"arn:aws:s3:::copy": "own"}})),
    (C.INFORMATION_LOSS, "notification", Bucket({"Notification": {"TopicConfigurations": [{"TopicArn": f"arn:aws:sns:eu-west-1:{STRANGER}:t"}]}}),
     Bucket({"Notification": {"TopicConfigurations": [{"TopicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"}]}})),
    (C.INFORMATION_LOSS, "inventory", Bucket({"Inventory": [{"Destination": {"S3BucketDestination": {"AccountId": STRANGER}}}]}),
     Bucket({"Inventory": [{"Destination": {"S3BucketDestination": {"AccountId": STRANGER}}}]}, known=frozenset({STRANGER}))),
    # Location anomaly
    (C.LOCATION_ANOMALY, "any-address", Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),)),
     Bucket(allow=(to(ACCOUNT, "s3:GetObject", **NETWORK),))),
    (C.LOCATION_ANOMALY, "any-address-6", Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "::/0"}}),)),
     Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}),))),
    (C.LOCATION_ANOMALY, "halves", Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}),)),
     Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "172.16.0.0/12"]}}),))),
    (C.LOCATION_ANOMALY, "denies", Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),)),
     Bucket(allow=(to(ACCOUNT, "s3:GetObject", Effect="Deny", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),))),
    (C.LOCATION_ANOMALY, "all-values", Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"ForAllValues:IpAddress": {"aws:sourceip": "0.0.0.0/2"}}),)),
     Bucket(allow=(to(ACCOUNT, "s3:GetObject", Condition={"NotIpAddress": {"aws:sourceip": "0.0.0.0/2"}}),))),
    (C.LOCATION_ANOMALY, "region", Bucket(region="ap-east-1", regions_before=frozenset({"eu-west-1"})), Bucket(region="eu-west-1", regions_before=frozenset({"eu-west-1"}))),
    (C.LOCATION_ANOMALY, "first-run", Bucket(region="ap-east-1", regions_before=frozenset({"eu-west-1"})), Bucket(region="ap-east-1")),
    # Open permissions
    (C.OPEN_PERMISSIONS, "public", PUBLIC, PRIVATE),
    (C.OPEN_PERMISSIONS, "denied", PUBLIC, Bucket(OPEN, (READ | {"Effect": "Deny"},))),
    (C.OPEN_PERMISSIONS, "stranger", Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)), Bucket(OPEN, (to(ACCOUNT, "s3:GetObject"),))),
    (C.OPEN_PERMISSIONS, "known", Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)), Bucket(OPEN, (to(STRANGER, "s3:GetObject"),), known=frozenset({STRANGER}))),
    (C.OPEN_PERMISSIONS, "became-public", before(PUBLIC, Bucket(OPEN)), Bucket(OPEN)),
    (C.OPEN_PERMISSIONS, "block-lost", before(Bucket(OPEN), PRIVATE), before(Bucket(OPEN), Bucket(OPEN))),
    (C.OPEN_PERMISSIONS, "not-principal", Bucket(OPEN, ({"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},)), Bucket(OPEN)),
    (C.OPEN_PERMISSIONS, "latent", Bucket(allow=(READ,)), Bucket(allow=(to(ACCOUNT, "s3:GetObject"),))),
    # Privilege escalation
    (C.PRIVILEGE_ESCALATION, "policy", Bucket(OPEN, (to(STRANGER, "s3:PutBucketAcl"),)), Bucket(OPEN, (to(ACCOUNT, "s3:PutBucketAcl"),))),
    (C.PRIVILEGE_ESCALATION, "acl", Bucket(OPEN, (to("*", "s3:PutBucketAcl"),)), Bucket(OPEN, (to("*", "s3:GetObject"),))),
    (C.PRIVILEGE_ESCALATION, "known", Bucket(OPEN, (to(STRANGER, "s3:PutBucketAcl"),)), Bucket(OPEN, (to(STRANGER, "s3:PutBucketAcl"),), known=frozenset({STRANGER}))),
    (C.PRIVILEGE_ESCALATION, "configuration", Bucket(OPEN, (to(STRANGER, "s3:PutLifecycleConfiguration"),)), Bucket(OPEN, (to(STRANGER, "s3:GetObject"),))),
    (C.PRIVILEGE_ESCALATION, "admin-policy", having(PUBLIC, objects={"iam.json": json.dumps(ADMIN).encode()}), having(PRIVATE, objects={"iam.json": json.dumps(ADMIN).encode()})),
    (C.PRIVILEGE_ESCALATION, "narrow-policy", having(PUBLIC, objects={"iam.json": json.dumps(ADMIN).encode()}), having(PUBLIC, objects={"iam.json": json.dumps(ADMIN).replace('"Action": "*"', '"Action": "s3:Get*"').encode()})),
    (C.PRIVILEGE_ESCALATION, "deny-policy", having(PUBLIC, objects={"iam.json": json.dumps(ADMIN).encode()}), having(PUBLIC, objects={"iam.json": json.dumps(ADMIN).replace("Allow", "Deny").encode()})),
    # Ransomware
    (C.RANSOMWARE, "note", Bucket(objects={"a.txt": NOTE}), Bucket(objects={"a.txt": b"Your files have been encrypted with the key of the company, as the policy asks."})),
    (C.RANSOMWARE, "note-name", Bucket(objects={"HOW_TO_DECRYPT_FILES.txt": b"x y z"}), Bucket(objects={"HOW_TO_PACK_FILES.txt": b"x y z"})),
    (C.RANSOMWARE, "names", Bucket(objects={f"{i}.pdf.locked": NOISE for i in range(6)}), Bucket(objects={f"{i}.pdf.locked": NOISE for i in range(4)})),
    (C.RANSOMWARE, "names-of-readable", Bucket(objects={f"{i}.csv.locked": NOISE for i in range(6)}), Bucket(objects={f"{i}.csv.locked": b"a,b\n1,2\n" for i in range(6)})),
    (C.RANSOMWARE, "content", Bucket(objects={f"{i}.pdf": NOISE for i in range(12)}), Bucket(objects={f"{i}.pdf": PDF for i in range(12)})),
    (C.RANSOMWARE, "wipe", Bucket({"Lifecycle": WIPE}), PRIVATE),
    (C.RANSOMWARE, "foreign-key", Bucket(kms(KEY)), Bucket(kms(KEY), known=frozenset({STRANGER}))),
    (C.RANSOMWARE, "ransomable", Bucket(OPEN | UNVERSIONED, (to("*", "s3:PutObject"),)), Bucket(OPEN, (to("*", "s3:PutObject"),))),
    (C.RANSOMWARE, "mass-change", before(Bucket(objects={f"{i}.pdf": NOISE for i in range(6)}), Bucket(objects={f"{i}.pdf": PDF for i in range(6)})),
     before(Bucket(objects={f"{i}.pdf": NOISE for i in range(6)}), Bucket(objects={f"{i}.pdf": NOISE for i in range(6)}))),
    # Service disruption
    (C.SERVICE_DISRUPTION, "lockout", Bucket(allow=(DENY_ALL,)), Bucket(allow=(DENY_ALL | NETWORK,))),
    (C.SERVICE_DISRUPTION, "lockout-of-one", Bucket(allow=(DENY_ALL,)), Bucket(allow=(DENY_ALL | {"Principal": {"AWS": STRANGER}},))),
    (C.SERVICE_DISRUPTION, "lockout-of-a-part", Bucket(allow=(DENY_ALL,)), Bucket(allow=(DENY_ALL | {"Resource": "arn:aws:s3:::b/x/*"},))),
    (C.SERVICE_DISRUPTION, "lockout-of-writes", Bucket(allow=(DENY_ALL,)), Bucket(allow=(DENY_ALL | {"Action": "s3:PutObject"},))),
    (C.SERVICE_DISRUPTION, "key-deleted", Bucket({"KmsKey": {"KeyState": "PendingDeletion"}}), Bucket({"KmsKey": {"KeyState": "Enabled"}})),
    (C.SERVICE_DISRUPTION, "key-disabled", Bucket({"KmsKey": {"KeyState": "Disabled"}}), Bucket({"KmsKey": None})),
    (C.SERVICE_DISRUPTION, "log-lost", before(Bucket(NO_LOG), PRIVATE), before(Bucket(NO_LOG), Bucket(NO_LOG))),
    # Suspicious access
    (C.SUSPICIOUS_ACCESS, "deleted", Bucket(allow=(to(GONE, "s3:GetObject"),)), Bucket(allow=(to(f"arn:aws:iam::{ACCOUNT}:user/a", "s3:GetObject"),))),
    (C.SUSPICIOUS_ACCESS, "deleted-role", Bucket(allow=(to([ACCOUNT, "AROAJQABLZS4A3QDU576Q"], "s3:PutObject"),)), Bucket(allow=(to([ACCOUNT], "s3:PutObject"),))),
    (C.SUSPICIOUS_ACCESS, "denied", Bucket(allow=(to(GONE, "s3:GetObject"),)), Bucket(allow=(to(GONE, "s3:GetObject", Effect="Deny"),))),
    (C.SUSPICIOUS_ACCESS, "new-stranger", before(Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)), Bucket(OPEN)), before(Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)), Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)))),
    (C.SUSPICIOUS_ACCESS, "new-friend", before(Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)), Bucket(OPEN)), before(Bucket(OPEN, (to(STRANGER, "s3:GetObject"),), known=frozenset({STRANGER})), Bucket(OPEN))),
    (C.SUSPICIOUS_ACCESS, "new-colleague", before(Bucket(OPEN, (to(STRANGER, "s3:GetObject"),)), Bucket(OPEN)), before(Bucket(OPEN, (to(ACCOUNT, "s3:GetObject"),)), Bucket(OPEN))),
]  # fmt: skip


@pytest.mark.parametrize(
    "category, attack, benign",
    [pytest.param(c, a, b, id=f"{c.value}:{name}".replace(" ", "-")) for c, name, a, b in TWINS],
)
def test_twins(category: AlertCategory, attack: Bucket, benign: Bucket) -> None:
    assert category in {alert.category for alert in alerts(attack)}
    told = [alert for alert in alerts(benign) if alert.category is category]
    assert [(alert.rule, alert.narrative) for alert in told] == []


def test_every_category_has_six() -> None:
    counted = Counter(category for category, *_ in TWINS)
    assert {category: counted[category] >= 6 for category in AlertCategory} == dict.fromkeys(
        AlertCategory, True
    )
