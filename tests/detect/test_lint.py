"""The lint of packs: each mistake and smell, where its pack says it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

from classifier.detect import complaints, load_packs, shipped_packs
from classifier.detect.lint import SLOW, reference, speed

lint = importlib.import_module("classifier.detect.lint")
PARSER: Any = importlib.import_module("re._parser")

HEAD = """pack: test
defaults:
  category: CREDENTIALS
  tier: pattern
  severity: [High, High, High]
  sensitivity: 0.5
  confidence: {bare: 0.9}
  source: https://example.org/tokens
  remediation: Revoke it.
detectors:
"""
GOOD = """
  - id: GOOD
    title: Good
    token: 'abc_[a-z0-9]{16}'
    examples:
      positive: [abc_a8s7d6f5g4h3j2k1]
      negative: [abc_a8s7]
"""


def told(tmp_path: Path, *entries: str) -> list[tuple[int, bool, str, str]]:
    path = tmp_path / "own.yaml"
    path.write_text(HEAD + "".join(entry.lstrip("\n") for entry in entries))
    return [(c.line, c.mistake, c.detector, c.text) for c in complaints(load_packs([path]))]


def test_nothing_is_said_of_a_good_one(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    "before, after, line, mistake, says",
    [
        ("[abc_a8s7d6f5g4h3j2k1]", "[abc_a]", 14, True, "positive example 1 is not found"),
        ("[abc_a8s7]", "[x, abc_a8s7d6f5g4h3j2k1]", 14, True, "negative example 2 is found"),
        ("      positive: [abc_a8s7d6f5g4h3j2k1]\n", "", 14, True, "has no positive example"),
        ("token: 'abc_", "coarse: 'abd_'\n    token: 'abc_", 13, True, "a match without a coarse hit"),
        ("token: 'abc_", "token: 'abc_?", 13, False, ""),
        ("abc_", "c-", 13, False, "no 3 telling bytes in a row"),
        ("token: 'abc_", "coarse: 'abc_[a-z0-9]{16,}'\n    token: 'abc_", 13, False, "has no end"),
        ("title: Good", "title: Good\n    source: wiki", 13, False, "source is no address and no title"),
    ],
    ids=["positive", "negative", "no positive", "no hit", "optional", "literal", "unbounded", "source"],
)
def test_what_is_wrong_is_told_where_it_stands(
    tmp_path: Path, before: str, after: str, line: int, mistake: bool, says: str
) -> None:
    found = told(tmp_path, GOOD.replace(before, after))
    if not says:
        assert found == []
    else:
        assert (line, mistake) in [(number, wrong) for number, wrong, _, text in found if says in text]


def test_a_duplicate_is_told(tmp_path: Path) -> None:
    ((_, mistake, name, text),) = told(tmp_path, GOOD, GOOD.replace("GOOD", "AGAIN"))
    assert (mistake, name) == (False, "AGAIN")
    assert text.startswith("does what GOOD (own.yaml:11) does")


def test_a_slow_expression_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "speed", lambda expression, *, caseless: 0.02)
    ((line, mistake, _, text),) = told(tmp_path, GOOD)
    assert (line, mistake) == (13, True)
    assert "0.020 of the rate of a literal expression" in text


def test_a_literal_is_fast_and_what_fires_everywhere_is_slow() -> None:
    assert speed(b"[a-z]") < SLOW < speed(b"abc_")
    assert len(reference()) == 1 << 19


@pytest.mark.parametrize(
    "expression, most",
    [
        ("abc_[a-z]{4}", 4),
        ("[a-z]{4}", 0),
        ("(?:AKIA|ASIA)[A-Z2-7]{16}", 4),
        ("gh[pousr]_[A-Za-z0-9]{36}", 4),
        ("(?i:data[ _.-]?dog|dd)", 2),
        ("SK[0-9a-f]{32}", 2),
        ("x{3}[0-9]", 3),
        ("[0-9]+(?:a|bc)d", 2),
        ("a.b.c", 1),
    ],
)
def test_telling_bytes(expression: str, most: int) -> None:
    assert lint._telling(PARSER.parse(expression.encode(), re.IGNORECASE)).most == most


@pytest.mark.parametrize(
    ("expression", "is_open"),
    [
        ("abc_[a-z]{4,}", True),
        ("abc_[a-z]{4,9}", False),
        ("abc[a-z]*=[0-9]{8}", False),
        ("abc[a-z]*(?:=[0-9]{8})?", True),
        ("abc(?:[a-z]+|x)", True),
        ("abc(?:x|y[a-z]+z)", False),
        (r"abc(?:-[a-z]+){2}\b", True),
        ("abc", False),
    ],
)
def test_ends(expression: str, is_open: bool) -> None:
    """What goes on for ever in the middle fires once, as long as its end is told."""
    assert lint._ends_open(PARSER.parse(expression.encode())) is is_open


def test_shipped_packs_say_how_often_random_values_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other mistakes are looked for in test_packs.py, and speed is a benchmark's to tell."""
    monkeypatch.setattr(lint, "_VALUES", 500)
    found = [
        str(complaint) for complaint in lint.located(lint.of_chances(shipped_packs())) if complaint.mistake
    ]
    assert found == []
