"""Amazon Macie's JSON of custom data identifiers, read as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from classifier.detect import Classifier, Detector, load_packs
from classifier.detect.macie import identifier_of
from classifier.errors import PackError
from classifier.model import Severity

KEY = b"k" * 16
STAFF = {"name": "Staff ID", "regex": r"[FP]-\d{8}"}


def load(tmp_path: Path, *identifiers: Any, text: str = "") -> tuple[Detector, ...]:
    """Load a file of identifiers."""
    path = tmp_path / "identifiers.json"
    document = identifiers[0] if len(identifiers) == 1 else list(identifiers)
    path.write_text(text or json.dumps(document, indent=2), "utf-8")
    return load_packs([path])


def values(detectors: tuple[Detector, ...], text: str) -> list[str]:
    """What is found in a text."""
    data = text.encode()
    matches = Classifier(detectors, KEY).classify(data)
    return [data[m.location.byte_start : m.location.byte_end].decode() for m in matches]


def test_what_the_api_takes_and_what_it_gives_back_are_read(tmp_path: Path) -> None:
    taken = STAFF | {"clientToken": "t", "description": "Ids of staff", "tags": {"team": "hr"}}
    given = STAFF | {
        "name": "Other",
        "arn": "arn:aws:macie2:x",
        "createdAt": "2026-01-01",
        "deleted": False,
        "id": "i",
    }
    detectors = load(tmp_path, taken, given)
    assert [(d.id, d.title) for d in detectors] == [("STAFF_ID", "Staff ID"), ("OTHER", "Other")]
    assert detectors[0].remediation == "Ids of staff"
    wrapped = load(tmp_path, {"customDataIdentifiers": [STAFF]})
    assert [d.id for d in wrapped] == ["STAFF_ID"]


def test_severity_is_medium_unless_levels_say_otherwise(tmp_path: Path) -> None:
    (plain,) = load(tmp_path, STAFF)
    assert plain.info().severity_at(1) is Severity.MEDIUM
    assert plain.info().least == 1
    levels = [
        {"occurrencesThreshold": 50, "severity": "MEDIUM"},
        {"occurrencesThreshold": 5, "severity": "LOW"},
    ]
    info = load(tmp_path, STAFF | {"severityLevels": levels})[0].info()
    assert info.least == 5
    assert [info.severity_at(n) for n in (5, 49, 50, 1000)] == [
        Severity.LOW,
        Severity.LOW,
        *[Severity.MEDIUM] * 2,
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("employee F-12345678", True),
        ("EMPLOYEE number F-12345678", True),
        ("F-12345678 employee", False),
        ("F-12345678", False),
        ("employee" + " " * 10 + "F-12345678", True),  # 20 characters from the keyword's end to the value's
        ("employee" + " " * 11 + "F-12345678", False),
        ("employee " + "é" * 9 + "F-12345678", True),  # characters, not bytes
        ("employee " + "é" * 10 + "F-12345678", False),
    ],
)
def test_a_keyword_precedes_and_is_near(tmp_path: Path, text: str, found: bool) -> None:
    detectors = load(tmp_path, STAFF | {"keywords": ["employee", "staff id"], "maximumMatchDistance": 20})
    assert values(detectors, text) == ["F-12345678"] * found


def test_the_distance_is_50_where_it_is_not_given(tmp_path: Path) -> None:
    detectors = load(tmp_path, STAFF | {"keywords": ["employee"]})
    assert values(detectors, "employee" + " " * 40 + "F-12345678")
    assert not values(detectors, "employee" + " " * 41 + "F-12345678")


def test_ignore_words_are_case_sensitive_and_anywhere_in_the_match(tmp_path: Path) -> None:
    detectors = load(tmp_path, STAFF | {"regex": r"[A-Za-z]{4}-\d{4}", "ignoreWords": ["TEST", "-0000"]})
    assert values(detectors, "TEST-1234 test-1234 ABCD-0000 ABCD-1111") == ["test-1234", "ABCD-1111"]


def test_macies_limits_do_not_hold(tmp_path: Path) -> None:
    long = "|".join(f"LARK{number:04d}" for number in range(200))
    identifier = STAFF | {
        "name": "x" * 200, "regex": f"(?:{long})-\\d{{3}}",
        "ignoreWords": [f"LARK{n:04d}-000" for n in range(50)], "keywords": [f"word{n}" for n in range(80)],
    }  # fmt: skip
    assert values(load(tmp_path, identifier), "word7 LARK0199-123 LARK0001-000") == ["LARK0199-123"]


def test_an_expression_without_anything_telling_is_found(tmp_path: Path) -> None:
    assert values(load(tmp_path, STAFF | {"regex": r"\d+"}), "a 12 b 345") == ["12", "345"]
    keyed = load(tmp_path, STAFF | {"regex": r"\w+", "keywords": ["code"], "maximumMatchDistance": 8})
    assert values(keyed, "code abc, not this one") == ["abc"]


def test_an_expression_that_re_would_take_for_ever_over_is_found(tmp_path: Path) -> None:
    detectors = load(tmp_path, STAFF | {"regex": "(?:[A-Z]+-?)+#"})
    assert values(detectors, "A" * 5_000 + " AB-CD#") == ["AB-CD#"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Employee IDs", "EMPLOYEE_IDS"),
        ("Größe (neu)", "GROE_NEU"),
        ("2024-ids", "CUSTOM_2024_IDS"),
        ("社員番号", f"CUSTOM_{'C4CD5A3E'}"),
    ],
)
def test_an_id_is_made_of_the_name(name: str, expected: str) -> None:
    assert identifier_of(name).startswith(expected[:7])
    assert identifier_of(name) == identifier_of(name)
    if name.isascii():
        assert identifier_of(name) == expected


def test_an_id_that_is_taken_gets_a_prefix() -> None:
    assert identifier_of("email address") == "EMAIL_ADDRESS"
    assert identifier_of("email address", {"EMAIL_ADDRESS"}) == "CUSTOM_EMAIL_ADDRESS"


WRONG = [
    ("an unknown key", {"keyword": ["x"]}, 4, "there is no such key; did you mean keywords?"),
    ("no name", {"name": ""}, 2, "name: must be a text"),
    ("an expression", {"regex": "ab(?=c)"}, 3, "regex: character 3: a look-ahead is not supported"),
    ("a distance", {"keywords": ["abc"], "maximumMatchDistance": 0}, 7, "must be a whole number over 0"),
    ("a distance too far", {"keywords": ["abc"], "maximumMatchDistance": 2000}, 7, "is too far"),
    ("a keyword of marks", {"keywords": ["abc", "---"]}, 6, "at least one letter or digit"),
    ("words that are no list", {"ignoreWords": "abcd"}, 4, "must be a list of texts"),
    ("a level", {"severityLevels": [{"occurrencesThreshold": 1, "severity": "X"}]}, 5, "must be one of LOW"),
    (
        "levels out of order",
        {"severityLevels": [
            {"occurrencesThreshold": 9, "severity": "LOW"}, {"occurrencesThreshold": 2, "severity": "HIGH"},
        ]},
        4, "needs a higher occurrencesThreshold",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line", "text"), [c[1:] for c in WRONG], ids=[c[0] for c in WRONG])
def test_a_mistake_is_told_with_file_and_line(
    tmp_path: Path, change: dict[str, Any], line: int, text: str
) -> None:
    with pytest.raises(PackError) as told:
        load(tmp_path, STAFF | change)
    assert str(told.value).startswith(f"{tmp_path / 'identifiers.json'}:{line}: ")
    assert text in str(told.value)


def test_two_that_would_have_one_id_are_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="would both be called STAFF_ID"):
        load(tmp_path, STAFF, STAFF | {"name": "staff-id"})


def test_a_value_may_be_another_detectors_too(tmp_path: Path) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_text(PACK)
    (tmp_path / "cdi.json").write_text(json.dumps(STAFF | {"regex": r"F-\d+"}))
    detectors = load_packs([pack, tmp_path / "cdi.json"])
    text = b"F-12345678 X-F-12345678 F-1"
    matches = Classifier(detectors, KEY).classify(text)
    found = [(match.location.byte_start, match.detector) for match in matches]
    assert found == [(0, "STAFF_ID"), (0, "TICKET"), (11, "X_TICKET"), (13, "STAFF_ID"), (24, "STAFF_ID")]


PACK = """
pack: tickets
defaults:
  category: CUSTOM_IDENTIFIER
  tier: verified
  severity: [Low, Low, Low]
  sensitivity: 0.1
  confidence: {bare: 0.9}
  source: https://handbook.larkfield.example/tickets
  remediation: None.
detectors:
  - {id: TICKET, title: Ticket, coarse: 'F-\\d{8}', exact: 'F-\\d{8}'}
  - {id: X_TICKET, title: Other ticket, coarse: 'X-F-\\d{8}', exact: 'X-F-\\d{8}'}
"""
