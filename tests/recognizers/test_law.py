"""Pattern recognizers in our engine find what Presidio's own run finds: spans, types and scores."""

from __future__ import annotations

import inspect
import random
from functools import cache

import pytest
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry, predefined_recognizers

from classifier.detect import Classifier, Lists
from classifier.recognizers import Recognizers
from classifier.recognizers.nlp import WordsEngine

SLOW = {"UrlRecognizer", "ItFiscalCodeRecognizer", "ItVatCodeRecognizer"}  # to compile
VALUES = (
    "4111 1111 1111 1111", "078-05-1120", "ada@larkfield-co.com", "10.0.0.1", "2001:db8::1", "1245319599",
    "943 476 5919",
    "AB123456C", "2024-01-31", "01/02/2023", "S1234567D", "12345678Z", "BNZAA2318J",
)  # fmt: skip
OTHERS = ("the", "of", "Zürich", "é", "数据", ",", ":", "\n", "  ", '"', "Straße", "\x1c", "x:y", "is")
Found = set[tuple[str, int, int, float]]


@cache
def recognizers() -> list[PatternRecognizer]:
    """The pattern recognizers that Presidio ships, all as English ones."""
    found = []
    for name, kind in sorted(vars(predefined_recognizers).items()):
        if name in SLOW or not inspect.isclass(kind) or not issubclass(kind, PatternRecognizer):
            continue
        if kind.analyze is PatternRecognizer.analyze:
            found.append(kind())
            found[-1].supported_language = "en"
    return found


@cache
def theirs() -> AnalyzerEngine:
    return AnalyzerEngine(registry=RecognizerRegistry(recognizers()), nlp_engine=WordsEngine())


@cache
def ours() -> Classifier:
    made = Recognizers(recognizers(), threshold=0.0)
    return Classifier(made.detectors, b"k" * 16, lists=Lists(made.seekers))


def found_by_us(text: str) -> Found:
    data = text.encode()
    return {
        (
            match.detector,
            len(data[: match.location.byte_start or 0].decode()),
            len(data[: match.location.byte_end or 0].decode()),
            round(match.confidence, 6),
        )
        for match in ours().classify(data)
    }


def found_by_them(text: str) -> Found:
    results = theirs().analyze(text, language="en")
    return {(one.entity_type, one.start, one.end, round(one.score, 6)) for one in results}


def made_up(rng: random.Random, pieces: int) -> str:
    words = [word for one in recognizers() for word in one.context or ()]
    kinds = (
        lambda: rng.choice(words),
        lambda: rng.choice(VALUES),
        lambda: rng.choice(OTHERS),
        lambda: "".join(rng.choice("0123456789-. ABCDEFXYZ") for _ in range(rng.randint(3, 18))),
    )
    return rng.choice((" ", " ", "")).join(rng.choice(kinds)() for _ in range(pieces))


@pytest.mark.parametrize("seed", range(60))
def test_the_same_spans_types_and_scores(seed: int) -> None:
    rng = random.Random(seed)
    text = made_up(rng, rng.randint(3, 50))
    assert found_by_us(text) == found_by_them(text)


def test_an_expression_that_looks_far_ahead_sees_all_of_the_text() -> None:
    text = "The companies are many. " + "word " * 400 + "and 2024 was the last year of the company"
    assert found_by_us(text) == found_by_them(text)


def test_there_is_something_to_compare() -> None:
    assert len(recognizers()) >= 60
    assert sum(len(found_by_them(made_up(random.Random(seed), 40))) for seed in range(5)) >= 100
