"""PowerPoint 97 to 2003 presentations ([MS-PPT]): every text atom of the stream of records.

Slides, notes, masters, handouts, comments, headers and footers, titles of links; also what was edited away
and is still in the file. `page` is the number of the slide that the text is on.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from classifier.extract import ole
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.ole import Storage
from classifier.extract.part import Head, Part
from classifier.model import Location, Problem, Reason

_STREAM = "PowerPoint Document"
_UTF16, _LATIN, _CSTRING = 0x0FA0, 0x0FA8, 0x0FBA
_SLIDE, _LIST, _PERSIST, _DIRECTORY = 0x03EE, 0x0FF0, 0x03F3, 0x1772
_OBJECT = 0x1011
_TAGS = "___PPT"
_DEPTH = 64
_RECORDS = 2_000_000
_EXPANDED = 64 << 20
_LINES = str.maketrans({"\r": "\n", "\x0b": "\n", "\x00": ""})


class Ppt(Format):
    """A PowerPoint presentation of before 2007."""

    name = "ppt"
    isolated = True
    pictures = True
    facts = Facts(
        title="PowerPoint 97 to 2003 (PPT)",
        group="Documents",
        extensions=("ppt", "pps", "pot"),
        recognised="OLE2 with a stream PowerPoint Document",
        library="olefile, own",
        location="page (slide), byte_start and byte_end in the stream",
        unread="macros, pictures",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if ole.named(head.sample, _STREAM) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return ole.reading(part, work, read)


def read(storage: Storage, part: Part) -> Iterator[Item]:
    """Yield the text, the embedded objects and the properties of the presentation in `storage`."""
    work = storage.work
    data = storage.read(_STREAM)
    if storage.has("EncryptedSummary") or b"\xdf\xc4\xd1\xf3" in storage.read("Current User")[:64]:
        yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted", lost=False)
    flow = Flow(part.member(_STREAM), "ppt", work.limits.chunk_bytes)
    numbers, of_slides = _slides(data)
    objects: list[tuple[int, int, int]] = []
    fault = False
    for at, kind, instance, size, page in _records(data, numbers):
        if kind < 0:
            fault = True
            break
        raw = data[at : at + size]
        if kind in (_UTF16, _CSTRING):
            text = raw[: size // 2 * 2].decode("utf-16-le", "replace")
            if not text.startswith(_TAGS):
                flow.place(Location(page=of_slides.get(at, page)))
                flow.put(text.translate(_LINES), at, codec="utf-16-le")
                flow.line()
        elif kind == _LATIN:
            flow.place(Location(page=of_slides.get(at, page)))
            flow.put(raw.decode("latin_1").translate(_LINES), at, codec="latin_1")
            flow.line()
        elif kind == _OBJECT:
            objects.append((at, size, instance))
        yield from flow.ready()
    flow.place(Location())
    ole.properties(storage, flow)
    yield from flow.rest()
    if fault or not data:
        yield Problem(part.label, Reason.MALFORMED_FILE, "broken PowerPoint records", lost=not flow.came)
    for number, (at, size, instance) in enumerate(objects):
        if work.budget.spent or not work.budget.member():
            return
        label = part.member(f"object{number}")
        yield from _embedded(data[at : at + size], instance, label, part, work)


def _records(data: bytes, numbers: dict[int, int]) -> Iterator[tuple[int, int, int, int, int | None]]:
    """Yield each record that holds no others: offset, type, instance, size, number of the slide around it.

    A type of -1 says that what follows is no record.
    """
    at = 0
    ends: list[tuple[int, int | None]] = []
    page: int | None = None
    for _ in range(_RECORDS):
        while ends and at >= ends[-1][0]:
            page = ends.pop()[1]
        if at + 8 > len(data):
            return
        version, kind, size = struct.unpack_from("<HHL", data, at)
        inside = at + 8
        if version & 0xF == 0xF and len(ends) < _DEPTH:
            ends.append((min(inside + size, len(data)), page))
            if kind == _SLIDE:
                page = numbers.get(at, page)
            at = inside
            continue
        if inside + size > len(data):
            yield inside, -1, 0, 0, None
            return
        yield inside, kind, version >> 4, size, page
        at = inside + size


def _slides(data: bytes) -> tuple[dict[int, int], dict[int, int]]:
    """Return the number of the slide whose container starts at an offset, and of texts in the list of
    slides.
    """
    persistent: dict[int, int] = {}
    order: list[int] = []
    texts: dict[int, int] = {}
    end_of_list, is_slides = 0, False
    at = 0
    for _ in range(_RECORDS):
        if at + 8 > len(data):
            break
        version, kind, size = struct.unpack_from("<HHL", data, at)
        inside = at + 8
        if kind == _LIST and version & 0xF == 0xF:
            end_of_list, is_slides = inside + size, version >> 4 == 0
        if kind == _PERSIST and is_slides and at < end_of_list and size >= 4 and inside + 4 <= len(data):
            order.append(struct.unpack_from("<L", data, inside)[0])
        elif kind in (_UTF16, _LATIN) and is_slides and at < end_of_list and order:
            texts[inside] = len(order)
        elif kind == _DIRECTORY:
            _persist(data[inside : inside + size], persistent)
        at = inside if version & 0xF == 0xF else inside + size
    numbers = {persistent[i]: number for number, i in enumerate(order, 1) if i in persistent}
    return numbers, texts


def _persist(entries: bytes, found: dict[int, int]) -> None:
    at = 0
    while at + 4 <= len(entries):
        head = struct.unpack_from("<L", entries, at)[0]
        first, count = head & 0xFFFFF, head >> 20
        at += 4
        for number in range(count):
            if at + 4 > len(entries):
                return
            found[first + number] = struct.unpack_from("<L", entries, at)[0]
            at += 4


def _embedded(raw: bytes, instance: int, label: str, part: Part, work: Work) -> Iterator[Item]:
    if instance == 1 and len(raw) > 4:
        inflater = zlib.decompressobj()
        try:
            raw = inflater.decompress(raw[4:], _EXPANDED)
        except zlib.error:
            yield Problem(label, Reason.MALFORMED_FILE, "broken compressed object")
            return
        raw = raw[: work.budget.expand(len(raw))]
    if raw:
        yield from work.read(Part(label, label, part.depth + 1, iter([raw])), work)
