"""Widths and alphabets of expressions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect import Detector, shipped_packs
from classifier.detect.derive import of_label, of_token
from classifier.detect.shape import Shape, alphabet_of, shape_in_parts, shape_of


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("abc", Shape(3, 3, 1)),
        (r"a{2,5}b?", Shape(2, 6, 1)),
        (r"\d+", Shape(1, None, 1)),
        (r"(?<!\w)a(?!\d{3})", Shape(1, 1, 4)),
        (r"a(?=b(?!cd))", Shape(1, 1, 4)),
        (r"a(?=.*b)", Shape(1, 1, None)),
        (r"(?:a(?=bc)|b){2}", Shape(2, 2, 3)),
        ("é", Shape(2, 2, 1)),
    ],
)
def test_shape(expression: str, shape: Shape) -> None:
    assert shape_of(expression, 0) == shape


def test_shape_of_what_does_not_compile() -> None:
    with pytest.raises(re.error):
        shape_of("(", 0)


DIGITS = set(b"0123456789")
ALPHABETS = {
    "literal": ("ab", 0, set(b"abAB")),
    "class": (r"[a-c\d]+", 0, set(b"abcABC") | DIGITS),
    "negated class": (r"[^\x00-\x7e]", 0, set(range(0x7F, 256))),
    "any": (".", 0, set(range(256))),
    "not this": ("[^a]", 0, set(range(256))),  # a stands for A, which may be
    "look-around": (r"(?<!x)1(?=y)(?!z)\b$", 0, set(b"1")),
    "branches": ("(?:1|2(?P<v>3)|)4", 0, set(b"1234")),
    "repeats": ("1{2,3}?2*+(?>3+)", 0, set(b"123")),
    "reference": (r"(?P<q>[.,])1(?P=q)", 0, set(b".,1")),
    "either": (r"(1)?(?(1)2|3)", 0, set(b"123")),
    "whatever case": ("k1", re.IGNORECASE, set(b"kK1")),
    "case of a part": ("(?i:k)1", 0, set(b"kK1")),
    "bytes": ("é", 0, set("é".encode())),
}


@pytest.mark.parametrize(("expression", "flags", "alphabet"), ALPHABETS.values(), ids=ALPHABETS)
def test_alphabet(expression: str, flags: int, alphabet: set[int]) -> None:
    assert alphabet_of(expression, flags) == alphabet


@settings(deadline=None)
@given(st.data())
def test_matches_are_made_of_the_alphabet(data: st.DataObject) -> None:
    expression, flags, alphabet = data.draw(st.sampled_from(list(ALPHABETS.values())))
    text = data.draw(st.binary(max_size=60) | st.text("abkK123.,é", max_size=30).map(str.encode))
    for match in re.finditer(expression.encode(), text, flags):
        assert alphabet.issuperset(match[0])


@pytest.mark.parametrize(
    "detector", [d for d in shipped_packs() if d.exact is not None], ids=lambda detector: detector.id
)
def test_examples_are_made_of_the_alphabet(detector: Detector) -> None:
    assert detector.exact is not None
    flags = re.IGNORECASE if detector.caseless else 0
    alphabet = alphabet_of(detector.exact, flags)
    matches = [
        match[0]
        for example in detector.positive
        for match in re.finditer(detector.exact.encode(), example.encode(), flags)
    ]
    assert matches
    assert all(alphabet.issuperset(match) for match in matches)


def test_the_shape_of_parts_is_that_of_the_whole() -> None:
    for parts in (
        of_token("vnd_[a-z0-9]{8,16}(?=x{3})", "").parts,
        of_label(["acme"], ["key"], "[a-f0-9]{32}").parts,
        of_label(["sentry dsn"], [], "(?:a|bc){2,9}+").parts,
        ("a*", "b"),
        ("a", "(?=b*)"),
    ):
        assert shape_in_parts(parts, 0) == shape_of("".join(parts), 0)
