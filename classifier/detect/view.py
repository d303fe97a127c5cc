"""One chunk as the detectors see it: its matches so far, and what helps a value to be believed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect.confirm import Hit, Plan
from classifier.detect.prefilter import Prefilter
from classifier.detect.spans import Offsets, Span, Spans
from classifier.detect.windows import Windows
from classifier.model import Chunk

Columns: TypeAlias = Mapping[int, frozenset[int]]

_TAIL = 3  # a coarse hit ends in the value or at most two bytes after it
_PAST = 2  # bytes after a match where its coarse hit may end
_BEYOND = 1  # byte after a keyword where it may be said to end
_NOWHERE: Offsets = np.zeros(0, dtype=np.int64)
_FEW = 8  # hits for which it does not pay to find all keywords
_MEMO = 256
_FIRST = 16  # values that are looked at before what holds for many is worked out
_MANY = 256  # values from which searching the whole chunk for keywords costs less than around each
_SPARSE = 256  # bytes of a chunk that are searched for keywords in the time that a hit is confirmed
_WIDE = 8  # of so many parts of a text a plan may have its windows in one
_BORDERS = b'\x01\t\n\r\x1f",;^|~'  # bytes that separate cells


class NameIndex:
    """Which columns of a table carry a keyword of which detector, remembered by the table's names."""

    def __init__(self, plans: Sequence[Plan], prefilter: Prefilter) -> None:
        self._plans = plans
        self._prefilter = prefilter
        self._known: dict[tuple[str, ...], Columns] = {}

    def of(self, names: tuple[str, ...]) -> Columns:
        """Return the numbers of the columns that carry a keyword, by plan; plans without any are left out."""
        known = self._known.get(names)
        if known is None:
            if len(self._known) >= _MEMO:  # names come from the objects: no end to them
                self._known.clear()
            text = "\n".join(names).encode("utf-8", "replace")
            columns = {
                index: frozenset(n for n, name in enumerate(names) if self._plans[index].named((name,)))
                for index in self._prefilter.mentioned(text)
            }
            known = self._known[names] = {index: numbers for index, numbers in columns.items() if numbers}
        return known


class View:
    """A chunk, the keywords that hold for it, and the matches confirmed in it (`found`, by plan)."""

    def __init__(
        self,
        chunk: Chunk,
        prefilter: Prefilter,
        mentioned: frozenset[int],
        names: Columns,
        keywords: Mapping[int, Offsets] | None = None,
    ) -> None:
        """`mentioned` are the plans with a keyword in the text, `names` the columns where they need none.

        `keywords` are where keywords end, as far as that is known already.
        """
        self.chunk = chunk
        self.wanted: frozenset[int] = frozenset()  # the plans in question that need a keyword
        self._prefilter = prefilter
        self._keyword_ends = keywords
        self.mentioned = mentioned
        self.names = names
        self.table = bool(chunk.names) or (bool(names) and not chunk.nested)
        self.found: dict[int, Sequence[Span]] = {}
        self._places: dict[int, list[tuple[int, int]]] = {}
        self._columns_talking: dict[int, frozenset[int]] = {}

    def restricted(self, plan: Plan, hits: Hit) -> Hit:
        """Return the hits that can have a keyword, where one is needed.

        In text it stands near. A table mentions a keyword in other words too, and in few of its columns:
        where hits are many and within one cell, it is worth to find out in which.
        """
        if hits is None or not plan.detector.keyed or plan.needs:
            return hits
        if not self.table:
            return hits if self.chunk.nested or len(hits) < _FEW else self._near(plan, hits)
        columns = self.names.get(plan.index)
        if plan.index in self.mentioned:
            if len(hits) * _SPARSE < len(self.chunk.data) or not plan.within(_BORDERS):
                return hits
            columns = self._talking(plan) | (columns or frozenset())
        if columns is None:
            return hits
        offsets = np.asarray(hits, dtype=np.int64)
        tails = offsets
        if not isinstance(hits, np.ndarray):
            tails = np.concatenate([np.maximum(offsets - back, 0) for back in range(1, _TAIL + 1)])
        if (numbers := self.chunk.locator.columns(tails)) is None:
            return hits
        allowed = np.isin(numbers, list(columns)).reshape(-1, len(offsets)).any(axis=0)
        return offsets[allowed] if isinstance(hits, np.ndarray) else offsets[allowed].tolist()

    def windows(self, plans: Iterable[Plan]) -> tuple[Windows, frozenset[int]]:
        """Return where in the text matches can be that have a keyword (or a near match) close enough.

        The second answer are the plans for which that is much of the text: they are not looked at here.
        """
        lows, highs = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        wide = set[int]()
        for plan in plans:
            ends, matcher, near = self._ends_of(plan), plan.matcher, plan.detector.near
            longest = plan.detector.longest + plan.detector.look_ahead + _PAST
            places: list[tuple[Offsets, Offsets]] = []
            if len(ends) and matcher is not None:
                before = matcher.longest + matcher.after + longest + _BEYOND
                places.append((ends - before, ends + (matcher.before + longest)))
            if near is not None and (beings := self.found.get(plan.needs[0])):
                spans = np.asarray(beings, dtype=np.int64)
                places.append((spans[:, 1] - (near.within + longest), spans[:, 2] + (near.within + longest)))
            unknown = near is not None and plan.needs[0] in self.wanted  # is looked for at the same time
            if unknown or any(_is_wide(low, high, len(self.chunk.data)) for low, high in places):
                wide.add(plan.index)
                continue
            lows.extend(low for low, _ in places)
            highs.extend(high for _, high in places)
        return Windows(self.chunk.data, np.concatenate(lows), np.concatenate(highs)), frozenset(wide)

    def _near(self, plan: Plan, hits: Sequence[int] | Offsets) -> Sequence[int] | Offsets:
        """Return the hits with a keyword as near as it may be at most."""
        ends, matcher = self._ends_of(plan), plan.matcher
        if matcher is None or not len(ends):
            return hits[:0]
        offsets = np.asarray(hits, dtype=np.int64)
        back = plan.detector.longest + _PAST if not isinstance(hits, np.ndarray) else 0
        first = np.searchsorted(ends, offsets - back - matcher.before)
        found = first < len(ends)
        nearest = ends[np.minimum(first, len(ends) - 1)]
        farthest = plan.detector.longest + matcher.after + matcher.longest + _BEYOND
        found &= nearest <= offsets + farthest
        return offsets[found] if isinstance(hits, np.ndarray) else offsets[found].tolist()

    def may_help(self, plan: Plan) -> bool:
        """Return whether any match of the plan in this chunk could have a keyword."""
        near = plan.detector.near is not None and plan.needs[0] in self.found
        return near or plan.index in self.mentioned or plan.index in self.names

    def in_context(self, plan: Plan, spans: Sequence[Span]) -> Sequence[Span]:
        """Return the spans that have a keyword or a near match."""
        if isinstance(spans, Spans):
            return spans.where(np.flatnonzero(self._helped_of_many(plan, spans)))
        return [span for span, helped in zip(spans, self.helped(plan, spans), strict=True) if helped]

    def with_needed_keywords(self, plan: Plan, spans: Sequence[Span]) -> Sequence[Span]:
        """Return the spans without those whose value needs a keyword (`keyword_for`) and has none."""
        if (needy := plan.keyword_for) is None:
            return spans
        data = self.chunk.data
        asking = [at for at, (_, start, end) in enumerate(spans) if needy.search(data[start:end])]
        if isinstance(spans, Spans):
            kept = np.ones(len(spans), dtype=np.bool_)
            kept[asking] = self._helped_of_many(plan, spans.where(np.array(asking, dtype=np.int64)))
            return spans.where(kept)
        helped = self.helped(plan, [spans[at] for at in asking])
        refused = {at for at, one in zip(asking, helped, strict=True) if not one}
        return [span for at, span in enumerate(spans) if at not in refused]

    def helped(self, plan: Plan, spans: Sequence[Span]) -> Iterator[bool]:
        """Yield for each span whether it has a keyword or a near match.

        The first few are looked at one by one, so that whoever wants no more pays for no more.
        """
        if not self.may_help(plan):
            yield from repeat(False, len(spans))
            return
        for part in (spans[:_FIRST], spans[_FIRST:]):
            if part:
                yield from self._helped(plan, part)

    def _helped_of_many(self, plan: Plan, spans: Spans) -> NDArray[np.bool_]:
        """Return for each span whether it has a keyword or a near match: by its column where that tells."""
        carrying = self.names.get(plan.index)
        numbers = self.chunk.locator.columns(spans.firsts) if self.table and carrying else None
        if numbers is None or carrying is None:
            likely = np.flatnonzero(self._near_a_keyword(plan, spans))
            helped = np.zeros(len(spans), dtype=np.bool_)
            for at in likely.tolist():  # few, and each by itself: to search a whole text for keywords is slow
                helped[at] = next(self.helped(plan, spans[at : at + 1]))
            return helped
        helped = np.isin(numbers, list(carrying))
        others = np.flatnonzero(~helped)
        if len(others) and (plan.index in self.mentioned or plan.detector.near is not None):
            left = spans.where(others)
            helped[others] = np.fromiter(self.helped(plan, left), dtype=np.bool_, count=len(left))
        return helped

    def _near_a_keyword(self, plan: Plan, spans: Spans) -> NDArray[np.bool_]:
        """Return for each span whether a keyword or a near match may be close enough to help it."""
        if self.table or self.chunk.nested or plan.detector.near is not None or plan.matcher is None:
            return np.ones(len(spans), dtype=np.bool_)
        if not plan.detector.keyed:  # where its keywords are is not looked for
            return np.ones(len(spans), dtype=np.bool_)
        ends = self._ends_of(plan)
        if not len(ends):
            return np.zeros(len(spans), dtype=np.bool_)
        matcher = plan.matcher
        near = _any_within(ends, spans.firsts - matcher.before, spans.firsts + _BEYOND)
        farthest = matcher.after + matcher.most + _BEYOND
        near |= _any_within(ends, spans.lasts, spans.lasts + farthest)
        return near

    def _helped(self, plan: Plan, spans: Sequence[Span]) -> Iterator[bool]:
        carrying = self.names.get(plan.index, frozenset())
        many = len(spans) > _MANY
        numbers = self._columns(span[1] for span in spans) if carrying or (self.table and many) else None
        near = plan.detector.near
        beings = self.found.get(plan.needs[0], ()) if near is not None else ()
        for span, number in zip(spans, repeat(-1) if numbers is None else numbers):  # noqa: B905 - endless
            yield (
                number in carrying
                or (
                    (not many or numbers is None or not self.table or number in self._talking(plan))
                    and self._keyword(plan, span, many=many)
                )
                or (near is not None and beside(beings, span, near.within))
            )

    def _columns(self, offsets: Iterable[int]) -> list[int] | None:
        numbers = self.chunk.locator.columns(np.fromiter(offsets, dtype=np.int64))
        if numbers is None:
            return None
        columns: list[int] = numbers.tolist()
        return columns

    def _talking(self, plan: Plan) -> frozenset[int]:
        """Return the columns that may have a keyword in a cell, and -1 for what is in no column."""
        if (talking := self._columns_talking.get(plan.index)) is None:
            if plan.detector.keyed:
                ends = self._ends_of(plan)
                within = np.maximum(np.concatenate((ends - 1, ends - 1 - _BEYOND)), 0)
            else:
                within = np.array([start for start, _ in self._keywords(plan)], dtype=np.int64)
            columns = self.chunk.locator.columns(within)
            kinds = () if columns is None else np.unique(columns).tolist()
            talking = self._columns_talking[plan.index] = frozenset((-1, *kinds))
        return talking

    def _keywords(self, plan: Plan) -> list[tuple[int, int]]:
        """Return where the plan's keywords stand in the chunk; searched for once."""
        if (places := self._places.get(plan.index)) is None:
            matcher = plan.matcher
            if matcher is None:
                places = []
            elif plan.detector.keyed:
                places = matcher.places_at(self.chunk.data, self._ends_of(plan).tolist())
            else:
                places = matcher.places(self.chunk.data)
            self._places[plan.index] = places
        return places

    def _ends_of(self, plan: Plan) -> Offsets:
        """Return where keywords of a plan that needs one may end in the chunk, in order."""
        if self._keyword_ends is None:
            self._keyword_ends = self._prefilter.keywords(self.chunk.data)
        return self._keyword_ends.get(plan.index, _NOWHERE)

    def _keyword(self, plan: Plan, span: Span, *, many: bool) -> bool:
        """Whether a keyword is around the value: in its cell or names, or in the text if it has neither.

        Where there are `many` values the whole chunk is searched for keywords once.
        """
        matcher = plan.matcher
        if matcher is None:
            return False
        data, (_, start, end) = self.chunk.data, span

        def around(floor: int, ceiling: int) -> bool:
            if many:
                return matcher.among(data, self._keywords(plan), start, end, floor, ceiling)
            return matcher.around(data, start, end, floor, ceiling)

        if self.table and not around(0, len(data)):
            return False  # the columns' names were looked at before
        field = self.chunk.locator.enclosing(start, end)
        if field is None:
            return around(0, len(data))
        return plan.named(field.names) or around(field.start, field.end)


def _is_wide(lows: Offsets, highs: Offsets, size: int) -> bool:
    """Return whether stretches that are in order are much of a text of that size."""
    widths = highs - lows
    if int(widths.sum()) * _WIDE <= size:
        return False
    reach = np.maximum.accumulate(highs)
    return int(np.minimum(widths, np.diff(reach, prepend=lows[0])).sum()) * _WIDE > size


def _any_within(places: Offsets, lows: Offsets, highs: Offsets) -> NDArray[np.bool_]:
    """Return for each stretch whether one of the places (in order) is in it, its ends included."""
    at = np.searchsorted(places, lows)
    nearest = places[np.minimum(at, len(places) - 1)]
    found: NDArray[np.bool_] = (at < len(places)) & (nearest >= lows) & (nearest <= highs)
    return found


def beside(others: Sequence[Span], span: Span, within: int) -> bool:
    """Return whether a value of `others` (in order) is `within` bytes of the span's, and no part of it."""
    _, start, end = span
    at = bisect_left(others, start - within, key=lambda other: other[2])
    while at < len(others) and others[at][1] <= end + within:
        if others[at][2] <= start or others[at][1] >= end:
            return True
        at += 1
    return False
