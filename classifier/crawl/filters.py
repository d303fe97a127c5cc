"""Include and exclude rules: which objects are in scope.

A rule is `KIND:VALUE`; text without a kind is a glob. An object is in scope when, of each kind that the
include rules name, one of them fits, and no exclude rule does.

| kind | value |
|---|---|
| `prefix` | the start of the key |
| `glob` | the whole key: `*` any run of characters, `?` any one, `[…]` one of these |
| `ext` | the extension, without the dot, in any case |
| `size` | `>10MiB`, `<=4096`: `<`, `<=`, `>`, `>=`, with K, M, G, T or Ki, Mi, Gi, Ti, and B or not |
| `date` | `>=2026-01-31` or with a time (ISO 8601, UTC): when it was last modified |
| `class` | the storage class as S3 spells it |
| `tag` | `NAME` or `NAME=VALUE` |
| `type` | the content type, a glob: `text/*` |

Tags and content types are not in a listing: each object is asked for them (GetObjectTagging, HeadObject).
"""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from classifier.errors import ConfigError
from classifier.model import S3Object

_SIZE = re.compile(r"([<>]=?)\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(i?))?B?", re.IGNORECASE)
_DATE = re.compile(r"([<>]=?)\s*(\S.*)")
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
KINDS = ("prefix", "glob", "ext", "size", "date", "class", "tag", "type")
ASKED = ("tag", "type")
Test = Callable[[S3Object], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an object was asked for: its tags, and its content type."""

    tags: Mapping[str, str]
    content_type: str


class Filter:
    """The rules of a run. Raises ConfigError for one that cannot be understood."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._include = _by_kind(include)
        self._exclude = _by_kind(exclude)
        self._listed = _tests(self._include), _tests(self._exclude)

    @property
    def asks(self) -> frozenset[str]:
        """The kinds of rules that need a request for each object: `tag`, `type`."""
        return frozenset(kind for kind in ASKED if kind in self._include or kind in self._exclude)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Prefixes outside of which nothing is in scope; empty: there are none such."""
        found = sorted(self._include.get("prefix", ()))
        return tuple(p for n, p in enumerate(found) if not any(p.startswith(q) for q in found[:n]))

    def listed(self, obj: S3Object) -> bool:
        """Whether what the listing says leaves an object in scope."""
        wanted, unwanted = self._listed
        return all(any(test(obj) for test in tests) for tests in wanted) and not any(
            test(obj) for tests in unwanted for test in tests
        )

    def asked(self, answer: Asked) -> bool:
        """Whether tags and content type leave an object in scope."""
        for kind in ASKED:
            wanted, unwanted = self._include.get(kind), self._exclude.get(kind, ())
            if wanted is not None and not any(_fits(kind, value, answer) for value in wanted):
                return False
            if any(_fits(kind, value, answer) for value in unwanted):
                return False
        return True


def _by_kind(rules: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for rule in rules:
        kind, separator, value = rule.partition(":")
        if not separator or kind not in KINDS:
            kind, value = "glob", rule
        if not value:
            raise ConfigError(f"rule {rule!r}: nothing after the colon; it is like {kind}:VALUE")
        found.setdefault(kind, []).append(value)
    return found


def _tests(rules: Mapping[str, list[str]]) -> list[list[Test]]:
    return [[_test(kind, value) for value in values] for kind, values in rules.items() if kind not in ASKED]


def _test(kind: str, value: str) -> Test:
    if kind == "prefix":
        return lambda obj: obj.key.startswith(value)
    if kind == "ext":
        suffix = "." + value.lower().removeprefix(".")
        return lambda obj: obj.key.lower().endswith(suffix)
    if kind == "class":
        return lambda obj: obj.storage_class == value.upper()
    if kind == "size":
        return _size_test(value)
    if kind == "date":
        return _date_test(value)
    pattern = re.compile(fnmatch.translate(value))
    return lambda obj: pattern.match(obj.key) is not None


def _size_test(value: str) -> Test:
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise ConfigError(f"size:{value}: must be like size:>10MiB or size:<=4096")
    compare, number, unit, binary = found.groups()
    power = " KMGT".index(unit.upper()) if unit else 0
    bound = float(number) * (1024 if binary else 1000) ** power
    test = _COMPARE[compare]
    return lambda obj: test(obj.size, bound)


def _date_test(value: str) -> Test:
    found = _DATE.fullmatch(value.strip())
    try:
        if found is None:
            raise ValueError
        moment = datetime.fromisoformat(found[2])
    except ValueError:
        raise ConfigError(f"date:{value}: must be like date:>=2026-01-31 (ISO 8601)") from None
    bound = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    test = _COMPARE[found[1]]
    return lambda obj: obj.last_modified is not None and test(obj.last_modified.timestamp(), bound)


def _fits(kind: str, value: str, answer: Asked) -> bool:
    if kind == "type":
        found = answer.content_type.partition(";")[0].strip().lower()
        return fnmatch.fnmatchcase(found, value.lower())
    name, separator, wanted = value.partition("=")
    return name in answer.tags and (not separator or answer.tags[name] == wanted)
