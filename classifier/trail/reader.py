"""CloudTrail's files to records: {"Records": [...]}, a list, or a record a line; gzip or plain."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping

from classifier.model import JSON
from classifier.trail.events import Counts

MOST_BYTES = 512 << 20  # of one file, inflated: CloudTrail's own have some MB


def read_events(data: bytes, counts: Counts) -> Iterator[Mapping[str, JSON]]:
    """Yield the records of one file. What cannot be read is counted, and ends nothing."""
    plain = _inflated(data, counts)
    try:
        document = json.loads(plain)
    except (ValueError, RecursionError):
        yield from _lines(plain, counts)
        return
    yield from _records(document, counts)


def _inflated(data: bytes, counts: Counts) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    parts: list[bytes] = []
    left, size = data, 0
    while left[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(31)
        try:
            parts.append(member.decompress(left, MOST_BYTES + 1 - size))
        except zlib.error:
            counts.problems["broken gzip"] += 1
            break
        size += len(parts[-1])
        if size > MOST_BYTES:
            counts.problems["file too large"] += 1
            break
        if not member.eof:
            counts.problems["broken gzip"] += 1
            break
        left = member.unused_data
    return b"".join(parts)


def _lines(plain: bytes, counts: Counts) -> Iterator[Mapping[str, JSON]]:
    for line in plain.splitlines():
        if line.strip():
            try:
                document = json.loads(line)
            except (ValueError, RecursionError):
                counts.problems["malformed record"] += 1
                continue
            yield from _records(document, counts)


def _records(document: JSON, counts: Counts) -> Iterator[Mapping[str, JSON]]:
    if isinstance(document, Mapping) and isinstance(document.get("Records"), list):
        document = document["Records"]
    for item in document if isinstance(document, list) else [document]:
        if isinstance(item, Mapping):
            yield item
        else:
            counts.problems["malformed record"] += 1
