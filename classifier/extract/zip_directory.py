"""The central directory of a ZIP archive (PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16), entry by entry.

zipfile makes a list of all entries before the first is read: 400 bytes for each that takes 47 in the archive.
Here they come one at a time: an archive takes the same memory however many it has, and one that is broken
costs no other.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from classifier.extract.seekable import SourceFile
from classifier.model import ByteSource

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_NO_ENTRIES = b"PK\x05\x06".ljust(_END.size, b"\0")
_LONGEST_COMMENT = (1 << 16) - 1
_WINDOW = 1 << 18
_UTF8 = 0x800
_EXTRA_64 = 1  # id of the extra field
_IN_EXTRA_64 = 0xFFFFFFFF


class Directory:
    """Where the directory of an archive is, and how many entries it claims to have (modulo 65,536).

    Raises zipfile.BadZipFile where the archive has none, and what the source raises.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        at, end = _end_of(source)
        _, _, _, _, self._claimed, size, offset, _ = _END.unpack(end)
        tail = _LOCATOR_64.size + _END_64.size
        records = source.read(at - tail, tail) if at >= tail else b""
        if records.startswith(b"PK\x06\x06") and records.startswith(b"PK\x06\x07", _END_64.size):
            *_, self._claimed, size, offset = _END_64.unpack_from(records)
            at -= tail
        self._start, self._end = at - size, at
        if self._start < 0:
            raise zipfile.BadZipFile("the directory is larger than the archive")
        self._before = (
            self._start - offset
        )  # bytes in front of the archive, such as a program that unpacks it

    def claims(self, entries: int) -> bool:
        """Whether the archive says that it has as many entries."""
        return bool((self._claimed - entries) % (1 << 16) == 0)

    def archive(self) -> zipfile.ZipFile:
        """Return what opens the entries; it has none in its own list."""
        return zipfile.ZipFile(SourceFile(_Ended(self._source)))

    def entries(self) -> Iterator[zipfile.ZipInfo]:
        """Yield the entries in order; whether one can be opened is seen when it is.

        Raises zipfile.BadZipFile where the rest is no directory.
        """
        at, held, inside = self._start, b"", 0
        while at < self._end:
            if len(held) - inside < _ENTRY.size:
                held, inside = self._read(at, _WINDOW), 0
            if len(held) < _ENTRY.size or not held.startswith(b"PK\x01\x02", inside):
                raise zipfile.BadZipFile("no entry where one should be")
            fields = _ENTRY.unpack_from(held, inside)
            names, extras, comments = fields[10:13]
            size = _ENTRY.size + names + extras + comments
            if len(held) - inside < size:
                held, inside = self._read(at, max(size, _WINDOW)), 0
            if len(held) < size:
                raise zipfile.BadZipFile("the directory ends within an entry")
            name = inside + _ENTRY.size
            extra = name + names
            yield self._entry(fields, held[name:extra], held[extra : extra + extras])
            at += size
            inside += size

    def _read(self, at: int, length: int) -> bytes:
        return self._source.read(at, min(length, self._end - at))

    def _entry(self, fields: tuple[int, ...], name: bytes, extra: bytes) -> zipfile.ZipInfo:
        flags = fields[3]
        try:
            text = name.decode("utf-8" if flags & _UTF8 else "cp437")
        except UnicodeDecodeError:  # zipfile will not open it, but it has a name to say so
            text = name.decode("cp437")
        info = zipfile.ZipInfo(text)
        info.flag_bits = flags
        info.compress_type, info.CRC = fields[4], fields[7]
        sizes = [fields[9], fields[8], fields[16]]
        _widen(sizes, extra)
        info.file_size, info.compress_size, offset = sizes
        info.header_offset = offset + self._before
        return info


class _Ended:
    """The archive's bytes and one more end record, of a directory without entries."""

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.size = source.size + _END.size

    def blocks(self) -> Iterator[bytes]:
        yield from self._source.blocks()
        yield _NO_ENTRIES

    def read(self, start: int, length: int) -> bytes:
        own = self._source.size
        data = self._source.read(start, min(length, own - start)) if start < own else b""
        return data + _NO_ENTRIES[max(start - own, 0) : max(start + length - own, 0)]


def _end_of(source: ByteSource) -> tuple[int, bytes]:
    """Return the end record and where it starts: the last one, with a comment after it or not."""
    start = max(source.size - _END.size - _LONGEST_COMMENT, 0)
    data = source.read(start, source.size - start)
    at = len(data) - _END.size
    if at < 0 or not data.startswith(b"PK\x05\x06", at) or not data.endswith(b"\x00\x00"):
        at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) - at < _END.size:
        raise zipfile.BadZipFile("no end record")
    return start + at, data[at : at + _END.size]


def _widen(sizes: list[int], extra: bytes) -> None:
    """Replace what did not fit into 32 bits by its value from the ZIP64 extra field, where there is one."""
    wanted = [number for number, size in enumerate(sizes) if size == _IN_EXTRA_64]
    at = 0
    while wanted and len(extra) - at >= 4:
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == _EXTRA_64:
            values = extra[at + 4 : at + 4 + length]
            for place, number in enumerate(wanted[: len(values) // 8]):
                sizes[number] = struct.unpack_from("<Q", values, 8 * place)[0]
            return
        at += 4 + length
