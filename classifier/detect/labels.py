"""Which labels a name holds: the name is taken apart once, and asked for thousands of them.

A label begins where a word of the name begins (after anything but a letter, or at a camelCase hump), and its
own words may be written together or apart: `datadogApiKey`, `DATADOG_API_KEY` and `data-dog api key` hold
"data dog" as well as "datadog".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from classifier.detect.derive import CORES, FIRST

_MEMO = 4096  # names that are remembered
_HEAD = 4  # letters by which labels are looked up
_WORDS = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
# A name stands in one piece, with the word that means a secret; between it and the value stand but these.
_GLUE = frozenset(b" value content default is bearer basic token apikey key quot u0022".split(b" "))
_MARKS = b" \t.-_"
_SHORTEST = 3  # bytes of such a piece
_TO_BREAK = bytes(
    byte if chr(byte) in ".- \t_" or (byte < 128 and chr(byte).isalnum()) else 0 for byte in range(256)
)  # what is in no piece becomes 0
_CORES = tuple(core.encode() for core in CORES)
_ESCAPES = re.compile(rb"\\[nrtbfv]")


class Found(NamedTuple):
    """A label in a name: how long it is, whose, the name's letters and digits after it, in small letters, and
    whether a word of the name ends with it.
    """

    size: int
    owners: Sequence[int]
    rest: bytes
    whole: bool


class LabelIndex:
    """Labels of many owners, who are numbers."""

    def __init__(self, labels: Mapping[int, Iterable[str]]) -> None:
        """Take each owner's labels, in any spelling."""
        owners: dict[bytes, list[int]] = {}
        for owner, words in labels.items():
            for word in words:
                owners.setdefault(_squeezed(word), []).append(owner)
        self._long: dict[bytes, list[tuple[bytes, list[int]]]] = {}
        self._short: dict[bytes, list[int]] = {}
        self._known: dict[bytes, tuple[tuple[int, ...], bool, bool]] = {}
        for label, whose in owners.items():
            if len(label) < _HEAD:
                self._short[label] = whose
            else:
                self._long.setdefault(label[:_HEAD], []).append((label, whose))

    def found(self, name: bytes) -> Iterator[Found]:
        """Yield the labels that begin where a word of the name does; it may yield too many."""
        if b"\\" in name:
            name = _ESCAPES.sub(b" ", name)
        words = _WORDS.findall(name)
        text = b"".join(words).lower()
        starts = list(accumulate(map(len, words), initial=0))
        for at in starts:
            for label, owners in self._long.get(text[at : at + _HEAD], ()):
                if text.startswith(label, at):
                    yield Found(len(label), owners, text[at + len(label) :], at + len(label) in starts)
            if self._short:
                for size in range(1, _HEAD):
                    if (short := self._short.get(text[at : at + size])) is not None:
                        yield Found(size, short, text[at + size :], at + size in starts)

    def places(
        self, data: bytes, ends: Iterable[int], reach: int, wanted: Container[int]
    ) -> tuple[dict[int, list[int]], list[int]]:
        """Return for each of the `wanted` owners the ends with a label in the `reach` bytes before.

        The second answer are the ends with a name before that means a secret, whosever it is.
        """
        places: dict[int, list[int]] = {}
        named: list[int] = []
        known = self._known
        for end in ends:
            before = data[max(0, end - reach) : end - FIRST]
            if b"\\" in before:
                before = _ESCAPES.sub(b"||", before)
            text = before.translate(_TO_BREAK)
            stop, cut, means = len(text), 0, False
            while cut >= 0:  # from the last piece on
                cut = text.rfind(b"\0", 0, stop)
                part, stop = text[cut + 1 : stop], cut
                if len(part) < _SHORTEST:
                    continue
                if (found := known.get(part)) is None:
                    if len(known) >= _MEMO:  # names come from the objects: no end to them
                        known.clear()
                    found = known[part] = self._meaning(part)
                owners, tells, goes_on = found
                means |= tells
                for owner in owners:
                    if owner in wanted:
                        places.setdefault(owner, []).append(end)
                if not goes_on:
                    break
            if means:
                named.append(end)
        return {owner: sorted(set(found)) for owner, found in places.items()}, named

    def _meaning(self, part: bytes) -> tuple[tuple[int, ...], bool, bool]:
        """Return the owners of the labels in a name, whether it means a secret, and whether what is before it
        may be of the name too.
        """
        small = part.lower()
        owners, tells = set[int](), any(core in small for core in _CORES)
        if tells:
            owners.update(owner for label in self.found(part) for owner in label.owners)
        return tuple(owners), tells, small.strip(_MARKS) in _GLUE


def _squeezed(word: str) -> bytes:
    return re.sub(r"[^a-z0-9]", "", word.lower()).encode()
