"""Cuts a stream of text into windows: a core to search, with margins shared with the neighbours.

    |<- left 1 KiB ->|<---------- core ---------->|<- right 16 KiB ->|
                     core_start                   core_end

Cores tile the text without gap or overlap. Their borders depend on the text alone, not on how the source cut
it into blocks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

LEFT = 1 << 10
RIGHT = 1 << 14
_SLACK = 1 << 14  # a right margin may be this much longer: cutting it would cost a copy

# Returns the border after the last whole unit (line, row) in data[start:limit]; `start` when there is none.
Cut = Callable[[bytes, int, int], int]


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of a part's text.

    `offset` is that of `data[0]` in the text; `line` the 1-based line of `data[core_start]` and `column` the
    number of characters of that line before it; `last` says that nothing follows.
    """

    data: bytes
    core_start: int
    core_end: int
    offset: int
    line: int
    column: int
    last: bool


def line_end(sample: bytes) -> int:
    """Return the byte that ends lines: LF (also as CRLF), or CR where the text has no LF."""
    return 13 if b"\n" not in sample and b"\r" in sample else 10


def cut_at(newline: int) -> Cut:
    """Return a cut at line ends."""
    mark = bytes((newline,))

    def cut(data: bytes, start: int, limit: int) -> int:
        return max(data.rfind(mark, start, limit) + 1, start)

    return cut


def windows(
    blocks: Iterator[bytes], chunk_bytes: int, cut: Cut, newline: int, errors: str
) -> Iterator[Window]:
    """Yield the windows of the text `blocks`.

    A core is at most `chunk_bytes` long (the last one at most `RIGHT` longer). Memory is bounded by two
    windows and the largest block. `errors` is the handler to count characters with, `newline` the byte that
    ends lines. Where `cut` finds no border the core is cut between two characters.
    """
    rope: deque[bytes] = deque()
    skip = held = left = offset = column = 0
    line = 1
    for block in blocks:
        rope.append(block)
        held += len(block)
        while held >= left + chunk_bytes + RIGHT:
            data = _take(rope, skip, left + chunk_bytes + RIGHT)
            border = cut(data, left, left + chunk_bytes)
            if border <= left:
                border = _between_characters(data, left, left + chunk_bytes)
            if len(data) - border > RIGHT + _SLACK:
                data = data[: border + RIGHT]
            yield Window(data, left, border, offset, line, column, last=False)
            column = _column(data, left, border, newline, errors, column)
            line += int(np.count_nonzero(np.frombuffer(data, np.uint8)[left:border] == newline))
            used = max(border - LEFT, 0)
            left = border - used
            offset += used
            held -= used
            skip += used
            del data
            while rope and skip >= len(rope[0]):
                skip -= len(rope.popleft())
    if held > left:
        data = _take(rope, skip, held)
        yield Window(data, left, held, offset, line, column, last=True)


def _take(rope: deque[bytes], skip: int, size: int) -> bytes:
    """Return `size` bytes of the rope from `skip` on; the only copy on the way of plain text."""
    first = rope[0]
    if len(first) - skip >= size:
        return first if skip == 0 and len(first) == size else first[skip : skip + size]
    pieces: list[bytes | memoryview] = [memoryview(first)[skip:]]
    missing = size - len(pieces[0])
    for block in islice(rope, 1, None):
        pieces.append(block if len(block) <= missing else memoryview(block)[:missing])
        missing -= len(pieces[-1])
        if missing == 0:
            break
    return b"".join(pieces)


def _between_characters(data: bytes, start: int, limit: int) -> int:
    """Return `limit`, or up to three bytes less so that no UTF-8 character is cut."""
    for border in range(limit, max(limit - 4, start), -1):
        if data[border] & 0xC0 != 0x80:
            return border
    return limit


def _column(data: bytes, start: int, border: int, newline: int, errors: str, before: int) -> int:
    """The number of characters between the last line end and `border`."""
    if data[border - 1] == newline:
        return 0
    line_start = data.rfind(newline, start, border) + 1
    if line_start:
        return characters(data[line_start:border], errors)
    return before + characters(data[start:border], errors)


def characters(piece: bytes, errors: str) -> int:
    """Return the number of characters in UTF-8 `piece`; bytes that are no character count as one each."""
    if piece.isascii():
        return len(piece)
    try:
        return len(piece.decode("utf-8", errors))
    except UnicodeDecodeError:
        return len(piece.decode("utf-8", "surrogateescape"))
