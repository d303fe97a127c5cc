"""Cabinet files (MS-CAB): stored and MSZIP folders (MS-MCI)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from itertools import groupby

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.part import Head, Part
from classifier.extract.tape import Ended, Tape, charged, member, too_deep
from classifier.model import ByteSource, Problem, Reason

_HEADER = struct.Struct("<4s5L2B5H")
_FOLDER = struct.Struct("<LHH")
_FILE = struct.Struct("<LLHHHH")
_DATA = struct.Struct("<LHH")
_WINDOW = 1 << 15


class Cab(Format):
    """The files of a cabinet."""

    name = "cab"
    facts = Facts(
        title="CAB",
        group="Compression and archives",
        extensions=("cab",),
        recognised="MSCF",
        library="own, zlib",
        location="member path, and what its format has",
        limits="depth, members, decompressed bytes and ratio",
        unread="LZX and Quantum folders (their names are told), files that go on in another cabinet",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(b"MSCF\0\0\0\0") else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        source = part.random(work.limits.spool_bytes)
        if source is None:
            raise Unreadable(Problem(part.label, Reason.ARCHIVE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
        try:
            folders, files, extra = _directory(source)
        except (struct.error, ValueError):
            raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no readable directory")) from None
        for number, inside in groupby(sorted(files), key=lambda file: file[0]):
            yield from self._folder(part, work, source, folders, number, list(inside), extra)

    def _folder(
        self,
        part: Part,
        work: Work,
        source: ByteSource,
        folders: list[tuple[int, int, int]],
        number: int,
        files: list[tuple[int, int, int, str]],
        extra: int,
    ) -> Iterator[Item]:
        method = folders[number][2] & 0xF if number < len(folders) else -1
        if method not in (0, 1):
            for _, _, _, name in files:
                yield Problem(
                    part.member(name), Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, "unsupported compression"
                )
            return
        tape = Tape(charged(_blocks(source, *folders[number], extra), work))
        for _, start, size, name in files:
            if work.budget.spent or not work.budget.member():
                return
            try:
                tape.skip_to(start)
                yield from member(part, work, name, tape.blocks(size))
                tape.skip_to(start + size)
            except (Ended, zlib.error, struct.error):
                yield Problem(part.member(name), Reason.MALFORMED_FILE, "broken or truncated", lost=False)
                return


def _directory(
    source: ByteSource,
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int, str]], int]:
    """Return folders (offset, blocks, method), files (folder, offset, size, name), bytes before a block."""
    fields = _HEADER.unpack(source.read(0, _HEADER.size))
    first, folder_count, file_count, flags = fields[4], fields[8], fields[9], fields[10]
    at, folder_extra, data_extra = _HEADER.size, 0, 0
    if flags & 4:
        header_extra, folder_extra, data_extra = struct.unpack("<HBB", source.read(at, 4))
        at += 4 + header_extra
    for _ in range(2 * ((flags & 1) + (flags >> 1 & 1))):  # names of the cabinets before and after
        text = source.read(at, 256)
        at += text.index(b"\0") + 1
    folders = []
    for _ in range(folder_count):
        folders.append(_FOLDER.unpack(source.read(at, _FOLDER.size)))
        at += _FOLDER.size + folder_extra
    files = []
    at = first
    for _ in range(file_count):
        size, start, number, _, _, attributes = _FILE.unpack(source.read(at, _FILE.size))
        text = source.read(at + _FILE.size, 257)
        end = text.index(b"\0")
        name = text[:end].decode("utf-8" if attributes & 0x80 else "cp1252", "replace").replace("\\", "/")
        files.append((number, start, size, name))
        at += _FILE.size + end + 1
    return folders, files, data_extra


def _blocks(source: ByteSource, at: int, count: int, method: int, extra: int) -> Iterator[bytes]:
    window = b""
    for _ in range(count):
        _, packed, size = _DATA.unpack(source.read(at, _DATA.size))
        at += _DATA.size + extra
        data = source.read(at, packed)
        at += packed
        if method & 0xF == 1:
            if not data.startswith(b"CK"):
                raise zlib.error("no MSZIP block")
            inflater = zlib.decompressobj(-15, zdict=window) if window else zlib.decompressobj(-15)
            data = inflater.decompress(data[2:], size)
            window = (window + data)[-_WINDOW:]
        yield data
