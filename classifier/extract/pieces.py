"""Prose that a format's reader found piece by piece, as chunks: what documents, mails and markup are made of.

A piece is a stretch of text with the place where it stands: a paragraph, a field, a page. All pieces of a
part are one text, a line end after each, so that a keyword in one counts for a value in the next.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.extract.limits import Limits
from classifier.extract.part import Part
from classifier.extract.window import cut_at, windows
from classifier.model import Chunk, Field, Location, Problem

_LF = 10
_BLOCK = 1 << 15
_PLACE = Location()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text.

    `at` is its place, without the part. A `byte_start` there is where the text starts in the part's bytes:
    with `verbatim` these are the text's own UTF-8 bytes, and a value's offsets are exact. `marks` are for
    text that is not verbatim, such as unescaped one: pairs of an offset in the UTF-8 text and one in the
    part's bytes, ascending; between two of them the text is verbatim, in the encoding `codec` ("": UTF-8).
    A `line` is that of the text's start (verbatim or with the same line ends). `names` say what the text is
    the value of, outermost first: the name of a form field, of an attribute.
    """

    text: str
    at: Location = _PLACE
    names: tuple[str, ...] = ()
    verbatim: bool = False
    marks: tuple[tuple[int, int], ...] = ()
    codec: str = ""


class PieceLocator:
    """Locates by the piece that an offset is in."""

    __slots__ = ("_data", "_part", "_pieces", "_starts")

    def __init__(self, data: bytes, starts: list[int], pieces: list[Piece], part: str | None) -> None:
        """`starts` are the pieces' starts in the data, the first of them possibly before it."""
        self._data = data
        self._starts = starts
        self._pieces = [piece if len(piece.text) < 64 else replace(piece, text="") for piece in pieces]
        self._part = part

    def locate(self, start: int, end: int) -> Location:
        index = max(bisect_right(self._starts, start) - 1, 0)
        if index >= len(self._pieces):
            return Location(part=self._part)
        piece, begin = self._pieces[index], self._starts[index]
        at = replace(piece.at, part=self._part)
        if at.line is not None:
            line = at.line + self._data.count(b"\n", max(begin, 0), max(start, 0))
            at = replace(at, line=line)
        if at.byte_start is not None:
            last = max(bisect_right(self._starts, max(end - 1, start)) - 1, index)
            tail, tail_begin = self._pieces[last], self._starts[last]
            first = self._source(piece, begin, start)
            after = self._source(tail, tail_begin, end, past=True)
            at = replace(at, byte_start=first, byte_end=after)
        return at

    def _source(self, piece: Piece, begin: int, offset: int, past: bool = False) -> int | None:
        """The source offset of `data[offset]` in the piece that begins at `begin`, or of what ends there.

        An end after what one source character became (an entity) is that character's end only where the
        next mark tells it.
        """
        inside = offset - begin
        if piece.marks:
            find = bisect_left if past else bisect_right
            index = max(find(piece.marks, inside, key=lambda mark: mark[0]) - 1, 0)
            text, source = piece.marks[index]
            between = self._data[max(begin + text, 0) : offset]
            reached = source + source_length(between, piece.codec)
            if past and index + 1 < len(piece.marks) and piece.marks[index + 1][0] == inside:
                return piece.marks[index + 1][1]
            return reached
        if piece.verbatim and piece.at.byte_start is not None:
            return piece.at.byte_start + inside
        return None

    def enclosing(self, start: int, end: int) -> Field | None:
        index = max(bisect_right(self._starts, start) - 1, 0)
        if index >= len(self._pieces) or not self._pieces[index].names:
            return None
        following = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._data) + 1
        return Field(
            self._pieces[index].names, max(self._starts[index], 0), min(following - 1, len(self._data))
        )

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None

    def cells(self, column: int) -> NDArray[np.int64] | None:
        return None


def source_length(text: bytes, codec: str) -> int:
    """Return how many bytes UTF-8 `text` is in the encoding `codec` ("" for UTF-8)."""
    if not codec:
        return len(text)
    handler = "surrogatepass" if codec.startswith("utf") else "surrogateescape"
    try:
        return len(text.decode("utf-8", "surrogatepass").encode(codec, handler))
    except UnicodeError:
        return len(text.decode("utf-8", "replace").encode(codec, "replace"))


def prose(
    part: Part, name: str, pieces: Iterable[Piece | Problem], limits: Limits
) -> Iterator[Chunk | Problem]:
    """Yield the chunks of `pieces`, which are of format `name`; a problem among them comes when it is met."""
    starts: deque[int] = deque()
    placed: deque[Piece] = deque()
    problems: list[Problem] = []

    def blocks() -> Iterator[bytes]:
        offset = 0
        held: list[bytes] = []
        size = 0
        for piece in pieces:
            if isinstance(piece, Problem):
                problems.append(piece)
                continue
            if not piece.text:
                continue
            text = piece.text.encode("utf-8", "surrogatepass") + b"\n"
            starts.append(offset)
            placed.append(piece)
            offset += len(text)
            held.append(text)
            size += len(text)
            if size >= _BLOCK:
                yield b"".join(held)
                held.clear()
                size = 0
        if held:
            yield b"".join(held)

    for window in windows(blocks(), limits.chunk_bytes, cut_at(_LF), _LF, "surrogatepass"):
        while len(starts) > 1 and starts[1] <= window.offset:
            starts.popleft()
            placed.popleft()
        end = window.offset + len(window.data)
        inside = [start - window.offset for start in starts if start < end]
        locator = PieceLocator(window.data, inside, [*placed][: len(inside)], part.label)
        yield from problems
        problems.clear()
        yield Chunk(part.label, name, window.data, window.core_start, window.core_end, locator)
    yield from problems
