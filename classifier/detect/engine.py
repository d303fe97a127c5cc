"""The engine: chunks of text in, one tally a detector out.

Every byte is looked at once by compiled code (`prefilter`); Python sees the hits only. For each chunk: find
coarse hits, confirm them (`confirm`), require keywords where a detector needs them (`context`, `view`), let
the stronger of two overlapping matches stay (`overlap`), count, and keep the first few as masked occurrences.
The result does not depend on how an object is cut into chunks, as long as they have their margins.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np

from classifier.detect import apart
from classifier.detect.columns import Judge, Judged, Tables
from classifier.detect.confirm import Hit, Plan
from classifier.detect.decoded import DEPTH, Batch, Decoded, Decoder, Finder, value_of
from classifier.detect.detector import SAMPLE, Claim, Detector
from classifier.detect.lists import NO_LISTS, Lists, Permit
from classifier.detect.mask import fingerprint, masked
from classifier.detect.names import DETECTORS, Named, Names, Reader
from classifier.detect.nearness import Nearness
from classifier.detect.overlap import doubled, overlapping_nothing, resolve, shared
from classifier.detect.prefilter import Hits, Prefilter, RePrefilter, Search, default_prefilter
from classifier.detect.spans import NONE, Offsets, Rated, Span, Spans
from classifier.detect.validators import luhn
from classifier.detect.view import NameIndex, View, beside
from classifier.model import Chunk, Column, Field, Location, Match, Occurrence, Prose, Tier

MAX_OCCURRENCES = 15
MAX_MATCHES = 10_000
_MANY = 64  # places from which it pays to look at the shapes of what stands there
_CHEAPER = 100  # times as many matches are counted of what is read by its shapes
_LONGEST_NAME = (
    1_024  # characters that are shown of a name; as many more are searched for what begins in them
)
_REMEMBERED = 1 << 20  # characters of names that are remembered with what they are redacted to
# A value in a name has other neighbours than in a text: a name is searched whole and piece by piece.
_WHOLE = re.compile(rb"(?s).+")
_BETWEEN_SLASHES = re.compile(rb"[^/\[\]'\"\s$]+")
_BETWEEN_MARKS = re.compile(rb"[^/\[\]'\"\s$_.]+")
# An address is tried once a run of its characters: names may be long, and of nothing but such a run.
_ADDRESS = re.compile(rb"(?<![^/\[\]'\"\s$@])[^/\[\]'\"\s$@]++@[^/\[\]'\"\s$@]+")
_NUMBER = re.compile(rb"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_MASK = b"****"
_CUT = "…"
_TIERS = tuple(Tier)
_UNSEEN = -1 << 62  # before any chunk's data


@dataclass(frozen=True, slots=True)
class Tally:
    """What one detector found in one object.

    `count_is_exact` is False where it found so much that it was switched off. `confidence` is the highest
    and `tier` the strongest of the matches; `occurrences` are the first in the object's order.
    """

    detector: Detector
    count: int
    count_is_exact: bool
    confidence: float
    tier: Tier
    occurrences: tuple[Occurrence, ...]
    truncated: bool

    def at_most(self, number: int) -> Tally:
        """Return it with no more than so many occurrences; 0 = all there are."""
        if not number or len(self.occurrences) <= number:
            return self
        return replace(self, occurrences=self.occurrences[:number], truncated=True)


class Classifier:
    """The detectors of a run, ready to search. One a process; to be used by one thread at a time."""

    def __init__(
        self,
        detectors: Sequence[Detector],
        fingerprint_key: bytes,
        max_occurrences: int = MAX_OCCURRENCES,
        max_matches: int = MAX_MATCHES,
        *,
        in_names: Sequence[Detector] = (),
        depth: int = DEPTH,
        lists: Lists = NO_LISTS,
        names: Names | None = None,
        prefilter: Callable[[Sequence[Detector]], Prefilter] | None = None,
    ) -> None:
        """Make the detectors ready; compiled databases come from the user's cache where they can.

        What the detectors `in_names` find is masked in names too, beside what `detectors` do.

        What is encoded is decoded and searched too, `depth` times one into the other at most.
        `names` says how prose is read for names and places; None: it is not.
        `lists` are those on which detectors' values are, and those of values that are not reported.
        `max_occurrences` a detector and object are located (0 = all), the others counted; after
        `max_matches` the detector is switched off for that object. `prefilter` is the implementation to use
        instead of the fastest that the machine has.
        """
        self.plans = _plans(detectors)
        self.max_occurrences = max_occurrences
        self.max_matches = max_matches
        self.depth = depth
        self._key = fingerprint_key
        self._in_names = in_names
        self._redactions: dict[str, str] = {}
        self._remembered = 0
        everything = [plan.detector for plan in self.plans]
        self._prefilter_of = prefilter or default_prefilter()
        self.allowed = lists.allowed
        self._lists = lists
        for plan in self.plans:
            plan.seeker = lists.seekers.get(plan.detector.id)
        seekers = {plan.index: plan.seeker for plan in self.plans if plan.seeker is not None}
        self.prefilter = apart.beside(self._prefilter_of(everything), everything, seekers)
        self.finder = Finder(compiled=self._prefilter_of is not RePrefilter)
        self.names = NameIndex(self.plans, self.prefilter)
        self.judge = Judge(self.plans, self.prefilter)
        self.nearness = Nearness(self.plans)
        patterns = [
            plan
            for plan in self.plans
            if plan.detector.composite is None and not plan.detector.cells and not plan.detector.prose
        ]
        read = {name for ids in DETECTORS.values() for name in ids}
        self.told = {
            plan.detector.id: plan for plan in self.plans if plan.reported and plan.detector.id in read
        }
        self.prose = names if self.told else None
        self.open = frozenset(plan.index for plan in patterns if not plan.detector.keyed)
        self.keyed = frozenset(plan.index for plan in patterns if plan.detector.keyed)
        self.needing = tuple(plan for plan in self.plans if plan.needs)
        self.near = tuple(plan for plan in patterns if plan.detector.near is not None)
        self.composites = tuple(plan for plan in self.plans if plan.detector.composite is not None)

    def __repr__(self) -> str:
        return f"Classifier({len(self.plans)} detectors)"  # never the key

    def object(self, most: int | None = None) -> ObjectScan:
        """Begin an object (or one part after the other of it); `most` occurrences in place of the usual."""
        return ObjectScan(self, self.max_occurrences if most is None else most)

    def classify(self, data: bytes) -> list[Match]:
        """Return all matches in a piece of plain text, in order; locations are byte offsets."""
        scan = ObjectScan(self, 0)
        scan.feed(Chunk(None, "text", data, 0, len(data), _Plain()))
        matches = [
            Match(t.detector.id, t.tier, o.confidence, o.location, o.masked, o.fingerprint)
            for t in scan.result()
            for o in t.occurrences
        ]
        return sorted(matches, key=lambda match: (match.location.byte_start or 0, match.detector))

    def occurrence(self, plan: Plan, chunk: Chunk, span: Span, confidence: float) -> Occurrence:
        """Locate and mask one match."""
        detector = plan.detector
        value = value_of(chunk.data, span)
        where = span.where if isinstance(span, Decoded) else span[1:]
        return Occurrence(
            location=self._redacted(chunk.locator.locate(*where)),
            masked=masked(value, detector.keep),
            fingerprint=fingerprint(self._key, detector.category, value, detector.normalize),
            confidence=confidence,
        )

    def redact(self, name: str) -> str:
        """Return `name` (a column's, a JSON path, an archive member's) with what matches in it masked.

        Names come from the object, and may be values: a table without a header, a map of persons by number.
        They are masked whatever the run looks for. A long one is cut, which an ellipsis shows.
        """
        name, beyond = name[: 2 * _LONGEST_NAME], len(name) > _LONGEST_NAME
        known = self._redactions.get(name)
        if known is None:
            known = self._masked_in(name) + _CUT * beyond
            self._remembered += len(name) + len(known)
            if self._remembered > _REMEMBERED:
                self._redactions.clear()
                self._remembered = len(name) + len(known)
            self._redactions[name] = known
        return known

    @cached_property
    def _namer(self) -> Classifier:
        """The classifier that searches names: this one, where it has all the detectors for them."""
        chosen = {plan.detector.id: plan.detector for plan in self.plans if plan.reported}
        everything = {detector.id: detector for detector in self._in_names} | chosen
        same = everything.keys() == chosen.keys() and self.prose is None  # no name is prose
        if same and self.allowed is None:  # what is let pass is masked, too
            return self
        lists = replace(self._lists, allowed=None)
        return Classifier(tuple(everything.values()), self._key, lists=lists, prefilter=self._prefilter_of)

    def _masked_in(self, name: str) -> str:
        """Return the first characters of `name`, with a mask for what matches in it from there on."""
        data = name.encode("utf-8", "surrogatepass")
        spans = [match.span() for match in _ADDRESS.finditer(data)]
        spans += [match.span() for match in _NUMBER.finditer(data) if luhn(match[0])]
        for pieces in (_WHOLE, _BETWEEN_SLASHES, _BETWEEN_MARKS):
            for piece in pieces.finditer(data):
                spans += (
                    (
                        piece.start() + (match.location.byte_start or 0),
                        piece.start() + match.location.byte_end,
                    )
                    for match in self._namer.classify(piece[0])
                    if match.location.byte_end
                )
        end = len(name[:_LONGEST_NAME].encode("utf-8", "surrogatepass"))
        if not spans:
            return name[:_LONGEST_NAME]
        at, kept = 0, []
        for first, last in sorted(spans):
            if at <= first < end:
                kept += [data[at:first], _MASK]
            at = max(at, last)
        return b"".join([*kept, data[at:end]]).decode("utf-8", "replace")

    def _redacted(self, location: Location) -> Location:
        part, column, path = (
            name and self.redact(name) for name in (location.part, location.column_name, location.json_path)
        )
        if (part, column, path) == (location.part, location.column_name, location.json_path):
            return location
        return replace(location, part=part, column_name=column, json_path=path)


@dataclass(slots=True)
class _Count:
    """The running sum in one object of what is reported under one detector."""

    detector: Detector
    plan: Plan
    count: int = 0
    confidence: float = 0.0
    tier: Tier = Tier.MODEL
    occurrences: list[Occurrence] = field(default_factory=list)


class ObjectScan:
    """The search of one object: feed it the chunks of each part in order, then ask for the result.

    `superseded` counts for each pair (winner, loser) of detector ids the matches dropped because a stronger
    one overlapped them. `allowed` counts for each detector id the matches that an allow list let pass.
    """

    def __init__(self, classifier: Classifier, max_occurrences: int) -> None:
        """Begin with nothing found; `Classifier.object` calls this."""
        self.superseded: Counter[tuple[str, str]] = Counter()
        self.allowed: Counter[str] = Counter()
        self._classifier = classifier
        self._limit = max_occurrences
        self._counts: dict[str, _Count] = {}  # by the id that is reported
        self._counted: Counter[int] = Counter()  # by plan
        self._open = classifier.open
        self._keyed = classifier.keyed
        self._off: frozenset[int] = frozenset()
        self._part: str | None = None
        self._mentioned: frozenset[int] = frozenset()
        # plan, start of the match, start and end of the value, from the last core's end
        self._claims: list[tuple[int, int, int, int]] = []
        self._decoder = Decoder(self._classifier.finder, self._classifier.depth)
        self._tables = Tables(classifier.judge, classifier.names)
        self._reader = None if classifier.prose is None else Reader(classifier.prose, classifier.told)

    def feed(self, chunk: Chunk) -> None:
        """Search one chunk. Raises errors.ReadFailure when a validator fails on a value."""
        if chunk.part != self._part:
            self._part, self._mentioned, self._claims = chunk.part, frozenset(), []
            self._decoder = Decoder(self._classifier.finder, self._classifier.depth)
        view, search = self._view(chunk)
        found = self._confirm(view, search)
        self._decode(view, found)
        self._tables.silence(chunk, found)
        if self._reader is not None:
            self._read(self._reader, chunk, found)
        if not found and not self._claims and not self._tables.whole:
            return
        self._settle(view, found)

    def result(self) -> list[Tally]:
        """Return the tallies of the detectors that found something, sorted by detector id."""
        inexact = set(self._off)
        for plan in self._classifier.needing if inexact else ():  # those that a plan needs stand before it
            if not inexact.isdisjoint(plan.needs):
                inexact.add(plan.index)
        tallies = []
        for count in self._counts.values():
            detector = count.detector
            only_samples = bool(detector.samples) and count.confidence <= SAMPLE
            tallies.append(
                Tally(
                    detector=detector.of_samples() if only_samples else detector,
                    count=count.count,
                    count_is_exact=count.plan.index not in inexact and not self._unread(detector),
                    confidence=count.confidence,
                    tier=count.tier,
                    occurrences=tuple(count.occurrences),
                    truncated=count.count > len(count.occurrences),
                )
            )
        return sorted(tallies, key=lambda tally: tally.detector.id)

    def columns(self) -> tuple[Column, ...]:
        """Return what the columns of the object's tables were taken for, without content."""
        return self._tables.columns(self._classifier.redact)

    @property
    def prose(self) -> Prose | None:
        """What was read of the object's prose; None where there was none, or it was not to be read."""
        return None if self._reader is None else self._reader.prose

    def _unread(self, detector: Detector) -> bool:
        """Whether there is prose that was not read for what the detector finds."""
        prose = self.prose
        return prose is not None and not prose.whole and detector.id in self._classifier.told

    def _read(self, reader: Reader, chunk: Chunk, found: dict[int, Sequence[Span]]) -> None:
        """Add what prose tells; in a column's cells that are matches as a whole it tells nothing more."""
        for name, spans in reader.read(chunk, self._tables.known).items():
            if (plan := self._classifier.told.get(name)) is not None and plan.index not in self._off:
                found[plan.index] = sorted([*found.get(plan.index, ()), *spans])

    def _view(self, chunk: Chunk) -> tuple[View, Search]:
        """Find out which keywords hold for the chunk; the second answer searches it.

        In a table they stand in it or are column names. Elsewhere the name of a value may be far before it
        (a JSON array's), so that what a part has mentioned once holds for the rest of the part.
        """
        prefilter = self._classifier.prefilter
        self._tables.enter(chunk)
        names = self._tables.with_granted(self._classifier.names.of(chunk.names) if chunk.names else {})
        plain = not chunk.names and not chunk.nested and not names  # where keywords stand will be asked for
        mentioned, keywords, search = prefilter.opening(chunk.data, self._open, located=plain)
        if not chunk.names:
            self._mentioned |= mentioned
            mentioned = self._mentioned
        return View(chunk, prefilter, mentioned, names, keywords), search

    def _confirm(self, view: View, search: Search) -> dict[int, Sequence[Span]]:
        """Return the confirmed matches of the whole chunk, margins and all, by plan."""
        prefilter = self._classifier.prefilter
        wanted = self._keyed & (view.mentioned | view.names.keys())
        batch = isinstance(view.chunk.locator, Batch)  # see there
        searched, around, windows = frozenset[int](), frozenset[int](), None
        if batch or view.table or view.chunk.nested:  # a keyword may be anywhere
            searched = self._keyed if batch else wanted
        elif wanted:  # around keywords, or everywhere where that is nearly the same
            view.wanted = wanted
            by_keyword = [index for index in wanted if self._classifier.plans[index].detector.near is None]
            windows, wide = view.windows(self._classifier.plans[index] for index in by_keyword)
            if not wide.isdisjoint(prefilter.tokens):  # the others cost little in the same pass
                wide |= wanted & prefilter.tokens
            searched, around = wide, frozenset(by_keyword) - wide
        hits = dict(search(self._open | searched))
        self._judge(view, {index: places for index, places in hits.items() if index in self._open})
        for plan in self._classifier.near:  # a keyed one may have its keyword in another's match
            if plan.index in self._keyed and (plan.needs[0] in view.found or plan.needs[0] in wanted):
                wanted |= {plan.index}
        if windows is not None and around:
            hits.update(windows.back(prefilter.hits(windows.data, around)))
        self._judge(view, {index: places for index, places in hits.items() if index in wanted})
        if left := wanted - searched - around:  # when it is known what they may be near
            view.wanted = left
            self._judge(view, self._hits_near(view, left))
        return view.found

    def _hits_near(self, view: View, wanted: frozenset[int]) -> Hits:
        """Return the hits of what may have its keyword in another's match; in plain text around these."""
        prefilter, data = self._classifier.prefilter, view.chunk.data
        if view.table or view.chunk.nested:
            return prefilter.hits(data, wanted)
        windows, wide = view.windows(self._classifier.plans[index] for index in wanted)
        found = windows.back(prefilter.hits(windows.data, wanted - wide))
        return {**found, **prefilter.hits(data, wide)} if wide else found

    def _decode(self, view: View, found: dict[int, Sequence[Span]]) -> None:
        """Add the matches in what is encoded in the chunk."""
        prefilter = self._classifier.prefilter
        for batch in self._decoder.batches(view.chunk):
            mentioned, _, search = prefilter.opening(batch.chunk.data, self._open, located=False)
            if view.chunk.nested or view.table:
                mentioned |= view.mentioned | view.names.keys()
            inner = View(batch.chunk, prefilter, mentioned, {})
            for index, spans in self._confirm(inner, search).items():
                plan = self._classifier.plans[index]
                if decoded := list(batch.spans(plan, spans, inner.helped(plan, spans))):
                    found[index] = sorted([*found.get(index, ()), *decoded])

    def _judge(self, view: View, hits: Hits) -> None:
        data = view.chunk.data
        shared: dict[str | None, tuple[Hit, list[Span], dict[Span, Claim]]] = {}  # only their judges differ
        for index in sorted(hits):
            plan = self._classifier.plans[index]
            if (places := view.restricted(plan, hits[index])) is not None and not len(places):
                continue
            if isinstance(places, np.ndarray) and len(places) >= _MANY and plan.shapes is not None:
                if many := self._many(view, plan, places):
                    view.found[index] = many
                continue
            of, spans, claims = shared.get(plan.detector.exact, (None, [], {}))
            if plan.detector.judge is None or of is None or of is not places:
                spans, claims = plan.spans(data, places), {}
                shared[plan.detector.exact] = (places, spans, claims)
            if plan.detector.keyed and view.table:
                spans = list(view.in_context(plan, spans))
            believed: Sequence[Span] = plan.believable(data, spans, claims)
            if plan.detector.keyed and not view.table:
                believed = view.in_context(plan, believed)
            elif plan.keyword_for is not None:
                believed = view.with_needed_keywords(plan, believed)
            if len(believed) >= _MANY and plan.detector.judge is None:  # those that are named alike
                believed = NONE.joined(believed)
            if believed:
                view.found[index] = believed

    def _many(self, view: View, plan: Plan, starts: Offsets) -> Sequence[Span]:
        """Return the believable matches at many places, of a plan with shapes."""
        spans = plan.many(view.chunk.data, starts)
        return view.in_context(plan, spans) if plan.detector.keyed else view.with_needed_keywords(plan, spans)

    def _settle(self, view: View, found: dict[int, Sequence[Span]]) -> None:
        """Drop what overlaps, and count what begins in the core."""
        plans, core = self._classifier.plans, range(view.chunk.core_start, view.chunk.core_end)
        reported = {index: spans for index, spans in found.items() if plans[index].reported}
        competing, free, doubles = self._apart(view, reported)
        self._drop_claimed(view, competing)
        permit = None if self._classifier.allowed is None else Permit(self._classifier.allowed, plans, view)
        cut, yielding = set[int](), set[int]()
        told = partial(self._classifier.nearness.of, view)
        while True:
            losers, found_pairs = resolve(plans, competing, told)
            winners = {
                index: [span for position, span in enumerate(spans) if position not in losers[index]]
                if index in losers
                else spans
                for index, spans in competing.items()
            }
            kept = winners if permit is None else permit.listed(winners)
            counted = {index: [span for span in spans if span[0] in core] for index, spans in kept.items()}
            pairs = [
                (winner, loser, competing[loser][position])
                for winner, loser, position in found_pairs
                if winner != loser and competing[loser][position][0] in core
            ]
            full = {index for index, spans in counted.items() if len(spans) == self._room(index) and spans}
            over = {index for index, spans in counted.items() if len(spans) > self._room(index)}
            if not over and full <= cut:
                break
            cut |= full
            apart = {index: spans.begun(core) for index, spans in free.items()}
            for index in over | full:  # what comes after the last one it may count is not searched for
                last = counted[index][self._room(index) - 1]
                others = set(self._yielding(index, last, pairs, counted, apart))
                yielding |= others
                for other in others & free.keys():  # to be cut like the others
                    competing[other] = sorted([*free.pop(other), *competing[other]])
                for other in {index, *others} & competing.keys():
                    competing[other] = [span for span in competing[other] if span <= last]
        for winner, loser, _ in pairs:
            self.superseded[plans[winner].detector.id, plans[loser].detector.id] += 1
        for (winner, loser), count in doubles.items():
            self.superseded[plans[winner].detector.id, plans[loser].detector.id] += count
        self._switch_off(yielding)
        joined = {index: spans.joined(winners[index]) for index, spans in free.items()}
        settled: dict[int, Sequence[Span]] = {**winners, **joined}
        self._claim(view, settled)
        if permit is not None:
            self.allowed.update(permit.passed(settled, core))
            settled = permit.kept(settled)
        located = {name: len(count.occurrences) for name, count in self._counts.items()}
        for index, ones in counted.items():
            own = settled[index]
            self._count(view, plans[index], own.begun(core) if isinstance(own, Spans) else ones)
        if self._tables.whole:
            self._count_cells(view, settled, counted, located)
        self._compose(view, found | settled)

    def _apart(
        self, view: View, reported: Mapping[int, Sequence[Span]]
    ) -> tuple[dict[int, list[Span]], dict[int, Spans], Counter[tuple[int, int]]]:
        """Return the matches that must be looked at one by one, and of the many those that overlap nothing.

        There are none of these of a detector that might have to be switched off. The third answer counts by
        (winner, loser) those in the core that lost to one of them by having the very same value.
        """
        many = {
            index: spans
            for index, spans in reported.items()
            if isinstance(spans, Spans) and len(spans) < self._room(index)
        }
        if not many:
            return {index: list(spans) for index, spans in reported.items()}, {}, Counter()
        plans, origin = self._classifier.plans, view.chunk.core_start
        rivals = {index: spans for index, spans in many.items() if not plans[index].detector.shares}
        stronger = doubled(plans, rivals, partial(self._classifier.nearness.of_many, view))
        first = {i: spans.where(stronger[i] < 0) if i in stronger else spans for i, spans in many.items()}
        taken = [(low + origin, high + origin) for _, start, low, high in self._claims if start + origin < 0]
        alone = overlapping_nothing({**reported, **first}, taken)
        free = {index: spans.where(alone[index]) for index, spans in first.items()}
        competing = {index: list(spans) for index, spans in reported.items() if index not in many}
        doubles: Counter[tuple[int, int]] = Counter()
        core = range(origin, view.chunk.core_end)
        for index, spans in many.items():
            left = first[index].where(~alone[index])
            if index in stronger and len(weak := np.flatnonzero(stronger[index] >= 0)):
                winners, own = stronger[index][weak], spans.where(weak)
                lost = np.zeros(len(weak), dtype=np.bool_)
                for winner in np.flatnonzero(np.bincount(winners)).tolist():
                    mine = winners == winner
                    lost[mine] = np.isin(own.firsts[mine], free[winner].firsts)
                    begun = own.where(mine & lost).begun(core)
                    doubles[winner, index] += len(begun)
                left = left.joined(own.where(~lost))
            competing[index] = list(left)
        return competing, free, +doubles

    def _compose(self, view: View, matches: Mapping[int, Sequence[Span]]) -> None:
        core = range(view.chunk.core_start, view.chunk.core_end)
        for plan in self._classifier.composites:
            composite = plan.detector.composite
            parts = [self._real(view, index, matches.get(index)) for index in plan.needs]
            if composite is None or plan.index in self._off or not all(parts):
                continue
            *others, last = (spans for spans in parts if spans is not None)
            spans: Sequence[Span] = [
                span
                for span in last
                if span[0] in core and all(beside(other, span, composite.within) for other in others)
            ]
            if plan.detector.keyed:
                spans = view.in_context(plan, spans)
            self._count(view, plan, spans[: self._room(plan.index)])

    def _real(self, view: View, index: int, spans: Sequence[Span] | None) -> Sequence[Span] | None:
        """Return the spans without samples of documentation."""
        plan = self._classifier.plans[index]
        if spans is None or not plan.detector.samples:
            return spans
        return [span for span in spans if not plan.is_sample(value_of(view.chunk.data, span))]

    def _room(self, index: int) -> int:
        most = self._classifier.max_matches
        if index in self._classifier.prefilter.tokens and self._classifier.plans[index].shapes is not None:
            most *= _CHEAPER
        return most - self._counted[index]

    def _count(self, view: View, plan: Plan, spans: Sequence[Span]) -> None:
        if not len(spans):
            return
        if isinstance(spans, Spans):
            self._add(view, plan, plan.detector, spans)
            self._counted[plan.index] += len(spans)
            return
        named: dict[str, tuple[Detector, list[Span]]] = {}
        for span in spans:
            data = view.chunk.data
            if isinstance(span, Decoded) and plan.detector.composite is None:
                detector = span.detector
            else:
                detector = plan.named_after(data, span)
            named.setdefault(detector.id, (detector, []))[1].append(span)
        for detector, own in named.values():
            self._add(view, plan, detector, own)
        self._counted[plan.index] += len(spans)
        if not self._room(plan.index):
            self._switch_off({plan.index})

    def _switch_off(self, indices: Iterable[int]) -> None:
        self._off |= frozenset(indices)
        self._open -= self._off
        self._keyed -= self._off

    def _yielding(
        self,
        winner: int,
        last: Span,
        pairs: Sequence[tuple[int, int, Span]],
        counted: Mapping[int, Sequence[Span]],
        apart: Mapping[int, Spans],
    ) -> Iterator[int]:
        """Yield the plans that up to `last` lost more matches to the winner than were counted.

        Without it they would take parts of its values. `pairs` are the winners and losers in this core;
        `counted` and those that stand `apart` were counted.
        """
        lost = Counter(loser for owner, loser, span in pairs if owner == winner and span <= last)
        name = self._classifier.plans[winner].detector.id
        for plan in self._classifier.plans:
            all_lost = lost[plan.index] + self.superseded.get((name, plan.detector.id), 0)
            if not all_lost:
                continue
            here = sum(span <= last for span in counted.get(plan.index, ()))
            if plan.index in apart:
                here += int(np.searchsorted(apart[plan.index].starts, last[0], "right"))
            if all_lost > self._counted[plan.index] + here:
                yield plan.index

    def _add(self, view: View, plan: Plan, detector: Detector, spans: Sequence[Span]) -> None:
        count = self._counts.setdefault(detector.id, _Count(detector, plan))
        count.count += len(spans)
        decoded = not isinstance(spans, Spans) and any(isinstance(span, Decoded) for span in spans)
        may_help = detector.keyed or view.may_help(plan) or decoded
        told = (
            [span for span in spans if isinstance(span, Named)]
            if detector.id in self._classifier.told
            else []
        )
        count.tier = min([count.tier, *_tiers(detector, spans, told)], key=_TIERS.index)
        best = max([detector.keyword if may_help else detector.bare, *(span.confidence for span in told)])
        for span, helped in zip(spans, view.helped(plan, spans), strict=True):
            more = not self._limit or len(count.occurrences) < self._limit
            if not more and count.confidence >= best:
                break
            helped |= isinstance(span, Decoded) and span.helped
            confidence = detector.keyword if helped else detector.bare
            if isinstance(span, Named | Rated | Decoded) and (own := span.confidence) is not None:
                confidence = own
            if detector.samples and plan.is_sample(value_of(view.chunk.data, span)):
                confidence = min(confidence, SAMPLE)
            count.confidence = max(count.confidence, confidence)
            if more:
                occurrence = self._classifier.occurrence(plan, view.chunk, span, confidence)
                count.occurrences.append(occurrence)

    def _count_cells(
        self,
        view: View,
        winners: Mapping[int, Sequence[Span]],
        counted: Mapping[int, Sequence[Span]],
        located: Mapping[str, int],
    ) -> None:
        """Count the cells that are matches as a whole. `located` are the occurrences before this chunk."""
        of_plans: dict[int, list[tuple[Offsets, Judged]]] = {}
        for judged in self._tables.whole:
            if (plan := judged.plan) is not None:
                cells = self._tables.cells(view.chunk, judged, winners)
                if plan.index in self._off:  # its matches are not counted from its last one on
                    last = counted.get(plan.index)
                    cells = cells[cells[:, 0] < (last[-1][1] if last else 0)]
                of_plans.setdefault(plan.index, []).append((cells, judged))
        for index, columns in of_plans.items():
            plan = self._classifier.plans[index]
            cells = np.concatenate([cells for cells, _ in columns])
            if not len(cells):
                continue
            count = self._counts.setdefault(plan.detector.id, _Count(plan.detector, plan))
            count.count += len(cells)
            count.tier = min(count.tier, plan.detector.tier, key=_TIERS.index)
            sure = np.repeat([judged.confidence for _, judged in columns], [len(own) for own, _ in columns])
            count.confidence = max(count.confidence, float(sure.max()))
            before = located.get(plan.detector.id, 0)
            if self._limit and before >= self._limit:
                continue
            order = np.argsort(cells[:, 0], kind="stable")[: self._limit - before if self._limit else None]
            fresh = count.occurrences[before:] + [
                self._classifier.occurrence(plan, view.chunk, (start, start, end), confidence)
                for (start, end), confidence in zip(cells[order].tolist(), sure[order].tolist(), strict=True)
            ]
            fresh.sort(key=_place)
            count.occurrences[before:] = fresh[: self._limit - before if self._limit else None]

    def _claim(self, view: View, winners: Mapping[int, Iterable[Span]]) -> None:
        """Remember the matches that reach into the next chunk's core; it may not see their beginning."""
        end = view.chunk.core_end
        length = end - view.chunk.core_start
        claims = [
            (index, start - length, first - length, last - length)
            for index, start, first, last in self._claims
            if last >= length
        ]
        for index, spans in winners.items():
            if isinstance(spans, Spans):
                spans = spans.where((spans.starts < end) & (spans.lasts >= end))
            claims += (
                (index, _UNSEEN if isinstance(span, Decoded) else span[0] - end, span[1] - end, span[2] - end)
                for span in spans
                if span[0] < end <= span[2]
            )
        self._claims = claims

    def _drop_claimed(self, view: View, competing: dict[int, list[Span]]) -> None:
        """Drop what overlaps a match that began before this chunk's data."""
        origin, core = view.chunk.core_start, range(view.chunk.core_start, view.chunk.core_end)
        plans = self._classifier.plans
        for owner, start, first, last in self._claims:
            if start + origin >= 0:
                continue  # it is in view, and confirmed again
            taken = range(first + origin, last + origin)
            for index, spans in competing.items():
                if shared(plans, owner, index):
                    continue
                dropped = [span for span in spans if span[1] < taken.stop and span[2] > taken.start]
                if dropped:
                    competing[index] = [
                        span for span in spans if span[1] >= taken.stop or span[2] <= taken.start
                    ]
                    if owner != index and (here := sum(span[0] in core for span in dropped)):
                        self.superseded[plans[owner].detector.id, plans[index].detector.id] += here


def _tiers(detector: Detector, spans: Sequence[Span], told: Sequence[Named]) -> Iterator[Tier]:
    """Yield by what the matches were established, each once."""
    yield from {span.tier for span in told}
    if len(told) < len(spans):
        yield detector.tier


def _place(occurrence: Occurrence) -> tuple[int, int, int]:
    """Return what the occurrences of a table's part are ordered by."""
    location = occurrence.location
    return location.byte_start or 0, location.row or 0, location.column or 0


class _Plain:
    """The locator of a piece of text that is the whole object."""

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end)

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: Offsets) -> Offsets | None:
        return None

    def cells(self, column: int) -> Offsets | None:
        return None


def _plans(detectors: Iterable[Detector]) -> tuple[Plan, ...]:
    """Return a plan for each detector and each that it needs, those that are needed first."""
    selected = {detector.id: detector for detector in detectors}
    plans: dict[str, Plan] = {}

    def add(detector: Detector) -> int:
        if (known := plans.get(detector.id)) is not None:
            return known.index
        needs = tuple(add(other) for other in detector.needs)
        plan = Plan(detector, len(plans), needs, reported=detector.id in selected)
        plans[detector.id] = plan
        return plan.index

    for detector in selected.values():
        add(detector)
    return tuple(plans.values())
