"""A text in one spelling, letter by letter: lower case, without accents, of the same length."""

from __future__ import annotations

import unicodedata
from functools import cache

from classifier.detect.columns.lexicon import phrases

_SAME = {"ł": "l", "ø": "o", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "ß": "s", "’": "'"}


class _Plain(dict[int, str]):
    def __missing__(self, code: int) -> str:
        char = chr(code)
        lower = char.lower() if len(char.lower()) == 1 else char
        lower = _SAME.get(lower, unicodedata.normalize("NFKD", lower)[0])
        if len(self) < 1 << 16:
            self[code] = lower
        return lower


_PLAIN = _Plain()


def plain(text: str) -> str:
    """Return `text` in lower case without accents, each character where it was."""
    return text.translate(_PLAIN)


@cache
def section(name: str) -> frozenset[str]:
    """Return the words of a section of patterns/lexicons/prose.txt."""
    return frozenset(plain(word) for word in phrases("prose.txt")[name])


LANGUAGES = {
    "en": "english", "es": "spanish", "fr": "french", "de": "german", "it": "italian", "pt": "portuguese",
    "nl": "dutch", "pl": "polish",
}  # fmt: skip
_FEWEST = 2


def language(text: str, other: str = "en") -> str:
    """Return the code of the language that most small words are of; `other` where few are."""
    words = text.split()
    counts = {code: sum(map(section(name).__contains__, words)) for code, name in LANGUAGES.items()}
    best = max(counts, key=lambda code: (counts[code], code == other, code == "en"))
    return best if counts[best] >= _FEWEST and counts[best] > counts[other] else other
