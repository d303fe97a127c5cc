"""Checks of domestic accounts: published values, wrong digits, python-stdnum beside them, random values."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.es import ccc as stdnum_ccc
from stdnum.us import ein as stdnum_ein

from classifier.detect.bank_validators import (
    BANK_VALIDATORS,
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
from classifier.detect.detector import Validator

CASES: tuple[tuple[Validator, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        germany_bank_account,
        ("DE89 3704 0044 0532 0130 00", "370400440532013000", "37040044/0532013000"),
        ("DE88370400440532013000", "070400440532013000", "370400440000000000", "37040044053201300"),
    ),
    (
        france_bank_account,
        ("FR1420041010050500013M02606", "20041 01005 0500013M026 06", "30006000011234567890189"),
        ("FR1520041010050500013M02606", "20041010050500013M02607", "2004101005050001302606", "x"),
    ),
    (
        spain_bank_account,
        ("ES9121000418450200051332", "2100 0418 45 0200051332", "12341234161234567890"),
        ("ES9221000418450200051332", "21000418460200051332", "00000000000000000000", "2100041845020005133"),
    ),
    (
        italy_bank_account,
        ("IT60X0542811101000000123456", "X 05428 11101 000000123456"),
        ("IT61X0542811101000000123456", "Y0542811101000000123456", "X054281110100000012345"),
    ),
    (
        uk_bank_account,
        ("GB29NWBK60161331926819", "NWBK 601613 31926819", "60-16-13 31926819"),
        ("GB28NWBK60161331926819", "00-16-13 31926819", "60-16-13 00000000", "60-16-13 3192681"),
    ),
    (
        poland_bank_account,
        ("PL61109010140000071219812874", "61 1090 1014 0000 0712 1981 2874"),
        ("61109010140000071219812875", "6110901014000007121981287"),
    ),
    (
        portugal_bank_account,
        ("PT50000201231234567890154", "000201231234567890154"),
        ("000201231234567890155", "000000000000000000000", "00020123123456789015"),
    ),
    (belgium_bank_account, ("539-0075470-34",), ("539-0075470-35", "000000000000", "539-0075470")),
    (norway_bank_account, ("8601 11 17947",), ("8601 11 17948", "00000000000", "8601117947")),
    (clabe, ("032180000118359719",), ("032180000118359718", "000000000000000000", "03218000011835971")),
    (canada_transit, ("00011-001", "000200011"), ("00011-901", "11111-003", "00011-000", "1234")),
    (australia_bsb, ("062-000", "012003"), ("002-000", "111-111", "062-0000")),
    (india_ifsc, ("SBIN0000300",), ("SBIN1000300", "SBIN0ABCDEF", "SBI00000300")),
    (us_ein, ("91-1144442",), ("07-1144442", "12-3456789", "000000000", "91-114444")),
)


def cases(genuine: bool) -> list[object]:
    return [
        pytest.param(check, value, id=f"{check.__name__}-{number}")
        for check, right, wrong in CASES
        for number, value in enumerate(right if genuine else wrong)
    ]


def test_every_check_has_cases() -> None:
    assert {check for check, _, _ in CASES} == set(BANK_VALIDATORS)


@pytest.mark.parametrize("check, value", cases(genuine=True))
def test_genuine_value_passes(check: Validator, value: str) -> None:
    assert check(value.encode())


@pytest.mark.parametrize("check, value", cases(genuine=False))
def test_other_value_fails(check: Validator, value: str) -> None:
    assert not check(value.encode())


@pytest.mark.parametrize(
    "check, length, most",
    [
        (france_bank_account, 23, 0.02),
        (spain_bank_account, 20, 0.02),
        (poland_bank_account, 26, 0.02),
        (portugal_bank_account, 21, 0.02),
        (belgium_bank_account, 12, 0.02),
        (norway_bank_account, 11, 0.11),
        (clabe, 18, 0.12),
    ],
)
def test_random_digits_pass_seldom(check: Validator, length: int, most: float) -> None:
    generator = random.Random(20)
    values = ("".join(generator.choices("0123456789", k=length)) for _ in range(4000))
    assert 0 < sum(check(value.encode()) for value in values) / 4000 < most


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{20}", fullmatch=True))
def test_spanish_account_as_stdnum_has_it(text: str) -> None:
    repeated = len(set(text)) < 2
    assert spain_bank_account(text.encode()) == (stdnum_ccc.is_valid(text) and not repeated)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_employer_number_is_one_of_stdnum(text: str) -> None:
    assert not us_ein(text.encode()) or stdnum_ein.is_valid(text)
