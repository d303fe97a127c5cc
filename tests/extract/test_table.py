"""Tables against the standard library's csv module, and what it does not say: where the cells are."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.extract.dialect import sniff
from classifier.extract.part import Head
from classifier.model import Location

cell = st.one_of(
    st.text("ab 1é\"',;\n\t|", max_size=12), st.sampled_from(["", '"', '""', "a,b", "x\ny", "-", '"q"'])
)


def _write(rows: list[list[str]], delimiter: str, end: str, quoting: int) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue().encode()


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], bytes]:
    width = draw(st.integers(2, 5))
    body = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=40))
    rows = [["id", "name", "email", "city", "note"][:width], *body]
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]))
    return rows, _write(rows, delimiter, end, quoting)


@settings(deadline=None, max_examples=80)
@given(table=tables(), chunk=st.integers(400, 900), pad=st.sampled_from([0, 4000]))
def test_every_cell_is_where_csv_has_it(run, table, chunk, pad):
    rows, data = table
    dialect = sniff(Head(data, True, "t.csv"))
    assert dialect is not None
    delimiter = chr(dialect.delimiter)
    assert list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)) == rows
    filler = delimiter.join(["xx"] * len(rows[0])) + "\n"
    got = run(data + filler.encode() * pad, "t.csv", chunk_bytes=chunk)
    assert {piece.names for piece in got.chunks} == {tuple(rows[0])}
    cells: dict[tuple[int, int], str] = {}
    start = 0
    for piece in got.chunks:
        if start >= len(data):
            break
        columns = piece.locator.columns(np.arange(piece.core_start, piece.core_end))
        for offset in range(piece.core_start, min(piece.core_end, piece.core_start + len(data) - start)):
            location = piece.locator.locate(offset, offset + 1)
            field = piece.locator.enclosing(offset, offset + 1)
            assert location.byte_start == start + offset - piece.core_start
            assert location.column_name == rows[0][location.column - 1]
            assert field.names == (location.column_name,)
            assert columns[offset - piece.core_start] == location.column - 1
            value = piece.data[field.start : field.end].decode("utf-8", "replace")
            cells[location.row, location.column] = value.replace('""', '"')
        start += piece.core_end - piece.core_start
    assert cells == {(y + 1, x + 1): value for y, row in enumerate(rows) for x, value in enumerate(row)}


BODY = "1,anna@example.com,Berlin\n2,bob@example.com,Paris\n"


@pytest.mark.parametrize(
    "text, name, delimiter, names",
    [
        ("id,email,city\n" + BODY, "x", ",", ("id", "email", "city")),
        (("id,email,city\n" + BODY).replace(",", ";"), "x", ";", ("id", "email", "city")),
        (("id,email,city\n" + BODY).replace(",", "\t"), "x", "\t", ("id", "email", "city")),
        (("id,email,city\n" + BODY).replace(",", "|"), "x.txt", "|", ("id", "email", "city")),
        (("id,email,city\n" + BODY).replace(",", "^"), "x", "^", ("id", "email", "city")),
        (("id,email,city\n" + BODY).replace(",", "\x01"), "x", "\x01", ("id", "email", "city")),
        (BODY + BODY, "x", ",", ()),
        (BODY, "x.csv", ",", ()),
        (",email,city\n" + BODY, "x.csv", ",", ("", "email", "city")),
        ("First Name,Last Name\nAnna,Schmidt\nBob,Jones\n", "x.csv", ",", ("First Name", "Last Name")),
        ("Anna,Berlin\nBob,Paris\nEve,London\n", "x.csv", ",", ()),
        ("anna@example.com,Berlin\nbob@example.com,Paris\n", "x.csv", ",", ()),
        ("email\nanna@example.com\nbob@example.com\n", "x.csv", ",", ("email",)),
        ("\nid,name\n1,Anna\n", "x.csv", ",", ("id", "name")),
        ("a,a\n1,2\n", "x.csv", ",", ()),
        ("Vorname;Straße;PLZ\nAnna;Hauptstr.;10115\n", "x.csv", ";", ("Vorname", "Straße", "PLZ")),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_dialects(run, text, name, delimiter, names):
    got = run(text.encode(), name)
    dialect = sniff(Head(text.encode(), True, name))
    assert dialect is not None
    assert chr(dialect.delimiter) == delimiter
    assert {chunk.names for chunk in got.chunks} == {names}
    assert {chunk.format for chunk in got.chunks} == {"csv"}


@pytest.mark.parametrize(
    "text",
    [
        "Dear John, I write to you\nwith good news, at last\nand kind regards, Anna\n",
        "Hello, world\nBye, moon\n",
        "one line, only",
        "2024-01-01 10:00:00,123 INFO start\n2024-01-01 10:00:01,321 INFO end\n",
        "<a>x,y,z</a>\n<b>x,y,z</b>\n<c>x,y,z</c>\n",
        "def f(a, b):\n    return g(a, b)\n",
        "name: anna\nemail: anna@example.com\n",
        "",
        "\n\n",
    ],
    ids=lambda value: repr(value)[:30],
)
def test_text_is_no_table(text):
    assert sniff(Head(text.encode(), True, "x")) is None


def test_location(run):
    text = 'id,name,note\r\n1,"Anna ""A"" B","two\nlines, é 4539148803436467"\r\n2,Bob,x\r\n'
    got = run(text.encode(), "dir/people.csv")
    start = text.encode().index(b"4539")
    assert got.only("4539148803436467") == Location(
        byte_start=start, byte_end=start + 16, line=3, row=2, column=3, column_name="note"
    )
    assert got.only("Bob").row == 3
    assert got.only("Bob").line == 4


def test_rows_and_columns_go_on_over_chunks(run):
    rows = [["id", "name", "text"]] + [[f"{i}", f'n "{i}"', f"v,{i}\nsecond <{i}>"] for i in range(30_000)]
    got = run(_write(rows, ",", "\n", csv.QUOTE_MINIMAL), "t.csv", chunk_bytes=1 << 17)
    assert len(got.chunks) > 4
    for i in range(0, 30_000, 371):
        location = got.only(f"<{i}>")
        assert (location.row, location.column, location.line) == (i + 2, 3, 3 + 2 * i)
    for chunk in got.chunks[1:]:
        assert chunk.data[chunk.core_start - 1 : chunk.core_start] == b"\n"
        assert chunk.locator.locate(chunk.core_start, chunk.core_start + 1).column == 1


@pytest.mark.parametrize(
    "row, column",
    [('5" pipe,x,<v>', 3), ('"open,x,<v>', 3), ('a,"b"c,<v>', 3), ('a,b "c,d" e,<v>', 4), ('"a""b",,<v>', 3)],
    ids=["inch", "never closed", "text after", "in the middle", "doubled"],
)
def test_stray_quotes_are_literal(run, row, column):
    data = f'id,name,note\n1,"x,\ny",z\n{row}\n3,"x ""y""",<w>\n'.encode()
    got = run(data, "t.csv")
    assert (got.only("<v>").row, got.only("<v>").column) == (3, column)
    assert (got.only("<w>").row, got.only("<w>").column) == (4, 3)


def test_a_stray_quote_far_from_the_next_one(run):
    plain = b"1,anna,x\n" * 40_000
    data = b"id,name,note\n" + plain + b'2,"open,<v>\n' + plain + b'3,"a,b",<w>\n' + plain
    got = run(data, "t.csv", chunk_bytes=1 << 16)
    assert got.text == data
    assert (got.only("<v>").row, got.only("<v>").column) == (40_002, 3)
    assert (got.only("<w>").row, got.only("<w>").column) == (80_003, 3)
    assert len(got.chunks) < 30


def test_a_row_longer_than_a_chunk_has_no_row_after_the_cut(run):
    data = b"id,name\n1," + b"x" * 100_000 + b"<v>\n2,<w>\n" + b"3,y\n" * 10_000
    got = run(data, "t.csv", chunk_bytes=1 << 14)
    cut = got.only("<v>")
    assert (cut.row, cut.column, cut.line, cut.byte_start) == (None, None, 2, 100_010)
    after = got.only("<w>")
    assert (after.row, after.column, after.column_name) == (3, 2, "name")


def test_a_cut_inside_quotes_makes_no_false_rows(run):
    data = b'id,name\n1,"' + b"x\n" * 50_000 + b'<v>"\n2,<w>\n' + b"3,y\n" * 10_000
    got = run(data, "t.csv", chunk_bytes=1 << 14)
    assert got.only("<w>").row is None
    assert got.only("<w>").line == 50_003


def test_fields_beyond_the_header_have_no_name(run):
    got = run(b"id,name\n1,Anna,extra\n2,Bob\n", "t.csv")
    ((chunk, start, end),) = got.find("extra")
    assert chunk.locator.locate(start, end).column == 3
    assert chunk.locator.locate(start, end).column_name is None
    assert chunk.locator.enclosing(start, end).names == ()
    assert chunk.locator.columns(np.array([start, start - 5])).tolist() == [-1, 1]


def test_rows_may_end_with_cr(run):
    got = run(b"id,name\r1,Anna\r2,Bob\r", "t.csv")
    assert (got.only("Bob").row, got.only("Bob").column_name, got.only("Bob").line) == (3, "name", 3)
