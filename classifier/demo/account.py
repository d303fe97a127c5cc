"""The demo account: an outdoor shop's buckets, each with its own way of being exposed or safe."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, TypeAlias

import boto3
from botocore.config import Config

from classifier.demo import business, systems
from classifier.demo.business import Objects
from classifier.demo.server import ACCOUNT_ID, DemoServer
from classifier.model import JSON

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import ObjectOwnershipType

SEED = 20261001
PARTNER_ACCOUNT = "222233334444"
Exposure: TypeAlias = Literal["public", "external", "latent", "private"]


@dataclass(frozen=True, slots=True)
class BucketPlan:
    """One bucket: what is in it, how it is configured, and what a scan must say of it.

    `exposure` is "public" (anyone, or any AWS account), "external" (a named account outside), "latent"
    (public but for Block Public Access) or "private". `detectors` are those that must find something with
    the recommended set; empty means that nothing in the bucket is sensitive. `acl` is a canned ACL of the
    bucket and of all its objects.
    """

    name: str
    exposure: Exposure
    detectors: frozenset[str]
    objects: Callable[[Random], Objects]
    statements: tuple[Mapping[str, JSON], ...] = ()
    acl: Literal["authenticated-read"] | None = None
    blocked: bool = False  # all four settings of Block Public Access
    versioned: bool = False
    kms: bool = False
    website: bool = False
    glacier: str | None = None  # keys that end so are stored in Glacier
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a scan of one demo bucket must find; the terms are those of BucketPlan."""

    bucket: str
    exposure: Exposure
    detectors: frozenset[str]
    objects: int


def _read(sid: str, principal: JSON, bucket: str, prefix: str = "") -> dict[str, JSON]:
    resource = f"arn:aws:s3:::{bucket}/{prefix}*"
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": resource,
    }


def _list(sid: str, principal: JSON, bucket: str) -> dict[str, JSON]:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
    }


_PARTNER = {"AWS": f"arn:aws:iam::{PARTNER_ACCOUNT}:root"}
_CLINIC = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/clinic-application"}

BUCKETS = (
    BucketPlan(
        "larkfield-website",
        "public",
        frozenset(),
        systems.website,
        statements=(_read("PublicReadGetObject", "*", "larkfield-website"),),
        website=True,
        tags=(("owner", "web"), ("data", "public")),
    ),
    BucketPlan(
        "larkfield-customer-exports",
        "public",
        frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD_NUMBER", "USA_SOCIAL_SECURITY_NUMBER"}),
        business.customer_exports,
        statements=(
            _read("SupportDeskImport", "*", "larkfield-customer-exports", "exports/"),
            _list("SupportDeskListing", "*", "larkfield-customer-exports"),
        ),
        tags=(("owner", "support"),),
    ),
    BucketPlan(
        "larkfield-backups",
        "public",
        frozenset(
            {
                "AWS_ACCESS_KEY_ID",
                "AWS_CREDENTIALS",
                "GITHUB_TOKEN",
                "OPENSSH_PRIVATE_KEY",
                "PKCS",
                "POSTGRES_URL_CREDENTIALS",
                "STRIPE_CREDENTIALS",
            }
        ),
        systems.backups,
        acl="authenticated-read",
    ),
    BucketPlan(
        "larkfield-clinic-records",
        "private",
        frozenset(
            {
                "MEDICAL_RECORD_NUMBER",
                "USA_MEDICARE_BENEFICIARY_IDENTIFIER",
                "USA_NATIONAL_PROVIDER_IDENTIFIER",
            }
        ),
        business.clinic_records,
        statements=(_read("ClinicApplication", _CLINIC, "larkfield-clinic-records"),),
        blocked=True,
        versioned=True,
        kms=True,
        tags=(("owner", "clinic"), ("data", "phi")),
    ),
    BucketPlan(
        "larkfield-app-logs",
        "private",
        frozenset({"CREDIT_CARD_NUMBER", "JSON_WEB_TOKEN"}),
        systems.application_logs,
        blocked=True,
        tags=(("owner", "platform"),),
    ),
    BucketPlan(
        "larkfield-partner-share",
        "external",
        frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN"}),
        business.partner_files,
        statements=(
            _read("CarrierRead", _PARTNER, "larkfield-partner-share"),
            _list("CarrierList", _PARTNER, "larkfield-partner-share"),
        ),
    ),
    BucketPlan(
        "larkfield-hr",
        "private",
        frozenset({"USA_SOCIAL_SECURITY_NUMBER", "USA_PASSPORT_NUMBER", "BANK_ACCOUNT_NUMBER"}),
        business.hr_documents,
        blocked=True,
        versioned=True,
        tags=(("owner", "people"), ("data", "confidential")),
    ),
    BucketPlan(
        "larkfield-event-lake",
        "latent",
        frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER"}),
        systems.event_lake,
        statements=(_read("DashboardRead", "*", "larkfield-event-lake"),),
        blocked=True,
    ),
    BucketPlan(
        "larkfield-archive", "private", frozenset(), systems.cold_archive, blocked=True, glacier=".csv"
    ),
    BucketPlan(
        "larkfield-staging",
        "private",
        frozenset(),
        lambda _: {},
        statements=(
            {
                "Sid": "NobodyForNow",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::larkfield-staging", "arn:aws:s3:::larkfield-staging/*"],
            },
        ),
    ),
    BucketPlan(
        "larkfield-photo-inbox",
        "public",
        frozenset(),
        systems.photo_inbox,
        statements=(
            _read("CustomersLook", "*", "larkfield-photo-inbox"),
            _read("CustomersSend", "*", "larkfield-photo-inbox") | {"Action": "s3:PutObject"},
            _read("OfficeNetwork", _PARTNER, "larkfield-photo-inbox")
            | {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}},
            _read("FormerIntern", {"AWS": "AIDAJQABLZS4A3QDU576Q"}, "larkfield-photo-inbox"),
        ),
    ),
)


def objects_of(plan: BucketPlan) -> Objects:
    """Return the bucket's objects, key → bytes: the same ones at every call."""
    return plan.objects(Random(f"{SEED}:{plan.name}"))  # noqa: S311 - not for secrets


def expected() -> tuple[Expectation, ...]:
    """Return what a scan must say of each bucket, in the order of BUCKETS."""
    return tuple(Expectation(b.name, b.exposure, b.detectors, len(objects_of(b))) for b in BUCKETS)


def seed(server: DemoServer) -> None:
    """Make the account's buckets on an empty server: configuration, policies, objects.

    Raises botocore's ClientError when the server refuses something.
    """
    credentials = server.credentials
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint_url,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        region_name=credentials.region,
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    try:
        for plan in BUCKETS:
            _make(client, plan)
    finally:
        client.close()


def _make(client: S3Client, plan: BucketPlan) -> None:
    bucket = plan.name
    owner: ObjectOwnershipType = "ObjectWriter" if plan.acl else "BucketOwnerEnforced"
    client.create_bucket(Bucket=bucket, ObjectOwnership=owner)
    if plan.acl:
        client.put_bucket_acl(Bucket=bucket, ACL=plan.acl)
    if plan.statements:
        policy = {"Version": "2012-10-17", "Statement": plan.statements}
        client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    client.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": plan.blocked,
            "IgnorePublicAcls": plan.blocked,
            "BlockPublicPolicy": plan.blocked,
            "RestrictPublicBuckets": plan.blocked,
        },
    )
    if plan.kms:
        rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/clinic"}
        encryption: JSON = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": True}]}
        client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    if plan.versioned:
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    if plan.website:
        pages: JSON = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"}}
        client.put_bucket_website(Bucket=bucket, WebsiteConfiguration=pages)
    if plan.tags:
        tags: JSON = [{"Key": name, "Value": value} for name, value in plan.tags]
        client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    for key, body in objects_of(plan).items():
        frozen = plan.glacier is not None and body and key.endswith(plan.glacier)
        client.put_object(
            Bucket=bucket,
            Key=key,
            Body=body,
            ACL=plan.acl or "private",
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            StorageClass="GLACIER" if frozen else "STANDARD",
        )
