"""Checks of national numbers: published values, wrong digits, days that no calendar has, no exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.africa_validators import AFRICA_VALIDATORS
from classifier.detect.americas_validators import AMERICAS_VALIDATORS
from classifier.detect.asia_validators import ASIA_VALIDATORS
from classifier.detect.europe_validators import EUROPE_VALIDATORS
from classifier.detect.stdnum_validators import STDNUM_VALIDATORS
from classifier.detect.validators import VALIDATORS

OURS = (*AFRICA_VALIDATORS, *AMERICAS_VALIDATORS, *ASIA_VALIDATORS, *EUROPE_VALIDATORS)

# Values that agencies, Wikipedia, validator.js 13.15.35, python-stdnum 2.2, zim-id or nidx print.
GENUINE = {
    "tw_national_id": ["B176944193", "K101189797", "A219758834", "Z277018381"],
    "hk_identity_card": ["A123456(3)", "G123456(A)", "AB987654(3)"],
    "sg_nric": ["S1234567D", "F1234567N", "T1234567J", "G1234567X", "M1234567K"],
    "kr_business_registration": ["116-82-00276", "1348672683"],
    "kz_iin": ["860904350504", "061211600012"],
    "kw_civil_id": ["288020122596", "227081660516"],
    "pt_social_security": ["12345678910"],
    "lk_nic": ["722222222V", "993151225X", "199931512253"],
    "jp_drivers_license": ["305112345610"],
    "sa_national_id": ["1058529940"],
    "ir_national_code": ["0499370899", "0790419904", "1583250689"],
    "hu_tax_id": ["8071592153"],
    "lu_matricule": ["1893120105732"],
    "pl_passport": ["ZS0000177"],
    "de_social_insurance": ["15070649C103", "65170839J003"],
    "ru_snils": ["112-233-445 95", "087-654-303 00"],
    "br_cnh": ["02650306461", "97625655678"],
    "br_pis": ["120.56874.10-7", "12345678919"],
    "br_voter_id": ["102385010671", "004356870906"],
    "uy_cedula": ["1.234.567-2"],
    "sv_dui": ["00016297-5"],
    "at_social_security": ["1237 010180"],
    "jp_in": ["6214 9832 0257"],
    "pl_pesel": ["44051401359"],
    "tr_tckimlik": ["17291716060"],
    "za_idnr": ["7503305044089"],
    "fi_hetu": ["131052-308T"],
    "zw_national_registration": ["50-2001148W50", "08-2047823-Q-29"],
    "xk_personal_number": ["1234567892"],
    "al_identity_number": ["J00101999W", "J05115999K", "J03115999K"],
    "be_national_number": ["85.07.30-033 28", "98472899765"],
    "pk_cnic": ["34201-0891231-8", "81302-1234567-1"],
}
# Of these one digit that is wrong cannot escape: the check is modulus 11 or higher, or Luhn's.
CATCH_ALL = {
    "tw_national_id", "sg_nric", "kz_iin", "sa_national_id", "ir_national_code", "hu_tax_id", "lu_matricule",
    "br_pis", "sv_dui", "pl_pesel", "za_idnr", "jp_in", "kr_business_registration", "xk_personal_number",
}  # fmt: skip
CASES = [(name, value) for name, values in GENUINE.items() for value in values]


@pytest.mark.parametrize("name, value", CASES)
def test_published_values_pass(name: str, value: str) -> None:
    assert VALIDATORS[name](value.encode())


@pytest.mark.parametrize("name, value", [case for case in CASES if case[0] in CATCH_ALL])
def test_a_wrong_last_digit_is_found(name: str, value: str) -> None:
    others = [value[:-1] + char for char in "0123456789" if value[-1].isdigit() and char != value[-1]]
    assert not any(VALIDATORS[name](other.encode()) for other in others)


@pytest.mark.parametrize(
    "name, value",
    [
        ("kr_resident_registration", "861332-1234567"),
        ("kz_iin", "861304350504"),
        ("kw_civil_id", "283013500032"),
        ("eg_national_id", "29013010112345"),
        ("eg_national_id", "29001019912345"),
        ("jmbg", "3213990710006"),
        ("lu_matricule", "1893320105732"),
        ("de_social_insurance", "15370649C103"),
        ("mx_voter_key", "GMVLMR80133014M100"),
        ("tz_nida", "19903213123451234512"),
        ("ni_cedula", "0013213900001A"),
        ("al_identity_number", "I96332123A"),
        ("qa_qid", "29000012345"),
        ("ae_emirates_id", "784-1879-1234567-1"),
        ("vn_citizen_card", "099201001234"),
        ("ru_snils", "001-001-998 00"),
        ("at_social_security", "0237 010180"),
        ("ni_cedula", "4863206890001A"),
        ("is_kennitala", "3202262210"),
        ("pk_cnic", "91302-1234567-1"),
        ("by_identification_number", "0000000A000PB2"),
    ],
)
def test_what_no_calendar_or_register_has(name: str, value: str) -> None:
    assert not VALIDATORS[name](value.encode())


def test_born_after_the_korean_check_digit_was_given_up() -> None:
    assert VALIDATORS["kr_resident_registration"](b"211005-3123456")
    assert not VALIDATORS["kr_resident_registration"](b"951005-1123456")


def test_born_after_the_icelandic_check_digit_was_given_up() -> None:
    assert all(VALIDATORS["is_kennitala"](f"010326-22{digit}0".encode()) for digit in range(10))
    assert sum(VALIDATORS["is_kennitala"](f"010325-22{digit}0".encode()) for digit in range(10)) == 1


@pytest.mark.parametrize(
    "name, number",
    [
        ("ni_cedula", "4861806890001{}"),
        ("zw_national_registration", "632345678{}12"),
        ("by_identification_number", "3080542C156BI{}"),
    ],
)
def test_one_last_character_is_right(name: str, number: str) -> None:
    characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum(VALIDATORS[name](number.format(char).encode()) for char in characters) == 1


def test_two_spellings_of_a_brazilian_check_that_is_nought() -> None:
    assert VALIDATORS["br_voter_id"](b"209016120140")
    assert VALIDATORS["br_voter_id"](b"209016120141")
    assert not VALIDATORS["br_voter_id"](b"209016120142")


@pytest.mark.parametrize("check", [*OURS, *STDNUM_VALIDATORS], ids=lambda check: check.__name__)
def test_filler_never_passes_for_a_checked_number(check: object) -> None:
    name = getattr(check, "__name__", "")
    if name in {"ba_jmbg", "me_jmbg", "mk_embg", "rs_jmbg"} or check in STDNUM_VALIDATORS:
        assert not any(VALIDATORS[name](digit.encode() * 13) for digit in "123456789")


@settings(max_examples=50)
@given(st.binary(max_size=24))
def test_no_check_raises(value: bytes) -> None:
    for check in (*OURS, *STDNUM_VALIDATORS):
        assert check(value) in (True, False)


@settings(max_examples=50)
@given(st.text("0123456789ABCXYZ -./", max_size=20))
def test_no_check_raises_on_what_looks_like_a_number(text: str) -> None:
    for check in (*OURS, *STDNUM_VALIDATORS):
        assert check(text.encode()) in (True, False)


def test_each_name_is_one_check() -> None:
    names = [check.__name__ for check in (*OURS, *STDNUM_VALIDATORS)]
    assert len(names) == len(set(names))
    assert all(VALIDATORS[check.__name__] is check for check in OURS)
