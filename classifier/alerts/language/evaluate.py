"""Rules over a stream of records: hits, with a state for what is counted."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from classifier.alerts.language.fields import Path, Record, text_of, values_at
from classifier.alerts.language.indexes import Index, record_of
from classifier.alerts.language.rule import Count, LanguageRule
from classifier.alerts.language.values import Lists
from classifier.model import JSON

MOST_GROUPS = 100_000  # that a rule counts at a time; the one not met for longest is forgotten
MOST_HELD = 10_000  # records that a group remembers
MOST_EVIDENCE = 1_000  # ids in a hit
NO_LISTS: Lists = {}


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that is met: by one record, or by `count` records of a group while they are dense enough.

    `group` maps the fields that the rule counts by to their values, `distinct` is the number of different
    values of the field that it counts (0: it counts records). `record` is the last of them; `evidence` are
    ids, at most 1,000.
    """

    rule: LanguageRule
    severity: float
    record: Record
    count: int
    distinct: int
    group: Mapping[str, str]
    evidence: tuple[str, ...]
    first_seen: str
    last_seen: str


class Watch:
    """One rule over one stream. Records come in the order of their time, more or less.

    One that comes late counts if it is still within the time that the rule counts over.
    """

    def __init__(self, rule: LanguageRule, lists: Lists = NO_LISTS) -> None:
        self.rule = rule
        self.unknown = 0  # records of which the rule could not say whether they meet it
        self.forgotten = 0  # groups that were too many
        self._lists = lists
        self._groups: OrderedDict[tuple[str, ...], _Window] = OrderedDict()

    def feed(self, record: Record, lists: Lists | None = None) -> Hit | None:
        """Take a record; return the hit it makes, or the one that it shows to be over.

        `lists` are those of this record, where they differ from one to the next.
        """
        if lists is not None:
            self._lists = lists
        met = self.rule.matcher.match(record, self._lists)
        if met is None:
            self.unknown += 1
        if not met:
            return None
        severity = self._severity(record)
        if self.rule.count is None:
            seen = record.stamp
            ids = (record.id,) if record.id else ()
            return Hit(self.rule, severity, record, 1, 0, {}, ids, seen, seen)
        return self._count(self.rule.count, record, severity)

    def finish(self) -> Iterator[Hit]:
        """Yield the hits that are still going on; call it once, at the end."""
        for group, window in self._groups.items():
            hit = window.close(self.rule, group)
            if hit is not None:
                yield hit
        self._groups.clear()

    def _severity(self, record: Record) -> float:
        for matcher, severity in self.rule.cases:
            if matcher.match(record, self._lists):
                return severity
        return self.rule.severity

    def _count(self, count: Count, record: Record, severity: float) -> Hit | None:
        group = tuple(_texts(record, path) for path in count.by)
        window = self._groups.get(group)
        if window is None:
            window = self._groups[group] = _Window(count)
            if len(self._groups) > MOST_GROUPS:
                oldest, gone = self._groups.popitem(last=False)
                self.forgotten += 1
                if (hit := gone.close(self.rule, oldest)) is not None:
                    window.add(record, severity)
                    return hit
        else:
            self._groups.move_to_end(group)
        over = window.expire(record, self.rule, group)
        window.add(record, severity)
        return over


class Evaluator:
    """Many rules over one stream; most rules need not look at most records."""

    def __init__(self, index: Index, rules: Iterable[LanguageRule], lists: Lists = NO_LISTS) -> None:
        self._index = index
        self.watches = [Watch(rule, lists) for rule in rules if rule.index is index and rule.shape.enabled]
        self._always: list[Watch] = []
        self._by_anchor: dict[Path, dict[str, list[Watch]]] = {}
        for watch in self.watches:
            matcher = watch.rule.matcher
            found = ((path, matcher.anchors(path)) for path in index.anchors)
            path, anchors = next(((p, a) for p, a in found if a is not None), ((), None))
            if anchors is None:
                self._always.append(watch)
            for anchor in anchors or ():
                self._by_anchor.setdefault(path, {}).setdefault(anchor, []).append(watch)

    def feed(
        self,
        data: Mapping[str, JSON],
        unknown: frozenset[str] = frozenset(),
        lists: Lists | None = None,
    ) -> list[Hit]:
        """Take a record's JSON; `unknown` are its paths that were not read. Return the hits.

        `lists` take the place of the evaluator's, from this record on.
        """
        record = record_of(self._index, data, unknown)
        watches = self._always
        for path, rules in self._by_anchor.items():
            named = [rules.get(text_of(one).casefold(), ()) for one in values_at(data, path)]
            if any(named):
                watches = list(dict.fromkeys(chain(watches, *named)))  # each once, in their order
        return [hit for watch in watches if (hit := watch.feed(record, lists)) is not None]

    def finish(self) -> list[Hit]:
        """Return the hits that were still going on at the end of the stream."""
        return [hit for watch in self.watches for hit in watch.finish()]


def evaluate(
    index: Index, rules: Iterable[LanguageRule], data: Iterable[Mapping[str, JSON]], lists: Lists = NO_LISTS
) -> list[Hit]:
    """Return all hits of the rules over the records."""
    evaluator = Evaluator(index, rules, lists)
    hits = [hit for item in data for hit in evaluator.feed(item)]
    return hits + evaluator.finish()


class _Seen(NamedTuple):
    time: float
    stamp: str
    id: str
    value: str
    severity: float


@dataclass(slots=True)
class _Window:
    """What one group met within the time that counts, and the hit that goes on, if one does."""

    count: Count
    held: deque[_Seen] = field(default_factory=deque)
    values: dict[str, int] = field(default_factory=dict)  # of those held
    newest: float = float("-inf")
    going: _Going | None = None
    last: Record | None = None

    def expire(self, record: Record, rule: LanguageRule, group: tuple[str, ...]) -> Hit | None:
        """Forget what is too old beside a new record; return the hit that ends by it."""
        within, time = self.count.within, record.time
        if within is None or time is None:
            return None
        self.newest = max(self.newest, time)
        while self.held and self.held[0].time < self.newest - within:
            self._drop()
        return None if self.held else self.close(rule, group)

    def add(self, record: Record, severity: float) -> None:
        """Count a record."""
        time = record.time if record.time is not None else self.newest
        if self.count.within is not None and time < self.newest - self.count.within:
            return  # too late
        value = "" if self.count.of is None else _texts(record, self.count.of)
        if self.count.of is not None and not value:
            return
        seen = _Seen(time, record.stamp, record.id, value, severity)
        if self.held and time < self.held[-1].time:
            ordered = list(self.held)
            insort(ordered, seen)
            self.held = deque(ordered)
        else:
            self.held.append(seen)
        if value:
            self.values[value] = self.values.get(value, 0) + 1
        if len(self.held) > MOST_HELD:
            self._drop()
        self.newest = max(self.newest, time)
        self.last = record
        if self.going is not None:
            self.going.add(seen)
        elif (len(self.values) if self.count.of is not None else len(self.held)) >= self.count.at_least:
            self.going = _Going()
            for earlier in self.held:
                self.going.add(earlier)

    def close(self, rule: LanguageRule, group: tuple[str, ...]) -> Hit | None:
        """Return the hit that was going on, and begin anew."""
        going, last = self.going, self.last
        self.going = None
        self.held.clear()
        self.values.clear()
        if going is None or last is None:
            return None
        names = (".".join(path) for path in self.count.by)
        return Hit(
            rule,
            going.severity,
            last,
            going.total,
            len(going.values),
            dict(zip(names, group, strict=True)),
            tuple(going.ids),
            going.first,
            going.last,
        )

    def _drop(self) -> None:
        value = self.held.popleft().value
        if value:
            left = self.values[value] - 1
            if left:
                self.values[value] = left
            else:
                del self.values[value]


@dataclass(slots=True)
class _Going:
    """A hit that goes on."""

    total: int = 0
    severity: float = 0.0
    first: str = ""
    last: str = ""
    values: set[str] = field(default_factory=set)
    ids: dict[str, None] = field(default_factory=dict)

    def add(self, seen: _Seen) -> None:
        self.total += 1
        self.severity = max(self.severity, seen.severity)
        self.first = min(self.first or seen.stamp, seen.stamp)
        self.last = max(self.last, seen.stamp)
        if seen.value and len(self.values) < MOST_HELD:
            self.values.add(seen.value)
        if seen.id and len(self.ids) < MOST_EVIDENCE:
            self.ids[seen.id] = None


def _texts(record: Record, path: Path) -> str:
    """Return a field as one text, "" where it is missing."""
    found = [text_of(value) for value in values_at(record.data, path) if value is not None]
    return found[0] if len(found) == 1 else "\x1f".join(sorted(found))
