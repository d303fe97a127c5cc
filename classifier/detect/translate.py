"""A tree of Macie's dialect as expressions over the bytes of UTF-8: for Python's `re`, and for Hyperscan.

Where an expression leaves `re` a choice that it could have to take back again and again, it is for `linear`
instead. Repeats without an end are given one for `re`; with `linear` the whole match has it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from classifier.detect.charsets import LAST, Ranges
from classifier.detect.detector import LONGEST
from classifier.detect.dialect import Chars, DialectError, Edge, Either, Join, Node, Repeat, parse
from classifier.detect.linear import LinearPattern, TooLargeError
from classifier.detect.shape import shape_of

ENDLESS = 256
"""Times that a repeat without an end is repeated at most."""
LONG = 1024
"""Bytes at most of a match of an expression that `linear` runs and that has no end of its own."""

_WAYS = 64  # of ways to match that `re` may have to try from one place on
_MOST_POSITIONS = 400  # characters of an expression whose choices are looked at one by one
_TELLING = 20.0  # bits of a coarse expression that are enough
_LEAST = 8.0  # and with which it pays to look for it apart
_MOST = 24  # characters of a coarse expression


@dataclass(frozen=True, slots=True)
class Translation:
    """`exact` is an expression of `re` over bytes, and for `LinearPattern` if `linear`; `coarse` one of
    Hyperscan that ends in each match, None where none is telling; `lead` and `longest` are bytes: at most
    from a match's beginning to the coarse hit's end, and of a match.
    """

    exact: str
    linear: bool
    coarse: str | None
    lead: int
    longest: int


def translated(expression: str) -> Translation:
    """Return the expressions over bytes. Raises DialectError for what cannot be translated."""
    tree = parse(expression)
    linear = _ambiguous(tree)
    exact = _spelled(tree, None if linear else ENDLESS)
    try:
        shape = shape_of(exact, 0)
        if shape.shortest == 0:
            raise DialectError(1, "can match the empty string")
        if not linear and (shape.longest is None or shape.longest > LONGEST):
            linear, exact = True, _spelled(tree, None)
            shape = shape_of(exact, 0)
        longest = shape.longest if shape.longest is not None else LONG
        if longest > LONGEST:
            raise DialectError(1, f"can match {longest:,} bytes; there may be {LONGEST:,}")
        if shape.shortest > longest:
            raise DialectError(
                1, f"matches nothing of fewer than {shape.shortest:,} bytes; {LONG:,} are looked at"
            )
        if linear:
            LinearPattern(exact.encode(), 0, longest)
        else:
            re.compile(exact.encode())
    except (re.error, TooLargeError, OverflowError, RecursionError) as error:
        raise DialectError(1, f"is too large: {error}") from None
    coarse, lead = _coarse(tree, longest)
    return Translation(exact, linear, coarse, lead, longest)


# ---- spelling


def _spelled(node: Node, endless: int | None) -> str:
    """Return the expression of a tree; a repeat without an end has that of `endless`, None: none."""
    match node:
        case Chars(ranges):
            return _characters(ranges)
        case Edge(spelled):
            return spelled
        case Join(items):
            return "".join(
                f"(?:{_spelled(item, endless)})" if isinstance(item, Either) else _spelled(item, endless)
                for item in items
            )
        case Either(options):
            return f"(?:{'|'.join(_spelled(option, endless) for option in options)})"
        case Repeat(of, least, most, lazy):
            inner = _spelled(of, endless)
            if most is None and isinstance(of, Chars) and of.ranges[-1] == (_all_beyond(of.ranges), LAST):
                inner = _class([*_ascii(of.ranges), (0x80, 0xFF)])  # whole characters come to the same
            if most is None and endless is not None:
                most = max(endless, 2 * least)
            times = f"{{{least},{'' if most is None else most}}}" if most != least else f"{{{least}}}"
            return f"(?:{inner}){times}{'?' if lazy and most != least else ''}"


def _all_beyond(ranges: Ranges) -> int:
    """Return where the last stretch begins if it holds all that is beyond ASCII, else -1."""
    return ranges[-1][0] if ranges[-1][0] <= 0x80 else -1


def _ascii(ranges: Ranges) -> list[tuple[int, int]]:
    return [(low, min(high, 0x7F)) for low, high in ranges if low < 0x80]


def _characters(ranges: Ranges) -> str:
    """Return the expression of one character in UTF-8 (RFC 3629)."""
    options = [_class(own)] if (own := _ascii(ranges)) else []
    ends: dict[str, list[tuple[int, int]]] = {}
    whole = _all_beyond(ranges) == ranges[-1][0] and ranges[-1][1] == LAST
    options += [_BEYOND] * whole
    for low, high in ranges[: len(ranges) - whole]:
        for *head, last in _sequences(max(low, 0x80), high):
            ends.setdefault("".join(_class([pair]) for pair in head), []).append(last)
    options += (head + _class(pairs) for head, pairs in ends.items())
    return options[0] if len(options) == 1 and own else f"(?:{'|'.join(options)})"


def _class(pairs: Sequence[tuple[int, int]]) -> str:
    if len(pairs) == 1 and pairs[0][0] == pairs[0][1]:
        char = chr(pairs[0][0])
        return char if char.isascii() and char.isalnum() else f"\\x{pairs[0][0]:02x}"
    inner = "".join(f"\\x{low:02x}" if low == high else f"\\x{low:02x}-\\x{high:02x}" for low, high in pairs)
    return f"[{inner}]"


_BEYOND = r"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
_WIDTHS = ((0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, LAST))


def _sequences(low: int, high: int) -> Iterator[list[tuple[int, int]]]:
    """Yield stretches of bytes, one after the other, that make up the characters from `low` to `high`."""
    for first, last in _WIDTHS:
        if low <= last and high >= first:
            yield from _split(chr(max(low, first)).encode(), chr(min(high, last)).encode())


def _split(low: bytes, high: bytes) -> Iterator[list[tuple[int, int]]]:
    if len(low) == 1:
        yield [(low[0], high[0])]
    elif low[0] == high[0]:
        for rest in _split(low[1:], high[1:]):
            yield [(low[0], low[0]), *rest]
    else:
        least, most = b"\x80" * (len(low) - 1), b"\xbf" * (len(low) - 1)
        start, end = low[0], high[0]
        if low[1:] != least:
            yield from _split(low, low[:1] + most)
            start += 1
        tail: list[list[tuple[int, int]]] = []
        if high[1:] != most:
            tail = list(_split(high[:1] + least, high))
            end -= 1
        if start <= end:
            yield [(start, end), *[(0x80, 0xBF)] * (len(low) - 1)]
        yield from tail


# ---- whether `re` may run it


def _ambiguous(tree: Node) -> bool:
    """Whether a text may leave `re` more than a few ways to match the same characters.

    The characters of the expression are numbered, and for each it is known which may follow it (V. Glushkov,
    "The abstract theory of automata", 1961): where two of these have a character in common there is a choice.
    """
    positions = _Positions()
    ends = positions.add(tree, loops=False)
    if positions.nested or len(positions.sets) > _MOST_POSITIONS:
        return True
    choices = 1
    for following in (ends.first, *positions.following):
        ordered = sorted(following)
        for place, one in enumerate(ordered):
            for other in ordered[place + 1 :]:
                if _meet(positions.sets[one], positions.sets[other]):
                    if positions.looping[one] or positions.looping[other]:
                        return True
                    choices *= 2
        if choices > _WAYS:
            return True
    return False


@dataclass(slots=True)
class _Ends:
    """The positions that a part may begin and end with, and whether it may be empty."""

    first: set[int]
    last: set[int]
    empty: bool


class _Positions:
    """The characters of an expression by number: their sets, what may follow each, whether it is repeated."""

    def __init__(self) -> None:
        self.sets: list[Ranges] = []
        self.following: list[set[int]] = []
        self.looping: list[bool] = []
        self.nested = False  # one character may go on to another in the same and in another round

    def add(self, node: Node, *, loops: bool) -> _Ends:
        match node:
            case Chars(ranges):
                number = len(self.sets)
                self.sets.append(ranges)
                self.following.append(set())
                self.looping.append(loops)
                return _Ends({number}, {number}, empty=False)
            case Edge():
                return _Ends(set(), set(), empty=True)
            case Join(items):
                whole = _Ends(set(), set(), empty=True)
                for item in items:
                    part = self.add(item, loops=loops)
                    self._link(whole.last, part.first)
                    first = whole.first | part.first if whole.empty else whole.first
                    last = whole.last | part.last if part.empty else part.last
                    whole = _Ends(first, last, empty=whole.empty and part.empty)
                return whole
            case Either(options):
                parts = [self.add(option, loops=loops) for option in options]
                return _Ends(
                    set().union(*(part.first for part in parts)),
                    set().union(*(part.last for part in parts)),
                    empty=any(part.empty for part in parts),
                )
            case Repeat(of, least, most, _):
                varies = most is None or most > max(least, 1)
                part = self.add(of, loops=loops or varies)
                if varies or (most != 1 and not isinstance(of, Chars)):
                    self.nested |= any(self.following[last] & part.first for last in part.last)
                    self._link(part.last, part.first)
                return _Ends(part.first, part.last, empty=part.empty or least == 0)

    def _link(self, before: Iterable[int], after: set[int]) -> None:
        for position in before:
            self.following[position] |= after


def _meet(one: Ranges, other: Ranges) -> bool:
    return any(low <= top and bottom <= high for low, high in one for bottom, top in other)


# ---- where to look


def _coarse(tree: Node, longest: int) -> tuple[str | None, int]:
    """Return the most telling stretch of an expression, and how far its end is from a match's beginning."""
    found = max(_stretches(tree), key=lambda stretch: min(stretch.bits, _TELLING), default=None)
    if found is None or found.bits < _LEAST:
        return None, longest
    return found.spelled, min(longest, found.lead or longest)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What each match has at some place: its expression, how telling it is (bits), where it ends at most."""

    spelled: str
    bits: float
    lead: int | None


def _stretches(tree: Node) -> Iterator[_Stretch]:
    """Yield stretches that each match of a tree has, in order of their place."""
    items = list(_flat(tree))
    widths = [shape_of(_spelled(item, ENDLESS), 0).longest for item in items]
    for start, item in enumerate(items):
        spelled, bits, size, end = "", 0.0, 0, start
        for end in range(start, len(items)):
            part = _solid(items[end])
            varying = items[end] if part is None else None
            if isinstance(varying, Repeat) and varying.least and (inner := _solid(varying.of)) is not None:
                part = _Solid(
                    f"(?:{inner.spelled}){{{varying.least}}}", inner.bits * varying.least, inner.size
                )
            if part is None:
                end -= 1
                break
            spelled, bits, size = spelled + part.spelled, bits + part.bits, size + part.size
            if (varying is not None and end > start) or size >= _MOST:
                break
        if bits:
            yield _Stretch(spelled, bits, _total(widths[: end + 1]))
        inner_tree = item.of if isinstance(item, Repeat) and item.least else None
        if isinstance(item, Either):
            parts = [
                max(_stretches(o), key=lambda one: min(one.bits, _TELLING), default=None)
                for o in item.options
            ]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                bits = max(0.0, min(part.bits for part in known) - math.log2(len(known)))
                spelled = f"(?:{'|'.join(part.spelled for part in known)})"
                yield _Stretch(spelled, bits, _total(widths[: start + 1]))
        elif inner_tree is not None and _solid(inner_tree) is None:
            for stretch in _stretches(inner_tree):
                yield _Stretch(stretch.spelled, stretch.bits, _total(widths[: start + 1]))


def _total(widths: Sequence[int | None]) -> int | None:
    known = [width for width in widths if width is not None]
    return sum(known) if len(known) == len(widths) else None


def _flat(tree: Node) -> Iterator[Node]:
    if isinstance(tree, Join):
        for item in tree.items:
            yield from _flat(item)
    elif not isinstance(tree, Edge):
        yield tree


@dataclass(frozen=True, slots=True)
class _Solid:
    spelled: str
    bits: float
    size: int  # characters at most


def _solid(node: Node) -> _Solid | None:
    """Return a part whose repeats are all of a fixed number; None for others."""
    match node:
        case Chars(ranges):
            return _Solid(_characters(ranges), _bits(ranges), 1)
        case Edge():
            return _Solid("", 0.0, 0)
        case Join(items):
            parts = [_solid(item) for item in items]
        case Either(options):
            parts = [_solid(option) for option in options]
        case Repeat(of, least, most, _):
            parts = [_solid(of)] if least == most else [None]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if isinstance(node, Either):
        bits = max(0.0, min(part.bits for part in known) - math.log2(len(known)))
        return _Solid(
            f"(?:{'|'.join(part.spelled for part in known)})", bits, max(part.size for part in known)
        )
    if isinstance(node, Repeat):
        (part,) = known
        return _Solid(f"(?:{part.spelled}){{{node.least}}}", part.bits * node.least, part.size * node.least)
    spelled = "".join(part.spelled for part in known)
    return _Solid(spelled, sum(part.bits for part in known), sum(part.size for part in known))


def _bits(ranges: Ranges) -> float:
    """Return how telling it is that a character of a text is in a set."""
    share = sum(_SHARES[code] for low, high in ranges for code in range(low, min(high, 0x7F) + 1))
    beyond = sum(high - max(low, 0x80) + 1 for low, high in ranges if high >= 0x80)
    return -math.log2(min(1.0, share + min(beyond * _BEYOND_EACH, _BEYOND_ALL)))


def _shares() -> list[float]:
    """Return which share of a text, of whatever kind, each character of ASCII is, roughly."""
    shares = [0.002] * 128
    for chars, whole in (
        ("abcdefghijklmnopqrstuvwxyz", 0.55),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 0.06),
        ("0123456789", 0.10),
        (" ", 0.13),
        (".,-_/:='\"\n", 0.11),
    ):
        for char in chars:
            shares[ord(char)] = whole / len(chars)
    return shares


_SHARES = _shares()
_BEYOND_EACH, _BEYOND_ALL = 0.0005, 0.03  # of a character beyond ASCII, and of all of them
