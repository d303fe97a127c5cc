"""RAR archives, by the archive's headers (RARLAB's technote.txt for 5.0; the headers of 1.5 to 4.x).

The method is RARLAB's own and not free to re-create from its program: stored members are read, the names of
all others are told.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part
from classifier.extract.tape import Ended, Tape, member, too_deep
from classifier.model import Problem, Reason

_OLD, _NEW = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_LONGEST = 1 << 21  # bytes of a header


class _Encrypted(Exception):
    """The headers are encrypted."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    size: int
    stored: bool
    encrypted: bool
    split: bool


class Rar(Format):
    """The stored members of a RAR archive, and the names of the others."""

    name = "rar"
    facts = Facts(
        title="RAR",
        group="Compression and archives",
        extensions=("rar",),
        recognised="Rar! 1A 07",
        library="own",
        location="member path, and what its format has",
        limits="depth, members",
        unread="compressed and encrypted members, and those in several volumes (their names are told)",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith((_OLD, _NEW)) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        tape = Tape(part.stream())
        new = part.head.sample.startswith(_NEW)
        tape.take(len(_NEW) if new else len(_OLD))
        count = 0
        try:
            for entry in _entries_5(tape) if new else _entries_4(tape):
                if work.budget.spent or not work.budget.member():
                    return
                count += 1
                end = tape.at + entry.size
                reason = Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES
                label = part.member(entry.name)
                if entry.encrypted:
                    yield Problem(label, reason, "encrypted")
                elif not entry.stored:
                    yield Problem(label, reason, "compressed with RAR's own method")
                else:
                    yield from member(part, work, entry.name, tape.blocks(entry.size))
                    if entry.split:
                        yield Problem(label, reason, "goes on in another volume", lost=False)
                tape.skip_to(end)
        except _Encrypted:
            yield Problem(part.label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, "encrypted with its names")
        except Ended:
            yield Problem(part.label, Reason.MALFORMED_FILE, "truncated RAR archive", lost=not count)
        except (ValueError, struct.error, IndexError):
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken RAR header", lost=not count)


def _entries_4(tape: Tape) -> Iterator[_Entry]:
    while True:
        start = tape.at
        base = tape.take(7)
        if not base:
            return
        if len(base) < 7:
            raise Ended
        kind, flags, size = struct.unpack("<xxBHH", base)
        if size < 7:
            raise ValueError("no header")
        rest = tape.need(size - 7)
        added = int.from_bytes(rest[:4], "little") if flags & 0x8000 or kind == 0x74 else 0
        if kind == 0x73 and flags & 0x80:
            raise _Encrypted
        if kind == 0x7B:
            return
        if kind == 0x74:
            method, names = rest[18], int.from_bytes(rest[19:21], "little")
            at = 25
            if flags & 0x100:
                added |= int.from_bytes(rest[25:29], "little") << 32
                at = 33
            name = rest[at : at + names].split(b"\0", 1)[0].decode("utf-8", "replace").replace("\\", "/")
            end = start + size + added
            if flags & 0xE0 != 0xE0:  # else a folder
                yield _Entry(name, added, method == 0x30, bool(flags & 4), bool(flags & 3))
            tape.skip_to(end)
        else:
            tape.skip_to(start + size + added)


def _entries_5(tape: Tape) -> Iterator[_Entry]:
    while True:
        if not tape.take(4):  # the header's checksum
            return
        size = _number(tape)
        if not 0 < size <= _LONGEST:
            raise ValueError("no header")
        header = Tape(iter([tape.need(size)]))
        kind, flags = _number(header), _number(header)
        if flags & 1:
            _number(header)  # size of the extra area, at the header's end
        added = _number(header) if flags & 2 else 0
        if kind == 4:
            raise _Encrypted
        if kind == 5:
            return
        end = tape.at + added
        if kind == 2:
            file_flags = _number(header)
            _number(header), _number(header)  # unpacked size, attributes
            header.need(4 * (file_flags >> 1 & 1) + 4 * (file_flags >> 2 & 1))
            method = _number(header)
            _number(header)
            name = header.need(_number(header)).decode("utf-8", "replace")
            extra = header.take(size)
            if not file_flags & 1:
                yield _Entry(name, added, method >> 7 & 7 == 0, _has_encryption(extra), bool(flags & 0x18))
        tape.skip_to(end)


def _has_encryption(extra: bytes) -> bool:
    area = Tape(iter([extra] if extra else []))
    while area.at < len(extra):
        size = _number(area)
        end = area.at + size
        if _number(area) == 1:
            return True
        area.skip_to(end)
    return False


def _number(tape: Tape) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = tape.need(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise ValueError("no number")
