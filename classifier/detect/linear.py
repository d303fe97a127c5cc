"""Expressions that `re` could take for ever over, run in time that grows with the text alone.

A backtracking matcher tries each way in which an expression can match. This one follows all ways side by
side (K. Thompson, "Regular Expression Search Algorithm", CACM 11, 1968), in the order in which `re` would try
them, so that it finds the match that `re` finds. Sets of ways are remembered, so that most bytes cost one
look-up. It has no groups, back-references and look-around.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from classifier.detect.shape import bytes_of

MOST_STEPS = 20_000  # instructions of an expression, its counted repeats written out
_MOST_SETS = 4096
_LOOKED = 64  # bytes of a text from which it pays to find out first whether there is a match
_PARSER: Any = importlib.import_module("re._parser")
_END = 256  # the symbol of the end of the text
_LAST_NEWLINE = 257  # of a line break that is the text's last byte
_SYMBOLS = 258
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_NEWLINE = ord("\n")
_START, _AFTER_WORD, _AFTER_NEWLINE, _AFTER_OTHER = range(4)  # what stands before
_DEAD = 0


class TooLargeError(ValueError):
    """The expression is too large, or has what only a backtracking matcher can do."""


class Found(NamedTuple):
    """A match, as far as it needs to look like one of `re`."""

    low: int
    high: int

    def start(self) -> int:
        return self.low

    def end(self, _: object = 0) -> int:
        return self.high

    def span(self, _: object = 0) -> tuple[int, int]:
        return self.low, self.high

    def groupdict(self) -> dict[str, bytes | None]:
        return {}


class LinearPattern:
    """A compiled expression. It stands in for a `re.Pattern` where only matches' places are asked for."""

    def __init__(self, expression: bytes, flags: int, longest: int) -> None:
        """Compile; no match is empty or longer than `longest` bytes.

        Raises re.error, and TooLargeError for what it cannot run.
        """
        self.groupindex: dict[str, int] = {}
        self._longest = longest
        program = _Program(expression, flags)
        self._first = _searcher(program.firsts())
        self._here = _Machine(program, anywhere=False)
        self._anywhere = _Machine(program, anywhere=True)

    def match(self, data: bytes, pos: int = 0, endpos: int | None = None) -> Found | None:
        """Return the match that begins at `pos`, if there is one of a byte or more."""
        end = len(data) if endpos is None else min(endpos, len(data))
        last = self._here.run(data, pos, end, pos + self._longest)
        return Found(pos, last) if last > pos else None

    def search(self, data: bytes, pos: int = 0, endpos: int | None = None) -> Found | None:
        """Return the first match that begins at `pos` or after it."""
        end = len(data) if endpos is None else min(endpos, len(data))
        first = self._first(data, pos, end)
        if first is not None and end - pos > _LOOKED:
            if (earliest := self._anywhere.run(data, first.start(), end, end)) < 0:
                return None  # no match ends before that, nor begins long before it
            first = self._first(data, max(first.start(), earliest - self._longest), end)
        while first is not None:
            if (found := self.match(data, first.start(), end)) is not None:
                return found
            first = self._first(data, first.start() + 1, end)
        return None


class _Machine:
    """The sets of ways of a program, made as texts need them: those from one place on, or from anywhere."""

    def __init__(self, program: _Program, *, anywhere: bool) -> None:
        self._program = program
        self._anywhere = anywhere
        self._reset()

    def _reset(self) -> None:
        self._numbers: dict[tuple[tuple[int, ...], int], int] = {}
        self._sets: list[tuple[tuple[int, ...], int]] = []
        self._rows: list[list[int]] = []
        self._number((), _AFTER_OTHER)  # _DEAD

    def run(self, data: bytes, pos: int, end: int, limit: int) -> int:
        """Return where the match from `pos` on ends, at most at `limit`, in a text of `end` bytes; else -1.

        Of matches from anywhere it is the first end.
        """
        last, at, first = -1, pos, self._anywhere
        state = self._number((0,), _START if pos == 0 else _after(data[pos - 1]))
        rows = self._rows
        while True:
            symbol = _END
            if at < end:
                symbol = data[at]
                if symbol == _NEWLINE and at == end - 1:
                    symbol = _LAST_NEWLINE
            code = rows[state][symbol]
            if code < 0:
                code = self._learn(state, symbol)
                rows = self._rows
            if code & 1:
                last = at
                if first:
                    return last
            state = code >> 1
            if at >= limit or state == _DEAD:
                return last
            at += 1

    def _number(self, ways: tuple[int, ...], before: int) -> int:
        key = ways, before if ways else _AFTER_OTHER
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._sets)
            self._sets.append(key)
            self._rows.append([-1] * _SYMBOLS)
        return known

    def _learn(self, state: int, symbol: int) -> int:
        """Work out where a symbol leads from a set of ways, and whether a match ends before it."""
        ways, before = self._sets[state]
        following, accepted = self._program.step(ways, before, symbol)
        if len(self._sets) >= _MOST_SETS:  # as many as an expression can make: begin again
            self._reset()
            state = self._number(ways, before)
        after = _AFTER_OTHER if symbol == _END else _after(_NEWLINE if symbol == _LAST_NEWLINE else symbol)
        if self._anywhere and symbol != _END:
            following = (*following, 0)
        code = self._number(following, after) * 2 + accepted
        self._rows[state][symbol] = code
        return code


def _after(byte: int) -> int:
    if byte == _NEWLINE:
        return _AFTER_NEWLINE
    return _AFTER_WORD if byte in _WORD else _AFTER_OTHER


def _searcher(firsts: frozenset[int]) -> Any:
    members = b"".join(b"\\x%02x" % byte for byte in sorted(firsts))
    return re.compile(b"[%s]" % members if members else b"(?!)").search


class _Program:
    """Instructions: a set of bytes to move on, ways to go on (the first is tried first), an edge, the end."""

    def __init__(self, expression: bytes, flags: int) -> None:
        self._moves: list[frozenset[int] | None] = []
        self._ways: list[tuple[int, ...]] = []
        self._edges: list[str] = []
        self._caseless = bool(flags & re.IGNORECASE)
        self._lines = bool(flags & re.MULTILINE)
        self._dots = bool(flags & re.DOTALL)
        tree = _PARSER.parse(expression, flags)
        self._sequence(tree)
        self._accept = self._add()

    def _add(self, move: frozenset[int] | None = None, edge: str = "") -> int:
        if len(self._moves) >= MOST_STEPS:
            raise TooLargeError("its counted repeats are too large")
        self._moves.append(move)
        self._edges.append(edge)
        self._ways.append((len(self._moves),))
        return len(self._moves) - 1

    def _sequence(self, items: Iterable[tuple[Any, Any]]) -> None:
        for operation, argument in items:
            self._item(str(operation), argument)

    def _item(self, operation: str, argument: Any) -> None:
        match operation:
            case "LITERAL" | "NOT_LITERAL" | "IN":
                self._add(bytes_of(operation, argument, caseless=self._caseless))
            case "ANY":
                every = frozenset(range(256))
                self._add(every if self._dots else every - {_NEWLINE})
            case "BRANCH":
                self._either(argument[1])
            case "SUBPATTERN":
                _, more, less, inner = argument
                outside = self._caseless, self._lines, self._dots
                self._caseless, self._lines, self._dots = (
                    bool((flag or more & bit) and not less & bit)
                    for flag, bit in zip(outside, (re.I, re.M, re.S), strict=True)
                )
                self._sequence(inner)
                self._caseless, self._lines, self._dots = outside
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, inner = argument
                self._repeat(inner, int(least), most, lazy=operation == "MIN_REPEAT")
            case "AT":
                name = str(argument)
                if self._lines and name in ("AT_BEGINNING", "AT_END"):
                    name += "_LINE"
                self._add(edge=name)
            case _:
                raise TooLargeError(f"{operation.lower()} is not for this matcher")

    def _either(self, options: Sequence[Any]) -> None:
        ends = []
        for option in options[:-1]:
            fork = self._add()
            self._sequence(option)
            ends.append(self._add())
            self._ways[fork] = (fork + 1, len(self._moves))
        self._sequence(options[-1])
        for end in ends:
            self._ways[end] = (len(self._moves),)

    def _repeat(self, inner: Any, least: int, most: Any, *, lazy: bool) -> None:
        endless = most is _PARSER.MAXREPEAT
        for _ in range(least):
            self._sequence(inner)
        if endless:
            fork = self._add()
            self._sequence(inner)
            self._ways[self._add()] = (fork,)
            self._ways[fork] = self._ordered(fork + 1, len(self._moves), lazy=lazy)
            return
        forks = []
        for _ in range(int(most) - least):
            forks.append(self._add())
            self._sequence(inner)
        for fork in forks:
            self._ways[fork] = self._ordered(fork + 1, len(self._moves), lazy=lazy)

    @staticmethod
    def _ordered(on: int, out: int, *, lazy: bool) -> tuple[int, ...]:
        return (out, on) if lazy else (on, out)

    def firsts(self) -> frozenset[int]:
        """Return the bytes that a match may begin with; edges are taken as given."""
        found: set[int] = set()
        seen, todo = {0}, [0]
        while todo:
            at = todo.pop()
            move = self._moves[at]
            if move is not None:
                found |= move
                continue
            for way in () if at == self._accept else self._ways[at]:
                if way not in seen:
                    seen.add(way)
                    todo.append(way)
        return frozenset(found)

    def step(self, ways: Sequence[int], before: int, symbol: int) -> tuple[tuple[int, ...], bool]:
        """Return the ways after a symbol in the order of their rank, and whether a match ends before it."""
        byte = _NEWLINE if symbol == _LAST_NEWLINE else symbol
        following: dict[int, None] = {}
        seen: set[int] = set()
        todo = list(reversed(ways))
        while todo:
            at = todo.pop()
            if at in seen:
                continue
            seen.add(at)
            if at == self._accept:
                return tuple(following), True  # what comes after it would not be tried
            move = self._moves[at]
            if move is not None:
                if byte in move:
                    following[at + 1] = None
            elif not self._edges[at] or _holds(self._edges[at], before, symbol):
                todo.extend(reversed(self._ways[at]))
        return tuple(following), False


def _holds(edge: str, before: int, symbol: int) -> bool:
    match edge:
        case "AT_BEGINNING" | "AT_BEGINNING_STRING":
            return before == _START
        case "AT_BEGINNING_LINE":
            return before in (_START, _AFTER_NEWLINE)
        case "AT_END":
            return symbol in (_END, _LAST_NEWLINE)
        case "AT_END_STRING":
            return symbol == _END
        case "AT_END_LINE":
            return symbol in (_END, _LAST_NEWLINE, _NEWLINE)
        case "AT_BOUNDARY" | "AT_NON_BOUNDARY":
            boundary = (before == _AFTER_WORD) != (symbol in _WORD)
            return boundary is (edge == "AT_BOUNDARY")
    raise TooLargeError(f"{edge.lower()} is not for this matcher")
