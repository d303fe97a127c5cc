"""What is encoded in a chunk as a chunk of its own, and its matches back in the chunk that it came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from classifier.detect.confirm import Plan
from classifier.detect.detector import FARTHEST, Detector
from classifier.detect.escapes import Signs, stretches
from classifier.detect.layers import Coded, Layer, Onward, Piece
from classifier.detect.runs import KIND, RunStarts, runs
from classifier.detect.spans import Rated, Span
from classifier.model import Category, Chunk, Field, Location

DEPTH = 3  # times that a value may be encoded
_FREE = 1 << 20  # bytes that may be decoded of any part
_RATIO = 2  # and for each byte of it
_LEAST = 64  # bytes that a stretch counts at least
_BATCH = 1 << 20
_APART = b"\n" * (FARTHEST + 1)  # between two texts: neither is near the other
_PROSE = 40  # bytes of the shortest text that is searched for more than credentials
_WORDS = re.compile(rb"[A-Za-z]{2,}[ ,.:;=\"'@\n-]+")


class Decoded(tuple[int, int, int]):
    """A span of a chunk whose `value` stands there in another form.

    It begins where the encoded stretch begins, and orders among the others by the place of its value. `where`
    is the smallest stretch of the chunk that decodes to all of the value. `helped` says whether it has a
    keyword in its text, `detector` is what it is reported under, `confidence` the match's own, if it has one.
    """

    value: bytes
    where: tuple[int, int]
    helped: bool
    detector: Detector
    confidence: float | None

    def __new__(
        cls,
        span: Span,
        value: bytes,
        where: tuple[int, int],
        *,
        helped: bool,
        detector: Detector,
        confidence: float | None = None,
    ) -> Decoded:
        self = super().__new__(cls, span)
        self.value, self.where, self.helped, self.detector = value, where, helped, detector
        self.confidence = confidence
        return self


def value_of(data: bytes, span: Span) -> bytes:
    """Return the value of a match in `data`."""
    return span.value if isinstance(span, Decoded) else data[span[1] : span[2]]


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded text. `layers` lead back to the chunk, the outermost first; `start` is where it begins."""

    start: int
    data: bytes = field(repr=False)
    layers: tuple[Layer, ...]

    def decodes(self, start: int, end: int) -> bool:
        """Return whether any of `data[start:end]`, or a neighbour of it, is decoded."""
        return self.layers[-1].decodes(start, end)

    def at(self, offset: int) -> int:
        for layer in reversed(self.layers):
            offset = layer.at(offset)
        return offset

    def around(self, start: int, end: int) -> tuple[int, int]:
        for layer in reversed(self.layers):
            start, end = layer.around(start, end)
        return start, end


class Batch:
    """Decoded texts, far enough from each other, as one chunk, of which this is the locator.

    There is little of it, of many kinds: a database of its own for what it needs would never pay, so that all
    expressions are searched for, wherever keywords are (which is what `nested` says of a chunk).
    """

    def __init__(self, source: Chunk, texts: list[Text]) -> None:
        self._source = source
        self._texts = texts
        self._starts = list(accumulate((len(text.data) + len(_APART) for text in texts[:-1]), initial=0))
        data = _APART.join(text.data for text in texts)
        self.chunk = Chunk(source.part, source.format, data, 0, len(data), self, nested=True)

    def _text(self, offset: int) -> tuple[Text, int]:
        index = bisect_right(self._starts, offset) - 1
        return self._texts[index], self._starts[index]

    def locate(self, start: int, end: int) -> Location:
        text, origin = self._text(start)
        return self._source.locator.locate(*text.around(start - origin, end - origin))

    def enclosing(self, start: int, end: int) -> Field | None:
        text, origin = self._text(start)
        outer = self._source.locator.enclosing(text.start, text.start + 1)
        return Field(() if outer is None else outer.names, origin, origin + len(text.data))

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None

    def cells(self, column: int) -> NDArray[np.int64] | None:
        return None

    def spans(self, plan: Plan, spans: Iterable[Span], helped: Iterable[bool]) -> Iterator[Decoded]:
        """Yield the matches as they stand in the source; those that stand there as they are are left out."""
        data = self.chunk.data
        for found, has_keyword in zip(spans, helped, strict=True):
            start, first, last = found
            text, origin = self._text(start)
            begin, low, high = start - origin, first - origin, last - origin
            if high > len(text.data):
                continue  # it goes on in the next text
            if isinstance(text.layers[-1], Coded):
                begin = low
            if not text.decodes(begin, high) or not _is_wanted(plan, text.data):
                continue
            where = text.around(low, high)
            place = text.at(low)
            span = text.start, place, max(text.at(high), place + 1)
            if span[2] < text.start:
                continue  # it stands before all that is decoded
            detector = plan.named_after(data, found)
            yield Decoded(
                span,
                data[first:last],
                where,
                helped=has_keyword,
                detector=detector,
                confidence=found.confidence if isinstance(found, Rated) else None,
            )


def _is_wanted(plan: Plan, text: bytes) -> bool:
    """Whether the plan is for such a text: credentials may be in any, other values in what people write."""
    if plan.detector.category is Category.CREDENTIALS:
        return True
    return len(text) >= _PROSE and len(_WORDS.findall(text, 0, 1024)) >= 3


@dataclass(slots=True)
class Progress:
    """How far the stretches of one kind are decoded. Offsets count from a place in the part, or after it.

    `onward` says where one goes on, `covered` up to where there is none to begin, `spent` how many bytes came
    out.
    """

    onward: Onward | None = None
    covered: int = 0
    spent: int = 0

    def moved(self, by: int) -> Progress:
        """Return the same with offsets from `by` bytes before."""
        onward = None if self.onward is None else (self.onward[0] + by, self.onward[1])
        return Progress(onward, self.covered + by, self.spent)

    def beyond(self) -> Progress:
        """Return what is left of it after the place that offsets count from."""
        ahead = self.onward is not None and self.onward[0] >= 0
        return Progress(self.onward if ahead else None, self.covered, self.spent)


_NOTHING = Progress()


class Finder:
    """Finds and decodes what is encoded in a text. To be used by one thread at a time."""

    def __init__(self, *, compiled: bool = True) -> None:
        """Make it ready; `compiled`: with Hyperscan, where there is one."""
        self._signs = Signs(compiled=compiled)
        self._runs = RunStarts(compiled=compiled)

    def __call__(self, data: bytes, progress: Mapping[str, Progress], first: int = 0) -> Iterator[Piece]:
        """Yield the pieces from `first` on, one kind after the other, each in order.

        `progress` says for each kind how far it is, in offsets from `first`.
        """
        starts, at = self._runs(data), progress.get(KIND, _NOTHING)
        if starts or at.onward is not None:
            at = at.moved(first)
            yield from runs(data, starts, first, at.onward, at.covered)
        for notation, counting in self._signs(data):
            at = progress.get(notation.name, _NOTHING).moved(first)
            yield from stretches(data, notation, counting, first, at.onward)

    def within(self, piece: Piece, start: int, outer: tuple[Layer, ...], depth: int) -> Iterator[Text]:
        """Yield the text of a piece and what is encoded in it, `depth` times at most."""
        if not piece.text:
            return
        layers = (*outer, piece.layer)
        yield Text(start, piece.text, layers)
        if depth > 1:
            for inner in self(piece.text, {}):
                if piece.layer.decodes(inner.start, inner.end):
                    yield from self.within(inner, start, layers, depth - 1)


class Decoder:
    """Decodes one part, chunk after chunk."""

    def __init__(self, finder: Finder, depth: int) -> None:
        self._finder = finder
        self._depth = depth
        self._position = 0  # bytes of the cores so far
        self._progress: dict[str, Progress] = {}  # of the kinds that there were

    def batches(self, chunk: Chunk) -> Iterator[Batch]:
        """Yield what is encoded in the chunk from its core on."""
        if not self._depth:
            return
        texts: list[Text] = []
        size = 0
        for text in self._texts(chunk):
            texts.append(text)
            size += len(text.data)
            if size >= _BATCH:
                yield Batch(chunk, texts)
                texts, size = [], 0
        if texts:
            yield Batch(chunk, texts)
        self._position += chunk.core_end - chunk.core_start

    def _texts(self, chunk: Chunk) -> Iterator[Text]:
        start, end = chunk.core_start, chunk.core_end
        before = self._progress
        self._progress = {kind: at.moved(start - end).beyond() for kind, at in before.items()}
        for piece in self._finder(chunk.data, before, start):
            progress, own = self._progress.setdefault(piece.kind, Progress()), piece.start < end
            if own:
                progress.covered = max(progress.covered, piece.end - end)
                if piece.onward is not None and piece.onward[0] >= end:
                    progress.onward = piece.onward[0] - end, piece.onward[1]
                progress.spent += max(len(piece.text), piece.end - piece.start, _LEAST)
            if progress.spent > _FREE + _RATIO * (self._position + piece.start - start):
                continue
            for text in self._finder.within(piece, piece.start, (), self._depth):
                if own and len(text.layers) > 1:
                    progress.spent += max(len(text.data), _LEAST)
                yield text
