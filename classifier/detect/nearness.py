"""How telling a match's keyword is: what decides between detectors that are equally sure of one value.

`UK passport number 533401372` is a passport number by the words of two countries' detectors, and one of
them has words of its own there. A country that is named beside the value tells most: its own documents, then
those of no country, then another's. Then a keyword that hardly any other detector has tells more than one of
many, a near one more than a far one, a long one more than a short one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from classifier.detect import countries
from classifier.detect.confirm import Plan
from classifier.detect.decoded import Decoded
from classifier.detect.detector import FARTHEST
from classifier.detect.spans import Span, Spans
from classifier.detect.view import View

_OWN = 3  # detectors that may have a keyword that counts as one's own
_LONGEST = 255  # bytes of a keyword that count
_SHARED = 2 * FARTHEST * (_LONGEST + 1)  # more than any distance and length make
_ABROAD = 2 * _SHARED
_BEFORE, _AFTER = 60, 25  # bytes around a value where the name of its country may stand
NONE = 3 * _ABROAD
"""What a match without a keyword is given."""
_MARKS = re.compile(r"[\s_.\-]+")


class Nearness:
    """Measures the keywords of the matches of a run's detectors: less is more telling."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._plans = plans
        self._told: dict[tuple[int, tuple[str, ...]], int] = {}
        self._countries: dict[tuple[str, ...], frozenset[str]] = {}

    def of(self, view: View, index: int, span: Span) -> int:
        """Return how telling the keyword of a plan's match is."""
        plan = self._plans[index]
        matcher = plan.matcher
        if matcher is None or isinstance(span, Decoded) or not view.may_help(plan):
            return NONE
        data, (_, start, end) = view.chunk.data, span
        field = view.chunk.locator.enclosing(start, end)
        names, low, high = ((), 0, len(data)) if field is None else (field.names, field.start, field.end)
        around = (self._measure(gap, word) for gap, word in matcher.helping(data, start, end, low, high))
        told = min(self._of_names(index, names), *around, NONE)
        if told == NONE:
            return NONE
        beside = data[max(low, start - _BEFORE) : start] + b"\n" + data[end : min(high, end + _AFTER)]
        here = self._countries_of(names) | countries.named(beside.decode("utf-8", "replace"))
        return told + self._foreign(index, here)

    def of_many(self, view: View, index: int, spans: Spans) -> NDArray[np.int64]:
        """Return the same of many matches; in a table by the names of their columns alone."""
        plan = self._plans[index]
        if not view.may_help(plan):
            return np.full(len(spans), NONE, dtype=np.int64)
        if view.table and (numbers := view.chunk.locator.columns(spans.firsts)) is not None:
            columns, own = np.unique(numbers, return_inverse=True)
            names = view.chunk.names
            told = [
                self._of_column(index, (names[column],)) if 0 <= column < len(names) else NONE
                for column in columns.tolist()
            ]
            measured: NDArray[np.int64] = np.array(told, dtype=np.int64)[own]
            return measured
        return np.fromiter((self.of(view, index, span) for span in spans), dtype=np.int64, count=len(spans))

    def _of_column(self, index: int, names: tuple[str, ...]) -> int:
        """Return how telling a column's name alone is."""
        told = self._of_names(index, names)
        return told if told == NONE else told + self._foreign(index, self._countries_of(names))

    def _of_names(self, index: int, names: tuple[str, ...]) -> int:
        """Return how telling the keywords in a column's name or in a JSON path are."""
        matcher = self._plans[index].matcher
        if not names or matcher is None:
            return NONE
        known = self._told.get((index, names))
        if known is None:
            if len(self._told) >= FARTHEST:  # names come from the objects: no end to them
                self._told.clear()
            text = "\n".join(names).encode("utf-8", "replace")
            known = min(
                (self._measure(0, text[low:high]) for low, high in matcher.places(text)), default=NONE
            )
            self._told[index, names] = known
        return known

    def _countries_of(self, names: tuple[str, ...]) -> frozenset[str]:
        """Return the countries that a column's name or a JSON path names."""
        known = self._countries.get(names)
        if known is None:
            if len(self._countries) >= FARTHEST:
                self._countries.clear()
            known = self._countries[names] = countries.named("\n".join(names), a_name=True)
        return known

    def _foreign(self, index: int, beside: frozenset[str]) -> int:
        """Return how little the countries that are named beside a value tell for a plan's detector."""
        own = self._plans[index].detector.countries
        if beside and not beside.isdisjoint(own):
            return 0
        return 2 * _ABROAD if beside and own else _ABROAD

    def _measure(self, gap: int, word: bytes) -> int:
        """Return how telling a keyword is, `gap` bytes from its value."""
        shared = self._owners[_plain(word.decode("utf-8", "replace"))] > _OWN
        return shared * _SHARED + (min(gap, 2 * FARTHEST - 1) + 1) * (_LONGEST + 1) - min(len(word), _LONGEST)

    @cached_property
    def _owners(self) -> Counter[str]:
        """How many plans have a keyword, by the keyword as it is compared."""
        return Counter(
            word
            for plan in self._plans
            if plan.detector.keywords is not None
            for word in set(map(_plain, plan.detector.keywords.words))
        )


def _plain(word: str) -> str:
    """Return a keyword without what may stand between its parts, in one case."""
    return _MARKS.sub("", word).casefold()
