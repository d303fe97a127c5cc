"""7z archives (7zFormat.txt of the LZMA SDK): LZMA, LZMA2, filters, bzip2, Deflate, Zstandard, stored."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.part import Head, Part
from classifier.extract.sevenzip_header import (
    MAGIC,
    BadHeader,
    Coder,
    Folder,
    Listing,
    Streams,
    listing,
    streams_of_header,
)
from classifier.extract.tape import Ended, Tape, charged, member, too_deep
from classifier.model import ByteSource, Problem, Reason

_START = 32  # bytes of the signature header, which offsets count from
_HEADER = 1 << 26  # bytes of a directory
_STEP = 1 << 14
_OUTPUT = 1 << 18
_WINDOW = 1 << 28  # of LZMA; `-mx=9` takes a quarter of it
_HELD_BACK = 8  # bytes at its end that liblzma's filters keep where the LZMA stream has no end mark
_AES = b"\x06\xf1\x07\x01"
_FILTERS = {
    b"\x03": lzma.FILTER_DELTA,
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x04": lzma.FILTER_X86,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x06": lzma.FILTER_IA64,
    b"\x07": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x09": lzma.FILTER_SPARC,
}
_LZMA, _LZMA2 = b"\x03\x01\x01", b"\x21"
_BZIP2, _DEFLATE, _ZSTD = b"\x04\x02\x02", b"\x04\x01\x08", b"\x04\xf7\x11\x01"
_BROKEN = (lzma.LZMAError, zlib.error, OSError, EOFError, ValueError, RuntimeError)


class _Unsupported(Exception):
    """A method that is not read here; the message names it."""


class SevenZip(Format):
    """The members of a 7z archive."""

    name = "7z"
    facts = Facts(
        title="7z",
        group="Compression and archives",
        extensions=("7z",),
        recognised="37 7A BC AF 27 1C",
        library="own directory reader; lzma, bz2, zlib, zstandard",
        location="member path, and what its format has",
        limits="depth, members, decompressed bytes and ratio",
        unread="encrypted members (their names are told), PPMd, BCJ2, Deflate64",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(MAGIC) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        source = part.random(work.limits.spool_bytes)
        if source is None:
            raise Unreadable(Problem(part.label, Reason.ARCHIVE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
        try:
            found = _listing(source, work)
        except _Unsupported as error:
            yield Problem(part.label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, str(error))
            return
        except (BadHeader, Ended, *_BROKEN):
            yield Problem(part.label, Reason.MALFORMED_FILE, "no readable directory")
            return
        if found is not None:
            yield from _members(part, work, source, found)


def _listing(source: ByteSource, work: Work) -> Listing | None:
    start = source.read(0, _START)
    if len(start) < _START:
        raise Ended
    at, size = int.from_bytes(start[12:20], "little"), int.from_bytes(start[20:28], "little")
    if size == 0:
        return None  # an archive without members
    if size > _HEADER or _START + at + size > source.size:
        raise BadHeader
    data = source.read(_START + at, size)
    for _ in range(4):  # a directory may be packed, and packed again
        streams = streams_of_header(data)
        if streams is None:
            return listing(data)
        if len(streams.folders) != 1 or sum(streams.folders[0].files) > _HEADER:
            raise BadHeader
        folder = streams.folders[0]
        if any(coder.method == _AES for coder in folder.coders):
            raise _Unsupported("encrypted with its names")
        data = b"".join(charged(_unpacked(source, streams, folder, 0), work))[: folder.sizes[folder.last]]
    raise BadHeader


def _members(part: Part, work: Work, source: ByteSource, found: Listing) -> Iterator[Item]:
    full = iter([name for name, empty in zip(found.names, found.empty, strict=True) if not empty])
    first_packed = 0
    for folder in found.streams.folders:
        names = [next(full, "") or "(without a name)" for _ in folder.files]
        if any(coder.method == _AES for coder in folder.coders):
            for name in names:
                yield Problem(part.member(name), Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, "encrypted")
            first_packed += len(folder.packed)
            continue
        try:
            blocks = _unpacked(source, found.streams, folder, first_packed)
        except (_Unsupported, BadHeader) as error:
            detail = str(error) or "broken directory"
            for name in names:
                yield Problem(part.member(name), Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, detail)
            first_packed += len(folder.packed)
            continue
        first_packed += len(folder.packed)
        faults: list[str] = []
        tape = Tape(charged(_watched(blocks, faults), work))
        for name, size in zip(names, folder.files, strict=True):
            if work.budget.spent or not work.budget.member():
                return
            end = tape.at + size
            yield from member(part, work, name, tape.blocks(size))
            try:
                tape.skip_to(end)
            except Ended:
                if end - tape.at <= _HELD_BACK and any(c.method in _FILTERS for c in folder.coders):
                    continue
                if not work.budget.spent:
                    label = part.member(name)
                    detail = faults[0] if faults else "truncated member"
                    yield Problem(label, Reason.MALFORMED_FILE, detail, lost=tape.at + size == end)
                break


def _watched(blocks: Iterator[bytes], faults: list[str]) -> Iterator[bytes]:
    try:
        yield from blocks
    except _BROKEN:
        faults.append("broken compressed data")


def _unpacked(source: ByteSource, streams: Streams, folder: Folder, first: int) -> Iterator[bytes]:
    """Return the blocks of a folder; raises _Unsupported, BadHeader before the first."""
    if any(coder.inputs != 1 or coder.outputs != 1 for coder in folder.coders) or len(folder.packed) != 1:
        raise _Unsupported("a method with several streams (BCJ2)")
    if first >= len(streams.sizes):
        raise BadHeader
    start = _START + streams.offset + sum(streams.sizes[:first])
    chain: list[int] = []  # from the last coder to the first
    number = folder.last
    while number < len(folder.coders) and number not in chain:
        chain.append(number)
        if number not in folder.bonds:
            break
        number = folder.bonds[number]
    if len(chain) != len(folder.coders):
        raise BadHeader
    blocks = _stretch(source, start, streams.sizes[first])
    pending: list[dict[str, int]] = []  # filters that liblzma runs after its decoder
    coders = [(folder.coders[number], folder.sizes[number]) for number in reversed(chain)]
    index = 0
    while index < len(coders):
        coder, size = coders[index]
        pending = []
        if coder.method in (_LZMA, _LZMA2):
            while index + 1 < len(coders) and coders[index + 1][0].method in _FILTERS:
                pending.insert(0, _filter(coders[index + 1][0]))
                index += 1
        blocks = _limited(_decoded(coder, blocks, pending), coders[index][1] if pending else size)
        index += 1
    return blocks


def _filter(coder: Coder) -> dict[str, int]:
    known: dict[str, int] = {"id": _FILTERS[coder.method]}
    if known["id"] == lzma.FILTER_DELTA:
        known["dist"] = (coder.properties[0] if coder.properties else 0) + 1
    return known


def _decoded(coder: Coder, blocks: Iterator[bytes], after: list[dict[str, int]]) -> Iterator[bytes]:
    method, told = coder.method, coder.properties
    if method == b"\x00":
        return blocks
    if method == _LZMA:
        if len(told) != 5 or told[0] >= 9 * 5 * 5:
            raise BadHeader
        rest, lc = divmod(told[0], 9)
        pb, lp = divmod(rest, 5)
        size = int.from_bytes(told[1:], "little")
        return _raw(
            blocks, [*after, {"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc, "lp": lp, "pb": pb}]
        )
    if method == _LZMA2:
        if len(told) != 1 or told[0] > 40:
            raise BadHeader
        bits = told[0]
        size = (1 << 32) - 1 if bits == 40 else (2 | bits & 1) << bits // 2 + 11
        return _raw(blocks, [*after, {"id": lzma.FILTER_LZMA2, "dict_size": size}])
    if method == _BZIP2:
        return _bounded(blocks, bz2.BZ2Decompressor())
    if method == _DEFLATE:
        return _inflated(blocks)
    if method == _ZSTD:
        from classifier.extract.compressed import Zstandard

        return Zstandard.decode(blocks)
    raise _Unsupported(f"unsupported compression method {method.hex()}")


def _raw(blocks: Iterator[bytes], filters: list[dict[str, int]]) -> Iterator[bytes]:
    if filters[-1]["dict_size"] > _WINDOW:
        raise _Unsupported("an LZMA window over 256 MiB")
    return _bounded(blocks, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))


def _bounded(
    blocks: Iterator[bytes], decoder: lzma.LZMADecompressor | bz2.BZ2Decompressor
) -> Iterator[bytes]:
    for block in blocks:
        data = block
        while not decoder.eof:
            out = decoder.decompress(data, _OUTPUT)
            if out:
                yield out
            data = b""
            if decoder.needs_input:
                break


def _inflated(blocks: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-15)
    for block in blocks:
        data = block
        while data and not inflater.eof:
            out = inflater.decompress(data, _OUTPUT)
            if out:
                yield out
            data = inflater.unconsumed_tail


def _stretch(source: ByteSource, start: int, size: int) -> Iterator[bytes]:
    for at in range(start, start + size, _STEP):
        data = source.read(at, min(_STEP, start + size - at))
        if not data:
            return
        yield data


def _limited(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    for block in blocks:
        if size <= 0:
            return
        yield block[:size]
        size -= len(block)
