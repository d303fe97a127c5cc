"""What a column's values are like by themselves: how many differ, their forms, what numbers they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice, pairwise

from classifier.detect.columns.people import Test, Text

FILLERS = frozenset(
    (
        "",
        "-",
        "--",
        "n/a",
        "na",
        "nan",
        "nil",
        "none",
        "null",
        "\\n",
        "unknown",
        "undefined",
        "(null)",
        "#n/a",
        "?",
    )
)
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_DECIMAL = re.compile(
    r"[-+]?[$€£¥]?\s?-?\d{1,3}(?:[,.' ]?\d{3})*(?:[.,]\d+)?\s?(?:%|[$€£¥]|[A-Z]{3})?|[-+]?\d+(?:[.,]\d+)?"
)
_EXACT = re.compile(r"[-+]?\d{1,3}\.\d{3,}")
_UUID = re.compile(r"\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?|[0-9A-HJKMNP-TV-Z]{26}")
_HEX = re.compile(r"(?:0x)?[0-9a-f]{8,128}|(?:0x)?[0-9A-F]{8,128}")
_CODE = re.compile(r"[A-Za-z0-9+][A-Za-z0-9()+._/#:-]*(?: [A-Za-z0-9()]+){0,4}")
_DIGITS_AND_LETTERS = str.maketrans(
    "0123456789" + "abcdefghijklmnopqrstuvwxyz" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "9" * 10 + "a" * 26 + "A" * 26
)
ENOUGH = 8  # values from which their distribution says something
_NEARLY = 0.95
_MOST = 60  # values of a column that are looked at
_SPECIMEN = 40  # distinct values that word lists are asked about
_DIGEST_SIZES = frozenset((32, 40, 56, 64, 96, 128))
_EPOCHS = ((946_684_800, 2_208_988_800), (946_684_800_000, 2_208_988_800_000))  # 2000 to 2040, s and ms
_STEP = 1000  # mean distance of numbers that are given out one after the other


def _has_digits(value: str) -> bool:
    """Whether there are digits, as many as there may be in a code, where there are spaces."""
    digits = sum(map(str.isdigit, value))
    return digits > 0 and (" " not in value or digits >= 0.4 * sum(map(str.isalnum, value)))


class Profile:
    """The values of a column's sample that are no fillers, and what can be said of them."""

    def __init__(self, values: Sequence[str]) -> None:
        told = (value for value in values if value.casefold() not in FILLERS)
        self.values = tuple(islice(told, _MOST))
        self.distinct = tuple(dict.fromkeys(self.values))
        self._words: dict[Test, float] = {}

    @property
    def size(self) -> int:
        return len(self.values)

    @property
    def ratio(self) -> float:
        """The share of values that are no repetition."""
        return len(self.distinct) / self.size if self.size else 0.0

    def share(self, expression: re.Pattern[str]) -> float:
        """Return the share of values that the expression matches as a whole."""
        return sum(map(bool, map(expression.fullmatch, self.values))) / self.size if self.size else 0.0

    def fraction(self, test: Callable[[str], bool]) -> float:
        """Return the share of values that the test holds for."""
        return sum(map(test, self.values)) / self.size if self.size else 0.0

    def words(self, test: Test) -> float:
        """Return the share of the first distinct values that the test holds for; remembered."""
        if test not in self._words:
            self._words[test] = sum(map(test, self._texts)) / len(self._texts) if self._texts else 0.0
        return self._words[test]

    @cached_property
    def _texts(self) -> list[Text]:
        return [Text(value) for value in self.distinct[:_SPECIMEN]]

    @cached_property
    def shapes(self) -> dict[str, int]:
        """The forms of the values (digits as 9, letters as a and A), with how many have each."""
        counts: dict[str, int] = {}
        for value in self.values:
            shape = value.translate(_DIGITS_AND_LETTERS)
            counts[shape] = counts.get(shape, 0) + 1
        return counts

    @cached_property
    def is_code(self) -> bool:
        """Whether nearly all values are numbers or codes: of digits and letters in few words, no text."""
        return self.share(_CODE) >= _NEARLY and self.fraction(_has_digits) >= _NEARLY

    @cached_property
    def integers(self) -> tuple[int, ...]:
        """The values as whole numbers, in order; none where some are no such numbers."""
        if not self.size or self.share(_INTEGER) < 1:
            return ()
        return tuple(map(int, self.values))

    @cached_property
    def nature(self) -> tuple[str, str] | None:
        """What kind of nobody's data the values are by themselves, and why; None where nothing tells.

        A few values tell nothing, except where each of them is a UUID.
        """
        if self.size and self.share(_UUID) >= _NEARLY:
            return "uuid", "the values are universally unique identifiers"
        if self.size < ENOUGH:
            return None
        if self._is_digest():
            return "digest", "the values are hexadecimal, of the length of a hash"
        numbers = self.integers
        if numbers and self._is_sequence(numbers):
            return "sequence", "the values are whole numbers that go up in small steps"
        if numbers and any(low <= min(numbers) and max(numbers) < high for low, high in _EPOCHS):
            return "epoch", "the values are seconds or milliseconds since 1970, of the years 2000 to 2040"
        if not numbers and self.share(_EXACT) >= _NEARLY:
            return "coordinate", "the values are numbers with three decimals or more"
        if (
            not numbers
            and self.share(_DECIMAL) >= _NEARLY
            and any(not value.isdigit() for value in self.values)
        ):
            return self._amount()
        return None

    def _amount(self) -> tuple[str, str] | None:
        points = sum("." in value or "," in value for value in self.values)
        return ("amount", "the values are numbers with decimals") if points >= self.size / 2 else None

    def _is_digest(self) -> bool:
        if self.share(_HEX) < _NEARLY or len({len(value) for value in self.values}) > 1:
            return False
        size = len(self.values[0].removeprefix("0x"))
        letters = sum(any(map(str.isalpha, value.removeprefix("0x"))) for value in self.values)
        return letters >= 0.8 * self.size and (size in _DIGEST_SIZES or size >= 16)

    def _is_sequence(self, numbers: Sequence[int]) -> bool:
        steps = [after - before for before, after in pairwise(numbers)]
        up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
        if max(up, down) < _NEARLY * len(steps):
            return False
        return abs(numbers[-1] - numbers[0]) <= _STEP * len(steps)
