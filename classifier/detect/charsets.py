"""Sets of characters: as Amazon Macie's expressions name them, their complements, in both cases."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Code points, in order and apart: first and last of each stretch."""

LAST = sys.maxunicode
_FEW = 512  # characters of a set beyond ASCII up to which each is taken in its other case


def union(parts: Iterable[tuple[int, int]]) -> Ranges:
    """Return the code points of any stretches."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(parts):
        if found and low <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(high, found[-1][1])
        else:
            found.append((low, high))
    return tuple(found)


def others(ranges: Ranges) -> Ranges:
    """Return the code points that are not among them."""
    found, at = [], 0
    for low, high in ranges:
        if at < low:
            found.append((at, low - 1))
        at = high + 1
    if at <= LAST:
        found.append((at, LAST))
    return tuple(found)


def of(text: str) -> Ranges:
    """Return the characters of a text."""
    return union((ord(char), ord(char)) for char in text)


_DIGIT: Ranges = ((48, 57),)
_UPPER: Ranges = ((65, 90),)
_LOWER: Ranges = ((97, 122),)
_WORD = union((*_DIGIT, *_UPPER, *_LOWER, (95, 95)))
_SPACE = of(" \t\n\v\f\r")
_ACROSS = of(
    "\t \xa0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_DOWN = of("\n\v\f\r\x85\u2028\u2029")
SETS = {
    "d": _DIGIT, "D": others(_DIGIT), "w": _WORD, "W": others(_WORD), "s": _SPACE, "S": others(_SPACE),
    "h": _ACROSS, "H": others(_ACROSS), "v": _DOWN, "V": others(_DOWN), "N": others(of("\n")),
}  # fmt: skip
NAMED = {
    "alpha": union((*_UPPER, *_LOWER)),
    "digit": _DIGIT,
    "alnum": union((*_DIGIT, *_UPPER, *_LOWER)),
    "upper": _UPPER,
    "lower": _LOWER,
    "space": _SPACE,
    "blank": of(" \t"),
    "word": _WORD,
    "punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "xdigit": union((*_DIGIT, (65, 70), (97, 102))),
    "cntrl": ((0, 31), (127, 127)),
    "graph": ((33, 126),),
    "print": ((32, 126),),
    "ascii": ((0, 127),),
}


def both_cases(ranges: Ranges) -> Ranges:
    """Return the characters with those that differ from them in case only."""
    found = list(ranges)
    if sum(high - max(low, 128) + 1 for low, high in ranges if high >= 128) > _FEW:
        ranges = tuple((low, min(high, 127)) for low, high in ranges if low < 128)
    for low, high in ranges:
        for code in range(low, high + 1):
            cases = (chr(code).lower(), chr(code).upper())
            found += ((ord(case), ord(case)) for case in cases if len(case) == 1)
    return union(found)


@lru_cache(maxsize=64)
def category(name: str) -> Ranges:
    """Return the characters of a general category (Unicode Standard, chapter 4.5), () if there is none."""
    found, at = [], 0
    for kind, group in groupby(unicodedata.category(chr(code)) for code in range(LAST + 1)):
        size = sum(1 for _ in group)
        if kind.startswith(name):
            found.append((at, at + size - 1))
        at += size
    return union(found)
