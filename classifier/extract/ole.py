"""OLE2 compound files ([MS-CFB]): their streams, properties ([MS-OLEPS]) and embedded objects ([MS-OLEDS]).

olefile gives the streams; what is in them is read by `doc`, `ppt` and `msg`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classifier.extract.base import Item, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Part
from classifier.model import Location, Problem, Reason

if TYPE_CHECKING:
    import olefile

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = ("WordDocument", "PowerPoint Document", "Workbook", "Book", "EncryptedPackage")
_STREAM = 256 << 20  # bytes of one stream that are held
_PROPERTIES = 1 << 20
_STREAMS = 20_000
_VT_TEXT = (0x1E, 0x1F)
_READABLE = re.compile(rb"(?:[\x20-\x7e\t\r\n]\x00){6,4096}|[\x20-\x7e\t\r\n]{8,4096}")
# [MS-OLEPS], the properties of the summary that are text, and what they are called.
_SUMMARY = {
    2: "Title",
    3: "Subject",
    4: "Author",
    5: "Keywords",
    6: "Comments",
    7: "Template",
    8: "Last author",
}
_DOCUMENT = {2: "Category", 3: "Format", 14: "Manager", 15: "Company", 26: "Content type", 27: "Status"}


@dataclass(frozen=True, slots=True)
class Storage:
    """A folder of a compound file, and the way to its streams.

    `names` are the streams' paths below it, `folders` the storages right in it.
    """

    file: olefile.OleFileIO
    root: tuple[str, ...]
    work: Work

    @property
    def names(self) -> list[tuple[str, ...]]:
        depth = len(self.root)
        found = self.file.listdir(streams=True, storages=False)
        return [tuple(name[depth:]) for name in found[:_STREAMS] if tuple(name[:depth]) == self.root]

    @property
    def folders(self) -> list[str]:
        depth = len(self.root)
        found = self.file.listdir(streams=False, storages=True)
        return [n[depth] for n in found[:_STREAMS] if tuple(n[:depth]) == self.root and len(n) == depth + 1]

    def has(self, *name: str) -> bool:
        return bool(self.file.exists("/".join((*self.root, *name))))

    def read(self, *name: str) -> bytes:
        """Return a stream's bytes; empty where there is none or it cannot be read."""
        try:
            with self.file.openstream([*self.root, *name]) as stream:
                data = bytes(stream.read(_STREAM))
        except (OSError, ValueError, IndexError, struct.error):
            return b""
        return data[: self.work.budget.expand(len(data))]

    def inside(self, *folder: str) -> Storage:
        return Storage(self.file, (*self.root, *folder), self.work)


Streams = Callable[[Storage, Part], Iterator[Item]]


def reading(part: Part, work: Work, reader: Streams) -> Iterator[Item]:
    """Yield what `reader` finds in the compound file that `part` is."""
    import olefile

    if part.depth > work.limits.archive_depth:
        raise Unreadable(Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT))
    file = part.open(work.limits.spool_bytes)
    if file is None:
        raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a compound file this large"))
    try:
        opened = olefile.OleFileIO(file)
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "broken compound file")) from error
    from classifier.extract import compound

    with opened:
        root = Storage(opened, (), work)
        # A head may show the streams of an embedded document; the root's own say what the whole is.
        own = any(root.has(name) for name in _KINDS)
        yield from compound.read(root, part) if own else reader(root, part)


def named(sample: bytes, stream: str) -> bool:
    """Whether a compound file starts with `sample` whose directory, where it is in there, has a stream."""
    return sample.startswith(MAGIC) and stream.encode("utf-16-le") + b"\0\0" in sample


def properties(storage: Storage, flow: Flow) -> None:
    """Put the property sets of a document into the text ([MS-OLEPS]), custom ones too."""
    for stream, names in (
        ("\x05SummaryInformation", _SUMMARY),
        ("\x05DocumentSummaryInformation", _DOCUMENT),
    ):
        data = storage.read(stream)[:_PROPERTIES]
        if len(data) < 48:
            continue
        for number in range(min(struct.unpack_from("<L", data, 24)[0], 2)):
            if len(data) < 48 + 20 * number:
                break
            at = struct.unpack_from("<L", data, 44 + 20 * number)[0]
            _property_set(data, at, names if number == 0 else {}, stream, flow)


def _property_set(data: bytes, base: int, names: dict[int, str], stream: str, flow: Flow) -> None:
    if base + 8 > len(data):
        return
    count = min(struct.unpack_from("<L", data, base + 4)[0], 4096)
    entries = [
        struct.unpack_from("<LL", data, at)
        for at in range(base + 8, min(base + 8 + 8 * count, len(data) - 7), 8)
    ]
    places = {identifier: base + offset for identifier, offset in entries}
    codec = "cp1252"
    if 1 in places and places[1] + 6 <= len(data):
        codec = code_page(struct.unpack_from("<H", data, places[1] + 4)[0])
    if 0 in places and not names:
        names = _dictionary(data, places[0], codec)
    flow.place(Location(part=flow.member(stream)))
    for identifier, at in places.items():
        if identifier in (0, 1) or at + 4 > len(data):
            continue
        kind = struct.unpack_from("<H", data, at)[0]
        count, values = 1, [at + 4]
        if kind == 0x101E or kind == 0x101F or kind == 0x100C:  # vectors: of texts, and of variants
            count = min(struct.unpack_from("<L", data.ljust(at + 8, b"\0"), at + 4)[0], 1000)
            values = [at + 8]
        name = names.get(identifier, "")
        start = values[0]
        for _ in range(count):
            of = kind & 0xFFF
            if of == 0xC and start + 4 <= len(data):
                of = struct.unpack_from("<H", data, start)[0]
                start += 4
            if of not in _VT_TEXT or start + 4 > len(data):
                break
            size = struct.unpack_from("<L", data, start)[0] * (2 if of == 0x1F else 1)
            raw = data[start + 4 : start + 4 + size]
            written = "utf-16-le" if of == 0x1F else codec
            text = raw.decode(written, "replace").split("\0", 1)[0]
            if text.strip():
                flow.value((name,) if name else (), text, start + 4, codec=written)
            start += 4 + size + (-size % 4 if kind & 0x1000 else 0)
    flow.line()


def _dictionary(data: bytes, at: int, codec: str) -> dict[int, str]:
    names: dict[int, str] = {}
    if at + 4 > len(data):
        return names
    wide = codec == "utf-16-le"
    count = min(struct.unpack_from("<L", data, at)[0], 4096)
    at += 4
    for _ in range(count):
        if at + 8 > len(data):
            break
        identifier, length = struct.unpack_from("<LL", data, at)
        size = length * 2 if wide else length
        names[identifier] = data[at + 8 : at + 8 + size].decode(codec, "replace").rstrip("\0")
        at += 8 + size + (-size % 4 if wide else 0)
    return names


def code_page(number: int) -> str:
    """Return the codec of a Windows code page; cp1252 for an unknown one."""
    special = {1200: "utf-16-le", 65001: "utf-8", 10000: "mac_roman", 20127: "ascii", 28591: "latin_1"}
    special |= {28592: "iso8859_2", 28595: "iso8859_5", 28597: "iso8859_7", 20866: "koi8_r", 21866: "koi8_u"}
    special |= {
        50220: "iso2022_jp",
        51932: "euc_jp",
        51949: "euc_kr",
        936: "gbk",
        950: "big5",
        28599: "iso8859_9",
    }
    special |= {54936: "gb18030", 28605: "iso8859_15", 52936: "hz", 1361: "johab"}
    codec = special.get(number, f"cp{number}")
    try:
        "".encode(codec)
    except LookupError:
        return "cp1252"
    return codec


def embedded(storage: Storage, part: Part, found: list[tuple[str, ...]]) -> Iterator[Item]:
    """Yield what is in the embedded objects of a document ([MS-OLEDS]), each a part of its own.

    `found` are the paths of their storages.
    """
    work = storage.work
    for folder in found:
        if work.budget.spent or not work.budget.member():
            return
        inner = storage.inside(*folder)
        label = part.member("/".join(folder))
        for name in inner.names:
            if name[-1] == "\x01Ole10Native":
                yield from _native(inner.read(*name), label, part, work)
            elif name[-1] in ("Package", "CONTENTS", "Contents", "EmbeddedOdf"):
                data = inner.read(*name)
                yield from work.read(
                    Part(f"{label}/{name[-1]}", name[-1], part.depth + 1, iter([data])), work
                )


def _native(data: bytes, label: str, part: Part, work: Work) -> Iterator[Item]:
    """An OLE package: a file with its name, as Windows' Packager wraps it."""
    flow = Flow(f"{label}/Ole10Native", "ole", work.limits.chunk_bytes)
    at, name = 4, ""
    if len(data) > 6 and struct.unpack_from("<H", data, 4)[0] == 2:
        at = 6
        for _ in range(2):
            end = data.find(b"\0", at, at + 1024)
            if end < 0:
                break
            text = data[at:end].decode("cp1252", "replace")
            name = name or text
            flow.put(text, at, codec="cp1252")
            flow.line()
            at = end + 1
        at += 4
        if at + 4 <= len(data):
            path = struct.unpack_from("<L", data, at)[0]
            flow.put(
                data[at + 4 : at + 4 + min(path, 1024)].split(b"\0")[0].decode("cp1252", "replace"), at + 4
            )
            at += 4 + min(path, len(data))
        size = struct.unpack_from("<L", data, at)[0] if at + 4 <= len(data) else 0
        at += 4
        yield from flow.rest()
        inner = data[at : at + size]
        if inner:
            own = name.replace("\\", "/").rpartition("/")[2] or "embedded"
            yield from work.read(Part(f"{label}!/{own}", own, part.depth + 1, iter([inner])), work)


def other(storage: Storage, part: Part) -> Iterator[Item]:
    """Yield the properties and the readable stretches of a compound file of no known kind."""
    work = storage.work
    flow = Flow(part.label, "ole", work.limits.chunk_bytes)
    properties(storage, flow)
    yield from flow.rest()
    for name in storage.names:
        if work.budget.spent:
            return
        if name[-1].startswith("\x05"):
            continue
        data = storage.read(*name)
        label = part.member("/".join(name))
        flow = Flow(label, "ole", work.limits.chunk_bytes)
        for found in _READABLE.finditer(data):
            raw = found[0]
            wide = raw[1:2] == b"\0"
            flow.put(
                raw.decode("utf-16-le" if wide else "ascii"),
                found.start(),
                codec="utf-16-le" if wide else "ascii",
            )
            flow.line()
            yield from flow.ready()
        yield from flow.rest()
    yield Problem(part.label, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "OLE, strings only", lost=False)
