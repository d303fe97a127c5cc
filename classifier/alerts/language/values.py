"""What a field is compared with: one value of a rule, compiled. Terms and wildcards are Sigma's.

Source: the Sigma specification, https://github.com/SigmaHQ/sigma-specification (rules and modifiers, 2.0).
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from typing import TypeAlias

from classifier.alerts.language.fields import text_of
from classifier.detect.linear import LinearPattern, TooLargeError
from classifier.model import JSON

LONGEST_EXPRESSION = 512  # characters
LONGEST_SEARCHED = 4096  # bytes of a value that an expression looks at
MOST_WILDCARDS = 16
Lists: TypeAlias = Mapping[str, Container[str]]
Test: TypeAlias = Callable[[JSON], bool]

_WILD, _ONE = object(), object()
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def equals(expected: JSON, *, cased: bool) -> Test:
    """Return the test for a value as it stands: in a text `*` and `?` are wildcards, case does not count."""
    if isinstance(expected, bool):
        return lambda value: value is expected or text_of(value).lower() == text_of(expected)
    if isinstance(expected, int | float):
        return lambda value: _number(value) == float(expected)
    return _glob(_tokens(str(expected)), cased)


def literal(expected: JSON) -> str | None:
    """Return the one text that meets `equals(expected)`, folded; None where several do."""
    if isinstance(expected, bool):
        return text_of(expected)
    if not isinstance(expected, str):
        return None
    tokens = _tokens(expected)
    return _joined(tokens).casefold() if all(isinstance(token, str) for token in tokens) else None


def around(expected: JSON, *, before: bool, after: bool, cased: bool) -> Test:
    """Return the test for a part of a text: anything may stand `before` and `after` it."""
    tokens = _tokens(text_of(expected))
    return _glob([_WILD] * before + tokens + [_WILD] * after, cased)


def expression(text: JSON, *, ignore_case: bool) -> Test:
    """Return the test of a regular expression, which may match anywhere in a text.

    It is run in time that grows with the text alone, over the first 4,096 bytes. Raises ValueError for one
    that is too long, matches the empty text, or has groups that are referred to or look around.
    """
    if not isinstance(text, str):
        raise ValueError("an expression is a text")
    if len(text) > LONGEST_EXPRESSION:
        raise ValueError(f"an expression has at most {LONGEST_EXPRESSION} characters")
    try:
        if re.compile(text).fullmatch("") is not None:
            raise ValueError(f"{text!r} matches the empty text, hence everything")
        inner = text.encode()
        pattern = LinearPattern(
            b"(?s:.*?)(?:" + inner + b")", re.IGNORECASE if ignore_case else 0, LONGEST_SEARCHED
        )
    except TooLargeError:
        raise ValueError(
            f"{text!r} is too large, or has what takes more than linear time (look-around, back-references)"
        ) from None
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None

    def search(value: JSON) -> bool:
        searched = text_of(value).encode("utf-8", "replace")[:LONGEST_SEARCHED]
        return pattern.match(searched) is not None

    return search


def network(text: JSON) -> Test:
    """Return the test for an address in a network, IPv4 or IPv6. Raises ValueError when it is none."""
    wanted = ipaddress.ip_network(str(text), strict=False)

    def inside(value: JSON) -> bool:
        address = _address(text_of(value))
        return address is not None and address.version == wanted.version and address in wanted

    return inside


def compares(name: str, expected: JSON) -> Test:
    """Return the test of gt, gte, lt or lte. Raises ValueError when `expected` is no number."""
    if isinstance(expected, bool) or not isinstance(expected, int | float):
        raise ValueError(f"{name} takes a number")
    compare, bound = _COMPARE[name], float(expected)

    def holds(value: JSON) -> bool:
        number = _number(value)
        return number is not None and compare(number, bound)

    return holds


COMPARISONS = frozenset(_COMPARE)


def _number(value: JSON) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _tokens(text: str) -> list[object]:
    """Return the stretches and wildcards of a text; a backslash takes the next `*`, `?` or `\\` as is."""
    tokens: list[object] = []
    plain: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char == "\\" and text[at + 1 : at + 2] in ("*", "?", "\\"):
            at += 1
            plain.append(text[at])
        elif char in "*?":
            if plain:
                tokens.append("".join(plain))
                plain.clear()
            tokens.append(_WILD if char == "*" else _ONE)
        else:
            plain.append(char)
        at += 1
    if plain or not tokens:
        tokens.append("".join(plain))
    if len(tokens) > 2 * MOST_WILDCARDS:
        raise ValueError(f"a value has at most {MOST_WILDCARDS} wildcards")
    return tokens


def _joined(tokens: list[object]) -> str:
    return "".join(token for token in tokens if isinstance(token, str))


def _glob(tokens: list[object], cased: bool) -> Test:
    """Return the test of a text with wildcards; the plain cases without an expression."""
    fold = (lambda text: text) if cased else str.casefold
    kinds = tuple("*" if t is _WILD else "?" if t is _ONE else "a" for t in tokens)
    wanted = fold(_joined(tokens))
    if kinds == ("a",):
        return lambda value: fold(text_of(value)) == wanted
    if kinds == ("*", "a", "*"):
        return lambda value: wanted in fold(text_of(value))
    if kinds == ("a", "*"):
        return lambda value: fold(text_of(value)).startswith(wanted)
    if kinds == ("*", "a"):
        return lambda value: fold(text_of(value)).endswith(wanted)
    pattern = _pattern(tokens, fold)
    return lambda value: pattern.fullmatch(fold(text_of(value))) is not None


def _pattern(tokens: list[object], fold: Callable[[str], str]) -> re.Pattern[str]:
    """Return an expression that never backtracks: between two stars the leftmost place is as good as any."""
    stretches = [""]
    for token in tokens:
        if token is _WILD:
            stretches.append("")
        else:
            stretches[-1] += "." if token is _ONE else re.escape(fold(str(token)))
    first, *rest = stretches
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)
