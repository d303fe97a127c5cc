"""From an offset in decoded text back to the text that it was decoded from, one layer at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Offsets: TypeAlias = NDArray[np.int64]
Onward: TypeAlias = tuple[int, str]
"""Where a stretch goes on, and what it is written in."""
Mark: TypeAlias = tuple[int, int, int, int]
"""An escape: where it starts and ends in the text, and in the source."""

PIECE = 15 << 10  # bytes of a stretch that are decoded at once: less than a chunk shows after its core
OVERLAP = 4 << 10  # bytes of it that the next piece has too


class Layer(Protocol):
    """One decoding of a stretch of a source text."""

    def at(self, offset: int) -> int:
        """Return where in the source `text[offset]` begins. It never falls: what is apart stays apart."""

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest stretch of the source that decodes to all of `text[start:end]`."""

    def decodes(self, start: int, end: int) -> bool:
        """Return whether any of `text[start:end]`, or a neighbour of it, stands otherwise in the source."""


class Escapes:
    """Text in which some characters were written as escapes; the others stand for themselves.

    `marks` are the escapes in order. The text begins at `origin` in the source; escapes that begin before
    `start` there belong to another stretch.
    """

    def __init__(self, origin: int, marks: Sequence[Mark], start: int = 0) -> None:
        self._origin = origin
        self._marks = marks
        self._start = start

    @cached_property
    def _starts(self) -> list[int]:
        return [mark[0] for mark in self._marks]

    @cached_property
    def _ends(self) -> list[int]:
        return [mark[1] for mark in self._marks]

    @cached_property
    def _first(self) -> int:
        return bisect_left(self._marks, self._start, key=lambda mark: mark[2])

    def at(self, offset: int) -> int:
        known = bisect_left(self._ends, offset + 1)  # how many escapes end at `offset` or before it
        if known < len(self._marks) and self._starts[known] <= offset:
            return self._marks[known][2]
        if not known:
            return self._origin + offset
        _, end, _, source_end = self._marks[known - 1]
        return source_end + offset - end

    def around(self, start: int, end: int) -> tuple[int, int]:
        last = self.at(end - 1)
        known = bisect_right(self._starts, end - 1) - 1
        inside = known >= 0 and self._ends[known] >= end
        return self.at(start), self._marks[known][3] if inside else last + 1

    def decodes(self, start: int, end: int) -> bool:
        first = max(bisect_left(self._ends, start), self._first)
        return first < len(self._marks) and self._starts[first] <= end


@dataclass(frozen=True)
class Coded:
    """A stretch of which nothing stands for itself, shown with `before` bytes of what stands before it.

    The stretch is `source[start:end]` and the `size` bytes from `text[before]` on. Each `group` (decoded
    bytes, characters) is decoded for itself; (0, 0) where it is decoded as a whole. `characters` says where
    its characters are in the source, None: from `start` on without a gap. `wide` is the text of the stretch
    where that was UTF-16.
    """

    before: int
    size: int
    start: int
    end: int
    group: tuple[int, int]
    characters: Offsets | None = None
    wide: bytes | None = field(default=None, repr=False)

    @cached_property
    def _units(self) -> Offsets | None:
        """For each byte of the text where in UTF-16 its character begins, and where the last one ends."""
        if self.wide is None:
            return None
        text = np.frombuffer(self.wide, np.uint8)
        begins = (text & 0xC0) != 0x80
        width = np.where(begins, np.where(text >= 0xF0, 4, 2), 0)
        ends = np.cumsum(width)
        starts = np.maximum.accumulate(np.where(begins, ends - width, 0))
        return np.concatenate((starts, ends[-1:])).astype(np.int64)

    def _decoded(self, offset: int) -> int:
        return offset if self._units is None else int(self._units[offset])

    def _place(self, character: int) -> int:
        if self.characters is None:
            return min(self.start + character, self.end)
        return int(self.characters[character]) if character < len(self.characters) else self.end

    def at(self, offset: int) -> int:
        offset -= self.before
        if offset <= 0:
            return self.start + offset
        if offset >= self.size:
            return self.end + offset - self.size
        decoded, characters = self.group
        if not decoded:
            return self.start + offset * (self.end - self.start) // self.size
        return self._place(self._decoded(offset) * characters // decoded)

    def around(self, start: int, end: int) -> tuple[int, int]:
        first, last = start - self.before, end - self.before
        decoded, characters = self.group
        if not decoded:
            low = self.start + min(first, 0)
            return low, self.end + max(last - self.size, 0)
        low = self.at(start)
        if 0 < first < self.size:
            low = self._place(self._decoded(first) // decoded * characters)
        high = self.at(end)
        if 0 < last < self.size:
            unit = self._decoded(last) if self._units is None else self._after(last)
            high = self._place(-(-unit // decoded) * characters - 1) + 1
        return low, high

    def _after(self, offset: int) -> int:
        """Where in the decoded bytes the character of the byte before `offset` ends."""
        units = self._units
        return offset if units is None else int(units[np.searchsorted(units, units[offset - 1], "right")])

    def decodes(self, start: int, end: int) -> bool:
        return start < self.before + self.size and end > self.before


@dataclass(frozen=True, slots=True)
class Piece:
    """A decoded stretch of a source, or a piece of one: where it is, its text, and the way back.

    Stretches of one `kind` are found in order. `onward` says where this one goes on.
    """

    kind: str
    start: int
    end: int
    text: bytes = field(repr=False)
    layer: Layer
    onward: Onward | None = None
