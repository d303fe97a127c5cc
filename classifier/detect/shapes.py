"""An expression at thousands of places: it is run once for each shape of text that stands there.

What an expression makes of a text depends on which of its classes each byte is in, and not on which byte of
the class it is. A column of a million numbers has few shapes.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect.shape import alphabet_of, bytes_of
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
_MOST_CLASSES = 255
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class _NoShapesError(ValueError):
    """The expression looks at more than the classes of few bytes."""


@dataclass(frozen=True, slots=True)
class Group:
    """Matches whose values have one length and whose digits stand at the same places.

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
        sets: set[frozenset[int]] = set()
        back = _looks(tree, tree, sets, caseless=bool(flags & re.IGNORECASE))
        if longest > _LONGEST or look_ahead > _AHEAD or back > _BACK:
            raise _NoShapesError("looks at too many bytes")
        ordered = sorted(sets, key=sorted)
        kinds: dict[tuple[bool, ...], int] = {}
        self._classes = bytes(
            kinds.setdefault(tuple(byte in one for one in ordered), len(kinds)) for byte in range(256)
        )
        if len(kinds) >= _MOST_CLASSES:
            raise _NoShapesError("tells too many bytes apart")
        in_match = alphabet_of(expression, flags)
        self._breaks = np.zeros(256, dtype=np.bool_)
        self._breaks[[self._classes[byte] for byte in range(256) if byte not in in_match]] = True
        self._breaks[[self._classes[byte] for byte in in_match]] = False
        self._breaks[_OUTSIDE] = True
        self._expression, self._flags = expression, flags
        self._longest, self._look_ahead = longest, look_ahead

    @cached_property
    def _exact(self) -> re.Pattern[bytes]:
        return re.compile(self._expression.encode(), self._flags)

    def read(self, data: bytes, starts: Offsets) -> tuple[Spans, list[Group]]:
        """Return the matches that begin at one of `starts` (in order), and their values by groups.

        They are those that `re.finditer` finds in the whole of `data`, as long as each begins at a start.
        """
        raw, rows = self._rows(data, starts)
        packed = rows.view(np.uint64)
        mixed = np.zeros(len(rows), dtype=np.uint64)
        for column in range(packed.shape[1]):
            mixed = (mixed ^ packed[:, column]) * _ODD
            mixed ^= mixed >> _HALF
        _, index, inverse = np.unique(mixed, return_index=True, return_inverse=True)
        if not np.array_equal(packed[index][inverse], packed):  # two shapes that look alike
            index, inverse = np.arange(len(rows)), np.arange(len(rows))
        found = np.array([self._match(data, int(start)) for start in starts[index]], dtype=np.int64)
        matches = found[inverse]
        kept = np.flatnonzero(matches[:, 0] >= 0)
        ends = starts[kept] + matches[kept, 0]
        if len(kept) > 1 and (starts[kept][1:] < ends[:-1]).any():
            kept = kept[_apart(starts[kept].tolist(), ends.tolist())]
        begun, chosen = starts[kept], matches[kept]
        spans = Spans(begun, begun + chosen[:, 1], begun + chosen[:, 2])
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

    def _rows(self, data: bytes, starts: Offsets) -> tuple[Rows, Rows]:
        """Return the bytes from _BACK before each start on, and their classes, 0 from where none matters."""
        size = len(data)
        width = -(-(_BACK + self._longest + self._look_ahead) // 8) * 8
        padded = b"".join((bytes(_BACK), data, bytes(width)))
        every = np.lib.stride_tricks.sliding_window_view(np.frombuffer(padded, np.uint8), width)
        raw = every[starts]
        rows = np.frombuffer(bytearray(raw.tobytes().translate(self._classes)), np.uint8).reshape(raw.shape)
        for row in np.flatnonzero((starts < _BACK) | (starts > size + _BACK - width)).tolist():
            at = int(starts[row])
            rows[row, : max(0, _BACK - at)] = _OUTSIDE
            rows[row, max(0, size - at + _BACK) :] = _OUTSIDE
        ended = self._breaks.take(rows[:, _BACK:])
        ended[:, -1] = True
        beyond = ended.argmax(axis=1) + (_BACK + self._look_ahead)
        rows[np.arange(width) > beyond[:, None]] = 0
        return raw, rows


def _groups(found: Offsets, index: Offsets, shapes: Offsets, raw: Rows, kept: Offsets) -> Iterator[Group]:
    """Yield the values of the kept rows: those whose shapes have values of one length and layout together."""
    layouts: dict[tuple[int, int, bytes], list[int]] = {}
    for shape in np.unique(shapes).tolist():
        _, first, last = found[shape].tolist()
        value = raw[index[shape], _BACK + first : _BACK + last]
        layout = ((value - np.uint8(48)) < 10).tobytes()
        layouts.setdefault((first, last, layout), []).append(shape)
    for (first, last, _), alike in layouts.items():
        places = np.flatnonzero(np.isin(shapes, alike)) if len(layouts) > 1 else np.arange(len(shapes))
        yield Group(places, raw[kept[places], _BACK + first : _BACK + last])


def _apart(starts: list[int], ends: list[int]) -> list[int]:
    """Return the positions of the matches that begin where or after the one before them ends."""
    kept, at = [], 0
    for position, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start >= at:
            kept.append(position)
            at = end
    return kept


def _looks(tree: Any, whole: Any, sets: set[frozenset[int]], *, caseless: bool) -> int:
    """Add the sets of bytes that a parse tree tells apart; return how many bytes before itself it looks at.

    Raises _NoShapesError where the answer depends on more than classes, or on where the text begins.
    """
    back = 0
    for operation, argument in tree:
        match str(operation):
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" as kind:
                sets.add(bytes_of(kind, argument, caseless=caseless))
            case "BRANCH":
                back = max(back, *(_looks(one, whole, sets, caseless=caseless) for one in argument[1]))
            case "SUBPATTERN":
                _, more, less, inner = argument
                folded = bool((caseless or more & re.IGNORECASE) and not less & re.IGNORECASE)
                back = max(back, _looks(inner, whole, sets, caseless=folded))
            case "ATOMIC_GROUP":
                back = max(back, _looks(argument, whole, sets, caseless=caseless))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                back = max(back, _looks(argument[-1], whole, sets, caseless=caseless))
            case "ASSERT" | "ASSERT_NOT":
                direction, inner = argument
                width = int(inner.getwidth()[1]) if direction < 0 else 0
                back = max(back, width + _looks(inner, whole, sets, caseless=caseless))
            case "GROUPREF" | "GROUPREF_EXISTS" as kind:
                group = argument if kind == "GROUPREF" else argument[0]
                referred = _group(whole, group, caseless=caseless)
                if len(referred) > _TOLD_APART:
                    raise _NoShapesError("refers back to what may be many things")
                sets.update(frozenset((byte,)) for byte in referred)
                if kind == "GROUPREF_EXISTS":
                    branches = [branch for branch in argument[1:] if branch is not None]
                    back = max(back, *(_looks(one, whole, sets, caseless=caseless) for one in branches))
            case "AT" if str(argument) in ("AT_BOUNDARY", "AT_NON_BOUNDARY"):
                sets.add(_WORD)
                back = max(back, 1)
            case other:
                raise _NoShapesError(f"has {other}")
    return back


def _group(tree: Any, number: int, *, caseless: bool) -> frozenset[int]:
    """Return the bytes that the group of this number may match."""
    found: set[int] = set()

    def visit(item: Any, *, inside: bool) -> None:
        if isinstance(item, _PARSER.SubPattern):
            for operation, argument in item:
                kind = str(operation)
                if inside and kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
                    found.update(bytes_of(kind, argument, caseless=caseless))
                here = inside or (kind == "SUBPATTERN" and argument[0] == number)
                visit(argument, inside=here)
        elif isinstance(item, (list, tuple)):
            for one in item:
                visit(one, inside=inside)

    visit(tree, inside=False)
    return frozenset(found)
