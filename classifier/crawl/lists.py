"""A user's own list in a bucket (words, hashes, an allow list), read whole with the run's credentials."""

from __future__ import annotations

from contextlib import closing

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.codes import target_error
from classifier.crawl.failures import of_boto
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure, TargetError

MOST_BYTES = 256 << 20


def read_list(connection: Connection, bucket: str, key: str) -> bytes:
    """Return the content of an object. Raises AccessFailure, which names it and says what to do."""
    try:
        region = connection.bucket_region(bucket)
    except TargetError as error:
        raise AccessFailure(f"s3://{bucket}/{key}: the list cannot be read: {error}") from None
    try:
        answer = connection.client("s3", region).get_object(Bucket=bucket, Key=key)
        with closing(answer["Body"]) as body:
            if answer["ContentLength"] > MOST_BYTES:
                raise AccessFailure(f"s3://{bucket}/{key}: the list has more than {MOST_BYTES >> 20} MiB")
            return body.read()
    except (BotoCoreError, ClientError) as error:
        failure = of_boto(error)
        if failure.code in ("NoSuchKey", "HTTP 404"):
            raise AccessFailure(f"s3://{bucket}/{key}: there is no such object (NoSuchKey)") from None
        found = target_error(bucket, "s3:GetObject", failure)
        text = str(found).removeprefix(f"s3://{bucket}: ")
        raise AccessFailure(f"s3://{bucket}/{key}: the list cannot be read: {text}") from None
