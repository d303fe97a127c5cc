"""Log files to records: CloudTrail's ({"Records": [...]}, a list, or one a line), server access logs, CSV.

gzip or plain. CSV is what Athena and CloudTrail Lake export, with a head of field names.
"""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping

from classifier.model import JSON
from classifier.trail.access_log import is_access_log, record_of_line
from classifier.trail.events import Counts
from classifier.trail.spelling import spelled

MOST_BYTES = 512 << 20  # of one file, inflated: CloudTrail's own have some MB


def read_events(data: bytes, counts: Counts) -> Iterator[Mapping[str, JSON]]:
    """Yield the records of one file. What cannot be read is counted, and ends nothing."""
    plain = _inflated(data, counts)
    head = plain[:4096].lstrip(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace")
    if is_access_log(head):
        yield from _access_log(plain, counts)
        return
    if head[:1] not in "{[" and "eventname" in head.lower().replace("_", "") and "," in head:
        yield from _table(plain, counts)
        return
    try:
        document = json.loads(plain)
    except (ValueError, RecursionError):
        yield from _lines(plain, counts)
        return
    yield from _records(document, counts)


def _access_log(plain: bytes, counts: Counts) -> Iterator[Mapping[str, JSON]]:
    for line in plain.decode("utf-8", "replace").splitlines():
        if not line.strip():
            continue
        record = record_of_line(line)
        if record is None:
            counts.problems["malformed line of an access log"] += 1
        elif record:
            yield record
        else:
            counts.services += 1


def _table(plain: bytes, counts: Counts) -> Iterator[Mapping[str, JSON]]:
    rows = csv.DictReader(io.StringIO(plain.decode("utf-8-sig", "replace"), newline=""))
    try:
        for row in rows:
            if None in row or None in row.values():
                counts.problems["malformed record"] += 1
                continue
            yield spelled(dict(row))
    except csv.Error:
        counts.problems["broken CSV"] += 1


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
            yield spelled(item)
        else:
            counts.problems["malformed record"] += 1
