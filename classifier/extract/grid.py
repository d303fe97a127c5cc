"""Rows of cells that a format's reader found, as chunks: what spreadsheets and databases are made of.

The text of a chunk is the cells, a tab after each and a line end after each row. Cells are judged by
column, as those of a CSV file are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from classifier.extract.heads import COLUMNS, ROWS, table_head
from classifier.extract.limits import Limits
from classifier.extract.part import Part
from classifier.extract.window import windows
from classifier.model import Chunk, Field, Location, TableHead

_TAB, _LF = 9, 10
_BLOCK = 1 << 16  # characters


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table within a part.

    `name` is the table's or sheet's ("" where there is only one, without a name). `names` are the columns'
    names where the format itself has them (a schema); without them a first row that looks like a header is
    taken for one. `cells` says that a place is a cell reference (`Sheet2!C5`), else it is row and column.
    `first_row` is the number of the first row, from 1: 2 where the format counts a header row that is not
    among the rows.
    """

    name: str = ""
    names: tuple[str, ...] = ()
    cells: bool = False
    first_row: int = 1
    first_column: int = 1


class GridLocator:
    """Locates by row and column."""

    __slots__ = ("_bounds", "_cell_column", "_cell_row", "_core", "_header", "_names", "_part", "_sheet")

    def __init__(
        self,
        part: str | None,
        sheet: Sheet,
        names: tuple[str, ...],
        header: int,
        starts: NDArray[np.int64],
        columns: NDArray[np.int32],
        rows: NDArray[np.int64],
        core: tuple[int, int],
        size: int,
    ) -> None:
        """`starts` are the cells' in the data, `columns` and `rows` their numbers from 0.

        `header` is the number of the row whose cells are names, -1 where there is none.
        """
        self._part = part
        self._sheet = sheet
        self._names = names
        self._header = header
        self._bounds = np.append(starts, size)
        self._cell_column = columns
        self._cell_row = rows
        self._core = core

    def _index(self, offset: int) -> int:
        return int(np.searchsorted(self._bounds, offset, "right")) - 1

    def locate(self, start: int, end: int) -> Location:
        index = min(max(self._index(start), 0), len(self._cell_row) - 1)
        if index < 0:
            return Location(part=self._part, table=self._sheet.name or None)
        column, row = int(self._cell_column[index]), int(self._cell_row[index])
        sheet = self._sheet
        number = sheet.first_row + row
        return Location(
            part=self._part,
            table=sheet.name or None,
            row=number,
            column=sheet.first_column + column,
            column_name=(self._names[column] or None) if column < len(self._names) else None,
            cell=_reference(sheet.name, sheet.first_column + column, number) if sheet.cells else None,
        )

    def enclosing(self, start: int, end: int) -> Field | None:
        index = self._index(start)
        if not 0 <= index < len(self._cell_row):
            return None
        column = int(self._cell_column[index])
        return Field(
            self._names[column : column + 1],
            max(int(self._bounds[index]), 0),
            max(int(self._bounds[index + 1]) - 1, start),
        )

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        index = np.searchsorted(self._bounds, offsets, "right") - 1
        known = (index >= 0) & (index < len(self._cell_column))
        if not len(self._cell_column):
            return np.full(len(offsets), -1, np.int64)
        found = self._cell_column[np.clip(index, 0, len(self._cell_column) - 1)].astype(np.int64)
        if self._names:
            known &= found < len(self._names)
        result: NDArray[np.int64] = np.where(known, found, -1)
        return result

    def cells(self, column: int) -> NDArray[np.int64] | None:
        starts, ends = self._bounds[:-1], self._bounds[1:] - 1
        own = (self._cell_column == column) & (starts >= self._core[0]) & (starts < self._core[1])
        own &= (ends > starts) & (self._cell_row != self._header)
        return np.column_stack((starts[own], ends[own]))


def _reference(sheet: str, column: int, row: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{sheet}!{letters}{row}" if sheet else f"{letters}{row}"


def grid(
    part: Part,
    name: str,
    sheet: Sheet,
    rows: Iterable[Sequence[str]],
    limits: Limits,
    is_header: Callable[[Sequence[Sequence[str]]], bool] | None = None,
) -> Iterator[Chunk]:
    """Yield the chunks of `rows`, which are of format `name`; empty cells and rows keep their numbers.

    `is_header` tells from the first rows with something in them whether the first of these names columns.
    """
    feed = iter(rows)
    first = list(islice(feed, ROWS + 2))
    names, header = sheet.names, -1
    filled = [(number, row) for number, row in enumerate(first) if any(row)]
    if not names and filled and is_header is not None and is_header([row for _, row in filled[:20]]):
        header, found = filled[0]
        names = tuple(cell.strip() for cell in found)
    width = max((len(row) for row in first), default=0)
    body = [row for number, row in filled if number != header]
    head: TableHead | None = table_head(names, body, max(width, len(names))) if body or names else None
    cut = _RowCut()
    for window in windows(cut.blocks(chain(first, feed)), limits.chunk_bytes, cut.cut, _LF, "surrogatepass"):
        starts, columns, numbers = cut.of(window.offset, window.offset + len(window.data))
        locator = GridLocator(
            part.label,
            sheet,
            names[:COLUMNS],
            header,
            starts,
            columns,
            numbers,
            (window.core_start, window.core_end),
            len(window.data),
        )
        cut.done(window.offset + window.core_end)
        yield Chunk(
            part.label,
            name,
            window.data,
            window.core_start,
            window.core_end,
            locator,
            names[:COLUMNS],
            table=head,
        )


class _RowCut:
    """Where the cells and rows of the text are that has come so far, and a cut at rows."""

    def __init__(self) -> None:
        self._starts: list[NDArray[np.int64]] = []
        self._columns: list[NDArray[np.int32]] = []
        self._rows: list[NDArray[np.int64]] = []
        self._ends: list[int] = []
        self._border = 0

    def blocks(self, rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
        offset = size = 0
        held: list[Sequence[str]] = []
        texts: list[str] = []
        numbers: list[int] = []
        for number, row in enumerate(rows):
            text = "\t".join(row)
            if not text or len(text) < len(row):  # nothing but the tabs
                continue
            held.append(row)
            texts.append(text)
            numbers.append(number)
            size += len(text)
            if size >= _BLOCK:
                data = self._add(offset, held, texts, numbers)
                yield data
                offset += len(data)
                size = 0
                held, texts, numbers = [], [], []
        if held:
            yield self._add(offset, held, texts, numbers)

    def _add(self, offset: int, rows: list[Sequence[str]], texts: list[str], numbers: list[int]) -> bytes:
        """Add some rows, their texts and numbers; return the bytes that they are."""
        texts.append("")
        data = "\n".join(texts).encode("utf-8", "surrogatepass")
        raw = np.frombuffer(data, np.uint8)
        widths = np.fromiter(map(len, rows), np.int64, len(rows))
        ends = np.flatnonzero((raw == _TAB) | (raw == _LF)) + 1
        if ends.size != widths.sum():  # a cell has a tab or a line end in it
            cells = chain.from_iterable(rows)
            ends = np.cumsum([len(cell.encode("utf-8", "surrogatepass")) + 1 for cell in cells])
        lasts = np.cumsum(widths)
        self._starts.append(offset + np.concatenate(([0], ends[:-1])))
        self._columns.append((np.arange(len(ends)) - np.repeat(lasts - widths, widths)).astype(np.int32))
        self._rows.append(np.repeat(np.array(numbers, np.int64), widths))
        self._ends.extend((offset + ends[lasts - 1]).tolist())
        return data

    def cut(self, data: bytes, start: int, limit: int) -> int:
        reach = self._border + limit - start
        index = int(np.searchsorted(np.array(self._ends, np.int64), reach, "right"))
        return start + max(self._ends[index - 1] - self._border, 0) if index else start

    def of(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
        """Return starts (from `start`), columns and rows of the cells between two offsets of the text."""
        starts = np.concatenate(self._starts) if self._starts else np.empty(0, np.int64)
        columns = np.concatenate(self._columns) if self._columns else np.empty(0, np.int32)
        rows = np.concatenate(self._rows) if self._rows else np.empty(0, np.int64)
        first = max(int(np.searchsorted(starts, start, "right")) - 1, 0)
        last = int(np.searchsorted(starts, end))
        self._starts, self._columns, self._rows = [starts[first:]], [columns[first:]], [rows[first:]]
        return starts[first:last] - start, columns[first:last], rows[first:last]

    def done(self, border: int) -> None:
        """Go on to the window that begins at `border`."""
        self._border = border
        while self._ends and self._ends[0] <= border:  # few: those of one window
            del self._ends[: max(int(np.searchsorted(np.array(self._ends), border, "right")), 1)]
