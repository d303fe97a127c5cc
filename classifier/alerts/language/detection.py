"""A rule's `detection`: selections of fields, and the condition that joins them, in three values.

True and False are as in Sigma; None is "not known", since the record says that a field could not be read.
What is not known is neither met nor not met (S. C. Kleene's strong logic): `not` of it is not known either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from classifier.alerts.language import values
from classifier.alerts.language.fields import (
    Path,
    Record,
    hides,
    is_unknown,
    path_of,
    text_of,
    texts_in,
    values_at,
)
from classifier.alerts.language.values import Lists, Test
from classifier.model import JSON

MOST_VALUES = 10_000  # of one field
DEEPEST = 20  # selections in selections
_PARTS = {"contains": (True, True), "startswith": (False, True), "endswith": (True, False)}
_KINDS = frozenset({*_PARTS, *values.COMPARISONS, "re", "cidr", "exists", "any", "listed", "fieldref"})
_FLAGS: Mapping[str, frozenset[str]] = {
    "cased": frozenset({"", *_PARTS, "fieldref"}),
    "all": frozenset({"", *_PARTS, "re", "cidr", "listed"}),
    "i": frozenset({"re"}),
}
MODIFIERS = frozenset({*_KINDS, *_FLAGS})


class WrongRule(Exception):
    """A mistake in a rule; `keys` lead from the rule to it, as in its YAML."""

    def __init__(self, keys: Sequence[str | int], message: str) -> None:
        super().__init__(message)
        self.keys = tuple(keys)


class Matcher(Protocol):
    """Whether a record meets something."""

    def match(self, record: Record, lists: Lists) -> bool | None:
        """Return True, False, or None where a field that decides was not read."""

    def anchors(self, path: Path) -> frozenset[str] | None:
        """Return the folded texts of which the field has one in every match; None: there is no such set."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part is met."""

    parts: tuple[Matcher, ...]

    def match(self, record: Record, lists: Lists) -> bool | None:
        result: bool | None = True
        for part in self.parts:
            found = part.match(record, lists)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    def anchors(self, path: Path) -> frozenset[str] | None:
        found = [anchor for part in self.parts if (anchor := part.anchors(path)) is not None]
        return min(found, key=len) if found else None


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts are met."""

    number: int
    parts: tuple[Matcher, ...]

    def match(self, record: Record, lists: Lists) -> bool | None:
        met = open_ = 0
        for part in self.parts:
            found = part.match(record, lists)
            met += found is True
            open_ += found is None
            if met >= self.number:
                return True
        return None if met + open_ >= self.number else False

    def anchors(self, path: Path) -> frozenset[str] | None:
        found = [part.anchors(path) for part in self.parts]
        sets = [anchor for anchor in found if anchor is not None]
        return frozenset().union(*sets) if sets and len(sets) == len(found) else None


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met."""

    part: Matcher

    def match(self, record: Record, lists: Lists) -> bool | None:
        found = self.part.match(record, lists)
        return None if found is None else not found

    def anchors(self, path: Path) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Words:
    """One of the texts stands somewhere in the record (Sigma's keywords)."""

    tests: tuple[Test, ...]

    def match(self, record: Record, lists: Lists) -> bool | None:
        return any(test(text) for text in texts_in(record.data) for test in self.tests)

    def anchors(self, path: Path) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Compared:
    """A field has a value that meets one of the tests (`every`: values that meet each)."""

    path: Path
    tests: tuple[Test, ...]
    null: bool = False  # the rule also names null: the field is missing
    every: bool = False
    exact: frozenset[str] | None = None

    def match(self, record: Record, lists: Lists) -> bool | None:
        if is_unknown(record, self.path):
            return None
        found = [value for value in values_at(record.data, self.path) if value is not None]
        if self.every:
            met = all(any(test(value) for value in found) for test in self.tests)
        else:
            met = any(test(value) for value in found for test in self.tests)
        met = met or (self.null and not found)
        return None if hides(record, self.path) and not met else met

    def anchors(self, path: Path) -> frozenset[str] | None:
        return self.exact if path == self.path and not self.null else None


@dataclass(frozen=True, slots=True)
class Exists:
    """A field is there and not null (or is not)."""

    path: Path
    wanted: bool

    def match(self, record: Record, lists: Lists) -> bool | None:
        if is_unknown(record, self.path):
            return None
        there = any(value is not None for value in values_at(record.data, self.path))
        if not there and hides(record, self.path):
            return None
        return there is self.wanted

    def anchors(self, path: Path) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class AnyItem:
    """One item of a field meets a whole selection."""

    path: Path
    item: Matcher

    def match(self, record: Record, lists: Lists) -> bool | None:
        if is_unknown(record, self.path):
            return None
        items = (value for value in values_at(record.data, self.path) if isinstance(value, Mapping))
        return any(self.item.match(Record(item), lists) is True for item in items)

    def anchors(self, path: Path) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class Listed:
    """A field has a value that is on one of the named lists; a list that was not given is empty."""

    path: Path
    names: tuple[str, ...]
    every: bool

    def match(self, record: Record, lists: Lists) -> bool | None:
        if is_unknown(record, self.path):
            return None
        found = [text_of(value) for value in values_at(record.data, self.path) if value is not None]
        on = (any(text in lists.get(name, ()) for text in found) for name in self.names)
        return all(on) if self.every else any(on)

    def anchors(self, path: Path) -> frozenset[str] | None:
        return None


@dataclass(frozen=True, slots=True)
class SameAs:
    """A field has a value of another field (or one that holds, begins or ends with it)."""

    path: Path
    others: tuple[Path, ...]
    holds: Callable[[str, str], bool]
    cased: bool

    def match(self, record: Record, lists: Lists) -> bool | None:
        if is_unknown(record, self.path) or any(is_unknown(record, other) for other in self.others):
            return None
        own = self._texts(record, self.path)
        return any(
            self.holds(text, wanted)
            for other in self.others
            for wanted in self._texts(record, other)
            for text in own
        )

    def _texts(self, record: Record, path: Path) -> list[str]:
        found = [text_of(value) for value in values_at(record.data, path) if value is not None]
        return found if self.cased else [text.casefold() for text in found]

    def anchors(self, path: Path) -> frozenset[str] | None:
        return None


def selection_of(keys: Sequence[str | int], body: JSON, depth: int = 0) -> Matcher:
    """Return the matcher of one selection: a mapping of fields, a list of such, or a list of words.

    Raises WrongRule.
    """
    if depth > DEEPEST:
        raise WrongRule(keys, "selections are nested too deeply")
    if isinstance(body, Mapping):
        if not body:
            raise WrongRule(keys, "an empty selection")
        return AllOf(tuple(_field([*keys, name], str(name), body[name], depth) for name in body))
    if isinstance(body, list) and body and all(isinstance(item, Mapping) for item in body):
        return AtLeast(1, tuple(selection_of([*keys, i], item, depth + 1) for i, item in enumerate(body)))
    if isinstance(body, list) and body and all(isinstance(item, str | int | float) for item in body):
        tests = (values.around(item, before=True, after=True, cased=False) for item in body)
        return Words(_made(keys, tests))
    raise WrongRule(keys, "a selection is a mapping of fields, a list of such mappings, or a list of words")


def _field(keys: Sequence[str | int], name: str, given: JSON, depth: int) -> Matcher:
    dotted, *modifiers = name.split("|")
    try:
        path = path_of(dotted)
    except ValueError as error:
        raise WrongRule(keys, str(error)) from None
    kind, flags = _kind(keys, modifiers)
    expected = given if isinstance(given, list) else [given]
    if not expected or len(expected) > MOST_VALUES:
        raise WrongRule(keys, f"a field has from 1 to {MOST_VALUES:,} values")
    if kind == "exists":
        if len(expected) != 1 or not isinstance(expected[0], bool):
            raise WrongRule(keys, "exists takes true or false")
        return Exists(path, expected[0])
    if kind == "any":
        return AnyItem(path, selection_of(keys, given, depth + 1))
    if any(isinstance(item, Mapping | list) for item in expected):
        raise WrongRule(keys, "a field has values, not mappings (for items of a list: NAME|any)")
    every, cased = "all" in flags, "cased" in flags
    if kind == "listed":
        return Listed(path, tuple(map(str, expected)), every)
    if "fieldref" in modifiers:
        return _same_as(keys, path, expected, kind, cased)
    null = None in expected
    texts = [item for item in expected if item is not None]
    if null and (kind or every):
        raise WrongRule(keys, "null takes no modifier")
    tests = _made(keys, (_test(kind, item, cased=cased, ignore_case="i" in flags) for item in texts))
    exact = None
    if not kind and not every and all(values.literal(item) is not None for item in texts):
        exact = frozenset(str(values.literal(item)) for item in texts)
    return Compared(path, tests, null, every, exact)


def _kind(keys: Sequence[str | int], modifiers: Sequence[str]) -> tuple[str, frozenset[str]]:
    """Return the one modifier that says how to compare ("" for none), and the others."""
    wrong = sorted(set(modifiers) - MODIFIERS)
    if wrong:
        known = ", ".join(sorted(MODIFIERS))
        raise WrongRule(keys, f"no such modifier as {', '.join(wrong)}; there are {known}")
    kinds = [name for name in modifiers if name in _KINDS]
    if "fieldref" in kinds and len(kinds) == 2 and set(kinds) & set(_PARTS):
        kinds.remove("fieldref")
    if len(kinds) > 1 or len(set(modifiers)) < len(modifiers):
        raise WrongRule(keys, f"these modifiers do not go together: {', '.join(modifiers)}")
    kind = kinds[0] if kinds else ""
    flags = frozenset(modifiers) & _FLAGS.keys()
    for flag in sorted(flags):
        if kind not in _FLAGS[flag]:
            raise WrongRule(keys, f"{flag} means nothing with {kind}")
    return kind, flags


def _test(kind: str, expected: JSON, *, cased: bool, ignore_case: bool) -> Test:
    if kind in _PARTS:
        before, after = _PARTS[kind]
        return values.around(expected, before=before, after=after, cased=cased)
    if kind == "re":
        return values.expression(expected, ignore_case=ignore_case)
    if kind == "cidr":
        return values.network(expected)
    if kind in values.COMPARISONS:
        return values.compares(kind, expected)
    return values.equals(expected, cased=cased)


def _same_as(
    keys: Sequence[str | int], path: Path, expected: Sequence[JSON], kind: str, cased: bool
) -> SameAs:
    holds: dict[str, Callable[[str, str], bool]] = {
        "contains": lambda text, wanted: wanted in text,
        "startswith": str.startswith,
        "endswith": str.endswith,
    }
    try:
        others = tuple(path_of(str(name)) for name in expected)
    except ValueError as error:
        raise WrongRule(keys, str(error)) from None
    return SameAs(path, others, holds.get(kind, str.__eq__), cased)


def _made(keys: Sequence[str | int], tests: Iterable[Test]) -> tuple[Test, ...]:
    try:
        return tuple(tests)
    except ValueError as error:
        raise WrongRule(keys, str(error)) from None
