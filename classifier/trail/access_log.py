"""S3 server access logs to records like CloudTrail's, so that the same rules look at them.

Format: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html. Fields are separated by a space,
the time stands in brackets, some texts in quotes; newer fields are at the end, and older lines have fewer.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote

from classifier.model import JSON

_FIELD = re.compile(r'\[([^\]]*)\]|"((?:[^"\\]|\\.|"(?=[^ ]))*)"|(\S+)')
_LINE = re.compile(r"[0-9a-f]{64} \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ")
_LEAST = 17  # fields of the first version of the format
_NAMES = (
    "owner",
    "bucket",
    "time",
    "remote_ip",
    "requester",
    "request_id",
    "operation",
    "key",
    "request_uri",
    "status",
    "error",
    "bytes_sent",
    "object_size",
    "total_time",
    "turn_around_time",
    "referer",
    "user_agent",
    "version_id",
    "host_id",
    "signature",
    "cipher",
    "auth_type",
    "host",
    "tls",
    "access_point",
    "acl_required",
)
_OPERATIONS = {
    "REST.GET.OBJECT": "GetObject",
    "REST.HEAD.OBJECT": "HeadObject",
    "REST.PUT.OBJECT": "PutObject",
    "REST.POST.OBJECT": "PutObject",
    "REST.COPY.OBJECT": "CopyObject",
    "REST.COPY.OBJECT_GET": "GetObject",
    "REST.DELETE.OBJECT": "DeleteObject",
    "BATCH.DELETE.OBJECT": "DeleteObject",
    "REST.POST.MULTI_OBJECT_DELETE": "DeleteObjects",
    "REST.GET.BUCKET": "ListObjects",
    "REST.GET.BUCKETVERSIONS": "ListObjectVersions",
    "REST.HEAD.BUCKET": "HeadBucket",
    "REST.PUT.BUCKET": "CreateBucket",
    "REST.DELETE.BUCKET": "DeleteBucket",
    "REST.GET.ACL": "GetObjectAcl",
    "REST.PUT.ACL": "PutBucketAcl",
    "REST.GET.BUCKETPOLICY": "GetBucketPolicy",
    "REST.PUT.BUCKETPOLICY": "PutBucketPolicy",
    "REST.DELETE.BUCKETPOLICY": "DeleteBucketPolicy",
    "REST.PUT.VERSIONING": "PutBucketVersioning",
    "REST.PUT.LOGGING_STATUS": "PutBucketLogging",
    "REST.PUT.ENCRYPTION": "PutBucketEncryption",
    "REST.DELETE.ENCRYPTION": "DeleteBucketEncryption",
    "REST.PUT.WEBSITE": "PutBucketWebsite",
    "REST.PUT.LIFECYCLE": "PutBucketLifecycle",
    "REST.DELETE.PUBLIC_ACCESS_BLOCK": "DeleteBucketPublicAccessBlock",
    "S3.EXPIRE.OBJECT": "",  # S3's own doing
    "S3.CREATE.DELETEMARKER": "",
    "S3.TRANSITION.OBJECT": "",
}
_DATA = frozenset({"GetObject", "HeadObject", "PutObject", "CopyObject", "DeleteObject", "DeleteObjects"})


def is_access_log(line: str) -> bool:
    """Whether a line is one of a server access log: a canonical user id, a bucket, a time in brackets."""
    return _LINE.match(line) is not None


def record_of_line(line: str) -> dict[str, JSON] | None:
    """Return a line as a record; {} for what S3 itself did, None for what is no line of an access log."""
    if not is_access_log(line):
        return None
    values = [
        next((part for part in found.groups() if part is not None), "") for found in _FIELD.finditer(line)
    ]
    if len(values) < _LEAST:
        return None
    fields = dict(zip(_NAMES, values, strict=False))
    try:
        moment = datetime.strptime(fields["time"], "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
    except ValueError:
        return None
    operation = fields["operation"]
    name = _OPERATIONS.get(operation, operation)
    if not name:
        return {}
    key = None if fields["key"] == "-" else unquote(unquote(fields["key"]))  # S3 encodes it twice
    status = fields["status"]
    record: dict[str, JSON] = {
        "eventVersion": "s3-access-log",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        # One request that deletes many objects is a line for each, with one request id.
        "eventID": f"{fields['request_id']}:{operation}:{fields['key'][:200]}",
        "sourceIPAddress": fields["remote_ip"],
        "userAgent": fields["user_agent"],
        "userIdentity": _identity(fields["requester"]),
        "requestParameters": {"bucketName": fields["bucket"], **({} if key is None else {"key": key})},
        "managementEvent": name not in _DATA,
        "additionalEventData": {"bytesTransferredOut": _number(fields["bytes_sent"])},
    }
    if status.isdigit() and int(status) >= 400:
        record["errorCode"] = fields["error"] if fields["error"] != "-" else status
    return record


def _number(value: str) -> int:
    return int(value) if value.isdigit() else 0


def _identity(requester: str) -> dict[str, JSON]:
    if requester == "-":
        return {"type": "AWSAccount", "accountId": "anonymous", "principalId": ""}
    parts = requester.split(":")
    if len(parts) >= 6 and parts[0] == "arn":
        kind = "AssumedRole" if parts[2] == "sts" else "IAMUser"
        return {"type": kind, "arn": requester, "accountId": parts[4], "principalId": requester}
    return {"type": "AWSAccount", "principalId": requester, "accountId": requester}
