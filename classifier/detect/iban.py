"""International bank account numbers (ISO 13616)."""

from __future__ import annotations

from classifier.detect.digits import alnum
from classifier.detect.registries import iban_structure

_LETTER_VALUES = {ord("A") + number: str(10 + number) for number in range(26)}


def iban(value: bytes) -> bool:
    """International bank account number (ISO 13616): the country's structure and MOD 97-10 (ISO/IEC 7064)."""
    text = alnum(value)
    if len(text) < 15:
        return False
    structure = iban_structure(text[:2])
    if structure is None or structure.fullmatch(text) is None:
        return False
    account = text[4:]
    number = account if account.isdigit() else account.translate(_LETTER_VALUES)
    return int(number + text[:4].translate(_LETTER_VALUES)) % 97 == 1
