"""Outlook items ([MS-OXMSG]): every property that is text or a time, recipients, and what is attached.

The body is read as text, HTML or compressed RTF ([MS-OXRTFCP]), whichever there are.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from classifier.extract import ole, rtf
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.ole import Storage
from classifier.extract.part import Head, Part
from classifier.model import Location, Problem, Reason

_PROPERTIES = "__properties_version1.0"
_VALUE = "__substg1.0_"
_TEXT, _STRING8, _BINARY, _OBJECT, _TIME = "001F", "001E", "0102", "000D", 0x0040
_BODY, _HTML, _RTF = "1000", "1013", "1009"
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_CODE_PAGES = (0x3FFD, 0x3FDE)  # of the item, of the internet
# [MS-OXPROPS], the names of what is asked for most.
_NAMES = {
    "0037": "Subject",
    "0070": "Conversation topic",
    "0C1A": "Sender",
    "0C1F": "Sender address",
    "0042": "From",
    "0065": "From address",
    "5D01": "Sender SMTP address",
    "5D02": "From SMTP address",
    "0E02": "Bcc",
    "0E03": "Cc",
    "0E04": "To",
    "007D": "Headers",
    "1000": "Body",
    "3001": "Name",
    "3003": "Address",
    "39FE": "SMTP address",
    "3707": "Attachment",
    "3704": "Attachment",
    "3A06": "Given name",
    "3A11": "Surname",
    "3A08": "Business telephone",
    "3A09": "Home telephone",
    "3A1C": "Mobile telephone",
    "3A16": "Company",
    "3A17": "Title",
    "3A42": "Birthday",
}
# Properties that say how an item is kept, not what is in it.
_TECHNICAL = frozenset(
    ("001A", "0E1D", "1035", "3002", "300B", "3FFA", "3FF8", "0064", "0C1E", "003F", "0041")
)
_PREFIX = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_EXPANDED = 64 << 20
_DEPTH = 16


class Msg(Format):
    """An Outlook message, contact, appointment or task."""

    name = "msg"
    isolated = True
    pictures = True
    facts = Facts(
        title="Outlook item (MSG)",
        group="Mail and calendars",
        extensions=("msg", "oft"),
        recognised="OLE2 with a stream of properties",
        library="olefile, own",
        location="byte_start and byte_end in the property's stream; attachments and HTML by part",
        unread="encrypted bodies (S/MIME)",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if ole.named(head.sample, _PROPERTIES) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return ole.reading(part, work, read)


def read(storage: Storage, part: Part, header: int = 32, depth: int = 0) -> Iterator[Item]:
    """Yield the text and the attachments of the item in `storage`.

    `header` is the number of bytes in front of its fixed properties, `depth` the number of items around it.
    """
    work = storage.work
    flow = Flow(part.label, "msg", work.limits.chunk_bytes)
    codec = _properties(storage, part, header, flow)
    found = _values(storage)
    for identifier, kind in sorted(found, key=lambda value: (value[0] == _BODY, value)):
        if identifier not in _TECHNICAL and kind in (_TEXT, _STRING8):
            _put(storage, part, identifier, kind, codec, flow)
            yield from flow.ready()
    for folder in storage.folders:
        if folder.startswith("__recip"):
            recipient = storage.inside(folder)
            for identifier, kind in sorted(_values(recipient)):
                if identifier not in _TECHNICAL and kind in (_TEXT, _STRING8):
                    _put(recipient, part, identifier, kind, codec, flow)
            yield from flow.ready()
    has_text = any((_BODY, kind) in found for kind in (_TEXT, _STRING8))
    if (_HTML, _BINARY) in found:
        has_text = True
        yield from _html(storage, part, codec, work)
    elif (_HTML, _TEXT) in found or (_HTML, _STRING8) in found:
        has_text = True
    if (_RTF, _BINARY) in found and not has_text:
        raw = decompressed(storage.read(f"{_VALUE}{_RTF}{_BINARY}"))
        raw = raw[: work.budget.expand(len(raw))]
        if raw:
            yield from flow.rest()
            name = "body.rtf"
            yield from rtf.read(Part(part.member(name), name, part.depth + 1, iter([raw])), "rtf", work)
    yield from flow.rest()
    if not found:
        yield Problem(part.label, Reason.MALFORMED_FILE, "no properties", lost=not flow.came)
    for folder in storage.folders:
        if folder.startswith("__attach"):
            if work.budget.spent or not work.budget.member():
                return
            yield from _attachment(storage.inside(folder), part, codec, depth)


def _values(storage: Storage) -> set[tuple[str, str]]:
    """The identifiers and types of the properties with streams of their own."""
    size = len(_VALUE)
    found: set[tuple[str, str]] = set()
    for name in storage.names:
        if len(name) == 1 and name[0].startswith(_VALUE) and len(name[0]) == size + 8:
            found.add((name[0][size : size + 4].upper(), name[0][size + 4 :].upper()))
    return found


def _properties(storage: Storage, part: Part, header: int, flow: Flow) -> str:
    """Put the times among the fixed properties; return the codec of texts that are not Unicode."""
    data = storage.read(_PROPERTIES)
    flow.place(Location(part=part.member("/".join((*storage.root, _PROPERTIES)))))
    pages: dict[int, int] = {}
    for at in range(header, len(data) - 15, 16):
        kind, identifier = struct.unpack_from("<HH", data, at)
        if kind == 3 and identifier in _CODE_PAGES:
            pages[identifier] = struct.unpack_from("<L", data, at + 8)[0]
        elif kind == _TIME:
            stamp = struct.unpack_from("<Q", data, at + 8)[0]
            if 1 << 56 < stamp < 0x24C85A5ED1C04000:  # from 1829 to the year 9999
                when = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp // 10)
                name = f"{identifier:04X}"
                flow.value((_NAMES.get(name, ""),), when.strftime("%Y-%m-%dT%H:%M:%SZ"), at + 8, 8)
    for identifier in _CODE_PAGES:
        if pages.get(identifier) not in (None, 1200, 0):
            return ole.code_page(pages[identifier])
    return "cp1252"


def _put(storage: Storage, part: Part, identifier: str, kind: str, codec: str, flow: Flow) -> None:
    stream = f"{_VALUE}{identifier}{kind}"
    raw = storage.read(stream)
    written = "utf-16-le" if kind == _TEXT else codec
    text = raw.decode(written, "replace").rstrip("\0")
    if not text.strip():
        return
    flow.place(Location(part=part.member("/".join((*storage.root, stream)))))
    exact = text.encode(written, "replace") == raw[: len(raw)].rstrip(b"\0") or kind == _TEXT
    name = _NAMES.get(identifier, "")
    if identifier == _BODY:
        flow.line()
        flow.put(text, 0, -1 if exact else len(raw), written)
        flow.line()
    else:
        flow.value((name,) if name else (), text, 0, -1 if exact else len(raw), written)


def _html(storage: Storage, part: Part, codec: str, work: Work) -> Iterator[Item]:
    raw = storage.read(f"{_VALUE}{_HTML}{_BINARY}")
    if not raw.isascii():
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            raw = raw.decode(codec, "replace").encode()
    if raw.strip():
        yield from work.read(Part(part.member("body.html"), "body.html", part.depth + 1, iter([raw])), work)


def _attachment(storage: Storage, part: Part, codec: str, depth: int) -> Iterator[Item]:
    work = storage.work
    names = [
        storage.read(f"{_VALUE}{identifier}{kind}").decode("utf-16-le" if kind == _TEXT else codec, "replace")
        for identifier in (_LONG_NAME, _SHORT_NAME)
        for kind in (_TEXT, _STRING8)
        if storage.has(f"{_VALUE}{identifier}{kind}")
    ]
    name = next((found.rstrip("\0") for found in names if found.strip("\0 ")), storage.root[-1])
    label = part.member(name)
    inner = f"{_VALUE}{_DATA}{_OBJECT}"
    if storage.has(f"{_VALUE}{_DATA}{_BINARY}"):
        data = storage.read(f"{_VALUE}{_DATA}{_BINARY}")
        if part.depth >= work.limits.archive_depth:
            yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
        elif data:
            yield from work.read(Part(label, name, part.depth + 1, iter([data])), work)
    elif inner in storage.folders:
        item = storage.inside(inner)
        if depth >= _DEPTH:
            yield Problem(label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
        elif item.has(_PROPERTIES):
            yield from read(item, Part(label, name, part.depth + 1, iter([])), 24, depth + 1)
        else:
            yield from ole.embedded(storage, part, [(inner,)])


def decompressed(data: bytes) -> bytes:
    """Return what compressed RTF holds ([MS-OXRTFCP] 2.2); what there is of it where it is broken."""
    if len(data) < 16:
        return b""
    size, raw_size, magic = struct.unpack_from("<LLL", data)
    end = min(size + 4, len(data))
    if magic == 0x414C454D:  # MELA: not compressed
        return data[16 : 16 + raw_size]
    if magic != 0x75465A4C:
        return b""
    window = bytearray(_PREFIX.ljust(4096, b"\0"))
    write = len(_PREFIX)
    out = bytearray()
    limit = min(raw_size, _EXPANDED)
    at = 16
    while at < end and len(out) < limit:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            if not control >> bit & 1:
                out.append(data[at])
                window[write] = data[at]
                write = (write + 1) & 4095
                at += 1
                continue
            if at + 1 >= end:
                return bytes(out)
            pair = data[at] << 8 | data[at + 1]
            at += 2
            offset, length = pair >> 4, (pair & 15) + 2
            if offset == write:
                return bytes(out)
            for _ in range(length):
                byte = window[offset]
                out.append(byte)
                window[write] = byte
                write = (write + 1) & 4095
                offset = (offset + 1) & 4095
    return bytes(out)
