"""From a coarse hit to a believable value: the exact expression, then the checks of the value itself."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect import bulk
from classifier.detect.context import KeywordMatcher
from classifier.detect.detector import AROUND, BEFORE, Claim, Detector
from classifier.detect.linear import LinearPattern
from classifier.detect.mask import normalised
from classifier.detect.shape import alphabet_of
from classifier.detect.shapes import Shapes
from classifier.detect.spans import NONE, Offsets, Span, Spans
from classifier.detect.vendors import Vendor, of_vendor, vendor_of
from classifier.errors import ReadFailure
from classifier.model import Reason, Tier

Hit: TypeAlias = Sequence[int] | NDArray[np.int64] | None
"""Where matches may be: where they begin (an array), where their coarse hits end, or anywhere (None)."""

_PAST = 2  # bytes after a match where its coarse hit may end
_GAP = 16  # searching so many bytes costs as much as beginning a new stretch
_FEW = 32  # hits up to which plain Python beats numpy
_SPARSE = 1024  # bytes of a chunk a hit from which each hit is looked at by itself
_SHORT = 128  # bytes before a hit in which the beginning of its run is looked for first
_LONG = 32  # bytes of a match from which it pays to find out where each one can begin
_TIERS = tuple(Tier)
_NAMERS = ("vendor", "weak_vendor")  # judges that go by vendors
_MEMO = 4096
_REFERS = re.compile(
    r"\\[1-9]|\(\?(?:P|\()|(?<!^)\(\?[aiLmsux]+\)|^\(\?(?!i\))[aiLmsux]+\)"
)  # back, or flags for all of it


class Seeker(Protocol):
    """Finds the values that are on a list."""

    def starts(self, data: bytes) -> Offsets:
        """Return where matches may begin, in order."""

    def at(self, data: bytes, hits: Hit) -> list[Span]:
        """Return the matches that begin at `hits` (None: anywhere), in order."""


class Plan:
    """A detector made ready for searching; expressions are compiled when a chunk first needs them."""

    def __init__(self, detector: Detector, index: int, needs: tuple[int, ...], *, reported: bool) -> None:
        """`index` is its place among all plans, `needs` are the places of the detectors that it needs."""
        self.detector = detector
        self.index = index
        self.needs = needs
        self.reported = reported
        self.seeker: Seeker | None = None  # of a detector whose values are on a list
        # A detector of its own knows a vendor's credential better than its name does.
        self.rank = 2 * _TIERS.index(detector.tier) + (detector.judge_name in _NAMERS)
        self.weight = -detector.severity[0].rank
        self._named: dict[tuple[str, ...], bool] = {}
        self._of_vendors: dict[Vendor, Detector] = {}

    @cached_property
    def exact(self) -> re.Pattern[bytes] | LinearPattern:
        expression = (self.detector.exact or "").encode()
        if self.detector.linear:
            return LinearPattern(expression, self._flags, self.detector.longest)
        return re.compile(expression, self._flags)

    @cached_property
    def _rest(self) -> Callable[[bytes, int], re.Match[bytes] | None] | None:
        rest = self.detector.rest
        return _compiled(rest.encode(), self._flags).match if rest else None

    @cached_property
    def _begins(self) -> tuple[bytes, ...]:
        return tuple(literal.encode().lower() for literal in self.detector.begins)

    @cached_property
    def documentation(self) -> frozenset[bytes]:
        """The values of public documentation, in the one spelling of each."""
        how = self.detector.normalize
        return frozenset(normalised(value, how) for value in self.detector.documentation)

    @cached_property
    def breaks(self) -> NDArray[np.bool_]:
        """For each of the 256 bytes whether no match has it."""
        breaks = np.ones(256, dtype=np.bool_)
        breaks[list(alphabet_of(self.detector.exact or "", self._flags))] = False
        return breaks

    def within(self, borders: bytes) -> bool:
        """Return whether matches stand between such bytes, and have none of them."""
        return bool(self.breaks[list(borders)].all())

    @property
    def _flags(self) -> int:
        return re.IGNORECASE if self.detector.caseless else 0

    @cached_property
    def shapes(self) -> Shapes | None:
        """What reads many matches at once; None where each must be looked at by itself."""
        detector = self.detector
        if detector.linear or detector.listed is not None:
            return None
        if detector.samples or detector.entropy or detector.judge or detector.not_after or not detector.exact:
            return None
        try:
            return Shapes(detector.exact, self._flags, detector.longest, detector.look_ahead)
        except ValueError:
            return None

    @cached_property
    def deny(self) -> tuple[re.Pattern[bytes], ...]:
        return _searches(self.detector.deny)

    @cached_property
    def _not_after(self) -> re.Pattern[bytes] | None:
        expression = self.detector.not_after
        return re.compile(rb"(?:%s)\Z" % expression.encode()) if expression else None

    @cached_property
    def _samples(self) -> tuple[re.Pattern[bytes], ...]:
        return tuple(re.compile(expression.encode()) for expression in self.detector.samples)

    def is_sample(self, value: bytes) -> bool:
        """Return whether the value only shows what one looks like."""
        return any(sample.search(value) for sample in self._samples)

    @cached_property
    def keyword_for(self) -> re.Pattern[bytes] | None:
        """What is found in values that count only with a keyword, where others count without."""
        expression = self.detector.keyword_for
        return re.compile(expression.encode()) if expression else None

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

    def _from(self, data: bytes, starts: Iterable[int]) -> list[Span]:
        """Return the exact matches that begin at one of `starts`, in order.

        They are those that `re.finditer` finds in the whole of `data`, as long as each of them begins there.
        """
        match, group = self.exact.match, self.exact.groupindex.get("value", 0)
        beyond = self.detector.longest + self.detector.look_ahead
        found: list[Span] = []
        at = 0
        for start in starts:
            if start >= at and (hit := match(data, start, start + beyond)) is not None:
                at = hit.end()
                first, final = hit.span(group) if group else (start, at)
                if first < 0:
                    first, final = start, at  # the group took no part
                if first < final:
                    found.append((start, first, final))
        return found

    def spans(self, data: bytes, hits: Hit) -> list[Span]:
        """Return the exact matches at the hits, in order."""
        if self.seeker is not None:
            return self.seeker.at(data, hits)
        return self._from(data, hits.tolist()) if isinstance(hits, np.ndarray) else self._around(data, hits)

    def many(self, data: bytes, starts: Offsets) -> Spans:
        """Return the exact matches at `starts` whose values pass all checks, as `spans` and `believable` do.

        The detector has `shapes`. Raises ReadFailure when the validator fails on a value, without the value.
        """
        if self.shapes is None:
            raise ValueError(f"{self.detector.id} has no shapes")
        validator, name = self.detector.validator, self.detector.validator_name or ""
        padded = name in bulk.PADDED and not self.deny and not self.documentation
        if (read := self.shapes.read(data, starts, padded=padded)) is None:
            return NONE.joined(self.believable(data, self._from(data, starts.tolist()), {}))
        spans, groups = read
        kept = np.ones(len(spans), dtype=np.bool_)
        for group in groups:
            believed = ~bulk.listed(self.documentation, self.detector.normalize, group.values)
            if validator is not None:
                try:
                    believed &= bulk.believed(name, validator, group.values)
                except Exception as error:  # noqa: BLE001 - its text may quote the value
                    raise _failure(name, error) from None
            for deny in self.deny:
                for place in np.flatnonzero(believed).tolist():
                    believed[place] = deny.search(group.values[place].tobytes()) is None
            kept[group.places] = believed
        return spans if kept.all() else spans.where(kept)

    def _around(self, data: bytes, ends: Sequence[int] | None) -> list[Span]:
        """Return the exact matches around the hits that end at `ends` (None: anywhere), in order.

        They are those that `re.finditer` finds in the whole of `data`, as long as each of them has a hit
        that ends in it or at most two bytes after it.
        """
        if ends and (rest := self._rest) is not None:
            back = self.detector.back
            ends = [end for end in ends if rest(data, end - back) is not None]
            if not ends:
                return []
        if ends is not None and (begins := self._begins):
            return self._from(data, self._beginnings(data, ends, begins))
        search, group = self.exact.search, self.exact.groupindex.get("value", 0)
        beyond = self.detector.longest + self.detector.look_ahead
        found: list[Span] = []
        add = found.append
        at = 0
        for low, latest in [(0, len(data))] if ends is None else self._stretches(data, ends):
            if at < low:
                at = low
            while at < latest and (match := search(data, at, latest + beyond)) is not None:
                start, end = match.span()
                if start >= latest:
                    break  # another stretch's, which begins its search before it
                at = end
                first, final = match.span(group) if group else (start, end)
                if first < 0:
                    first, final = start, end  # the group took no part
                if first < final:
                    add((start, first, final))
        return found

    def _beginnings(self, data: bytes, ends: Sequence[int], begins: Sequence[bytes]) -> list[int]:
        """Return where matches with hits at `ends` may begin, by what they all begin with, in order."""
        found: set[int] = set()
        most = max(map(len, begins))
        for low, latest in _joined(sorted(ends), self.detector.lead + _PAST):
            text = data[low : latest + most].lower()
            size = latest - low
            for literal in begins:
                at = text.find(literal)
                while 0 <= at < size:
                    found.add(low + at)
                    at = text.find(literal, at + 1)
        return sorted(found)

    def _stretches(self, data: bytes, ends: Sequence[int]) -> Iterable[tuple[int, int]]:
        """Return the stretches in which matches begin, in order: from as far back as they can, to the hit.

        Each match has a hit that ends in it or at most _PAST bytes after it: it begins before the hit's end,
        and there is no byte that it cannot have from its beginning to _PAST bytes before the hit's end.
        """
        back = self.detector.lead + _PAST
        if len(ends) <= _FEW and self.detector.lead < _LONG:
            return _joined(sorted(ends), back)
        hits = np.unique(np.asarray(ends, dtype=np.int64))
        lows, gap = np.maximum(hits - back, 0), _GAP
        if self.detector.lead >= _LONG and len(hits) * _SPARSE < len(data):
            return (
                (self._run_start(data, low, end), end)
                for low, end in zip(lows.tolist(), hits.tolist(), strict=True)
            )
        if self.detector.lead >= _LONG:
            breaks, after = _parted(data, self.breaks)
            lows, gap = np.maximum(lows, after[np.searchsorted(breaks, hits - _PAST)]), 0
        parted = np.flatnonzero(lows[1:] - hits[:-1] > gap)
        firsts = lows[np.concatenate(([0], parted + 1))]
        lasts = hits[np.concatenate((parted, [len(hits) - 1]))]
        return zip(firsts.tolist(), lasts.tolist(), strict=True)

    @cached_property
    def _run(self) -> re.Pattern[bytes]:
        """A run of bytes that a match may have, up to the end; none of a match is before it."""
        members = b"".join(rb"\x%02x" % byte for byte in np.flatnonzero(~self.breaks).tolist())
        return re.compile(rb"(?<![%s])[%s]++\Z" % (members, members))

    def _run_start(self, data: bytes, low: int, end: int) -> int:
        """Return where a match with a hit that ends at `end` can begin first, from `low` on."""
        stop = max(end - _PAST, low)
        for first in (stop - _SHORT, low):  # most runs are short, and there may be much before them
            if first >= low and (run := self._run.search(data, first, stop)) is not None:
                return run.start()
        return low

    def believable(self, data: bytes, spans: list[Span], claims: dict[Span, Claim]) -> list[Span]:
        """Return the spans whose value passes all checks, the cheapest first.

        `claims` are those made before of matches of the same expression; more are added.

        Raises ReadFailure when the validator fails on a value, without the value.
        """
        detector = self.detector
        if (before := self._not_after) is not None:
            spans = [span for span in spans if before.search(data, max(0, span[0] - BEFORE), span[0]) is None]
        left = [(span, data[span[1] : span[2]]) for span in spans]
        if known := self.documentation:
            how = detector.normalize
            left = [item for item in left if normalised(item[1], how) not in known]
        for deny in self.deny:
            search = deny.search
            left = [item for item in left if search(item[1]) is None]
        if (validator := detector.validator) is not None:
            try:
                left = [item for item in left if validator(item[1])]
            except Exception as error:  # noqa: BLE001 - its text may quote the value
                raise _failure(detector.validator_name or "", error) from None
        if (least := detector.entropy) > 0:
            left = [item for item in left if entropy(item[1]) >= least or self.is_sample(item[1])]
        if (judge := detector.judge) is not None:
            for span, _ in left:
                if span not in claims:
                    claims[span] = self._claim(data, span)
            left = [item for item in left if judge(claims[item[0]])]
        return [span for span, _ in left]

    def named_after(self, data: bytes, span: Span) -> Detector:
        """Return the detector that a match is reported under: a vendor's, where the judge goes by them."""
        if self.detector.judge_name not in _NAMERS:
            return self.detector
        found = vendor_of(self._claim(data, span))
        if found is None:
            return self.detector
        if found not in self._of_vendors:
            self._of_vendors[found] = of_vendor(self.detector, found)
        return self._of_vendors[found]

    def _claim(self, data: bytes, span: Span) -> Claim:
        """Return what a judge needs to know of a match."""
        start, first, last = span
        match = self.exact.match(data, start, last + self.detector.longest + self.detector.look_ahead)
        groups = {} if match is None else match.groupdict()
        name_end = start if match is None or groups.get("name") is None else match.end("name")
        return Claim(
            name=groups.get("name") or b"",
            quote=groups.get("quote") or b"",
            value=data[first:last],
            before=data[max(start - AROUND, data.rfind(b"\n", 0, start) + 1, 0) : start],
            between=data[name_end:first],
            after=data[last : last + AROUND].partition(b"\n")[0],
        )


def _searches(expressions: Iterable[str]) -> tuple[re.Pattern[bytes], ...]:
    """Return the expressions compiled, as few as they can be; what matters is whether one is found."""
    alone = [text for text in expressions if _REFERS.search(text)]
    others = [
        f"(?i:{text.removeprefix('(?i)')})" if text.startswith("(?i)") else f"(?:{text})"
        for text in expressions
        if text not in alone
    ]
    return tuple(re.compile(text.encode()) for text in (*filter(None, ["|".join(others)]), *alone))


def _failure(validator: str, error: Exception) -> ReadFailure:
    detail = f"the validator {validator} raised {type(error).__name__}"
    return ReadFailure(Reason.UNABLE_TO_PARSE_FILE, detail)


def _parted(data: bytes, breaks: NDArray[np.bool_]) -> tuple[Offsets, Offsets]:
    """Return where such bytes are, and where the runs between them begin; remembered for the last data."""
    if _last.data is not data:
        _last.data, _last.parts = data, {}
    mask = breaks.tobytes()
    if mask not in _last.parts:
        found = np.flatnonzero(breaks[np.frombuffer(data, dtype=np.uint8)])
        _last.parts[mask] = found, np.concatenate(([0], found + 1))
    return _last.parts[mask]


class _Last(threading.local):
    """What a thread worked out of the data that it looked at last."""

    def __init__(self) -> None:
        self.data = b""
        self.parts: dict[bytes, tuple[Offsets, Offsets]] = {}


_last = _Last()


@cache
def _compiled(expression: bytes, flags: int) -> re.Pattern[bytes]:
    """Return the expression compiled; the values of labels are mostly alike."""
    return re.compile(expression, flags)


def _joined(ends: Sequence[int], back: int) -> list[tuple[int, int]]:
    """Return the stretches from `back` bytes before each end (in order) to it, close ones as one."""
    stretches: list[tuple[int, int]] = []
    for end in ends:
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
