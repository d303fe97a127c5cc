"""Keywords around a value: in the text, in its cell, in the names of its column or JSON path.

A keyword is literal and stands in any case. Between its parts may be a space, `_`, `-`, `.`, a camelCase hump
or nothing (`access key`, `access_key`, `accessKey`, `AccessKeyId`, `aws.access-key`). Where it begins or ends
with a letter or digit a word must begin or end there: at another kind of character, at a hump, and at its end
also before a number (`phone2`). Letters of two UTF-8 bytes (Latin, Greek, Cyrillic) continue a word; other
characters beyond ASCII end it, so that keywords are found in Chinese or Japanese text.
"""

from __future__ import annotations

import re

from classifier.detect.detector import Keywords

_SEPARATOR = rb"[ _.\-]?"
_SPLIT = re.compile(r"[ _.\-]+|(?<=[a-z0-9])(?=[A-Z])")
_ASCII = re.compile(rb"[A-Za-z0-9]")
_BEGINS = re.compile(
    rb"(?<![A-Za-z0-9])(?<![\xc3-\xd3][\x80-\xbf])|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
)
_ENDS = re.compile(
    rb"(?![A-Za-z0-9]|[\xc3-\xd3][\x80-\xbf])|(?<=[A-Za-z])(?=[0-9])|(?<=[a-z0-9])(?=[A-Z])|(?=[A-Z][a-z])"
)


class KeywordMatcher:
    """Finds the keywords of one detector."""

    def __init__(self, keywords: Keywords) -> None:
        self._before = keywords.before
        self._after = keywords.after
        words = sorted({word for text in keywords.words if (word := _parts(text))}, key=_longest_first)
        self.expressions = tuple(_SEPARATOR.join(word) for word in words)
        """One expression a keyword, to be run without regard to case, for searching a whole text fast."""
        self._words = tuple(
            (re.compile(expression), _is_word(text[0][:1]), _is_word(text[-1][-1:]))
            for expression, text in zip(self.expressions, words, strict=True)
        )
        self._any = re.compile(b"|".join(self.expressions))
        self._longest = max(sum(map(len, word)) + len(word) for word in words)

    def found(self, text: bytes) -> bool:
        """Return whether there is a keyword in `text`."""
        return self._search(text, 0, len(text), 0)

    def around(self, data: bytes, start: int, end: int, floor: int, ceiling: int) -> bool:
        """Return whether a keyword is near enough to `data[start:end]`, and inside `data[floor:ceiling]`."""
        nearest = start - self._before
        if self._before and self._search(data, max(floor, nearest - self._longest), start, nearest):
            return True
        # a keyword may begin `after` bytes from the value at the farthest, and end beyond that
        return self._after > 0 and self._search(
            data, end, min(ceiling, end + self._after + self._longest), 0, end + self._after
        )

    def _search(self, data: bytes, low: int, high: int, end_from: int, start_to: int | None = None) -> bool:
        """Return whether a keyword in `data[low:high]` ends from `end_from` on and starts by `start_to`."""
        text = data[low:high].lower()
        found = self._any.search(text)
        while found is not None:
            at = found.start()
            if start_to is not None and low + at > start_to:
                return False
            for word, begins, ends in self._words:
                if (hit := word.match(text, at)) is None or low + hit.end() < end_from:
                    continue
                if begins and _BEGINS.match(data, low + at) is None:
                    continue
                if not ends or _ENDS.match(data, low + hit.end()) is not None:
                    return True
            found = self._any.search(text, at + 1)
        return False


def _parts(text: str) -> tuple[bytes, ...]:
    """Return the keyword's parts as expressions over lower-cased UTF-8."""
    return tuple(b"".join(map(_letter, part)) for part in _SPLIT.split(text) if part)


def _letter(char: str) -> bytes:
    """Return what matches one character; the text is lower-cased in ASCII only, so others have both cases."""
    if char.isascii():
        return re.escape(char.lower().encode())
    cases = sorted({form.encode() for form in (char, char.lower(), char.upper())})
    return b"(?:" + b"|".join(map(re.escape, cases)) + b")" if len(cases) > 1 else re.escape(cases[0])


def _longest_first(word: tuple[bytes, ...]) -> tuple[int, tuple[bytes, ...]]:
    return -sum(map(len, word)), word


def _is_word(byte: bytes) -> bool:
    return _ASCII.match(byte) is not None
