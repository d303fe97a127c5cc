"""Expressions of numbers and codes as one automaton: which of them can match where a token begins.

The expressions are those of Python's `re`; what an automaton cannot express (a back-reference to a separator,
a look-around of several bytes) is taken at its widest, so that the automaton accepts every match and a few
strings more, which the expression itself then refuses. States are made as the text needs them.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from classifier.detect.shape import bytes_of

_PARSER: Any = importlib.import_module("re._parser")
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_DIGITS = frozenset(b"0123456789")
_ALL = frozenset(range(256))
FIRSTS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+(")
"""What a token may begin with."""
DIGIT_BY = 6
"""A token has a digit among so many first bytes."""
LONGEST = 64
"""Most bytes of a token."""

Bytes: TypeAlias = frozenset[int]


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


def add(nfa: Nfa, owner: int, expression: str, *, caseless: bool) -> tuple[int, Bytes, int]:
    """Add an expression; return its first state, what may stand before a match, and its least length.

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
    if before & _WORD:
        raise NotATokenError("begins within words")
    builder = _Builder(nfa, caseless=caseless)
    first = nfa.state()
    after = _ALL
    while rest and str(rest[-1][0]) == "ASSERT_NOT" and rest[-1][1][0] > 0:
        after -= _denied(rest.pop()[1][1])
    last = builder.sequence(rest, first)
    nfa.ends[last] = (owner, after)
    _check(nfa, first)
    return first, before, int(tree.getwidth()[0])


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


class _Builder:
    """Adds parse trees to an automaton."""

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
            case "GROUPREF":
                inner = self.groups[argument]
                return self.either([inner, ()], state) if inner.getwidth()[0] else self.sequence(inner, state)
            case "GROUPREF_EXISTS":
                return self.either([argument[1], argument[2] or ()], state)
            case "ASSERT" | "ASSERT_NOT" | "AT":
                return state
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
