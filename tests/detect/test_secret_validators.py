"""Checks of secrets: one right and one wrong value of each, test vectors of the standards where there are."""

import hashlib

import pytest

from classifier.detect.secret_validators import (
    age_secret_key,
    aws_account_id,
    azure_access_token,
    base64_private_key,
    bip39_phrase,
    bip39_words,
    bitcoin_wif,
    docker_auth,
    grafana_api_key,
    json_web_token_unsigned,
    kubernetes_secret,
    private_key_encrypted,
    vault_token,
)
from classifier.shipped import shipped

ABANDON = "abandon " * 11


@pytest.mark.parametrize(
    "key_id, account",
    [
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
        ("AKIAIOSFODNN7EXAMPLE", None),
        ("AKIA", None),
        ("AKIA18904567819045678", None),
    ],
)
def test_account_of_a_key_id(key_id: str, account: str | None) -> None:
    assert aws_account_id(key_id) == account


def test_word_list_is_the_standards() -> None:
    text = (shipped("patterns") / "lexicons" / "bip39_english.txt").read_text()
    words = [line for line in text.splitlines() if not line.startswith("#")]
    digest = hashlib.sha256(("\n".join(words) + "\n").encode()).hexdigest()
    assert digest == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def test_seed_phrase_of_zeros_is_told_though_it_repeats() -> None:
    assert bip39_words(b"legal winner thank year wave sausage worth useful legal winner thank yellow")
    assert bip39_phrase(b"legal winner thank year wave sausage worth useful legal winner thank yellow")
    assert not bip39_phrase(b"legal winner thank year wave sausage worth useful legal winner thank year")
    assert not bip39_phrase((ABANDON + "about").encode())  # too few different words


@pytest.mark.parametrize(
    "check, right, wrong",
    [
        (
            bitcoin_wif,
            b"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
            b"5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTK",
        ),
        (docker_auth, b"c3ZjOlJlZ2VuMjY=", b"bm9uZQ=="),
        (json_web_token_unsigned, b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0", b"eyJzdWIiOiJ4In0.eyJzdWIiOiJ4In0"),
        (
            base64_private_key,
            b"LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCg==",
            b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
        ),
        (kubernetes_secret, b"UmVnZW4yNng=", b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="),
        (age_secret_key, b"A12UEL5L", b"A12UEL5M"),
        (
            azure_access_token,
            b"e30.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC9zaG9wLyJ9.x",
            b"e30.eyJpc3MiOiJodHRwczovL2lkLnNob3AuaW50ZXJuYWwvIn0.x",
        ),
        (
            azure_access_token,
            b"e30.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC9zaG9wLyJ9.x",
            b"e30.eyJpc3MiOiJodHRwczovL3N0cy53aW5kb3dzLm5ldC9zaG9wLyJ9",
        ),
        (grafana_api_key, b"eyJrIjoieDEiLCJuIjoiY2kiLCJpZCI6MX0=", b"eyJrIjoieDEiLCJ0IjoieTIifQ=="),
        (vault_token, b"s.q7Rk2VxLmZ9pTtYw3BnC8dFh", b"s.getAccessTokenFromStore2"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_right_and_wrong(check, right: bytes, wrong: bytes) -> None:  # type: ignore[no-untyped-def]
    assert check(right)
    assert not check(wrong)


@pytest.mark.parametrize(
    "value, encrypted",
    [
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF", True),
        (
            b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIK7Rk2VxLmZ9pTtYw3BnC8dFhJ4sGaE6uQoN1iXvP0Kh",
            False,
        ),
        (b"-----BEGIN PRIVATE KEY-----\n", None),
    ],
)
def test_whether_a_private_key_is_encrypted(value: bytes, encrypted: bool | None) -> None:
    assert private_key_encrypted(value) is encrypted
