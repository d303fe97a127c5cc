"""One pass over all numbers and codes of a chunk: which detectors can match where.

Broad shapes of digits and letters cost Hyperscan many times what anchored ones cost. Here numpy finds where
tokens begin, and one automaton of all such detectors reads all tokens side by side, a byte of each at a step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect import automaton
from classifier.detect.automaton import LONGEST, NotATokenError
from classifier.detect.detector import Detector
from classifier.model import Category

Starts: TypeAlias = NDArray[np.int64]

_LOOKS_BACK = "(?<!"
_MOST_STATES = 20_000
_MOST_TABLES = 64
_BLOCK = 1 << 16
_PADDING = bytes(LONGEST + 1)


class TokenPass:
    """The tokens' automaton of some detectors. Keeps the states that texts have needed so far."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        """Take in those of the detectors whose matches are tokens; each is called by its position."""
        self._nfa = automaton.Nfa()
        self._firsts: dict[int, tuple[int, automaton.Bytes]] = {}
        self._shortest = LONGEST
        for number, detector in enumerate(detectors):
            expression = detector.exact or ""
            if detector.category is Category.CREDENTIALS:
                continue  # these have coarse expressions that fire seldom
            if detector.longest > LONGEST or not expression.startswith(_LOOKS_BACK):
                continue
            try:
                first, before, shortest = automaton.add(
                    self._nfa, number, expression, caseless=detector.caseless
                )
            except NotATokenError:
                continue
            self._firsts[number] = first, before
            self._shortest = min(self._shortest, shortest)
        self.members = frozenset(self._firsts)
        self._classes, self._examples = self._byte_classes()
        self._tables: dict[frozenset[int], _Table] = {}

    def starts(self, data: bytes, wanted: frozenset[int]) -> Mapping[int, Starts]:
        """Return for each of the `wanted` detectors that may match where its matches may begin, in order."""
        wanted &= self.members
        if not wanted or not data:
            return {}
        table = self._tables.get(wanted)
        if table is None or len(table.sets) > _MOST_STATES:
            if len(self._tables) >= _MOST_TABLES:
                self._tables.clear()
            firsts = [self._firsts[number] for number in sorted(wanted)]
            table = self._tables[wanted] = _Table(self._nfa, firsts, self._examples)
        padded = np.frombuffer(data + _PADDING, dtype=np.uint8)
        begins = _begins(padded[: len(data)])
        before = self._classes[padded[begins - 1]]
        before[begins == 0] = self._classes[ord(" ")]
        found: dict[int, list[Starts]] = {}
        cell = table.initial[before]
        kept = np.flatnonzero(cell)
        at, cell = begins[kept], cell[kept]
        for depth in range(LONGEST + 1):
            if not len(at):
                break
            cell += self._classes[padded[depth:][at]]
            following = table.next[cell]
            if following.min() < 0:
                table.learn(np.unique(cell[following < 0]))
                following = table.next[cell]
            if depth >= self._shortest:
                accepting = table.owners[cell]
                ended = np.flatnonzero(accepting)
                sets = accepting[ended]
                for number in np.unique(sets).tolist():
                    here = at[ended[sets == number]]
                    for owner in table.owner_sets[number]:
                        found.setdefault(owner, []).append(here)
            kept = np.flatnonzero(following)
            at, cell = at[kept], following[kept]
        return {owner: _joined(parts) for owner, parts in found.items()}

    def _byte_classes(self) -> tuple[NDArray[np.int32], list[int]]:
        """Return the class of each byte, and a byte of each class: bytes that no expression tells apart."""
        told = {accepted for moves in self._nfa.moves for accepted, _ in moves}
        told |= {after for _, after in self._nfa.ends.values()}
        told |= {before for _, before in self._firsts.values()}
        ordered = sorted(told, key=sorted)
        kinds: dict[tuple[bool, ...], int] = {}
        classes = [kinds.setdefault(tuple(byte in one for one in ordered), len(kinds)) for byte in range(256)]
        return np.array(classes, dtype=np.int32), [classes.index(number) for number in range(len(kinds))]


class _Table:
    """The deterministic automaton of some first states: a row a state, a column a class of bytes.

    A state is called by where its row begins; 0 is the state from which nothing matches.
    """

    def __init__(
        self, nfa: automaton.Nfa, firsts: Sequence[tuple[int, automaton.Bytes]], examples: Sequence[int]
    ) -> None:
        self._nfa = nfa
        self._examples = examples
        self._width = len(examples)
        self._numbers: dict[frozenset[int], int] = {frozenset(): 0}
        self._owner_numbers: dict[tuple[int, ...], int] = {(): 0}
        self.sets: list[frozenset[int]] = [frozenset()]
        self.owner_sets: list[tuple[int, ...]] = [()]
        self.next = np.zeros(self._width, dtype=np.int32)  # -1 where it is not known yet
        self.owners = np.zeros(self._width, dtype=np.int32)
        states = [
            self._number(nfa.closure(first for first, before in firsts if byte in before))
            for byte in examples
        ]
        self.initial = np.array(states, dtype=np.int32)

    def learn(self, cells: NDArray[np.int32]) -> None:
        """Work out where these (state, class of bytes) lead, and whose match ends before such a byte."""
        nfa = self._nfa
        for cell in cells.tolist():
            row, column = divmod(cell, self._width)
            byte, states = self._examples[column], self.sets[row]
            ends = (nfa.ends[state] for state in states if state in nfa.ends)
            owners = tuple(sorted({owner for owner, after in ends if byte in after}))
            reached = (other for state in states for accepted, other in nfa.moves[state] if byte in accepted)
            following = self._number(nfa.closure(reached))
            if owners not in self._owner_numbers:
                self._owner_numbers[owners] = len(self.owner_sets)
                self.owner_sets.append(owners)
            self.next[cell] = following
            self.owners[cell] = self._owner_numbers[owners]

    def _number(self, states: frozenset[int]) -> int:
        known = self._numbers.get(states)
        if known is None:
            known = self._numbers[states] = len(self.sets) * self._width
            self.sets.append(states)
            if known >= len(self.next):
                more = max(64 * self._width, len(self.next))
                self.next = np.concatenate((self.next, np.full(more, -1, dtype=np.int32)))
                self.owners = np.concatenate((self.owners, np.zeros(more, dtype=np.int32)))
        return known


def _joined(parts: Sequence[Starts]) -> Starts:
    return parts[0] if len(parts) == 1 else np.unique(np.concatenate(parts))


def _begins(data: NDArray[np.uint8]) -> Starts:
    """Return where tokens begin: a byte of automaton.FIRSTS after none of a word, with a digit soon after."""
    parts = []
    for low in range(0, len(data), _BLOCK):  # of a size that stays in the processor's cache
        block = data[max(0, low - 1) : low + _BLOCK + automaton.DIGIT_BY]
        digit = (block - np.uint8(48)) < 10
        upper = (block - np.uint8(65)) < 26
        word = (((block | np.uint8(32)) - np.uint8(97)) < 26) | digit
        first = digit | upper | (block == 43) | (block == 40)
        first[1:] &= ~word[:-1]
        if low:
            first[0] = False
        two = digit.copy()
        two[:-1] |= digit[1:]
        six = two.copy()
        six[:-2] |= two[2:]
        six[:-4] |= two[4:]
        first &= six
        found = np.flatnonzero(first) + max(0, low - 1)
        parts.append(found[found < low + _BLOCK])
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
