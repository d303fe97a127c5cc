"""From a coarse hit to a believable value: the exact expression, then the checks of the value itself."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np

from classifier.detect.context import KeywordMatcher
from classifier.detect.detector import Detector
from classifier.errors import ReadFailure
from classifier.model import Reason, Tier

Span: TypeAlias = tuple[int, int, int]  # start of the whole match, start and end of the value

_PAST = 2  # bytes after a match where its coarse hit may end
_GAP = 16  # searching so many bytes costs as much as beginning a new stretch
_FEW = 32  # hits up to which plain Python beats numpy
_TIERS = tuple(Tier)
_MEMO = 4096


class Plan:
    """A detector made ready for searching; expressions are compiled when a chunk first needs them."""

    def __init__(self, detector: Detector, index: int, needs: tuple[int, ...], *, reported: bool) -> None:
        """`index` is its place among all plans, `needs` are the places of the detectors that it needs."""
        self.detector = detector
        self.index = index
        self.needs = needs
        self.reported = reported
        self.rank = _TIERS.index(detector.tier)
        self.weight = -detector.severity[0].rank
        self._named: dict[tuple[str, ...], bool] = {}

    @cached_property
    def exact(self) -> re.Pattern[bytes]:
        return re.compile(
            (self.detector.exact or "").encode(), re.IGNORECASE if self.detector.caseless else 0
        )

    @cached_property
    def deny(self) -> tuple[re.Pattern[bytes], ...]:
        return tuple(re.compile(expression.encode()) for expression in self.detector.deny)

    @cached_property
    def matcher(self) -> KeywordMatcher | None:
        keywords = self.detector.keywords
        return None if keywords is None else KeywordMatcher(keywords)

    def named(self, names: tuple[str, ...]) -> bool:
        """Return whether a keyword is in a column's name or in an element of a JSON path."""
        if self.matcher is None:
            return False
        known = self._named.get(names)
        if known is None:
            if len(self._named) >= _MEMO:  # names come from the objects: no end to them
                self._named.clear()
            known = self._named[names] = self.matcher.found("\n".join(names).encode("utf-8", "replace"))
        return known

    def spans(self, data: bytes, ends: Sequence[int] | None) -> list[Span]:
        """Return the exact matches around the hits that end at `ends` (None: anywhere), in order.

        They are those that `re.finditer` finds in the whole of `data`, as long as each of them has a hit
        that ends in it or at most two bytes after it.
        """
        detector, exact = self.detector, self.exact
        size, search = len(data), exact.search
        group = exact.groupindex.get("value", 0)
        beyond = detector.longest + detector.look_ahead
        found: list[Span] = []
        at = 0
        for low, latest in [(0, size)] if ends is None else _starts(ends, detector.longest + _PAST):
            at = max(at, low)
            stop = latest + beyond
            while at <= latest and (match := search(data, at, stop)) is not None:
                if match.start() > latest:
                    break  # another stretch's, which begins its search before it
                start, at = match.span()
                first, final = match.span(group) if group else (start, at)
                if first < 0:
                    first, final = start, at  # the group took no part
                if first < final:
                    found.append((start, first, final))
        return found

    def believable(self, data: bytes, spans: list[Span]) -> list[Span]:
        """Return the spans whose value passes all checks, the cheapest first.

        Raises ReadFailure when the validator fails on a value, without the value.
        """
        detector = self.detector
        if known := detector.documentation:
            spans = [span for span in spans if data[span[1] : span[2]] not in known]
        for deny in self.deny:
            spans = [span for span in spans if deny.search(data[span[1] : span[2]]) is None]
        if (validator := detector.validator) is not None:
            try:
                spans = [span for span in spans if validator(data[span[1] : span[2]])]
            except Exception as error:  # noqa: BLE001 - its text may quote the value
                detail = f"the validator {detector.validator_name} raised {type(error).__name__}"
                raise ReadFailure(Reason.UNABLE_TO_PARSE_FILE, detail) from None
        if (least := detector.entropy) > 0:
            spans = [span for span in spans if entropy(data[span[1] : span[2]]) >= least]
        return spans


def _starts(ends: Sequence[int], back: int) -> list[tuple[int, int]]:
    """Return the stretches in which matches can begin, in order: from `back` bytes before each end to it."""
    if len(ends) > _FEW:
        sorted_ends = np.unique(np.asarray(ends, dtype=np.int64))
        breaks = np.flatnonzero(np.diff(sorted_ends) > back + _GAP)
        lows = np.maximum(sorted_ends[np.concatenate(([0], breaks + 1))] - back, 0)
        lasts = sorted_ends[np.concatenate((breaks, [len(sorted_ends) - 1]))]
        return list(zip(lows.tolist(), lasts.tolist(), strict=True))
    stretches: list[tuple[int, int]] = []
    for end in sorted(ends):
        if stretches and end - stretches[-1][1] <= back + _GAP:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((max(0, end - back), end))
    return stretches


def entropy(value: bytes) -> float:
    """Return the Shannon entropy of the bytes of `value` in bits a byte (0 to 8)."""
    size = len(value)
    counts = (value.count(byte) for byte in set(value))
    return sum(count * math.log2(size / count) for count in counts) / size if size else 0.0
