"""The structure of a stretch of JSON text (RFC 8259): where its strings, containers and members are.

One numpy pass over the bytes finds the structural characters outside strings and the depth at each; a path is
then a few binary searches. Broken JSON gives the best path there is, or none; it never raises.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Offsets: TypeAlias = NDArray[np.int64]

_ARRAY, _OBJECT, _COMMA, _COLON, _QUOTE, _BACKSLASH, _LF = b'[{,:"\\\n'
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Frame:
    """One open container: an array with the present element's index, or an object with the member's key.

    `key` is None between members; `lost` says that there is a key which is not known.
    """

    is_array: bool
    index: int = 0
    key: str | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where in a document a stretch starts: its open containers, outermost first.

    `depth` is their number, more than `frames` holds where the document is too deep to follow.
    """

    frames: tuple[Frame, ...] = ()
    depth: int = 0
    in_string: bool = False


class JsonIndex:
    """The structure of `data` from `start` on, which `state` describes.

    With `lines` each line is a document of its own (JSON Lines), and a broken one ends with its line. Levels
    deeper than `limit` are not followed. All offsets are in `data`.
    """

    __slots__ = (
        "_codes",
        "_depths",
        "_edges",
        "_keys",
        "_level_of",
        "_levels",
        "_limit",
        "_line_ends",
        "_quotes",
        "_start",
        "_state",
        "_structure",
        "data",
        "deepest",
    )

    def __init__(self, data: bytes, start: int, state: State, limit: int, lines: bool) -> None:
        self.data = data
        self._start = start
        self._state = state
        self._limit = limit
        self._keys: dict[int, str | None] = {}
        self._levels: dict[int, tuple[Offsets, Offsets, Offsets]] = {}
        text = np.frombuffer(data, np.uint8)
        core = text[start:]
        folded = core | 0x20  # [ and { become {, ] and } become }
        mask = (core == _COMMA) | (core == _COLON) | (folded == 0x7B) | (folded == 0x7D) | (core == _QUOTE)
        self._line_ends = np.flatnonzero(core == _LF) + start if lines else np.empty(0, np.int64)
        mask[_escaped_quotes(data, text, start) - start] = False
        marks = np.flatnonzero(mask)
        codes = core[marks]
        edge = codes == _QUOTE
        self._quotes: Offsets = marks[edge] + start
        self._edges = self._quotes
        counts = np.diff(np.searchsorted(self._quotes, self._line_ends), prepend=0)
        unclosed = self._line_ends[counts % 2 == 1] - start
        if unclosed.size:
            mask[unclosed] = True
            marks = np.flatnonzero(mask)
            codes = core[marks]
            edge = (codes == _QUOTE) | (codes == _LF)
            self._edges = marks[edge] + start
        outside = ((np.cumsum(edge, dtype=np.int32) + state.in_string) & 1 == 0) & ~edge
        marks, codes = marks[outside], codes[outside]
        opens = (codes | 0x20) == 0x7B
        closes = (codes | 0x20) == 0x7D
        depths = np.cumsum(opens.astype(np.int8) - closes.astype(np.int8), dtype=np.int64) + state.depth
        self._structure = marks + start
        self._codes = codes
        if lines:
            depths -= self._at_line_start(depths)
        self._depths = depths
        self._level_of: Offsets = depths + closes  # the level of the container that a mark belongs to
        self.deepest = max(int(depths.max()) if depths.size else 0, state.depth)

    def _at_line_start(self, depths: Offsets) -> Offsets:
        """The depth that the lines before have left open, for each structural character."""
        first = np.searchsorted(self._structure, self._line_ends)
        left = np.concatenate(([0], depths))[first]
        counts = np.diff(first, prepend=0, append=depths.size)
        return np.repeat(np.concatenate(([0], left)), counts)

    @property
    def marks(self) -> tuple[Offsets, NDArray[np.uint8], Offsets]:
        """The structural characters outside strings: offsets, bytes, and the levels of their containers."""
        return self._structure, self._codes, self._level_of

    @property
    def quotes(self) -> Offsets:
        """The offsets of the quotes that begin and end strings, in turn where all strings are whole."""
        return self._quotes

    @property
    def entered(self) -> State:
        """What is open where the stretch starts."""
        return self._state

    @property
    def start(self) -> int:
        """Where the stretch starts."""
        return self._start

    @property
    def limit(self) -> int:
        """The levels that are followed."""
        return self._limit

    def last_border(self, limit: int) -> int:
        """Return the best place to cut before `limit`: after a comma and its line end, else the start."""
        commas = self._structure[self._codes == _COMMA]
        for places in (commas, self._structure):
            index = int(np.searchsorted(places, limit)) - 1
            if index >= 0:
                border = int(places[index]) + 1
                for end in (b"\r\n", b"\n"):
                    if self.data.startswith(end, border) and border + len(end) <= limit:
                        return border + len(end)
                return border
        return self._start

    def frames(self, offset: int) -> tuple[Frame, ...] | None:
        """Return the containers around `data[offset]`, outermost first; None where they are too deep."""
        depth = self._depth(offset)
        if depth > self._limit:
            return None
        return tuple(self._frame(level, offset) for level in range(1, depth + 1))

    def state(self, offset: int) -> State:
        """Return the state for a stretch that starts at `offset`."""
        depth = max(self._depth(offset), 0)
        known = range(1, min(depth, self._limit) + 1)
        return State(tuple(self._frame(level, offset) for level in known), depth, self._in_string(offset))

    def value(self, offset: int) -> tuple[int, int]:
        """Return the bounds of the string (without quotes) or scalar around `data[offset]`."""
        data = self.data
        if data[offset : offset + 1] == b'"' and not self._in_string(offset):
            offset += 1
        if self._in_string(offset):
            index = int(np.searchsorted(self._edges, offset))
            start = int(self._edges[index - 1]) + 1 if index else self._start
            end = int(self._edges[index]) if index < self._edges.size else len(data)
            return start, min(end, len(data))
        index = int(np.searchsorted(self._structure, offset))
        start = int(self._structure[index - 1]) + 1 if index else self._start
        end = int(self._structure[index]) if index < self._structure.size else len(data)
        end = min(end, len(data))
        text = data[start:end].rstrip(_SPACE)
        end = start + len(text)
        return end - len(text.lstrip(_SPACE)), end

    def _in_string(self, offset: int) -> bool:
        """Whether `data[offset]` is inside a string or its closing quote."""
        return (int(np.searchsorted(self._edges, offset)) + self._state.in_string) % 2 == 1

    def _depth(self, offset: int) -> int:
        index = int(np.searchsorted(self._structure, offset)) - 1
        ends = int(np.searchsorted(self._line_ends, offset))
        line_start = int(self._line_ends[ends - 1]) if ends else -1
        if index < 0 or self._structure[index] < line_start:
            return 0 if ends else self._state.depth
        return int(self._depths[index])

    def _frame(self, level: int, offset: int) -> Frame:
        openers, commas, colons = self._level(level)
        opener = _before(openers, offset)
        comma = _before(commas, offset)
        colon = _before(colons, offset)
        entered = level <= len(self._state.frames) and opener < 0
        before = self._state.frames[level - 1] if entered else Frame(self.data[opener] == _ARRAY)
        if before.is_array:
            passed = int(np.searchsorted(commas, offset)) - int(np.searchsorted(commas, max(opener, 0)))
            return Frame(True, before.index + passed)
        if colon > max(opener, comma):
            key = self._key(colon)
            return Frame(False, key=key, lost=key is None)
        return before if comma < 0 and entered else Frame(False)

    def _level(self, level: int) -> tuple[Offsets, Offsets, Offsets]:
        """The offsets of the containers' starts, commas and colons of one level."""
        if level not in self._levels:
            here = self._level_of == level
            offsets, codes = self._structure[here], self._codes[here]
            self._levels[level] = (
                offsets[(codes | 0x20) == 0x7B],
                offsets[codes == _COMMA],
                offsets[codes == _COLON],
            )
        return self._levels[level]

    def _key(self, colon: int) -> str | None:
        """The key before `data[colon]`; None where it is not there or starts before the data."""
        if colon not in self._keys:
            index = int(np.searchsorted(self._quotes, colon))
            key = None
            if index >= 2:
                start, end = int(self._quotes[index - 2]), int(self._quotes[index - 1])
                if not self.data[end + 1 : colon].strip(_SPACE):
                    key = _text(self.data[start : end + 1])
            self._keys[colon] = key
        return self._keys[colon]


def _before(offsets: Offsets, offset: int) -> int:
    index = int(np.searchsorted(offsets, offset)) - 1
    return int(offsets[index]) if index >= 0 else -1


def _text(literal: bytes) -> str | None:
    try:
        value = json.loads(literal.decode("utf-8", "replace"), strict=False)
    except ValueError:
        return None
    return value if isinstance(value, str) else None


def _escaped_quotes(data: bytes, text: NDArray[np.uint8], start: int) -> Offsets:
    """The offsets of the quotes after an odd number of backslashes."""
    if data.find(b'\\"', max(start - 1, 0)) < 0:
        return np.empty(0, np.int64)
    quotes = np.flatnonzero(text[start:] == _QUOTE) + start
    quotes = quotes[quotes > 0]
    quotes = quotes[text[quotes - 1] == _BACKSLASH]
    slashes = np.flatnonzero(text == _BACKSLASH)
    first_of_run = np.concatenate(([True], np.diff(slashes) != 1))
    run = np.maximum.accumulate(np.where(first_of_run, slashes, 0))
    length = quotes - run[np.searchsorted(slashes, quotes - 1)]
    escaped: Offsets = quotes[length % 2 == 1]
    return escaped
