"""Which label a number belongs to."""

from collections.abc import Callable
from typing import Any

import pytest

from classifier.detect import Classifier, Detector
from classifier.detect.detector import Claim
from classifier.detect.labelled import LABEL_JUDGES, label_before
from classifier.detect.plausible import JUDGES


def claim(before: str) -> Claim:
    return Claim(b"", b"", b"4471903", before.encode(), b"", b"")


@pytest.mark.parametrize(
    "before, kind",
    [
        ("MRN: ", "record"),
        ('"medicalRecordNumber": "', "record"),
        ("<patientId>", "record"),
        ("NHC: ", "record"),
        ("患者番号:", "record"),
        ("MRN: 123, Phone: ", "other"),
        ("Phone 5550142, MRN ", "record"),
        ("Member ID: ", "member"),
        ('"subscriberId":"', "member"),
        ("Policy No. ", "policy"),
        ("Group # ", "group"),
        ("Rx number: ", "prescription"),
        ("claim_control_number=", "claim"),
        ("Accession # ", "accession"),
        ("placerOrderNumber: ", "order"),
        ("Patient account number: ", "account"),
        ("bank account routing number ", "routing"),
        ("Savings acct # ", "bank"),
        ("Sort code: ", "routing"),
        ("CVV2: ", "security"),
        ("expiry date ", "expiry"),
        ("DOB ", "other"),
        ("MRN,", "record"),  # a table of names and values
        ("MRN,12,", ""),  # only the cell right before
        ("Phone,Quill,", ""),
        ("the ", ""),
    ],
)
def test_nearest_label(before: str, kind: str) -> None:
    assert label_before(claim(before))[0] == kind


@pytest.mark.parametrize(
    "before, agrees",
    [
        ("MRN: ", True),
        ("MRNs: 882014, 882015, ", True),  # a list
        ("MRN 882014 Quill, Mira ", False),  # another number's
        ("MRN pending, DOB ", False),
        ("Member ID ", False),
        ("", True),  # the keyword is elsewhere
    ],
)
def test_a_judge_takes_its_own_label(before: str, agrees: bool) -> None:
    assert JUDGES["record_label"](claim(before)) is agrees


def test_judges_have_names_of_their_own() -> None:
    assert len({judge.__name__ for judge in LABEL_JUDGES}) == len(LABEL_JUDGES)


KEYED = {
    "id": "PLAIN_OR_NAMED",
    "coarse": "[0-9]{6}",
    "exact": r"(?<!\w)(?:AB)?[0-9]{6}(?!\w)",
    "keyword_for": "^[0-9]",
    "confidence": {"bare": 0.6, "keyword": 0.9},
    "keywords": {"words": ["badge"], "before": 8, "after": 0},
}


@pytest.mark.parametrize(
    "text, found",
    [
        ("AB448190", 1),
        ("448190", 0),
        ("badge 448190", 1),
        ("badge AB448190 448191", 1),
        ("x AB448190 449190", 1),
    ],
)
def test_some_values_need_a_keyword(load: Callable[..., tuple[Detector, ...]], text: str, found: int) -> None:
    detectors: tuple[Any, ...] = load(KEYED)
    assert len(Classifier(detectors, bytes(16)).classify(text.encode())) == found
