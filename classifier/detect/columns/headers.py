"""What a column's name says that it holds, in whatever language, spelling and case it is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from classifier.detect.columns.lexicon import phrases, titles
from classifier.detect.columns.words import words_of

_ATTRIBUTE = "attribute"
_TIME = "time"
_JOINED = 8  # letters of a word that is looked at for two in one
_MEMO = 4096


@dataclass(frozen=True, slots=True)
class Sense:
    """What a name says. `weak`: the values must say so too. `title` is what of the name says it."""

    kind: str
    weak: bool
    title: str


@lru_cache(maxsize=_MEMO)
def sense_of(name: str) -> Sense | None:
    """Return what a column's name (or the dotted keys of a JSON path) says that it holds; None: nothing.

    The last key counts, the one before it where it says little (`customer.name`, `product.name`). Of the
    titles in a name the one with the most letters counts, and strong ones before weak ones. A name that says
    more than its title, as `email_verified` or `phone_type`, is an attribute.
    """
    *above, last = [words_of(key) for key in name.split(".")] or [()]
    sense = _sense(last)
    if above and (sense is None or sense.weak) and above[-1]:
        sense = _sense((*above[-1], *last), len(above[-1])) or sense
    return sense


def _sense(words: tuple[str, ...], past: int = 0) -> Sense | None:
    """Return what the words say, by titles that reach beyond the first `past` of them."""
    found = [item for item in _titles(words) if item[0] + item[1] > past or item[2] == "product"]
    if not found:
        return None
    kinds = {kind for _, _, kind, _, _ in found}
    strong = [item for item in found if not item[3]] or found
    first, count, kind, weak, title = max(strong, key=lambda item: (len(item[4].replace(" ", "")), item[0]))
    if kind in (_ATTRIBUTE, _TIME) or not kinds & {_ATTRIBUTE, _TIME, "identifier", "digest", "amount"}:
        return Sense(kind, weak, title)
    for start, size, other, _, also in found:
        apart = start >= first + count or start + size <= first
        if apart and other in (_ATTRIBUTE, _TIME, "digest") and kind not in (other, "identifier"):
            return Sense(_ATTRIBUTE if other == _TIME else other, False, also)
        if (
            apart
            and other in ("identifier", "amount")
            and start + size == len(words)
            and kind != "identifier"
        ):
            return Sense(other, False, also)
    return Sense(kind, weak, title)


def _titles(words: tuple[str, ...]) -> list[tuple[int, int, str, bool, str]]:
    """Return the titles in a name: first word, number of words, kind, whether it is weak, the title.

    One that is part of another is left out.
    """
    found: list[tuple[int, int, str, bool, str]] = []
    reach = 0
    for start in range(len(words)):
        for end in range(min(len(words), start + titles().longest), max(start, reach), -1):
            if (entry := _entry(words[start:end])) is not None:
                found.append((start, end - start, *entry))
                reach = end
                break
    return found


def _entry(words: tuple[str, ...]) -> tuple[str, bool, str] | None:
    """Return the kind of the title that the words are, whether it is weak, and the title."""
    known, whole = titles().words, "".join(words)
    for title in (whole, whole.rstrip("0123456789")):
        if (entry := known.get(title)) is not None:
            return *entry, " ".join(words)
    if len(words) > 1 or len(whole) < _JOINED:
        return None
    for owner in phrases("cell_words.txt")["owner"]:  # `customeremail` is an e-mail address
        rest = whole.removeprefix(owner)
        if rest != whole and (entry := known.get(rest)) is not None:
            return *entry, rest
    return None
