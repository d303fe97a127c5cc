"""How long a match of an expression can be, how far past it the expression looks, and which bytes are in it.

Chunks have margins and searched stretches have ends, so an expression must be bounded. Python's parser is the
only one that knows; it has no public name (`re._parser`, CPython 3.11 to 3.14).
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")
_UNBOUNDED = 1 << 30
_LOOKS = ("ASSERT", "ASSERT_NOT")
_LOOKS_AHEAD = ("(?=", "(?!")
_AHEAD = 1
_NEIGHBOUR = 1  # a word boundary or an end looks at one byte
_ALL = frozenset(range(256))
_CATEGORIES = {
    "CATEGORY_DIGIT": rb"\d",
    "CATEGORY_NOT_DIGIT": rb"\D",
    "CATEGORY_SPACE": rb"\s",
    "CATEGORY_NOT_SPACE": rb"\S",
    "CATEGORY_WORD": rb"\w",
    "CATEGORY_NOT_WORD": rb"\W",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Bytes: the shortest and longest match, and those looked at after it; None where there is no bound."""

    shortest: int
    longest: int | None
    look_ahead: int | None


def shape_in_parts(parts: Sequence[str], flags: int) -> Shape:
    """Return the shape of the expressions one after the other; none of them has alternatives of its own.

    Parsing takes long, and derived expressions are mostly alike. Raises re.error.
    """
    shapes = [shape_of(part, flags) for part in parts]
    return Shape(
        sum(shape.shortest for shape in shapes),
        _sum([shape.longest for shape in shapes]),
        _most([shape.look_ahead for shape in shapes]),
    )


def _sum(widths: Sequence[int | None]) -> int | None:
    known = [width for width in widths if width is not None]
    return sum(known) if len(known) == len(widths) else None


def _most(widths: Sequence[int | None]) -> int | None:
    known = [width for width in widths if width is not None]
    return max(known) if len(known) == len(widths) else None


@lru_cache(maxsize=4096)
def shape_of(expression: str, flags: int) -> Shape:
    """Return the shape of an expression over bytes. Raises re.error when it does not compile."""
    tree = _PARSER.parse(expression.encode(), flags)
    shortest, longest = tree.getwidth()
    ahead = _look_ahead(tree) if any(look in expression for look in _LOOKS_AHEAD) else 0
    return Shape(int(shortest), _bounded(longest), _bounded(ahead + _NEIGHBOUR))


def _bounded(width: int) -> int | None:
    return int(width) if width < _UNBOUNDED else None


def _look_ahead(item: Any) -> int:
    """Return the most bytes that any look-ahead in a parse tree looks at, with those inside it."""
    if isinstance(item, _PARSER.SubPattern):
        most = 0
        for operation, argument in item.data:
            width = _look_ahead(argument)
            if str(operation) in _LOOKS and argument[0] == _AHEAD:
                width += int(argument[1].getwidth()[1])
            most = max(most, width)
        return most
    return max(map(_look_ahead, item), default=0) if isinstance(item, (list, tuple)) else 0


def bytes_of(operation: str, argument: Any, *, caseless: bool) -> frozenset[int]:
    """Return the bytes that one element of a parse tree (a literal, a class, any) stands for."""
    if operation == "IN":
        found = _class(argument)
    elif operation == "ANY":
        found = _ALL - {ord("\n")}
    else:
        found = frozenset((argument,))
        if caseless:
            found |= frozenset(bytes(found).swapcase())
        return _ALL - found if operation == "NOT_LITERAL" else found
    return found | frozenset(bytes(found).swapcase()) if caseless else found


def alphabet_of(expression: str, flags: int) -> frozenset[int]:
    """Return the bytes that matches of an expression over bytes are made of; it may name too many.

    What look-arounds look at is no part of a match. Raises re.error when the expression does not compile.
    """
    return consumed(_PARSER.parse(expression.encode(), flags))


def consumed(tree: Any) -> frozenset[int]:
    """Return the bytes that matches of a parse tree are made of, as `alphabet_of` does."""
    found = _alphabet(tree)
    return found.union(bytes(found).swapcase())


def _alphabet(tree: Any) -> frozenset[int]:
    """Return the bytes that a parse tree consumes, letters in the case they are written in."""
    return frozenset().union(*(_consumed(str(operation), argument) for operation, argument in tree))


def _consumed(operation: str, argument: Any) -> frozenset[int]:
    match operation:
        case "LITERAL":
            return frozenset((argument,))
        case "IN":
            return _class(argument)
        case "BRANCH":
            return frozenset().union(*map(_alphabet, argument[1]))
        case "SUBPATTERN" | "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _alphabet(argument[-1])
        case "ATOMIC_GROUP":
            return _alphabet(argument)
        case "GROUPREF_EXISTS":
            return frozenset().union(*(_alphabet(branch) for branch in argument[1:] if branch is not None))
        case "GROUPREF" | "AT" | "ASSERT" | "ASSERT_NOT" | "FAILURE":
            return frozenset()
    return _ALL


def _class(members: Any) -> frozenset[int]:
    """Return the bytes of a character class."""
    found: set[int] = set()
    negated = False
    for operation, argument in members:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found.add(argument)
            case "RANGE":
                found.update(range(argument[0], argument[1] + 1))
            case "CATEGORY":
                found |= _category(str(argument))
            case _:
                return _ALL
    return _ALL - found if negated else frozenset(found)


@cache
def _category(name: str) -> frozenset[int]:
    expression = re.compile(_CATEGORIES[name])
    return frozenset(byte for byte in _ALL if expression.match(bytes((byte,))))
