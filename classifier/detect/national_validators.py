"""Checks of the numbers by which states know their people: identity cards, social security, registers.

Those of the same kind by which they tax them are in `tax_validators`.
"""

from __future__ import annotations

import re

from classifier.detect.digits import alnum, digits, is_filler, luhn_holds, repeats_one, weighted
from classifier.detect.published_checks import holds

_NO_DNI = frozenset({"99999999"})


def ar_dni(value: bytes) -> bool:
    """Argentine DNI: 7 or 8 digits, not zeros nor nines; no check digit (RENAPER)."""
    number = digits(value)
    return 7 <= len(number) <= 8 and number not in _NO_DNI and not is_filler(number)


def br_rg(value: bytes) -> bool:
    """Brazilian RG: where it is written without separators, the check digit that São Paulo uses.

    Each state numbers by its own rules; written as `12.345.678-9` it is an RG of any of them. Weights 2 to 9,
    modulus 11, `X` for ten (Instituto de Identificação Ricardo Gumbleton Daunt).
    """
    text = alnum(value)
    if not 8 <= len(text) <= 9 or not text[:-1].isdigit() or is_filler(text[:-1]):
        return False
    if value.count(b".") == 2 and b"-" in value:
        return True
    check = -weighted(text[:-1].zfill(8), range(2, 10)) % 11
    return text[-1] == "0123456789X"[check]


def cl_rut(value: bytes) -> bool:
    """Chilean RUN and RUT: modulus 11 with `K` for ten, not zeros (Servicio de Registro Civil)."""
    text = alnum(value)
    return not repeats_one(text[:-1]) and holds("cl.rut", text)


def es_dni(value: bytes) -> bool:
    """Spanish DNI: 8 digits and the letter that modulus 23 gives (Real Decreto 1553/2005)."""
    text = alnum(value)
    return not repeats_one(text[:-1]) and holds("es.dni", text)


_FIRST_LONG = 10_000_000  # a shorter middle part of a Spanish number is put after the province as it is


def es_nss(value: bytes) -> bool:
    """Spanish social security number: province, number, two digits that are modulus 97 of both.

    The middle part counts without its leading zero or with it: both are in use (Tesorería General de la
    Seguridad Social).
    """
    number = digits(value)
    if not 11 <= len(number) <= 12 or repeats_one(number):
        return False
    province, middle, control = number[:2], number[2:-2], int(number[-2:])
    if not (1 <= int(province) <= 53 or province == "66"):
        return False
    sums = {int(province + middle) % 97}
    if int(middle) < _FIRST_LONG:
        sums.add((int(province) * _FIRST_LONG + int(middle)) % 97)
    return control in sums


def fr_nir(value: bytes) -> bool:
    """French NIR with its key: 97 less modulus 97, `2A` and `2B` for Corsica (INSEE).

    The month of birth is 1 to 12, or above 20 where it is not known.
    """
    text = alnum(value)
    month = text[3:5]
    return len(text) == 15 and ("01" <= month <= "12" or month >= "20") and holds("fr.nir", text)


_ICAO = {
    char: number for number, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}  # ICAO Doc 9303, part 3


def icao_check(text: str) -> str:
    """Return the check digit of a machine readable travel document (ICAO Doc 9303, part 3, 4.9)."""
    return str(sum(_ICAO[char] * (7, 3, 1)[place % 3] for place, char in enumerate(text)) % 10)


_GERMAN = "0-9CFGHJKLMNPRTVWXYZ"  # no vowel, and nothing that is taken for another
_GERMAN_CARD = re.compile(f"[L-NPRTV-Z][{_GERMAN}]{{8}}[0-9]?D?")
_GERMAN_PASSPORT = re.compile(f"[CFGHJK][{_GERMAN}]{{8}}[0-9]?D?")


def de_identity_card(value: bytes) -> bool:
    """German identity card: a serial number of 9, with its check digit of ICAO where that is written.

    Without the check digit it has a letter besides the first one, or it is one of an old card, `T` and eight
    digits (Personalausweisverordnung, annex; ICAO Doc 9303).
    """
    return _german(alnum(value), _GERMAN_CARD)


def de_passport(value: bytes) -> bool:
    """German passport: as the identity card, but it begins with C, F, G, H, J or K (Passverordnung)."""
    return _german(alnum(value), _GERMAN_PASSPORT)


def _german(text: str, shape: re.Pattern[str]) -> bool:
    if shape.fullmatch(text) is None or is_filler(text[1:9]):
        return False
    number = text.removesuffix("D")
    if len(number) == 10:
        return icao_check(number[:9]) == number[9]
    return number[0] == "T" or not number[1:].isdigit()


def in_aadhaar(value: bytes) -> bool:
    """Indian Aadhaar: 12 digits with Verhoeff's check digit, first 2 to 9, no palindrome (UIDAI)."""
    return holds("in_.aadhaar", digits(value))


def it_codice_fiscale(value: bytes) -> bool:
    """Italian fiscal code of a person: a day of birth, and the check letter, also of replaced digits.

    Source: Decreto del Ministero delle Finanze of 23 December 1976.
    """
    text = alnum(value)
    return len(text) == 16 and holds("it.codicefiscale", text)


def mx_curp(value: bytes) -> bool:
    """Mexican CURP: a date of birth, a state, and the check digit (RENAPO, Instructivo normativo)."""
    return holds("mx.curp", alnum(value))


def not_filler(value: bytes) -> bool:
    """A number without a check digit that is neither one digit again and again nor counts up or down."""
    number = digits(value)
    return bool(number) and not is_filler(number)


def ar_sube(value: bytes) -> bool:
    """Argentine SUBE card: 16 digits from 6061, with Luhn's check digit (ISO/IEC 7812-1)."""
    number = digits(value)
    return len(number) == 16 and number.startswith("6061") and luhn_holds(number)


NATIONAL_VALIDATORS = (
    ar_dni,
    ar_sube,
    br_rg,
    cl_rut,
    de_identity_card,
    de_passport,
    es_dni,
    es_nss,
    fr_nir,
    in_aadhaar,
    it_codice_fiscale,
    mx_curp,
    not_filler,
)
"""The checks of this module, by their names in packs."""
