"""The gate behind: what of a model's entities is believed."""

import pytest

from classifier.detect.names.belief import believed, credited
from classifier.detect.names.pipeline import Entity


def belief(text: str, words: str, kind: str, *, technical: bool = False) -> tuple[str, str] | None:
    start = text.index(words)
    found = believed(text, Entity(start, start + len(words), kind), technical=technical)
    return None if found is None else (text[found.start : found.end], found.kind)


@pytest.mark.parametrize(
    "text, words, expected",
    [
        ("met Hanna Schreiber today", "Hanna Schreiber", "Hanna Schreiber"),
        ("Hanna's car", "Hanna's", "Hanna"),
        ("by Oskar Lindgren\nMidwife", "Oskar Lindgren\nMidwife", "Oskar Lindgren"),
        ("call oskar now", "oskar", "oskar"),
    ],
)
def test_persons(text: str, words: str, expected: str) -> None:
    assert belief(text, words, "PERSON") == (expected, "PERSON")


@pytest.mark.parametrize(
    "text, words",
    [
        ("see module.Hanna here", "Hanna"),
        ("user_Hanna", "Hanna"),
        ("Hanna(x)", "Hanna"),
        ("ValueError was raised", "ValueError"),
        ("Hanna77 joined", "Hanna77"),
        ("Customer Service called", "Customer Service"),
        ("the Index", "Index"),
    ],
)
def test_no_persons(text: str, words: str) -> None:
    assert belief(text, words, "PERSON") is None


def test_technical_texts_need_lists() -> None:
    assert belief("reviewed by Hanna Schreiber", "Hanna Schreiber", "PERSON", technical=True) is not None
    assert belief("the Xyrq Blorf method", "Xyrq Blorf", "PERSON", technical=True) is None
    assert belief("the Xyrq Blorf method", "Xyrq Blorf", "PERSON") is not None
    assert belief("ask Hanna", "Hanna", "PERSON", technical=True) is None


@pytest.mark.parametrize(
    "text, words, kind, expected",
    [
        ("born in Leipzig", "Leipzig", "LOCATION", ("Leipzig", "LOCATION")),
        ("moved from Portugal", "Portugal", "LOCATION", ("Portugal", "LOCATION")),
        ("at 12 Oak Street, Cork", "12 Oak Street, Cork", "ADDRESS", ("12 Oak Street, Cork", "ADDRESS")),
        ("in Cork, Ireland", "Cork, Ireland", "ADDRESS", ("Cork, Ireland", "LOCATION")),
        ("my zip code is 62704", "62704", "ADDRESS", ("62704", "ADDRESS")),
        ("order 62704", "62704", "ADDRESS", None),
        ("in eu-west-1 now", "eu-west-1", "LOCATION", None),
        ("said to Oskar", "Oskar", "LOCATION", ("Oskar", "PERSON")),
    ],
)
def test_places(text: str, words: str, kind: str, expected: tuple[str, str] | None) -> None:
    assert belief(text, words, kind) == expected


def test_authors_of_works_are_named_to_be_known() -> None:
    assert credited("Copyright (c) 2020 Hanna Schreiber", technical=False)
    assert credited("thanks to Hanna Schreiber", technical=True)
    assert not credited("my credit card, Hanna Schreiber", technical=False)


@pytest.mark.parametrize(
    "text, words, is_one",
    [
        ("She lives at 12 Oak St, Cork now", "12 Oak St, Cork", True),
        ("Send it to Unit 7, 4 Ash Rd please", "Unit 7, 4 Ash Rd", True),
        ("Vitals: BP 121/76, HR 73, SpO2 98%.", "BP 121/76, HR 73, SpO2 98%", False),
        ("Inventario de primavera: 412 piezas.", "412 piezas", False),
        ("wohnt in 12 hauptstraße", "12 hauptstraße", True),
        ("she lives at 12 elm grove", "12 elm grove", True),
        ("Labs: Na 138, K 4.7, WBC 7.4", "Na 138, K 4.7, WBC 7.4", False),
    ],
)
def test_what_was_measured_is_no_address(text: str, words: str, is_one: bool) -> None:
    assert belief(text, words, "ADDRESS") == ((words, "ADDRESS") if is_one else None)
