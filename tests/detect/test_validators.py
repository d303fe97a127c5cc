"""Each check against published examples, against python-stdnum, and against random values."""

from __future__ import annotations

import base64
import calendar
import json
import random
import re

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban
from stdnum import luhn as stdnum_luhn
from stdnum import numdb
from stdnum.ca import sin as stdnum_sin
from stdnum.gb import nhs as stdnum_nhs
from stdnum.us import itin as stdnum_itin
from stdnum.us import rtn as stdnum_rtn
from stdnum.us import ssn as stdnum_ssn

from classifier.detect.africa_validators import AFRICA_VALIDATORS
from classifier.detect.americas_validators import AMERICAS_VALIDATORS
from classifier.detect.asia_validators import ASIA_VALIDATORS
from classifier.detect.bank_validators import BANK_VALIDATORS
from classifier.detect.crypto_validators import CRYPTO_VALIDATORS
from classifier.detect.device_validators import DEVICE_VALIDATORS
from classifier.detect.europe_validators import EUROPE_VALIDATORS
from classifier.detect.health_validators import HEALTH_VALIDATORS
from classifier.detect.licence_validators import LICENCE_VALIDATORS
from classifier.detect.national_validators import NATIONAL_VALIDATORS
from classifier.detect.phone_validators import PHONE_VALIDATORS
from classifier.detect.secret_validators import SECRET_VALIDATORS
from classifier.detect.stdnum_validators import STDNUM_VALIDATORS
from classifier.detect.tax_validators import TAX_VALIDATORS
from classifier.detect.trace_validators import TRACE_VALIDATORS
from classifier.detect.validators import VALIDATORS


def b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def jwt(header: str, payload: str = '{"sub":"1"}', signature: str = "c2ln") -> str:
    return f"{b64(header)}.{b64(payload)}.{signature}"


BODY = "MIIBOgIBAAJBAKq7Rk2VxLmZ9pTtYw3BnC8dFhJ4sGaE6uQoN1iXvP0KhT3vR9wK"
BEGIN, END = "-----BEGIN RSA PRIVATE" + " KEY-----", "-----END RSA PRIVATE" + " KEY-----"

CASES: dict[str, tuple[list[str], list[str]]] = {  # validator → genuine, not genuine
    "luhn": (["79927398713", "1234 5678 9012 3452"], ["79927398710", "0000000000", "", "7"]),
    "payment_card": (
        [
            "4532015112830366",
            "4532-0151-1283-0366",
            "374245455400126",
            "5425233430109903",
            "6011 0009 9013 9424",
        ],
        ["4532015112830367", "453201511283036", "1532015112830361", "374245455400", "0000000000000000", "x"],
    ),
    "magnetic_stripe": (
        ["%B4532015112830366^DOE/MIRA^2811201000?", ";5425233430109903=2811201000?"],
        ["%B4532015112830367^DOE/MIRA^2811201000?", ";5425233430109903=2813201000?", "nothing"],
    ),
    "iban": (
        [
            "GB82 WEST 1234 5698 7654 32",  # ISO 13616 examples from the SWIFT registry
            "DE89370400440532013000",
            "NO93 8601 1117 947",
            "MT84MALT011000012345MTLCAST001S",
            "SN08SN0100152000048500003035",
        ],
        ["GB82 WEST 1234 5698 7654 33", "DE8937040044053201300", "XX89370400440532013000", "SN08", ""],
    ),
    "aba_routing": (
        ["021000021", "111000025", "322271627"],
        ["021000022", "991000021", "000000000", "12345678"],
    ),
    "swift_bic": (["DEUTDEFF", "DEUTDEFF500", "NEDSZAJJXXX"], ["PASSWORD", "DEUTXXFF", "DEUTDEFF5"]),
    "us_ssn": (
        ["536-22-8145", "536228145", "001-01-0001", "899-99-9998"],
        [
            "000-22-8145",
            "666-22-8145",
            "900-22-8145",
            "536-00-8145",
            "536-22-0000",
            "078-05-1120",
            "53622814",
        ],
    ),
    "us_itin": (["912-70-1234", "912901234"], ["912-49-1234", "912-93-1234", "812-70-1234", "912"]),
    "ca_sin": (["130 692 544", "453201519"], ["130 692 545", "046 454 286", "830692547", "13069254"]),
    "uk_nino": (
        ["JG471965A", "AB 38 29 17 C"],
        ["BG382917C", "DA382917C", "AO382917C", "QQ123456C", "JG471965E", "JG47196A", "JG111111A"],
    ),
    "calendar_date": (
        [
            "1988-11-30",
            "30.11.1988",
            "11/30/1988",
            "29/02/00",
            "29/2/2004",
            "19881130",
            "30111988",
            "7 March 1964",
            "June 2nd, 1990",
            "2nd of June 1990",
            "02-Jun-90",
        ],
        [
            "1988-13-31",
            "31.11.1988",
            "29/02/1900",
            "29/02/2001",
            "30/30/1988",
            "1888-01-01",
            "2050-01-01",
            "99999999",
            "32 March 1964",
            "7 Smarch 1964",
            "12-34-56",
            "1988-11",
            "1988 11 99999999999999999999",
            "March",
            "",
        ],
    ),
    "ip_address": (
        ["81.17.204.9", "10.0.0.1", "2a02:8108:1a40:77::5f01"],
        [
            "127.0.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "169.254.1.1",
            "192.0.2.1",
            "203.0.113.9",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "2001:db8::1",
            "1.2.3",
            "12:30:45",
        ],
    ),
    "drivers_license": (["D4718362", "S514-778-61-921-0"], ["D0000000", "AB1234"]),
    "us_npi": (["1234567893", "1679576722"], ["1234567890", "3234567893", "123456789"]),  # CMS's own example
    "us_dea": (["BR4471936", "FD2751041"], ["BR4471937", "B14471936", "BR0000000", "BR447193"]),
    "us_mbi": (
        ["1EG4-TE5-MK73", "7AH4RK2QN58"],
        ["0EG4-TE5-MK73", "1SG4-TE5-MK73", "1EG4-TE5-MK7", "1EG4-TE5-M073", "11G4-TE5-MK73"],
    ),
    "uk_nhs_number": (["943 476 5919", "4010232137"], ["943 476 5918", "1111111111", "94347659"]),
    "mixed_characters": (["aB3"], ["ab3", "AB3", "aBc", ""]),
    "json_web_token": (
        [jwt('{"alg":"HS256","typ":"JWT"}'), jwt('{"typ": "JWT", "alg": "none"}', signature="")],
        [jwt('{"typ":"JWT"}'), jwt('["alg"]'), jwt('{"alg":1}'), jwt("{"), "a.b", "a.b.c.d", jwt("[" * 9999)],
    ),
    "basic_credentials": (
        ["YXBpOmhUM3ZSOXdLcTVMcA==", "YXBpOmhUM3ZSOXdLcTVMcA", "dGVzdDoxMjPCow=="],  # the last from RFC 7617
        ["authentication", "Og==", "YXBp", "AAAAOmE=", "A"],
    ),
    "private_key_block": (
        [
            f"{BEGIN}\n{BODY}\n{END}",
            f"{BEGIN}\\n{BODY}\\n{END}",
            f"{BEGIN}\n{BODY}",
            f'"{BEGIN}" +\n  "{BODY[:50]}"',
            f"{BEGIN}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n{BODY}\n{END}",
        ],
        [
            f"{BEGIN}\n...\n{END}",
            f"{BEGIN}\n{'x' * 80}\n{END}",
            f"{BEGIN}\n{BODY[:30]}\n{END}",
            "",
            f"{BEGIN}{END}",
        ],
    ),
    "base64_64_bytes": ([base64.b64encode(bytes(range(64))).decode()], ["QQ==", "not base64", "A"]),
    "password_like": (
        ["hunter2", "Winter_2026!x", "a-b-1", "pass:wort"],
        ["password", "db_password", "config.password", "1234567", "aaa1", "", "aaaa"],
    ),
    "random_token": (
        ["q7Rk2VxLmZ9pTtYw3BnC8dFh", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"],
        ["authentication-scheme-is-required", "request_headers_token2", "123456789012", ""],
    ),
}


def test_every_validator_has_cases() -> None:
    """The others have theirs in files of their own."""
    apart = (
        *AFRICA_VALIDATORS,
        *AMERICAS_VALIDATORS,
        *ASIA_VALIDATORS,
        *DEVICE_VALIDATORS,
        *EUROPE_VALIDATORS,
        *STDNUM_VALIDATORS,
        *SECRET_VALIDATORS,
        *BANK_VALIDATORS,
        *CRYPTO_VALIDATORS,
        *HEALTH_VALIDATORS,
        *LICENCE_VALIDATORS,
        *NATIONAL_VALIDATORS,
        *PHONE_VALIDATORS,
        *TAX_VALIDATORS,
        *TRACE_VALIDATORS,
    )
    assert CASES.keys() == VALIDATORS.keys() - {validator.__name__ for validator in apart}


def cases(genuine: bool) -> list[object]:
    return [
        pytest.param(name, value, id=f"{name}-{number}")
        for name, both in CASES.items()
        for number, value in enumerate(both[0 if genuine else 1])
    ]


@pytest.mark.parametrize("name, value", cases(genuine=True))
def test_genuine_value_passes(name: str, value: str) -> None:
    assert VALIDATORS[name](value.encode())


@pytest.mark.parametrize("name, value", cases(genuine=False))
def test_other_value_fails(name: str, value: str) -> None:
    assert not VALIDATORS[name](value.encode())


@pytest.mark.parametrize("name", VALIDATORS)
@settings(deadline=None)
@given(value=st.binary(max_size=80) | st.from_regex(rb"[0-9A-Za-z+/=. :-]{0,60}", fullmatch=True))
def test_no_value_makes_a_validator_raise(name: str, value: bytes) -> None:
    assert VALIDATORS[name](value) in (True, False)


@pytest.mark.parametrize(
    "name, length, low, high",
    [  # share of random digit strings that pass
        ("luhn", 16, 0.08, 0.12),
        ("payment_card", 16, 0.005, 0.05),
        ("us_npi", 10, 0.01, 0.03),
        ("uk_nhs_number", 10, 0.07, 0.11),
        ("aba_routing", 9, 0.02, 0.06),
        ("ca_sin", 9, 0.06, 0.1),
        ("us_ssn", 9, 0.84, 0.92),
        ("us_itin", 9, 0.02, 0.06),
    ],
)
def test_random_digits_pass_as_rarely_as_the_check_allows(
    name: str, length: int, low: float, high: float
) -> None:
    generator = random.Random(20)
    values = ("".join(generator.choices("0123456789", k=length)) for _ in range(5000))
    share = sum(VALIDATORS[name](value.encode()) for value in values) / 5000
    assert low < share < high


def test_random_dea_and_iban_pass_rates() -> None:
    generator = random.Random(21)
    digits = ["".join(generator.choices("0123456789", k=20)) for _ in range(5000)]
    dea = sum(VALIDATORS["us_dea"](f"AB{number[:7]}".encode()) for number in digits) / 5000
    german = sum(VALIDATORS["iban"](f"DE{number}".encode()) for number in digits) / 5000
    assert 0.08 < dea < 0.12
    assert german < 0.02


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_nine_digits_as_stdnum_has_it(digits: str) -> None:
    value = digits.encode()
    repeated = len(set(digits)) < 2
    assert VALIDATORS["us_itin"](value) == stdnum_itin.is_valid(digits)
    assert not VALIDATORS["ca_sin"](value) or stdnum_sin.is_valid(digits)
    assert not VALIDATORS["us_ssn"](value) or stdnum_ssn.is_valid(digits)
    assert not VALIDATORS["aba_routing"](value) or stdnum_rtn.is_valid(digits)
    assert repeated or VALIDATORS["luhn"](value) == stdnum_luhn.is_valid(digits)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{3} ?[0-9]{3} ?[0-9]{4}", fullmatch=True))
def test_nhs_number_as_stdnum_has_it(text: str) -> None:
    repeated = len(set(text.replace(" ", ""))) < 2
    assert VALIDATORS["uk_nhs_number"](text.encode()) == (stdnum_nhs.is_valid(text) and not repeated)


@settings(deadline=None)
@given(st.sampled_from(["DE", "FR", "GB", "NL", "NO"]), st.from_regex(r"[0-9A-Z]{11,30}", fullmatch=True))
def test_iban_as_stdnum_has_it(country: str, rest: str) -> None:
    text = country + rest
    assert VALIDATORS["iban"](text.encode()) == stdnum_iban.is_valid(text, check_country=False)


IBANS = {  # country → its account numbers' structure, as the IBAN registry writes it
    country: properties["bban"] for _, country, _, properties, _ in numdb.get("iban").prefixes
}


def account(structure: str, generator: random.Random) -> str:
    kinds = {"n": "0123456789", "a": "ABCXYZ", "c": "0123456789ABCXYZ"}
    parts = re.findall(r"([0-9]+)!([nac])", structure)
    return "".join("".join(generator.choices(kinds[kind], k=int(length))) for length, kind in parts)


@pytest.mark.parametrize("country", IBANS)
def test_iban_of_every_country(country: str) -> None:
    generator = random.Random(country)
    for _ in range(20):
        number = account(IBANS[country], generator)
        text = f"{country}{stdnum_iban.calc_check_digits(f'{country}00{number}')}{number}"
        assert stdnum_iban.is_valid(text, check_country=False)
        assert VALIDATORS["iban"](text.encode())
        assert VALIDATORS["iban"](" ".join((text[:4], text[4:8], text[8:])).lower().encode())
        changed = text[:-1] + str((int(text[-1], 36) + 1) % 10)
        for wrong in (changed, text + "0", text[:-1], f"{country}00{number}"):
            assert VALIDATORS["iban"](wrong.encode()) == stdnum_iban.is_valid(wrong, check_country=False)


def valid_phone(national: str) -> bool:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(national))
    return phonenumbers.is_valid_number(number)


@settings(deadline=None)
@given(st.from_regex(r"[0-9]{10}|[2-9][0-9]{2}[2-9][0-9]{6}|8(?:00|[024]9)[0-9]{7}", fullmatch=True))
@example("0212736500")
@example("2684640000")
def test_north_american_number_as_libphonenumber_has_it(national: str) -> None:
    valid = valid_phone(national) and len(set(national)) > 2
    assert VALIDATORS["phone_number"](national.encode()) == valid
    for text in (f"+1{national}", f"1-{national}", f"+1 ({national[:3]}) {national[3:6]}-{national[6:]}"):
        assert VALIDATORS["phone_number"](text.encode()) == (
            valid_phone(national) and len(set(f"1{national}")) > 2
        )


def test_ten_thousand_north_american_numbers_as_libphonenumber_has_them() -> None:
    generator = random.Random(22)
    areas = [f"{area}" for area in range(200, 1000)]
    numbers = [generator.choice(areas) + f"{generator.randrange(10**7):07}" for _ in range(10_000)]
    answers = [VALIDATORS["phone_number"](number.encode()) for number in numbers]
    assert answers == [valid_phone(number) and len(set(number)) > 2 for number in numbers]
    assert 2_000 < sum(answers) < 8_000


@settings(deadline=None)
@given(st.integers(1885, 2055), st.integers(0, 13), st.integers(0, 32), st.sampled_from("-/."))
@example(2000, 2, 29, "-")
@example(1900, 2, 29, "-")
def test_days_as_the_calendar_has_them(year: int, month: int, day: int, mark: str) -> None:
    known = 1890 <= year <= 2049 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    for text in (f"{year}{mark}{month:02}{mark}{day:02}", f"{year}{mark}{month}{mark}{day}"):
        assert VALIDATORS["calendar_date"](text.encode()) == known


@settings(deadline=None)
@given(st.text("0123456789", min_size=15, max_size=15))
def test_one_check_digit_of_ten_makes_a_card(start: str) -> None:
    number = "4" + start[:14]
    valid = [c for c in "0123456789" if VALIDATORS["payment_card"]((number + c).encode())]
    assert len(valid) <= 1
    assert all(stdnum_luhn.is_valid(number + c) for c in valid)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=3), st.sampled_from(["HS256", "none"]))
def test_any_header_with_alg_makes_a_token(header: dict[str, int], alg: str) -> None:
    assert VALIDATORS["json_web_token"](jwt(json.dumps({**header, "alg": alg})).encode())
