"""Heads of tables and of records, and the cells of their columns, however the object is cut."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.extract.heads import LONGEST, ROWS

CSV = b'name,city,n\nHanna,"Bad T\xc3\xb6lz, Bavaria",1\n"",Cork,2\nOskar,"say ""hi""",3\n'


def cells(found: Any, column: int) -> list[str]:
    """The texts of a column's cells in all chunks, in order."""
    texts = []
    for chunk in found.chunks:
        bounds = chunk.locator.cells(column)
        assert bounds is not None
        own = [(low, high) for low, high in bounds.tolist() if low >= chunk.core_start]
        assert len(own) == len(bounds)
        assert all(high <= len(chunk.data) and low < chunk.core_end for low, high in own)
        texts += [chunk.data[low:high].decode() for low, high in own]
    return texts


def test_the_head_of_a_table(run: Any) -> None:
    (chunk,) = run(CSV, "a.csv").chunks
    assert chunk.table.names == ("name", "city", "n")
    assert chunk.table.columns[0] == ("Hanna", "", "Oskar")
    assert chunk.table.columns[1] == ("Bad Tölz, Bavaria", "Cork", 'say "hi"')


def test_the_cells_of_a_table(run: Any) -> None:
    found = run(CSV, "a.csv")
    assert cells(found, 0) == ["Hanna", "Oskar"]
    assert cells(found, 1) == ["Bad Tölz, Bavaria", "Cork", 'say ""hi""']
    assert cells(found, 7) == []


def test_a_table_without_a_header(run: Any) -> None:
    found = run(b"1,x@y.org,7\n2,z@y.org,8\n3,w@y.org,9\n", "a.csv")
    assert found.chunks[0].table.names == ()
    assert cells(found, 0) == ["1", "2", "3"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_are_no_part_of_a_cell(run: Any, end: bytes) -> None:
    assert cells(run(end.join([b"id,city", b"1,Cork", b"2,Lyon", b""]), "a.csv"), 1) == ["Cork", "Lyon"]


def test_blank_lines_before_a_header(run: Any) -> None:
    assert cells(run(b"\n\nid,city\n1,Cork\n2,Lyon\n", "a.csv"), 1) == ["Cork", "Lyon"]


def test_heads_are_bounded(run: Any) -> None:
    rows = "".join(f"{n},{'x' * 400}\n" for n in range(500))
    head = run(f"id,text\n{rows}".encode(), "a.csv").chunks[0].table
    assert len(head.columns[0]) <= ROWS
    assert {len(value) for value in head.columns[1]} == {LONGEST}
    assert "x" * 9 not in repr(head)


def test_text_has_no_table(run: Any) -> None:
    (chunk,) = run(b"Dear all,\nsee you.\n", "a.txt").chunks
    assert chunk.table is None
    assert chunk.locator.cells(0) is None


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(st.tuples(st.text('ab\n",; é', max_size=8), st.integers(0, 99)), min_size=4, max_size=40),
    size=st.integers(64, 400),
)
def test_cells_do_not_depend_on_the_cut(run: Any, rows: list[tuple[str, int]], size: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([("text", "n"), *rows])
    data = text.getvalue().encode()
    whole, cut = run(data, "a.csv"), run(data, "a.csv", chunk_bytes=size)
    assert cells(whole, 1) == [str(number) for _, number in rows]
    assert cells(cut, 1) == cells(whole, 1)
    assert cut.chunks[0].table == whole.chunks[0].table


RECORDS = [
    {
        "id": n,
        "who": {"name": f"N{n}", "tags": ["a", f"t{n}"], "ok": True},
        "by": {"100": {"x": "y"}},
        'é"': "q",
    }
    for n in range(30)
]
LINES = "\n".join(map(json.dumps, RECORDS)).encode()
ARRAY = json.dumps(RECORDS, indent=2).encode()
BELOW = json.dumps({"meta": {"v": 1}, "data": {"people": RECORDS}}).encode()


@pytest.mark.parametrize(
    "data, name, above",
    [(LINES, "a.jsonl", ""), (ARRAY, "a.json", ""), (BELOW, "a.json", "data.people.")],
    ids=["lines", "array", "below"],
)
@pytest.mark.parametrize("size", [1 << 20, 700, 64])
def test_records_are_columns_by_their_keys(run: Any, data: bytes, name: str, above: str, size: int) -> None:
    found = run(data, name, chunk_bytes=size)
    head = found.chunks[0].table
    assert head.names == tuple(above + key for key in ("id", "who.name", "who.tags", "by.*.x", 'é"'))
    assert head.columns[1][:3] == ("N0", "N1", "N2")
    assert cells(found, 0) == [str(n) for n in range(30)]
    assert cells(found, 1) == [f"N{n}" for n in range(30)]
    assert cells(found, 2) == [tag for n in range(30) for tag in ("a", f"t{n}")]
    assert cells(found, 3) == ["y"] * 30
    for chunk in found.chunks:
        for column in range(5):
            bounds = chunk.locator.cells(column)
            assert (chunk.locator.columns(bounds[:, 0]) == column).all()


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        "[]",
        "[1, 2]",
        '[[1, 2], [3, "x"]]',
        '{"a": [1, 2, {"b": null}]}',
        '[{"a": tru',
        '{"a"',
        '"x"',
    ],
)
def test_too_few_or_broken_records(run: Any, text: str) -> None:
    for chunk in run(text.encode(), "a.json").chunks:
        assert chunk.table is None


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text('ab."\\ é1', max_size=3), inner, max_size=4)
        ),
        max_leaves=40,
    ),
    st.integers(64, 200),
)
def test_any_document_has_the_same_cells_however_it_is_cut(run: Any, value: Any, size: int) -> None:
    data = json.dumps([value] * 4).encode()
    whole, cut = run(data, "a.json"), run(data, "a.json", chunk_bytes=size)
    if not whole.chunks or whole.chunks[0].table is None:
        return
    for column in range(len(whole.chunks[0].table.names)):
        assert cells(whole, column) == cells(cut, column)
