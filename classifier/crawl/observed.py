"""What a bucket answers without credentials: the only proof there is where its rules could not be read."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.choice import skip_reason
from classifier.crawl.listing import first_page
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure, TargetError
from classifier.model import JSON, S3Object

_TRIES = 3  # objects to ask for


def observe(connection: Connection, bucket: str, region: str | None) -> list[JSON]:
    """Return the unsigned requests that were answered, as {"Principal", "Action", "Resource"}.

    `connection` is unsigned. The bucket is listed and one byte of one object read, of a few at most.
    """
    arn = f"arn:aws:s3:::{bucket}"
    try:
        objects, _ = first_page(connection, bucket, region)
    except TargetError:
        return []
    found: list[JSON] = [_answered("s3:ListBucket", arn)]
    readable = [obj for obj in objects if skip_reason(obj) is None]
    chosen = readable[:: max(1, len(readable) // _TRIES)][:_TRIES]
    read = next((obj for obj in chosen if _reads(connection, obj, region)), None)
    if read is not None:
        found.append(_answered("s3:GetObject", f"{arn}/{read.key}"))
    return found


def _reads(connection: Connection, obj: S3Object, region: str | None) -> bool:
    try:
        answer = connection.client("s3", region).get_object(Bucket=obj.bucket, Key=obj.key, Range="bytes=0-0")
        answer["Body"].close()
    except (BotoCoreError, ClientError, AccessFailure):
        return False
    return True


def _answered(action: str, resource: str) -> dict[str, JSON]:
    return {"Principal": "anonymous", "Action": action, "Resource": resource, "Context": {}}
