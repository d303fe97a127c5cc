"""What is PHI: identifiers of persons that meet health content."""

from __future__ import annotations

import string

import pytest

from classifier.detect import HealthReader, letters_of, rules, shipped_packs
from classifier.detect.engine import _Plain
from classifier.model import Chunk

NOTE = b"Diagnosis: hypertension and diabetes; edema. Continue metformin."
LETTER = b"Dear customer, your invoice for the clinic's chairs is attached."


def verdict(text: bytes, **found: float):
    reader = HealthReader()
    reader.feed(Chunk(None, "text", text, 0, len(text), _Plain()))
    return reader.verdict(found)


def test_there_are_eighteen_identifiers() -> None:
    assert [one.letter for one in rules().safe_harbor] == list(string.ascii_uppercase[:18])


def test_each_names_detectors_that_there_are() -> None:
    ids = [one.id for one in shipped_packs()]
    for one in rules().safe_harbor:
        assert one.detectors or one.note
        for pattern in one.detectors:
            assert any(letter in letters_of(name) for name in ids for letter in one.letter), pattern


@pytest.mark.parametrize(
    "text, found, phi",
    [
        (NOTE, {"EMAIL_ADDRESS": 0.9}, True),
        (LETTER, {"EMAIL_ADDRESS": 0.9}, False),
        (LETTER, {"MEDICAL_RECORD_NUMBER": 0.7}, True),
        (LETTER, {"EMAIL_ADDRESS": 0.9, "HL7_PATIENT_NAME": 0.95}, True),
        (LETTER, {"EMAIL_ADDRESS": 0.9, "ICD_10_CODE": 0.8}, True),
        (b"nothing", {"EMAIL_ADDRESS": 0.9, "ICD_10_CODE": 0.8}, False),
    ],
    ids=["note", "letter", "record number", "message", "code and a word", "code alone"],
)
def test_an_identifier_meets_health_content(text: bytes, found: dict[str, float], phi: bool) -> None:
    health = verdict(text, **found)
    assert health is not None
    assert health.phi is phi


@pytest.mark.parametrize(
    "found",
    [{}, {"ICD_10_CODE": 0.9}, {"EMAIL_ADDRESS": 0.2}, {"USA_NATIONAL_PROVIDER_IDENTIFIER": 0.99}],
    ids=["nothing", "a code", "hardly an identifier", "a provider's number"],
)
def test_without_an_identifier_there_is_no_verdict(found: dict[str, float]) -> None:
    assert verdict(NOTE, **found) is None


def test_stems_tell_drugs() -> None:
    health = verdict(b"on pitavastatin; the april issue", EMAIL_ADDRESS=0.9)
    assert health is not None
    assert health.evidence == {"drugs": 1}
