"""Checks of the numbers by which tax offices know persons and companies."""

from __future__ import annotations

import re

from classifier.detect.digits import alnum, digits, is_filler, repeats_one
from classifier.detect.published_checks import holds


def ar_cuit(value: bytes) -> bool:
    """Argentine CUIT and CUIL: a prefix of a kind of person, and modulus 11 (AFIP)."""
    return holds("ar.cuit", digits(value))


def au_tfn(value: bytes) -> bool:
    """Australian tax file number: 8 or 9 digits, weighted modulus 11 (Australian Taxation Office)."""
    number = digits(value)
    return not repeats_one(number) and holds("au.tfn", number)


_CNPJ_WEIGHTS = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)


def br_cnpj(value: bytes) -> bool:
    """Brazilian CNPJ: two check digits of modulus 11; since July 2026 it may have letters.

    A character counts as its ASCII code less 48 (Receita Federal, Instrução Normativa 2.229/2024).
    """
    text = alnum(value)
    if len(text) != 14 or not text[12:].isdigit() or repeats_one(text):
        return False
    values = [ord(char) - 48 for char in text]
    for end in (12, 13):
        rest = sum(v * w for v, w in zip(values[:end], _CNPJ_WEIGHTS[13 - end :], strict=True)) % 11
        if values[end] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def br_cpf(value: bytes) -> bool:
    """Brazilian CPF: two check digits of modulus 11, not one digit again and again (Receita Federal)."""
    number = digits(value)
    return not repeats_one(number) and holds("br.cpf", number)


def _co_nit(value: bytes) -> bool:
    """Colombian NIT with its check digit: modulus 11 over prime weights (DIAN, orden 4/1989)."""
    number = digits(value)
    return 7 <= len(number) <= 11 and not is_filler(number[:-1]) and _co_check(number[:-1]) == number[-1]


def _co_check(number: str) -> str:
    weights = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43)
    rest = sum(int(d) * w for d, w in zip(reversed(number), weights, strict=False)) % 11
    return str(rest if rest < 2 else 11 - rest)


def co_person_nit(value: bytes) -> bool:
    """Colombian NIT of a person: with its check digit, and not 9 digits that begin with 8 or 9."""
    return not _of_company(value) and _co_nit(value)


def co_company_nit(value: bytes) -> bool:
    """Colombian NIT of a company: 9 digits that begin with 8 or 9, and the check digit."""
    return _of_company(value) and _co_nit(value)


def _of_company(value: bytes) -> bool:
    number = digits(value)
    return len(number) == 10 and number[0] in "89"


def de_steuer_id(value: bytes) -> bool:
    """German tax identification number: one digit two or three times, ISO/IEC 7064 MOD 11,10 (BZSt)."""
    return holds("de.idnr", digits(value))


def es_nie(value: bytes) -> bool:
    """Spanish NIE: X, Y or Z, 7 digits and the letter that modulus 23 gives (Orden INT/2058/2008)."""
    return holds("es.nie", alnum(value))


def es_nif(value: bytes) -> bool:
    """Spanish NIF of a person: a DNI, or K, L or M with 7 digits and the letter of modulus 23."""
    text = alnum(value)
    if text[:1] in ("K", "L", "M"):
        return len(text) == 9 and _spanish_letter(text[1:8]) == text[8]
    return not repeats_one(text[:-1]) and holds("es.dni", text)


def _spanish_letter(number: str) -> str:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] if number.isdigit() else ""


def es_cif(value: bytes) -> bool:
    """Spanish NIF of an organisation: a letter of its kind, 7 digits, a control digit or letter (AEAT)."""
    text = alnum(value)
    return not repeats_one(text[1:]) and holds("es.cif", text)


def fr_spi(value: bytes) -> bool:
    """French tax identification number: 13 digits, first 0 to 3, the last three modulus 511 (DGFiP)."""
    number = digits(value)
    return not repeats_one(number) and holds("fr.nif", number)


def uk_tax_reference(value: bytes) -> bool:
    """UK unique taxpayer reference (its first digit checks the others), or a temporary reference number.

    The latter is two digits, a letter and five digits (HMRC, PAYE manual).
    """
    text = alnum(value).removesuffix("K")
    if len(text) == 10:
        return not is_filler(text[1:]) and holds("gb.utr", text)
    return re.fullmatch("[0-9]{2}[A-Z][0-9]{5}", text) is not None and not is_filler(digits(value))


def in_pan(value: bytes) -> bool:
    """Indian PAN: the fourth letter is a kind of holder, the number is not 0000 (Income Tax Department)."""
    return holds("in_.pan", alnum(value))


_RFC = re.compile(r"([A-Z&Ñ]{3,4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9A-Z]{2})([0-9A])")
_RFC_VALUES = {char: place for place, char in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")}
_MONTH_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def mx_rfc(value: bytes) -> bool:
    """Mexican RFC: initials, a day of the calendar, and the check digit of modulus 11 (SAT).

    The generic ones (XAXX010101000 for the public, XEXX010101000 for foreigners) are nobody's.
    """
    text = re.sub(r"[^0-9A-ZÑ&]", "", value.decode("utf-8", "replace").upper())
    match = _RFC.fullmatch(text)
    if match is None or text in ("XAXX010101000", "XEXX010101000"):
        return False
    month, day = int(match[3]), int(match[4])
    if not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1]:
        return False
    body = text[:-1].rjust(12)
    rest = sum(_RFC_VALUES[char] * (13 - place) for place, char in enumerate(body)) % 11
    return text[-1] == "0A987654321"[rest]


TAX_VALIDATORS = (
    ar_cuit,
    au_tfn,
    br_cnpj,
    br_cpf,
    co_company_nit,
    co_person_nit,
    de_steuer_id,
    es_cif,
    es_nie,
    es_nif,
    fr_spi,
    in_pan,
    mx_rfc,
    uk_tax_reference,
)
"""The checks of this module, by their names in packs."""
