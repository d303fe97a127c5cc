"""ISO 9660 images (ECMA-119), with the names of Joliet or Rock Ridge (IEEE P1282) where there are any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.part import Head, Part
from classifier.extract.seekable import Slice
from classifier.extract.tape import member, too_deep
from classifier.model import ByteSource, Problem, Reason

_SECTOR = 2048
_DIRECTORY = 1 << 24  # bytes of one directory
_DEPTH = 64
_JOLIET = (b"%/@", b"%/C", b"%/E")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    start: int
    size: int
    folder: bool


class Iso(Format):
    """The files of an image of an optical disc."""

    name = "iso9660"
    facts = Facts(
        title="ISO 9660",
        group="Compression and archives",
        extensions=("iso",),
        recognised="CD001 at 32,769",
        library="own",
        location="member path, and what its format has",
        limits="depth, members, bytes",
        unread="UDF, files in several extents past the first",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample[32769:32774] == b"CD001" else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        source = part.random(work.limits.spool_bytes)
        if source is None:
            raise Unreadable(Problem(part.label, Reason.ARCHIVE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
        root, joliet = _root(source)
        if root is None:
            raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no volume descriptor"))
        seen: set[int] = set()
        stack: list[tuple[str, _Entry, int]] = [("", root, 0)]
        count = 0
        while stack:
            path, entry, depth = stack.pop()
            if entry.folder:
                if entry.start in seen or depth > _DEPTH or len(seen) > work.limits.archive_members:
                    continue
                seen.add(entry.start)
                inner = list(_entries(source, entry, joliet))
                stack += [(f"{path}{e.name}{'/' if e.folder else ''}", e, depth + 1) for e in reversed(inner)]
                continue
            if work.budget.spent or not work.budget.member():
                return
            size = work.budget.expand(max(min(entry.size, source.size - entry.start), 0))
            file = Slice(source, entry.start, size)
            count += 1
            yield from member(part, work, path, file.blocks(), lambda kept=file: kept)  # type: ignore[misc]
            if entry.start + entry.size > source.size:
                label = part.member(path)
                yield Problem(label, Reason.MALFORMED_FILE, "a file that ends early", lost=not size)
        if not count:
            yield Problem(part.label, Reason.MALFORMED_FILE, "no readable directory", lost=True)


def _root(source: ByteSource) -> tuple[_Entry | None, bool]:
    primary: _Entry | None = None
    for number in range(16, 64):
        sector = source.read(number * _SECTOR, _SECTOR)
        if sector[1:6] != b"CD001" or sector[0] == 255:
            break
        record = _entry(sector[156:190], joliet=False)
        if sector[0] == 1 and primary is None:
            primary = record
        elif sector[0] == 2 and sector[88:91] in _JOLIET and record is not None:
            return record, True
    return primary, False


def _entries(source: ByteSource, folder: _Entry, joliet: bool) -> Iterator[_Entry]:
    data = source.read(folder.start, min(folder.size, _DIRECTORY))
    at = 0
    while at < len(data):
        length = data[at]
        if length == 0:  # the rest of the sector is empty
            at = (at // _SECTOR + 1) * _SECTOR
            continue
        record = data[at : at + length]
        at += length
        if len(record) > 33 and record[33 : 33 + record[32]] not in (b"\0", b"\1"):
            entry = _entry(record, joliet)
            if entry is not None:
                yield entry


def _entry(record: bytes, joliet: bool) -> _Entry | None:
    if len(record) < 34:
        return None
    length = record[32]
    raw = record[33 : 33 + length]
    name = raw.decode("utf-16-be" if joliet else "latin-1", "replace")
    if not joliet:
        name = _rock_ridge(record[33 + length + (length + 1) % 2 :]) or name
    name = name.partition(";")[0].rstrip(".") or name
    start = int.from_bytes(record[2:6], "little") * _SECTOR
    return _Entry(name, start, int.from_bytes(record[10:14], "little"), bool(record[25] & 2))


def _rock_ridge(area: bytes) -> str:
    """Return the name in the NM entries of a system use area."""
    name = b""
    at = 0
    while at + 5 <= len(area) and area[at + 2] >= 4:
        if area[at : at + 2] == b"NM":
            name += area[at + 5 : at + area[at + 2]]
        at += area[at + 2]
    return name.decode("utf-8", "replace")
