"""Compressed streams other than gzip: what one holds is a part of its own, read as it is decompressed.

Each decoder takes blocks and yields blocks of bounded size, whatever the ratio is, and raises `_Fault`.
"""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable, Iterator
from typing import IO, ClassVar, cast

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.limits import Budget
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_INPUT = 1 << 14
_OUTPUT = 1 << 18
_MEMORY = 1 << 27  # of a decoder's window; `xz -9` takes half of it
_SHORT = {"tgz": "tar", "tbz": "tar", "tbz2": "tar", "txz": "tar", "tlz": "tar", "tzst": "tar", "taz": "tar"}
_Decoder = Callable[[Iterator[bytes]], Iterator[bytes]]


class _Fault(Exception):
    """The stream is broken; the message has nothing of its content."""


class Expanded:
    """Iterates over decompressed blocks within the budget; then `fault` says what was wrong."""

    def __init__(self, blocks: Iterator[bytes], decode: _Decoder, budget: Budget) -> None:
        self._blocks = blocks
        self._decode = decode
        self._budget = budget
        self.fault = ""
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        try:
            for out in self._decode(_pieces(self._blocks)):
                allowed = self._budget.expand(len(out))
                self.size += allowed
                yield out[:allowed]
                if allowed < len(out):
                    return
        except _Fault as fault:
            self.fault = str(fault)


class Compressed(Format):
    """A compressed stream: `decode` is its decoder, `magics` what it starts with."""

    magics: ClassVar[tuple[bytes, ...]]

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what `pieces` hold."""
        raise NotImplementedError

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(self.magics) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        if part.depth >= work.limits.archive_depth:
            yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
            return
        name = inner_name(part.name, self.facts.extensions)
        stream = Expanded(part.stream(), self.decode, work.budget)
        yield from work.read(Part(part.member(name), name, part.depth + 1, iter(stream)), work)
        if stream.fault:
            yield Problem(part.label, Reason.MALFORMED_FILE, stream.fault, lost=not stream.size)


def _facts(title: str, extensions: tuple[str, ...], recognised: str, library: str) -> Facts:
    return Facts(
        title=title,
        group="Compression and archives",
        extensions=extensions,
        recognised=recognised,
        library=library,
        location="member path, and what its format has",
        limits="decompressed bytes and ratio; a window of 128 MiB",
    )


def inner_name(name: str, suffixes: tuple[str, ...]) -> str:
    """Return the name of what is in a stream called `name`: that without its last suffix."""
    base = name.rpartition("/")[2]
    stem, dot, suffix = base.rpartition(".")
    if not dot or not stem or suffix.lower() not in suffixes:
        return base
    inner = _SHORT.get(suffix.lower())
    return f"{stem}.{inner}" if inner else stem


class Bzip2(Compressed):
    """bzip2 (its manual, section 2.3); several streams in a row are one part."""

    name = "bzip2"
    facts = _facts("bzip2", ("bz2", "bz", "tbz", "tbz2"), "BZh and the block's magic", "bz2")
    magics = (b"BZh",)

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        fits = sample.startswith(b"BZh") and sample[3:4].isdigit()
        return self._read if fits and sample[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90") else None

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        return _streams(pieces, bz2.BZ2Decompressor, "bzip2")


class Xz(Compressed):
    """xz (its file format 1.2.1); several streams in a row, padded with zeros, are one part."""

    name = "xz"
    facts = _facts("xz", ("xz", "txz"), "FD 37 7A 58 5A 00", "lzma")
    magics = (b"\xfd7zXZ\x00",)

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        return _streams(pieces, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY), "xz")


class LzmaAlone(Compressed):
    """The format before xz: 13 bytes of header, one stream."""

    name = "lzma"
    facts = _facts("LZMA (alone)", ("lzma", "tlz"), "5D 00 00 and a size", "lzma")
    magics = (b"]\x00\x00",)

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        sized = sample[5:13] == b"\xff" * 8 or (sample[10:13] == b"\0\0\0" and len(sample) > 13)
        return self._read if sample.startswith(self.magics) and sized else None

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        return _streams(pieces, lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, _MEMORY), "lzma")


class Zstandard(Compressed):
    """Zstandard (RFC 8878); several frames in a row are one part."""

    name = "zstd"
    facts = _facts("Zstandard", ("zst", "zstd", "tzst"), "28 B5 2F FD", "zstandard")
    magics = (b"(\xb5/\xfd",)

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        import zstandard

        decoder = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
        reader = decoder.stream_reader(
            cast(IO[bytes], _Pulled(pieces)), read_size=_INPUT, read_across_frames=True
        )
        try:
            while out := reader.read(_OUTPUT):
                yield out
        except zstandard.ZstdError:
            raise _Fault("broken zstd stream") from None


class Lz4(Compressed):
    """LZ4 frames (its frame format 1.6.4)."""

    name = "lz4"
    facts = _facts("LZ4", ("lz4",), "04 22 4D 18", "lz4")
    magics = (b"\x04\x22\x4d\x18",)

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        from lz4.frame import LZ4FrameDecompressor

        return _streams(pieces, LZ4FrameDecompressor, "lz4")


class Snappy(Compressed):
    """Snappy's framing format."""

    name = "snappy"
    facts = _facts("Snappy (framed)", ("sz", "snappy"), "FF 06 00 00 sNaPpY", "cramjam")
    magics = (b"\xff\x06\x00\x00sNaPpY",)

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        import cramjam

        held = bytearray()
        for piece in pieces:
            held += piece
            while len(held) >= 4:
                kind, size = held[0], int.from_bytes(held[1:4], "little")
                if len(held) < 4 + size:
                    break
                data = bytes(held[8 : 4 + size])
                del held[: 4 + size]
                if kind == 1:
                    yield data
                elif kind == 0:
                    try:
                        if cramjam.snappy.decompress_raw_len(data) > 1 << 16:
                            raise _Fault("a snappy chunk that is too large")
                        yield bytes(cramjam.snappy.decompress_raw(data))
                    except (cramjam.DecompressionError, ValueError):
                        raise _Fault("broken snappy stream") from None
                elif 2 <= kind <= 0x7F:
                    raise _Fault("unknown snappy chunk")
        if held:
            raise _Fault("truncated snappy stream")


class Brotli(Compressed):
    """Brotli (RFC 7932), which has no signature: known by its name."""

    name = "brotli"
    facts = _facts("Brotli", ("br",), "no signature: by its extension, where the bytes are no text", "brotli")
    magics = ()

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.extension == "br" and head.binary else None

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        import brotli

        decoder = brotli.Decompressor()
        try:
            for piece in pieces:
                out = decoder.process(piece, output_buffer_limit=_OUTPUT)
                while out or not decoder.can_accept_more_data():
                    yield out
                    if decoder.is_finished():
                        break
                    out = decoder.process(b"", output_buffer_limit=_OUTPUT)
        except brotli.error:
            raise _Fault("broken brotli stream") from None
        if not decoder.is_finished():
            raise _Fault("truncated brotli stream")


class UnixCompress(Compressed):
    """compress's .Z files: LZW with codes of 9 to 16 bits (as ncompress writes them)."""

    name = "compress"
    facts = _facts("compress", ("z", "taz"), "1F 9D", "own")
    magics = (b"\x1f\x9d",)

    @staticmethod
    def decode(pieces: Iterator[bytes]) -> Iterator[bytes]:
        return _lzw(pieces)


def _pieces(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), _INPUT):
            yield block[start : start + _INPUT]


class _Pulled(io.RawIOBase):
    """A file for the zstandard library to read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int | None = -1) -> bytes:
        return next(self._pieces, b"")


def _streams(pieces: Iterator[bytes], new: Callable[[], object], what: str) -> Iterator[bytes]:
    """Decode streams that follow each other, with zeros between them or not."""
    decoder = new()
    between = False
    count = 0
    for data in pieces:
        while True:
            if between:
                data = data.lstrip(b"\x00")
                if not data:
                    break
                decoder, between = new(), False
            try:
                out = decoder.decompress(data, _OUTPUT)  # type: ignore[attr-defined]
            except (OSError, lzma.LZMAError, EOFError, RuntimeError, ValueError):
                raise _Fault(f"data after the {what} stream" if count else f"broken {what} stream") from None
            if out:
                yield out
            between = bool(decoder.eof)  # type: ignore[attr-defined]
            if between:
                count += 1
                data = decoder.unused_data or b""  # type: ignore[attr-defined]
                if not data:
                    break
            else:
                data = b""
                if decoder.needs_input:  # type: ignore[attr-defined]
                    break
    if not between:
        raise _Fault(f"truncated {what} stream")


def _lzw(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Codes come in groups of eight of one width; a change of width begins a new group."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= 3:
            break
    if len(held) < 3:
        raise _Fault("truncated compress stream")
    most, blocks = held[2] & 0x1F, bool(held[2] & 0x80)
    if not 9 <= most <= 16:
        raise _Fault("broken compress stream")
    del held[:3]
    first = 257 if blocks else 256
    table: list[bytes] = [bytes((code,)) for code in range(256)] + [b""] * (first - 256)
    width, previous = 9, b""
    out = bytearray()
    ended = False
    while not ended:
        piece_ = next(pieces, None)
        ended = piece_ is None
        held += piece_ or b""
        while len(held) >= width or (ended and held):
            group = int.from_bytes(held[:width], "little")
            bits = min(len(held), width) * 8
            del held[:width]
            at = 0
            while at + width <= bits:
                code = group >> at & (1 << width) - 1
                at += width
                if code == 256 and blocks:
                    del table[first:]
                    width, previous = 9, b""
                    break
                if code < len(table):
                    entry = table[code]
                elif previous and code == len(table):
                    entry = previous + previous[:1]
                else:
                    raise _Fault("broken compress stream")
                out += entry
                if previous and len(table) < 1 << most:
                    table.append(previous + entry[:1])
                previous = entry
                if len(table) >= 1 << width and width < most:
                    width += 1
                    break
            if len(out) >= _OUTPUT:
                yield bytes(out)
                out.clear()
    if out:
        yield bytes(out)
