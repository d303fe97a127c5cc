"""Apple's Pages, Keynote and Numbers: packages of 2009 (XML) and those since 2013 (IWA).

IWA is Snappy without its frames' checksums around messages of Protocol Buffers; which message is which is not
published by Apple. Of those that hold text (bodies, comments and their authors, links, strings of tables)
every string is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from classifier.extract import package
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_NAMES = (b"Index/Document.iwa", b"index.xml", b"index.apxl", b"Index.zip", b"buildVersionHistory.plist")
_TEXT_TYPES = frozenset((212, 2001, 2005, 2032, 3056, 6005, 6006, 6220))
_ARCHIVE = 64 << 20
_DEPTH = 12
_MESSAGES = 1_000_000


class IWork(Format):
    """A document of Pages, Keynote or Numbers."""

    name = "pages"
    isolated = True
    pictures = True
    facts = Facts(
        title="Pages, Keynote, Numbers",
        group="Documents",
        extensions=("pages", "key", "numbers"),
        recognised="ZIP with index.xml or Index/Document.iwa",
        library="zipfile, expat, own",
        location="byte_start and byte_end in the XML part; the part of an IWA archive",
        limits="64 MiB an IWA archive",
        unread="numbers and dates in cells",
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        if not sample.startswith(b"PK\x03\x04") or head.extension not in (*self.facts.extensions, ""):
            return None
        found = any(sample.find(name) >= 30 for name in _NAMES[:3])
        first = sample[30:].startswith((b"QuickLook/", b"preview", b"Index/", b"Data/", b"Metadata/"))
        named = head.extension in self.facts.extensions and (first or any(name in sample for name in _NAMES))
        return self._read if (found and _own(sample)) or named else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return package.reading(package.PAGES, part, work)


class Iwa(Format):
    """One archive of a package."""

    name = "iwa"
    isolated = True
    pictures = True
    facts = Facts(
        title="IWA archive (in Pages, Keynote, Numbers)",
        group="Documents",
        extensions=("iwa",),
        recognised="its name and a Snappy chunk",
        library="own",
        location="part",
        limits="64 MiB",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.extension == "iwa" and head.sample[:1] == b"\0" else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        data = part.whole(_ARCHIVE)
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        if data is None:
            yield Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "an archive this large")
            return
        raw = bytearray()
        broken = False
        at = 0
        while at + 4 <= len(data) and not work.budget.spent:
            size = int.from_bytes(data[at + 1 : at + 4], "little")
            try:
                out = unsnapped(data[at + 4 : at + 4 + size])
            except ValueError:
                broken = True
                break
            raw += out[: work.budget.expand(len(out))]
            at += 4 + size
        try:
            for text in _strings(bytes(raw)):
                flow.put(text)
                flow.line()
                yield from flow.ready()
        except (ValueError, IndexError):
            broken = True
        yield from flow.rest()
        if broken:
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken IWA archive", lost=not flow.came)


def _own(sample: bytes) -> bool:
    return any(
        mark in sample for mark in (b"Index/Document.iwa", b"buildVersionHistory.plist", b"index.apxl")
    )


def unsnapped(data: bytes) -> bytes:
    """Return what a raw Snappy block holds (format_description.txt of google/snappy). Raises ValueError."""
    size, at = _varint(data, 0)
    if size > _ARCHIVE:
        raise ValueError("too large")
    out = bytearray()
    while at < len(data) and len(out) < size:
        tag = data[at]
        kind, at = tag & 3, at + 1
        if kind == 0:
            length = tag >> 2
            if length >= 60:
                width = length - 59
                length = int.from_bytes(data[at : at + width], "little")
                at += width
            length += 1
            out += data[at : at + length]
            at += length
            continue
        if kind == 1:
            length, offset = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | data[at : at + 1][0]
            at += 1
        else:
            width = 2 if kind == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + width], "little")
            at += width
        if not 0 < offset <= len(out):
            raise ValueError("a copy from before the start")
        start = len(out) - offset
        if offset >= length:
            out += out[start : start + length]
        else:
            out += (out[start:] * (length // offset + 1))[:length]
    return bytes(out[:size])


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:
            return value, at
        shift += 7
    raise ValueError("no number")


def _strings(data: bytes) -> Iterator[str]:
    """Yield the strings of the messages of an archive that hold text."""
    at = 0
    for _ in range(_MESSAGES):
        if at >= len(data):
            return
        size, at = _varint(data, at)
        header = data[at : at + size]
        at += size
        for number, value in _fields(header):
            if number != 2 or not isinstance(value, bytes):
                continue
            told = {key: inner for key, inner in _fields(value) if isinstance(inner, int)}
            length = told.get(3, 0)
            if told.get(1, 0) in _TEXT_TYPES:
                yield from _texts(data[at : at + length], 0)
            at += length


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of the fields of a message (Protocol Buffers, encoding). Raises ValueError."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif wire == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError("a field past the end")
            yield key >> 3, data[at : at + size]
            at += size
        elif wire in (1, 5):
            width = 8 if wire == 1 else 4
            yield key >> 3, struct.unpack_from("<Q" if width == 8 else "<L", data.ljust(at + 8, b"\0"), at)[0]
            at += width
        else:
            raise ValueError("no field")


def _texts(data: bytes, depth: int) -> Iterator[str]:
    try:
        fields = list(_fields(data))
    except ValueError:
        return
    for _, value in fields:
        if not isinstance(value, bytes) or not value:
            continue
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        shown = "".join(char if char.isprintable() or char in "\t\n" else "\n" for char in text)
        if text and sum(char == "\n" for char in shown) * 4 <= len(text) + 3 and _reads(value):
            if len(text.strip()) > 1:
                yield shown
        elif depth < _DEPTH:
            yield from _texts(value, depth + 1)


def _reads(value: bytes) -> bool:
    """Whether bytes are text rather than a message: none but line ends among the control characters."""
    return not any(byte < 32 and byte not in b"\t\n\r\x04\x05\x06\x0b\x0c" for byte in value[:64])
