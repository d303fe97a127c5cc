"""What encryption with SSE-KMS does to reading.

An object is read with the key that it was written with; the bucket's default encryption says what objects
written from now on get when the request names nothing, and nothing of those that are there. A reader needs
kms:Decrypt on the key, so an unsigned request never reads such an object, and another account never does with
the AWS managed key aws/s3, whose policy cannot be changed. Sources: S3 User Guide, "Using server-side
encryption with AWS KMS keys (SSE-KMS)", "Setting default server-side encryption behavior for Amazon S3
buckets"; AWS KMS Developer Guide, "AWS managed keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classifier.model import JSON


@dataclass(frozen=True, slots=True)
class Encryption:
    """Of an object, or the bucket's default. `by_kms` is None when that is unknown."""

    by_kms: bool | None = False
    managed: bool = False  # with the AWS managed key aws/s3


def default(configuration: JSON, *, unreadable: bool) -> tuple[Encryption, list[str]]:
    """Return the bucket's default encryption from its ServerSideEncryptionConfiguration."""
    if configuration is None:
        return Encryption(None if unreadable else False), []
    if isinstance(configuration, Mapping) and "ServerSideEncryptionConfiguration" in configuration:
        configuration = configuration["ServerSideEncryptionConfiguration"]
    rules = configuration.get("Rules") if isinstance(configuration, Mapping) else None
    if not isinstance(rules, list):
        return Encryption(None), ["Encryption: Rules is not a list"]
    found = Encryption()
    for rule in rules:
        applied = rule.get("ApplyServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
        if not isinstance(applied, Mapping):
            continue
        algorithm = applied.get("SSEAlgorithm")
        if isinstance(algorithm, str) and algorithm.startswith("aws:kms"):
            key = applied.get("KMSMasterKeyID")
            found = Encryption(True, key is None or managed(key))
    return found, []


def of_object(algorithm: JSON, key: JSON) -> Encryption:
    """Return an object's encryption from HeadObject's ServerSideEncryption and SSEKMSKeyId."""
    if not isinstance(algorithm, str) or not algorithm:
        return Encryption(None)
    return Encryption(algorithm.startswith("aws:kms"), managed(key))


def managed(key: JSON) -> bool:
    """Whether a KMS key's name is that of the AWS managed key for S3."""
    return isinstance(key, str) and key.rpartition(":")[2] == "alias/aws/s3"
