"""Keywords around a value: in the text, in its cell, in the names of its column or JSON path.

A keyword is literal and stands in any case. Between its parts may be a space, `_`, `-`, `.`, a camelCase hump
or nothing (`access key`, `access_key`, `accessKey`, `AccessKeyId`, `aws.access-key`). Where it begins or ends
with a letter or digit a word must begin or end there: at another kind of character, at a hump, and at its end
also before a number (`phone2`). A calling code (`+33`) may go on with the number that it belongs to. Letters
of two UTF-8 bytes (Latin, Greek, Cyrillic) continue a word; other characters beyond ASCII end it, so that
keywords are found in Chinese or Japanese text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from classifier.detect.detector import Keywords

_SEPARATOR = rb"[ _.\-]?"
_SHORT = 4  # letters up to which keywords are looked for with their borders: they are in many longer words
_SPLIT = re.compile(r"[ _.\-]+|(?<=[a-z0-9])(?=[A-Z])")
_BEGINS = re.compile(
    rb"(?<![A-Za-z0-9])(?<![\xc3-\xd3][\x80-\xbf])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
)
_ENDS = re.compile(
    rb"(?![A-Za-z0-9]|[\xc3-\xd3][\x80-\xbf])|(?<=[A-Za-z])(?=[0-9])|(?<=[a-z0-9])(?=[A-Z])|(?=[A-Z][a-z])"
)

_FOLLOWING = re.compile(rb"[\x80-\xbf]+")


class KeywordMatcher:
    """Finds the keywords of one detector."""

    def __init__(self, keywords: Keywords) -> None:
        self.before = keywords.before
        self.after = keywords.after
        self._within = keywords.within
        self._parts = sorted({tuple(filter(None, _SPLIT.split(text))) for text in keywords.words} - {()})
        self.expressions = tuple(_SEPARATOR.join(map(_expression, parts)) for parts in self._parts)
        """One expression a keyword, to be run without regard to case, for searching a whole text fast."""

    @cached_property
    def longest(self) -> int:
        """The length of the longest expression."""
        return max(map(len, self.expressions))

    @cached_property
    def most(self) -> int:
        """Bytes of the longest keyword, however it is written."""
        return max(len(parts) - 1 + sum(map(_most_bytes, parts)) for parts in self._parts)

    @cached_property
    def bordered(self) -> tuple[bytes, ...]:
        """The expressions for telling where keywords are, to be run as they are: short ones only where a word
        may begin and end, and with the byte after them.
        """
        words = zip(self._parts, self.expressions, strict=True)
        return tuple(dict.fromkeys(_bordered(parts, word) for parts, word in words))

    @cached_property
    def _any(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(self.expressions))

    @cached_property
    def _words(self) -> dict[bytes, list[tuple[re.Pattern[bytes], bool, bool]]]:
        """The keywords by their first byte: each one's expression, and where a word must begin and end."""
        words: dict[bytes, list[tuple[re.Pattern[bytes], bool, bool]]] = {}
        for parts, expression in zip(self._parts, self.expressions, strict=True):
            entry = (re.compile(expression), _is_word(parts[0][0]), _ends_a_word(parts))
            for byte in {form[:1] for form in _forms(parts[0][0])}:
                words.setdefault(byte, []).append(entry)
        return words

    def found(self, text: bytes) -> bool:
        """Return whether there is a keyword in `text`."""
        return next(self._places(text, 0, len(text)), None) is not None

    def places(self, data: bytes) -> list[tuple[int, int]]:
        """Return where keywords stand in `data` (start and end), in order."""
        return list(self._places(data, 0, len(data)))

    def places_at(self, data: bytes, ends: Iterable[int]) -> list[tuple[int, int]]:
        """Return the same where each keyword ends at one of `ends` (in order) or a byte before it."""
        found: set[tuple[int, int]] = set()
        for end in ends:
            low = max(0, end - self.most - 1)
            found.update(place for place in self._places(data, low, end) if place[1] >= end - 1)
        return sorted(found)

    def around(self, data: bytes, start: int, end: int, floor: int, ceiling: int) -> bool:
        """Return whether a keyword is near enough to `data[start:end]`, and inside `data[floor:ceiling]`."""
        low = max(floor, start - self.before - self.longest)
        high = min(ceiling, end + self.after + self.longest)
        return any(
            self._helps(data, place, start, end, floor, ceiling)
            for places in (self._places(data, low, start), self._places(data, end, high))
            for place in places
        )

    def helping(
        self, data: bytes, start: int, end: int, floor: int, ceiling: int
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the keywords that `around` finds: how many bytes from the value, and as they are written."""
        low = max(floor, start - self.before - self.longest)
        high = min(ceiling, end + self.after + self.longest)
        for places in (self._places(data, low, start), self._places(data, end, high)):
            for place in places:
                if self._helps(data, place, start, end, floor, ceiling):
                    yield max(start - place[1], place[0] - end), data[place[0] : place[1]]

    def among(
        self, data: bytes, places: Sequence[tuple[int, int]], start: int, end: int, floor: int, ceiling: int
    ) -> bool:
        """Return the same as `around`; the `places` are all keywords of the data."""
        at = bisect_left(places, (start - self.before - self.longest, 0))
        while at < len(places) and places[at][0] <= end + self.after:
            if self._helps(data, places[at], start, end, floor, ceiling):
                return True
            at += 1
        return False

    def _helps(
        self, data: bytes, place: tuple[int, int], start: int, end: int, floor: int, ceiling: int
    ) -> bool:
        low, high = place
        if low < floor or high > ceiling:
            return False
        if self._within is not None:
            return high <= start and _characters(data[high:end]) <= self._within
        return 0 <= start - high <= self.before or 0 <= low - end <= self.after

    def _places(self, data: bytes, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield where keywords stand in `data[low:high]`, as offsets in `data`."""
        text = data[low:high].lower()
        found = self._any.search(text)
        while found is not None:
            at = found.start()
            for word, begins, ends in self._words.get(text[at : at + 1], ()):
                if (hit := word.match(text, at)) is None:
                    continue
                start, end = low + at, low + hit.end()
                if begins and _BEGINS.match(data, start) is None:
                    continue
                if not ends or _ENDS.match(data, end) is not None:
                    yield start, end
            found = self._any.search(text, at + 1)


def _characters(text: bytes) -> int:
    """Return how many characters of UTF-8 there are."""
    return len(text) if text.isascii() else len(_FOLLOWING.sub(b"", text))


def _expression(part: str) -> bytes:
    """Return what matches a keyword's part in text that is lower-cased in ASCII."""
    if part.isascii():
        return re.escape(part.lower().encode())
    letters = (_forms(char) for char in part)
    return b"".join(
        re.escape(forms[0]) if len(forms) == 1 else b"(?:%s)" % b"|".join(map(re.escape, forms))
        for forms in letters
    )


def _bordered(parts: Sequence[str], expression: bytes) -> bytes:
    """Return what matches a keyword in any case and, where it is short, only if it is a word by itself."""
    (word, *others) = parts
    if others or len(word) > _SHORT or not (word.isascii() and word.isalpha()):
        return b"(?i:%s)" % expression
    first, rest = word[:1].encode(), word[1:].lower().encode()
    return b"(?:(?:^|[^a-z])%s|%s)(?i:%s)(?:[^a-z]|$)" % (first.lower(), first.upper(), rest)


def _forms(char: str) -> list[bytes]:
    """Return how a character may stand in text that is lower-cased in ASCII; others have both cases."""
    return sorted(
        {
            form.lower().encode() if char.isascii() else form.encode()
            for form in (char, char.lower(), char.upper())
        }
    )


def _ends_a_word(parts: tuple[str, ...]) -> bool:
    return not parts[0].startswith("+") and _is_word(parts[-1][-1])


def _most_bytes(part: str) -> int:
    return len(part) if part.isascii() else sum(max(map(len, _forms(char))) for char in part)


def _is_word(char: str) -> bool:
    return char.isascii() and char.isalnum()
