"""Checks of Asian and Middle Eastern numbers that python-stdnum has not: check digits, birth dates.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import re

from classifier.detect.days import dot, is_day, is_year, values_of
from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one, weighted

# --- Asia ---------------------------------------------------------------------------------------------------

_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # letters by the number that stands for them, from 10


def tw_national_id(value: bytes) -> bool:
    """Taiwan's identity card and unified resident number: a letter, 1, 2, 8 or 9, seven digits and a check.

    Weights 1, 9 over the letter's two digits, 8 to 1 and 1 over the others; the sum is a multiple of ten.
    Source: Ministry of the Interior, format of the national identification card number.
    """
    text = alnum(value)
    if re.fullmatch(r"[A-Z][1289][0-9]{8}", text) is None or repeats_one(text[2:]):
        return False
    number = f"{_TAIWAN.index(text[0]) + 10}{text[1:]}"
    return weighted(number, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def hk_identity_card(value: bytes) -> bool:
    """Hong Kong identity card: one or two letters, six digits, and 0 to 9 or A as a check modulus 11.

    Source: Immigration Department, Hong Kong identity card number.
    """
    text = alnum(value)
    if re.fullmatch(r"[A-Z]{1,2}[0-9]{6}[0-9A]", text) is None or repeats_one(text[-7:-1]):
        return False
    values = [36, *values_of(text)] if len(text) == 8 else values_of(text)
    return dot(values, range(9, 0, -1)) % 11 == 0


_SINGAPORE = {
    "S": "JZIHGFEDCBA",
    "T": "JZIHGFEDCBA",
    "F": "XWUTRQPNMLK",
    "G": "XWUTRQPNMLK",
    "M": "XWUTRQPNJLK",
}


def sg_nric(value: bytes) -> bool:
    """Singapore's NRIC or FIN: S, T, F, G or M, seven digits and a check letter.

    Source: Immigration and Checkpoints Authority; National Registration Act.
    """
    text = alnum(value)
    if re.fullmatch(r"[STFGM][0-9]{7}[A-Z]", text) is None or repeats_one(text[1:8]):
        return False
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    return _SINGAPORE[text[0]][total % 11] == text[8]


def kr_resident_registration(value: bytes) -> bool:
    """South Korea's resident or foreigner registration number: birth date, gender digit, check digit.

    Numbers given since October 2020 have random digits in place of the check, so those of people who were
    born since pass without it. Source: Ministry of the Interior and Safety, Resident Registration Act rules.
    """
    number = digits(value)
    if len(number) != 13 or number[6] == "0" or number[6] == "9" or not is_day(number[2:4], number[4:6]):
        return False
    if number[6] in "3478" and number[:4] >= "2010":
        return number[:2] <= "30"
    total = weighted(number[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))
    base = 13 if number[6] in "5678" else 11
    return (base - total % 11) % 10 == int(number[12])


def kr_business_registration(value: bytes) -> bool:
    """South Korea's business registration number: check digit with weights 1, 3, 7 (National Tax Service)."""
    number = digits(value)
    if len(number) != 10 or repeats_one(number):
        return False
    total = weighted(number[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + int(number[8]) * 5 // 10
    return -total % 10 == int(number[9])


def kz_iin(value: bytes) -> bool:
    """Kazakhstan's individual identification number: birth date, century and gender, check modulus 11.

    Where the first weights give 10, a second round begins with 3; a number for which that is 10 too is not
    given out. Source: Government resolution 565 of 11 June 2003; OECD, Kazakhstan TIN.
    """
    number = digits(value)
    if len(number) != 12 or number[6] not in "123456" or not is_day(number[2:4], number[4:6]):
        return False
    rest = weighted(number[:11], range(1, 12)) % 11
    if rest == 10:
        rest = weighted(number[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return rest == int(number[11])


def uz_pinfl(value: bytes) -> bool:
    """Uzbekistan's personal number: century and gender, DDMMYY, region, serial, check (7, 3, 1).

    The weights are those of ICAO 9303 over all 13 digits, as libraries for the PINFL have them; the law does
    not say.
    """
    number = digits(value)
    if len(number) != 14 or number[0] not in "123456" or not is_day(number[3:5], number[1:3]):
        return False
    return weighted(number[:13], (7, 3, 1) * 4 + (7,)) % 10 == int(number[13])


def pk_cnic(value: bytes) -> bool:
    """Pakistan's identity card: province (7 Gilgit-Baltistan, 8 Azad Kashmir), family, a digit of the gender.

    Source: NADRA; OECD, Pakistan TIN. There is no check digit.
    """
    number = digits(value)
    return len(number) == 13 and number[0] in "12345678" and number[12] != "0" and not repeats_one(number)


def lk_nic(value: bytes) -> bool:
    """Sri Lanka's identity card: year and day of the year (500 more for women), then a serial.

    Nine digits with V or X, since 2016 twelve digits. Source: Department for Registration of Persons.
    """
    text = alnum(value)
    if re.fullmatch(r"[0-9]{9}[VX]|(?:19|20)[0-9]{10}", text) is None:
        return False
    year, day = (f"19{text[:2]}", int(text[2:5])) if len(text) == 10 else (text[:4], int(text[4:7]))
    return is_year(year) and 1 <= day % 500 <= 366 and day < 867


def vn_citizen_card(value: bytes) -> bool:
    """Vietnam's citizen card: province of birth, century and gender, year of birth, six digits.

    Source: Decree 137/2015/ND-CP, Circular 59/2021/TT-BCA. There is no check digit.
    """
    number = digits(value)
    return (
        len(number) == 12
        and 1 <= int(number[:3]) <= 96
        and number[3] in "0123"
        and not repeats_one(number[6:])
    )


def jp_drivers_license(value: bytes) -> bool:
    """Japan's driving licence: office of issue (10 to 97), year, serial, check modulus 11, reissues.

    Source: Road Traffic Act enforcement rules; the check is weighted 5, 4, 3, 2, 7, 6, 5, 4, 3, 2.
    """
    number = digits(value)
    if len(number) != 12 or not 10 <= int(number[:2]) <= 97 or repeats_one(number[2:10]):
        return False
    rest = weighted(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (11 - rest) % 11 % 10 == int(number[10])


def bd_national_id(value: bytes) -> bool:
    """Bangladesh's national identity number: 10 or 13 digits, or 17 that begin with the year of birth."""
    number = digits(value)
    return not repeats_one(number) and (
        len(number) in (10, 13) or (len(number) == 17 and is_year(number[:4]))
    )


# --- Middle East --------------------------------------------------------------------------------------------


def ae_emirates_id(value: bytes) -> bool:
    """Emirates ID: 784 (ISO 3166-1), year of birth, seven digits, Luhn check digit (ICP)."""
    number = digits(value)
    return len(number) == 15 and number.startswith("784") and is_year(number[3:7]) and luhn_holds(number)


def sa_national_id(value: bytes) -> bool:
    """Saudi national identity (1) or Iqama (2): ten digits with a Luhn check (Absher)."""
    number = digits(value)
    return len(number) == 10 and number[0] in "12" and not repeats_one(number[1:]) and luhn_holds(number)


def kw_civil_id(value: bytes) -> bool:
    """Kuwait's civil number: century, YYMMDD, serial, check modulus 11.

    Source: OECD, Kuwait TIN (the form); P. Srivastav, Kuwait Civil ID Checksum (the weights), as
    python-stdnum has them.
    """
    number = digits(value)
    if len(number) != 12 or number[0] not in "23" or not is_day(number[3:5], number[5:7]):
        return False
    return 11 - weighted(number[:11], (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11 == int(number[11])


def bh_personal_number(value: bytes) -> bool:
    """Bahrain's personal number: year and month of birth, four digits, check digit (iGA; not published)."""
    number = digits(value)
    return len(number) == 9 and 1 <= int(number[2:4]) <= 12 and not repeats_one(number[4:])


def qa_qid(value: bytes) -> bool:
    """Qatar's QID: century (2 or 3), year of birth, ISO 3166-1 numeric country, five digits."""
    number = digits(value)
    return (
        len(number) == 11
        and number[0] in "23"
        and (number[0] == "2" or number[1:3] <= "30")
        and "004" <= number[3:6] <= "894"
        and not repeats_one(number[6:])
    )


_EGYPT_GOVERNORATES = frozenset((1, 2, 3, 4, *range(11, 20), *range(21, 30), *range(31, 36), 88))


def eg_national_id(value: bytes) -> bool:
    """Egypt's national number: century, YYMMDD, governorate of birth, serial, check digit (not published).

    Source: Ministry of Interior, Civil Status Organization.
    """
    number = digits(value)
    return (
        len(number) == 14
        and number[0] in "23"
        and (number[0] == "2" or number[1:3] <= "30")
        and is_day(number[3:5], number[5:7])
        and int(number[7:9]) in _EGYPT_GOVERNORATES
    )


def ir_national_code(value: bytes) -> bool:
    """Iran's national code: ten digits, the last a check modulus 11 (Civil Registration Organization)."""
    number = digits(value)
    if len(number) != 10 or repeats_one(number):
        return False
    rest = weighted(number[:9], range(10, 1, -1)) % 11
    return int(number[9]) == (rest if rest < 2 else 11 - rest)


ASIA_VALIDATORS = (
    ae_emirates_id,
    bd_national_id,
    bh_personal_number,
    eg_national_id,
    hk_identity_card,
    ir_national_code,
    jp_drivers_license,
    kr_business_registration,
    kr_resident_registration,
    kw_civil_id,
    kz_iin,
    lk_nic,
    pk_cnic,
    qa_qid,
    sa_national_id,
    sg_nric,
    tw_national_id,
    uz_pinfl,
    vn_citizen_card,
)
