"""CSV and its relatives: rows of fields with a delimiter (RFC 4180), with or without a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.cells import Cells
from classifier.extract.dialect import Dialect, sniff
from classifier.extract.encoding import RAW
from classifier.extract.heads import ROWS, table_head
from classifier.extract.lines import Lines
from classifier.extract.part import Head, Part
from classifier.extract.transcode import open_text
from classifier.extract.window import Window, line_end, windows
from classifier.model import Chunk, Field, Location, TableHead


class _RowCutter:
    """Cuts a table at row ends and counts its rows.

    `rows` is the number of rows before the window, None where it is not known any more; `in_row` says that
    the window starts inside a row, which was longer than a window.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.rows: int | None = 0
        self.in_row = False
        self.cells: Cells | None = None

    def cut(self, data: bytes, start: int, limit: int) -> int:
        self.cells = Cells(data, start, self._dialect.delimiter, self.in_row, more=True)
        if self.cells.open and not self.cells.is_regular(self._dialect.columns):
            self.rows = None  # a quoted cell longer than a window, perhaps: what ends a row is a guess
        return self.cells.last_row_end(limit)

    def advance(self, window: Window) -> None:
        """Go on to the window after `window`, which was just cut."""
        cells = self.cells
        if cells is None:
            return
        if self.rows is not None:
            self.rows += cells.rows_before(window.core_end)
        self.in_row = cells.last_row_end(window.core_end) != window.core_end
        if self.in_row and b'"' in window.data:
            self.rows = None  # cut inside quotes, perhaps
        self.cells = None


class TableLocator:
    """Locates by row, field and column name, beside byte offsets and line.

    There is no row or column in a row that is longer than a window, after its first cut.
    """

    __slots__ = ("_dialect", "_grid", "_in_row", "_lines", "_part", "_rows")

    def __init__(self, lines: Lines, part: str | None, dialect: Dialect, cutter: _RowCutter) -> None:
        self._lines = lines
        self._part = part
        self._dialect = dialect
        self._rows = cutter.rows
        self._in_row = cutter.in_row
        self._grid = cutter.cells

    @property
    def grid(self) -> Cells:
        """The window's cells, found when first asked for."""
        if self._grid is None:
            window = self._lines.window
            self._grid = Cells(
                window.data, window.core_start, self._dialect.delimiter, self._in_row, not window.last
            )
        return self._grid

    def locate(self, start: int, end: int) -> Location:
        first, last = self._lines.bytes(start, end)
        column = self.grid.column(start)
        known = column >= 0
        names = self._dialect.names
        return Location(
            part=self._part,
            byte_start=first,
            byte_end=last,
            line=self._lines.line(start),
            column=column + 1 if known else None,
            row=self._rows + self.grid.rows_before(start) + 1 if known and self._rows is not None else None,
            column_name=names[column] if 0 <= column < len(names) else None,
        )

    def enclosing(self, start: int, end: int) -> Field | None:
        column = self.grid.column(start)
        if column < 0:
            return None
        names = self._dialect.names
        return Field(names[column : column + 1], *self.grid.cell(start))

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        found = self.grid.columns(offsets)
        names = self._dialect.names
        return np.where(found < len(names), found, -1) if names else found

    def cells(self, column: int) -> NDArray[np.int64] | None:
        header = self.grid.blank_rows() + 1 if self._rows == 0 and self._dialect.names else 0
        found = self.grid.of_column(column, header)
        return found[found[:, 0] < self._lines.window.core_end]


class Table(Format):
    """Delimited rows."""

    name = "csv"
    facts = Facts(
        title="CSV, TSV and other delimited text",
        group="Text and structured text",
        extensions=("csv", "tsv", "tab", "psv"),
        recognised="as many delimiters in each row",
        library="own cell finder over numpy",
        location="byte offsets, line, row, column, column name",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        dialect = sniff(head)
        return None if dialect is None else partial(self._read, dialect)

    def _read(self, dialect: Dialect, part: Part, work: Work) -> Iterator[Item]:
        newline = line_end(part.head.text)
        text = open_text(part.stream(), part.head.encoding or RAW)
        rows = _RowCutter(dialect)
        head = _head(dialect, part.head)
        for window in windows(text.blocks(), work.limits.chunk_bytes, rows.cut, newline, text.errors):
            locator = TableLocator(Lines(window, text, newline), part.label, dialect, rows)
            rows.advance(window)
            yield Chunk(
                part.label,
                self.name,
                window.data,
                window.core_start,
                window.core_end,
                locator,
                dialect.names,
                table=head,
            )


def _head(dialect: Dialect, head: Head) -> TableHead:
    """Return the first rows that are whole in the part's head, without the header."""
    text = io.StringIO(head.text.decode("utf-8", "replace"), newline="")
    reader = (row for row in csv.reader(text, delimiter=chr(dialect.delimiter)) if row)
    try:
        rows = list(islice(reader, ROWS + 2))
    except csv.Error:  # a field of more than 128 KiB
        rows = []
    if rows and len(rows) < ROWS + 2 and not head.complete:
        rows.pop()
    return table_head(dialect.names, rows[1:] if dialect.names else rows, dialect.columns)
