"""Dictionaries: the same words that a plain search finds, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect import Classifier, Lists, load_packs, seekers
from classifier.detect.wordlist import WordList
from classifier.detect.words import Words, hashes, lowered
from classifier.errors import PackError


def found(entries: list[str], text: str, *, case: bool = False) -> list[str]:
    """What a list finds in a text."""
    data = text.encode()
    spans = WordList("list", "\n".join(entries).encode(), case=case).at(data, None)
    return [data[first:last].decode() for _, first, last in spans]


CASES = [
    ("a whole word", ["lark"], "lark larks skylark Lark_1 lark-x", ["lark", "Lark", "lark"]),
    ("a phrase", ["red heron"], "Red heron red  heron redheron", ["Red heron"]),
    ("over a line break", ["red heron"], "red\nheron", ["red\nheron"]),
    ("the longer entry", ["red", "red heron"], "red heron", ["red heron"]),
    ("letters beyond ASCII", ["zürich", "москва"], "ZÜRICH Москва zurich", ["ZÜRICH", "Москва"]),
    ("a script without spaces", ["東京"], "在東京都", ["東京"]),
    ("marks around", ["C++", "#tag"], "c++ c+ C #tag tag", ["c++", "#tag"]),
    ("marks around, and without", ["c", "c++"], "c++ c", ["c++", "c"]),
    ("an entry with a line's spaces", ["  lark  ", "", "\theron\r"], "lark heron", ["lark", "heron"]),
    ("digits", ["4711"], "4711 x4711 47111", ["4711"]),
]


@pytest.mark.parametrize(("entries", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_entries_are_found(entries: list[str], text: str, expected: list[str]) -> None:
    assert found(entries, text) == expected


def test_case_may_count() -> None:
    assert found(["Lark"], "Lark LARK lark", case=True) == ["Lark"]


WORDS = st.text("abAé", min_size=1, max_size=4)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(WORDS, min_size=1, max_size=20), st.lists(WORDS, max_size=30), st.sampled_from([" ", "-", ", "])
)
def test_it_is_a_look_up_of_each_word(entries: list[str], words: list[str], between: str) -> None:
    wanted = {entry.lower() for entry in entries}
    assert found(entries, between.join(words)) == [word for word in words if word.lower() in wanted]


@settings(max_examples=100, deadline=None)
@given(st.text("aB1 é語_-😀\n", max_size=60))
def test_words_are_those_of_an_expression(text: str) -> None:
    data = text.encode()
    words = Words(data)
    cut = [data[start:end].decode() for start, end in zip(words.starts, words.ends, strict=True)]
    assert cut == re.findall("[aB1é]+|[語😀]", text)


def test_hashes_do_not_depend_on_the_place() -> None:
    text = b"lark " * 60_000 + b"heron " * 10
    words = Words(text)
    every = hashes(words.data, words.starts, words.ends).tolist()
    assert len(set(every[:60_000])) == len(set(every[60_000:])) == 1
    assert every[0] != every[-1]


def test_lower_case_takes_as_many_bytes() -> None:
    text = "ÀÉÎ ΑΒΓ АБВ İ ß ẞ Ⱥ".encode()
    assert len(lowered(text)) == len(text)
    assert lowered("ÀÉÎ ΑΒΓ АБВ".encode()).decode() == "àéî αβγ абв"


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"", 1, "no entries"),
        (b"ok\nxx\xff", 2, "not UTF-8"),
        ("ok".encode("utf-16-le"), 1, "not UTF-8"),
        (b"ok\n\n---\n", 3, "at least one letter or digit"),
        (b"ok\n" + b"x" * 2000, 2, "1,024 bytes"),
        (b"ok\n" + b"x " * 30, 2, "24 words"),
    ],
)
def test_a_list_that_is_wrong_is_told_by_its_line(content: bytes, line: int, what: str) -> None:
    with pytest.raises(PackError, match=what) as told:
        WordList("names.txt", content)
    assert str(told.value).startswith(f"names.txt:{line}: ")
    assert "xx" not in str(told.value)


PACK = """
pack: larkfield
detectors:
  - id: CODE_NAME
    title: Code name
    category: CUSTOM_IDENTIFIER
    tier: pattern
    severity: [Low, Low, Medium]
    sensitivity: 0.3
    listed: {words: lists/names.txt}
    confidence: {bare: 0.8}
    source: https://handbook.larkfield.example/projects
    remediation: Take the name out.
    examples: {positive: ["about Red Heron"], negative: ["about herons"]}
"""


def test_a_pack_names_a_list_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(PACK)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "names.txt").write_text("bluefin\nred heron\n")
    for _ in range(2):  # built, and from the cache
        detectors = load_packs([tmp_path / "pack.yaml"])
        lists = Lists(seekers(detectors, lambda source: Path(source).read_bytes()))
        text = b"x" * 70_000 + b" Bluefin and red heron"
        matches = Classifier(detectors, b"k" * 16, lists=lists).classify(text)
        assert [m.location.byte_start for m in matches] == [70_001, 70_013]


def test_a_pack_has_one_of_words_and_hashes(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(PACK.replace("names.txt}", "names.txt, hashes: x}"))
    with pytest.raises(PackError, match="one of words and hashes"):
        load_packs([path])
