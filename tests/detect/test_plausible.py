"""Generic assignments: what is sure, what is perhaps, and what is none."""

import pytest

from classifier.detect import Classifier, shipped_packs
from classifier.detect.detector import SAMPLE
from classifier.detect.plausible import random_looking, sequential, word_share
from classifier.model import Severity

GENERIC = ("PASSWORD_ASSIGNMENT", "SECRET_ASSIGNMENT")
DETECTORS = {detector.id: detector for detector in shipped_packs()}
WANTED = [DETECTORS[prefix + name] for name in GENERIC for prefix in ("", "WEAK_")]


def found(text: str) -> list[str]:
    return [match.detector for match in Classifier(WANTED, bytes(32)).classify(text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        'db_password = "kV7#tulpe9"',
        "POSTGRES_PASSWORD: zT4!wolke8",
        "$db['password'] = 'kV7#tulpe9';",
        "define('DB_PASSWORD', 'kV7#tulpe9');",
        'if (password === "kV7#tulpe9") {',
        "Server=h;User Id=a;Password=kV7#tulpe9;",
        "contraseña: kV7#tulpe9",
        "set_password('kV7#tulpe9')",
    ],
)
def test_password_is_sure(text: str) -> None:
    assert found(text) == ["PASSWORD_ASSIGNMENT"]


@pytest.mark.parametrize(
    "text", ['password = "wolke"', "password: 482913", 'TEST_PASSWORD = "kV7#tulpe9"', "PASSWORD=changeme1"]
)
def test_password_is_perhaps(text: str) -> None:
    assert found(text) == ["WEAK_PASSWORD_ASSIGNMENT"]


@pytest.mark.parametrize(
    "text",
    [
        "password = get_password()",
        "token_id=0f8fad5b-d9cb-469f-a165-70867728950e",
        'accessTokenId: "9f86d081884c7d659a2feaa0c55ad015"',
        "password = self.password",
        'password = "${DB_PASSWORD}"',
        'password = "{{ vault_password }}"',
        'password_label = "Password9!x"',
        'password = "********"',
        '"password": "Passwort"',
        "passfile = '~/.pgpass9x'",
        'token_url = "https://idp.internal/t0ken/9f8e7d6c5b4a"',
        'next_token = "q7Rk2VxLmZ9pTtYw3BnC8dFh"',
        'public_key = "q7Rk2VxLmZ9pTtYw3BnC8dFh"',
        'sha256_key: "0f1e2d3c4b5a69788796a5b4c3d2e1f0"',
        'api_key = "YOUR_API_KEY"',
        "tokenizer = 'q7Rk2VxLmZ9pTtYw3BnC8dFh'",
    ],
)
def test_no_secret(text: str) -> None:
    assert found(text) == []


def test_measures() -> None:
    assert word_share(b"configuration_manager") == 1.0
    assert word_share(b"q7Rk2VxLmZ9pTtYw3BnC8dFh") < 0.3
    assert random_looking(b"q7Rk2VxLmZ9pTtYw3BnC8dFh")
    assert not random_looking(b"configuration-manager-2")
    assert sequential(b"a1b2c3d4e5f6")


def test_a_documented_sample_is_reported_and_ranks_low() -> None:
    classifier = Classifier([DETECTORS["AWS_ACCESS_KEY_ID"]], bytes(32))
    scan = classifier.classify(b"key: AKIAIOSFODNN7EXAMPLE")
    assert [match.confidence for match in scan] == [SAMPLE]
    quiet = DETECTORS["AWS_ACCESS_KEY_ID"].of_samples()
    assert set(quiet.severity) == {Severity.LOW}
    assert not quiet.live_credential
