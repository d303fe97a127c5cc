"""Plain text, and whatever looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.model import Location


def test_location(run):
    text = "first\nsecond: é x anna@example.com\n"
    data = text.encode()
    start = data.index(b"anna")
    assert run(data).only("anna@example.com") == Location(
        byte_start=start, byte_end=start + 16, line=2, column=13
    )


def test_text_has_no_fields(run):
    ((chunk, start, end),) = run(b"some words\n").find("words")
    assert chunk.locator.enclosing(start, end) is None
    assert chunk.format == "text"
    assert chunk.names == ()


def test_small_text_is_not_copied(memory):
    from classifier.extract import Limits, extract

    data = b"just a line\n" * 10
    (chunk,) = extract("a.txt", memory(data, block=len(data) + 1), Limits())
    assert chunk.data == data


@pytest.mark.parametrize(
    "data",
    [
        b"before\x00\x00after anna@example.com",
        b"abc \xff\xfe\x80 anna@example.com def",
        b"\x00" * 3 + b"text " * 9,
    ],
    ids=["nul", "invalid utf-8", "nul first"],
)
def test_odd_bytes_are_text(run, data):
    got = run(data)
    assert not got.problems
    assert got.chunks


def test_nothing_comes_of_nothing(run):
    assert run(b"").items == []


def test_cr_line_ends(run):
    location = run(b"one\rtwo\rthree anna@example.com\r").only("anna@example.com")
    assert (location.line, location.column) == (3, 7)


@settings(deadline=None, max_examples=50)
@given(
    text=st.lists(st.text("aé€😀 \t", max_size=30), min_size=1, max_size=40).map("\n".join),
    at=st.floats(0, 1),
    chunk=st.integers(20, 400),
)
def test_line_and_column_for_any_chunk_size(run, text, at, chunk):
    index = int(at * len(text))
    marked = text[:index] + "<<MARK>>" + text[index:]
    data = (marked + "\npadding" * 2200).encode()
    location = run(data, chunk_bytes=chunk).only("<<MARK>>")
    before = marked[: marked.index("<<MARK>>")]
    assert location.byte_start == len(before.encode())
    assert location.line == before.count("\n") + 1
    assert location.column == len(before.rpartition("\n")[2]) + 1
