"""Which country's document a number is: the one that is named beside it, of those that it may be."""

from __future__ import annotations

import pytest

from classifier.detect import Classifier, shipped_packs
from classifier.detect.columns.sheet import Sheet
from classifier.detect.countries import named

_KINDS = ("PASSPORT_NUMBER", "DRIVERS_LICENSE", "_DIGITS", "_NATIONAL_IDENTIFICATION_NUMBER")


@pytest.fixture(scope="module")
def documents() -> Classifier:
    """Passports, driving licences and the identity cards of some countries, side by side."""
    wanted = [d for d in shipped_packs() if d.id.endswith(_KINDS) or "DRIVERS_LICENSE" in d.id]
    return Classifier(wanted, b"k" * 32)


@pytest.mark.parametrize(
    "text, detector",
    [
        ("UK passport number 533401372", "UK_PASSPORT_NUMBER"),
        ("passport number (UK) 193089496", "UK_PASSPORT_NUMBER"),
        ("US passport number 533401372", "USA_PASSPORT_NUMBER"),
        ("uk_passport_number: 533401372", "UK_PASSPORT_NUMBER"),
        ("Spanish passport number: WS703123", "SPAIN_PASSPORT_NUMBER"),
        ("Canadian passport no. WS703123", "CANADA_PASSPORT_NUMBER"),
        ("passport number (Japan) CL5646613", "JAPAN_PASSPORT_NUMBER"),
        ("passport number (South Korea) S969C2637", "SOUTH_KOREA_PASSPORT_NUMBER"),
        ("Brazilian passport number: IL943145", "BRAZIL_PASSPORT_NUMBER"),
        ("Passport number of a citizen of Malta: IL9431451", "PASSPORT_NUMBER"),
        ("German driving licence number: T63YALRI48N", "GERMANY_DRIVERS_LICENSE"),
        ("driver's license number (Germany): T63YALRI48N", "GERMANY_DRIVERS_LICENSE"),
        ("Israeli driver's license: 78615440", "ISRAEL_DRIVERS_LICENSE"),
        ("Danish driving licence 05553259", "DENMARK_DRIVERS_LICENSE"),
        ("Italian driver’s licence: U1180RVFMI", "ITALY_DRIVERS_LICENSE"),
        ("driver's license D1234568", "DRIVERS_LICENSE"),
        ("California driver's license D1234568", "USA_STATE_DRIVERS_LICENSE_LETTER_6_TO_10_DIGITS"),
        ("Nigerian national identification number: 61517434948", "NIGERIA_NATIONAL_IDENTIFICATION_NUMBER"),
    ],
)
def test_a_document_is_of_the_country_that_is_named(documents: Classifier, text: str, detector: str) -> None:
    assert [match.detector for match in documents.classify(text.encode())] == [detector]


@pytest.mark.parametrize(
    "header, detector",
    [
        ("uk_passport_number", "UK_PASSPORT_NUMBER"),
        ("usPassport", "USA_PASSPORT_NUMBER"),
        ("Passport Number (UK)", "UK_PASSPORT_NUMBER"),
    ],
)
def test_a_column_tells_the_country(documents: Classifier, header: str, detector: str) -> None:
    rows = "\n".join(f"{line},{533401372 + 7919 * line}" for line in range(1, 12))
    scan = documents.object()
    scan.feed(Sheet(f"line,{header}\n{rows}").chunk)
    assert [tally.detector.id for tally in scan.result()] == [detector]


@pytest.mark.parametrize(
    "text, is_a_name, codes",
    [
        ("UK passport", False, {"GB"}),
        ("contact us about the passport", False, set()),
        ("us_passport", True, {"US"}),
        ("usPassportNumber", True, {"US"}),
        ("South Korean driving licence", False, {"KR"}),
        ("a South African, not a Swede", False, {"ZA"}),
        ("Georgia", False, {"GE", "US"}),
        ("Ukrainian", False, {"UA"}),
        ("TÜRKİYE, türkiye", False, {"TR"}),
        ("", False, set()),
    ],
)
def test_countries_are_told_by_their_names(text: str, is_a_name: bool, codes: set[str]) -> None:
    assert named(text, a_name=is_a_name) == codes
