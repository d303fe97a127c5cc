"""The S3 actions a bucket policy can speak of, by capability and by the kind of resource they need.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3" (resource
types bucket and object).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["bucket", "object"]

ORDER = (
    "list",
    "list_versions",
    "read",
    "read_version",
    "write",
    "delete",
    "read_acp",
    "write_acp",
    "config",
    "policy",
    "other",
)


@dataclass(frozen=True, slots=True)
class Action:
    """`name` is lower-case with the service ("s3:getobject"), `spelled` as AWS writes it."""

    name: str
    spelled: str
    capability: str
    level: Level


_TABLE: dict[tuple[Level, str], str] = {
    ("bucket", "list"): "ListBucket",
    ("bucket", "list_versions"): "ListBucketVersions",
    ("bucket", "delete"): "DeleteBucket",
    ("bucket", "read_acp"): "GetBucketAcl",
    ("bucket", "write_acp"): "PutBucketAcl",
    ("bucket", "policy"): "GetBucketPolicy PutBucketPolicy DeleteBucketPolicy",
    ("bucket", "config"): (
        "PutBucketPublicAccessBlock PutReplicationConfiguration PutLifecycleConfiguration"
        " PutEncryptionConfiguration PutBucketOwnershipControls PutBucketVersioning PutBucketWebsite"
        " DeleteBucketWebsite PutBucketCORS PutBucketLogging PutBucketNotification PutBucketRequestPayment"
        " PutBucketTagging PutBucketObjectLockConfiguration PutInventoryConfiguration"
        " PutMetricsConfiguration PutAnalyticsConfiguration PutAccelerateConfiguration"
        " PutIntelligentTieringConfiguration PutBucketAbac CreateBucketMetadataTableConfiguration"
        " DeleteBucketMetadataTableConfiguration UpdateBucketMetadataInventoryTableConfiguration"
        " UpdateBucketMetadataJournalTableConfiguration"
    ),
    ("bucket", "other"): (
        "ListBucketMultipartUploads GetBucketLocation GetBucketVersioning GetBucketTagging"
        " GetBucketWebsite GetBucketCORS GetBucketLogging GetBucketNotification GetBucketRequestPayment"
        " GetBucketPublicAccessBlock GetBucketOwnershipControls GetBucketPolicyStatus"
        " GetBucketObjectLockConfiguration GetEncryptionConfiguration GetLifecycleConfiguration"
        " GetReplicationConfiguration GetInventoryConfiguration GetMetricsConfiguration"
        " GetAnalyticsConfiguration GetAccelerateConfiguration GetIntelligentTieringConfiguration"
        " GetBucketAbac GetBucketMetadataTableConfiguration ListTagsForResource TagResource UntagResource"
    ),
    ("object", "read"): "GetObject GetObjectTorrent",
    ("object", "read_version"): "GetObjectVersion GetObjectVersionTorrent",
    ("object", "write"): "PutObject",
    ("object", "delete"): "DeleteObject DeleteObjectVersion",
    ("object", "read_acp"): "GetObjectAcl GetObjectVersionAcl",
    ("object", "write_acp"): "PutObjectAcl PutObjectVersionAcl",
    ("object", "other"): (
        "AbortMultipartUpload BypassGovernanceRetention DeleteObjectTagging DeleteObjectVersionTagging"
        " GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging"
        " GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging"
        " InitiateReplication ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObjectLegalHold"
        " PutObjectRetention PutObjectTagging PutObjectVersionTagging ReplicateDelete ReplicateObject"
        " ReplicateTags RestoreObject UpdateObjectEncryption"
    ),
}

ACTIONS = tuple(
    Action(f"s3:{name}".lower(), f"s3:{name}", capability, level)
    for (level, capability), names in _TABLE.items()
    for name in names.split()
)
BY_NAME = {action.name: action for action in ACTIONS}


def ordered(capabilities: set[str]) -> tuple[str, ...]:
    """Return the capabilities in the order of reports; who lists the objects needs no line for versions."""
    kept = capabilities - {"list_versions"} if "list" in capabilities else capabilities
    return tuple(name for name in ORDER if name in kept)
