"""Listing a bucket: ListObjectsV2 through boto3, whose retries, redirects and credentials are kept.

obstore's own listing is not used: it fails on keys such as `./a` or `a//b`, changes a leading or trailing
slash, and does not tell the storage class. The pages are parsed by `pages`, which takes less of a processor.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.codes import Failure, target_error
from classifier.crawl.failures import of_boto
from classifier.crawl.pages import FAST_EVENT, fast_page, objects_of
from classifier.crawl.ranges import Page, StuckListing, in_ranges
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure, TargetError
from classifier.model import Reason, S3Object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ACTION = "s3:ListBucket"


def list_objects(
    connection: Connection, bucket: str, region: str | None, prefix: str = "", threads: int = 1
) -> Iterator[S3Object]:
    """Yield the objects under a prefix, in the server's order; past some pages by ranges at the same time.

    Raises TargetError, also after some objects, when the listing cannot be read to its end.
    """
    client = connection.client("s3", region)
    client.meta.events.register_first(FAST_EVENT, fast_page, unique_id="s3-classifier-page")

    def ask(prefix: str, token: str | None, after: str, delimiter: str, most: int) -> Page:
        answer = _page(client, bucket, prefix, token, after, delimiter, most)
        going_on = answer.get("NextContinuationToken") if answer.get("IsTruncated") else None
        if answer.get("IsTruncated") and not going_on:
            raise _stuck(bucket, "MissingContinuationToken")
        folders = [unquote_plus(item["Prefix"]) for item in answer.get("CommonPrefixes", ())]
        return Page(objects_of(bucket, answer), going_on, folders)

    try:
        yield from in_ranges(ask, prefix, threads)
    except StuckListing:
        raise _stuck(bucket, "RepeatedContinuationToken") from None


def _stuck(bucket: str, code: str) -> TargetError:
    return target_error(bucket, _ACTION, Failure(Reason.UNABLE_TO_PARSE_FILE, code))


def first_page(connection: Connection, bucket: str, region: str | None) -> tuple[list[S3Object], bool]:
    """Return up to 1,000 objects of a bucket and whether these are all. Raises TargetError."""
    answer = _page(connection.client("s3", region), bucket, "", None)
    return objects_of(bucket, answer), not answer.get("IsTruncated")


def _page(
    client: S3Client,
    bucket: str,
    prefix: str,
    token: str | None,
    after: str = "",
    delimiter: str = "",
    most: int = 0,
) -> dict[str, Any]:
    arguments: dict[str, Any] = {"Bucket": bucket, "EncodingType": "url"}
    if prefix:
        arguments["Prefix"] = prefix
    if token:
        arguments["ContinuationToken"] = token
    if after:
        arguments["StartAfter"] = after
    if delimiter:
        arguments["Delimiter"] = delimiter
    if most:
        arguments["MaxKeys"] = most
    try:
        return dict(client.list_objects_v2(**arguments))
    except (BotoCoreError, ClientError, AccessFailure) as error:
        raise target_error(bucket, _ACTION, of_boto(error)) from None


def all_buckets(connection: Connection) -> list[str]:
    """Return the names of the account's buckets, sorted.

    Raises AccessFailure when they cannot be listed.
    """
    names: set[str] = set()
    try:
        for page in connection.client("s3").get_paginator("list_buckets").paginate():
            names.update(bucket["Name"] for bucket in page.get("Buckets", ()) if bucket.get("Name"))
    except (BotoCoreError, ClientError, AccessFailure) as error:
        code = of_boto(error).code
        raise AccessFailure(
            f"the account's buckets cannot be listed ({code}); allow s3:ListAllMyBuckets, or name the buckets"
        ) from None
    return sorted(names)
