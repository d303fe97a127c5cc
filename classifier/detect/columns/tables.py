"""The tables of one object while it is searched: verdicts on their columns, and what follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.detect.columns.profile import FILLERS
from classifier.detect.columns.verdict import Judge, Judged
from classifier.detect.spans import Span, Spans
from classifier.detect.view import Columns, NameIndex
from classifier.model import Category, Chunk, Column, TableHead

_MOST = 1000  # columns of an object that are reported
_WORD = 8  # bytes of a cell that may be a filler
_NOTHING: Columns = {}

Cells = NDArray[np.int64]


class Tables:
    """The tables of an object, one after the other; `enter` each chunk first."""

    def __init__(self, judge: Judge, names: NameIndex) -> None:
        self._judge = judge
        self._names = names
        self._head: TableHead | None = None
        self._judged: tuple[Judged, ...] = ()
        self._sole: list[tuple[int, frozenset[int]]] = []
        self.whole: tuple[Judged, ...] = ()
        """The verdicts whose cells are matches themselves, on the present table."""
        self.known: frozenset[int] = frozenset()
        """The columns that are taken for something."""
        self.granted: Columns = _NOTHING
        """The columns in which a plan needs no keyword, by the plan's index."""
        self._parts: list[tuple[str | None, TableHead, tuple[Judged, ...]]] = []

    def enter(self, chunk: Chunk) -> None:
        """Judge the chunk's table, if it is another one. Raises errors.ReadFailure as validators do."""
        if chunk.table is self._head:
            return
        self._head = chunk.table
        self._judged = ()
        if chunk.table is not None:
            self._judged = self._judge.judge(chunk.table, self._names.of(chunk.table.names))
            if self._judged:
                self._parts.append((chunk.part, chunk.table, self._judged))
        self.known = frozenset(judged.number for judged in self._judged)
        self.whole = tuple(judged for judged in self._judged if judged.whole and judged.plan is not None)
        granted: dict[int, set[int]] = {}
        for judged in self._judged:
            for index in judged.granted:
                granted.setdefault(index, set()).add(judged.number)
        self.granted = {index: frozenset(numbers) for index, numbers in granted.items()}
        self._sole = [(judged.number, judged.granted) for judged in self._judged if judged.sole]

    def with_granted(self, names: Columns) -> Columns:
        """Return the columns that carry a keyword with those in which none is needed."""
        if not self.granted:
            return names
        return {
            index: names.get(index, frozenset()) | self.granted.get(index, frozenset())
            for index in names.keys() | self.granted.keys()
        }

    def silence(self, chunk: Chunk, found: dict[int, Sequence[Span]]) -> None:
        """Drop the matches in columns that are something else's."""
        if not self._sole:
            return
        for index in self._judge.governed & found.keys():
            barred = [number for number, granted in self._sole if index not in granted]
            spans = found[index]
            numbers = chunk.locator.columns(_bounds(spans)[:, 0]) if barred else None
            if numbers is None or not (silent := np.isin(numbers, barred)).any():
                continue
            kept = np.flatnonzero(~silent)
            if not len(kept):
                del found[index]
            elif isinstance(spans, Spans):
                found[index] = spans.where(kept)
            else:
                found[index] = [spans[position] for position in kept.tolist()]

    def cells(self, chunk: Chunk, judged: Judged, taken: Mapping[int, Sequence[Span]]) -> Cells:
        """Return the bounds of the cells of a column that are matches, in order.

        What has nothing in it is left out, and what `taken` has a match in of a plan that is granted there
        or finds what gives access.
        """
        cells = chunk.locator.cells(judged.number)
        if cells is None or not len(cells):
            return np.empty((0, 2), np.int64)
        cells = cells[~_fillers(chunk.data, cells)]
        for index, spans in taken.items():
            secret = self._judge.plans[index].detector.category is Category.CREDENTIALS
            if len(spans) and (secret or index in judged.granted):
                bounds = _bounds(spans)
                first = np.searchsorted(np.maximum.accumulate(bounds[:, 1]), cells[:, 0], "right")
                free = np.append(bounds[:, 0], np.iinfo(np.int64).max)[first] >= cells[:, 1]
                cells = cells[free]
        return cells

    def columns(self, redact: Callable[[str], str]) -> tuple[Column, ...]:
        """Return the verdicts on all tables so far, for the report, without content."""
        found = [
            Column(
                part=part and redact(part),
                number=judged.number + 1,
                name=redact(head.names[judged.number]) if judged.number < len(head.names) else None,
                kind=judged.kind,
                detector=None if judged.plan is None else judged.plan.detector.id,
                confidence=judged.confidence,
                reasons=judged.reasons,
            )
            for part, head, verdicts in self._parts
            for judged in verdicts
        ]
        return tuple(found[:_MOST])


def _bounds(spans: Sequence[Span]) -> Cells:
    """Return where the values of matches start and end, a row each."""
    if isinstance(spans, Spans):
        return np.column_stack((spans.firsts, spans.lasts))
    return np.array([span[1:3] for span in spans], dtype=np.int64).reshape(-1, 2)


def _fillers(data: bytes, cells: Cells) -> NDArray[np.bool_]:
    """Return which cells have nothing but white space or a filler."""
    text = np.frombuffer(data + bytes(_WORD), np.uint8)
    sizes = cells[:, 1] - cells[:, 0]
    short = np.flatnonzero(sizes <= _WORD)
    filled = np.zeros(len(cells), np.bool_)
    if not short.size:
        return filled
    places = cells[short, :1] + np.arange(_WORD)
    letters = np.where(np.arange(_WORD) < sizes[short, None], text[places], 32).astype(np.uint8)
    upper = (letters >= 65) & (letters <= 90)
    words = np.ascontiguousarray(letters + upper.astype(np.uint8) * 32).view(f"S{_WORD}").ravel()
    filled[short] = np.isin(words, _FILLER_WORDS)
    return filled


_FILLER_WORDS = np.array(
    [word.encode().ljust(_WORD) for word in sorted(FILLERS) if len(word) <= _WORD], dtype=f"S{_WORD}"
)
