"""Reading a large object in part: its head, its tail, and blocks at random places in between.

Text is read as an excerpt: whole lines of each block, one after the other, as if these were all of the
object. `Excerpt.origin` leads back from an offset in it to the object's own. Of formats that are read by
random access (archives with a directory, documents, Parquet) as many bytes are read as an excerpt would
have; of the rest (compressed streams) the head.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from classifier.crawl.sampling import Depth
from classifier.errors import ReadFailure
from classifier.model import BlockSample, ByteSource, Reason, S3Object

_SNIFFED = 1 << 16
_LINES = 50  # that are looked at to find where a row begins
_ROW = 1 << 12  # read past a block's end, for the row that begins in it
# What is read by random access, by its first bytes: ZIP, PDF, OLE2, SQLite, Parquet, ORC, Arrow, 7-Zip.
_RANDOM = (
    b"PK\x03\x04",
    b"%PDF",
    b"\xd0\xcf\x11\xe0",
    b"SQLite format 3\0",
    b"PAR1",
    b"ORC",
    b"ARROW1",
    b"7z\xbc\xaf\x27\x1c",
)
GROUPED = (b"PAR1", b"ORC")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_DELIMITERS = (b",", b";", b"\t", b"|")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the object of `units` blocks, of which the one at `start` is read up to `end`."""

    units: int
    start: int
    end: int


def middle(size: int, depth: Depth) -> int:
    """Return how many blocks lie between an object's head and its tail."""
    return max(0, size - depth.tail - depth.head) // depth.block


def read_of(size: int, depth: Depth, *, text: bool) -> tuple[int, int]:
    """Return the requests and bytes that an object larger than `depth.whole` takes; of what is no text at
    most.
    """
    if not text:
        return 1 + -(-depth.scattered // (1 << 18)), min(size, depth.scattered) + depth.head + _ROW
    units = middle(size, depth)
    count = min(depth.blocks, units)
    tail = size - depth.head - units * depth.block
    return 1 + count + bool(tail), depth.head + _ROW + count * (depth.block + 1 + _ROW) + bool(tail) * (
        tail + 1
    )


def plan(size: int, depth: Depth, seed: str) -> list[Segment]:
    """Return what is read of an object's middle: of each of `depth.blocks` equal segments a random block."""
    first = depth.head
    units = middle(size, depth)
    count = min(depth.blocks, units)
    rng = random.Random(blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=16).digest())  # noqa: S311
    segments = []
    for number in range(count):
        low, high = units * number // count, units * (number + 1) // count
        start = first + rng.randrange(low, high) * depth.block
        segments.append(Segment(high - low, start, start + depth.block))
    return segments


class Excerpt:
    """A `ByteSource` of the chosen lines. `size` is not known before the blocks are read: it is a bound."""

    def __init__(self, source: ByteSource, head: bytes, segments: list[Segment], depth: Depth) -> None:
        self.size = read_of(source.size, depth, text=True)[1] + len(segments) + 2
        self._source = source
        self._head = head
        self._segments = segments
        self._depth = depth
        self._starts: list[int] = []  # of the pieces in the excerpt
        self._origins: list[int] = []  # and in the object
        self._length = 0
        self._pieces: list[bytes] | None = None
        self.head_end = 0

    def blocks(self) -> Iterator[bytes]:
        """Yield the pieces in order, lines whole. Raises ReadFailure."""
        if self._pieces is None:
            self._pieces = []
            for piece in self._read():
                self._pieces.append(piece)
                yield piece
            return
        yield from self._pieces

    def read(self, start: int, length: int) -> bytes:
        """Return a stretch of the excerpt, for a reader with random access."""
        data = b"".join(self.blocks())
        return data[start : start + length]

    def _read(self) -> Iterator[bytes]:
        depth = self._depth
        head = _rows(self._head, 0, depth.head)
        self.head_end = len(head)
        yield self._place(head, 0)
        fields = _fields(head)
        for segment in self._segments:
            size = segment.end - segment.start
            block = self._source.read(segment.start - 1, 1 + size + _ROW)
            yield from self._lines(block, segment.start - 1, fields, 1 + size)
        start = depth.head + middle(self._source.size, depth) * depth.block
        if start < self._source.size:
            block = self._source.read(start - 1, self._source.size - start + 1)
            yield from self._lines(block, start - 1, fields, len(block))

    def _lines(self, block: bytes, origin: int, fields: tuple[bytes, int], size: int) -> Iterator[bytes]:
        """Yield the rows that begin in `block[1:size]`; all of it where there is no line end."""
        start = _row_start(block, fields) or 1
        piece = _rows(block, start, size)
        if piece:
            yield self._place(piece, origin + start)

    def _place(self, piece: bytes, origin: int) -> bytes:
        self._starts.append(self._length)
        self._origins.append(origin)
        self._length += len(piece)
        return piece

    def origin(self, offset: int) -> int:
        """Return where in the object a byte of the excerpt stands."""
        index = max(bisect_right(self._starts, offset) - 1, 0)
        return self._origins[index] + offset - self._starts[index]

    def sample(self) -> BlockSample:
        """Return how the object's blocks were chosen: head and tail are read whole, of each segment one."""
        size, depth = self._source.size, self._depth
        between = sum(segment.units for segment in self._segments)
        edges = max(1, -(-(size - between * depth.block) // depth.block))
        sizes: dict[int, int] = {}
        for segment in self._segments:
            sizes[segment.units] = sizes.get(segment.units, 0) + 1
        return BlockSample(edges, tuple(sorted(sizes.items())), depth.block)

    def unit_of(self, at: int) -> tuple[int, int]:
        """Return the stratum (0: head and tail, else the blocks of the segment) and block of an offset."""
        for segment in self._segments:
            if segment.start <= at < segment.end:
                return segment.units, segment.start
        return 0, at // self._depth.block


class Capped:
    """A `ByteSource` of which no more than `most` bytes are read: past that it fails with a reason."""

    def __init__(self, source: ByteSource, most: int) -> None:
        self.size = source.size
        self._source = source
        self._left = most

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in order. Raises ReadFailure at the cap."""
        for start in range(0, self.size, _SNIFFED << 2):
            yield self.read(start, _SNIFFED << 2)

    def read(self, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start`. Raises ReadFailure at the cap."""
        wanted = max(min(length, self.size - start), 0)
        if wanted > self._left:
            raise ReadFailure(Reason.FILE_EXCEEDS_SIZE_LIMIT, PART)
        self._left -= wanted
        return self._source.read(start, length)


PART = "read in part, as deep as was asked for"


def excerpt(source: ByteSource, obj: S3Object, depth: Depth, seed: str) -> tuple[ByteSource, int, bool]:
    """Return what to read of a large object, the bytes of its head that are all there is to read (0: none
    such), and whether it is grouped (Parquet, ORC).

    Raises ReadFailure when the head cannot be read.
    """
    head = source.read(0, depth.head + _ROW)
    if is_text(head):
        name = "\0".join((seed, obj.bucket, obj.key, obj.version_id or "", obj.etag))
        return Excerpt(source, head, plan(source.size, depth, name), depth), 0, False
    ahead = _Ahead(source, head, depth.most)
    if head.startswith(_RANDOM):
        return Capped(ahead, depth.scattered), 0, head.startswith(GROUPED)
    return ahead, depth.most, False


def stretch(source: ByteSource, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of [start, end): by one request where the source can."""
    own = getattr(source, "stretch", None)
    if own is not None:
        yield from own(start, end)
        return
    for first in range(start, end, 1 << 20):
        yield source.read(first, min(1 << 20, end - first))


class _Ahead:
    """A source whose head has been read."""

    def __init__(self, source: ByteSource, head: bytes, most: int) -> None:
        self.size = source.size
        self._source = source
        self._head = head
        self._most = most

    def blocks(self) -> Iterator[bytes]:
        yield self._head
        yield from stretch(self._source, len(self._head), min(self._most, self.size))

    def read(self, start: int, length: int) -> bytes:
        if start + length <= len(self._head):
            return self._head[start : start + length]
        return self._source.read(start, length)


def is_text(head: bytes) -> bool:
    """Whether an object that starts so is lines of text in an encoding of single bytes or UTF-8."""
    sample = head[:_SNIFFED]
    return (
        bool(sample)
        and not sample.startswith(_RANDOM)
        and len(sample.translate(None, _CONTROL)) == len(sample)
    )


def _fields(head: bytes) -> tuple[bytes, int]:
    """Return the delimiter of a table's first rows and how often it is in each; ("", 0) for what is no
    table.
    """
    first = _record(head, 0)
    second = None if first is None else _record(head, len(first))
    if first is None or second is None:
        return b"", 0
    for delimiter in _DELIMITERS:
        count = _count(first, delimiter)
        if count and count == _count(second, delimiter):
            return delimiter, count
    return b"", 0


def _record(block: bytes, start: int) -> bytes | None:
    """Return the row at `start` with its line end, which may have line ends in quotes; None past a few
    lines.
    """
    end = start
    quotes = 0
    for _ in range(_LINES):
        line_end = block.find(b"\n", end) + 1
        if not line_end:
            return None
        quotes += block.count(b'"', end, line_end)
        end = line_end
        if quotes % 2 == 0:
            return block[start:end]
    return None


def _count(row: bytes, delimiter: bytes) -> int:
    """How often a delimiter stands outside of quotes (RFC 4180)."""
    return sum(part.count(delimiter) for part in row.split(b'"')[::2])


def _rows(block: bytes, start: int, size: int) -> bytes:
    """Return from `start` the rows that begin before `size`, with an end for the last one."""
    end = block.find(b"\n", max(size - 1, start)) + 1 or len(block)
    piece = block[start:end] if start < size else b""
    return piece + b"\n" if piece and not piece.endswith(b"\n") else piece


def _row_start(block: bytes, fields: tuple[bytes, int]) -> int:
    """Return where the first whole row begins; `block` starts with the byte before it.

    In a table that is where a row has as many fields as the first ones: a line end may stand in a quoted
    field.
    """
    delimiter, count = fields
    start = first = block.find(b"\n") + 1
    for _ in range(_LINES):
        if not delimiter or not start:
            break
        row = _record(block, start)
        if row is not None and _count(row, delimiter) == count:
            return start
        start = block.find(b"\n", start) + 1
    return first
