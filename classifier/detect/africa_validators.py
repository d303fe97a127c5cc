"""Checks of national numbers of Africa that python-stdnum has not: check digits, birth dates.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import re

from classifier.detect.days import is_day, is_year
from classifier.detect.digits import alnum, digits, repeats_one


def tz_nida(value: bytes) -> bool:
    """Tanzania's national identity number: YYYYMMDD, then twelve digits (NIDA)."""
    number = digits(value)
    return len(number) == 20 and is_year(number[:4]) and is_day(number[4:6], number[6:8])


def na_identity_number(value: bytes) -> bool:
    """Namibia's identity number: YYMMDD and five digits."""
    number = digits(value)
    return len(number) == 11 and is_day(number[2:4], number[4:6]) and not repeats_one(number[6:])


def rw_national_id(value: bytes) -> bool:
    """Rwanda's national identity: 1, 2 or 3, year of birth, 7 or 8 for the sex, ten digits (NIDA)."""
    number = digits(value)
    return len(number) == 16 and number[0] in "123" and is_year(number[1:5]) and number[5] in "78"


_ZIMBABWE = "ZABCDEFGHJKLMNPQRSTVWXY"


def zw_national_registration(value: bytes) -> bool:
    """Zimbabwe's national registration: office, six or seven digits, the letter of modulus 23, district.

    Source: Pachedu, Zimbabwe 2018 Biometric Voters Roll Analysis, appendix 2.
    """
    match = re.fullmatch(r"([0-9]{8,9})([A-HJ-NP-TV-Z])[0-9]{2}", alnum(value))
    return match is not None and not repeats_one(match[1]) and _ZIMBABWE[int(match[1]) % 23] == match[2]


AFRICA_VALIDATORS = (
    na_identity_number,
    rw_national_id,
    tz_nida,
    zw_national_registration,
)
