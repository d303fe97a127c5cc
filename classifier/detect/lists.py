"""The lists that a run's detectors go by, and what an allow list lets pass of a chunk's matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from classifier.detect.allow import AllowLists, beside
from classifier.detect.confirm import Plan, Seeker
from classifier.detect.decoded import Decoded, value_of
from classifier.detect.detector import Detector
from classifier.detect.hashlist import HashList
from classifier.detect.spans import Span, Spans
from classifier.detect.view import View
from classifier.detect.wordlist import WordList


@dataclass(frozen=True, slots=True)
class Lists:
    """For the ids of detectors whose values are on a list what finds those; and the allow lists, if any."""

    seekers: Mapping[str, Seeker] = field(default_factory=dict)
    allowed: AllowLists | None = None


NO_LISTS = Lists()


def source_of(detector: Detector) -> str | None:
    """Return where the list of a detector is: a path, or s3://BUCKET/KEY; None where it has none."""
    return None if detector.listed is None else beside(str(detector.file), detector.listed.source)


def seekers(detectors: Iterable[Detector], read: Callable[[str], bytes]) -> dict[str, Seeker]:
    """Return what finds the values of each of the detectors that goes by a list; equal lists are read once.

    Raises PackError for what is wrong in a list, and what `read` raises.
    """
    made: dict[tuple[str, str, bool], Seeker] = {}
    found: dict[str, Seeker] = {}
    for detector in detectors:
        listed, source = detector.listed, source_of(detector)
        if listed is None or source is None:
            continue
        key = (listed.kind, source, listed.case)
        if key not in made:
            content = read(source)
            words = listed.kind == "words"
            made[key] = WordList(source, content, case=listed.case) if words else HashList(source, content)
        found[detector.id] = made[key]
    return found


class Permit:
    """Which matches of a chunk an allow list lets pass; each is asked about once."""

    def __init__(self, allowed: AllowLists, plans: Sequence[Plan], view: View) -> None:
        self._allowed = allowed
        self._plans = plans
        self._data = view.chunk.data
        self._known: dict[tuple[int, Span, bytes], str | None] = {}

    def listed(self, matches: Mapping[int, Sequence[Span]]) -> dict[int, list[Span]]:
        """Return the matches of each plan that are reported, one by one."""
        return {
            index: [span for span in spans if self._name(index, span) is None]
            for index, spans in matches.items()
        }

    def kept(self, matches: Mapping[int, Sequence[Span]]) -> dict[int, Sequence[Span]]:
        """Return the matches of each plan that are reported; of many in one they stay many in one."""
        found: dict[int, Sequence[Span]] = {}
        for index, spans in matches.items():
            named = [self._name(index, span) for span in spans]
            if isinstance(spans, Spans):
                found[index] = spans.where(np.array([name is None for name in named], dtype=np.bool_))
            else:
                found[index] = [span for span, name in zip(spans, named, strict=True) if name is None]
        return found

    def passed(self, matches: Mapping[int, Sequence[Span]], core: range) -> Counter[str]:
        """Return how many of the matches that begin in the core are let pass, by the id of the detector."""
        names = (self._name(index, s) for index, spans in matches.items() for s in spans if s[0] in core)
        return Counter(name for name in names if name is not None)

    def _name(self, index: int, span: Span) -> str | None:
        """Return the id under which a match would be reported if it is let pass, else None."""
        key = (index, span, value_of(self._data, span))
        if key not in self._known:
            plan = self._plans[index]
            named = span.detector if isinstance(span, Decoded) else plan.named_after(self._data, span)
            allowed = self._allowed.allows({named.id, plan.detector.id}, key[2])
            self._known[key] = named.id if allowed else None
        return self._known[key]
