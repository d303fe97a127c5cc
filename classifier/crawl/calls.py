"""The bucket-level read operations of the posture: how each is asked, and how "not configured" looks.

Operations and error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html.
An answer of 200 is believed only if the expected element is in it, or if its root element is the operation's
own: servers that do not know a sub-resource answer with the bucket's listing instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.failures import of_boto
from classifier.errors import AccessFailure
from classifier.model import JSON

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Unreadable(Exception):
    """A configuration could not be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Pick = Callable[[Mapping[str, Any]], JSON]


@dataclass(frozen=True, slots=True)
class Call:
    """One read of the posture.

    `field` is its place in the snapshot, `operation` its name in `unreadable`, `method` boto3's, `absent` the
    error codes that mean "not configured", `pick` takes the value out of the answer (None: not in it) and
    `empty` names the root elements of answers that may be empty because nothing is configured (AWS's, and
    …Response, which moto has).
    """

    field: str
    operation: str
    method: str
    pick: Pick
    absent: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()

    def read(self, client: S3Client, bucket: str) -> JSON:
        """Return the configuration, None if there is none. Raises Unreadable."""
        try:
            answer = getattr(client, self.method)(Bucket=bucket)
        except (BotoCoreError, ClientError, AccessFailure) as error:
            code = of_boto(error).code
            if code in self.absent:
                return None
            raise Unreadable(code) from None
        value = self.pick(answer)
        if value is None and answer.get(ROOT) not in self.empty:
            raise Unreadable("MissingKey")
        return value


def _key(name: str) -> Pick:
    return lambda answer: plain(answer.get(name)) or None


def _rest(answer: Mapping[str, Any]) -> JSON:
    return (
        plain({name: value for name, value in answer.items() if name not in ("ResponseMetadata", ROOT)})
        or None
    )


def _policy(answer: Mapping[str, Any]) -> JSON:
    text = answer.get("Policy")
    return None if text is None else policy_document(text)


def _acl(answer: Mapping[str, Any]) -> JSON:
    if not answer.get("Owner"):
        return None
    return {"Owner": answer["Owner"], "Grants": plain(answer.get("Grants", []))}


def _ownership(answer: Mapping[str, Any]) -> JSON:
    rules = answer.get("OwnershipControls", {}).get("Rules") or [{}]
    return rules[0].get("ObjectOwnership")


def _replication(answer: Mapping[str, Any]) -> JSON:
    found = answer.get("ReplicationConfiguration", {})
    return plain(found) if found.get("Rules") else None


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


CALLS = (
    Call("Policy", "GetBucketPolicy", "get_bucket_policy", _policy, _set("NoSuchBucketPolicy")),
    Call(
        "PolicyStatus",
        "GetBucketPolicyStatus",
        "get_bucket_policy_status",
        _key("PolicyStatus"),
        _set("NoSuchBucketPolicy"),
    ),
    Call("Acl", "GetBucketAcl", "get_bucket_acl", _acl),
    Call(
        "PublicAccessBlock",
        "GetBucketPublicAccessBlock",
        "get_public_access_block",
        _key("PublicAccessBlockConfiguration"),
        _set("NoSuchPublicAccessBlockConfiguration"),
    ),
    Call(
        "ObjectOwnership",
        "GetBucketOwnershipControls",
        "get_bucket_ownership_controls",
        _ownership,
        _set("OwnershipControlsNotFoundError"),
    ),
    Call("RequestPayer", "GetBucketRequestPayment", "get_bucket_request_payment", _key("Payer")),
    Call(
        "Encryption",
        "GetBucketEncryption",
        "get_bucket_encryption",
        _key("ServerSideEncryptionConfiguration"),
        _set("ServerSideEncryptionConfigurationNotFoundError"),
    ),
    Call(
        "Versioning",
        "GetBucketVersioning",
        "get_bucket_versioning",
        _rest,
        empty=_set("VersioningConfiguration", "GetBucketVersioningResponse"),
    ),
    Call(
        "Logging",
        "GetBucketLogging",
        "get_bucket_logging",
        _key("LoggingEnabled"),
        empty=_set("BucketLoggingStatus"),
    ),
    Call("Website", "GetBucketWebsite", "get_bucket_website", _rest, _set("NoSuchWebsiteConfiguration")),
    Call(
        "Cors",
        "GetBucketCors",
        "get_bucket_cors",
        _key("CORSRules"),
        _set("NoSuchCORSConfiguration"),
        _set("CORSConfiguration"),
    ),
    Call(
        "Lifecycle",
        "GetBucketLifecycleConfiguration",
        "get_bucket_lifecycle_configuration",
        _key("Rules"),
        _set("NoSuchLifecycleConfiguration"),
        _set("LifecycleConfiguration"),
    ),
    Call(
        "Replication",
        "GetBucketReplication",
        "get_bucket_replication",
        _replication,
        _set("ReplicationConfigurationNotFoundError"),
        _set("ReplicationConfiguration"),
    ),
    Call(
        "Tags",
        "GetBucketTagging",
        "get_bucket_tagging",
        _key("TagSet"),
        _set("NoSuchTagSet", "NoSuchTagSetError"),
        _set("Tagging"),
    ),
    Call(
        "ObjectLock",
        "GetObjectLockConfiguration",
        "get_object_lock_configuration",
        _key("ObjectLockConfiguration"),
        _set("ObjectLockConfigurationNotFoundError"),
    ),
    Call(
        "Notification",
        "GetBucketNotificationConfiguration",
        "get_bucket_notification_configuration",
        _rest,
        empty=_set("NotificationConfiguration", "GetBucketNotificationResponse"),
    ),
    Call(
        "Inventory",
        "ListBucketInventoryConfigurations",
        "list_bucket_inventory_configurations",
        _key("InventoryConfigurationList"),  # the first hundred; more than that no reader needs
        _set("NoSuchConfiguration"),
        _set("ListInventoryConfigurationsResult", "ListBucketInventoryConfigurationsResponse"),
    ),
)


def policy_document(text: str) -> JSON:
    """Return a policy's JSON object. Raises Unreadable "MalformedPolicy" when it is none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("MalformedPolicy") from None
    if not isinstance(document, dict):
        raise Unreadable("MalformedPolicy")
    return document


def plain(value: Any) -> JSON:
    """Return a boto3 value with its times as ISO 8601 text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


ROOT = "RootElement"
_ROOT_ELEMENT = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:[\w.-]{1,64}:)?([\w.-]{1,64})")


def note_root(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Handle botocore's event ROOT_EVENT: put the answer's root element beside its parsed content.

    A listing given in place of a configuration is emptied, so that botocore does not parse it; its keys may
    even make it malformed, which botocore would take for a server error and ask again.
    """
    body = response_dict["body"]
    if response_dict["status_code"] != 200 or not isinstance(body, bytes):
        return
    found = _ROOT_ELEMENT.match(body)
    if found is None:
        return
    customized_response_dict[ROOT] = found[1].decode()
    if found[1] == b"ListBucketResult":
        response_dict["body"] = b"<ListBucketResult/>"


# As in `pages`, the wildcard puts the handler before botocore's own.
ROOT_EVENTS = tuple(
    f"before-parse.*.{name}"
    for name in (
        *(call.operation for call in CALLS if call.operation != "GetBucketPublicAccessBlock"),
        "GetPublicAccessBlock",
    )
)
