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


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """`name` is lower-case with the service ("s3:getobject"), `spelled` as AWS writes it.

    There is one of each, in `ACTIONS`: it is equal to none but itself.
    """

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


# Condition keys that only some requests carry → the actions of these requests. Tags' keys end in "/".
# Source: Service Authorization Reference, the "Condition keys" column of the actions of Amazon S3.
_LISTING = "ListBucket ListBucketVersions"
_VERSIONS = " ".join(
    action.spelled.removeprefix("s3:") for action in ACTIONS if "ObjectVersion" in action.spelled
)
_PUT_ACL = "PutObjectAcl PutObjectVersionAcl PutBucketAcl"
_TAGGED = (
    "GetObject GetObjectVersion GetObjectAcl GetObjectVersionAcl GetObjectAttributes"
    " GetObjectVersionAttributes GetObjectTagging GetObjectVersionTagging PutObjectAcl"
    " PutObjectVersionAcl PutObjectTagging"
    " PutObjectVersionTagging DeleteObjectTagging DeleteObjectVersionTagging"
)
_RETAINED = "PutObject PutObjectRetention PutObjectLegalHold BypassGovernanceRetention"
_CARRIED = {
    "s3:delimiter": _LISTING,
    "s3:max-keys": _LISTING,
    "s3:prefix": _LISTING,
    "s3:versionid": _VERSIONS,
    "s3:existingobjecttag/": _TAGGED,
    "s3:requestobjecttag/": "PutObject PutObjectTagging PutObjectVersionTagging",
    "s3:requestobjecttagkeys": "PutObject PutObjectTagging PutObjectVersionTagging",
    "s3:x-amz-acl": f"PutObject {_PUT_ACL}",
    "s3:x-amz-grant-full-control": f"PutObject {_PUT_ACL}",
    "s3:x-amz-grant-read": f"PutObject {_PUT_ACL}",
    "s3:x-amz-grant-read-acp": f"PutObject {_PUT_ACL}",
    "s3:x-amz-grant-write": f"PutObject {_PUT_ACL}",
    "s3:x-amz-grant-write-acp": f"PutObject {_PUT_ACL}",
    "s3:x-amz-copy-source": "PutObject",
    "s3:x-amz-metadata-directive": "PutObject",
    "s3:x-amz-server-side-encryption": "PutObject ReplicateObject",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "PutObject ReplicateObject",
    "s3:x-amz-server-side-encryption-customer-algorithm": "PutObject ReplicateObject",
    "s3:x-amz-storage-class": "PutObject",
    "s3:x-amz-website-redirect-location": "PutObject",
    "s3:object-lock-legal-hold": _RETAINED,
    "s3:object-lock-mode": _RETAINED,
    "s3:object-lock-retain-until-date": _RETAINED,
    "s3:object-lock-remaining-retention-days": f"{_RETAINED} PutBucketObjectLockConfiguration",
    "s3:if-match": "PutObject DeleteObject DeleteObjectVersion",
    "s3:if-none-match": "PutObject",
    "s3:objectcreationoperation": "PutObject",
    "s3:inventoryaccessibleoptionalfields": "PutInventoryConfiguration",
}
_CARRIERS = {
    key: frozenset(f"s3:{name}".lower() for name in names.split()) for key, names in _CARRIED.items()
}


def carries(action: Action, key: str) -> bool:
    """Whether a request for the action can have the (lower-case) condition key in its context."""
    kind = key[: key.index("/") + 1] if "/" in key else key
    return kind not in _CARRIERS or action.name in _CARRIERS[kind]


def ordered(capabilities: set[str]) -> tuple[str, ...]:
    """Return the capabilities in the order of reports; who lists the objects needs no line for versions."""
    kept = capabilities - {"list_versions"} if "list" in capabilities else capabilities
    return tuple(name for name in ORDER if name in kept)
