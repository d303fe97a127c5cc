"""Checks of driving licences and vehicles, where the number has a structure."""

from __future__ import annotations

import re

from classifier.detect.digits import alnum, digits, is_filler
from classifier.detect.national_validators import es_dni
from classifier.detect.published_checks import holds
from classifier.detect.tax_validators import es_nie

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= _MONTH_DAYS[month - 1]


def ca_drivers_license(value: bytes) -> bool:
    """Canadian driver's licence; Ontario's and Quebec's have the date of birth in them.

    Ontario: letter, 8 digits, YYMMDD, the month of a woman 50 higher. Quebec: letter, 4 digits, DDMMYY, 2
    digits. Nova Scotia: 5 letters, DDMMYY, 3 digits. The other provinces' are bare numbers.
    Source: Canadian Council of Motor Transport Administrators.
    """
    text = alnum(value)
    if re.fullmatch("[A-Z][0-9]{14}", text):
        return _is_day(int(text[11:13]) % 50, int(text[13:15])) and int(text[11:13]) <= 62
    if re.fullmatch("[A-Z][0-9]{12}", text):
        return _is_day(int(text[7:9]), int(text[5:7]))
    if re.fullmatch("[A-Z]{5}[0-9]{9}", text):
        return _is_day(int(text[7:9]), int(text[5:7]))
    return not is_filler(digits(value))


_LETTERS = {char: number for number, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def de_drivers_license(value: bytes) -> bool:
    """German driving licence: authority of 4, serial of 5, check digit, number of the copy.

    Letters count from A = 10, weights 9 to 1, modulus 11 with `X` for ten (Fahrerlaubnis-Verordnung).
    """
    text = alnum(value)
    if re.fullmatch("[A-Z][0-9]{2}[0-9A-Z][0-9A-Z]{5}[0-9X][0-9A-Z]", text) is None:
        return False
    rest = sum(_LETTERS[char] * (9 - place) for place, char in enumerate(text[:9])) % 11
    return text[9] == "0123456789X"[rest]


def es_drivers_license(value: bytes) -> bool:
    """Spanish driving licence: its holder's DNI or NIE (Dirección General de Tráfico)."""
    return es_dni(value) or es_nie(value)


def fi_drivers_license(value: bytes) -> bool:
    """Finnish driving licence: its holder's personal identity code (Digital and Population Data Services)."""
    text = value.strip().upper().decode("ascii", "replace")
    return holds("fi.hetu", text)


def se_drivers_license(value: bytes) -> bool:
    """Swedish driving licence: its holder's personal identity number, a day and Luhn (Transportstyrelsen)."""
    return holds("se.personnummer", value.decode("ascii", "replace"))


_INDIAN_STATES = re.compile(
    "A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[NRSG]|U[KAP]|WB"
)


def in_drivers_license(value: bytes) -> bool:
    """Indian driving licence: state, office, year of issue, 7 digits (Ministry of Road Transport)."""
    text = alnum(value)
    match = re.fullmatch("([A-Z]{2})([0-9]{2})(19[5-9][0-9]|20[0-4][0-9])([0-9]{7})", text)
    if match is None or _INDIAN_STATES.fullmatch(match[1]) is None:
        return False
    return match[2] != "00" and not is_filler(match[4])


def uk_drivers_license(value: bytes) -> bool:
    """UK driving licence: surname of five, birth by decade, month (a woman's 50 higher), day, year; initials.

    The surname is filled up with 9. Source: DVLA, driving licence number.
    """
    text = alnum(value)[:16]
    match = re.fullmatch("([A-Z]+)9*([0-9])([0-9]{2})([0-9]{2})([0-9])[A-Z][A-Z9][0-9][A-Z]{2}", text)
    if match is None or len(text) != 16 or match.end(1) > 5:
        return False
    month = int(match[3])
    return _is_day(month - 50 if month > 50 else month, int(match[4]))


_VIN_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_CHECKED = "12345L"  # North America (49 CFR 565) and China (GB 16735) ask for a check digit


def vehicle_identification_number(value: bytes) -> bool:
    """VIN: 17 characters without I, O, Q, the check digit of North America and China, four digits at the end.

    Where no check digit is asked for, the number has both letters and digits in plenty and, if its ninth
    character is no check digit, is of a European maker, S to Z (ISO 3779, ISO 3780, 49 CFR 565).
    """
    text = alnum(value)
    if len(text) != 17 or any(char not in _VIN_VALUES for char in text) or not text[-4:].isdigit():
        return False
    letters = sum(char.isalpha() for char in text)
    if not 3 <= letters <= 13 or len(set(text)) < 6:
        return False
    rest = sum(_VIN_VALUES[char] * weight for char, weight in zip(text, _VIN_WEIGHTS, strict=True)) % 11
    return text[8] == "0123456789X"[rest] or (text[0] not in _CHECKED and text[0] in "STUVWXYZ")


LICENCE_VALIDATORS = (
    ca_drivers_license,
    de_drivers_license,
    es_drivers_license,
    fi_drivers_license,
    in_drivers_license,
    se_drivers_license,
    uk_drivers_license,
    vehicle_identification_number,
)
"""The checks of this module, by their names in packs."""
