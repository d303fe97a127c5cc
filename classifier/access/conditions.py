"""Condition operators: one test is one operator on one context key.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued
context keys".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from classifier.access import patterns

Context: TypeAlias = Mapping[str, tuple[str, ...]]  # lower-case key → its values; a key not in it is absent
Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator, taken apart: `base` is the positive one, `quantifier` is "", "all" or "any"."""

    base: str
    negated: bool
    if_exists: bool
    quantifier: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key. `key` is lower-case, `spelled` as the policy writes it; `values` are texts."""

    operator: Operator
    key: str
    spelled: str
    values: tuple[str, ...]
    variables: bool  # whether ${…} in the values are variables
    reads: frozenset[str] = field(init=False, compare=False)  # the context keys that decide the test
    cost: int = field(init=False, compare=False)  # what a trial takes of a search's budget
    wanted: tuple[tuple[patterns.Token, ...], ...] | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        varied = [value for value in self.values if self.variables and "${" in value]
        names = (name.lower() for value in varied for name in patterns.variables(value))
        wanted = None if varied else tuple(patterns.plain(value) for value in self.values)
        object.__setattr__(self, "reads", frozenset((self.key, *names)))
        object.__setattr__(self, "cost", 1 + len(self.values) // 4)
        object.__setattr__(self, "wanted", wanted)

    def holds(self, context: Context) -> bool:
        """Whether the test is true in the context."""
        given = context.get(self.key)
        if self.operator.base == "null":
            return any((value.lower() == "true") == (given is None) for value in self.values)
        if given is None:
            if self.operator.if_exists or self.operator.quantifier == "all":
                return True
            return self.operator.negated and self.operator.quantifier != "any"

        wanted = self.wanted if self.wanted is not None else self._filled(context)
        compare, negated = _COMPARE[self.operator.base], self.operator.negated
        everything = self.operator.quantifier == "all" or (negated and not self.operator.quantifier)
        for value in given:
            accepted = negated
            for parts in wanted:
                if compare(parts, value):
                    accepted = not negated
                    break
            if accepted != everything:
                return accepted
        return everything

    def _filled(self, context: Context) -> tuple[tuple[patterns.Token, ...], ...]:
        """Return the values with their variables filled; those left out that have nothing to fill one."""
        lookup = single(context)
        filled = (patterns.tokens(value, lookup) for value in self.values)
        return tuple(parts for parts in filled if parts is not None)


def single(context: Context) -> patterns.Lookup:
    """Return the look-up of policy variables: a key with several values has none."""

    def look_up(key: str) -> str | None:
        values = context.get(key, ())
        return values[0] if len(values) == 1 else None

    return look_up


def operator(name: str) -> Operator | None:
    """Return the operator called `name` (in any case); None when there is none of that name."""
    rest = name.lower()
    quantifier = ""
    for start, short in (("forallvalues:", "all"), ("foranyvalue:", "any")):
        if rest.startswith(start):
            rest, quantifier = rest.removeprefix(start), short
    if rest == "null":
        return Operator("null", False, False, quantifier)
    if_exists = rest.endswith("ifexists")
    rest = rest.removesuffix("ifexists")
    if rest in _COMPARE:
        return Operator(rest, False, if_exists, quantifier)
    positive = _NEGATED.get(rest)
    return Operator(positive, True, if_exists, quantifier) if positive else None


_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}

_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,2})?", re.ASCII)
_EPOCH = re.compile(r"\d{1,18}(\.\d{1,9})?", re.ASCII)
_MILLISECONDS = Decimal(10**11)  # from here on an epoch time is in milliseconds


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal | None:
    """Return the number that `text` is, else None."""
    return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None


@lru_cache(maxsize=1024)
def moment(text: str) -> Decimal | None:
    """Return the time that `text` is, in seconds since 1970: an ISO 8601 date or an epoch time; else None."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        value = Decimal(text)
        return value / 1000 if value >= _MILLISECONDS else value
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    when = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    passed = when - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(passed.days * 86400 + passed.seconds) + Decimal(passed.microseconds) / 1_000_000


@lru_cache(maxsize=1024)
def address(text: str) -> Address | None:
    """Return the IP address that `text` is, else None."""
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def network(text: str) -> Network | None:
    """Return the CIDR block that `text` is (an address alone is a block of one), else None."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _string_equals(parts: tuple[patterns.Token, ...], value: str) -> bool:
    return patterns.literal(parts) == value


def _string_equals_ignore_case(parts: tuple[patterns.Token, ...], value: str) -> bool:
    return patterns.literal(parts).lower() == value.lower()


def _arn_like(parts: tuple[patterns.Token, ...], value: str) -> bool:
    if parts == (patterns.Wild.ANY,):
        return True
    wanted: list[list[patterns.Token]] = [[]]
    for part in parts:
        if isinstance(part, patterns.Wild):
            wanted[-1].append(part)
            continue
        first, *others = part.split(":", 6 - len(wanted))
        wanted[-1].append(first)
        wanted.extend([piece] for piece in others)
    given = value.split(":", 5)
    return (
        len(wanted) == len(given) == 6
        and given[0] == "arn"
        and all(patterns.matches(tuple(p for p in w if p), g) for w, g in zip(wanted, given, strict=True))
    )


def _ip_address(parts: tuple[patterns.Token, ...], value: str) -> bool:
    block, given = network(patterns.literal(parts)), address(value)
    return block is not None and given is not None and given in block


def _ordered(
    parse: Callable[[str], Decimal | None], accept: Callable[[Decimal, Decimal], bool]
) -> Callable[[tuple[patterns.Token, ...], str], bool]:
    def compare(parts: tuple[patterns.Token, ...], value: str) -> bool:
        wanted, given = parse(patterns.literal(parts)), parse(value)
        return wanted is not None and given is not None and accept(given, wanted)

    return compare


_COMPARE: dict[str, Callable[[tuple[patterns.Token, ...], str], bool]] = {
    "stringequals": _string_equals,
    "stringequalsignorecase": _string_equals_ignore_case,
    "stringlike": patterns.matches,
    "arnequals": _arn_like,
    "arnlike": _arn_like,
    "bool": _string_equals_ignore_case,
    "binaryequals": _string_equals,
    "ipaddress": _ip_address,
    "numericequals": _ordered(number, lambda given, wanted: given == wanted),
    "numericlessthan": _ordered(number, lambda given, wanted: given < wanted),
    "numericlessthanequals": _ordered(number, lambda given, wanted: given <= wanted),
    "numericgreaterthan": _ordered(number, lambda given, wanted: given > wanted),
    "numericgreaterthanequals": _ordered(number, lambda given, wanted: given >= wanted),
    "dateequals": _ordered(moment, lambda given, wanted: given == wanted),
    "datelessthan": _ordered(moment, lambda given, wanted: given < wanted),
    "datelessthanequals": _ordered(moment, lambda given, wanted: given <= wanted),
    "dategreaterthan": _ordered(moment, lambda given, wanted: given > wanted),
    "dategreaterthanequals": _ordered(moment, lambda given, wanted: given >= wanted),
}
