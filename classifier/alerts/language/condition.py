"""A rule's condition: `selection and not 1 of filter_*`, with Sigma's words and precedence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from classifier.alerts.language.detection import AllOf, AtLeast, Matcher, Not, WrongRule

DEEPEST = 50  # brackets in brackets
LONGEST = 2_000  # characters
_TOKEN = re.compile(r"\s*(\(|\)|\||>=|<=|>|<|=|,|[\w*.:-]+)")
_COUNT = re.compile(
    r"count\((?P<of>[\w.:-]*)\)(?:\s+by\s+(?P<by>[\w.:-]+(?:\s*,\s*[\w.:-]+)*))?\s*(?P<how>>=|>)\s*(?P<least>\d{1,9})"
)
NOT_REFERRED = "_"  # selections whose names begin so are no part of `them`


class Counted(NamedTuple):
    """What stands after the bar of a condition: so many records, or values of a field, in each group."""

    of: str | None
    by: tuple[str, ...]
    at_least: int


def condition_of(
    keys: Sequence[str | int], text: str, selections: Mapping[str, Matcher]
) -> tuple[Matcher, Counted | None]:
    """Return the matcher of a condition and its count, if it has one. Raises WrongRule."""
    if len(text) > LONGEST:
        raise WrongRule(keys, f"a condition has at most {LONGEST:,} characters")
    body, bar, aggregate = text.partition("|")
    matcher = _Parser(keys, body, selections).whole()
    if not bar:
        return matcher, None
    found = _COUNT.fullmatch(aggregate.strip())
    if found is None:
        raise WrongRule(keys, "after the bar stands: count(FIELD) by FIELD, FIELD >= NUMBER")
    least = int(found["least"]) + (found["how"] == ">")
    by = tuple(name.strip() for name in (found["by"] or "").split(",") if name.strip())
    return matcher, Counted(found["of"] or None, by, max(1, least))


class _Parser:
    def __init__(self, keys: Sequence[str | int], text: str, selections: Mapping[str, Matcher]) -> None:
        self._keys = keys
        self._selections = selections
        self._tokens: list[str] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise WrongRule(keys, f"the condition cannot be read from {text[at : at + 20]!r} on")
            self._tokens.append(found[1])
            at = found.end()
        self._at = 0

    def whole(self) -> Matcher:
        matcher = self._any(0)
        if self._peek():
            raise WrongRule(self._keys, f"{self._peek()!r} is one word too many in the condition")
        return matcher

    def _any(self, depth: int) -> Matcher:
        parts = [self._all(depth)]
        while self._took("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else AtLeast(1, tuple(parts))

    def _all(self, depth: int) -> Matcher:
        parts = [self._one(depth)]
        while self._took("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, depth: int) -> Matcher:
        if depth > DEEPEST:
            raise WrongRule(self._keys, "the condition is nested too deeply")
        if self._took("not"):
            return Not(self._one(depth + 1))
        if self._took("("):
            inner = self._any(depth + 1)
            if not self._took(")"):
                raise WrongRule(self._keys, "a bracket of the condition is not closed")
            return inner
        word = self._next()
        if (word == "all" or word.isdigit()) and self._took("of"):
            parts = self._several(self._next())
            number = len(parts) if word == "all" else int(word)
            if not 1 <= number <= len(parts):
                raise WrongRule(self._keys, f"{word} of {len(parts)} selections is never met or always")
            return AtLeast(number, parts)
        if word in self._selections:
            return self._selections[word]
        known = ", ".join(self._selections)
        raise WrongRule(self._keys, f"there is no selection {word!r}; there are {known}")

    def _several(self, pattern: str) -> tuple[Matcher, ...]:
        them = pattern == "them"
        names = [
            name
            for name in self._selections
            if (not name.startswith(NOT_REFERRED) if them else fnmatchcase(name, pattern))
        ]
        if not names:
            raise WrongRule(self._keys, f"no selection has a name like {pattern!r}")
        return tuple(self._selections[name] for name in names)

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        if not word:
            raise WrongRule(self._keys, "the condition ends too early")
        self._at += 1
        return word

    def _took(self, word: str) -> bool:
        if self._peek().lower() != word:
            return False
        self._at += 1
        return True
