"""Text that a reader puts together from pieces, each of which stands somewhere in the part.

A reader of a document calls `Flow.put` for each piece and hands on what `ready` gives; the chunks' locator
leads from an offset in the text back to the piece: its bytes, page and box.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.extract.window import LEFT, RIGHT
from classifier.model import Chunk, Field, Location
from classifier.visible import visible

_NOWHERE = Location()
_UNKNOWN = -1
_SOFT = "\u00ad"


@dataclass(frozen=True, slots=True)
class FlowLocator:
    """Where the pieces of one chunk stand.

    Piece `i` is `data[marks[i]:marks[i + 1]]`. It starts at the part's byte `at[i]` (-1: it has no bytes of
    its own there). `sizes[i]` is the number of bytes it takes there as a whole; -1 where its characters are
    encoded one after the other in `codecs[kinds[i]]`, so that each has an offset of its own. `places[j]`
    holds from `data[place_marks[j]]` on. Where a place has no box of its own, that of
    `data[box_marks[k]:box_marks[k + 1]]` is around the boxes of its first and last character, which are
    `corners[2 * box_of[k]]` and the next (-1: there is none), each as left, top, right, bottom. `values` are
    start, end and names of the pieces that are the value of something named.
    """

    part: str | None
    data: bytes
    marks: NDArray[np.int64]
    at: NDArray[np.int64]
    sizes: NDArray[np.int64]
    kinds: NDArray[np.int8]
    codecs: tuple[str, ...]
    place_marks: NDArray[np.int64]
    places: tuple[Location, ...]
    values: tuple[tuple[int, int, tuple[str, ...]], ...]
    box_marks: NDArray[np.int64]
    box_of: NDArray[np.int64]
    corners: NDArray[np.float32]

    def locate(self, start: int, end: int) -> Location:
        first, last = self._byte(start, False), self._byte(max(end - 1, start), True, end)
        if first is None or last is None or last < first:
            first = last = None
        index = _index(self.place_marks, start)
        place = self.places[index] if index >= 0 else _NOWHERE
        box = self._box(start, max(end, start + 1)) if place.box is None else place.box
        part = self.part if place.part is None else place.part
        return replace(place, part=part, byte_start=first, byte_end=last, box=box)

    def _box(self, start: int, end: int) -> tuple[float, float, float, float] | None:
        """The box around all boxes of `data[start:end]`."""
        first, last = _index(self.box_marks, start), _index(self.box_marks, end - 1)
        if first < 0 or self.box_of[first] < 0:
            return None
        which = self.box_of[first : last + 1]
        found = self.corners.reshape(-1, 8)[which[which >= 0]].reshape(-1, 4)
        left, bottom = float(found[:, 0].min()), float(found[:, 3].min())
        right, top = float(found[:, 2].max()), float(found[:, 1].max())
        if any(math.isnan(side) for side in (left, bottom, right, top)):
            return None
        return round(left, 1), round(bottom, 1), round(right, 1), round(top, 1)

    def _byte(self, offset: int, is_end: bool, end: int = 0) -> int | None:
        """The part's byte of the character at `data[offset]`; with `is_end` the byte after `data[:end]`."""
        index = _index(self.marks, offset)
        if index < 0 or self.at[index] == _UNKNOWN:
            return None
        if self.sizes[index] != _UNKNOWN:
            return int(self.at[index]) + (int(self.sizes[index]) if is_end else 0)
        piece = self.data[int(self.marks[index]) : end if is_end else offset]
        codec = self.codecs[int(self.kinds[index])]
        if codec == "utf-8":
            return int(self.at[index]) + len(piece)
        text = piece.decode("utf-8", "replace")
        return int(self.at[index]) + len(text.encode(codec, "replace"))

    def enclosing(self, start: int, end: int) -> Field | None:
        index = bisect_right(self.values, start, key=lambda value: value[0]) - 1
        if index < 0 or end > self.values[index][1]:
            return None
        first, last, names = self.values[index]
        return Field(names, first, last)

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None

    def cells(self, column: int) -> NDArray[np.int64] | None:
        return None


def _index(marks: NDArray[np.int64], offset: int) -> int:
    return int(np.searchsorted(marks, offset, "right")) - 1


class Flow:
    """The text of one part as it comes. `label` is the part's, `kind` the format's name for the chunks."""

    def __init__(self, label: str | None, kind: str, chunk_bytes: int) -> None:
        self.label = label
        self._kind = kind
        self._chunk_bytes = chunk_bytes
        self._data = bytearray()
        self._left = 0  # of the data that the chunk before has searched already
        self._marks: array[int] = array("q")
        self._at: array[int] = array("q")
        self._sizes: array[int] = array("q")
        self._kinds: array[int] = array("b")
        self._codecs: list[str] = ["utf-8"]
        self._expected = _UNKNOWN  # where a piece would start that goes on with the one before
        self._place_marks: array[int] = array("q")
        self._places: list[Location] = []
        self._values: list[tuple[int, int, tuple[str, ...]]] = []
        self._box_marks: array[int] = array("q")
        self._box_of: array[int] = array("q")
        self._corners: list[NDArray[np.float32]] = []
        self._boxes = 0  # in the corners that are held
        self.came = False  # any text but white space

    def put(self, text: str, at: int = _UNKNOWN, size: int = _UNKNOWN, codec: str = "utf-8") -> None:
        """Add a piece of text.

        `at` is its first byte's offset in the part, where it has one. Its characters are encoded there in
        `codec`, one after the other; with `size` it is instead written in some other way in so many bytes.
        """
        if not text:
            return
        data = self._data
        encoded = text.encode("utf-8", "replace")
        kind = self._codec(codec)
        goes_on = at == self._expected and at != _UNKNOWN and size == _UNKNOWN and kind == self._kinds[-1]
        nothing_new = at == _UNKNOWN and bool(self._at) and self._at[-1] == _UNKNOWN
        if not (goes_on or nothing_new):
            self._marks.append(len(data))
            self._at.append(at)
            self._sizes.append(size)
            self._kinds.append(kind)
        if at == _UNKNOWN or size != _UNKNOWN:
            self._expected = _UNKNOWN
        else:
            written = encoded if codec == "utf-8" else text.encode(codec, "replace")
            self._expected = at + len(written)
        data += encoded
        if not self.came:
            self.came = not text.isspace()

    def put_boxed(
        self,
        text: str,
        starts: NDArray[np.int64],
        which: NDArray[np.int64],
        corners: NDArray[np.float32],
    ) -> None:
        """Add text that has places on a page. From character `starts[i]` on it is in box `which[i]`.

        `corners` are two characters' boxes (left, top, right, bottom) for each of these. Soft hyphens are
        left out of the text.
        """
        base = len(self._data)
        self.put(text.replace(_SOFT, "") if _SOFT in text else text)
        if len(self._data) - base != len(text):
            codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
            widths = 1 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)
            widths[codes == ord(_SOFT)] = 0
            starts = np.concatenate(([0], np.cumsum(widths)))[starts]
        self._box_marks.frombytes((starts + base).astype(np.int64).tobytes())
        self._box_of.frombytes((which + self._boxes).astype(np.int64).tobytes())
        self._box_marks.append(len(self._data))
        self._box_of.append(_UNKNOWN)
        self._corners.append(corners)
        self._boxes += len(corners) // 2

    def value(
        self,
        names: tuple[str, ...],
        text: str,
        at: int = _UNKNOWN,
        size: int = _UNKNOWN,
        codec: str = "utf-8",
    ) -> None:
        """Add a line that is the value of what has these names, outermost first; see `put`."""
        if not text.strip():
            return
        self.line()
        if names and names[-1]:
            self.put(f"{names[-1]}: ")
        with self.naming(names):
            self.put(text, at, size, codec)

    @contextmanager
    def naming(self, names: tuple[str, ...]) -> Iterator[None]:
        """What is put within is the value of what has these names; then the line ends."""
        start = len(self._data)
        yield
        self._values.append((start, len(self._data), names))
        self.line()

    def member(self, name: str) -> str:
        """The label of something named inside the part."""
        shown = visible(name)
        return shown if self.label is None else f"{self.label}!/{shown}"

    def place(self, place: Location) -> None:
        """Say where all that is put from now on stands; without a `part` it is in the flow's own."""
        if self._place_marks and self._place_marks[-1] == len(self._data):
            self._places[-1] = place
        else:
            self._place_marks.append(len(self._data))
            self._places.append(place)

    @property
    def fresh(self) -> bool:
        """Whether a line has just ended, or none has begun."""
        return not self._data or self._data[-1] == 10

    def line(self) -> None:
        """End a line, unless one has just ended."""
        if not self.fresh:
            self.put("\n")

    def blank(self) -> None:
        """Part two words, unless they are parted."""
        if self._data and self._data[-1] not in b" \t\n":
            self.put(" ")

    def ready(self) -> Iterator[Chunk]:
        """Yield the chunks for which there is text enough."""
        while len(self._data) >= self._left + self._chunk_bytes + RIGHT:
            limit = self._left + self._chunk_bytes
            border = self._data.rfind(b"\n", self._left, limit) + 1
            if border <= self._left:
                border = limit
                while border > limit - 4 and self._data[border] & 0xC0 == 0x80:
                    border -= 1
            yield self._chunk(bytes(self._data[: border + RIGHT]), border)
            self._left = border - self._drop(max(border - LEFT, 0))

    def rest(self) -> Iterator[Chunk]:
        """Yield what is left of the text."""
        yield from self.ready()
        if len(self._data) > self._left:
            yield self._chunk(bytes(self._data), len(self._data))
            self._left = len(self._data)

    def _codec(self, name: str) -> int:
        if name not in self._codecs:
            self._codecs.append(name)
        return self._codecs.index(name)

    def _chunk(self, data: bytes, border: int) -> Chunk:
        pieces = bisect_right(self._marks, len(data))
        places = bisect_right(self._place_marks, len(data))
        locator = FlowLocator(
            self.label,
            data,
            np.array(self._marks[:pieces], np.int64),
            np.array(self._at[:pieces], np.int64),
            np.array(self._sizes[:pieces], np.int64),
            np.array(self._kinds[:pieces], np.int8),
            tuple(self._codecs),
            np.array(self._place_marks[:places], np.int64),
            tuple(self._places[:places]),
            tuple(value for value in self._values if value[0] < len(data)),
            np.array(self._box_marks, np.int64),
            np.array(self._box_of, np.int64),
            np.concatenate(self._corners) if self._corners else np.empty((0, 4), np.float32),
        )
        return Chunk(self.label, self._kind, data, self._left, border, locator)

    def _drop(self, size: int) -> int:
        """Forget the first `size` bytes, fewer where a character would be cut; return how many."""
        while size and self._data[size] & 0xC0 == 0x80:
            size -= 1
        first = max(bisect_right(self._marks, size) - 1, 0)
        self._split(first, size)
        place = max(bisect_right(self._place_marks, size) - 1, 0)
        del self._data[:size]
        for gone in (self._marks, self._at, self._sizes, self._kinds):
            del gone[:first]
        del self._place_marks[:place], self._places[:place]
        for number in range(len(self._marks)):
            self._marks[number] = max(self._marks[number] - size, 0)
        for number in range(len(self._place_marks)):
            self._place_marks[number] = max(self._place_marks[number] - size, 0)
        self._drop_boxes(size)
        self._values = [(max(a - size, 0), b - size, names) for a, b, names in self._values if b > size]
        return size

    def _drop_boxes(self, size: int) -> None:
        first = max(bisect_right(self._box_marks, size) - 1, 0)
        del self._box_marks[:first], self._box_of[:first]
        gone = 0
        used = min((number for number in self._box_of if number >= 0), default=self._boxes)
        while self._corners and gone + len(self._corners[0]) // 2 <= used:
            gone += len(self._corners.pop(0)) // 2
        self._boxes -= gone
        self._box_marks = array("q", (mark - size for mark in self._box_marks))
        self._box_of = array("q", (number - gone if number >= 0 else number for number in self._box_of))

    def _split(self, index: int, size: int) -> None:
        """Let piece `index` begin at `size`, where it begins before."""
        if index >= len(self._marks) or self._marks[index] >= size or self._at[index] == _UNKNOWN:
            return
        if self._sizes[index] == _UNKNOWN:
            before = self._data[self._marks[index] : size].decode("utf-8", "replace")
            self._at[index] += len(before.encode(self._codecs[self._kinds[index]], "replace"))
