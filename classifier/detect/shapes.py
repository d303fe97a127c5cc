"""An expression at thousands of places: it is run once for each shape of text that stands there.

What an expression makes of a text depends on which of its classes each byte is in, and not on which byte of
the class it is. A column of a million numbers has few shapes.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect.automaton import Nfa, NotATokenError, Wide, widened
from classifier.detect.shape import alphabet_of, consumed
from classifier.detect.spans import Offsets, Spans

_PARSER: Any = importlib.import_module("re._parser")
Rows: TypeAlias = NDArray[np.uint8]
"""A value a row, a byte a column."""

_WORD = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_BACK = 8  # bytes before a match that an expression may look at
_AHEAD = 16
_LONGEST = 80
_TOLD_APART = 8  # bytes of a group that is referred back to
_OUTSIDE = 255  # the class of what is before or after the text
_MEMO = 4096
_FEW = 64  # sorts of places
_ALIKE = 3  # places of a sort from which it pays
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class _NoShapesError(ValueError):
    """The expression looks at more than the classes of few bytes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Matches whose values have one length and whose digits stand at the same places, or are padded.

    `places` are their positions among all that were found, `values` a row each.
    """

    places: Offsets
    values: Rows


class Shapes:
    """The shapes of one expression over bytes."""

    def __init__(self, expression: str, flags: int, longest: int, look_ahead: int) -> None:
        """Take an expression with the most bytes of its matches and of what it looks at after them.

        Raises ValueError for one whose answer may depend on more than a few bytes and their classes.
        """
        tree = _PARSER.parse(expression.encode(), flags)
        seen = _Seen(tree, caseless=bool(flags & re.IGNORECASE))
        if longest > _LONGEST or look_ahead > _AHEAD or seen.back > _BACK:
            raise _NoShapesError("looks at too many bytes")
        self._nfa, self._first = seen.nfa, seen.first
        accepted = {accepted for moves in self._nfa.moves for accepted, _ in moves}
        self._kinds, self._members = _classes(seen.sets.union(map(widened, accepted)))
        self._classes = np.frombuffer(_classes(seen.sets | accepted)[0], np.uint8)
        in_match = alphabet_of(expression, flags)
        self._breaks = np.array([in_match.isdisjoint(members) for members in self._members] + [True] * 256)
        self._finer: dict[bytes, NDArray[np.bool_]] = {}
        self._expression, self._flags = expression, flags
        self._back, self._longest, self._look_ahead = seen.back, longest, look_ahead

    @cached_property
    def _exact(self) -> re.Pattern[bytes]:
        return re.compile(self._expression.encode(), self._flags)

    def read(self, data: bytes, starts: Offsets, *, padded: bool = False) -> tuple[Spans, list[Group]] | None:
        """Return the matches that begin at one of `starts` (in order), and their values by groups.

        None where hardly two places look alike, so that it would not pay.

        They are those that `re.finditer` finds in the whole of `data`, as long as each begins at a start.
        `padded`: the values are one group, with zero bytes after those that are shorter than others.
        """
        raw, rows = self._rows(data, starts)
        index, inverse = _alike(rows)
        if len(index) > _FEW and len(index) * _ALIKE > len(rows):
            return None
        finer = np.array([self._told(rows[row].tobytes()) for row in index.tolist()])
        if len(columns := np.flatnonzero(finer.any(axis=0))):  # some bytes decide by more than their kind
            told = np.zeros((len(rows), -(-len(columns) // 8) * 8), dtype=np.uint8)
            told[:, : len(columns)] = self._classes.take(raw[:, columns]) * finer[:, columns][inverse]
            index, inverse = _alike(np.concatenate((rows, told), axis=1))
        found = np.array([self._match(data, int(start)) for start in starts[index]], dtype=np.int64)
        matches = found[inverse]
        kept = np.flatnonzero(matches[:, 0] >= 0)
        ends = starts[kept] + matches[kept, 0]
        if len(kept) > 1 and (starts[kept][1:] < ends[:-1]).any():
            kept = kept[_apart(starts[kept].tolist(), ends.tolist())]
        begun, chosen = starts[kept], matches[kept]
        spans = Spans(begun, begun + chosen[:, 1], begun + chosen[:, 2])
        if padded:
            return spans, _padded(raw, kept, chosen[:, 1], chosen[:, 2])
        return spans, list(_groups(found, index, inverse[kept], raw, kept))

    def _match(self, data: bytes, start: int) -> tuple[int, int, int]:
        """Return the end of the match at `start` and its value's ends, from there; -1 where there is none."""
        match = self._exact.match(data, start, start + self._longest + self._look_ahead)
        if match is None:
            return -1, -1, -1
        first, last = match.span("value") if "value" in self._exact.groupindex else match.span()
        if first < 0:
            first, last = match.span()
        return match.end() - start, first - start, last - start

    def _told(self, shape: bytes) -> NDArray[np.bool_]:
        """Return at which places of a shape the expression tells apart bytes of one kind."""
        if (known := self._finer.get(shape)) is not None:
            return known
        told = np.zeros(len(shape), dtype=np.bool_)
        states = self._nfa.closure([self._first])
        for place in range(_BACK, len(shape)):
            if shape[place] == _OUTSIDE or not states:
                break
            kind = self._members[shape[place]]
            following = set()
            for accepted, other in (move for state in states for move in self._nfa.moves[state]):
                if not accepted.isdisjoint(kind):
                    following.add(other)
                    told[place] |= not kind <= accepted
            states = self._nfa.closure(following)
        if len(self._finer) >= _MEMO:
            self._finer.clear()
        self._finer[shape] = told
        return told

    def _rows(self, data: bytes, starts: Offsets) -> tuple[Rows, Rows]:
        """Return the bytes from _BACK before each start on, and their kinds, 0 where none matters."""
        size = len(data)
        width = -(-(_BACK + self._longest + self._look_ahead) // 8) * 8
        padded = b"".join((bytes(_BACK), data, bytes(width)))
        every = np.lib.stride_tricks.sliding_window_view(np.frombuffer(padded, np.uint8), width)
        raw = every[starts]
        rows = np.frombuffer(bytearray(raw.tobytes().translate(self._kinds)), np.uint8).reshape(raw.shape)
        for row in np.flatnonzero((starts < _BACK) | (starts > size + _BACK - width)).tolist():
            at = int(starts[row])
            rows[row, : max(0, _BACK - at)] = _OUTSIDE
            rows[row, max(0, size - at + _BACK) :] = _OUTSIDE
        ended = self._breaks.take(rows[:, _BACK:])
        ended[:, -1] = True
        beyond = ended.argmax(axis=1) + (_BACK + self._look_ahead)
        width = min(width, (int(beyond.max(initial=0)) + 8) // 8 * 8)
        rows = rows[:, :width] * (np.arange(width) <= beyond[:, None])
        rows[:, : _BACK - self._back] = 0
        return raw, rows


def _groups(found: Offsets, index: Offsets, shapes: Offsets, raw: Rows, kept: Offsets) -> Iterator[Group]:
    """Yield the values of the kept rows: those whose shapes have values of one length and layout together."""
    layouts: dict[tuple[int, int, bytes], list[int]] = {}
    for shape in np.flatnonzero(np.bincount(shapes)).tolist():
        _, first, last = found[shape].tolist()
        value = raw[index[shape], _BACK + first : _BACK + last]
        layout = ((value - np.uint8(48)) < 10).tobytes()
        layouts.setdefault((first, last, layout), []).append(shape)
    for (first, last, _), alike in layouts.items():
        places = np.flatnonzero(np.isin(shapes, alike)) if len(layouts) > 1 else np.arange(len(shapes))
        yield Group(places, raw[kept[places], _BACK + first : _BACK + last])


def _padded(raw: Rows, kept: Offsets, firsts: Offsets, lasts: Offsets) -> list[Group]:
    """Return the values of the kept rows as one group, none where there are none."""
    if not len(kept):
        return []
    sizes = lasts - firsts
    columns = np.arange(int(sizes.max()))
    values = raw[kept[:, None], (firsts + _BACK)[:, None] + np.minimum(columns, sizes[:, None] - 1)]
    return [Group(np.arange(len(kept)), values * (columns < sizes[:, None]))]


def _apart(starts: list[int], ends: list[int]) -> list[int]:
    """Return the positions of the matches that begin where or after the one before them ends."""
    kept, at = [], 0
    for position, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start >= at:
            kept.append(position)
            at = end
    return kept


def _alike(rows: Rows) -> tuple[Offsets, Offsets]:
    """Return a row of each sort, and for each row which sort it is of; now and then a sort too many."""
    packed = np.ascontiguousarray(rows).view(np.uint64)
    mixed = np.zeros(len(rows), dtype=np.uint64)
    for column in range(packed.shape[1]):
        mixed = (mixed ^ packed[:, column]) * _ODD
        mixed ^= mixed >> _HALF
    _, index, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if np.array_equal(packed[index][inverse], packed):
        return index, inverse
    return np.arange(len(rows)), np.arange(len(rows))  # two sorts seem to be one


def _classes(sets: Iterable[frozenset[int]]) -> tuple[bytes, list[frozenset[int]]]:
    """Return the class of each byte, and the bytes of each class: those that no set tells apart.

    Raises _NoShapesError where there are too many of them.
    """
    ordered = sorted(sets, key=sorted)
    numbers: dict[tuple[bool, ...], int] = {}
    classes = bytes(
        numbers.setdefault(tuple(byte in one for one in ordered), len(numbers)) for byte in range(256)
    )
    if len(numbers) >= _OUTSIDE:
        raise _NoShapesError("tells too many bytes apart")
    return classes, [frozenset(b for b in range(256) if classes[b] == n) for n in range(len(numbers))]


class _Seen(Wide):
    """What an expression looks at: the automaton of what it matches and looks ahead at, the sets of bytes it
    tells apart wherever they are, and how many bytes before a match it looks at.

    Raises _NoShapesError where its answer depends on more than classes of bytes, or on where the text begins.
    """

    def __init__(self, tree: Any, *, caseless: bool) -> None:
        super().__init__(Nfa(), caseless=caseless)
        self.sets: set[frozenset[int]] = set()
        self.back = 0
        self.first = self.nfa.state()
        try:
            self.sequence(tree, self.first)
        except NotATokenError as error:
            raise _NoShapesError(str(error)) from None

    def item(self, operation: str, argument: Any, state: int) -> int:
        match operation:
            case "ASSERT" | "ASSERT_NOT" if argument[0] > 0:  # a way that leads nowhere
                begun = self.nfa.state()
                self.nfa.free[state].append(begun)
                self.sequence(argument[1], begun)
                return state
            case "ASSERT" | "ASSERT_NOT":
                inner = _Seen(argument[1], caseless=self.caseless)
                self.sets |= inner.sets.union(accepted for moves in inner.nfa.moves for accepted, _ in moves)
                self.back = max(self.back, int(argument[1].getwidth()[1]) + inner.back)
                return state
            case "AT":
                if str(argument) not in ("AT_BOUNDARY", "AT_NON_BOUNDARY"):
                    raise _NoShapesError(f"has {argument}")
                self.sets.add(_WORD)
                self.back = max(self.back, 1)
            case "GROUPREF":
                group = self.groups.get(argument)
                referred = frozenset(range(256)) if group is None else consumed(group)
                if len(referred) > _TOLD_APART:
                    raise _NoShapesError("refers back to what may be many things")
                self.sets.update(frozenset((byte,)) for byte in referred)
        return super().item(operation, argument, state)
