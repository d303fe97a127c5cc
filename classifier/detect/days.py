"""Days and years as numbers of persons hold them, and what the characters of a code count for."""

from __future__ import annotations

from collections.abc import Sequence

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIRST_YEAR, LAST_YEAR = 1900, 2030


def is_day(month: str, day: str) -> bool:
    """Return whether a year can have the day: two digits of each."""
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _MONTH_DAYS[int(month) - 1]


def is_year(year: str) -> bool:
    """Return whether people who live may be born, or a paper issued, in the year of four digits."""
    return _FIRST_YEAR <= int(year) <= LAST_YEAR


def values_of(text: str) -> list[int]:
    """Return what ICAO and others count a character as: digits as they are, A as 10 to Z as 35."""
    return [int(char, 36) for char in text]


def dot(values: Sequence[int], weights: Sequence[int]) -> int:
    """Return the sum of each value times its weight."""
    return sum(value * weight for value, weight in zip(values, weights, strict=True))
