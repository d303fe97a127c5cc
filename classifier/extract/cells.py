"""Where the cells of a table are: delimiters and row ends outside quotes, for one window at a time.

Quoting is that of RFC 4180: a quote opens a cell only at its start and closes it only at its end, and is
doubled inside. A quote anywhere else, or one that is never closed, is literal.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.extract.window import RIGHT

Offsets: TypeAlias = NDArray[np.int64]

_LF, _CR, _QUOTE = 10, 13, 34
_REGULAR = 0.9
_BLANK = 1000  # rows with nothing in them before a header


class Cells:
    """The separators of `data` from `start` on, which is a row's start (or inside a row, with `in_row`).

    All offsets are in `data`. `more` says that text follows the data: then a quote that is still open at its
    end may be closed later, and `open` says that it was taken as literal nevertheless.
    """

    __slots__ = ("_data", "_ends", "_in_row", "_row_ends", "_separators", "_start", "open")

    def __init__(self, data: bytes, start: int, delimiter: int, in_row: bool, more: bool) -> None:
        self._data = data
        self._start = start
        self._in_row = in_row
        self._separators, codes, self.open = _separators(data, start, delimiter, more)
        self._row_ends = np.flatnonzero(codes != delimiter)
        self._ends = self._separators[self._row_ends]

    def is_regular(self, columns: int) -> bool:
        """Whether nearly all rows that end in the data have this number of fields, more than one."""
        counts = np.diff(self._row_ends, prepend=-1)
        return columns > 1 and bool(counts.size) and float((counts == columns).mean()) >= _REGULAR

    def last_row_end(self, limit: int) -> int:
        """Return the offset after the last row end before `limit`; the start when there is none."""
        rows = self.rows_before(limit)
        return int(self._ends[rows - 1]) + 1 if rows else self._start

    def rows_before(self, offset: int) -> int:
        """Return how many rows end before `offset`."""
        return int(np.searchsorted(self._ends, offset))

    def column(self, offset: int) -> int:
        """Return the 0-based field of `data[offset]`; -1 where its row's start is not known."""
        if offset < self._start:
            return -1
        index = int(np.searchsorted(self._separators, offset))
        rows = int(np.searchsorted(self._row_ends, index))
        if rows:
            return index - int(self._row_ends[rows - 1]) - 1
        return -1 if self._in_row else index

    def columns(self, offsets: Offsets) -> Offsets:
        """Return `column` of each offset; a delimiter belongs to the field it ends."""
        index = np.searchsorted(self._separators, offsets)
        rows = np.searchsorted(self._row_ends, index)
        firsts = np.concatenate(([0], self._row_ends + 1))
        unknown = offsets < self._start
        if self._in_row:
            unknown |= rows == 0
        return np.where(unknown, -1, index - firsts[rows])

    def of_column(self, column: int, skipped: int) -> Offsets:
        """Return the bounds of the cells of a field without their quotes, a row each, and no empty ones.

        Of the rows the first `skipped` are left out, and the one that has no start here.
        """
        count = len(self._separators)
        firsts = np.concatenate(([0], self._row_ends + 1))[max(skipped, int(self._in_row)) :]
        lasts = np.append(self._row_ends, count)[max(skipped, int(self._in_row)) :]
        index = firsts[firsts + column <= lasts] + column
        if not index.size:
            return np.empty((0, 2), np.int64)
        borders = np.concatenate(([self._start - 1], self._separators, [len(self._data)]))
        text = np.frombuffer(self._data + b"\n", np.uint8)
        starts, ends = borders[index] + 1, borders[index + 1]
        ends = ends - ((ends > starts) & (text[ends - 1] == _CR) & (text[ends] == _LF))
        quoted = (ends - starts >= 2) & (text[starts] == _QUOTE) & (text[ends - 1] == _QUOTE)
        found = np.column_stack((starts + quoted, ends - quoted))
        return found[found[:, 1] > found[:, 0]]

    def blank_rows(self) -> int:
        """Return how many rows have nothing in them before the first that has something."""
        start = self._start
        for number, end in enumerate(self._ends[:_BLANK].tolist()):
            if self._data[start:end].strip():
                return number
            start = end + 1
        return min(_BLANK, len(self._ends))

    def cell(self, offset: int) -> tuple[int, int]:
        """Return the bounds of the text of the cell around `data[offset]`, without its quotes.

        `offset` is not before the start.
        """
        data = self._data
        index = int(np.searchsorted(self._separators, offset))
        start = int(self._separators[index - 1]) + 1 if index else self._start
        end = int(self._separators[index]) if index < self._separators.size else len(data)
        end = min(end, len(data))
        if end > start and data[end - 1] == _CR and data[end : end + 1] == b"\n":
            end -= 1
        if end - start >= 2 and data[start] == _QUOTE == data[end - 1]:
            return start + 1, end - 1
        return start, end


def _separators(
    data: bytes, start: int, delimiter: int, more: bool
) -> tuple[Offsets, NDArray[np.uint8], bool]:
    """Return the offsets of delimiters and row ends outside quotes, their bytes, and `Cells.open`."""
    is_open = False
    text = np.frombuffer(data, np.uint8)
    core = text[start:]
    quoted = data.find(b'"', start) >= 0
    returns = data.find(b"\r", start) >= 0
    mask = core == delimiter
    mask |= core == _LF
    if returns:
        mask |= core == _CR
    if quoted:
        mask |= core == _QUOTE
    offsets = np.flatnonzero(mask)
    codes = core[offsets]
    offsets += start
    if quoted:
        outside, is_open = _outside_quotes(data, start, delimiter, more, offsets, codes)
        offsets, codes = offsets[outside], codes[outside]
    if returns:
        followed = (codes == _CR) & (text[np.minimum(offsets + 1, text.size - 1)] == _LF)
        followed &= offsets + 1 < text.size
        offsets, codes = offsets[~followed], codes[~followed]
    return offsets, codes, is_open


def _outside_quotes(
    data: bytes, start: int, delimiter: int, more: bool, offsets: Offsets, codes: NDArray[np.uint8]
) -> tuple[NDArray[np.bool_], bool]:
    """Return which of `offsets`, where `data` has the bytes `codes`, are outside quotes, and `Cells.open`."""
    is_quote: NDArray[np.bool_] = codes == _QUOTE
    quotes = offsets[is_quote]
    if _well_formed(np.frombuffer(data, np.uint8), quotes, start, delimiter):
        outside: NDArray[np.bool_] = (np.cumsum(is_quote, dtype=np.int32) & 1 == 0) & ~is_quote
        if quotes.size % 2 == 0:
            return outside, False
        # The last cell is open. Its row is left to the next window, which sees more of it; where there is no
        # row before it, this window sees all that there is to see.
        near = len(data) - int(quotes[-1]) <= RIGHT
        if more and (near or bool((outside & (codes != delimiter)).any())):
            return outside, False
    spans = _spans(data, start, delimiter)
    outside = (np.searchsorted(spans, offsets, "right") & 1 == 0) & ~is_quote
    return outside, more and (not spans.size or int(spans[-1]) <= int(quotes[-1]))


def _well_formed(text: NDArray[np.uint8], quotes: Offsets, start: int, delimiter: int) -> bool:
    """Whether all quotes, taken in turn as opening and closing ones, stand where such a one may stand."""
    border = np.zeros(256, np.bool_)
    border[[delimiter, _LF, _CR, _QUOTE]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    if opening[0] == start:
        opening = opening[1:]
    if closing.size and closing[-1] == text.size - 1:
        closing = closing[:-1]
    return bool(border[text[opening - 1]].all() and border[text[closing + 1]].all())


def _spans(data: bytes, start: int, delimiter: int) -> Offsets:
    """Return the borders of the quoted cells, in turn start and end, where some quotes are literal."""
    found = _quoted_cell(delimiter).finditer(data, start)
    flat = [edge for match in found for edge in match.span()]
    return np.array(flat, np.int64)


@lru_cache(maxsize=16)
def _quoted_cell(delimiter: int) -> re.Pattern[bytes]:
    border = re.escape(bytes((delimiter,))) + rb"\r\n"
    return re.compile(rb"(?:\A|(?<=[" + border + rb']))"(?:[^"]++|"")*+"(?=[' + border + rb"]|\Z)")
