"""Where in a chunk a detector could match: compiled code looks at every byte once, Python at the hits only.

Two implementations of one small interface: Hyperscan (Vectorscan), and stdlib `re` where that cannot be
imported, which names every place and leaves the work to the exact expressions. Both lead to the same matches.

Hyperscan, measured: expressions run as bytes in block mode without start of match (UTF-8 mode and
SOM_LEFTMOST make many of them too large to compile, and the exact expression finds the start anyway); two
databases in two passes are faster than one with everything; a Python callback costs about 0.35 µs.
"""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect import cache
from classifier.detect.context import KeywordMatcher
from classifier.detect.derive import LABELLED, alternatives
from classifier.detect.detector import Detector
from classifier.detect.labels import LabelIndex
from classifier.detect.tokens import TokenPass
from classifier.model import Category

hyperscan: Any
try:
    hyperscan = importlib.import_module("hyperscan")
except ImportError:  # no wheel for this platform
    hyperscan = None

_LABELLED = LABELLED.encode()
_SECRET = Category.CREDENTIALS
_ALONE = 12  # expressions up to which a pass for each beats one pass for all with hits that nobody wants
_FEW_WORDS = 400  # keywords up to which one pass for them and for secrets takes less time than two
_MEMO = 256
# Hyperscan looks at every second or fourth byte where no literal of a set is shorter than that. With hundreds
# of literals of three to eight bytes it then stops in vain so often that it takes up to twice as long.
_MANY = 100
_SHORT = rb"\xf8\xf9"  # a literal that keeps it from that: no text has these bytes; and nobody is told

Offsets: TypeAlias = NDArray[np.int64]
Hits: TypeAlias = Mapping[int, Sequence[int] | Offsets | None]
Search: TypeAlias = Callable[[frozenset[int]], Hits]
"""Returns the hits of the wanted detectors in a text that is under way; to be called before another is."""
Expression: TypeAlias = tuple[bytes, bool]  # the expression, and whether it ignores case


class Prefilter(Protocol):
    """Says where to look. Detectors are named by their position in the sequence it was made from."""

    tokens: frozenset[int]
    """Those of which it says where matches begin."""

    def mentioned(self, data: bytes) -> frozenset[int]:
        """Return the detectors with a keyword in `data`; it may name too many, never too few."""

    def keywords(self, data: bytes) -> Mapping[int, Offsets]:
        """Return where in `data` the keywords of detectors that need one end, in order, for those with any.

        It may name too many places, and for one that it does name the byte after it.
        """

    def words(self, data: bytes) -> tuple[frozenset[int], Mapping[int, Offsets]]:
        """Return what `mentioned` and `keywords` do, in one pass."""

    def hits(self, data: bytes, wanted: frozenset[int]) -> Hits:
        """Return for each of the `wanted` detectors that may match where: an array of where its matches
        begin, or a list of where its coarse hits end, or None for anywhere.
        """

    def opening(
        self, data: bytes, wanted: frozenset[int], *, located: bool
    ) -> tuple[frozenset[int], Mapping[int, Offsets] | None, Search]:
        """Return what `mentioned` does, and what `keywords` does where that costs nothing or where it is to
        be `located`; and what returns `hits`, of the `wanted` and of what else turns out to be. All in as few
        passes as pay.
        """


class RePrefilter:
    """The stdlib's: keywords by `re`, and every detector may match anywhere."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._tokens = TokenPass(detectors)
        self.tokens = self._tokens.members
        self._matchers = {
            index: KeywordMatcher(detector.keywords)
            for index, detector in enumerate(detectors)
            if detector.keywords is not None
        }
        self._keyed = frozenset(index for index in self._matchers if detectors[index].keyed)

    def mentioned(self, data: bytes) -> frozenset[int]:
        return frozenset(index for index, matcher in self._matchers.items() if matcher.found(data))

    def keywords(self, data: bytes) -> Mapping[int, Offsets]:
        places = {index: self._matchers[index].places(data) for index in self._keyed}
        return {
            index: np.array([end for _, end in found], dtype=np.int64)
            for index, found in places.items()
            if found
        }

    def words(self, data: bytes) -> tuple[frozenset[int], Mapping[int, Offsets]]:
        return self.mentioned(data), self.keywords(data)

    def hits(self, data: bytes, wanted: frozenset[int]) -> Hits:
        found: dict[int, Sequence[int] | Offsets | None] = dict.fromkeys(wanted - self._tokens.members)
        found.update(self._tokens.starts(data, wanted))
        return found

    def opening(
        self, data: bytes, wanted: frozenset[int], *, located: bool
    ) -> tuple[frozenset[int], Mapping[int, Offsets] | None, Search]:
        return self.mentioned(data), self.keywords(data) if located else None, partial(self.hits, data)


class HyperscanPrefilter:
    """Hyperscan's: databases of what needs no keyword, one of what needs one, one of keywords."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        """Load or compile the databases. Raises hyperscan.error for an expression it cannot compile."""
        self._tokens = TokenPass(detectors)
        self.tokens = taken = self._tokens.members
        patterns = [(i, d) for i, d in enumerate(detectors) if d.coarse is not None and i not in taken]
        # Shapes of what people write cost least each in a pass of its own, anchored expressions in one.
        self._sets = [
            _ExpressionSet([(i, d) for i, d in patterns if d.keyed]),
            _ExpressionSet([(i, d) for i, d in patterns if not d.keyed and d.category is _SECRET]),
            _ExpressionSet(
                [(i, d) for i, d in patterns if not d.keyed and d.category is not _SECRET], apart=True
            ),
        ]
        words: dict[bytes, set[int]] = {}
        bordered: dict[bytes, set[int]] = {}
        for index, detector in enumerate(detectors):
            if detector.keywords is not None:
                matcher = KeywordMatcher(detector.keywords)
                for word in matcher.expressions:
                    words.setdefault(word, set()).add(index)
                for word in matcher.bordered:
                    bordered.setdefault(word, set()).add(index)
        self._mentions = list(words.values())
        self._words = _Scan(tuple((word, True) for word in words), once_from=0) if words else None
        self._keyed = frozenset(index for index, detector in enumerate(detectors) if detector.keyed)
        # Of what needs a keyword all places are asked for; of the others whether there is one.
        self._owners = sorted(bordered.items(), key=lambda item: self._keyed.isdisjoint(item[1]))
        self._located = sum(not self._keyed.isdisjoint(owners) for _, owners in self._owners)
        self._ends: list[list[int]] = [[] for _ in bordered]
        self._touched: set[int] = set()
        self._note = _recorder(self._ends, self._touched)

    @cached_property
    def _places(self) -> _Scan | None:
        """What finds all keywords of detectors that need one; made when the first plain text needs it."""
        expressions = tuple((word, False) for word, _ in self._owners)
        return _Scan(expressions, once_from=self._located) if expressions else None

    @cached_property
    def _joint(self) -> _Joint | None:
        """What finds secrets and few keywords in one pass; None where two are faster."""
        if not 0 < len(self._owners) <= _FEW_WORDS:
            return None
        words = tuple((word, False) for word, _ in self._owners)
        return _Joint(self._sets[1], words, self._located, self._ends, self._touched)

    def mentioned(self, data: bytes) -> frozenset[int]:
        mentioned: set[int] = set()
        if self._words is not None:
            mentions = self._mentions

            def note(number: int, start: int, end: int, flags: int, context: object) -> None:
                mentioned.update(mentions[number])

            self._words(data, note)
        return frozenset(mentioned)

    def keywords(self, data: bytes) -> Mapping[int, Offsets]:
        return self.words(data)[1]

    def words(self, data: bytes) -> tuple[frozenset[int], Mapping[int, Offsets]]:
        if self._places is None:
            return frozenset(), {}
        self._places(data, self._note)
        return self._spoken()

    def _spoken(self) -> tuple[frozenset[int], Mapping[int, Offsets]]:
        """Return what was noted of keywords last, as `words` does."""
        ends, touched = self._ends, self._touched
        places: dict[int, list[list[int]]] = {}
        for number in touched:
            for owner in self._owners[number][1]:
                places.setdefault(owner, []).append(ends[number])
        found = {owner: _merged(parts) for owner, parts in places.items() if owner in self._keyed}
        for number in touched:
            ends[number].clear()
        touched.clear()
        return frozenset(places), found

    def hits(self, data: bytes, wanted: frozenset[int]) -> Hits:
        return self._hits(data, wanted)

    def _hits(self, data: bytes, wanted: frozenset[int], noted: _ExpressionSet | None = None) -> Hits:
        """Return what `hits` does; those of one set may have been noted already."""
        hits: dict[int, Sequence[int] | Offsets | None] = dict(self._tokens.starts(data, wanted))
        for group in self._sets:
            if group is noted:
                group.file(data, wanted, hits)
            elif not group.members.isdisjoint(wanted):
                group.scan(data, wanted, hits)
        return hits

    def opening(
        self, data: bytes, wanted: frozenset[int], *, located: bool
    ) -> tuple[frozenset[int], Mapping[int, Offsets] | None, Search]:
        joint = self._joint
        if joint is not None and joint.pays(wanted):
            joint.scan(data)
            return *self._spoken(), partial(self._hits, data, noted=joint.group)
        search = partial(self.hits, data)
        return (*self.words(data), search) if located else (self.mentioned(data), None, search)


class _ExpressionSet:
    """Coarse expressions in one database; detectors with the same expression share it.

    The alternatives of a coarse expression are expressions of their own: Hyperscan looks for literals where
    an expression has at most three of two bytes, and else runs an automaton over every byte.
    """

    def __init__(self, patterns: Sequence[tuple[int, Detector]], *, apart: bool = False) -> None:
        """Take detectors with their positions; `apart`: a pass for each pays, as long as they are few."""
        owners: dict[Expression, list[int]] = {}
        for index, detector in patterns:
            for part in alternatives(detector.coarse or ""):
                owners.setdefault((part.encode(), detector.caseless), []).append(index)
        self.members = frozenset(index for index, _ in patterns)
        self._owners = list(owners.values())
        self.expressions = tuple(owners)
        labels = {i: d for i, d in patterns if d.coarse == LABELLED and d.words}
        self._labels = LabelIndex({index: detector.words for index, detector in labels.items()})
        self._reach = max((d.lead for _, d in patterns if d.coarse == LABELLED), default=0)
        self._unlabelled = [index for index, d in patterns if d.coarse == LABELLED and not d.words]
        self._scans: dict[frozenset[int], list[_Scan]] = {}
        self._few = _ALONE if apart else min(_ALONE, len(owners) // 2)
        self._together = _Scan(self.expressions) if len(owners) > self._few else None
        each = () if self._together is not None else range(len(self.expressions))
        self._alone = {number: _Scan((self.expressions[number],), number) for number in each}
        self.ends: list[list[int]] = [[] for _ in owners]
        self.touched: set[int] = set()
        self._note = _recorder(self.ends, self.touched)

    def scan(
        self, data: bytes, wanted: frozenset[int], hits: dict[int, Sequence[int] | Offsets | None]
    ) -> None:
        for scan in self._needed(wanted):
            scan(data, self._note)
        self.file(data, wanted, hits)

    def file(
        self, data: bytes, wanted: frozenset[int], hits: dict[int, Sequence[int] | Offsets | None]
    ) -> None:
        """Put what was noted of the wanted detectors into `hits`."""
        found: dict[int, Sequence[int]] = {}
        for number in self.touched:
            ends = self.ends[number].copy()
            self.ends[number].clear()
            if self.expressions[number][0] == _LABELLED:
                labelled, named = self._labels.places(data, ends, self._reach, wanted)
                found.update(labelled)
                if named:
                    found.update((index, named) for index in self._unlabelled if index in wanted)
                continue
            for index in self._owners[number]:
                if index in wanted:  # another of its alternatives may have been found
                    found[index] = [*found[index], *ends] if index in found else ends
        self.touched.clear()
        hits.update(found)

    def together(self, wanted: frozenset[int]) -> bool:
        """Return whether one pass for all expressions is made for the wanted detectors."""
        return self._together is not None and self._needed(wanted) == [self._together]

    def _needed(self, wanted: frozenset[int]) -> list[_Scan]:
        """Return what to run for the wanted detectors: a few alone where they are few, else all together."""
        needed = self._scans.get(wanted)
        if needed is None:
            numbers = [n for n, owners in enumerate(self._owners) if not wanted.isdisjoint(owners)]
            if self._together is not None and len(numbers) > self._few:
                needed = [self._together]
            else:
                for number in numbers:
                    if number not in self._alone:
                        self._alone[number] = _Scan((self.expressions[number],), number)
                needed = [self._alone[number] for number in numbers]
            if len(self._scans) >= _MEMO:
                self._scans.clear()
            self._scans[wanted] = needed
        return needed


class _Joint:
    """The expressions of a set and keywords in one database."""

    def __init__(
        self,
        group: _ExpressionSet,
        words: tuple[Expression, ...],
        located: int,
        ends: list[list[int]],
        touched: set[int],
    ) -> None:
        """Take the keywords, all ends of the first `located` of which are told, with where to put these, and
        which of them there are.
        """
        self.group = group
        self._words = touched
        self._first = len(group.ends)
        self._numbers: set[int] = set()
        self._scan = _Scan((*group.expressions, *words), once_from=self._first + located)
        self._note = _recorder([*group.ends, *ends], self._numbers)

    def pays(self, wanted: frozenset[int]) -> bool:
        """Return whether all of the set is searched for anyway."""
        return self.group.together(wanted)

    def scan(self, data: bytes) -> None:
        """Note what there is for the set and for the keywords."""
        self._scan(data, self._note)
        first = self._first
        self.group.touched.update(number for number in self._numbers if number < first)
        self._words.update(number - first for number in self._numbers if number >= first)
        self._numbers.clear()


class _Scan:
    """One database with scratch space of its own; its expressions are numbered from `first`."""

    def __init__(
        self, expressions: tuple[Expression, ...], first: int = 0, *, once_from: int | None = None
    ) -> None:
        self._database = _database(expressions, first, len(expressions) if once_from is None else once_from)
        self._scratch = hyperscan.Scratch(self._database)

    def __call__(self, data: bytes, note: Callable[[int, int, int, int, object], None]) -> None:
        self._database.scan(data, match_event_handler=note, scratch=self._scratch)


def _merged(parts: Sequence[Sequence[int]]) -> Offsets:
    """Return the offsets of all parts, in order; each part is in order."""
    if len(parts) == 1:
        return np.array(parts[0], dtype=np.int64)
    return np.sort(np.concatenate([np.array(part, dtype=np.int64) for part in parts]))


def _recorder(ends: list[list[int]], touched: set[int]) -> Callable[[int, int, int, int, object], None]:
    """Return the callback that files each hit; it is called a million times, so it does nothing else."""
    appends, touch = [entry.append for entry in ends], touched.add

    def note(number: int, start: int, end: int, flags: int, context: object) -> None:
        appends[number](end)
        touch(number)

    return note


def scanner(
    expressions: tuple[Expression, ...], *, once: bool = False
) -> Callable[[bytes, Callable[[int, int, int, int, object], None]], None] | None:
    """Return what calls back with the number and the end of each hit of the expressions in a text.

    None without Hyperscan. `once`: of each expression the first hit only.
    """
    return None if hyperscan is None else _Scan(expressions, once_from=0 if once else None)


def default_prefilter() -> Callable[[Sequence[Detector]], Prefilter]:
    """Return the fastest implementation this machine has."""
    return RePrefilter if hyperscan is None else HyperscanPrefilter


def uncompilable(expressions: Sequence[Expression]) -> tuple[int, str] | None:
    """Return the position of the first expression that Hyperscan cannot compile, and why; None if all do.

    Also None without Hyperscan: there is nobody to ask, and the expressions are not used. What compiled once
    is remembered in the cache.
    """
    if hyperscan is None:
        return None
    name = _key(b"compiles", expressions)
    if cache.load(name) is not None:
        return None
    for number, expression in enumerate(expressions):
        try:
            _compile((expression,), 0, 1)
        except hyperscan.error as error:
            return number, str(error)
    cache.store(name, b"")
    return None


@lru_cache(maxsize=1024)
def _database(expressions: tuple[Expression, ...], first: int, once_from: int) -> Any:
    """Return the database of the expressions, numbered from `first` as they stand.

    Of those from the position `once_from` on only the first end is reported, which is all that the presence
    of keywords needs.
    """
    name = _key(f"from {first}, once from {once_from}".encode(), expressions)
    if (stored := cache.load(name)) is not None:
        try:
            return hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
        except (hyperscan.error, hyperscan.HyperscanError):
            stored = None  # made on another kind of processor
    database = _compile(expressions, first, once_from)
    cache.store(name, hyperscan.dumpb(database))
    return database


def _compile(expressions: Sequence[Expression], first: int, once_from: int) -> Any:
    every = [expression for expression, _ in expressions]
    flags = [hyperscan.HS_FLAG_CASELESS if caseless else 0 for _, caseless in expressions]
    flags[once_from:] = [flag | hyperscan.HS_FLAG_SINGLEMATCH for flag in flags[once_from:]]
    if len(every) >= _MANY:
        every.append(_SHORT)
        flags.append(hyperscan.HS_FLAG_QUIET)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=every, ids=list(range(first, first + len(every))), elements=len(every), flags=flags
    )
    return database


def _key(kind: bytes, expressions: Sequence[Expression]) -> str:
    machine = f"{hyperscan.__version__} {platform.machine()} {platform.system()}".encode()
    return cache.key(
        kind, machine, _SHORT, *(part for e, caseless in expressions for part in (e, b"i" * caseless))
    )
