"""Identifiers of health care: published values, wrong ones, python-stdnum beside them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn as stdnum_luhn
from stdnum.ca import bc_phn as stdnum_phn
from stdnum.fr import nir as stdnum_nir

from classifier.detect.detector import Validator
from classifier.detect.health_validators import (
    HEALTH_VALIDATORS,
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

CASES: tuple[tuple[Validator, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        us_hicn,
        ("536-22-8145A", "401827364B1", "WA-482917", "WCD536228145"),
        ("536-22-8145", "000-22-8145A", "536-00-8145A", "536228145Z9", "W482917", "A111111"),
    ),
    (
        canada_health_number,
        ("9698 658 215", "9876-543-217", "5847392015QK", "TREM 8403 1217", "123450987"),
        ("9698 658 216", "5847392016QK", "TREM 8413 1217", "0000000000", "1234567"),
    ),
    (european_health_card, ("80380000900090510553",), ("80999000900090510553", "8038000090009051055")),
    (finland_health_card, ("80246802461048372915",), ("80246802471048372915", "80246802460000000000")),
    (
        france_health_card,
        ("294018519179669", "1 20 10 06 088 309 93", "802500000148291570331", "180012A00123422"),
        ("294018519179668", "000000000000000000000", "94018519179669", "594018519179669"),
    ),
    (hcpcs, ("J1885", "E0601", "99213", "0001F"), ("U9885", "D0120", "00000", "0000F", "J188")),
    (icd_10_cm, ("E11.9", "S72.001A", "I10", "E119", "u07.1"), ("E11.7", "XYZ", "E1", "")),
    (
        national_drug_code,
        ("0777-3105-02", "50580-449-05", "12345-6789-0", "00071015523"),
        ("077-3105-02", "50580-449-051", "00000-0000-00", "2026-11-30"),
    ),
    (loinc, ("718-7", "4548-4", "33762-6"), ("718-8", "0000-0", "7187", "-7", "")),
    (
        device_identifier,
        (
            "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234",
            "+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202C",
            "+A123ABCDEFGHI1234567891E",
            "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123",
        ),
        ("(01)51022222233337", "+A123ABCDEFGHI1234567891F", "(01)00000000000000", "=/9999A", ""),
    ),
    (
        record_number,
        ("00482917", "H-7730184", "436434/875"),
        ("000000", "12345678", "1990-05-12", "12/05/1990", "19900512", "AB12"),
    ),
)


def cases(genuine: bool) -> list[object]:
    return [
        pytest.param(check, value, id=f"{check.__name__}-{number}")
        for check, right, wrong in CASES
        for number, value in enumerate(right if genuine else wrong)
    ]


def test_every_check_has_cases() -> None:
    assert {check for check, _, _ in CASES} == set(HEALTH_VALIDATORS)


@pytest.mark.parametrize("check, value", cases(genuine=True))
def test_genuine_value_passes(check: Validator, value: str) -> None:
    assert check(value.encode())


@pytest.mark.parametrize("check, value", cases(genuine=False))
def test_other_value_fails(check: Validator, value: str) -> None:
    assert not check(value.encode())


@settings(deadline=None)
@given(st.from_regex(r"9[0-9]{9}", fullmatch=True))
def test_ten_digits_from_9_on_are_british_columbias_or_ontarios(text: str) -> None:
    known = stdnum_phn.is_valid(text) or stdnum_luhn.is_valid(text)
    assert canada_health_number(text.encode()) == (known and len(set(text)) > 1)


@settings(deadline=None)
@given(st.from_regex(r"[12][0-9]{2}(?:0[1-9]|1[0-2])(?:[0-8][0-9]|2A|2B)[0-9]{8}", fullmatch=True))
def test_nir_as_stdnum_has_it(text: str) -> None:
    assert france_health_card(text.encode()) == stdnum_nir.is_valid(text)


def test_the_lexicon_of_diagnoses_is_whole() -> None:
    """The code set of April 2026 has 98,166 codes and headings; the first, the last, one of each length."""
    for code in ("A00", "A000", "Z99.89", "M1A.0", "S72.001A", "U07.1"):
        assert icd_10_cm(code.encode()), code
