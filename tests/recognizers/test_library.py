"""Where recognizers come from, what they may read, and what becomes of those that fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from presidio_analyzer import EntityRecognizer, Pattern, PatternRecognizer, RecognizerResult

from classifier import crawl
from classifier.config import Settings
from classifier.errors import PackError, UsageError
from classifier.model import ObjectResult, Reason, Status
from classifier.recognizers import sources
from classifier.recognizers.prose import Budget, is_prose
from classifier.run.plan import Shard
from classifier.run.worker import Worker, WorkerSpec

REGISTRY = """
recognizers:
  - name: Codes
    supported_entity: LARKFIELD_CODE
    supported_language: en
    patterns: [{name: code, regex: '\\bQ\\d{4}\\b', score: 0.1}]
    context: [code]
"""
SENTENCE = "somebody wrote this line about the room A-204 of the house\n"


class Rooms(EntityRecognizer):
    def __init__(self) -> None:
        super().__init__(supported_entities=["ROOM"])

    def load(self) -> None:
        pass

    def analyze(self, text, entities, nlp_artifacts):
        at = text.find("A-204")
        return [RecognizerResult("ROOM", at, at + 5, 0.8)] if at >= 0 else []


class Broken(Rooms):
    def analyze(self, text, entities, nlp_artifacts):
        raise ValueError(text)


class BadCheck(PatternRecognizer):
    def __init__(self) -> None:
        super().__init__("BAD", patterns=[Pattern("room", r"A-\d+", 0.9)])

    def validate_result(self, pattern_text: str) -> bool:
        raise KeyError(pattern_text)


HERE = f"{__name__}:"


def scanned(path: Path, *given: str, **settings: object) -> list[ObjectResult]:
    spec = WorkerSpec("test", Settings(recognizers=given, **settings), None, b"k" * 16)
    target = crawl.parse_target(str(path))
    shard = Shard(0, target, None, tuple(crawl.list_local(target)))
    return list(Worker(spec).scan(shard))


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _module())


def _module() -> object:
    from types import SimpleNamespace

    return SimpleNamespace(Rooms=Rooms, Broken=Broken, BadCheck=BadCheck)


def test_a_registry_file(tmp_path: Path) -> None:
    registry = tmp_path / "registry.yaml"
    registry.write_text(REGISTRY)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(
        "the code Q4829 and a Q4830 elsewhere, far from any word that helps it: Q4831"
    )
    (result,) = scanned(tmp_path / "in", str(registry))
    found = {f.detector: [o.confidence for o in f.occurrences] for f in result.findings}
    assert found["LARKFIELD_CODE"] == [pytest.approx(0.45), pytest.approx(0.45)]


def test_code_alone_reads_prose(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"A-204,1,2\n{SENTENCE}")
    (result,) = scanned(tmp_path, f"{HERE}Rooms")
    (finding,) = [f for f in result.findings if f.detector == "ROOM"]
    assert [o.location.line for o in finding.occurrences] == [2]
    assert result.status is Status.COMPLETE


@pytest.mark.parametrize("name", ["Broken", "BadCheck"])
def test_one_that_fails_is_a_record_without_content(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_text(f"{SENTENCE}mail ada.lovelace@larkfield-co.com\n")
    (result,) = scanned(tmp_path, f"{HERE}{name}")
    assert result.status is Status.PARTIAL
    assert [(p.reason, p.lost) for p in result.problems] == [(Reason.UNABLE_TO_PARSE_FILE, False)]
    assert name in result.problems[0].detail
    assert "A-204" not in repr(result)
    assert [f.detector for f in result.findings] == ["EMAIL_ADDRESS"]


def test_more_prose_than_the_budget_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(SENTENCE * 100)
    (result,) = scanned(tmp_path, f"{HERE}Rooms", recognizer_prose=500)
    assert [p.reason for p in result.problems] == [Reason.FILE_EXCEEDS_SIZE_LIMIT]


def test_a_budget_takes_whole_lines_of_prose() -> None:
    budget = Budget(None)
    text = f"{SENTENCE}x = 1;\n{SENTENCE}{SENTENCE}"
    assert [text[a:b] for a, b in budget.blocks(text, 0, len(text))] == [SENTENCE, SENTENCE * 2]
    assert not budget.cut


@pytest.mark.parametrize(
    "line, expected",
    [
        ("The dog ran over the hill today", True),
        ("a,1,b,2,2026-01-01", False),
        ("x = f(1, 2)", False),
        ("", False),
    ],
)
def test_prose(line: str, expected: bool) -> None:
    assert is_prose(line) is expected


@pytest.mark.parametrize(
    "source, kind, said",
    [
        ("nothing.yaml", UsageError, "no such file"),
        ("no_such_module_here:Thing", UsageError, "cannot be imported"),
        ("no-entry-point", UsageError, "entry point"),
        ("json:dumps", PackError, "raised"),
        ("string:digits", PackError, "has no Presidio recognizer"),
    ],
)
def test_what_is_wrong_with_a_source(source: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        sources.read(source)


def test_a_file_that_is_no_registry(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    pattern = "{name: a, regex: '(', score: 1}"
    path.write_text(f"recognizers:\n  - name: X\n    supported_entity: X\n    patterns: [{pattern}]\n")
    with pytest.raises(PackError, match="no registry of Presidio recognizers"):
        sources.read(str(path))


def test_without_presidio_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "missing", lambda: True)
    with pytest.raises(UsageError, match="pip install"):
        sources.read("a.yaml")
