"""What recognizers found in a text, and what Presidio's AnalyzerEngine would leave of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Scored(NamedTuple):
    """A match, in characters; `score` is 0 to 1."""

    start: int
    end: int
    score: float


def distinct(found: Iterable[Scored]) -> list[Scored]:
    """Return the matches of one entity type, in order, without what Presidio takes for doubles.

    These are matches inside another one whose score is as high or higher, and those without any score
    (EntityRecognizer.remove_duplicates of Presidio 2.2).
    """
    kept: list[Scored] = []
    active: list[Scored] = []
    for match in sorted(set(found), key=lambda one: (one.start, one.start - one.end, -one.score)):
        if match.score <= 0:
            continue
        active = [other for other in active if other.end >= match.start]
        if not any(match.end <= other.end and match.score <= other.score for other in active):
            kept.append(match)
            active.append(match)
    return kept
