"""Expressions of numbers and codes as one automaton: which of them can match where a token begins.

The expressions are those of Python's `re`; what an automaton cannot express (a back-reference to a separator,
a look-around of several bytes) is taken at its widest, so that the automaton accepts every match and a few
strings more, which the expression itself then refuses. So is a digit among others, and a letter: there are
many numbers in texts, and few shapes of them. States are made as the text needs them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect.shape import bytes_of

_PARSER: Any = importlib.import_module("re._parser")
_DIGITS = frozenset(b"0123456789")
_KINDS = (_DIGITS, frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"), frozenset(b"abcdefghijklmnopqrstuvwxyz"))
WORD = frozenset().union(*_KINDS)
_ALL = frozenset(range(256))
FIRSTS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+(")
"""What a token may begin with."""
DIGIT_BY = 6
"""A token has a digit among so many first bytes."""
LONGEST = 64
"""Most bytes of a token."""

Bytes: TypeAlias = frozenset[int]
Numbers: TypeAlias = NDArray[np.int32]


class NotATokenError(ValueError):
    """The expression is none of a token's, or none that an automaton can take at its widest."""


@dataclass(slots=True)
class Nfa:
    """States by number: `moves` on bytes, `free` without any; `ends`, what may follow an accepting state."""

    moves: list[list[tuple[Bytes, int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)
    ends: dict[int, tuple[int, Bytes]] = field(default_factory=dict)  # state → owner, next bytes

    def state(self) -> int:
        self.moves.append([])
        self.free.append([])
        return len(self.moves) - 1

    def classes(self, others: Iterable[Bytes] = ()) -> tuple[bytes, list[int]]:
        """Return the class of each byte, and a byte of each class: bytes that nothing here tells apart.

        `others` are sets of bytes that are told apart, too.
        """
        told = {accepted for moves in self.moves for accepted, _ in moves}
        told |= {after for _, after in self.ends.values()}
        ordered = sorted(told.union(others), key=sorted)
        kinds: dict[tuple[bool, ...], int] = {}
        classes = bytes(
            kinds.setdefault(tuple(byte in one for one in ordered), len(kinds)) for byte in range(256)
        )
        return classes, [classes.index(number) for number in range(len(kinds))]

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        """Return the states and all that are reached from them without a byte."""
        found = set(states)
        todo = list(found)
        while todo:
            for other in self.free[todo.pop()]:
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return frozenset(found)


class Deterministic:
    """The automaton that is in one state at a time; its states are numbered as they are needed.

    State 0 is the one from which nothing matches. Many texts are read side by side, a byte of each at a step.
    """

    def __init__(self, nfa: Nfa, examples: Sequence[int]) -> None:
        """Take an automaton and a byte of each class (`Nfa.classes`)."""
        self._nfa = nfa
        self._examples = examples
        self._numbers: dict[frozenset[int], int] = {frozenset(): 0}
        self._owner_numbers: dict[frozenset[int], int] = {frozenset(): 0}
        self.sets: list[frozenset[int]] = [frozenset()]
        self.owner_sets: list[frozenset[int]] = [frozenset()]
        self._width = len(examples)
        self._next = np.full(64 * self._width, -1, dtype=np.int32)  # -1 where it is not known yet
        self._owners = np.zeros(64 * self._width, dtype=np.int32)
        self._next[: self._width] = 0

    def step(self, states: Numbers, kinds: NDArray[np.uint8]) -> tuple[Numbers, Numbers]:
        """Return the states after a byte of these classes, and what to ask `ended` for."""
        cells = states * np.int32(self._width) + kinds
        following = self._next.take(cells)
        if len(following) and following.min() < 0:
            for cell in np.unique(cells[following < 0]).tolist():
                self._learn(*divmod(cell, self._width))
            following = self._next.take(cells)
        return following, cells

    def ended(self, cells: Numbers) -> Numbers:
        """Return the numbers (of `owner_sets`) of those whose matches end before the byte of a step."""
        return self._owners.take(cells)

    def united(self, these: Numbers, those: Numbers) -> Numbers:
        """Return the numbers of the unions of sets of owners."""
        pairs = these.astype(np.int64) << 32 | those
        distinct, inverse = np.unique(pairs, return_inverse=True)
        unions = [
            self._owner_number(self.owner_sets[pair >> 32] | self.owner_sets[pair & 0xFFFFFFFF])
            for pair in distinct.tolist()
        ]
        return np.array(unions, dtype=np.int32)[inverse]

    def number(self, states: frozenset[int]) -> int:
        """Return the number of a set of states of the other automaton."""
        known = self._numbers.get(states)
        if known is None:
            known = self._numbers[states] = len(self.sets)
            self.sets.append(states)
            if known * self._width >= len(self._next):
                self._next = np.concatenate((self._next, np.full_like(self._next, -1)))
                self._owners = np.concatenate((self._owners, np.zeros_like(self._owners)))
        return known

    def owners_at(self, state: int) -> frozenset[int]:
        """Return those whose matches may end in a state."""
        nfa = self._nfa
        return frozenset(nfa.ends[other][0] for other in self.sets[state] if other in nfa.ends)

    def _learn(self, row: int, column: int) -> None:
        nfa, byte, states = self._nfa, self._examples[column], self.sets[row]
        ends = (nfa.ends[state] for state in states if state in nfa.ends)
        owners = frozenset(owner for owner, after in ends if byte in after)
        reached = (other for state in states for accepted, other in nfa.moves[state] if byte in accepted)
        following = self.number(nfa.closure(reached))  # may make more room
        self._next[row * self._width + column] = following
        self._owners[row * self._width + column] = self._owner_number(owners)

    def _owner_number(self, owners: frozenset[int]) -> int:
        number = self._owner_numbers.setdefault(owners, len(self.owner_sets))
        if number == len(self.owner_sets):
            self.owner_sets.append(owners)
        return number


def add(nfa: Nfa, owner: int, expression: str, *, caseless: bool) -> tuple[int, Bytes]:
    """Add an expression; return its first state and what may stand before a match.

    Raises NotATokenError where its matches begin in the middle of a word or with another byte than FIRSTS,
    have no digit among the first, or are too long.
    """
    tree = _PARSER.parse(expression.encode(), re.IGNORECASE if caseless else 0)
    if tree.getwidth()[1] > LONGEST:
        raise NotATokenError("too long")
    before, rest = _ALL, list(tree)
    while rest and str(rest[0][0]) == "ASSERT_NOT" and rest[0][1][0] < 0:
        if (denied := _single(rest.pop(0)[1][1])) is not None:
            before -= denied
    if before & WORD:
        raise NotATokenError("begins within words")
    builder = _Widest(nfa, caseless=caseless)
    first = nfa.state()
    after = _ALL
    while rest and str(rest[-1][0]) == "ASSERT_NOT" and rest[-1][1][0] > 0:
        after -= _denied(rest.pop()[1][1])
    last = builder.sequence(rest, first)
    nfa.ends[last] = (owner, after)
    _check(nfa, first)
    return first, before


def add_exactly(nfa: Nfa, owner: int, expression: str) -> int:
    """Add an expression without look-around and back-reference, and return its first state.

    Raises NotATokenError for another one.
    """
    first = nfa.state()
    tree = _PARSER.parse(expression.encode())
    last = _Exact(nfa, caseless=False).sequence(tree, first)
    nfa.ends[last] = (owner, _ALL)
    return first


def heads(expression: str, *, caseless: bool) -> Callable[[bytes], bool]:
    """Return what tells whether a match of the expression may begin with some bytes; any digit is as another.

    Raises NotATokenError for what is none of a token's.
    """
    nfa = Nfa()
    first = nfa.state()
    Wide(nfa, caseless=caseless).sequence(_PARSER.parse(expression.encode(), re.IGNORECASE * caseless), first)

    def may_begin(text: bytes) -> bool:
        states = nfa.closure([first])
        for byte in text:
            kind = _DIGITS if byte in _DIGITS else frozenset((byte,))
            moves = (move for state in states for move in nfa.moves[state])
            states = nfa.closure(other for accepted, other in moves if accepted & kind)
        return bool(states)

    return may_begin


def leads(nfa: Nfa, firsts: Iterable[int]) -> Bytes:
    """Return the bytes that may stand between the beginning of a token and its first digit."""
    found: set[int] = set()
    states = nfa.closure(firsts)
    for _ in range(DIGIT_BY):
        moves = [(accepted - _DIGITS, other) for state in states for accepted, other in nfa.moves[state]]
        found.update(*(accepted for accepted, _ in moves))
        states = nfa.closure(other for accepted, other in moves if accepted)
    return frozenset(found)


def _check(nfa: Nfa, first: int) -> None:
    """Raise NotATokenError unless every way from `first` is a token's."""
    states, seen_digit = nfa.closure([first]), False
    for depth in range(DIGIT_BY):
        following: set[int] = set()
        for state in states:
            if state in nfa.ends:
                raise NotATokenError("may have no digit")
            for accepted, other in nfa.moves[state]:
                if depth == 0 and not accepted <= FIRSTS:
                    raise NotATokenError("begins with another byte")
                if accepted - _DIGITS:
                    following.add(other)
        states = nfa.closure(following)
        if not states:
            seen_digit = True
            break
    if not seen_digit:
        raise NotATokenError("may have no digit")


class _Exact:
    """Adds parse trees without look-around and back-reference to an automaton."""

    def __init__(self, nfa: Nfa, *, caseless: bool) -> None:
        self.nfa = nfa
        self.caseless = caseless
        self.groups: dict[int, Any] = {}

    def sequence(self, items: Iterable[tuple[Any, Any]], state: int) -> int:
        for operation, argument in items:
            state = self.item(str(operation), argument, state)
        return state

    def item(self, operation: str, argument: Any, state: int) -> int:
        match operation:
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
                return self.move(state, bytes_of(operation, argument, caseless=self.caseless))
            case "BRANCH":
                return self.either(argument[1], state)
            case "SUBPATTERN":
                group, more, less, inner = argument
                if group is not None:
                    self.groups[group] = inner
                outside = self.caseless
                self.caseless = bool((outside or more & re.IGNORECASE) and not less & re.IGNORECASE)
                after = self.sequence(inner, state)
                self.caseless = outside
                return after
            case "ATOMIC_GROUP":
                return self.sequence(argument, state)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self.repeat(argument, state)
        raise NotATokenError(f"has {operation}")

    def move(self, state: int, accepted: Bytes) -> int:
        after = self.nfa.state()
        self.nfa.moves[state].append((accepted, after))
        return after

    def either(self, branches: Sequence[Any], state: int) -> int:
        after = self.nfa.state()
        for branch in branches:
            first = self.nfa.state()
            self.nfa.free[state].append(first)
            self.nfa.free[self.sequence(branch, first)].append(after)
        return after

    def repeat(self, argument: Any, state: int) -> int:
        least, most, inner = int(argument[0]), int(argument[1]), argument[-1]
        if most > LONGEST:
            raise NotATokenError("too long")
        for _ in range(least):
            state = self.sequence(inner, state)
        after = self.nfa.state()
        self.nfa.free[state].append(after)
        for _ in range(most - least):
            state = self.sequence(inner, state)
            self.nfa.free[state].append(after)
        return after


class Wide(_Exact):
    """Adds parse trees at their widest: what looks around or back is taken to hold."""

    def item(self, operation: str, argument: Any, state: int) -> int:
        match operation:
            case "ASSERT" | "ASSERT_NOT" | "AT":
                return state
            case "GROUPREF":
                inner = self.groups[argument]
                return self.either([inner, ()], state) if inner.getwidth()[0] else self.sequence(inner, state)
            case "GROUPREF_EXISTS":
                return self.either([argument[1], argument[2] or ()], state)
        return super().item(operation, argument, state)


class _Widest(Wide):
    """The same with all digits for one, and all letters of a case."""

    def move(self, state: int, accepted: Bytes) -> int:
        return super().move(state, widened(accepted))


def widened(accepted: Bytes) -> Bytes:
    """Return the bytes, with all digits where there is one, and all letters of a case where there is one."""
    return accepted.union(*(kind for kind in _KINDS if accepted & kind))


def _single(tree: Any) -> Bytes | None:
    """Return the bytes of a look-around of one byte, None for any other."""
    if len(tree) != 1 or str(tree[0][0]) not in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
        return None
    return bytes_of(str(tree[0][0]), tree[0][1], caseless=False)


def _denied(tree: Any) -> Bytes:
    """Return the bytes that by themselves make a negative look-ahead fail."""
    single = _single(tree)
    if single is not None:
        return single
    if len(tree) == 1 and str(tree[0][0]) == "BRANCH":
        return frozenset().union(*(_single(branch) or frozenset() for branch in tree[0][1][1]))
    return frozenset()
