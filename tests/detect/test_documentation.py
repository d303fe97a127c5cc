"""Values of public documentation are not findings, however they are written."""

import pytest

from classifier.detect import Classifier, shipped_packs

TEST_CARD = ("4012", "8888", "8888", "1881")  # one of the card schemes' published test numbers


@pytest.mark.parametrize("between", ["", " ", "-"], ids=["plain", "spaces", "hyphens"])
def test_a_test_card_is_no_finding(between: str) -> None:
    classifier = Classifier(shipped_packs(), b"k" * 32)
    text = f"card number {between.join(TEST_CARD)} expires soon"
    assert classifier.classify(text.encode()) == []


def test_its_neighbour_is_one() -> None:
    classifier = Classifier(shipped_packs(), b"k" * 32)
    text = "card number " + " ".join(("4539", "5787", "6362", "1486"))
    assert [match.detector for match in classifier.classify(text.encode())] == ["CREDIT_CARD_NUMBER"]
