"""dBASE tables (the file structure of dBASE III to 7 as dBASE LLC describes it), also of shapefiles."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.grid import Sheet, grid
from classifier.extract.part import Head, Part
from classifier.extract.tape import Tape
from classifier.model import Problem, Reason

_VERSIONS = frozenset((0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0x8E, 0xCB, 0xF5, 0xFB))
_KINDS = b"CDFNLMIBGTOY@+VPWQ0"
# Language drivers of the header's byte 29, those in use.
_CODE_PAGES = {
    0x01: "cp437",
    0x02: "cp850",
    0x03: "cp1252",
    0x57: "cp1252",
    0x64: "cp852",
    0x65: "cp866",
    0x7B: "cp932",
    0x4D: "gb18030",
    0xC8: "cp1250",
    0xC9: "cp1251",
    0xCB: "cp1253",
}


class Dbf(Format):
    """The rows of a dBASE table, deleted ones too."""

    name = "dbf"
    facts = Facts(
        title="DBF (dBASE)",
        group="Tables and databases",
        extensions=("dbf",),
        recognised="version, date, and field descriptors that fit their header",
        library="own",
        location="row, column, column name",
        unread="memo files, which are other objects",
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        if (
            len(sample) < 65
            or sample[0] not in _VERSIONS
            or not 1 <= sample[2] <= 12
            or not 1 <= sample[3] <= 31
        ):
            return None
        size = int.from_bytes(sample[8:10], "little")
        return self._read if 65 <= size <= len(sample) and _fields(sample[:size]) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        tape = Tape(part.stream())
        header = tape.take(int.from_bytes(part.head.sample[8:10], "little"))
        fields = _fields(header)
        count, width = int.from_bytes(header[4:8], "little"), int.from_bytes(header[10:12], "little")
        codec = _CODE_PAGES.get(header[29], "cp1252")
        faults: list[Problem] = []

        def rows() -> Iterator[list[str]]:
            for _ in range(count):
                record = tape.take(width)
                if len(record) < width:
                    faults.append(Problem(part.label, Reason.MALFORMED_FILE, "truncated table", lost=False))
                    return
                at, row = 1, []
                for _, kind, size in fields:
                    row.append(_value(record[at : at + size], kind, codec))
                    at += size
                yield row

        names = tuple(name for name, _, _ in fields)
        yield from grid(part, self.name, Sheet(names=names), rows(), work.limits)
        yield from faults


def _fields(header: bytes) -> list[tuple[str, int, int]]:
    """Return name, type and width of each field; none where they do not fit the header."""
    fields = []
    at = 32
    while at + 32 <= len(header) and header[at] != 0x0D:
        name = header[at : at + 11].split(b"\0", 1)[0].decode("latin-1")
        kind, size = header[at + 11], header[at + 16]
        if kind not in _KINDS or not name.isprintable():
            return []
        if kind == ord("C"):  # long texts keep their high byte in the number of decimals
            size |= header[at + 17] << 8
        fields.append((name, kind, size))
        at += 32
    width = int.from_bytes(header[10:12], "little")
    return fields if 1 + sum(size for _, _, size in fields) == width else []


def _value(data: bytes, kind: int, codec: str) -> str:
    if kind == ord("I") and len(data) == 4:
        return str(int.from_bytes(data, "little", signed=True))
    if kind in b"BGOTY@+":
        return ""
    return data.replace(b"\0", b" ").decode(codec, "replace").strip()
