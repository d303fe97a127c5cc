"""Whether values look like names, places, streets, companies, jobs or user names: by lists and forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

from classifier.detect.columns.lexicon import cities, given_names, phrases, surnames
from classifier.detect.columns.words import folded

_PARTS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NOT_A_NAME = re.compile(r"[^\w\s.,'’()-]|\d|_")
_JOINED = re.compile(r"\b(?:and|und|et fils|inc|ltd|llc|plc|gmbh|group)\b")
_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")
_LETTERS = re.compile(r"[a-z]{3,}")
_HOUSE = re.compile(r"(?<!\d)\d{1,5}[a-z]?(?!\d)")
_FIRM = re.compile(r" , | and | & | und | et | e | en | y ")
_BETWEEN = re.compile(r"[\s/,.()-]+")
_MOST_PARTS = 6
_SHORTEST = 3  # letters of a name that is looked for inside a user name


class Text:
    """A value with its words as they are compared, worked out when first asked for."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.folded = folded(value)

    @cached_property
    def words(self) -> list[str]:
        """The words, folded, at spaces, commas, points, slashes and hyphens."""
        return [word for word in _BETWEEN.split(self.folded) if word]

    @cached_property
    def name(self) -> list[str]:
        """The parts of what may be a name, without titles, suffixes, particles and initials; else none."""
        if _NOT_A_NAME.search(self.value) is not None:
            return []
        lists = phrases("cell_words.txt")
        found = [part.replace("’", "'") for part in _PARTS.findall(self.folded.replace("-", " "))]
        kept = [part for part in found if len(part) > 1 and part not in lists["no part of a name"]]
        return kept or found


Test = Callable[[Text], bool]


def is_given_name(text: Text) -> bool:
    """Whether the value is one or a few given names."""
    return 0 < len(text.name) <= 3 and all(part in given_names() for part in text.name)


def is_surname(text: Text) -> bool:
    """Whether the value is a surname, with particles and double ones."""
    known = 0 < len(text.name) <= 3 and all(part in surnames() for part in text.name)
    return known or text.folded in surnames()


def is_full_name(text: Text) -> bool:
    """Whether the value is a person's name of given name and surname, in any order, perhaps with titles."""
    parts = text.name
    if " " not in text.folded or not 2 <= len(parts) <= _MOST_PARTS or parts[0] == parts[-1]:
        return False
    if _JOINED.search(text.folded) is not None:
        return False
    given, family = given_names(), surnames()
    first, last = (parts[0], parts[-1])
    return (first in given and (last in family or parts[-2] in family)) or (first in family and last in given)


def is_city(text: Text) -> bool:
    """Whether the value is a town's name, or made like one."""
    if not text.name or len(text.value) < 3:
        return False
    name, words, lists = text.folded, text.words, phrases("cell_words.txt")
    if name in cities() or (len(words) > 1 and words[0] in lists["place beginning"]):
        return True
    if len(words) > 1 and any(part in f" {' '.join(words)}" for part in lists["place part"]):
        return True
    return len(words) < 4 and _ends(words[-1], lists["place ending"])


def is_street(text: Text) -> bool:
    """Whether the value has a street's word, and a second one or a house's number."""
    words, lists = text.words, phrases("cell_words.txt")
    if not 1 < len(words) <= 14:
        return False
    return not lists["street"].isdisjoint(words) or any(_ends(word, lists["street ending"]) for word in words)


def is_numbered_street(text: Text) -> bool:
    """Whether the value is a street with a house's number."""
    return _HOUSE.search(text.folded) is not None and is_street(text)


def is_company(text: Text) -> bool:
    """Whether the value has a legal form or another word of companies, or joins surnames as firms do."""
    name = text.folded.replace(".", " ").replace(",", " , ")
    words = name.split()
    known = phrases("cell_words.txt")["company"]
    if len(words) > 1:
        tails = (" ".join(words[-size:]) for size in (2, 3))
        if not known.isdisjoint(words) or any(tail in known for tail in tails):
            return True
    parts = [part for part in _FIRM.split(" ".join(words)) if part]
    return 1 < len(parts) <= 4 and all(part.strip() in surnames() for part in parts)


def is_job(text: Text) -> bool:
    """Whether the value has an occupation's word."""
    known = phrases("cell_words.txt")["job"]
    return any(word in known or word.removesuffix("s") in known for word in text.words)


def is_username(text: Text) -> bool:
    """Whether the value is of a user name's form and made of a person's names."""
    return _USERNAME.fullmatch(text.value) is not None and any(map(_of_names, _LETTERS.findall(text.value)))


def _ends(word: str, endings: frozenset[str]) -> bool:
    """Whether the word ends in one of the endings, with three letters or more before it."""
    return any(word[-size:] in endings for size in range(3, min(8, len(word) - 2)))


def _of_names(letters: str) -> bool:
    given, family = given_names(), surnames()
    if letters in given or (len(letters) > _SHORTEST and letters in family):
        return True
    if len(letters) > _SHORTEST + 1 and (letters[1:] in family or letters[:-1] in given):
        return True
    return any(
        (letters[:at] in given and letters[at:] in family)
        or (letters[:at] in family and letters[at:] in given)
        for at in range(_SHORTEST, len(letters) - _SHORTEST + 1)
    )
