"""Protected health information: whether an object is about health, and what in it identifies a person.

What counts is data (patterns/phi.yaml and its lexicons). Text is looked at only where something that may
identify a person was found, so that a scan of other data does not pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import yaml

from classifier.model import Chunk, Health
from classifier.shipped import shipped

_OF_A_PART = 32 << 10  # bytes of text that are looked at
_OF_ALL = 256 << 10
_WORD = re.compile(rb"[a-z\xc3-\xc5][a-z0-9\x80-\xc5]+")
_HUMP = re.compile(rb"(?<=[a-z])(?=[A-Z])")
_HEADING = re.compile(rb"(?m)^[ \t*#>-]*([a-z][a-z /-]{1,40}?) ?(?::|\*\*|$)")
_STEM = 4  # letters before a stem, at least


@dataclass(frozen=True, slots=True)
class SafeHarbor:
    """One of the 18 identifiers: its letter in 45 CFR 164.514(b)(2)(i), and the detectors that find it."""

    letter: str
    title: str
    detectors: tuple[str, ...]
    exception: str = ""
    note: str = ""

    def has(self, detector: str) -> bool:
        """Return whether the detector finds this identifier."""
        return any(fnmatchcase(detector, pattern) for pattern in self.detectors)


@dataclass(frozen=True, slots=True)
class Rules:
    """What patterns/phi.yaml says."""

    safe_harbor: tuple[SafeHarbor, ...]
    issued: tuple[str, ...]
    structure: tuple[str, ...]
    codes: tuple[str, ...]
    enough: tuple[Mapping[str, int], ...]
    confidence: float
    words: frozenset[bytes] = field(repr=False)
    sections: frozenset[bytes] = field(repr=False)
    drugs: frozenset[bytes] = field(repr=False)
    stems: tuple[bytes, ...] = field(repr=False)


@cache
def rules() -> Rules:
    """Return the rules, read once in a process."""
    content: Any = yaml.safe_load((shipped("patterns") / "phi.yaml").read_text("utf-8"))
    drugs = _lexicon("drugs.txt")
    return Rules(
        safe_harbor=tuple(
            SafeHarbor(
                one["letter"],
                one["title"],
                tuple(one["detectors"]),
                one.get("exception", ""),
                one.get("note", ""),
            )
            for one in content["safe_harbor"]
        ),
        issued=tuple(content["issued_by_health_care"]),
        structure=tuple(content["structure"]),
        codes=tuple(content["codes"]),
        enough=tuple(content["enough"]),
        confidence=float(content["confidence"]),
        words=_lexicon("clinical_words.txt"),
        sections=_lexicon("clinical_sections.txt"),
        drugs=frozenset(name for name in drugs if not name.startswith(b"*")),
        stems=tuple(sorted(name[1:] for name in drugs if name.startswith(b"*"))),
    )


def _lexicon(name: str) -> frozenset[bytes]:
    lines = (shipped("patterns") / "lexicons" / name).read_bytes().splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith(b"#"))


@cache
def letters_of(detector: str) -> tuple[str, ...]:
    """Return the letters of those of the 18 identifiers that a detector finds."""
    return tuple(one.letter for one in rules().safe_harbor if one.has(detector))


class HealthReader:
    """What one object says of health: give it the chunks of each part in order, then ask for the verdict."""

    def __init__(self) -> None:
        self._texts: list[bytes] = []
        self._part: str | None = None
        self._left_of_part = _OF_A_PART
        self._left = _OF_ALL

    def feed(self, chunk: Chunk) -> None:
        """Keep the beginning of each part."""
        if chunk.part != self._part:
            self._part, self._left_of_part = chunk.part, _OF_A_PART
        room = min(self._left_of_part, self._left, chunk.core_end - chunk.core_start)
        if room > 0:
            self._texts.append(chunk.data[chunk.core_start : chunk.core_start + room])
            self._left_of_part -= room
            self._left -= room

    def verdict(self, found: Mapping[str, float]) -> Health | None:
        """Return what the object is; `found` are its detectors with their highest confidences.

        None where nothing of it identifies a person: of such an object nobody asks.
        """
        known = rules()
        sure = {name for name, confidence in found.items() if confidence >= known.confidence}
        letters = sorted({letter for name in sure for letter in letters_of(name)})
        if not letters:
            return None
        counts = {
            "structure": _any_of(sure, known.structure),
            "issued": _any_of(sure, known.issued),
            "codes": _any_of(sure, known.codes),
            **self._counts(known),
        }
        content = any(all(counts[name] >= least for name, least in one.items()) for one in known.enough)
        evidence = {name: count for name, count in counts.items() if count}
        return Health(content=content, phi=content, identifiers=tuple(letters), evidence=evidence)

    def _counts(self, known: Rules) -> dict[str, int]:
        words: set[bytes] = set()
        sections: set[bytes] = set()
        for text in self._texts:
            lower = _HUMP.sub(b" ", text).lower().replace(b"_", b" ")
            words.update(_WORD.findall(lower))
            sections.update(heading.strip() for heading in _HEADING.findall(lower))
        drugs = words & known.drugs
        drugs |= {word for word in words if word.endswith(known.stems) and _is_drug(word, known.stems)}
        return {
            "words": len(words & known.words),
            "drugs": len(drugs),
            "sections": len(sections & known.sections),
        }


def _is_drug(word: bytes, stems: Iterable[bytes]) -> bool:
    return any(word.endswith(stem) and len(word) - len(stem) >= _STEM for stem in stems) and word.isalpha()


def _any_of(names: Iterable[str], patterns: Iterable[str]) -> int:
    """Return how many of the names one of the patterns matches."""
    every = tuple(patterns)
    return sum(any(fnmatchcase(name, pattern) for pattern in every) for name in names)
