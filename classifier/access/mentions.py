"""What policies say of each context key, and values that would fit it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

from classifier.access import conditions, patterns
from classifier.access.conditions import Condition
from classifier.access.policy import Policy, Statement

_DEFAULTED = re.compile(r"\$\{[^,}]*,\s*'([^']*)'\s*\}")
FEW = 24  # values of one kind that are worth trying


@dataclass(slots=True)
class Mentions:
    """Lower-case context key → the tests that read it; a key that only a variable reads has none.

    `linked` has for each key that policy variables tie to others, or to a resource, values that may have to
    be the same on both sides.
    """

    tests: dict[str, list[Condition]] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    linked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _sorted: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        return key in self.tests

    def values(self, *keys: str) -> list[str]:
        """Return the values the keys are compared with, each once, in an order of their own."""
        if keys not in self._sorted:
            tests = (test for key in keys for test in self.tests.get(key, ()))
            said = {value for test in tests if test.operator.base != "null" for value in test.values}
            self._sorted[keys] = sorted(said)
        return self._sorted[keys]

    def fixed(self, *keys: str) -> list[str]:
        """Return those of them that have neither wildcard nor variable."""
        return [value for value in self.values(*keys) if patterns.fixed(value)]

    def fixed_sets(self, key: str) -> list[tuple[str, ...]]:
        """Return the values without wildcard or variable as the tests list them together, each set once."""
        tests = [test for test in self.tests.get(key, ()) if test.operator.base != "null"]
        sets = {tuple(sorted({*filter(patterns.fixed, test.values)})) for test in tests}
        return sorted(sets - {()})

    def opened(self, key: str, filler: str = patterns.FILLER) -> list[str]:
        """Return concrete values for the others."""
        values = self.values(key)
        return [filled(value, filler) for value in values if not patterns.fixed(value)][:FEW]

    def opened_arns(self, key: str, account: str) -> list[str]:
        """Return concrete ARNs in `account` for the values that a resource of that account can fit."""
        found = []
        for value in self.values(key):
            parts = value.split(":", 5)
            if len(parts) == 6 and not patterns.fixed(parts[4]) and patterns.fits(parts[4], account):
                parts[3] = filled(parts[3], "us-east-1")
                parts[4] = account
                found.append(filled(":".join(parts)))
            elif len(parts) < 6 and not patterns.fixed(value):
                found.append(filled(value))
        return found[:FEW]

    def wishes(self, key: str) -> list[str]:
        """Return values that could make the tests of the key true or false, the one that fits none last."""
        found: dict[str, None] = {}
        for test in self.tests.get(key, ()):
            for value in test.values:
                found.update(dict.fromkeys(_around(test, value)))
                if test.variables and "${" in value:
                    links = self.linked.get(key, ())
                    found[filled(_DEFAULTED.sub(r"\1", value))] = None
                    found.update((filled(value, patterns.FILLER, link), None) for link in links)
        found.update(dict.fromkeys(self.linked.get(key, ())))
        return [*islice(sorted(found.keys() - {patterns.FILLER}), 8 * FEW), patterns.FILLER]


def collect(policies: Iterable[Policy], bucket: str) -> Mentions:
    """Return what the policies mention; `bucket` is its ARN, for which variables may stand too."""
    policies = list(policies)
    found = Mentions()
    for statement in (statement for document in policies for statement in document.statements):
        for test in statement.tests:
            found.tests.setdefault(test.key, []).append(test)
            found.spelled[test.key] = min(test.spelled, found.spelled.get(test.key, test.spelled))
        texts = (*statement.resources, *(value for test in statement.tests for value in test.values))
        for name in (name for text in texts for name in patterns.variables(text) if statement.variables):
            found.tests.setdefault(name.lower(), [])
            found.spelled.setdefault(name.lower(), name)
    found.linked.update(_links([s for document in policies for s in document.statements], bucket))
    return found


def _links(statements: Sequence[Statement], bucket: str) -> dict[str, tuple[str, ...]]:
    """Return for each key that variables tie to others the values and segments that any of them has."""
    ties: dict[str, set[str]] = {}
    texts: dict[str, set[str]] = {}

    def tie(keys: Sequence[str], values: Iterable[str]) -> None:
        group = set[str]().union(*(ties.get(key, {key}) for key in keys))
        said = set(values).union(*(texts.get(key, ()) for key in group))
        for key in group:
            ties[key], texts[key] = group, said

    resources = [bucket, *(text for statement in statements for text in statement.resources)]
    for statement in statements:
        for test in statement.tests:
            tie((test.key,), test.values)
    for statement in statements:
        for test in statement.tests:
            if len(test.reads) > 1:
                tie(tuple(sorted(test.reads)), ())
        for text in statement.resources:
            names = sorted({name.lower() for name in patterns.variables(text)}) if statement.variables else ()
            if names:
                tie(names, resources)
    tied = {name for key, group in ties.items() if len(group) > 1 for name in group}
    tied.update(key for key, said in texts.items() if said.intersection(resources))
    return {key: tuple(islice(_segments(texts[key]), FEW)) for key in sorted(tied)}


def _segments(values: Iterable[str]) -> Iterator[str]:
    """Yield the fixed values and the fixed pieces between separators, each once, the shortest first."""
    found: set[str] = set()
    for value in values:
        if patterns.fixed(value) and not value.startswith("arn:"):
            found.add(value)
        found.update(piece for piece in re.split(r"[/:]", value) if piece and patterns.fixed(piece))
    yield from sorted(found - {"arn", "aws", "s3"}, key=lambda text: (len(text), text))


def filled(text: str, filler: str = patterns.FILLER, variable: str = "") -> str:
    """Return a concrete value for a pattern; all its variables stand for `variable` if that is given."""
    return patterns.fill(text, lambda _: variable or None, filler)


def _around(test: Condition, value: str) -> Iterator[str]:
    base = test.operator.base
    if base == "bool":
        yield from ("true", "false")
    elif base == "null":
        return
    elif base.startswith("numeric"):
        near = conditions.number(value)
        yield from () if near is None else (str(near + step) for step in (-1, 0, 1))
    elif base.startswith("date"):
        moment = conditions.moment(value)
        yield from () if moment is None else _moments(moment)
    elif base == "ipaddress":
        block = conditions.network(value)
        yield from () if block is None else (str(block.network_address),)
    else:
        yield filled(value)


def _moments(moment: Decimal) -> Iterator[str]:
    if abs(moment) < 10**11:
        exact = datetime(1970, 1, 1, tzinfo=UTC)
        for step in (-1, 0, 1):
            yield (exact + timedelta(seconds=float(moment) + step)).isoformat()
