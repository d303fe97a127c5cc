"""Checks of identifiers and codes of health care.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import re
from functools import cache

from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one, weighted
from classifier.shipped import shipped

_SUFFIX = (
    "A|B[1-9ADGHJKLNPQRTWY]?|C[1-9A-Z]|D[1-9ACDGHJ-NP-TV-Z]?|E[1-9A-HJKM]?|F[1-8]|H[A-C]|J[1-4]"
    "|K[1-9A-HJLM]|M1?|T[A-Z2]?|W[1-9BCFGJRT]?"
)
_CLAIM = re.compile(rf"([0-9]{{9}})(?:{_SUFFIX})")
_RAILROAD = re.compile(r"(?:A|CA|D|H|JA|M[AH]|P[ADH]|WC?[ADH])([0-9]{6}|[0-9]{9})")


def us_hicn(value: bytes) -> bool:
    """US health insurance claim number, until 2020: an SSN and who is insured by it, or a railroad prefix.

    Source: Social Security Administration, POMS RS 00202 and HI 00901.045 (beneficiary identification codes).
    """
    text = alnum(value)
    if (claim := _CLAIM.fullmatch(text)) is not None:
        number = claim[1]
        used = number[:3] not in ("000", "666") and number[0] != "9"
        return used and number[3:5] != "00" and number[5:] != "0000" and not repeats_one(number)
    railroad = _RAILROAD.fullmatch(text)
    return railroad is not None and not repeats_one(railroad[1])


def canada_health_number(value: bytes) -> bool:
    """Canadian provincial health number: British Columbia's or Ontario's check, Quebec's birth date.

    Other provinces have 8 to 12 digits without a public check. Sources: BC PharmaNet PHN check digit,
    Ontario health card validation manual (Luhn), RAMQ health insurance number.
    """
    text = alnum(value)
    if (quebec := re.fullmatch(r"[A-Z]{4}[0-9]{2}([0-9]{2})([0-9]{2})[0-9]{2}", text)) is not None:
        return int(quebec[1]) % 50 in range(1, 13) and int(quebec[2]) in range(1, 32)
    number = digits(value)
    if re.fullmatch(r"[0-9]{10}[A-Z]{2}", text):
        return luhn_holds(number)
    if not text.isdigit() or repeats_one(text) or text.startswith("0000"):
        return False
    if len(text) == 10:
        return _bc_health(text) or luhn_holds(text)
    return len(text) in (8, 9, 12)


def _bc_health(number: str) -> bool:
    check = -weighted(number[1:9], (2, 4, 8, 5, 10, 9, 7, 3)) % 11
    return number[0] == "9" and check == int(number[9])


# ISO 3166-1 numeric of the states whose institutions issue the card, and of the United Kingdom.
_CARD_COUNTRIES = frozenset(
    (40, 56, 100, 191, 196, 203, 208, 233, 246, 250, 276, 300, 348, 352, 372, 380, 428, 438, 440, 442, 470,
     528, 578, 616, 620, 642, 703, 705, 724, 752, 756, 826)
)  # fmt: skip


def european_health_card(value: bytes) -> bool:
    """Number of a European health insurance card: 20 digits, 80 (health) and the issuer's country.

    Source: Decision S2 of the Administrative Commission (2010/C 106/09), EN 1867.
    """
    number = digits(value)
    return len(number) == 20 and number[:2] == "80" and int(number[2:5]) in _CARD_COUNTRIES


def finland_health_card(value: bytes) -> bool:
    """Number of a Finnish European health insurance card: 8024680246 and ten digits (Kela)."""
    number = digits(value)
    return len(number) == 20 and number.startswith("8024680246") and not repeats_one(number[10:])


def france_health_card(value: bytes) -> bool:
    """French carte Vitale: 21 digits of the card, or the insured's NIR of 15 with its key (modulo 97)."""
    text = alnum(value)
    if len(text) == 21:
        return text.isdigit() and not repeats_one(text)
    number = text.replace("2A", "19", 1).replace("2B", "18", 1) if text[5:7] in ("2A", "2B") else text
    if len(number) != 15 or not number.isdigit() or number[0] not in "123478":
        return False
    return 97 - int(number[:13]) % 97 == int(number[13:])


_HCPCS = (  # level II by section, first and last code in use; CMS, HCPCS quarterly update (public domain)
    ("A", 21, 9999), ("B", 4034, 9999), ("C", 1000, 9999), ("E", 100, 8002), ("G", 8, 9999),
    ("H", 1, 2041), ("J", 13, 9999), ("K", 1, 1036), ("L", 112, 9900), ("M", 1, 1426), ("P", 2028, 9615),
    ("Q", 35, 9998), ("R", 70, 76), ("S", 12, 9999), ("T", 1000, 5999), ("U", 1, 5), ("V", 2020, 5364),
)  # fmt: skip


def hcpcs(value: bytes) -> bool:
    """US procedure code: HCPCS level II in a section's range, or five characters as level I has them."""
    text = alnum(value)
    if re.fullmatch(r"[0-9]{4}[FTU]", text):
        return text[:4] != "0000"
    if re.fullmatch(r"[0-9]{5}", text):
        return 100 <= int(text) <= 99_607
    if re.fullmatch(r"[A-V][0-9]{4}", text) is None:
        return False
    return any(text[0] == letter and low <= int(text[1:]) <= high for letter, low, high in _HCPCS)


@cache
def _diagnoses() -> frozenset[str]:
    """Return the codes of ICD-10-CM without their dots; the file gives how many characters each shares."""
    found, code = [], ""
    for line in (shipped("patterns") / "lexicons" / "icd10cm.txt").read_text("ascii").split():
        code = code[: int(line[0])] + line[1:]
        found.append(code)
    return frozenset(found)


def icd_10_cm(value: bytes) -> bool:
    """US diagnosis code of the lexicon (CDC and CMS, ICD-10-CM of April 2026), with its dot or without."""
    return alnum(value) in _diagnoses()


def national_drug_code(value: bytes) -> bool:
    """US national drug code: labeller, product and package of 4-4-2, 5-3-2, 5-4-1 or 5-4-2 digits (FDA)."""
    parts = [len(part) for part in value.split(b"-")]
    number = digits(value)
    known = parts in ([4, 4, 2], [5, 3, 2], [5, 4, 1], [5, 4, 2]) or (parts in ([10], [11]))
    return known and not repeats_one(number) and number[:5].strip("0") != "" and len(set(number)) > 2


def loinc(value: bytes) -> bool:
    """LOINC code: up to seven digits and a Luhn check digit (Regenstrief, LOINC Users' Guide, appendix C)."""
    number, _, check = value.decode("ascii", "replace").partition("-")
    return number.isdigit() and check.isdigit() and not repeats_one(number) and luhn_holds(number + check)


_GTIN = re.compile(rb"\(?01\)?([0-9]{14})")
_HIBC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"


def device_identifier(value: bytes) -> bool:
    """Unique device identifier of one of the agencies that the FDA accredits (21 CFR 830).

    GS1: GTIN-14 and its check digit (General Specifications, 7.9). HIBCC: modulus 43 over all characters
    (ANSI/HIBC 2.6), where no secondary data tells it. ICCBBA: data structures of ISBT 128, a facility first.
    """
    if (gtin := _GTIN.match(value)) is not None:
        number = gtin[1].decode("ascii")
        return not repeats_one(number) and weighted(number, (3, 1) * 7) % 10 == 0
    if value.startswith(b"+"):
        if b"/$" in value:  # the secondary data structure: a lot or serial number
            return True
        values = [_HIBC.find(char) for char in value.decode("ascii", "replace")]
        return min(values) >= 0 and sum(values[:-1]) % 43 == values[-1]
    return re.match(rb"=/[A-Z][0-9]{4}", value) is not None


_DATE = re.compile(
    rb"[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
)
_COUNTED = ("123456789012345", "987654321098765")


def record_number(value: bytes) -> bool:
    """Number that an institution gives out: three digits or more, no filler, no date and no counting."""
    number = digits(value)
    if len(number) < 3 or repeats_one(number) or _DATE.fullmatch(value):
        return False
    return not (len(number) > 4 and any(counted.startswith(number) for counted in _COUNTED))


HEALTH_VALIDATORS = (
    canada_health_number,
    device_identifier,
    european_health_card,
    finland_health_card,
    france_health_card,
    hcpcs,
    icd_10_cm,
    loinc,
    national_drug_code,
    record_number,
    us_hicn,
)
"""Checks that packs may name."""
