"""A small table as one chunk: what the examples of detectors of columns are searched as."""

from __future__ import annotations

import csv
import io

import numpy as np
from numpy.typing import NDArray

from classifier.model import Chunk, Field, Location, TableHead


class Sheet:
    """Rows of the same number of fields, with a header, as the locator of a chunk of theirs."""

    def __init__(self, text: str) -> None:
        """Take a table with commas; its quoted fields may have commas, and no quotes."""
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
        self._width = len(rows[0])
        cells = [cell.encode() for row in rows for cell in (*row, *[""] * self._width)[: self._width]]
        self._ends = np.cumsum([len(cell) + 1 for cell in cells], dtype=np.int64) - 1
        self._starts = self._ends - np.fromiter(map(len, cells), dtype=np.int64, count=len(cells))
        names, *body = rows
        columns = tuple(zip(*((*row, *[""] * self._width)[: self._width] for row in body), strict=True))
        data = b"".join(
            cell + (b"\n" if number % self._width == self._width - 1 else b",")
            for number, cell in enumerate(cells)
        )
        head = TableHead(tuple(names), columns or ((),) * self._width)
        self.chunk = Chunk(None, "csv", data, 0, len(data), self, tuple(names), table=head)

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end)

    def enclosing(self, start: int, end: int) -> Field | None:
        cell = int(np.searchsorted(self._ends, start))
        names = self.chunk.names[cell % self._width :][:1]
        return Field(names, int(self._starts[cell]), int(self._ends[cell]))

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        found: NDArray[np.int64] = np.searchsorted(self._ends, offsets) % self._width
        return found

    def cells(self, column: int) -> NDArray[np.int64] | None:
        own = slice(self._width + column, None, self._width)
        return np.column_stack((self._starts[own], self._ends[own]))
