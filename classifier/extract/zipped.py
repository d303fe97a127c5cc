"""ZIP archives (PKWARE APPNOTE 6.3.10), also inside others; DOCX and the like are ZIP archives of XML."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import cast

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.limits import Budget
from classifier.extract.part import Head, Part
from classifier.extract.seekable import Held, Slice
from classifier.extract.zip_directory import Directory
from classifier.model import ByteSource, Problem, Reason

_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_HELD_BYTES = (
    1 << 26
)  # an archive without random access is held in memory up to this; deeper ones to half each
_HEADER_BYTES = 30  # in front of a member, before its name
_STEP = 1 << 16
_SMALL_STEP = 1 << 12  # for methods whose decompressors have no bound on what one step gives
_UNNAMED = "(without a name)"
_ENCRYPTED = 0x1 | 0x40
_MALFORMED = (
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    OSError,
    struct.error,
    ValueError,
    OverflowError,
)


class Zip(Format):
    """A ZIP archive; each member is a part of its own."""

    name = "zip"
    facts = Facts(
        title="ZIP, JAR, WAR, APK, wheel",
        group="Compression and archives",
        extensions=("zip", "jar", "war", "ear", "apk", "aar", "whl", "ipa", "xpi", "nupkg", "kmz"),
        recognised="PK 03 04 or PK 05 06",
        library="zipfile, zlib, bz2, lzma; own directory reader",
        location="member path, and what its format has",
        limits="depth, members, decompressed bytes and ratio",
        unread="encrypted members (their names are told); implode, Deflate64 and other rare methods",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(_MAGICS) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        if part.depth >= work.limits.archive_depth:
            yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
            return
        source = part.source()
        if source is None and part.depth == 0:
            return  # only its head was to be read, and the directory is at the end
        source = source or _held(part)
        if source is None:
            yield Problem(part.label, Reason.ARCHIVE_EXCEEDS_SIZE_LIMIT, "too large inside another archive")
            return
        try:
            directory = Directory(source)
        except zipfile.BadZipFile:
            yield Problem(part.label, Reason.MALFORMED_FILE, "no readable ZIP directory")
            return
        with directory.archive() as archive:
            count = 0
            try:
                for info in directory.entries():
                    if work.budget.spent or not work.budget.member():
                        return
                    count += 1
                    if info.file_size or not info.orig_filename.endswith("/"):  # else a folder's
                        yield from _member(archive, info, source, part, work)
            except zipfile.BadZipFile:
                detail = "broken ZIP directory" if count else "no readable ZIP directory"
                yield Problem(part.label, Reason.MALFORMED_FILE, detail, lost=not count)
                return
        if not directory.claims(count) or (not count and part.head.sample.startswith(_MAGICS[0])):
            detail = "members that the ZIP directory does not have"
            yield Problem(part.label, Reason.MALFORMED_FILE, detail, lost=not count)


def _held(part: Part) -> ByteSource | None:
    """Return the part in memory; None when it is too large for that."""
    held = bytearray()
    for block in part.stream():
        held += block
        if len(held) > _HELD_BYTES >> part.depth - 1:
            return None
    return Held(held)


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: ByteSource, part: Part, work: Work
) -> Iterator[Item]:
    name = info.orig_filename
    label = part.member(name or _UNNAMED)
    if info.flag_bits & _ENCRYPTED:
        yield Problem(label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, "encrypted")
        return
    stream = _Expanded(archive, info, work.budget)
    yield from work.read(
        Part(label, name, part.depth + 1, iter(stream), partial(stream.stored_in, source)), work
    )
    if stream.unsupported:
        yield Problem(label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, stream.unsupported)
    elif stream.fault:
        yield Problem(label, Reason.MALFORMED_FILE, stream.fault, lost=not stream.size)


class _Expanded:
    """Iterates over a member's bytes; then `fault` or `unsupported` says what was wrong."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> None:
        self._archive = archive
        self._info = info
        self._budget = budget
        self.fault = ""
        self.unsupported = ""
        self.size = 0

    def stored_in(self, source: ByteSource) -> ByteSource | None:
        """Return random access to the member where it lies uncompressed in `source`."""
        info = self._info
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            return None
        if not 0 <= info.header_offset <= source.size - _HEADER_BYTES:
            return None
        header = source.read(info.header_offset, _HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(_MAGICS[0]):
            return None
        names = sum(struct.unpack("<HH", header[26:30]))
        start = info.header_offset + _HEADER_BYTES + names
        return Slice(source, start, info.file_size) if start + info.file_size <= source.size else None

    def __iter__(self) -> Iterator[bytes]:
        bounded = self._info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        step = _STEP if bounded else _SMALL_STEP
        # zipfile drops the text that comes with a wrong checksum: without one to compare it gives all of it.
        expected = self._info.CRC
        del self._info.CRC
        found = 0
        try:
            with cast(zipfile.ZipExtFile, self._archive.open(self._info)) as file:
                while out := file.read1(step):
                    found = zlib.crc32(out, found)
                    allowed = self._budget.expand(len(out))
                    self.size += allowed
                    yield out if allowed == len(out) else out[:allowed]
                    if allowed < len(out):
                        return
            if found != expected:
                self.fault = "wrong checksum"
        except (NotImplementedError, RuntimeError):
            self.unsupported = "unsupported compression method"
        except _MALFORMED:
            self.fault = "broken or truncated member"
