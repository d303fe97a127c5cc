"""Allow lists: what they let pass is not reported, and is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.detect import AllowLists, Classifier, Lists, read_allow_list
from classifier.detect.prefilter import HyperscanPrefilter, RePrefilter, hyperscan
from classifier.errors import PackError
from classifier.model import Chunk
from tests.detect.conftest import Load
from tests.detect.test_engine import cut

KEY = b"k" * 16
YAML = """
allow_list: larkfield
entries:
  - values: [press@larkfield.example]
    reason: The press office
  - patterns: ['tok[0-9]{3}1', 'noreply@.*']
    detectors: [TOKEN, mail]
  - values: [TOK7777]
    case: true
"""


def allowed(tmp_path: Path, content: str | bytes, name: str = "list.yaml", **more: bytes) -> AllowLists:
    """The rules of a list; `more` are what else can be read."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def read(source: str) -> bytes:
        return more[source.rpartition("/")[2]] if source.startswith("s3://") else Path(source).read_bytes()

    return AllowLists(read_allow_list(str(path), read))


def test_values_match_as_a_whole_in_any_case(tmp_path: Path) -> None:
    lists = allowed(tmp_path, YAML)
    assert lists.allows({"MAIL"}, b"Press@Larkfield.example")
    assert not lists.allows({"MAIL"}, b"xpress@larkfield.example")
    assert lists.allows({"X"}, b"TOK7777")
    assert not lists.allows({"X"}, b"tok7777")


def test_expressions_match_all_of_the_value_and_may_be_of_some_detectors(tmp_path: Path) -> None:
    lists = allowed(tmp_path, YAML)
    assert lists.allows({"MAIL"}, b"noreply@x.example")
    assert lists.allows({"TOKEN"}, b"tok1231")
    assert not lists.allows({"TOKEN"}, b"tok12312")
    assert not lists.allows({"OTHER"}, b"tok1231")


def test_an_alternative_that_ends_early_does_not_hide_one_that_does_not(tmp_path: Path) -> None:
    lists = allowed(tmp_path, "allow_list: a\nentries: [{patterns: ['ab|abc', '(x+)+y']}]\n")
    assert lists.allows({"X"}, b"abc")
    assert not lists.allows({"X"}, b"x" * 5_000)


def test_a_text_file_has_a_value_a_line(tmp_path: Path) -> None:
    lists = allowed(tmp_path, "\ufeffTOK1234\r\n\n  Größe 7  \n", "list.txt")
    assert lists.allows({"X"}, b"tok1234")
    assert lists.allows({"X"}, "GRÖSSE 7".replace("SS", "ß").encode())
    assert not lists.allows({"X"}, b"")


def test_macies_lists_are_read_as_they_are(tmp_path: Path) -> None:
    regex = {"name": "numbers", "clientToken": "x", "criteria": {"regex": r"555-01\d\d"}, "tags": {}}
    words = {"name": "words", "criteria": {"s3WordsList": {"bucketName": "lists", "objectKey": "press.txt"}}}
    content = json.dumps([regex, words])
    lists = allowed(tmp_path, content, "list.json", **{"press.txt": b"press@larkfield.example\n"})
    assert lists.allows({"X"}, b"555-0123")
    assert not lists.allows({"X"}, b"555-01234")
    assert lists.allows({"X"}, b"PRESS@larkfield.example")


WRONG = [
    (
        "YAML",
        "allow_list: a\nentries: [{values: [secret-1], regexes: [b]}]",
        "list.yaml",
        ":2: there is no such key; there are values",
    ),
    (
        "an entry with nothing",
        "allow_list: a\nentries:\n  - reason: b",
        "list.yaml",
        ":3: an entry has values",
    ),
    (
        "an expression",
        "allow_list: a\nentries:\n  - patterns:\n    - secret-1(?=b)",
        "list.yaml",
        ":4: character 9: ",
    ),
    ("Macie's criteria", '{"name": "a",\n "criteria": {}}', "list.json", ":2: criteria: has one of"),
    (
        "Macie's expression",
        '{"name": "secret",\n "criteria": {"regex": "secret-1("}}',
        "list.json",
        ":2: character 9",
    ),
    ("no JSON", '{"secret-1"}', "list.json", ":1: is no allow list of Amazon Macie"),
    ("no text", b"ok\nsecret-1\xff\n", "list.txt", ":2: is not UTF-8"),
    ("nothing", "\n\n", "list.txt", ":1: the list has no entries"),
]


@pytest.mark.parametrize(("content", "name", "text"), [c[1:] for c in WRONG], ids=[c[0] for c in WRONG])
def test_a_mistake_is_told_without_an_entry(
    tmp_path: Path, content: str | bytes, name: str, text: str
) -> None:
    with pytest.raises(PackError) as told:
        allowed(tmp_path, content, name)
    assert text in str(told.value)
    assert "secret-1" not in str(told.value)


def test_nothing_shows_an_entry(tmp_path: Path) -> None:
    lists = allowed(tmp_path, YAML)
    rules = list(read_allow_list(str(tmp_path / "list.yaml"), lambda source: Path(source).read_bytes()))
    assert "press" not in repr(lists) + repr(rules)


PREFILTERS = [RePrefilter] if hyperscan is None else [RePrefilter, HyperscanPrefilter]


@pytest.mark.parametrize("prefilter", PREFILTERS)
@pytest.mark.parametrize("borders", [[], [40], [13, 60]])
def test_what_is_let_pass_is_counted_once_wherever_chunks_end(
    tmp_path: Path, load: Load, prefilter: object, borders: list[int]
) -> None:
    detectors = load(
        {"id": "TOKEN", "exact": r"tok\d{4}", "coarse": "tok"},
        {"id": "DIGITS", "exact": r"\d{4}", "coarse": r"\d{4}"},
        {"id": "PAIR", "composite": {"of": ["TOKEN", "DIGITS"], "within": 20}},
    )
    lists = Lists(allowed=allowed(tmp_path, "tok1111\n", "list.txt"))
    data = b"tok1111 tok2222 tok1111 1111 tok1111 tok3333 tok1111 tok4444 tok1111 5555"
    scan = Classifier(detectors, KEY, lists=lists, prefilter=prefilter).object()  # type: ignore[arg-type]
    for chunk in cut(data, borders):
        assert isinstance(chunk, Chunk)
        scan.feed(chunk)
    counts = {tally.detector.id: tally.count for tally in scan.result()}
    assert counts == {"TOKEN": 3, "DIGITS": 2, "PAIR": 2}  # the digits of a token that passes are not others'
    assert scan.allowed == {"TOKEN": 5}


def test_what_is_let_pass_does_not_use_up_what_is_counted(tmp_path: Path, load: Load) -> None:
    detectors = load({"id": "TOKEN", "exact": r"tok\d{4}", "coarse": "tok"})
    lists = Lists(allowed=allowed(tmp_path, "tok1111\n", "list.txt"))
    scan = Classifier(detectors, KEY, max_matches=5, lists=lists).object()
    for chunk in cut(b"tok1111 " * 20 + b"tok2222 " * 3, [50]):
        scan.feed(chunk)
    (tally,) = scan.result()
    assert (tally.count, tally.count_is_exact, scan.allowed["TOKEN"]) == (3, True, 20)


def test_a_name_is_masked_even_where_its_value_passes(tmp_path: Path, load: Load) -> None:
    detectors = load({"id": "TOKEN", "exact": r"tok\d{4}", "coarse": "tok"})
    lists = Lists(allowed=allowed(tmp_path, "tok1111\n", "list.txt"))
    assert Classifier(detectors, KEY, in_names=detectors, lists=lists).redact("a/tok1111/b") == "a/****/b"


def test_of_many_numbers_those_on_a_list_are_let_pass(tmp_path: Path, load: Load) -> None:
    detectors = load({"id": "NUMBER", "number": r"\d{8}"})
    numbers = range(48_291_000, 48_292_000)
    text = "".join(f"{number}\n" for number in numbers)
    lists = Lists(allowed=allowed(tmp_path, "".join(f"{number}\n" for number in numbers[::3]), "list.txt"))
    scan = Classifier(detectors, KEY, 3, lists=lists).object()
    for chunk in cut(text.encode(), [3_000, 3_005]):
        scan.feed(chunk)
    (tally,) = scan.result()
    assert (tally.count, scan.allowed["NUMBER"]) == (666, 334)
    assert [o.location.byte_start for o in tally.occurrences] == [9, 18, 36]
