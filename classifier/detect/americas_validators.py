"""Checks of national numbers of the Americas that python-stdnum has not: check digits, birth dates.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import re

from classifier.detect.days import is_day, is_year
from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one, weighted


def br_cnh(value: bytes) -> bool:
    """Brazilian driving licence (CNH): nine digits and two of check (Denatran, Resolução 886 of 2021)."""
    number = digits(value)
    if len(number) != 11 or repeats_one(number):
        return False
    first = weighted(number[:9], range(9, 0, -1)) % 11
    second = weighted(number[:9], range(1, 10)) % 11
    if first == 10:
        second -= 2
    return (
        number[9:]
        == f"{first % 10 if first < 10 else 0}{second % 11 if 0 <= second < 10 else second % 11 % 10}"
    )


def br_pis(value: bytes) -> bool:
    """Brazilian PIS, PASEP or NIT: eleven digits, the last a check modulus 11 (Caixa Econômica Federal)."""
    number = digits(value)
    if len(number) != 11 or repeats_one(number):
        return False
    rest = weighted(number[:10], (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if rest < 2 else 11 - rest) == int(number[10])


def br_voter_id(value: bytes) -> bool:
    """Brazilian voter's title: serial, state (01 to 28), two check digits modulus 11.

    Those of São Paulo and Minas Gerais have 1 in place of 0 where the division leaves nothing, by the older
    routines; the resolution does not say so, and either counts. Source: TSE, Resolução 23.659, article 36.
    """
    number = digits(value)
    if len(number) != 12 or not 1 <= int(number[8:10]) <= 28 or repeats_one(number[:8]):
        return False

    def checks(rest: int, digit: int) -> bool:
        return digit == rest % 10 or (rest == 0 and digit == 1 and number[8:10] in ("01", "02"))

    first, second = int(number[10]), int(number[11])
    return checks(weighted(number[:8], range(2, 10)) % 11, first) and checks(
        weighted(number[8:11], (7, 8, 9)) % 11, second
    )


def mx_social_security(value: bytes) -> bool:
    """Mexican social security number (NSS): office, years, serial and a Luhn check digit (IMSS)."""
    number = digits(value)
    return len(number) == 11 and not repeats_one(number[:10]) and luhn_holds(number)


def mx_voter_key(value: bytes) -> bool:
    """Mexican voter key: six letters of the name, YYMMDD, state, sex, three digits (INE)."""
    text = alnum(value)
    if re.fullmatch(r"[A-Z]{6}[0-9]{8}[HM][0-9]{3}", text) is None:
        return False
    return is_day(text[8:10], text[10:12]) and (1 <= int(text[12:14]) <= 33 or text[12:14] in ("87", "88"))


def uy_cedula(value: bytes) -> bool:
    """Uruguayan identity card: weights 2, 9, 8, 7, 6, 3, 4 and a check digit (DNIC)."""
    number = digits(value).zfill(8)
    if len(number) != 8 or repeats_one(number[:7]):
        return False
    return -weighted(number[:7], (2, 9, 8, 7, 6, 3, 4)) % 10 == int(number[7])


def sv_dui(value: bytes) -> bool:
    """Salvadoran identity document (DUI): eight digits and a check with weights 9 to 2 (RNPN)."""
    number = digits(value)
    if len(number) != 9 or repeats_one(number):
        return False
    return -weighted(number[:8], range(9, 1, -1)) % 10 == int(number[8])


_MUNICIPALITIES = (17, 8, 16, 16, 14, 14, 19, 8, 24, 21, 9, 30, 33, 21, 8, 17, 14, 5, 11, 11, 7, 17)


def gt_cui(value: bytes) -> bool:
    """Guatemalan identification code (CUI): serial, check modulus 11, department and municipality.

    Source: RENAP; Sayari, Interpreting Guatemalan National ID Numbers. The municipalities are the 340 of
    today, numbered in each of the 22 departments (INE).
    """
    number = digits(value)
    if len(number) != 13 or not 1 <= int(number[9:11]) <= len(_MUNICIPALITIES):
        return False
    if not 1 <= int(number[11:]) <= _MUNICIPALITIES[int(number[9:11]) - 1]:
        return False
    return weighted(number[:8], range(2, 10)) % 11 == int(number[8])


def hn_identity(value: bytes) -> bool:
    """Honduran identity number: department (01 to 18), municipality, year of registration, serial (RNP)."""
    number = digits(value)
    return (
        len(number) == 13
        and 1 <= int(number[:2]) <= 18
        and 1 <= int(number[2:4]) <= 28
        and is_year(number[4:8])
    )


_NICARAGUA = "ABCDEFGHJKLMNPQRSTUVWXY"


def ni_cedula(value: bytes) -> bool:
    """Nicaraguan identity card: municipality, DDMMYY, serial, and the letter that modulus 23 of these gives.

    Source: Consejo Supremo Electoral (the form); cswni/cedulanica (the letter).
    """
    text = alnum(value)
    if re.fullmatch(r"[0-9]{13}[A-Y]", text) is None or not is_day(text[5:7], text[3:5]):
        return False
    return _NICARAGUA[int(text[:13]) % 23] == text[13]


AMERICAS_VALIDATORS = (
    br_cnh,
    br_pis,
    br_voter_id,
    gt_cui,
    hn_identity,
    mx_social_security,
    mx_voter_key,
    ni_cedula,
    sv_dui,
    uy_cedula,
)
