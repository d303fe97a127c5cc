"""Digits and letters of a value without what separates them, and the check digits that many numbers share."""

from __future__ import annotations

from collections.abc import Sequence

_DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NOT_DIGITS = bytes(set(range(256)) - set(_DIGITS))
_NOT_ALNUM = bytes(set(_NOT_DIGITS) - set(_LETTERS + _LETTERS.lower()))
# Digit → the digit sum of its double, as ISO/IEC 7812-1 counts every second digit.
_DOUBLED = bytes.maketrans(_DIGITS, b"0246813579")


def digits(value: bytes) -> str:
    """Return the digits of a value, without anything else."""
    return value.translate(None, _NOT_DIGITS).decode("ascii")


def alnum(value: bytes) -> str:
    """Return the digits and letters of a value, in capitals."""
    return value.translate(None, _NOT_ALNUM).decode("ascii").upper()


def repeats_one(text: str) -> bool:
    """Return whether all characters are the same."""
    return text == text[:1] * len(text)


def luhn_holds(number: str) -> bool:
    """Return whether the digits obey ISO/IEC 7812-1, annex B."""
    text = number.encode("ascii")
    total = sum(text[::-2] + text[-2::-2].translate(_DOUBLED)) - ord("0") * len(text)
    return total % 10 == 0


def weighted(number: str, weights: Sequence[int]) -> int:
    """Return the sum of each digit times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


LONG_RUN = 7
"""Digits that count, from which on it is no chance."""
COUNTED = 20
"""Digits up to which it is looked whether they count."""
_RUNS = ("01234567890123456789", "98765432109876543210")


def is_filler(number: str) -> bool:
    """Return whether the digits are one again and again, or count up or down: what stands in for a number."""
    return repeats_one(number) or (len(number) >= LONG_RUN and any(number in run for run in _RUNS))
