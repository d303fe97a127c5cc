"""The shipped packs: every example of every detector, the laws of its expressions, and Macie's spellings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import hyperscan
import pytest

from classifier.detect import Classifier, Detector, shipped_packs
from classifier.model import Category, Severity, Tier

DETECTORS = {detector.id: detector for detector in shipped_packs()}
PATTERNS = [detector for detector in DETECTORS.values() if detector.composite is None]

HHH, LMH, MHH = ("High", "High", "High"), ("Low", "Medium", "High"), ("Medium", "High", "High")
MACIE = {  # Amazon Macie's managed data identifiers: spelling, severity at 1, 2-99 and 100+ occurrences
    "AWS_CREDENTIALS": HHH,
    "BANK_ACCOUNT_NUMBER": HHH,
    "CANADA_SOCIAL_INSURANCE_NUMBER": HHH,
    "CREDIT_CARD_MAGNETIC_STRIPE": HHH,
    "CREDIT_CARD_NUMBER": HHH,
    "DATE_OF_BIRTH": LMH,
    "DRIVERS_LICENSE": LMH,
    "GCP_API_KEY": HHH,
    "HTTP_BASIC_AUTH_HEADER": HHH,
    "JSON_WEB_TOKEN": HHH,
    "OPENSSH_PRIVATE_KEY": HHH,
    "PGP_PRIVATE_KEY": HHH,
    "PHONE_NUMBER": LMH,
    "PKCS": HHH,
    "PUTTY_PRIVATE_KEY": HHH,
    "STRIPE_CREDENTIALS": HHH,
    "UK_NATIONAL_INSURANCE_NUMBER": HHH,
    "UK_NHS_NUMBER": HHH,
    "USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": HHH,
    "USA_MEDICARE_BENEFICIARY_IDENTIFIER": HHH,
    "USA_NATIONAL_DRUG_CODE": HHH,
    "USA_NATIONAL_PROVIDER_IDENTIFIER": HHH,
    "USA_PASSPORT_NUMBER": MHH,
    "USA_SOCIAL_SECURITY_NUMBER": HHH,
    "US_DRUG_ENFORCEMENT_AGENCY_NUMBER": HHH,
}
OWN = {  # where Macie has no identifier, or one of another cut
    "ANTHROPIC_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_CREDENTIAL_PAIR",
    "AWS_SESSION_TOKEN",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "COMMAND_LINE_CREDENTIALS",
    "EMAIL_ADDRESS",
    "GCP_SERVICE_ACCOUNT_KEY",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "HEALTH_PLAN_BENEFICIARY_NUMBER",
    "HTTP_BEARER_TOKEN",
    "IBAN",
    "ICD_10_CODE",
    "IP_ADDRESS",
    "MEDICAL_RECORD_NUMBER",
    "NPM_TOKEN",
    "OPENAI_API_KEY",
    "PASSWORD_ASSIGNMENT",
    "PHONE_NUMBER_UNFORMATTED",
    "PYPI_TOKEN",
    "SECRET_ASSIGNMENT",
    "SENDGRID_API_KEY",
    "SLACK_TOKEN",
    "SLACK_WEBHOOK_URL",
    "SWIFT_BIC",
    "TWILIO_API_KEY",
    "URL_CREDENTIALS",
    "USA_BANK_ROUTING_NUMBER",
    "USA_SOCIAL_SECURITY_NUMBER_UNFORMATTED",
}


@cache
def classifier(name: str) -> Classifier:
    return Classifier([DETECTORS[name]], fingerprint_key=bytes(32))


def exact(detector: Detector) -> re.Pattern[bytes]:
    return re.compile((detector.exact or "").encode(), re.IGNORECASE if detector.caseless else 0)


def coarse_ends(detector: Detector, text: bytes) -> list[int]:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS if detector.caseless else 0
    database.compile(expressions=[(detector.coarse or "").encode()], ids=[0], flags=[flags])
    ends: list[int] = []
    database.scan(
        text,
        match_event_handler=lambda _id, _start, end, _flags, _context: ends.append(end),
        scratch=hyperscan.Scratch(database),
    )
    return ends


def examples(kind: str) -> list[object]:
    return list(_examples(kind))


def _examples(kind: str) -> Iterator[object]:
    for detector in DETECTORS.values():
        for number, example in enumerate(detector.positive if kind == "positive" else detector.negative):
            yield pytest.param(detector, example.encode(), id=f"{detector.id}-{number}")


@pytest.mark.parametrize("detector, text", examples("positive"))
def test_positive_example_is_found(detector: Detector, text: bytes) -> None:
    assert {match.detector for match in classifier(detector.id).classify(text)} == {detector.id}


@pytest.mark.parametrize("detector, text", examples("negative"))
def test_negative_example_is_not_found(detector: Detector, text: bytes) -> None:
    assert classifier(detector.id).classify(text) == []


@pytest.mark.parametrize("detector", PATTERNS, ids=lambda detector: detector.id)
def test_exact_match_is_near_a_coarse_hit(detector: Detector) -> None:
    for example in detector.positive:
        # a value may stand at the very start or end of the data, or among others
        for text in (example.encode(), b"\n" + example.encode() + b"\n", (example * 2).encode()):
            ends = coarse_ends(detector, text)
            for match in exact(detector).finditer(text):
                assert match.end() - match.start() <= detector.max_length
                assert any(match.start() <= hit <= match.end() + 2 for hit in ends)


@pytest.mark.parametrize("detector", PATTERNS, ids=lambda detector: detector.id)
def test_value_alone_has_a_coarse_hit(detector: Detector) -> None:
    """As a cell of a table: no byte before or after it. Not where the expression holds the label itself."""
    for example in detector.positive:
        text = example.encode()
        for match in exact(detector).finditer(text):
            whole = match[0]
            if exact(detector).fullmatch(whole):
                assert coarse_ends(detector, whole)


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=lambda detector: detector.id)
def test_detector_says_enough(detector: Detector) -> None:
    assert len(detector.positive) >= 3
    assert len(detector.negative) >= 3
    assert detector.source.startswith("https://")
    assert len(detector.remediation) > 20
    if detector.tier is Tier.VERIFIED:
        assert detector.validator is not None
    if detector.tier is Tier.CONTEXT:
        assert detector.keyed
    if detector.live_credential:
        assert detector.category is Category.CREDENTIALS


@pytest.mark.parametrize("name, severity", MACIE.items())
def test_macie_types_have_macies_name_and_severity(name: str, severity: tuple[str, str, str]) -> None:
    assert DETECTORS[name].severity == tuple(map(Severity, severity))


def test_every_detector_is_macies_or_known_to_be_ours() -> None:
    assert DETECTORS.keys() == MACIE.keys() | OWN


def test_every_category_has_detectors() -> None:
    categories = Counter(detector.category for detector in DETECTORS.values())
    assert categories.keys() == set(Category) - {Category.CUSTOM_IDENTIFIER}


@pytest.mark.parametrize(
    "seed",
    [
        "A1",
        "a.",
        "1-",
        "1 ",
        "x@a.",
        "://a:",
        'password="',
        "-----BEGIN RSA PRIVATE" + " KEY-----\n",
        "ey" + "JaaaaB",
    ],
)
def test_hostile_text_does_not_run_away(seed: str) -> None:
    """Long runs of what the expressions are made of; an expression that runs away would hang the test."""
    text = (seed * (40_000 // len(seed))).encode()
    for detector in PATTERNS:
        for match in exact(detector).finditer(text):
            assert match.end() - match.start() <= detector.max_length
