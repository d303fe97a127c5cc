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
_KIND = {byte: kind for kind in (_DIGITS, _LOWER, _UPPER) for byte in kind}
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
    maker = _Maker(chooser, caseless=detector.caseless)
    passed = tried = 0
    for _ in range(10 * values):
        text = maker.made(tree)
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
    return bytes(chooser.choice(_KIND[byte]) if byte in _KIND else byte for byte in text)


class _Maker:
    """Makes up strings that an expression may match, at random; look-arounds are not looked at."""

    def __init__(self, chooser: random.Random, *, caseless: bool) -> None:
        self._chooser = chooser
        self._caseless = caseless
        self._groups: dict[int, bytes] = {}
        self._choices: dict[int, list[int]] = {}  # by the identity of a parse tree's item

    def made(self, tree: Sequence[Any]) -> bytes:
        """Return a string for a parse tree, which the caller keeps."""
        self._groups.clear()
        return self._sequence(tree)

    def _sequence(self, tree: Sequence[Any]) -> bytes:
        return b"".join(self._item(item) for item in tree)

    def _item(self, item: Any) -> bytes:
        kind, argument = str(item[0]), item[1]
        match kind:
            case "ASSERT" | "ASSERT_NOT" | "AT":
                return b""
            case "SUBPATTERN":
                number, _, _, inner = argument
                piece = self._sequence(inner)
                if number is not None:
                    self._groups[number] = piece
                return piece
            case "ATOMIC_GROUP":
                return self._sequence(argument)
            case "BRANCH":
                return self._sequence(self._chooser.choice(argument[1]))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = argument
                times = self._chooser.randint(least, min(most, least + _REPEATS))
                return b"".join(self._sequence(inner) for _ in range(times))
            case "GROUPREF":
                return self._groups.get(argument, b"")
            case "GROUPREF_EXISTS":
                number, there, missing = argument
                return self._sequence(there if number in self._groups else missing or ())
        if (choices := self._choices.get(id(item))) is None:
            choices = sorted(bytes_of(kind, argument, caseless=self._caseless))
            self._choices[id(item)] = choices
        return bytes((self._chooser.choice(choices),))
