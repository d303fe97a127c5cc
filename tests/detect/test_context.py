"""Keywords: their spellings, their word borders, their distance."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.context import KeywordMatcher
from classifier.detect.detector import Keywords


def matcher(*words: str, before: int = 20, after: int = 10) -> KeywordMatcher:
    return KeywordMatcher(Keywords(words, before, after))


@pytest.mark.parametrize(
    "text",
    [
        "access key",
        "access_key",
        "ACCESS-KEY",
        "accessKey",
        "AccessKey",
        "access.key",
        "aws_access_key_id",
        "awsAccessKeyId",
        "AWSAccessKeyID",
        "my.access.key=",
        "accessKey2",
        "(access key)",
        "鍵access key鍵",
        "accesskey",
    ],
)
def test_spellings_of_a_keyword(text: str) -> None:
    assert matcher("access key").found(text.encode())


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ssn", "classname"),
        ("ssn", "lossnumber"),
        ("ssn", "ssns"),
        ("ssn", "assn"),
        ("pin", "shopping"),
        ("pin", "PINE"),
        ("tel", "hôtel"),
        ("tel", "telé"),
        ("access key", "access, key"),
        ("access key", "access of the key"),
        ("key", "keynote"),
        ("id", "1id"),
    ],
)
def test_no_keyword_inside_another_word(word: str, text: str) -> None:
    assert not matcher(word).found(text.encode())


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ssn", "userSsn"),
        ("ssn", "SSN:"),
        ("ssn", "SSNumber ssn"),
        ("ssn", "ssnValue"),
        ("SSN", "SSNValue"),
        ("phoneNumber", "phone number"),
        ("phone", "phone2"),
        ("número", "NÚMERO: 5"),
        ("número", "Número"),
        ("straße", "Straße"),
        ("no.", "no 5"),
        ("#", "a#b"),
        ("c++", "uses c++ here"),
        ("传真", "我的传真号码"),
    ],
)
def test_keyword_at_word_borders(word: str, text: str) -> None:
    assert matcher(word).found(text.encode())


def test_the_longer_word_does_not_hide_the_shorter() -> None:
    assert matcher("pass word", "pass").found(b"pass wordsmith")
    assert matcher("pass", "passport").found(b"a passport")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("key" + " " * 20 + "<V>", True, id="before, at the distance"),
        pytest.param("key" + " " * 21 + "<V>", False, id="before, too far"),
        pytest.param("<V>" + " " * 10 + "key", True, id="after, at the distance"),
        pytest.param("<V>" + " " * 11 + "key", False, id="after, too far"),
        pytest.param("key<V>", True, id="touching before"),
        pytest.param("<V> key", True, id="touching after"),
        pytest.param("monkey <V>", False, id="inside a word"),
        pytest.param("key" + " " * 19 + "monkey <V>", False, id="only the near one is no word"),
        pytest.param("key " + "x" * 15 + "<V>", True, id="other words between"),
        pytest.param("key\n<V>", True, id="over a line break"),
    ],
)
def test_distance(text: str, found: bool) -> None:
    data = text.encode()
    start = data.index(b"<")
    assert matcher("key").around(data, start, start + 3, 0, len(data)) is found


def test_the_value_is_no_keyword_of_its_own() -> None:
    assert not matcher("key").around(b"a key b", 2, 5, 0, 7)


def test_a_keyword_beyond_the_cell_does_not_count() -> None:
    data = b"key,12345,key"
    assert not matcher("key").around(data, 4, 9, 4, 9)
    assert matcher("key").around(data, 4, 9, 0, 9)
    assert matcher("key").around(data, 4, 9, 4, 13)


def test_no_distance_means_touching_only() -> None:
    near = matcher("key", before=0, after=0)
    assert near.around(b"key5", 3, 4, 0, 4)
    assert not near.around(b"key 5", 4, 5, 0, 5)


PIECES = st.sampled_from(
    ["key", "Key", "access", "_", "-", " ", "  ", ".", "x", "9", "é", "secret", "AccessKey", "\n"]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join), st.data())
def test_searching_at_once_finds_the_same(text: str, data: st.DataObject) -> None:
    words = matcher("access key", "key", "secret", before=6, after=4)
    raw = text.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    floor = data.draw(st.integers(0, start))
    ceiling = data.draw(st.integers(end, len(raw)))
    places = words.places(raw)
    assert words.among(raw, places, start, end, floor, ceiling) is words.around(
        raw, start, end, floor, ceiling
    )
    assert words.found(raw) is bool(places)
