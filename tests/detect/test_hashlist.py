"""Lists of salted hashes: their values are found again, and are nowhere in the list."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.detector import Normalize
from classifier.detect.hashlist import HashList, made
from classifier.errors import PackError, UsageError

SALT = bytes(range(32))


def listed(values: list[str], normalize: Normalize) -> HashList:
    """A list of the values."""
    return HashList("list", b"\n".join(made(values, normalize, SALT)))


def found(values: list[str], normalize: Normalize, text: str) -> list[str]:
    """What a list of the values finds in a text."""
    data = text.encode()
    return [data[first:last].decode() for _, first, last in listed(values, normalize).at(data, None)]


CASES = [
    ("digits", "digits", ["4829-1570-33"], "4829157033 48 29 15 70 33, 4829.1570.33", 3),
    ("digits within more", "digits", ["4829157033"], "x4829157033 48291570330 4829157033x 4829 1570 334", 0),
    ("digits across a line", "digits", ["48291570"], "4829\n1570", 0),
    ("letters and digits", "alnum", ["AB 12 34 56 C"], "ab123456c AB-12-34-56-C ab 123456 c", 3),
    ("letters and digits within more", "alnum", ["AB123456C"], "AB123456CD XAB123456C AB 1234567 C", 0),
    ("a name", "lower", ["Jane Doe"], "JANE DOE, jane\ndoe; Jane D. Doe", 2),
    ("an address", "lower", ["jane.doe@example.com"], "<Jane.Doe@Example.com> jane.doe@example.com.au", 2),
    ("as it stands", "none", ["Zx81Qp04"], "Zx81Qp04 zx81qp04", 1),
    ("beyond ASCII", "lower", ["Łukasz Żak"], "ŁUKASZ ŻAK", 1),
]


@pytest.mark.parametrize(
    ("normalize", "values", "text", "count"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_values_are_found_in_their_spellings(
    normalize: Normalize, values: list[str], text: str, count: int
) -> None:
    assert len(found(values, normalize, text)) == count


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.from_regex(r"[0-9]{6,9}", fullmatch=True), min_size=1, max_size=20),
    st.lists(st.from_regex(r"[0-9]{6,9}", fullmatch=True), max_size=20),
)
def test_it_is_a_look_up_of_each_number(values: list[str], others: list[str]) -> None:
    text = "; ".join([*values, *others])
    assert found(values, "digits", text) == [word for word in text.split("; ") if word in values]


def test_a_list_tells_no_value_and_no_order() -> None:
    values = [f"jane{number}@example.com" for number in range(50)]
    lines = list(made(values, "lower", SALT))
    assert lines == list(made(reversed(values), "lower", SALT))
    assert b"jane" not in b"".join(lines).lower()
    assert lines[1:] == sorted(lines[1:])
    header = json.loads(lines[0])
    assert (header["count"], header["bytes"]) == (50, [17, 18])


def test_each_list_has_a_salt_of_its_own() -> None:
    one, other = (list(made(["48291570"], "digits")) for _ in range(2))
    assert one[1] != other[1]


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (["123"], "value 1: has fewer than 4"),
        (["", " "], "no values"),
        (["12345", "--"], "value 2: has fewer"),
        (["ab " * 20], "12 words"),
    ],
)
def test_a_value_that_cannot_be_looked_for_is_told_by_its_number(values: list[str], what: str) -> None:
    with pytest.raises(UsageError, match=what) as told:
        list(made(values, "lower"))
    assert "123" not in str(told.value).replace("value 1", "")


def test_a_list_that_is_wrong_is_told_by_its_line() -> None:
    good = b"\n".join(made(["48291570", "48291571"], "digits", SALT))
    for content, what in (
        (b"", "list:1: is no list of hashes"),
        (b"48291570\n", "list:1: is no list of hashes"),
        (good.replace(b"hmac-sha256", b"md5"), "list:1: is no list of hashes"),
        (good + b"\n48291570", "list:4: is no hash"),
        (good[:-33], "list:1: has 1 hashes, and should have 2"),
    ):
        with pytest.raises(PackError, match=what):
            HashList("list", content)
    assert "4829" not in repr(HashList("list", good))
