"""Reading objects: obstore where it carries the key exactly, boto3 for the rest.

Every request names the listed ETag (If-Match), so that no object is read that is not the one listed, nor two
versions of one object mixed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import obstore
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError
from obstore.store import S3Store

from classifier.config import Settings
from classifier.crawl.choice import ARCHIVED
from classifier.crawl.codes import Failure
from classifier.crawl.failures import of_boto, of_store
from classifier.crawl.sessions import Connection, Handover
from classifier.crawl.sources import BLOCK, Broken, MemorySource, NoRanges, ResumedSource
from classifier.errors import AccessFailure, ReadFailure
from classifier.model import ByteSource, Reason, S3Object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from obstore import GetOptions, GetResult
    from obstore.store import ClientConfig, S3Config

SMALL = BLOCK  # objects up to this size are read by one request
# obstore's Path drops a leading or trailing slash (which names another object!) and refuses empty segments,
# dot segments and control characters.
_NOT_CARRIED = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|[\x00-\x1f\x7f]")
# What may stand between an ETag's quotes (RFC 9110, section 8.8.3), in ASCII; anything else fits no header.
_ETAG = re.compile(r"[\x21\x23-\x7e]*")
_PANIC = (
    "PanicException"  # obstore's, for what its Rust code did not foresee; no Exception, and not importable
)
_WHOLE_REQUEST = timedelta(days=7)  # a stream lasts as long as its reader takes; read_timeout bounds stalls
_STORE_ERRORS = (BaseError, OSError)
_BOTO_ERRORS = (BotoCoreError, ClientError, AccessFailure)


class ObjectReader:
    """Reads the objects of one bucket, in any process; safe for use by threads."""

    def __init__(self, handover: Handover, bucket: str, region: str | None, settings: Settings) -> None:
        """Set up for a bucket and its region; nothing is sent. Raises AccessFailure for a broken profile."""
        self.bucket = bucket
        self._connection = handover.connect()
        self._settings = settings
        self._client = self._connection.client("s3", region)
        self._store = _store(self._connection, settings, self._client, bucket)
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads that read ahead, and the connections."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)  # a server may hang
            self._pool = None
        self._connection.close()

    def threads(self, count: int) -> ThreadPoolExecutor:
        """Return the reader's pool of `count` threads, made on first use."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(count, thread_name_prefix="read")
        return self._pool

    def open(self, obj: S3Object) -> ByteSource:
        """Return the object's bytes: a small object is read at once, a large one as its source is used.

        Raises ReadFailure with the reason code.
        """
        if obj.storage_class in ARCHIVED:
            raise ReadFailure(Reason.INVALID_OBJECT_STATE, obj.storage_class)
        if not _ETAG.fullmatch(obj.etag):
            raise ReadFailure(Reason.UNABLE_TO_PARSE_FILE, "InvalidETag")
        if obj.size > SMALL:
            return _ObjectSource(self._store, self._client, obj, self._settings.max_attempts)
        if carried(obj.key):
            with _contained():
                data = self._fetch(obj)
            if data is not None:
                return MemorySource(data)
        source = _ObjectSource(None, self._client, obj, self._settings.max_attempts)
        return MemorySource(source.read(0, obj.size))

    def _fetch(self, obj: S3Object) -> bytes | None:
        """Return a small object's content by one request of obstore; None where boto3 must be asked."""
        try:
            result = obstore.get(self._store, obj.key, options=_conditions(obj))
            _verify(obj, result)
            data = result.bytes().to_bytes()
        except _STORE_ERRORS as error:
            failure = of_store(error)
            if failure is None:
                return None
            raise ReadFailure(failure.reason, failure.code) from None
        if len(data) != obj.size:
            raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "SizeChanged")
        return data


@contextmanager
def _contained() -> Iterator[None]:
    """Make a ReadFailure of whatever a client raises that it should not: it is one object's fault."""
    try:
        yield
    except ReadFailure:
        raise
    except BaseException as error:
        kind = type(error).__name__
        if not isinstance(error, Exception) and kind != _PANIC:
            raise
        raise ReadFailure(Reason.UNABLE_TO_PARSE_FILE, kind) from None


def carried(key: str) -> bool:
    """Whether obstore asks for exactly this key."""
    return _NOT_CARRIED.search(key) is None


class _ObjectSource(ResumedSource):
    """An object read by streams; `store` None leaves all to boto3."""

    def __init__(self, store: S3Store | None, client: S3Client, obj: S3Object, tries: int) -> None:
        super().__init__(obj.size, tries)
        self._store = store if carried(obj.key) else None
        self._client = client
        self._obj = obj

    def _stream(self, start: int, end: int) -> Iterator[bytes]:
        with _contained():
            yield from self._requested(start, end)

    def _requested(self, start: int, end: int) -> Iterator[bytes]:
        # Opening has been tried often enough by the client; only a stream that breaks is Broken.
        if self._store is None:
            yield from self._boto_stream(start, end)
            return
        options = _conditions(self._obj)
        options["range"] = (start, end)
        try:
            result = obstore.get(self._store, self._obj.key, options=options)
        except _STORE_ERRORS as error:
            failure = of_store(error)
            if failure is not None:
                raise ReadFailure(failure.reason, failure.code) from None
            self._store = None  # boto3 will tell, or do better
            yield from self._boto_stream(start, end)
            return
        _verify(self._obj, result)
        try:
            yield from result.stream(min_chunk_size=BLOCK)
        except _STORE_ERRORS as error:
            failure = of_store(error) or Failure(Reason.TIME_CUT_OFF_REACHED, "StreamError", transport=True)
            raise _broken(failure) from None

    def _boto_stream(self, start: int, end: int) -> Iterator[bytes]:
        obj = self._obj
        arguments: dict[str, Any] = {
            "Bucket": obj.bucket,
            "Key": obj.key,
            "Range": f"bytes={start}-{end - 1}",
        }
        if obj.etag:
            arguments["IfMatch"] = f'"{obj.etag}"'
        if obj.version_id:
            arguments["VersionId"] = obj.version_id
        try:
            answer = self._client.get_object(**arguments)
        except _BOTO_ERRORS as error:
            failure = of_boto(error)
            raise ReadFailure(failure.reason, failure.code) from None
        with closing(answer["Body"]) as body:
            _same_version(obj, answer.get("ETag"))
            passed = 0  # bytes that were had before
            if start and not answer.get("ContentRange", "").startswith(f"bytes {start}-"):
                if obj.size > SMALL:
                    raise NoRanges(Reason.UNABLE_TO_PARSE_FILE, "RangeIgnored")
                passed = start
            try:
                for block in body.iter_chunks(BLOCK):
                    if len(block) > passed:
                        yield block[passed:]
                    passed = max(passed - len(block), 0)
            except _BOTO_ERRORS as error:
                raise _broken(of_boto(error)) from None


def _broken(failure: Failure) -> ReadFailure:
    kind = Broken if failure.transport else ReadFailure
    return kind(failure.reason, failure.code)


def _conditions(obj: S3Object) -> GetOptions:
    options: GetOptions = {}
    if obj.etag:
        options["if_match"] = f'"{obj.etag}"'
    if obj.version_id:
        options["version"] = obj.version_id
    return options


def _verify(obj: S3Object, result: GetResult) -> None:
    """Check what a server that ignores If-Match would let through."""
    meta = result.meta
    _same_version(obj, meta["e_tag"])
    if meta["size"] != obj.size:
        raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "SizeChanged")


def _same_version(obj: S3Object, etag: str | None) -> None:
    if obj.etag and etag and etag.removeprefix("W/").strip('"') != obj.etag:
        raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "ETagChanged")


def _store(connection: Connection, settings: Settings, client: S3Client, bucket: str) -> S3Store:
    """Return obstore's view of a bucket, with the address, region and credentials that boto3 found.

    Everything that obstore would look for in the environment by itself is given.
    """
    endpoint = client.meta.endpoint_url
    options: ClientConfig = {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=settings.connect_timeout),
        "read_timeout": timedelta(seconds=settings.read_timeout),
        "timeout": _WHOLE_REQUEST,
        "user_agent": "s3-classifier",
    }
    if connection.ca_bundle:
        try:
            options["root_certificate"] = Path(connection.ca_bundle).read_bytes()
        except OSError as error:
            raise AccessFailure(
                f"{connection.ca_bundle}: the CA bundle cannot be read ({error.strerror}); see AWS_CA_BUNDLE"
            ) from None
    config: S3Config = {
        "endpoint": endpoint,
        "aws_endpoint_url_s3": endpoint,
        "region": client.meta.region_name,
        "virtual_hosted_style_request": False,
        "skip_signature": connection.unsigned,
    }
    return S3Store(
        bucket,
        config=config,
        client_options=options,
        retry_config={"max_retries": settings.max_attempts - 1},
        credential_provider=None if connection.unsigned else connection.credentials,
    )
