"""Word 6 to 2003 documents ([MS-DOC]): the text of every part by the piece table.

Main text, footnotes, headers, comments, endnotes and text boxes follow each other in one text, of which the
piece table says where in the stream each stretch is, as single bytes (cp1252) or UTF-16. What a document
hides or has deleted with changes tracked is in it.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from classifier.extract import ole
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.encoding import detect
from classifier.extract.flow import Flow
from classifier.extract.ole import Storage
from classifier.extract.part import Head, Part
from classifier.model import Location, Problem, Reason

_STREAM = "WordDocument"
_MAGICS = (0xA5EC, 0xA5DC, 0xA697, 0xA698, 0xA699)
_ENCRYPTED, _TABLE_1, _COMPLEX = 0x0100, 0x0200, 0x0004
_WORD_97 = 0x00C0
_PIECES = 1 << 20
_CLX = 33  # which of the pairs of offset and length
_STRINGS = {31: "bookmark", 32: "property", 36: "author"}  # of the tables of strings that are read
_CODE = re.compile(r"[\x00-\x08\x0b-\x0d\x13-\x15\x1e\x1f]|\x07\x07")
_SAID = {
    "\x07\x07": "\t\n",
    "\x07": "\t",
    "\r": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\x13": " ",
    "\x14": " ",
    "\x15": " ",
    "\x1e": "-",
}
_STEP = 1 << 16


class Doc(Format):
    """A Word document of before 2007."""

    name = "doc"
    isolated = True
    pictures = True
    facts = Facts(
        title="Word 6 to 2003 (DOC)",
        group="Documents",
        extensions=("doc", "dot"),
        recognised="OLE2 with a stream WordDocument",
        library="olefile, own",
        location="byte_start and byte_end in the stream",
        unread="macros, pictures",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if ole.named(head.sample, _STREAM) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return ole.reading(part, work, read)


def read(storage: Storage, part: Part) -> Iterator[Item]:
    """Yield the text, the properties and the embedded objects of the document in `storage`."""
    work = storage.work
    data = storage.read(_STREAM)
    flow = Flow(part.member(_STREAM), "doc", work.limits.chunk_bytes)
    fault = ""
    if len(data) < 68 or struct.unpack_from("<H", data)[0] not in _MAGICS:
        fault = "no Word header"
    else:
        version, flags = struct.unpack_from("<H", data, 2)[0], struct.unpack_from("<H", data, 10)[0]
        if flags & _ENCRYPTED:
            yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted", lost=False)
        else:
            table = storage.read("1Table" if flags & _TABLE_1 else "0Table") if version >= _WORD_97 else data
            pieces = _piece_table(data, table, version, flags)
            if not pieces:
                first, last = struct.unpack_from("<LL", data, 24)
                pieces = [(first, max(last - first, 0), False)]
            codec = _codec(data, pieces)
            for at, length, wide in pieces:
                for item in _piece(data, at, length, wide, codec, flow):
                    yield from item
            yield from flow.ready()
            _tables(data, table, version, flow)
            if not flow.came:
                fault = "no text where the document says"
    ole.properties(storage, flow)
    yield from flow.rest()
    if fault:
        yield Problem(part.label, Reason.MALFORMED_FILE, fault, lost=not flow.came)
    yield from ole.embedded(
        storage, part, [("ObjectPool", name) for name in storage.inside("ObjectPool").folders]
    )


def _piece_table(data: bytes, table: bytes, version: int, flags: int) -> list[tuple[int, int, bool]]:
    """Return the pieces in the text's order: offset in the stream, characters, whether they are UTF-16."""
    if version >= _WORD_97:
        at, size = _pair(data, _CLX)
    elif flags & _COMPLEX and len(data) >= 0x168:
        at, size = struct.unpack_from("<LL", data, 0x160)
    else:
        return []
    clx = table[at : at + size]
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at + 5 > len(clx) or clx[at] != 2:
        return []
    size = min(struct.unpack_from("<L", clx, at + 1)[0], len(clx) - at - 5)
    plc = clx[at + 5 : at + 5 + size]
    count = min((len(plc) - 4) // 12, _PIECES)
    if count <= 0:
        return []
    borders = struct.unpack_from(f"<{count + 1}L", plc)
    pieces: list[tuple[int, int, bool]] = []
    for number in range(count):
        start = struct.unpack_from("<L", plc, 4 * (count + 1) + 8 * number + 2)[0]
        length = borders[number + 1] - borders[number]
        if length <= 0:
            continue
        if version < _WORD_97:
            pieces.append((start, length, False))
        elif start & 0x40000000:
            pieces.append(((start & 0x3FFFFFFF) // 2, length, False))
        else:
            pieces.append((start, length, True))
    return pieces


def _pair(data: bytes, number: int) -> tuple[int, int]:
    """Return offset and length of a structure in the table stream, from the file's information block."""
    at = 32
    for width in (2, 4):
        if at + 2 > len(data):
            return 0, 0
        at += 2 + struct.unpack_from("<H", data, at)[0] * width
    if at + 2 > len(data) or number >= struct.unpack_from("<H", data, at)[0]:
        return 0, 0
    at += 2 + 8 * number
    if at + 8 > len(data):
        return 0, 0
    offset, length = struct.unpack_from("<LL", data, at)
    return offset, length


def _codec(data: bytes, pieces: list[tuple[int, int, bool]]) -> str:
    """The code page of single bytes: cp1252 by definition since Word 97, a guess before."""
    sample = b"".join(data[at : at + length] for at, length, wide in pieces[:64] if not wide)[: 1 << 14]
    if struct.unpack_from("<H", data, 2)[0] >= _WORD_97 or sample.isascii():
        return "cp1252"
    encoding = detect(sample.translate(None, bytes(range(32))), False)
    return encoding.codec if encoding is not None and encoding.codec else "cp1252"


def _piece(data: bytes, at: int, length: int, wide: bool, codec: str, flow: Flow) -> Iterator[Iterator[Item]]:
    width = 2 if wide else 1
    written = "utf-16-le" if wide else codec
    for start in range(at, min(at + length * width, len(data)), _STEP):
        raw = data[start : min(start + _STEP, at + length * width)]
        text = raw.decode(written, "replace")
        single = len(text) * width == len(raw)
        last = 0
        for found in _CODE.finditer(text):
            _put(flow, text[last : found.start()], start + last * width, written, single)
            flow.put(_SAID.get(found[0], ""), start + found.start() * width, len(found[0]) * width)
            last = found.end()
        _put(flow, text[last:], start + last * width, written, single)
        yield flow.ready()


def _put(flow: Flow, text: str, at: int, codec: str, single: bool) -> None:
    if "\ufffd" in text or not single:
        flow.put(text, at, len(text) * (2 if codec == "utf-16-le" else 1))
    else:
        flow.put(text, at, codec=codec)


def _tables(data: bytes, table: bytes, version: int, flow: Flow) -> None:
    """Put the names of comments' authors, and tables of strings: properties, variables of the document."""
    if version < _WORD_97:
        return
    flow.line()
    flow.place(Location(part=(flow.label or "").removesuffix(_STREAM) + "Table"))
    at, size = _pair(data, 36)  # GrpXstAtnOwners
    end = min(at + size, len(table))
    while at + 2 <= end:
        length = struct.unpack_from("<H", table, at)[0] * 2
        _string(flow, table, at + 2, min(length, end - at - 2))
        at += 2 + length
    for number in (21, 32, 51):  # SttbfBkmk, SttbfAssoc, SttbSavedBy
        _sttb(table, *_pair(data, number), flow)
    at, size = _pair(data, 60)  # StwUser: the variables
    _sttb(table, at, size, flow)


def _string(flow: Flow, table: bytes, at: int, size: int) -> None:
    text = table[at : at + size].decode("utf-16-le", "replace")
    if text.isprintable() and text.strip():
        flow.put(text, at, codec="utf-16-le")
        flow.line()


def _sttb(table: bytes, at: int, size: int, flow: Flow) -> None:
    """A table of UTF-16 strings ([MS-DOC] 2.2.4), each with its length in front."""
    end = min(at + size, len(table))
    if at + 6 > end or table[at : at + 2] != b"\xff\xff":
        return
    count, extra = struct.unpack_from("<HH", table, at + 2)
    at += 6
    for _ in range(count):
        if at + 2 > end:
            return
        length = struct.unpack_from("<H", table, at)[0] * 2
        _string(flow, table, at + 2, min(length, end - at - 2))
        at += 2 + length + extra
