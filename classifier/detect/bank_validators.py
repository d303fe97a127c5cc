"""Checks of domestic bank account and routing numbers: national check digits, assigned prefixes.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises. An IBAN is checked by MOD 97-10 alone: not all banks, and few who make up test data,
obey the national check digits inside it, and 97 is enough.
"""

from __future__ import annotations

import re

from classifier.detect.digits import alnum, digits, repeats_one, weighted
from classifier.detect.iban import iban

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Letters of a French account number as digits: A and J are 1, B, K and S are 2, … I, R and Z are 9.
_RIB_VALUES = str.maketrans(_LETTERS, "12345678912345678923456789")
_CIN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_UNUSED_SORT_CODES = ("000000", "123456", "111111", "999999")


def germany_bank_account(value: bytes) -> bool:
    """German IBAN, or Bankleitzahl and account number (8 and 10 digits; Bundesbank, Bankleitzahlen).

    Each bank has a check method of its own for the account number, so that of these only the clearing area
    (first digit 1 to 8) is looked at.
    """
    text = alnum(value)
    if text.startswith("DE"):
        return iban(value)
    return len(text) == 18 and text[0] in "12345678" and not repeats_one(text[8:])


def france_bank_account(value: bytes) -> bool:
    """French IBAN, or relevé d'identité bancaire with its key (Comité français d'organisation, RIB)."""
    text = alnum(value)
    if text.startswith("FR"):
        return iban(value)
    if len(text) != 23 or not text[-2:].isdigit() or not text[:10].isdigit():
        return False
    bank, branch, account = text[:5], text[5:10], text[10:21].translate(_RIB_VALUES)
    return 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97 == int(text[-2:])


def spain_bank_account(value: bytes) -> bool:
    """Spanish IBAN, or código cuenta cliente with its two check digits (Banco de España, modulus 11)."""
    text = alnum(value)
    if text.startswith("ES"):
        return iban(value)
    if len(text) != 20 or not text.isdigit() or repeats_one(text):
        return False
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
    checks = ""
    for part in ("00" + text[:8], text[10:]):
        check = 11 - weighted(part, weights) % 11
        checks += {10: "1", 11: "0"}.get(check, str(check))
    return checks == text[8:10]


def italy_bank_account(value: bytes) -> bool:
    """Italian IBAN, or CIN, ABI, CAB and account number; the CIN is a check letter (ABI, BBAN standard)."""
    text = alnum(value)
    if re.match(r"IT[0-9]{2}[A-Z]", text):
        return iban(value)
    if re.fullmatch(r"[A-Z][0-9]{10}[0-9A-Z]{12}", text) is None:
        return False
    total = 0
    for place, char in enumerate(text[1:]):
        number = int(char) if char in _DIGITS else ord(char) - ord("A")
        total += number if place % 2 else _CIN_ODD[number]
    return total % 26 == ord(text[0]) - ord("A")


def uk_bank_account(value: bytes) -> bool:
    """British IBAN, or sort code and account number (6 and 8 digits), with the bank's four letters or not.

    The modulus check of an account number depends on a table of sort codes that Pay.UK licenses, so that
    only numbers nobody has are refused: filler, and sort codes from 00-00 on.
    """
    text = alnum(value)
    if re.match(r"GB[0-9]{2}[A-Z]", text):
        return iban(value)
    number = text[-14:]
    if re.fullmatch(r"(?:[A-Z]{4})?[0-9]{14}", text) is None:
        return False
    sort_code, account = number[:6], number[6:]
    return sort_code not in _UNUSED_SORT_CODES and sort_code[:2] != "00" and not repeats_one(account)


def poland_bank_account(value: bytes) -> bool:
    """Polish IBAN, or the same without PL: numer rachunku bankowego, 26 digits (NBP, regulation 15/2010)."""
    text = alnum(value)
    return iban(text.encode() if text.startswith("PL") else b"PL" + text.encode())


def portugal_bank_account(value: bytes) -> bool:
    """Portuguese IBAN, or número de identificação bancária: 21 digits, MOD 97-10 (Banco de Portugal)."""
    text = alnum(value)
    if text.startswith("PT"):
        return iban(value)
    return len(text) == 21 and text.isdigit() and not repeats_one(text) and int(text) % 97 == 1


def belgium_bank_account(value: bytes) -> bool:
    """Belgian account number before IBAN: 12 digits, the last two the first ten modulo 97 (Febelfin)."""
    text = digits(value)
    return len(text) == 12 and not repeats_one(text) and (int(text[:10]) % 97 or 97) == int(text[10:])


def norway_bank_account(value: bytes) -> bool:
    """Norwegian account number: 11 digits with a modulus 11 check (Bits, kontonummer)."""
    text = digits(value)
    if len(text) != 11 or repeats_one(text) or text[4:6] == "00":
        return False
    check = 11 - weighted(text[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return check % 11 == int(text[10]) and check != 10


def clabe(value: bytes) -> bool:
    """Mexican CLABE: bank, place, account, check digit with weights 3, 7, 1 (Banxico, circular 3/2012)."""
    text = digits(value)
    if len(text) != 18 or repeats_one(text) or not 2 <= int(text[:3]) <= 999:
        return False
    total = sum(int(digit) * weight % 10 for digit, weight in zip(text[:17], (3, 7, 1) * 6, strict=False))
    return (10 - total % 10) % 10 == int(text[17])


def canada_transit(value: bytes) -> bool:
    """Canadian routing number: 0, institution and transit, or transit-institution (Payments Canada, A4).

    Institutions in use begin with 0 (banks), 2 and 3 (foreign banks, trusts) or 5 to 8 (credit unions).
    """
    text = digits(value)
    if len(text) == 9:
        institution, transit = text[1:4], text[4:]
    else:
        transit, institution = text[:5], text[5:]
    used = institution[:1] in tuple("0235678") and institution != "000"
    return len(text) in (8, 9) and used and not repeats_one(transit)


def australia_bsb(value: bytes) -> bool:
    """Australian bank, state and branch number: bank in use, state 0 to 9 and a branch (AusPayNet, BSB).

    00 and the numbers of one digit repeated are not assigned.
    """
    text = digits(value)
    return len(text) == 6 and text[:2] != "00" and not repeats_one(text) and text not in _UNUSED_SORT_CODES


_BRANCHES = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}")


def india_ifsc(value: bytes) -> bool:
    """Indian financial system code: four letters, 0, six characters of the branch (RBI, NEFT rules)."""
    text = alnum(value)
    return _BRANCHES.fullmatch(text) is not None and any(char.isdigit() for char in text[5:])


def us_ein(value: bytes) -> bool:
    """US employer identification number: a prefix that a campus of the IRS assigns (IRS, EIN prefixes)."""
    from stdnum.us import ein  # reads a table that few scans need

    number = digits(value)
    return not repeats_one(number) and number != "123456789" and bool(ein.is_valid(number))


BANK_VALIDATORS = (
    australia_bsb,
    belgium_bank_account,
    canada_transit,
    clabe,
    france_bank_account,
    germany_bank_account,
    india_ifsc,
    italy_bank_account,
    norway_bank_account,
    poland_bank_account,
    portugal_bank_account,
    spain_bank_account,
    uk_bank_account,
    us_ein,
)
"""Checks that packs may name."""
