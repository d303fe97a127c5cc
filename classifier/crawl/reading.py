"""Reading objects: obstore where it carries the key exactly, boto3 for the rest.

Every request names the listed ETag (If-Match), so that no object is read that is not the one listed, nor two
versions of one object mixed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import obstore
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError
from obstore.store import S3Store

from classifier.config import Settings
from classifier.crawl.choice import ARCHIVED
from classifier.crawl.codes import Failure
from classifier.crawl.failures import of_boto, of_store
from classifier.crawl.filters import Asked
from classifier.crawl.sessions import Connection, Handover
from classifier.crawl.sources import BLOCK, Broken, MemorySource, NoRanges, ResumedSource
from classifier.crawl.usage import Allowance, Meter, Pace, Usage, charging
from classifier.errors import AccessFailure, CapReached, ReadFailure
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
_BACKOFF, _LONGEST_BACKOFF = 0.05, 5.0  # seconds
SLOW_DOWN = ("SlowDown", "TooManyRequests", "RequestLimitExceeded", "HTTP 503", "HTTP 429")
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
        self._pace = Pace()
        self._usages: dict[tuple[str, str | None], Usage] = {}
        self._meter: Meter | None = None
        self._began: float | None = None
        self._metadata: dict[tuple[str, str | None], Mapping[str, str]] = {}

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

    def allow(self, allowance: Allowance | None) -> None:
        """Bound what the next objects may take, all together; None: nothing is bounded."""
        self._began = self._began or time.time()
        self._meter = None if allowance is None else Meter(allowance, self._began)

    def usage(self, obj: S3Object) -> Usage:
        """Return what an object took, and forget it."""
        return self._usages.pop((obj.key, obj.version_id), None) or Usage()

    def metadata(self, obj: S3Object) -> Mapping[str, str]:
        """Return the user metadata that came with a small object's content, and forget it."""
        return self._metadata.pop((obj.key, obj.version_id), {})

    def asked(self, obj: S3Object, *, tags: bool, content_type: bool) -> Asked:
        """Ask for an object's tags (GetObjectTagging) and content type (HeadObject). Raises ReadFailure."""
        usage = self._usages.setdefault((obj.key, obj.version_id), Usage(self._meter))
        version = {"VersionId": obj.version_id} if obj.version_id else {}
        named: Any = {"Bucket": obj.bucket, "Key": obj.key, **version}
        found: dict[str, str] = {}
        kind = ""
        try:
            with charging(usage):
                if tags:
                    answer: Any = self._client.get_object_tagging(**named)
                    found = {str(tag["Key"]): str(tag["Value"]) for tag in answer.get("TagSet", ())}
                if content_type:
                    kind = str(self._client.head_object(**named).get("ContentType", ""))
        except _BOTO_ERRORS as error:
            failure = of_boto(error)
            raise ReadFailure(failure.reason, failure.code) from None
        return Asked(found, kind)

    def open(self, obj: S3Object) -> ByteSource:
        """Return the object's bytes: a small object is read at once, a large one as its source is used.

        Raises ReadFailure with the reason code.
        """
        if obj.storage_class in ARCHIVED:
            raise ReadFailure(Reason.INVALID_OBJECT_STATE, obj.storage_class)
        if not _ETAG.fullmatch(obj.etag):
            raise ReadFailure(Reason.UNABLE_TO_PARSE_FILE, "InvalidETag")
        usage = self._usages.setdefault((obj.key, obj.version_id), Usage(self._meter))
        attempts = _Attempts(usage, self._pace, self._settings.max_attempts)
        if obj.size > SMALL:
            return _ObjectSource(self._store, self._client, obj, attempts)
        if carried(obj.key):
            with _contained():
                data = self._fetch(obj, attempts)
            if data is not None:
                return MemorySource(data)
        source = _ObjectSource(None, self._client, obj, attempts)
        return MemorySource(b"".join(source.stretch(0, obj.size)))

    def _fetch(self, obj: S3Object, attempts: _Attempts) -> bytes | None:
        """Return a small object's content by one request of obstore; None where boto3 must be asked."""

        def fetched() -> bytes:
            result = obstore.get(self._store, obj.key, options=_conditions(obj))
            _verify(obj, result)
            if self._settings.attributes and (found := _user_metadata(result)):
                self._metadata[obj.key, obj.version_id] = found
            return result.bytes().to_bytes()

        data = attempts.of(fetched, obj.size)
        if data is not None and len(data) != obj.size:
            raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "SizeChanged")
        return data


_Answer = TypeVar("_Answer")


class _Attempts:
    """Sends a request of obstore again where that may help, charging each try before it is sent."""

    def __init__(self, usage: Usage, pace: Pace, tries: int) -> None:
        self.usage = usage
        self.tries = tries
        self._pace = pace

    def of(self, send: Callable[[], _Answer], size: int) -> _Answer | None:
        """Return what `send` returns; None where boto3 must be asked. Raises ReadFailure."""
        for attempt in range(1, self.tries + 1):
            self._pace.wait()
            self.charge(size)
            try:
                answer = send()
            except _STORE_ERRORS as error:
                failure = of_store(error)
                if failure is None:
                    self.usage.unread(size)
                    return None
                if not failure.transport:  # else some of it may have come
                    self.usage.unread(size)
                if failure.code in SLOW_DOWN:
                    self._pace.slow()
                if failure.reason is not Reason.TIME_CUT_OFF_REACHED or attempt == self.tries:
                    raise ReadFailure(failure.reason, failure.code) from None
                time.sleep(min(_BACKOFF * 2**attempt, _LONGEST_BACKOFF))
            except BaseException:
                self.usage.unread(size)
                raise
            else:
                self._pace.answered()
                return answer
        return None

    def charge(self, size: int) -> None:
        """Charge a request. Raises ReadFailure where a budget is spent."""
        try:
            self.usage.request(size)
        except CapReached as error:
            raise ReadFailure(Reason.TIME_CUT_OFF_REACHED, error.cap) from None


def _user_metadata(result: GetResult) -> Mapping[str, str]:
    """Return the `x-amz-meta-…` of an answer, by name."""
    usual = ("Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Cache-Control")
    return {str(name): str(value) for name, value in result.attributes.items() if name not in usual}


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

    def __init__(self, store: S3Store | None, client: S3Client, obj: S3Object, attempts: _Attempts) -> None:
        super().__init__(obj.size, attempts.tries)
        self._attempts = attempts
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
        store, key = self._store, self._obj.key
        result = self._attempts.of(lambda: obstore.get(store, key, options=options), end - start)
        if result is None:
            self._store = None  # boto3 will tell, or do better
            yield from self._boto_stream(start, end)
            return
        left = end - start
        try:
            _verify(self._obj, result)
            for block in result.stream(min_chunk_size=BLOCK):
                left -= len(block)
                yield block
        except _STORE_ERRORS as error:
            failure = of_store(error) or Failure(Reason.TIME_CUT_OFF_REACHED, "StreamError", transport=True)
            raise _broken(failure) from None
        finally:
            self._attempts.usage.unread(max(left, 0))

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
            with charging(self._attempts.usage):
                answer = self._client.get_object(**arguments)
            self._attempts.usage.bytes += end - start
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
        retry_config={"max_retries": 0},  # each try is charged and paced by _Attempts
        credential_provider=None if connection.unsigned else connection.credentials,
    )
