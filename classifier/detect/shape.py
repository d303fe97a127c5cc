"""How long a match of an expression can be, and how far past it the expression looks.

Chunks have margins and searched stretches have ends, so an expression must be bounded. Python's parser is the
only one that knows; it has no public name (`re._parser`, CPython 3.11 to 3.14).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")
_UNBOUNDED = 1 << 30
_LOOKS = ("ASSERT", "ASSERT_NOT")
_AHEAD = 1
_NEIGHBOUR = 1  # a word boundary or an end looks at one byte


@dataclass(frozen=True, slots=True)
class Shape:
    """Bytes: the shortest and longest match, and those looked at after it; None where there is no bound."""

    shortest: int
    longest: int | None
    look_ahead: int | None


def shape_of(expression: str, flags: int) -> Shape:
    """Return the shape of an expression over bytes. Raises re.error when it does not compile."""
    tree = _PARSER.parse(expression.encode(), flags)
    shortest, longest = tree.getwidth()
    return Shape(int(shortest), _bounded(longest), _bounded(_look_ahead(tree) + _NEIGHBOUR))


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
