"""How much a number is to be believed: from how often a random one would pass for it.

A random value is one of the same shape: other digits where a match has digits, other letters of the same case
where it has letters, the same separators. What a check lets through of those is its pass rate; a value that
passes is believed by Bayes' rule, from what is likely before it is looked at.
"""

from __future__ import annotations

import importlib
import math
import random
import re
from collections.abc import Sequence
from typing import Any

from classifier.detect.detector import Detector
from classifier.detect.shape import bytes_of

_PARSER: Any = importlib.import_module("re._parser")
VERIFYING = 0.03
"""A check that lets through more than this share of random values verifies nothing by itself."""
BARE, NAMED = 0.05, 0.7
"""How likely a value of the shape is the thing, where nothing says so, and where a keyword does."""
MOST = 0.99
_DIGITS, _LOWER, _UPPER = b"0123456789", b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_REPEATS = 8  # times more than the least that an open repeat is tried with


def believed(pass_rate: float, *, keyword: bool) -> float:
    """Return how likely a value that passed is the thing: 0 to MOST, rounded to two places."""
    before = NAMED if keyword else BARE
    return round(min(MOST, before / (before + (1 - before) * pass_rate)), 2)


def deviation(pass_rate: float, values: int) -> float:
    """Return how far the share of so many random values may be from the pass rate: five deviations."""
    return 5 * math.sqrt(pass_rate * (1 - pass_rate) / values) + 5 / values


def measured(detector: Detector, values: int = 20_000, seed: int = 1) -> float:
    """Return the share of random values of the shape of its matches that the detector takes for matches.

    `values` are tried, the same ones for the same `seed`. Keywords and neighbours are not looked at.
    Raises ValueError for a detector without an expression, and one of which no match can be made up.
    """
    if detector.exact is None:
        raise ValueError(f"{detector.id} has no expression")
    flags = re.IGNORECASE if detector.caseless else 0
    tree = list(_PARSER.parse(detector.exact.encode(), flags))
    exact = re.compile(detector.exact.encode(), flags)
    chooser = random.Random(seed)  # noqa: S311 - no secret is made of it
    passed = tried = 0
    for _ in range(10 * values):
        text = _made(tree, chooser, {}, caseless=detector.caseless)
        made = exact.fullmatch(text)
        if made is None:  # a look-around has refused it: no match has this shape
            continue
        tried += 1
        first, last = made.span("value" if "value" in exact.groupindex else 0)
        passed += _passes(detector, exact, text[:first] + _varied(text[first:last], chooser) + text[last:])
        if tried == values:
            return passed / values
    raise ValueError(f"{detector.id}: of its expression too few matches can be made up")


def _passes(detector: Detector, exact: re.Pattern[bytes], text: bytes) -> bool:
    match = exact.fullmatch(text)
    if match is None:
        return False
    value = match["value"] if "value" in exact.groupindex else match[0]
    if value is None or any(re.search(deny.encode(), value) for deny in detector.deny):
        return False
    return detector.validator is None or detector.validator(value)


def _varied(text: bytes, chooser: random.Random) -> bytes:
    """Return the text with other digits, and other letters of the same case."""
    return bytes(
        next((chooser.choice(kind) for kind in (_DIGITS, _LOWER, _UPPER) if byte in kind), byte)
        for byte in text
    )


def _made(tree: Sequence[Any], chooser: random.Random, groups: dict[int, bytes], *, caseless: bool) -> bytes:
    """Return a string that the expression may match, made up at random; look-arounds are not looked at."""
    made = bytearray()
    for operator, argument in tree:
        kind = str(operator)
        if kind in ("ASSERT", "ASSERT_NOT", "AT"):
            continue
        if kind == "SUBPATTERN":
            number, _, _, inner = argument
            piece = _made(list(inner), chooser, groups, caseless=caseless)
            if number is not None:
                groups[number] = piece
            made += piece
        elif kind == "ATOMIC_GROUP":
            made += _made(list(argument), chooser, groups, caseless=caseless)
        elif kind == "BRANCH":
            made += _made(list(chooser.choice(argument[1])), chooser, groups, caseless=caseless)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = argument
            for _ in range(chooser.randint(least, min(most, least + _REPEATS))):
                made += _made(list(inner), chooser, groups, caseless=caseless)
        elif kind == "GROUPREF":
            made += groups.get(argument, b"")
        elif kind == "GROUPREF_EXISTS":
            number, there, missing = argument
            made += _made(
                list(there if number in groups else missing or ()), chooser, groups, caseless=caseless
            )
        else:
            made.append(chooser.choice(sorted(bytes_of(kind, argument, caseless=caseless))))
    return bytes(made)
