"""Checks of `validators` for thousands of values at once: numpy's, with the same answers.

Each takes values of one length whose digits stand at the same places, a row each, and says of each row what
the check of the same name says of the value. A validator without one is asked value by value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect.automaton import Deterministic, Nfa, add_exactly
from classifier.detect.detector import Normalize, Validator
from classifier.detect.device_validators import SPECIAL_IPV4
from classifier.detect.digits import COUNTED, LONG_RUN
from classifier.detect.mask import normalised
from classifier.detect.phone_validators import DATE_LENGTHS, DATE_ORDERS, FEWEST, LONGEST, MOST, UK_DRAMA
from classifier.detect.registries import NORTH_AMERICA, Numbers, iban_structure, plan_regions
from classifier.detect.shapes import Rows
from classifier.detect.validators import CARD_ISSUERS, SSN_ADVERTISED, VALIDATORS

Flags: TypeAlias = NDArray[np.bool_]
Check: TypeAlias = Callable[[Rows], "Flags | None"]

_FEW = 2  # different digits, of which no telephone number is made
_NATIONAL = 10  # digits of a number of the North American plan
_CLEARING, _ACCOUNT = 8, 10  # digits of a Bankleitzahl and an account number
_SAFE = (1 << 63) // 200  # what a number may be before it takes in two more digits
_ZERO, _A, _LOWER, _DOT = np.uint8(ord("0")), np.uint8(ord("A")), np.uint8(0xDF), np.uint8(ord("."))


class Languages:
    """Exact expressions without look-around, read side by side over many values of one length."""

    def __init__(self, expressions: Sequence[str]) -> None:
        """Take expressions; each is called by its position."""
        nfa = Nfa()
        firsts = [add_exactly(nfa, number, expression) for number, expression in enumerate(expressions)]
        self._classes, examples = nfa.classes()
        self._reader = Deterministic(nfa, examples)
        self._initial = self._reader.number(nfa.closure(firsts))

    def of(self, values: Rows) -> tuple[NDArray[np.intp], list[frozenset[int]]]:
        """Return for each value the number of the set of expressions that match it whole, and the sets."""
        kinds = np.frombuffer(values.tobytes().translate(self._classes), np.uint8).reshape(values.shape)
        states = np.full(len(values), self._initial, dtype=np.int32)
        for column in range(values.shape[1]):
            states, _ = self._reader.step(states, np.ascontiguousarray(kinds[:, column]))
        distinct, numbers = np.unique(states, return_inverse=True)
        return numbers, [self._reader.owners_at(state) for state in distinct.tolist()]


def believed(name: str, validator: Validator, values: Rows) -> Flags:
    """Return for each value what the validator of this name says of it. What it raises is raised."""
    check = PADDED.get(name) or CHECKS.get(name)
    answer = None if check is None else check(values)
    if answer is not None:
        return answer
    width = values.shape[1]
    text = values.tobytes()
    each = (text[at : at + width].rstrip(b"\0") for at in range(0, len(text), width))
    answers = (bool(validator(value)) for value in each)
    return np.fromiter(answers, dtype=np.bool_, count=len(values))


def listed(texts: frozenset[bytes], how: Normalize, values: Rows) -> Flags:
    """Return for each value whether it is one of the texts, both in the spelling that `how` makes of them."""
    if not texts:
        return np.zeros(len(values), dtype=np.bool_)
    rows: Rows | None = values
    if how == "digits" and (rows := _digits(values)) is not None:
        rows = rows + _ZERO
    elif how != "none":
        return np.array([normalised(value.tobytes(), how) in texts for value in values], dtype=np.bool_)
    width = 0 if rows is None else rows.shape[1]
    alike = [text for text in texts if len(text) == width]
    if rows is None or not alike:
        return np.zeros(len(values), dtype=np.bool_)
    known = np.frombuffer(b"".join(alike), np.uint8).reshape(-1, width)
    tails = np.unique(_tail(known))
    at = np.minimum(np.searchsorted(tails, _tail(rows)), len(tails) - 1)
    likely = np.flatnonzero(tails[at] == _tail(rows))
    found = np.zeros(len(values), dtype=np.bool_)
    found[likely] = [row.tobytes() in texts for row in rows[likely]]
    return found


def _tail(rows: Rows) -> NDArray[np.uint64]:
    """Return the last bytes of each row as one number."""
    tails = np.zeros((len(rows), 8), dtype=np.uint8)
    width = min(8, rows.shape[1])
    tails[:, :width] = rows[:, rows.shape[1] - width :]
    return tails.view(np.uint64).ravel()


def _digits(values: Rows) -> Rows | None:
    """Return the digits of the values as numbers; None where they stand at other places in some."""
    digit = (values - _ZERO) < 10
    if not (digit == digit[0]).all():
        return None
    return values[:, digit[0]] - _ZERO


def _number(digits: Rows) -> NDArray[np.int64]:
    number = np.zeros(len(digits), dtype=np.int64)
    for column in range(digits.shape[1]):
        number = number * 10 + digits[:, column]
    return number


def _kinds_of_digits(digits: Rows) -> NDArray[np.int64]:
    """Return how many different digits each number has."""
    seen = np.zeros(len(digits), dtype=np.int64)
    for column in range(digits.shape[1]):
        seen |= np.int64(1) << digits[:, column].astype(np.int64)
    return np.bitwise_count(seen).astype(np.int64)


def _luhn(digits: Rows) -> Flags:
    doubled = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9], dtype=np.uint8)
    total = digits[:, ::-2].sum(axis=1, dtype=np.int64)
    total += doubled[digits[:, -2::-2]].sum(axis=1, dtype=np.int64)
    passed: Flags = total % 10 == 0
    return passed


@cache
def _card_prefixes(length: int) -> Flags:
    """Return for each first four digits whether cards that begin with them have this length."""
    issued = np.zeros(10_000, dtype=np.bool_)
    for _, prefixes, lengths in CARD_ISSUERS:
        if length in lengths:
            issued[prefixes.start : prefixes.stop] = True
    return issued


def _payment_card(values: Rows) -> Flags | None:
    digits = _digits(values)
    if digits is None:
        return None
    if digits.shape[1] < 13:
        return np.zeros(len(values), dtype=np.bool_)
    issued = _card_prefixes(digits.shape[1])[_number(digits[:, :4])]
    valid: Flags = issued & _luhn(digits) & (_kinds_of_digits(digits) > 2)
    return valid


def _us_ssn(values: Rows) -> Flags | None:
    digits = _digits(values)
    if digits is None:
        return None
    if digits.shape[1] != 9:
        return np.zeros(len(values), dtype=np.bool_)
    number = _number(digits)
    area, group, serial = number // 1_000_000, number // 10_000 % 100, number % 10_000
    usable: Flags = (area != 0) & (area != 666) & (area < 900) & (group != 0) & (serial != 0)
    advertised = np.isin(number, [int(one) for one in SSN_ADVERTISED])
    return usable & ~advertised & (_kinds_of_digits(digits) > 1)


class _Plan:
    """What is a valid number of a national plan, as `registries.national_number` decides it."""

    def __init__(self, code: str, length: int) -> None:
        """Take the calling code, and how many digits the numbers have."""
        self._length = length
        self._regions = plan_regions(code)
        self._expressions = [f"(?:{region.claim or ''})[0-9]{{0,{length}}}" for region in self._regions]
        self._general = [self._add(region.general) for region in self._regions]
        self._kinds = [frozenset(map(self._add, region.kinds)) - {-1} for region in self._regions]
        self._languages = Languages(self._expressions)

    def _add(self, numbers: Numbers | None) -> int:
        """Return the number of the expression of such numbers of the length, -1 where there are none."""
        if numbers is None or (numbers.lengths and self._length not in numbers.lengths):
            return -1
        self._expressions.append(numbers.pattern)
        return len(self._expressions) - 1

    def valid(self, digits: Rows) -> Flags:
        """Return for each number whether it is one."""
        if len(self._expressions) == len(self._regions):
            return np.zeros(len(digits), dtype=np.bool_)  # none has as many digits
        valid: Flags = self.valid_with(digits) & (_kinds_of_digits(digits) > _FEW)
        return valid

    def valid_with(self, digits: Rows) -> Flags:
        """Return the same of numbers that have another digit besides."""
        which, sets = self._languages.of(digits + _ZERO)
        return np.array([self._decide(matching) for matching in sets], dtype=np.bool_)[which]

    def _decide(self, matching: frozenset[int]) -> bool:
        for number, region in enumerate(self._regions):
            own = self._general[number] in matching and not matching.isdisjoint(self._kinds[number])
            if own if region.claim is None else number in matching:
                return own
        return False


_plan = lru_cache(maxsize=256)(_Plan)


def _phone_number(values: Rows) -> Flags | None:
    digits = _digits(values)
    if digits is None:
        return None
    several = _kinds_of_digits(digits) > _FEW
    if digits.shape[1] == _NATIONAL + 1:
        ours = digits[:, 0] == int(NORTH_AMERICA)
        digits = digits[:, 1:]
    else:
        ours = np.ones(len(digits), dtype=np.bool_)
    if digits.shape[1] != _NATIONAL:
        return np.zeros(len(values), dtype=np.bool_)
    valid: Flags = ours & several & _plan(NORTH_AMERICA, _NATIONAL).valid_with(digits)
    return valid


def _stands_in(digits: Rows) -> Flags:
    """Return for each number whether `digits.is_filler` takes it for one that stands in for another."""
    count = digits.shape[1]
    filler: Flags = (digits == digits[:, :1]).all(axis=1)
    if LONG_RUN <= count <= COUNTED:
        step = (digits[:, 1:] + np.uint8(10) - digits[:, :-1]) % 10
        first = digits[:, 0]
        filler |= (step == 1).all(axis=1) & (first <= COUNTED - count)
        filler |= (step == 9).all(axis=1) & (9 - first <= COUNTED - count)
    return filler


def _year(number: NDArray[np.int64]) -> Flags:
    return (number >= 1900) & (number <= 2099)


def _is_date(numbers: Sequence[NDArray[np.int64]], lengths: Sequence[int]) -> Flags | bool:
    if len(lengths) != 3 or sorted(lengths) not in DATE_LENGTHS:
        return False
    found = np.zeros(len(numbers[0]), dtype=np.bool_)
    for year, month, day in DATE_ORDERS:
        if lengths[year] in (2, 4):
            likely = (
                (numbers[month] >= 1) & (numbers[month] <= 12) & (numbers[day] >= 1) & (numbers[day] <= 31)
            )
            found |= likely & (_year(numbers[year]) if lengths[year] == 4 else True)
    return found


def _local_phone_number(values: Rows) -> Flags | None:
    digits = _digits(values)
    if digits is None or not digits.shape[1]:
        return None
    count = digits.shape[1]
    abroad = (values[:, 0] == ord("+")) | ((values[:, :2] == _ZERO).sum(axis=1) == 2)
    fits = (count >= FEWEST) & (count <= np.where(abroad, LONGEST, MOST))
    fits &= ~_stands_in(digits) & ~_stands_in(digits[:, -7:]) & (_kinds_of_digits(digits) > _FEW)
    digit = np.concatenate(([False], (values[0] - _ZERO) < 10, [False]))
    starts, ends = np.flatnonzero(digit[1:] & ~digit[:-1]), np.flatnonzero(digit[:-1] & ~digit[1:])
    lengths = (ends - starts).tolist()
    groups = [values[:, low:high] - _ZERO for low, high in zip(starts.tolist(), ends.tolist(), strict=True)]
    numbers = [_number(group) for group in groups]
    if len(groups) == 1:
        seconds = (digits[:, 0] == 1) & (count in (10, 13))
        day = np.zeros(len(values), dtype=np.bool_)
        if count == 8:
            year, month, date = numbers[0] // 10_000, numbers[0] // 100 % 100, numbers[0] % 100
            day = _year(year) & (month >= 1) & (month <= 12) & (date >= 1) & (date <= 31)
        alone: Flags = fits & (abroad | ~(seconds | day))
        return alone
    stop = (values == ord(".")).any(axis=1)
    parted: Flags | bool = len(groups) == 2 or 1 in lengths[1:]
    for number, length in zip(numbers[1:], lengths[1:], strict=True):
        parted |= (number == 0) & (length == 2)
    span = _year(numbers[0]) & _year(numbers[1]) & (lengths == [4, 4])
    amount = np.zeros(len(values), dtype=np.bool_)
    if lengths[0] <= 3 and all(length == 3 for length in lengths[1:]):
        marked = np.isin(values, np.frombuffer(b"-/)", np.uint8)).any(axis=1)
        amount = (digits[:, 0] != 0) & digit[1] & ~marked
        amount &= (len(groups) == 2) | (stop & (lengths[0] < 3))
    valid: Flags = fits & ~(_is_date(numbers, lengths) | span | (stop & parted) | amount)
    return valid


def _national(code: str, *, trunk: bool, others: str = "") -> Check:
    """Return the check of a country's numbers, which may begin with a zero that is none of theirs (`trunk`).

    What matches `others` whole passes, too.
    """

    def check(values: Rows) -> Flags | None:
        digits = _digits(values)
        if digits is None or not digits.shape[1]:
            return None
        valid = np.zeros(len(digits), dtype=np.bool_)
        dialled = (digits[:, 0] == 0) & trunk
        for own, numbers in ((dialled, digits[dialled, 1:]), (~dialled, digits[~dialled])):
            if numbers.size:
                passed = _plan(code, numbers.shape[1]).valid(numbers)
                if others:
                    which, sets = _language(others).of(numbers + _ZERO)
                    passed |= np.array([bool(matching) for matching in sets], dtype=np.bool_)[which]
                valid[own] = passed
        return valid

    return check


@cache
def _language(expression: str) -> Languages:
    return Languages([expression])


@cache
def _iban_language(country: str) -> Languages | None:
    structure = iban_structure(country)
    return None if structure is None else Languages([structure.pattern])


def _iban(values: Rows) -> Flags | None:
    folded = np.where((values | np.uint8(32)) - np.uint8(97) < 26, values & _LOWER, values)
    letter = (folded - _A) < 26
    digit = (folded - _ZERO) < 10
    part = letter | digit
    if not (part == part[0]).all():
        return None
    text = np.ascontiguousarray(folded[:, part[0]])
    if text.shape[1] < 15:
        return np.zeros(len(values), dtype=np.bool_)
    known = np.zeros(len(text), dtype=np.bool_)
    countries = text[:, 0].astype(np.int64) << 8 | text[:, 1]
    for country in np.unique(countries).tolist():
        own = np.flatnonzero(countries == country)
        language = _iban_language(bytes(divmod(country, 256)).decode("ascii"))
        if language is not None:
            which, sets = language.of(text[own])
            known[own] = np.array([bool(matching) for matching in sets], dtype=np.bool_)[which]
    total, most = np.zeros(len(text), dtype=np.int64), 0
    for column in (*range(4, text.shape[1]), *range(4)):
        byte = text[:, column].astype(np.int64)
        letters = byte >= _A
        if not letters.any():
            total, most = total * 10 + (byte - 48), most * 10 + 9
        else:
            total = np.where(letters, total * 100 + (byte - 55), total * 10 + (byte - 48))
            most = most * 100 + 35
        if most > _SAFE:
            total, most = total % 97, 96
    valid: Flags = known & (total % 97 == 1)
    return valid


def _germany_bank_account(values: Rows) -> Flags | None:
    digits = _digits(values)
    if digits is None:
        return None
    if (values[:, 0] == ord("D")).all():
        return _iban(values)
    if digits.shape[1] != _CLEARING + _ACCOUNT or ((values | np.uint8(32)) - np.uint8(97) < 26).any():
        return None
    alike = (digits[:, _CLEARING:] == digits[:, _CLEARING, None]).all(axis=1)
    valid: Flags = (digits[:, 0] - np.uint8(1) < 8) & ~alike
    return valid


def _public_ip_address(values: Rows) -> Flags | None:
    if (values == ord(":")).any():
        return None
    part, size = np.zeros((2, len(values)), dtype=np.int64)
    address, dots = np.zeros((2, len(values)), dtype=np.int64)
    valid = np.ones(len(values), dtype=np.bool_)
    for column in (*values.T, np.full(len(values), _DOT)):
        digit = (column - _ZERO) < 10
        dot = (column == _DOT) & (dots < 4)  # the last one ends the address
        valid &= digit | dot | (column == 0)
        valid &= ~(digit & (size == 1) & (part == 0))  # nothing after a zero
        part = np.where(digit, part * 10 + (column - _ZERO), part)
        size += digit
        valid &= ~dot | ((part <= 255) & (size > 0))
        address = np.where(dot, address << 8 | part, address)
        dots += dot
        part[dot], size[dot] = 0, 0
    valid &= dots == 4
    for first, last in SPECIAL_IPV4:
        valid &= (address < first) | (address > last)
    return valid


CHECKS: dict[str, Check] = {
    "br_phone_number": _national("55", trunk=True),
    "de_phone_number": _national("49", trunk=True),
    "es_phone_number": _national("34", trunk=False),
    "fr_phone_number": _national("33", trunk=True),
    "it_phone_number": _national("39", trunk=False),
    "uk_phone_number": _national("44", trunk=True, others=UK_DRAMA),
    "germany_bank_account": _germany_bank_account,
    "iban": _iban,
    "local_phone_number": _local_phone_number,
    "payment_card": _payment_card,
    "phone_number": _phone_number,
    "us_ssn": _us_ssn,
}
"""Name of a validator → the same for many; None from it: these have to be asked one by one."""

PADDED: dict[str, Check] = {"public_ip_address": _public_ip_address}
"""The same of those that take values of any length, zero bytes after those that are shorter than others."""

assert CHECKS.keys() | PADDED.keys() <= VALIDATORS.keys()
