"""Checks of national numbers that python-stdnum has not: check digits, and the birth dates that they hold.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one, weighted

_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIRST_YEAR, _LAST_YEAR = 1900, 2030


def is_day(month: str, day: str) -> bool:
    """Return whether a year can have the day: two digits of each."""
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _MONTH_DAYS[int(month) - 1]


def _is_year(year: str) -> bool:
    return _FIRST_YEAR <= int(year) <= _LAST_YEAR


def _letters(text: str) -> list[int]:
    """Return what ICAO and others count a character as: digits as they are, A as 10 to Z as 35."""
    return [int(char, 36) for char in text]


def _sum(values: Sequence[int], weights: Sequence[int]) -> int:
    return sum(value * weight for value, weight in zip(values, weights, strict=True))


# --- Asia ------------------------------------------------------------------------------------------------

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
    values = [36, *_letters(text)] if len(text) == 8 else _letters(text)
    return _sum(values, range(9, 0, -1)) % 11 == 0


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

    Where the first weights give 10, a second round begins with 3. Source: Law on National Registers of
    Identification Numbers (2007).
    """
    number = digits(value)
    if len(number) != 12 or number[6] not in "123456" or not is_day(number[2:4], number[4:6]):
        return False
    rest = weighted(number[:11], range(1, 12)) % 11
    if rest == 10:
        rest = weighted(number[:11], (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return rest == int(number[11])


def uz_pinfl(value: bytes) -> bool:
    """Uzbekistan's personal number: century and gender, DDMMYY, region, serial, check (7, 3, 1)."""
    number = digits(value)
    if len(number) != 14 or number[0] not in "123456" or not is_day(number[3:5], number[1:3]):
        return False
    return weighted(number[:13], (7, 3, 1) * 4 + (7,)) % 10 == int(number[13])


def lk_nic(value: bytes) -> bool:
    """Sri Lanka's identity card: year and day of the year (500 more for women), then a serial.

    Nine digits with V or X, since 2016 twelve digits. Source: Department for Registration of Persons.
    """
    text = alnum(value)
    if re.fullmatch(r"[0-9]{9}[VX]|(?:19|20)[0-9]{10}", text) is None:
        return False
    year, day = (f"19{text[:2]}", int(text[2:5])) if len(text) == 10 else (text[:4], int(text[4:7]))
    return _is_year(year) and 1 <= day % 500 <= 366 and day < 867


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
        len(number) in (10, 13) or (len(number) == 17 and _is_year(number[:4]))
    )


# --- Middle East -----------------------------------------------------------------------------------------


def ae_emirates_id(value: bytes) -> bool:
    """Emirates ID: 784 (ISO 3166-1), year of birth, seven digits, Luhn check digit (ICP)."""
    number = digits(value)
    return len(number) == 15 and number.startswith("784") and _is_year(number[3:7]) and luhn_holds(number)


def sa_national_id(value: bytes) -> bool:
    """Saudi national identity (1) or Iqama (2): ten digits with a Luhn check (Absher)."""
    number = digits(value)
    return len(number) == 10 and number[0] in "12" and not repeats_one(number[1:]) and luhn_holds(number)


def kw_civil_id(value: bytes) -> bool:
    """Kuwait's civil number: century, YYMMDD, serial, check modulus 11 (PACI)."""
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


# --- Africa ----------------------------------------------------------------------------------------------


def tz_nida(value: bytes) -> bool:
    """Tanzania's national identity number: YYYYMMDD, then twelve digits (NIDA)."""
    number = digits(value)
    return len(number) == 20 and _is_year(number[:4]) and is_day(number[4:6], number[6:8])


def na_identity_number(value: bytes) -> bool:
    """Namibia's identity number: YYMMDD and five digits."""
    number = digits(value)
    return len(number) == 11 and is_day(number[2:4], number[4:6]) and not repeats_one(number[6:])


def rw_national_id(value: bytes) -> bool:
    """Rwanda's national identity: 1, 2 or 3, year of birth, 7 or 8 for the sex, ten digits (NIDA)."""
    number = digits(value)
    return len(number) == 16 and number[0] in "123" and _is_year(number[1:5]) and number[5] in "78"


# --- Europe ----------------------------------------------------------------------------------------------


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
    if len(number) != 13 or not 1880 <= int(number[:4]) <= _LAST_YEAR or not is_day(number[4:6], number[6:8]):
        return False
    return luhn_holds(number[:12]) and bool(verhoeff.is_valid(number[:11] + number[12]))


def _polish(text: str, shape: str, weights: Sequence[int]) -> bool:
    return re.fullmatch(shape, text) is not None and _sum(_letters(text), weights) % 10 == 0


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
    """Portuguese social security number (NISS): 11 digits that begin with 1 or 2, weighted with primes."""
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

    Source: Presidential Edict 413 of 2013. How the last digit is made is not published.
    """
    text = alnum(value)
    if re.fullmatch(r"[1-6][0-9]{6}[ABCHKEM][0-9]{3}(?:PB|BA|BI)[0-9]", text) is None:
        return False
    return is_day(text[3:5], text[1:3])


def al_identity_number(value: bytes) -> bool:
    """Albanian identity number: decade as a letter, year, month (50 more for women), day, serial, letter."""
    text = alnum(value)
    if re.fullmatch(r"[A-T][0-9]{8}[A-W]", text) is None:
        return False
    return is_day(f"{int(text[2:4]) % 50:02d}", text[4:6]) and int(text[2:4]) < 63


def ua_unified_record(value: bytes) -> bool:
    """Ukrainian record in the demographic register: YYYYMMDD and five digits (Law 5492-VI)."""
    number = digits(value)
    return len(number) == 13 and _is_year(number[:4]) and is_day(number[4:6], number[6:8])


def at_social_security(value: bytes) -> bool:
    """Austrian social insurance number with a birth date that the calendar has, and its check digit."""
    number = digits(value)
    if len(number) != 10 or number[0] == "0" or not is_day(number[6:8], number[4:6]):
        return False
    return weighted(number[:3] + number[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(number[3])


# --- Americas --------------------------------------------------------------------------------------------


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
    """Brazilian voter's title: serial, state (01 to 28), two check digits (TSE, Resolução 21.538 of 2003)."""
    number = digits(value)
    if len(number) != 12 or not 1 <= int(number[8:10]) <= 28 or repeats_one(number[:8]):
        return False
    least = number[8:10] in ("01", "02")  # São Paulo and Minas Gerais have 1 where others have 0

    def digit(rest: int) -> int:
        return (1 if least and rest == 0 else rest) % 10

    first = digit(weighted(number[:8], range(2, 10)) % 11)
    return first == int(number[10]) and digit(weighted(f"{number[8:10]}{first}", (7, 8, 9)) % 11) == int(
        number[11]
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


def gt_cui(value: bytes) -> bool:
    """Guatemalan identification code (CUI): serial, check modulus 11, department and municipality (RENAP)."""
    number = digits(value)
    if len(number) != 13 or not 1 <= int(number[9:11]) <= 22 or not 1 <= int(number[11:]) <= 38:
        return False
    return weighted(number[:8], range(2, 10)) % 11 == int(number[8])


def hn_identity(value: bytes) -> bool:
    """Honduran identity number: department (01 to 18), municipality, year of registration, serial (RNP)."""
    number = digits(value)
    return (
        len(number) == 13
        and 1 <= int(number[:2]) <= 18
        and 1 <= int(number[2:4]) <= 28
        and _is_year(number[4:8])
    )


def ni_cedula(value: bytes) -> bool:
    """Nicaraguan identity card: municipality, DDMMYY, serial, letter (Consejo Supremo Electoral)."""
    text = alnum(value)
    return re.fullmatch(r"[0-9]{13}[A-Y]", text) is not None and is_day(text[5:7], text[3:5])


NATIONAL_VALIDATORS = (
    ae_emirates_id,
    al_identity_number,
    at_social_security,
    ba_jmbg,
    bd_national_id,
    bh_personal_number,
    br_cnh,
    br_pis,
    br_voter_id,
    by_identification_number,
    de_social_insurance,
    eg_national_id,
    gt_cui,
    hk_identity_card,
    hn_identity,
    hu_personal_number,
    hu_social_security,
    hu_tax_id,
    ir_national_code,
    jmbg,
    jp_drivers_license,
    kr_business_registration,
    kr_resident_registration,
    kw_civil_id,
    kz_iin,
    lk_nic,
    lu_matricule,
    me_jmbg,
    mk_embg,
    mx_social_security,
    mx_voter_key,
    na_identity_number,
    ni_cedula,
    pl_identity_card,
    pl_passport,
    pt_social_security,
    qa_qid,
    rs_jmbg,
    ru_passport,
    ru_snils,
    rw_national_id,
    sa_national_id,
    sg_nric,
    sv_dui,
    tw_national_id,
    tz_nida,
    ua_unified_record,
    uy_cedula,
    uz_pinfl,
    vn_citizen_card,
)
