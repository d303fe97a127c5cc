"""What the values of a kind look like at least, where its column's name already says what they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from classifier.detect.columns.people import is_city, is_street
from classifier.detect.columns.profile import Profile

_NAME = re.compile(r"(?:[^\W\d_]|[ .,'’()&/-]){2,60}")
_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[ ./-](?=[A-Za-z0-9])){3,28}")
_PHONE = re.compile(r"(?i)\+?[(\d][\d ().\-/]{4,24}\d(?:\s?(?:x|ext\.?)\s?\d{1,6})?")
_PHONE_START = re.compile(r"\+|00?(?=[ (\d])|\(")
_DATE = re.compile(
    r"(?i)(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|(?:19|20)\d{6})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?"
    r"|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d)"
    r"|\d{1,2}[. -]+[^\W\d_]{3,10}\.?,?[ -](?:\d{4}|\d\d)|[^\W\d_]{3,10}\.? \d{1,2},? \d{4}"
)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)")
_POSTAL = re.compile(r"(?i)[A-Z0-9](?:[A-Z0-9]|[ -](?=[A-Z0-9])){2,9}")
POSTAL_FORMS = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d\d-\d{3}"
    r"|\d{5}-\d{3}|\d{4}-\d{3}|\d{3} \d\d|\d{5}-\d{4}|[A-Z]{1,2}-\d{4,5}"
)
"""Postal codes of the United Kingdom, Canada, the Netherlands, Poland, Brazil, Portugal, Sweden and so on."""
_EIGHT = re.compile(r"\d{5}-?\d{3}")  # with and without the hyphen, as in Brazil
_USERNAME = re.compile(r"[\w.@+\\-]{2,64}")
_SECRET = re.compile(r"\S.{2,126}\S")
_BEFORE_EPOCH = 1970

Looks = Callable[[Profile], bool]


def _names(column: Profile) -> bool:
    few = sum(len(value.split()) <= 5 for value in column.values)
    return column.share(_NAME) >= 0.8 and few >= 0.9 * column.size and not _is_category(column)


def _is_category(column: Profile) -> bool:
    """Whether the values are a few that are repeated, or single letters."""
    return column.size >= 10 and len(column.distinct) <= 3


def _code(column: Profile) -> bool:
    digits = sum(sum(map(str.isdigit, value)) >= 3 for value in column.values)
    return column.share(_CODE) >= 0.8 and digits >= 0.8 * column.size and column.ratio >= 0.4


def is_phone_like(value: str) -> bool:
    """Whether the value has a telephone number's digits and marks, and is no date."""
    digits = sum(map(str.isdigit, value))
    return 6 <= digits <= 19 and _PHONE.fullmatch(value) is not None and _DATE.fullmatch(value) is None


def _phones(column: Profile) -> bool:
    return column.fraction(is_phone_like) >= 0.7


def are_phones(column: Profile) -> bool:
    """Whether the values are telephone numbers by themselves: with prefixes or brackets, in several forms."""
    if column.fraction(is_phone_like) < 0.95:
        return False
    begun = column.fraction(lambda value: _PHONE_START.match(value) is not None)
    marked = column.fraction(lambda value: value[0] in "+(")
    parted = column.fraction(lambda value: re.search(r"\d[ ).-]+\d", value) is not None)
    return marked >= 0.9 or (marked >= 0.05 and len(column.shapes) >= 3 and (begun >= 0.5 or parted >= 0.4))


def _dates(column: Profile) -> bool:
    return column.share(_DATE) >= 0.7


def are_births(column: Profile) -> bool:
    """Whether the values are days of births by themselves: no times, some before 1970, none before 1900."""
    if column.share(_DATE) < 0.95 or column.ratio < 0.3:
        return False
    years = [int(found[1]) for value in column.values if (found := _YEAR.search(value)) is not None]
    early = sum(year < _BEFORE_EPOCH for year in years)
    return len(years) >= 0.95 * column.size and min(years) >= 1900 and early >= 0.08 * column.size


def _streets(column: Profile) -> bool:
    mixed = column.fraction(lambda v: any(map(str.isdigit, v)) and any(map(str.isalpha, v)))
    return column.words(is_street) >= 0.3 or mixed >= 0.6


def _addresses(column: Profile) -> bool:
    return column.fraction(_is_address) >= 0.6


def _is_address(value: str) -> bool:
    has_number = any(map(str.isdigit, value)) or "," in value
    return (
        len(value) >= 8
        and any(map(str.isalpha, value))
        and has_number
        and "@" not in value
        and "://" not in value
    )


def _postal_codes(column: Profile) -> bool:
    digits = column.fraction(lambda value: any(map(str.isdigit, value)))
    return column.share(_POSTAL) >= 0.8 and digits >= 0.8


def are_postal_codes(column: Profile) -> bool:
    """Whether the values are postal codes without a name: of a country's form, or five digits."""
    if column.share(POSTAL_FORMS) >= 0.9 or (
        column.share(POSTAL_FORMS) >= 0.4 and column.share(_EIGHT) >= 0.95
    ):
        return True
    five = column.share(re.compile(r"\d{5}(?:-\d{4})?")) >= 0.95
    return five and column.ratio >= 0.3 and any(value.startswith("0") for value in column.values)


def _usernames(column: Profile) -> bool:
    letters = column.fraction(lambda value: any(map(str.isalpha, value)))
    return (
        column.share(_USERNAME) >= 0.8 and letters >= 0.6 and column.ratio >= 0.3 and not _is_category(column)
    )


def _secrets(column: Profile) -> bool:
    return column.share(_SECRET) >= 0.8 and column.ratio >= 0.3 and column.share(_DATE) < 0.3


def _cities(column: Profile) -> bool:
    return _names(column) or column.words(is_city) >= 0.5


def _titles(column: Profile) -> bool:
    return column.fraction(lambda value: sum(map(str.isalpha, value)) >= 0.6 * len(value)) >= 0.8


def _like(expression: str) -> Looks:
    compiled = re.compile(expression)
    return lambda column: column.share(compiled) >= 0.8


FORMATTED = frozenset(("email", "card", "iban", "ip", "mac"))
"""The kinds of which a cell is a match only where an expression says so: their forms are known whole."""
LOOKS: Mapping[str, Looks] = MappingProxyType(
    {
        "first_name": _names,
        "last_name": _names,
        "full_name": _names,
        "name": _names,
        "phone": _phones,
        "national_id": _code,
        "passport": _code,
        "driving_licence": _code,
        "bank_account": _code,
        "mrn": _code,
        "health_plan": _code,
        "vehicle": _code,
        "date_of_birth": _dates,
        "street": _streets,
        "address": _addresses,
        "city": _cities,
        "postal_code": _postal_codes,
        "username": _usernames,
        "password": _secrets,
        "company": _titles,
        "job": _titles,
        "email": _like(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;.]{2,}"),
        "card": _like(r"\d{4}[ -]?\d{4,6}[ -]?\d{4,5}[ -]?\d{0,7}"),
        "iban": _like(r"[A-Z]{2}\d\d[ A-Z0-9]{11,40}"),
        "ip": _like(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]{3,39}"),
        "mac": _like(r"[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5}"),
    }
)
"""By kind; a kind that is not here is told by its detectors' expressions alone."""
