"""Dictionaries: a file with a word or phrase a line, and all of them found in a text at once.

Lines are hashed, and so is each stretch of as many words in the text; where the hashes are equal the bytes
are compared. A look-up costs the same for a hundred entries and for a million.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.detect.confirm import Hit
from classifier.detect.spans import Span
from classifier.detect.words import LONGEST, Offsets, Words, hashes, lowered, spaced, utf8_text
from classifier.errors import PackError

_BITS = 22  # of a hash that tell with one look whether it may be on the list
_MOST_WORDS = 24  # of an entry


class WordList:
    """The entries of a list, ready to be looked for."""

    def __init__(self, name: str, content: bytes, *, case: bool = False) -> None:
        """Take a list of UTF-8 text, `name` in messages; without `case` upper and lower case are one.

        Empty lines and spaces around an entry do not count. Raises PackError, which shows no entry.
        """
        self._case = case
        self._text = self._plain(utf8_text(name, content).replace(b"\r\n", b"\n"), lines=True)
        self._last: bytes | None = None
        self._spans: dict[int, int] = {}
        lines = _Lines(name, self._text)
        order = np.argsort(lines.hashes, kind="stable")
        self._hashes = lines.hashes[order]
        self._starts, self._ends = lines.starts[order], lines.ends[order]
        self._affixes: dict[bytes, list[tuple[bytes, bytes]]] = lines.affixes
        self._counts = np.unique(lines.counts).tolist()
        self._sizes = {
            count: _extremes((lines.ends - lines.starts)[lines.counts == count]) for count in self._counts
        }
        self._may = np.zeros(1 << _BITS, dtype=np.bool_)
        self._may[(self._hashes >> np.uint64(64 - _BITS)).astype(np.int64)] = True

    def __repr__(self) -> str:
        return f"WordList({len(self)} entries)"

    def __len__(self) -> int:
        return len(self._hashes)

    def _plain(self, text: bytes, *, lines: bool = False) -> bytes:
        return spaced(text if self._case else lowered(text), lines=lines)

    def starts(self, data: bytes) -> Offsets:
        """Return where entries stand in the text, in order."""
        return np.array(sorted(self._found(data)), dtype=np.int64)

    def at(self, data: bytes, hits: Hit) -> list[Span]:
        """Return the longest entry at each of the places that has one (None: anywhere), in order."""
        found = self._found(data)
        places = sorted(found) if hits is None else sorted(set(map(int, hits)) & found.keys())
        return [(start, start, found[start]) for start in places]

    def _found(self, data: bytes) -> dict[int, int]:
        if self._last is not data:
            self._last, self._spans = data, {}
            for start, end in self._search(data):
                self._spans[start] = max(end, self._spans.get(start, 0))
        return self._spans

    def _search(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield where entries begin and end."""
        text = self._plain(data)
        words = Words(text)
        for count in self._counts:
            if count > len(words.starts):
                break
            starts = words.starts[: len(words.starts) - count + 1]
            ends = words.ends[count - 1 :]
            least, most = self._sizes[count]
            fitting = np.flatnonzero((ends - starts >= least) & (ends - starts <= most))
            starts, ends = starts[fitting], ends[fitting]
            found = hashes(words.data, starts, ends)
            maybe = np.flatnonzero(self._may[(found >> np.uint64(64 - _BITS)).astype(np.int64)])
            lows = np.searchsorted(self._hashes, found[maybe], side="left")
            highs = np.searchsorted(self._hashes, found[maybe], side="right")
            real = np.flatnonzero(highs > lows)
            for place, low, high in zip(
                maybe[real].tolist(), lows[real].tolist(), highs[real].tolist(), strict=True
            ):
                start, end = int(starts[place]), int(ends[place])
                entry = text[start:end]
                if any(self._text[self._starts[n] : self._ends[n]] == entry for n in range(low, high)):
                    yield from self._whole(text, start, end, entry)

    def _whole(self, text: bytes, start: int, end: int, entry: bytes) -> Iterator[tuple[int, int]]:
        """Yield the entries with these words, which may ask for marks around them."""
        for prefix, suffix in self._affixes.get(entry, [(b"", b"")]):
            if text.endswith(prefix, 0, start) and text.startswith(suffix, end):
                yield start - len(prefix), end + len(suffix)


class _Lines:
    """The entries of a list: where the words of each begin and end, how many, what is around them."""

    def __init__(self, name: str, text: bytes) -> None:
        words = Words(text)
        breaks = np.flatnonzero(words.data == ord("\n"))
        line_of_word = np.searchsorted(breaks, words.starts)
        first = np.flatnonzero(np.diff(line_of_word, prepend=-1))
        lines = line_of_word[first]
        after = np.append(first[1:], len(words.starts))
        self.starts: Offsets = words.starts[first]
        self.ends: Offsets = words.ends[after - 1] if len(first) else words.ends[:0]
        self.counts = after - first
        self.affixes: dict[bytes, list[tuple[bytes, bytes]]] = {}
        if not len(lines):
            raise PackError(f"{name}:1: the list has no entries")
        for broken, what in (
            (self.ends - self.starts > LONGEST, f"has more than {LONGEST:,} bytes"),
            (self.counts > _MOST_WORDS, f"has more than {_MOST_WORDS} words"),
        ):
            if broken.any():
                raise PackError(f"{name}:{int(lines[int(np.argmax(broken))]) + 1}: an entry {what}")
        bounds = np.concatenate(([-1], breaks, [len(text)]))
        self._affix(text, bounds[lines] + 1, bounds[lines + 1])
        empty = np.ones(len(bounds) - 1, dtype=np.bool_)
        empty[lines] = False
        for line in np.flatnonzero(empty).tolist():
            if text[bounds[line] + 1 : bounds[line + 1]].strip():
                raise PackError(f"{name}:{line + 1}: an entry has at least one letter or digit")
        self.hashes = hashes(words.data, self.starts, self.ends)

    def _affix(self, text: bytes, lows: NDArray[np.int64], highs: NDArray[np.int64]) -> None:
        """Note what entries have before their first word and after the last."""
        plain: set[bytes] = set()
        for place in np.flatnonzero((lows < self.starts) | (highs > self.ends)).tolist():
            low, start, end, high = (int(array[place]) for array in (lows, self.starts, self.ends, highs))
            affixes = text[low:start].lstrip(), text[end:high].rstrip()
            if any(affixes):
                self.affixes.setdefault(text[start:end], []).append(affixes)
        if self.affixes:  # an entry may stand there without them too
            for start, end, low, high in zip(
                self.starts.tolist(), self.ends.tolist(), lows.tolist(), highs.tolist(), strict=True
            ):
                if not text[low:start].strip() and not text[end:high].strip():
                    plain.add(text[start:end])
            for entry in plain & self.affixes.keys():
                self.affixes[entry].append((b"", b""))


def _extremes(sizes: NDArray[np.int64]) -> tuple[int, int]:
    return int(sizes.min()), int(sizes.max())
