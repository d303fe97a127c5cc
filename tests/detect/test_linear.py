"""The linear matcher finds what `re` finds, whatever the expression, and ends where `re` would not."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.linear import LinearPattern, TooLargeError

ATOMS = ["a", "b", "[ab]", ".", r"\b", r"\B", "c", "[^a]", r"\d", "1", " ", "(?i:A)"]
REPEATS = ["", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "??", "{1,3}?"]
TEXTS = st.text("ab1cA \n", max_size=24).map(str.encode)


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(parts, min_size=1, max_size=3).map("".join),
        st.lists(parts, min_size=2, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.tuples(parts, st.sampled_from(REPEATS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=8)
BEGINS = st.sampled_from(["", r"\A", "(?m:^)"])
ENDS = st.sampled_from(["", "$", "(?m:$)", r"\Z"])


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, BEGINS, ENDS, TEXTS)
def test_it_matches_where_re_does(expression: str, begins: str, ends: str, text: bytes) -> None:
    whole = f"{begins}(?:{expression}){ends}".encode()
    linear, reference = LinearPattern(whole, 0, 100), re.compile(whole)
    for pos in range(len(text) + 1):
        found, expected = linear.match(text, pos), reference.match(text, pos)
        span = expected.span() if expected is not None and expected.end() > pos else None
        assert (None if found is None else found.span()) == span


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, st.text("ab1c \n", max_size=120).map(str.encode))
def test_it_finds_the_first_match_that_re_finds(expression: str, text: bytes) -> None:
    needed = f"b{expression}".encode()
    found, expected = LinearPattern(needed, 0, 1000).search(text), re.search(needed, text)
    assert (None if found is None else found.span()) == (None if expected is None else expected.span())


@pytest.mark.parametrize(
    "expression", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*x", "a*a*a*a*a*a*b", "([a-z]+.?)+9"]
)
def test_what_takes_re_for_ever_ends(expression: str) -> None:
    assert LinearPattern(expression.encode(), 0, 1024).search(b"a" * 5_000) is None


def test_no_match_is_longer_than_it_may_be() -> None:
    pattern = LinearPattern(b"a+", 0, 10)
    assert [pattern.search(b"a" * 25, at) for at in (0, 10, 20)] == [(0, 10), (10, 20), (20, 25)]


@pytest.mark.parametrize("letter", ["a", "b"])
def test_it_forgets_what_it_learned_rather_than_grow(letter: str) -> None:
    random = Random(7)
    pattern = LinearPattern(b"(?:a|b)*a(?:a|b){14}c", 0, 9_000)  # tells 2**15 sets of ways apart
    text = "".join(random.choices("ab", k=8_000)) + letter + "".join(random.choices("ab", k=14)) + "c"
    found = pattern.match(text.encode())
    assert (found is not None) is (letter == "a")


@pytest.mark.parametrize("expression", [r"(a)\1", "(?=a)b", "(?:(?:a{200}){200}){2}"])
def test_what_it_cannot_run_is_refused(expression: str) -> None:
    with pytest.raises(TooLargeError):
        LinearPattern(expression.encode(), 0, 100)
