"""Checks of telephone numbers: by the national numbering plans, and by how they are written where none tells.

The plans are libphonenumber's (`registries`). A validator is given the number as it stands in the text.
"""

from __future__ import annotations

import re

from classifier.detect.digits import digits, is_filler
from classifier.detect.registries import NORTH_AMERICA, international_number, national_number

_TRUNK = "0"  # what many countries dial before a number of their own
_FEW = 2  # different digits, of which no number is made


def _valid(code: str, number: str) -> bool:
    plan = national_number(code)
    return plan is not None and plan.fullmatch(number) is not None and len(set(number)) > _FEW


def phone_number(value: bytes) -> bool:
    """Telephone number of the North American plan, with or without its code 1 (NANPA; ITU-T E.164)."""
    number = digits(value)
    national = number[1:] if len(number) == 11 and number.startswith(NORTH_AMERICA) else number
    plan = national_number(NORTH_AMERICA)
    return plan is not None and plan.fullmatch(national) is not None and len(set(number)) > _FEW


def international_phone_number(value: bytes) -> bool:
    """Telephone number with its calling code, that the plan of the country assigns (ITU-T E.164)."""
    number = digits(value.replace(b"(0)", b""))
    return len(set(number)) > _FEW and international_number(number)


def br_phone_number(value: bytes) -> bool:
    """Brazilian telephone number, with its area code (Anatel, Plano Geral de Códigos Nacionais)."""
    return _valid("55", digits(value).removeprefix(_TRUNK))


def de_phone_number(value: bytes) -> bool:
    """German telephone number, with its area code (Bundesnetzagentur, Nummernplan)."""
    return _valid("49", digits(value).removeprefix(_TRUNK))


def es_phone_number(value: bytes) -> bool:
    """Spanish telephone number: nine digits (Plan Nacional de Numeración Telefónica)."""
    return _valid("34", digits(value))


def fr_phone_number(value: bytes) -> bool:
    """French telephone number: ten digits with the leading zero (Arcep, plan national de numérotation)."""
    return _valid("33", digits(value).removeprefix(_TRUNK))


def it_phone_number(value: bytes) -> bool:
    """Italian telephone number; the zero of a fixed line belongs to it (AGCOM, Piano di numerazione)."""
    return _valid("39", digits(value))


def uk_phone_number(value: bytes) -> bool:
    """UK telephone number, with its area code (Ofcom, National Telephone Numbering Plan).

    The numbers that Ofcom keeps for drama are nobody's, but are taken for numbers.
    """
    return _valid("44", digits(value).removeprefix(_TRUNK)) or _is_drama(digits(value).removeprefix(_TRUNK))


UK_DRAMA = (
    "(?:11[3-8]|121|131|141|151|161|191)4960[0-9]{3}|2079460[0-9]{3}|2896496[0-9]{3}|2920180[0-9]{3}"
    "|1632960[0-9]{3}|7700900[0-9]{3}|8081570[0-9]{3}|909879[0-9]{4}|3069990[0-9]{3}"
)


_DRAMA = re.compile(UK_DRAMA)


def _is_drama(number: str) -> bool:
    return _DRAMA.fullmatch(number) is not None


FEWEST, MOST = 6, 13
"""Digits of a number that is dialled within a country."""
LONGEST = 15
"""Digits of any number (ITU-T E.164)."""
DATE_LENGTHS = ([1, 1, 4], [1, 2, 4], [2, 2, 4], [2, 2, 2])
"""How many digits the parts of a date have, the fewest first."""
DATE_ORDERS = ((0, 1, 2), (2, 1, 0), (2, 0, 1))
"""Where year, month and day stand among them."""
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_DAY = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


def local_phone_number(value: bytes) -> bool:
    """Number as people write those of their country or town: six or more digits, in groups or not.

    Not a date, a span of years, a version, an amount, seconds since 1970, nor a number that stands for one.
    No plan is asked: nothing tells whose it would be.
    """
    number, text = digits(value), value.decode("ascii", "replace")
    abroad = text.startswith(("+", "00"))
    if not FEWEST <= len(number) <= (LONGEST if abroad else MOST):
        return False
    if is_filler(number) or len(set(number)) <= _FEW or is_filler(number[-7:]):
        return False
    groups = re.findall("[0-9]+", text)
    if len(groups) == 1:
        return _alone(number, abroad=abroad)
    return not any((_is_date(groups), _is_span(groups), _is_version(text, groups), _is_amount(text, groups)))


def _alone(number: str, *, abroad: bool) -> bool:
    if abroad:
        return True
    seconds = number.startswith("1") and len(number) in (10, 13)
    return not seconds and _DAY.fullmatch(number) is None


def _is_date(groups: list[str]) -> bool:
    """Whether three groups are a day, month and year in any order."""
    if len(groups) != 3 or sorted(map(len, groups)) not in DATE_LENGTHS:
        return False
    for year, month, day in DATE_ORDERS:
        full = len(groups[year]) == 4 and _YEAR.fullmatch(groups[year]) is not None
        if (full or len(groups[year]) == 2) and 1 <= int(groups[month]) <= 12 and 1 <= int(groups[day]) <= 31:
            return True
    return False


def _is_span(groups: list[str]) -> bool:
    return len(groups) == 2 and all(_YEAR.fullmatch(group) for group in groups)


def _is_version(text: str, groups: list[str]) -> bool:
    """Whether the groups are parted by full stops as those of a version, or of a fraction."""
    if "." not in text:
        return False
    return len(groups) == 2 or any(len(group) == 1 or group == "00" for group in groups[1:])


def _is_amount(text: str, groups: list[str]) -> bool:
    """Whether the groups are thousands."""
    if len(groups[0]) > 3 or groups[0].startswith("0") or any(len(group) != 3 for group in groups[1:]):
        return False
    if not text[0].isdigit() or "-" in text or "/" in text or ")" in text:
        return False
    return len(groups) == 2 or ("." in text and len(groups[0]) < 3)


PHONE_VALIDATORS = (
    br_phone_number,
    de_phone_number,
    es_phone_number,
    fr_phone_number,
    international_phone_number,
    it_phone_number,
    local_phone_number,
    phone_number,
    uk_phone_number,
)
"""The checks of this module, by their names in packs."""
