"""What a bucket's configuration points at: its encryption key, and whose the buckets are that get copies.

Operations: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html and HeadBucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.calls import Unreadable
from classifier.crawl.failures import of_boto
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure
from classifier.model import JSON

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REFUSED = (BotoCoreError, ClientError, AccessFailure)
_TOLD = ("Arn", "AWSAccountId", "KeyState", "KeyManager", "Enabled", "Origin")
_MOST_DESTINATIONS = 20
_BUCKET_ARN = ":::"


def encryption_key(connection: Connection, region: str | None, encryption: JSON) -> JSON:
    """Return the state of the key that new objects are encrypted with, None where no key is named.

    Raises Unreadable, with the error's code.
    """
    names = [
        default.get("KMSMasterKeyID")
        for rule in (encryption or {}).get("Rules") or []
        if isinstance(default := rule.get("ApplyServerSideEncryptionByDefault"), Mapping)
    ]
    key = next((name for name in names if name), None)
    if key is None:
        return None
    try:
        told = connection.client("kms", region).describe_key(KeyId=key).get("KeyMetadata")
    except _REFUSED as error:
        raise Unreadable(of_boto(error).code) from None
    if not isinstance(told, Mapping) or "KeyState" not in told:
        raise Unreadable("MissingKey")
    return {name: told[name] for name in _TOLD if name in told}


def destination_owners(client: S3Client, account: str | None, replication: JSON) -> dict[str, JSON]:
    """Return by ARN whether each bucket that gets copies is the account's own: "own", "other", "unknown".

    It is asked of S3 (ExpectedBucketOwner), since a rule need not name the destination's account.
    """
    owners: dict[str, JSON] = {}
    for arn in list(dict.fromkeys(_destinations(replication)))[:_MOST_DESTINATIONS]:
        owners[arn] = "unknown" if account is None else _owner(client, account, arn)
    return owners


def _destinations(replication: JSON) -> Iterator[str]:
    for rule in (replication or {}).get("Rules") or []:
        destination = rule.get("Destination")
        if isinstance(destination, Mapping) and not destination.get("Account") and destination.get("Bucket"):
            yield str(destination["Bucket"])


def _owner(client: S3Client, account: str, arn: str) -> str:
    try:
        client.head_bucket(Bucket=arn.partition(_BUCKET_ARN)[2], ExpectedBucketOwner=account)
    except _REFUSED as error:
        return "other" if of_boto(error).code == "HTTP 403" else "unknown"
    return "own"
