"""Pattern recognizers, compiled: one Hyperscan database says where to run Presidio's expressions.

Hyperscan has each expression as a prefilter (HS_FLAG_PREFILTER: what it cannot do, look-around and back
references, is left out, so that it finds no less). Around its hits, and around characters that are not
ASCII, the expression itself is run by `regex`, which is what Presidio runs, with the recognizer's own checks.
Where Hyperscan is missing, or cannot compile an expression, all of the text is searched. (In UTF-8 mode it
compiles Presidio's expressions in minutes, as bytes in seconds.)
https://intel.github.io/hyperscan/dev-reference/compilation.html, Prefiltering Mode.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.detect import cache
from classifier.detect.detector import LONGEST
from classifier.detect.prefilter import hyperscan
from classifier.detect.shape import alphabet_of
from classifier.recognizers.scored import Scored, distinct
from classifier.recognizers.text import Text
from classifier.recognizers.words import Context, Enhancer

if TYPE_CHECKING:
    import regex
    from presidio_analyzer import PatternRecognizer

_IGNORE_CASE, _MULTILINE, _DOTALL = 2, 8, 16  # of regex, as of re
_BEYOND = 256  # characters after where a match may end that it may look at
_GAP = 64  # characters: hits so close are searched together
_TOGETHER = 16  # patterns in a database
_TIMEOUT = 60.0  # seconds a search, as Presidio has it

Failed = Callable[[str, Exception], None]
"""Takes a recognizer's name and what it raised."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """An expression of a recognizer. `longest`: characters of a match, None where there is no telling."""

    expression: regex.Pattern[str]
    score: float
    longest: int | None
    breaks: frozenset[int] | None  # bytes of ASCII that no match has, where it has no end otherwise


class Compiled:
    """A pattern recognizer, ready to be run around hits."""

    def __init__(self, recognizer: PatternRecognizer) -> None:
        import regex

        self._recognizer = recognizer
        self.name = recognizer.name
        self.entity = recognizer.supported_entities[0]
        self.flags = int(recognizer.global_regex_flags or 0)
        words = recognizer.context or ()
        self._enhance: Enhancer | None = Context(words, recognizer.supported_language) if words else None
        self.patterns = tuple(
            _Pattern(regex.compile(p.regex, flags=self.flags), p.score, *_extent(p.regex, self.flags))
            for p in recognizer.patterns
        )

    def found(self, text: Text, hits: Sequence[Sequence[int] | None], failed: Failed) -> list[Scored]:
        """Return the matches; `hits` are where each pattern's may end, in bytes (None: anywhere)."""
        raw: list[Scored] = []
        for pattern, ends in zip(self.patterns, hits, strict=True):
            if ends is not None and not ends and not len(text.odd):
                continue
            try:
                raw += self._matches(pattern, text, ends)
            except Exception as error:  # noqa: BLE001 - the user's checks may raise anything
                failed(self.name, error)
        if (enhance := self._enhance) is None:
            return distinct(raw)
        return [Scored(one.start, one.end, enhance(text.text, one.start, one.score)) for one in distinct(raw)]

    def _matches(self, pattern: _Pattern, text: Text, ends: Sequence[int] | None) -> Iterator[Scored]:
        for start, end in _spans(pattern, text, ends):
            if start == end:
                continue
            value, score = text.text[start:end], pattern.score
            valid = self._recognizer.validate_result(value)
            if valid is not None:
                score = 1.0 if valid else 0.0
            if self._recognizer.invalidate_result(value):
                score = 0.0
            if score > 0:
                yield Scored(start, end, score)


def _spans(pattern: _Pattern, text: Text, ends: Sequence[int] | None) -> Iterator[tuple[int, int]]:
    """Yield the matches that `finditer` finds in the whole text; each of them ends at one of `ends`."""
    if ends is None or (pattern.longest is None and pattern.breaks is None):
        for match in pattern.expression.finditer(text.text, timeout=_TIMEOUT):
            yield match.span()
        return
    for low, high in _stretches(pattern, text, ends):
        stop = min(len(text.text), high + (pattern.longest or 0) + _BEYOND)
        for match in pattern.expression.finditer(text.text, low, stop, timeout=_TIMEOUT):
            if match.start() >= high:
                break
            yield match.span()


def _stretches(pattern: _Pattern, text: Text, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of characters that have the matches, each of them whole, in order."""
    found = [text.char(end) for end in ends]
    chars = np.concatenate((np.asarray(found, dtype=np.int64), text.odd))
    if pattern.longest is not None:
        reach = np.concatenate((np.zeros(len(found), np.int64), np.full(len(text.odd), pattern.longest + 2)))
        lows, highs = np.maximum(chars - pattern.longest - 1, 0), chars + reach + 1
    else:
        breaks = text.places(pattern.breaks or frozenset())
        before = np.concatenate(([0], breaks + 1))
        after = np.concatenate((breaks, [len(text.text)]))
        last = np.concatenate(
            (chars, text.odd + 1)
        )  # what is before it may be next to a match that ends there
        at = np.searchsorted(breaks, last)
        lows, highs = np.minimum(before[at], np.maximum(last - 1, 0)), after[at] + 1
    order = np.argsort(lows, kind="stable")
    lows, highs = lows[order], np.maximum.accumulate(highs[order])
    parted = np.flatnonzero(lows[1:] - highs[:-1] > _GAP)
    firsts = lows[np.concatenate(([0], parted + 1))]
    lasts = highs[np.concatenate((parted, [len(highs) - 1]))]
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)


def _extent(expression: str, flags: int) -> tuple[int | None, frozenset[int] | None]:
    """Return the most characters of a match, or the bytes of ASCII that none has; None for no telling."""
    parser = importlib.import_module("re._parser")
    try:
        tree = parser.parse(expression, flags & (_IGNORE_CASE | _MULTILINE | _DOTALL))
        if _looks_far(tree):
            return None, None
        longest = tree.getwidth()[1]
        if longest <= LONGEST:
            return int(longest), None
        taken = alphabet_of(expression, flags & _IGNORE_CASE)
    except Exception:  # noqa: BLE001 - what only `regex` can parse
        return None, None
    breaks = frozenset(range(128)) - frozenset(taken)
    return None, breaks or None


def _looks_far(tree: Any) -> bool:
    """Return whether a parse tree looks ahead or back farther than the stretches that are searched reach."""
    for operation, argument in tree:
        inner = [part for part in _parts(argument) if hasattr(part, "getwidth")]
        if str(operation) in ("ASSERT", "ASSERT_NOT") and any(p.getwidth()[1] > _BEYOND for p in inner):
            return True
        if any(map(_looks_far, inner)):
            return True
    return False


def _parts(argument: Any) -> Iterator[Any]:
    """Yield what an operation of a parse tree is made of, however deep in lists."""
    if isinstance(argument, tuple | list):
        for part in argument:
            yield from _parts(part)
    else:
        yield argument


class Prefilter:
    """Finds where each pattern of the recognizers may have a match that ends there."""

    def __init__(self, recognizers: Sequence[Compiled]) -> None:
        self._recognizers = recognizers
        self._everywhere: set[int] = set()  # patterns that Hyperscan has not
        self._last: tuple[Text, list[list[list[int] | None]]] | None = None

    def hits(self, text: Text) -> list[list[list[int] | None]]:
        """Return for each recognizer and each of its patterns where matches in ASCII may end, in bytes."""
        if self._last is None or self._last[0] is not text:
            self._last = text, self._search(text)
        return self._last[1]

    def _search(self, text: Text) -> list[list[list[int] | None]]:
        ends: list[list[int] | None] = [[] for one in self._recognizers for _ in one.patterns]

        def note(index: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if (found := ends[index]) is not None:
                found.append(end)

        for database, scratch in self._databases:
            database.scan(text.data, match_event_handler=note, scratch=scratch)
        for index in self._everywhere:
            ends[index] = None
        each = iter(ends)
        return [[next(each) for _ in one.patterns] for one in self._recognizers]

    @cached_property
    def _databases(self) -> list[tuple[Any, Any]]:
        """One database for every few patterns, and its scratch space: all in one take long to compile."""
        every = [(p.expression.pattern, one.flags) for one in self._recognizers for p in one.patterns]
        if hyperscan is None:
            self._everywhere.update(range(len(every)))
            return []
        databases: list[Any] = []
        for first in range(0, len(every), _TOGETHER):
            some = list(enumerate(every[first : first + _TOGETHER], first))
            if (database := _database(some)) is not None:
                databases.append(database)
                continue
            for pattern in some:
                alone = _database([pattern])
                if alone is None:
                    self._everywhere.add(pattern[0])
                else:
                    databases.append(alone)
        return [(database, hyperscan.Scratch(database)) for database in databases]


def _database(patterns: Sequence[tuple[int, tuple[str, int]]]) -> Any:
    """Return the patterns compiled, from the cache where they are; None where Hyperscan cannot."""
    expressions = [expression.encode("utf-8", "surrogatepass") for _, (expression, _) in patterns]
    flags = [_hyperscan_flags(given) for _, (_, given) in patterns]
    numbers = [number for number, _ in patterns]
    name = cache.key(
        b"recognizers", hyperscan.__version__.encode(), repr((numbers, flags)).encode(), *expressions
    )
    if (stored := cache.load(name)) is not None:
        with suppress(hyperscan.error, hyperscan.HyperscanError):  # made on another kind of processor
            return hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(expressions=expressions, ids=numbers, flags=flags)
    except (hyperscan.error, hyperscan.HyperscanError):
        return None
    cache.store(name, hyperscan.dumpb(database))
    return database


def _hyperscan_flags(flags: int) -> int:
    known = (
        (_IGNORE_CASE, hyperscan.HS_FLAG_CASELESS),
        (_MULTILINE, hyperscan.HS_FLAG_MULTILINE),
        (_DOTALL, hyperscan.HS_FLAG_DOTALL),
    )
    own: int = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_ALLOWEMPTY
    return own | sum(int(flag) for asked, flag in known if flags & asked)
