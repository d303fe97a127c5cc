"""Text with wildcards and policy variables, as IAM reads it.

Only `*` (any run of characters) and `?` (any one character) are wildcards; `${*}`, `${?}` and `${$}` are
those characters themselves; `${key}` and `${key, 'default'}` are policy variables, in Version 2012-10-17
only. What a variable stands for is never a wildcard.

Source: IAM User Guide, "IAM policy elements: Variables and tags" and "Condition operators".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from typing import TypeAlias


class Wild(Enum):
    """A wildcard in a pattern."""

    ANY = "*"
    ONE = "?"


Token: TypeAlias = "str | Wild"  # noqa: S105 - a lexer's token
Lookup: TypeAlias = Callable[[str], "str | None"]  # lower-case context key → its single value

FILLER = "classifier-probe"  # what a wildcard is filled with when a concrete value is wanted

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAMED = re.compile(r"\s*([^\s,']+)\s*(?:,\s*'([^']*)'\s*)?")
_LITERAL = {"*", "?", "$"}


def variables(text: str) -> Iterable[str]:
    """Yield the context keys that the variables in `text` read, as they are spelled."""
    for match in _VARIABLE.finditer(text):
        if match[1] not in _LITERAL and (named := _NAMED.fullmatch(match[1])):
            yield named[1]


def fixed(text: str) -> bool:
    """Whether `text` has neither wildcard nor variable: what S3 calls a fixed value."""
    return not ("*" in text or "?" in text or "${" in text)


def tokens(text: str, lookup: Lookup | None) -> tuple[Token, ...] | None:
    """Return `text` as literals and wildcards; None when a variable has no value and no default.

    With `lookup` None variables are not supported and stand for themselves.
    """
    if lookup is None or "${" not in text:
        return plain(text)
    out: list[Token] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        out.extend(plain(text[end : match.start()]))
        end = match.end()
        if match[1] in _LITERAL:
            out.append(match[1])
            continue
        named = _NAMED.fullmatch(match[1])
        value = lookup(named[1].lower()) if named else None
        if value is None and named:
            value = named[2]
        if value is None:
            return None
        out.append(value)
    out.extend(plain(text[end:]))
    return tuple(out)


@lru_cache(maxsize=8192)
def plain(text: str) -> tuple[Token, ...]:
    """Return `text`, in which variables are nothing special, as literals and wildcards."""
    return tuple(Wild(part) if part in ("*", "?") else part for part in re.split(r"([*?])", text) if part)


def literal(parts: tuple[Token, ...]) -> str:
    """Return the pattern as plain text, its wildcards taken literally (StringEquals)."""
    return "".join(part.value if isinstance(part, Wild) else part for part in parts)


def matches(parts: tuple[Token, ...], value: str) -> bool:
    """Whether `value` as a whole fits the pattern; time grows with the product of the lengths at most."""
    return bool(_compiled(parts)(value))


def fits(text: str, value: str) -> bool:
    """Whether `value` fits the pattern `text`, which has no variables."""
    return bool(_fitting(text)(value))


@lru_cache(maxsize=8192)
def _fitting(text: str) -> Callable[[str], object]:
    return _compiled(plain(text))


@lru_cache(maxsize=4096)
def _compiled(parts: tuple[Token, ...]) -> Callable[[str], object]:
    """Return what tells, by the truth of what it returns, whether a value fits."""
    start = "".join(part for part in parts if isinstance(part, str))
    match [part for part in parts if isinstance(part, Wild)]:
        case []:
            return start.__eq__
        case [Wild.ANY] if parts[-1] is Wild.ANY:
            return lambda value: value.startswith(start)
    # Between two stars the leftmost place is as good as any: each stretch is atomic, nothing backtracks.
    stretches = [""]
    for part in parts:
        if part is Wild.ANY:
            stretches.append("")
        else:
            stretches[-1] += "." if part is Wild.ONE else re.escape(str(part))
    first, *rest = stretches
    if not rest:
        return re.compile(first, re.DOTALL).fullmatch
    middle = "".join(f"(?>.*?{stretch})" for stretch in rest[:-1] if stretch)
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL).fullmatch


def fill(text: str, lookup: Lookup, filler: str = FILLER) -> str:
    """Return a value that fits the pattern `text`: wildcards and unknown variables filled."""
    parts = tokens(text, lambda key: lookup(key) or filler) or ()
    return "".join(filler if part is Wild.ANY else "x" if part is Wild.ONE else str(part) for part in parts)


def prefix(text: str) -> str:
    """Return the text before the first wildcard or variable."""
    return re.split(r"[*?]|\$\{", text, maxsplit=1)[0]
