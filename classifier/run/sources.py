"""Where the user's lists are read from: files, and objects of a bucket with the run's credentials."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from classifier import config, crawl, detect
from classifier.errors import AccessFailure, UsageError

MOST_BYTES = 256 << 20  # of a file
_S3 = "s3://"


class ListReader:
    """Reads lists from files and buckets, and keeps what identifies them."""

    def __init__(
        self, connect: Callable[[], crawl.Connection], expected: Mapping[str, str] | None = None
    ) -> None:
        """`connect` is called for the first list in a bucket; `expected` are the digests there must be."""
        self._connect = connect
        self._expected = expected or {}
        self.digests: dict[str, str] = {}

    def __call__(self, source: str) -> bytes:
        """Return the content. Raises UsageError for a file and AccessFailure for an object."""
        content = self._object(source) if source.startswith(_S3) else _file(source)
        digest = self.digests[source] = hashlib.sha256(content).hexdigest()
        if self._expected.get(source, digest) != digest:
            raise AccessFailure(f"{source}: the list has changed while the scan ran; run again")
        return content

    def _object(self, source: str) -> bytes:
        bucket, _, key = source.removeprefix(_S3).partition("/")
        if not bucket or not key:
            raise UsageError(f"{source}: a list in a bucket is s3://BUCKET/KEY")
        return crawl.read_list(self._connect(), bucket, key)


def _file(source: str) -> bytes:
    try:
        if Path(source).stat().st_size > MOST_BYTES:
            raise UsageError(f"{source}: the list has more than {MOST_BYTES >> 20} MiB")
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no path"
        raise UsageError(f"{source}: the list cannot be read: {reason}") from None


def lists_of(detectors: Sequence[detect.Detector]) -> detect.Lists:
    """Return the lists of detectors that are to be tried out; one in a bucket is read as the settings say.

    Raises what `prepare` does.
    """
    read = ListReader(lambda: crawl.Connection(config.load({})))
    return detect.Lists(detect.seekers(detectors, read))
