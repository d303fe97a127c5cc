"""Checks of national numbers of Europe that python-stdnum has not: check digits, birth dates.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.detect.days import LAST_YEAR, dot, is_day, is_year, values_of
from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one, weighted
from classifier.detect.national_validators import icao_check
from classifier.detect.published_checks import holds


def jmbg(value: bytes) -> bool:
    """Number of citizens of former Yugoslavia: DDMMYYY, region, serial, check modulus 11."""
    number = digits(value)
    if (
        len(number) != 13
        or not is_day(number[2:4], number[:2])
        or not (number[4] >= "9" or number[4:7] <= "030")
    ):
        return False
    rest = weighted(number[:12], (7, 6, 5, 4, 3, 2) * 2) % 11
    return int(number[12]) == (11 - rest) % 11 and rest != 1


def _jmbg_of(number: bytes, first: int, last: int) -> bool:
    return jmbg(number) and first <= int(digits(number)[7:9]) <= last


def ba_jmbg(value: bytes) -> bool:
    """JMBG with a region of Bosnia and Herzegovina (10 to 19)."""
    return _jmbg_of(value, 10, 19)


def me_jmbg(value: bytes) -> bool:
    """JMBG with a region of Montenegro (20 to 29)."""
    return _jmbg_of(value, 20, 29)


def mk_embg(value: bytes) -> bool:
    """EMBG of North Macedonia: JMBG with a region of 40 to 49."""
    return _jmbg_of(value, 40, 49)


def rs_jmbg(value: bytes) -> bool:
    """JMBG with a region of Serbia (70 to 89), or of those who were registered there (00 to 09, 90 to 99)."""
    return _jmbg_of(value, 70, 99) or _jmbg_of(value, 0, 9)


def hu_tax_id(value: bytes) -> bool:
    """Hungary's personal tax number: 8, days since 1867, serial, check modulus 11 (Act XX of 1996)."""
    number = digits(value)
    if len(number) != 10 or number[0] != "8":
        return False
    return weighted(number[:9], range(1, 10)) % 11 == int(number[9])


def hu_social_security(value: bytes) -> bool:
    """Hungary's social security number (TAJ): weights 3 and 7, check modulus 10 (Act XX of 1996)."""
    number = digits(value)
    return (
        len(number) == 9
        and not repeats_one(number)
        and weighted(number[:8], (3, 7) * 4) % 10 == int(number[8])
    )


def hu_personal_number(value: bytes) -> bool:
    """Hungary's personal number: century and gender, YYMMDD, serial, check modulus 11 (Act XX of 1996).

    Weights 1 to 10 for those born until 1996, 10 to 1 for the others.
    """
    number = digits(value)
    if len(number) != 11 or number[0] not in "12345678" or not is_day(number[3:5], number[5:7]):
        return False
    young = number[0] in "34" or number[1:3] > "96"
    weights = range(10, 0, -1) if young else range(1, 11)
    return weighted(number[:10], weights) % 11 == int(number[10])


def lu_matricule(value: bytes) -> bool:
    """Luxembourg's national number: YYYYMMDD, serial, a Luhn and a Verhoeff check of the first eleven.

    Source: Law of 19 June 2013 on the identification of natural persons.
    """
    from stdnum import verhoeff  # loaded when a value first asks

    number = digits(value)
    if len(number) != 13 or not 1880 <= int(number[:4]) <= LAST_YEAR or not is_day(number[4:6], number[6:8]):
        return False
    return luhn_holds(number[:12]) and bool(verhoeff.is_valid(number[:11] + number[12]))


def _polish(text: str, shape: str, weights: Sequence[int]) -> bool:
    return re.fullmatch(shape, text) is not None and dot(values_of(text), weights) % 10 == 0


def pl_identity_card(value: bytes) -> bool:
    """Polish identity card: three letters, check digit, five digits (Minister of Interior)."""
    return _polish(alnum(value), r"[A-Z]{3}[0-9]{6}", (7, 3, 1, 9, 7, 3, 1, 7, 3))


def pl_passport(value: bytes) -> bool:
    """Polish passport: two letters, check digit, six digits; weights as for the identity card."""
    return _polish(alnum(value), r"[A-Z]{2}[0-9]{7}", (7, 3, 9, 1, 7, 3, 1, 7, 3))


def de_social_insurance(value: bytes) -> bool:
    """German social insurance number: area, DDMMYY, initial, serial, check (VKVV, paragraph 4)."""
    text = alnum(value)
    if re.fullmatch(r"[0-9]{8}[A-Z][0-9]{3}", text) is None or not is_day(text[4:6], text[2:4]):
        return False
    number = f"{text[:8]}{ord(text[8]) - 64:02d}{text[9:11]}"
    products = (
        int(digit) * weight
        for digit, weight in zip(number, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return sum(sum(divmod(product, 10)) for product in products) % 10 == int(text[11])


def pt_social_security(value: bytes) -> bool:
    """Portuguese social security number (NISS): 11 digits that begin with 1 or 2, weighted with primes.

    Nine less the last digit of the sum is the check digit: the routines for Portuguese numbers that were put
    into the public domain (B. Baixo, J. Buescu and others, 2009), as libraries for the NISS have them.
    """
    number = digits(value)
    if len(number) != 11 or number[0] not in "12":
        return False
    return 9 - weighted(number[:10], (29, 23, 19, 17, 13, 11, 7, 5, 3, 2)) % 10 == int(number[10])


def ru_snils(value: bytes) -> bool:
    """Russian insurance account (SNILS): nine digits and two of check, modulus 101 (Social Fund)."""
    number = digits(value)
    if len(number) != 11 or repeats_one(number[:9]) or number[:9] <= "001001998":
        return False
    return weighted(number[:9], range(9, 0, -1)) % 101 % 100 == int(number[9:])


def ru_passport(value: bytes) -> bool:
    """Russian passport: region (OKATO), two digits of the year of the form, six digits."""
    number = digits(value)
    year = int(number[2:4]) if len(number) == 10 else 50
    return len(number) == 10 and number[:2] != "00" and (year >= 97 or year <= 30) and number[4:] > "000100"


def by_identification_number(value: bytes) -> bool:
    """Belarusian identification number: century and sex, DDMMYY, region, serial, citizenship, digit.

    The last digit is made as that of a travel document. Source: Presidential Edict 413 of 2013 (the form);
    npm belarus-personal-number-validator (the digit).
    """
    text = alnum(value)
    if re.fullmatch(r"[1-6][0-9]{6}[ABCHKEM][0-9]{3}(?:PB|BA|BI)[0-9]", text) is None:
        return False
    return is_day(text[3:5], text[1:3]) and icao_check(text[:13]) == text[13]


def al_identity_number(value: bytes) -> bool:
    """Albanian identity number: decade as a letter, year, month, day, serial, letter.

    The month is 50 higher for women and 30 for foreigners (OECD, Albania TIN; the crate nidx).
    """
    text = alnum(value)
    if re.fullmatch(r"[A-T][0-9]{8}[A-W]", text) is None:
        return False
    month = int(text[2:4]) % 50
    return is_day(f"{month - 30 if month > 30 else month:02d}", text[4:6])


def xk_personal_number(value: bytes) -> bool:
    """Kosovo's personal number: ten digits, the last a check modulus 11 with weights 4, 3, 2, 7 to 2.

    Source: Civil Registration Agency (the form); the crate nidx (the weights).
    """
    number = digits(value)
    if len(number) != 10 or repeats_one(number):
        return False
    return -weighted(number[:9], (4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11 % 10 == int(number[9])


_UNCHECKED = 2026  # year since which Iceland's numbers have no check digit


def is_kennitala(value: bytes) -> bool:
    """Icelandic identification number: DDMMYY, serial, a check digit, century.

    Numbers that are given out since 18 February 2026 have any digit in place of the check, so that those of
    people who were born since pass without it (Registers Iceland).
    """
    number = digits(value)
    if len(number) != 10 or repeats_one(number):
        return False
    if number[9] == "0" and _UNCHECKED <= 2000 + int(number[4:6]) <= LAST_YEAR:
        return is_day(number[2:4], number[:2])
    return holds("is_.kennitala", number)


def be_national_number(value: bytes) -> bool:
    """Belgian national number, or a BIS number: of who is not in the register (month 20 or 40 higher)."""
    number = digits(value)
    return len(number) == 11 and not repeats_one(number) and holds("be.ssn", number)


def ua_unified_record(value: bytes) -> bool:
    """Ukrainian record in the demographic register: YYYYMMDD and five digits (Law 5492-VI)."""
    number = digits(value)
    return len(number) == 13 and is_year(number[:4]) and is_day(number[4:6], number[6:8])


def at_social_security(value: bytes) -> bool:
    """Austrian social insurance number with a birth date that the calendar has, and its check digit."""
    number = digits(value)
    if len(number) != 10 or number[0] == "0" or not is_day(number[6:8], number[4:6]):
        return False
    return weighted(number[:3] + number[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(number[3])


EUROPE_VALIDATORS = (
    al_identity_number,
    at_social_security,
    ba_jmbg,
    be_national_number,
    by_identification_number,
    de_social_insurance,
    hu_personal_number,
    hu_social_security,
    hu_tax_id,
    is_kennitala,
    jmbg,
    lu_matricule,
    me_jmbg,
    mk_embg,
    pl_identity_card,
    pl_passport,
    pt_social_security,
    rs_jmbg,
    ru_passport,
    ru_snils,
    ua_unified_record,
    xk_personal_number,
)
