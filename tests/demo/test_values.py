"""The made-up values have the structure they claim; other people's validators judge where there are any."""

import base64
import json
import re
import zlib
from collections.abc import Callable
from random import Random

import phonenumbers
import pytest
from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.us import rtn, ssn

from classifier.demo import values

ROUNDS = 200


@pytest.mark.parametrize(
    "make, check",
    [
        pytest.param(values.card_number, luhn.is_valid, id="card"),
        pytest.param(lambda r: values.grouped_card(r).replace("-", ""), luhn.is_valid, id="grouped card"),
        pytest.param(lambda r: values.iban(r, "DE"), stdnum_iban.is_valid, id="IBAN DE"),
        pytest.param(lambda r: values.iban(r, "GB"), stdnum_iban.is_valid, id="IBAN GB"),
        pytest.param(lambda r: values.iban(r, "NL"), stdnum_iban.is_valid, id="IBAN NL"),
        pytest.param(values.ssn, ssn.is_valid, id="SSN"),
        pytest.param(values.routing_number, rtn.is_valid, id="ABA routing number"),
        pytest.param(lambda r: "80840" + values.npi(r), luhn.is_valid, id="NPI"),
    ],
)
def test_check_digits_hold(make: Callable[[Random], str], check: Callable[[str], bool]) -> None:
    rng = Random(1)
    assert [value for value in (make(rng) for _ in range(ROUNDS)) if not check(value)] == []


@pytest.mark.parametrize(
    "make, shape",
    [
        pytest.param(values.mbi, r"[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y]"
                     r"[0-9AC-HJKMNP-RT-Y]\d[AC-HJKMNP-RT-Y]{2}\d{2}", id="MBI"),
        pytest.param(values.us_passport, r"[A-Z]\d{8}", id="passport"),
        pytest.param(values.bank_account, r"\d{10,12}", id="bank account"),
        pytest.param(values.aws_access_key_id, "AKIA[A-Z2-7]{16}", id="AWS access key id"),
        pytest.param(values.aws_secret_access_key, r"[A-Za-z0-9+/]{40}", id="AWS secret access key"),
        pytest.param(values.stripe_key, "sk_" + r"live_[A-Za-z0-9]{24}", id="Stripe"),
        pytest.param(values.slack_token, "xox" + r"b-\d{12}-\d{13}-[A-Za-z0-9]{24}", id="Slack"),
        pytest.param(values.email, r"[a-z]+\.[a-z]+\d+@[a-z-]+\.(com|net|org)", id="e-mail"),
        pytest.param(values.url_with_credentials, r"postgres://\w+:[\w.-]{14}@[\w.-]+:5432/orders", id="URL"),
    ],
)  # fmt: skip
def test_shapes(make: Callable[[Random], str], shape: str) -> None:
    rng = Random(2)
    assert [value for value in (make(rng) for _ in range(ROUNDS)) if not re.fullmatch(shape, value)] == []


def test_phone_numbers_are_valid_and_nobodys() -> None:
    rng = Random(3)
    for number in (values.phone(rng) for _ in range(ROUNDS)):
        assert phonenumbers.is_valid_number(phonenumbers.parse(number, "US")), number
        assert re.fullmatch(r"\d{3}-555-[2-9]\d{3}", number)


def test_the_account_in_a_key_id_has_twelve_digits() -> None:
    rng = Random(4)
    for key in (values.aws_access_key_id(rng) for _ in range(ROUNDS)):
        head = int.from_bytes(base64.b32decode(key[4:])[:6], "big")
        assert len(str((head & 0x7FFFFFFFFF80) >> 7)) == 12


def test_github_tokens_end_in_their_checksum() -> None:
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    rng = Random(5)
    for token in (values.github_token(rng) for _ in range(ROUNDS)):
        number = 0
        for character in token[-6:]:
            number = number * 62 + alphabet.index(character)
        assert number == zlib.crc32(token[4:-6].encode())


def test_a_json_web_token_has_a_header_with_its_algorithm() -> None:
    header, claims, signature = values.json_web_token(Random(6)).split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert set(json.loads(base64.urlsafe_b64decode(claims + "=="))) == {"sub", "iat", "scope"}
    assert len(base64.urlsafe_b64decode(signature + "==")) == 32


def test_an_rsa_key_is_a_der_sequence_of_its_own_length() -> None:
    lines = values.rsa_private_key(Random(7)).splitlines()
    assert lines[0] == "-----BEGIN RSA " + "PRIVATE KEY-----"
    der = base64.b64decode("".join(lines[1:-1]))
    assert der[:2] == b"\x30\x82"
    assert int.from_bytes(der[2:4], "big") == len(der) - 4


def test_an_openssh_key_starts_with_its_magic() -> None:
    lines = values.openssh_private_key(Random(8)).splitlines()
    assert base64.b64decode("".join(lines[1:-1])).startswith(b"openssh-key-v1\0")


def test_the_same_seed_gives_the_same_person() -> None:
    assert values.person(Random(9)) == values.person(Random(9))
    assert values.person(Random(9)) != values.person(Random(10))
