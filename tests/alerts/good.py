"""A bucket that passes every check."""

from __future__ import annotations

from typing import Any

ACCOUNT = "999999999999"
ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
DENY_PLAIN = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
GOOD: dict[str, Any] = {
    "Bucket": "b",
    "Policy": {"Version": "2012-10-17", "Statement": [DENY_PLAIN | {"Resource": "*"}]},
    "PublicAccessBlock": {"Organization": None, "Account": ON, "Bucket": ON},
    "ObjectOwnership": "BucketOwnerEnforced",
    "Encryption": {
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}}]
    },
    "KmsKey": {"Arn": KEY, "KeyState": "Enabled"},
    "Versioning": {"Status": "Enabled", "MFADelete": "Enabled"},
    "ObjectLock": {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}},
    },
    "Logging": {"TargetBucket": "logs", "TargetPrefix": ""},
    "Lifecycle": [
        {
            "ID": "tidy",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ],
    "Replication": {
        "Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy", "Account": ACCOUNT}}]
    },
    "DestinationOwners": {"arn:aws:s3:::copy": "own"},
    "Website": None,
    "Cors": None,
    "Notification": {"EventBridgeConfiguration": {}},
    "AccessPoints": [],
    "Inventory": None,
}
