"""What reading an object will take, told from the listing."""

from __future__ import annotations

from dataclasses import dataclass

from classifier.config import Settings
from classifier.crawl.excerpt import read_of
from classifier.crawl.filters import Filter
from classifier.crawl.kinds import extension
from classifier.crawl.sampling import Depth
from classifier.crawl.sources import BLOCK
from classifier.model import S3Object

_STEP = 1 << 18  # bytes of a request of a reader with random access
# Names of formats that are read by random access; any other is read as a stream.
_RANDOM = frozenset(
    [
        "zip",
        "jar",
        "war",
        "ear",
        "apk",
        "docx",
        "docm",
        "xlsx",
        "xlsm",
        "pptx",
        "pptm",
        "odt",
        "ods",
        "odp",
        "vsdx",
        "epub",
        "pdf",
        "doc",
        "xls",
        "ppt",
        "msg",
        "pages",
        "numbers",
        "key",
        "parquet",
        "pq",
        "orc",
        "arrow",
        "feather",
        "ipc",
        "sqlite",
        "sqlite3",
        "db",
        "db3",
        "7z",
    ]
)
_STREAMS = frozenset(
    [
        "gz",
        "tgz",
        "bz2",
        "xz",
        "zst",
        "lz4",
        "tar",
        "avro",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "tif",
        "tiff",
        "mp3",
        "mp4",
        "mov",
        "bin",
        "iso",
    ]
)


@dataclass(slots=True)
class Need:
    """Requests and stored bytes at the most. `granted` are the requests that were reserved."""

    requests: int
    bytes: int
    granted: int = 0


def need(obj: S3Object, depth: Depth, settings: Settings, rules: Filter) -> Need:
    """Return what an object that is read takes, by what its name and size say."""
    asked = len(rules.asks | ({"tag"} if settings.tags else set()))
    last = extension(obj.key).rpartition(".")[2]
    size = obj.size
    if size <= BLOCK:
        return Need(1 + asked, size)
    if not depth.full and size > depth.whole:
        requests, read = read_of(size, depth, text=last not in _RANDOM | _STREAMS)
        if last in _STREAMS:
            requests, read = 2, min(size, depth.most + BLOCK)
        return Need(requests + asked, read)
    if last in _RANDOM:
        return Need(2 + -(-size // _STEP) + asked, size + size // 4 + BLOCK)
    if settings.max_object_bytes:
        size = min(size, max(settings.max_object_bytes, 1))
    return Need(1 + (size > BLOCK) + asked, size)
