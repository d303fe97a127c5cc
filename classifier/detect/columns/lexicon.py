"""The word lists of patterns/lexicons/ that columns are judged by, read when a column first needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from classifier.detect.columns.words import folded
from classifier.shipped import shipped

_NO_PART = ("title", "suffix", "particle")  # sections of words that stand in names beside their parts


@dataclass(frozen=True, slots=True)
class Kind:
    """What a column may hold. `detectors` are ids that it is reported under; none: it is nobody's data."""

    name: str
    detectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Titles:
    """What columns are called: `words` has each title without spaces, its kind and whether it is weak."""

    kinds: Mapping[str, Kind]
    words: Mapping[str, tuple[str, bool]]
    longest: int  # words in a title


@cache
def titles() -> Titles:
    """Return the titles of headers.txt. Where two kinds have the same one, it is the first's."""
    kinds: dict[str, Kind] = {}
    words: dict[str, tuple[str, bool]] = {}
    kind, weak, longest = "", False, 1
    for line in _lines("headers.txt"):
        if line.startswith("["):
            kind, *detectors = line.strip("[]").split()
            kinds[kind] = Kind(kind, tuple(detectors))
            weak = False
            continue
        weak = weak or line.startswith("~")
        for title in map(folded, line.removeprefix("~").split(",")):
            words.setdefault(title.replace(" ", ""), (kind, weak))
            longest = max(longest, title.count(" ") + 1)
    return Titles(kinds, words, longest)


@cache
def given_names() -> frozenset[str]:
    """Return given names of many languages, folded."""
    return frozenset(_lines("given_names.txt"))


@cache
def surnames() -> frozenset[str]:
    """Return surnames of many languages, folded."""
    return frozenset(_lines("surnames.txt"))


@cache
def cities() -> frozenset[str]:
    """Return the names of towns, folded."""
    return frozenset(_lines("cities.txt"))


@cache
def phrases(name: str) -> Mapping[str, frozenset[str]]:
    """Return the sections of a list of words: `[section]`, then words with commas between them, folded.

    `no part of a name` is made of the sections that name such words.
    """
    sections: dict[str, set[str]] = {}
    section = ""
    for line in _lines(name):
        if line.startswith("["):
            section = line.strip("[]")
        else:
            sections.setdefault(section, set()).update(map(folded, line.split(",")))
    sections["no part of a name"] = set().union(*(sections.get(name, ()) for name in _NO_PART))
    return {section: frozenset(words - {""}) for section, words in sections.items()}


def _lines(name: str) -> Iterator[str]:
    """Yield the lines of a list that are no comments."""
    text = (shipped("patterns") / "lexicons" / name).read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
