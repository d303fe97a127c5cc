"""One pass over all numbers and codes of a chunk: which detectors can match where.

Broad shapes of digits and letters cost Hyperscan many times what anchored ones cost. Here numpy finds where
tokens begin, and one automaton of all such detectors reads all tokens side by side, eight bytes at a step:
what eight bytes of some kinds do to a state is worked out once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect import automaton, nfas
from classifier.detect.automaton import LONGEST, Numbers
from classifier.detect.detector import Detector
from classifier.model import Category

Starts: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint64]

_LOOKS_BACK = "(?<!"
_MOST_STATES = 20_000
_BLOCK = 1 << 16  # bytes, and
_MANY = (
    1 << 13
)  # tokens that are looked at at once: what is worked out of them stays in the processor's cache
_WORD = 8  # bytes that are read at once
_U8 = np.dtype("<u8")
_BEFORE, _AFTER = b" " * _WORD, b" " * (LONGEST + 2 * _WORD)
_MANY_OWNERS = 6  # of one shape, from which it pays to look at how tokens begin
_HEAD_BYTES = 3
_HEAD = np.uint64((1 << 8 * _HEAD_BYTES) - 1)
_ONE_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_MEMO = 4096
_SLOTS = 15  # bits of a memory of what words do
_MULTIPLIER, _MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)


class TokenPass:
    """The tokens' automaton of some detectors. Keeps the states that texts have needed so far."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        """Take in those of the detectors whose matches are tokens; each is called by its position."""
        self._nfa, self._firsts = nfas.joined(
            [
                (number, detector.exact or "", detector.caseless)
                for number, detector in enumerate(detectors)
                if detector.category is not Category.CREDENTIALS  # these have coarse ones that fire seldom
                and detector.longest <= LONGEST
                and (detector.exact or "").startswith(_LOOKS_BACK)
            ]
        )
        self._expressions = {n: (detectors[n].exact or "", detectors[n].caseless) for n in self._firsts}
        self._heads: dict[int, Callable[[bytes], bool]] = {}
        self._by_head: dict[tuple[frozenset[int], int], list[int]] = {}
        self.members = frozenset(self._firsts)
        self._open = frozenset(number for number in self.members if not detectors[number].keyed)
        self._lead = _flags(automaton.leads(self._nfa, [first for first, _ in self._firsts.values()]))
        self._classes, self._examples = self._nfa.classes(before for _, before in self._firsts.values())
        self._tables: dict[frozenset[int], _Table] = {}

    def starts(self, data: bytes, wanted: frozenset[int]) -> Mapping[int, Starts]:
        """Return for each of the `wanted` detectors that may match where its matches may begin, in order."""
        wanted &= self.members
        if not wanted or not data:
            return {}
        table = self._table(wanted)
        padded = b"".join((_BEFORE, data, _AFTER))
        words = np.ndarray((len(padded) - _WORD + 1,), _U8, padded, strides=(1,))
        begins = _begins(np.frombuffer(padded, np.uint8), self._lead)
        found: dict[int, list[Starts]] = {}
        for first in range(0, len(begins), _MANY):
            at = begins[first : first + _MANY]
            states = np.zeros(len(at), dtype=np.int32)
            for depth in range(-1, LONGEST + 1, _WORD):  # the first word has the byte before the token
                kinds = np.frombuffer(words[at + depth].tobytes().translate(self._classes), _U8)
                states, sets = table.after(states, kinds)
                for number in np.flatnonzero(np.bincount(sets)).tolist():
                    if owners := table.owners(number) & wanted:  # none of the set 0
                        for owner, here in self._told_apart(owners, words, at[sets == number]):
                            found.setdefault(owner, []).append(here)
                kept = np.flatnonzero(states)
                if not len(kept):
                    break
                at, states = at[kept], states[kept]
        return {owner: _ordered(parts) - _WORD for owner, parts in found.items()}

    def _told_apart(self, owners: frozenset[int], words: Words, at: Starts) -> Iterator[tuple[int, Starts]]:
        """Yield the places for each of the owners; where these are many, only those that begin as it does."""
        if len(owners) < _MANY_OWNERS:
            yield from ((owner, at) for owner in owners)
            return
        heads = np.frombuffer((words[at] & _HEAD).tobytes().translate(_ONE_DIGIT), _U8)
        kinds, of = np.unique(heads, return_inverse=True)
        fitting: dict[int, list[int]] = {}
        for number, kind in enumerate(kinds.tolist()):
            if (those := self._by_head.get((owners, kind))) is None:
                head = kind.to_bytes(_WORD, "little")[:_HEAD_BYTES]
                those = [owner for owner in owners if self._may_begin(owner, head)]
                if len(self._by_head) >= _MEMO:
                    self._by_head.clear()
                self._by_head[owners, kind] = those
            for owner in those:
                fitting.setdefault(owner, []).append(number)
        for owner, numbers in fitting.items():
            yield owner, at if len(numbers) == len(kinds) else at[np.isin(of, numbers)]

    def _may_begin(self, owner: int, head: bytes) -> bool:
        if (known := self._heads.get(owner)) is None:
            expression, caseless = self._expressions[owner]
            known = self._heads[owner] = automaton.heads(expression, caseless=caseless)
        return known(head)

    def _table(self, wanted: frozenset[int]) -> _Table:
        """Return the automaton for the wanted detectors: that of those without keywords, or that of all."""
        members = self._open if wanted <= self._open else self.members
        table = self._tables.get(members)
        if table is None or table.size > _MOST_STATES:
            firsts = [self._firsts[number] for number in sorted(members)]
            table = self._tables[members] = _Table(self._nfa, firsts, self._examples)
        return table


class _Table:
    """The deterministic automaton of some first states, with a memory of what eight bytes do to a state.

    State 0 is, given, the one before the byte before a token; returned, the one from which nothing matches.
    """

    def __init__(
        self, nfa: automaton.Nfa, firsts: Sequence[tuple[int, automaton.Bytes]], examples: Sequence[int]
    ) -> None:
        self._reader = automaton.Deterministic(nfa, examples)
        begun = [nfa.closure(first for first, before in firsts if byte in before) for byte in examples]
        self._initial = np.array([self._reader.number(states) for states in begun], dtype=np.int32)
        # What was worked out of a state and a word, at the place that both make.
        self._known_words = np.zeros(1 << _SLOTS, dtype=np.uint64)
        self._known_states = np.full(1 << _SLOTS, -1, dtype=np.int32)
        self._known_after = np.zeros(1 << _SLOTS, dtype=np.int32)
        self._known_owners = np.zeros(1 << _SLOTS, dtype=np.int32)

    @property
    def size(self) -> int:
        """The number of states so far."""
        return len(self._reader.sets)

    def owners(self, number: int) -> frozenset[int]:
        """Return a set of owners by its number."""
        return self._reader.owner_sets[number]

    def after(self, states: Numbers, words: Words) -> tuple[Numbers, Numbers]:
        """Return the states after the words (of classes), and the sets of those whose matches end in them."""
        mixed = (words ^ (states.astype(np.uint64) * _MIXER)) * _MULTIPLIER
        places = (mixed >> np.uint64(64 - _SLOTS)).astype(np.intp)
        after, owners = self._known_after[places], self._known_owners[places]
        known = self._known_words[places] == words
        known &= self._known_states[places] == states
        fresh = np.flatnonzero(~known)
        if len(fresh):
            new_states, new_words, new_places = states[fresh], words[fresh], places[fresh]
            new_after, new_owners = self._read(new_states, new_words)
            after[fresh], owners[fresh] = new_after, new_owners
            places, last = np.unique(new_places, return_index=True)  # of those for one place, one whole entry
            self._known_words[places], self._known_states[places] = new_words[last], new_states[last]
            self._known_after[places], self._known_owners[places] = new_after[last], new_owners[last]
        return after, owners

    def _read(self, states: Numbers, words: Words) -> tuple[Numbers, Numbers]:
        """Return what `after` does, byte by byte."""
        kinds = np.ascontiguousarray(words).view(np.uint8).reshape(-1, _WORD)
        after, owners = np.zeros((2, len(words)), dtype=np.int32)
        alive = np.arange(len(words))
        for column in range(_WORD):
            following, cells = self._reader.step(states, kinds[alive, column])
            ended = self._reader.ended(cells)
            if not column:  # before a token nothing is in any state
                following = np.where(states == 0, self._initial[kinds[:, 0]], following)
            if ended.any():
                owners[alive] = self._reader.united(owners[alive], ended)
            kept = np.flatnonzero(following)
            alive, states = alive[kept], following[kept]
        after[alive] = states
        return after, owners


def _ordered(parts: Sequence[Starts]) -> Starts:
    """Return all that is in the parts, in order and once."""
    places = np.sort(np.concatenate(parts))
    return places[np.concatenate(([True], places[1:] > places[:-1]))]


def _flags(accepted: Iterable[int]) -> NDArray[np.bool_]:
    flags = np.zeros(256, dtype=np.bool_)
    flags[list(accepted)] = True
    return flags


_NO_WORDS = ~_flags(automaton.WORD)
_FIRSTS = _flags(automaton.FIRSTS)


def _begins(padded: NDArray[np.uint8], lead: NDArray[np.bool_]) -> Starts:
    """Return where tokens begin: a byte of automaton.FIRSTS after none of a word, with a digit soon after.

    Between it and that digit are bytes of `lead`. Looked at are the beginnings of runs of digits, and what is
    right before them.
    """
    begins = []
    end = len(padded) - len(_AFTER)
    for low in range(_WORD, end, _BLOCK):
        digit = (padded[low - 1 : min(low + _BLOCK, end)] - np.uint8(48)) < 10
        run = np.flatnonzero(digit[1:] > digit[:-1]) + low
        before = padded[run - 1]
        begins.append(run[_NO_WORDS.take(before)])
        for _ in range(automaton.DIGIT_BY - 1):
            kept = np.flatnonzero(lead.take(before))
            if not len(kept):
                break
            run, first = run[kept] - 1, before[kept]
            before = padded[run - 1]
            begins.append(run[_FIRSTS.take(first) & _NO_WORDS.take(before)])
    return np.concatenate(begins)
