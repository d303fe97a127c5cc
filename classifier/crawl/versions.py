"""Noncurrent versions, delete markers, and multipart uploads that were never completed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.choice import DELETE_MARKER
from classifier.crawl.codes import target_error
from classifier.crawl.failures import of_boto
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure
from classifier.model import S3Object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_COUNTED_AT_MOST = 10_000


def list_versions(
    connection: Connection, bucket: str, region: str | None, prefix: str = ""
) -> Iterator[S3Object]:
    """Yield all versions under a prefix, the newest of each key first, delete markers among them.

    Raises TargetError, also after some of them, when they cannot be listed to their end.
    """
    client: S3Client = connection.client("s3", region)
    arguments: dict[str, Any] = {"Bucket": bucket, "EncodingType": "url", "Prefix": prefix}
    try:
        for page in client.get_paginator("list_object_versions").paginate(**arguments):
            found = [_version(bucket, item) for item in page.get("Versions", ())]
            found += [_marker(bucket, item) for item in page.get("DeleteMarkers", ())]
            # A page has versions and markers apart; together they are in order of key, then the newest first.
            found.sort(key=lambda o: -(o.last_modified.timestamp() if o.last_modified else 0))
            found.sort(key=lambda o: o.key)
            yield from found
    except (BotoCoreError, ClientError, AccessFailure) as error:
        raise target_error(bucket, "s3:ListBucketVersions", of_boto(error)) from None


def _version(bucket: str, item: Any) -> S3Object:
    named = item.get("VersionId")
    return S3Object(
        bucket,
        item["Key"],
        int(item.get("Size", 0)),
        str(item.get("ETag", "")).strip('"'),
        item.get("LastModified"),
        item.get("StorageClass") or "STANDARD",
        None if named in (None, "null") and item.get("IsLatest") else named,
    )


def _marker(bucket: str, item: Any) -> S3Object:
    return S3Object(
        bucket, item["Key"], 0, "", item.get("LastModified"), DELETE_MARKER, item.get("VersionId")
    )


def unfinished_uploads(
    connection: Connection, bucket: str, region: str | None, prefix: str = ""
) -> tuple[int, str]:
    """Return how many multipart uploads wait to be completed (at most 10,000), and the oldest's time.

    Their parts are stored and paid for, and nobody can read them. -1 where they cannot be listed.
    """
    client: S3Client = connection.client("s3", region)
    count, oldest = 0, ""
    try:
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
            for upload in page.get("Uploads", ()):
                count += 1
                begun = upload.get("Initiated")
                text = begun.strftime("%Y-%m-%dT%H:%M:%SZ") if begun is not None else ""
                oldest = min(filter(None, (oldest, text)), default="")
            if count >= _COUNTED_AT_MOST:
                break
    except (BotoCoreError, ClientError, AccessFailure):
        return -1, ""
    return count, oldest
