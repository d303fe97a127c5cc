"""CSV: what the csv module reads back, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.model import Location
from classifier.report.buckets_csv import BucketsCsv
from classifier.report.findings_csv import FindingsCsv, describe
from classifier.report.table import Cell, TableWriter, cell


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, strict=True))


@pytest.mark.parametrize(
    "value, expected",
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠1", "'＠1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        ("", ""),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x00=1", "\\x00=1"),
        ("\x9b\x7f", "\\x9b\\x7f"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (-1, "-1"),
        (0.25, "0.25"),
    ],
)
def test_cells(value: Cell, expected: str) -> None:
    assert cell(value) == expected


class Table(TableWriter):
    name = "t.csv"
    columns = ("a", "b")


texts = st.text(st.one_of(st.characters(codec=None), st.sampled_from("=+-@\t\r\n\",';")))


@given(st.lists(st.tuples(texts, texts), max_size=5))
def test_any_text_makes_rows_that_read_back_and_run_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    table = Table()
    table.open(folder)
    for a, b in rows:
        table.row({"a": a, "b": b})
    table.close()
    back = read(folder / "t.csv")
    safe = [tuple(cell(text).encode("utf-8", "backslashreplace").decode() for text in row) for row in rows]
    assert [(row["a"], row["b"]) for row in back] == safe
    for row in back:
        for text in row.values():
            assert not text.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
            assert "\x00" not in text


def test_rfc_4180(tmp_path: Path) -> None:
    table = Table()
    table.open(tmp_path)
    table.row({"a": 'say "hi", you', "b": "two\r\nlines"})
    table.row({"a": 1, "b": None})
    table.close()
    assert (tmp_path / "t.csv").read_bytes() == b'a,b\r\n"say ""hi"", you","two\r\nlines"\r\n1,\r\n'


def test_the_findings_read_back(run: Path, odd_keys: tuple[str, ...]) -> None:
    rows = read(run / "findings.csv")
    assert [row["key"] for row in rows] == [
        cell(key).encode("utf-8", "backslashreplace").decode() for key in odd_keys
    ]
    assert list(rows[0]) == list(FindingsCsv.columns)
    first = rows[0]
    assert {
        name: first[name] for name in ("account", "data_class", "count", "count_is_exact", "exposure")
    } == {
        "account": "111111111111",
        "data_class": "CREDENTIALS",
        "count": "2",
        "count_is_exact": "true",
        "exposure": "public_read",
    }
    assert (first["principal_exposed_to"], first["risk_score"], first["band"]) == (
        "anonymous any_aws",
        "90.0",
        "Critical",
    )
    assert first["last_modified"] == "2026-01-02T03:04:05Z"


def test_the_buckets_read_back(run: Path, odd_keys: tuple[str, ...]) -> None:
    *rows, failed = read(run / "buckets.csv")
    assert len(rows) == len(odd_keys)
    assert list(failed) == list(BucketsCsv.columns)
    assert rows[0]["top_types"] == "EMAIL_ADDRESS=7 AWS_SECRET_ACCESS_KEY=2"
    assert rows[0]["skip_reasons"] == "MALFORMED_FILE=1 PERMISSION_DENIED=1"
    assert (failed["error"], failed["public"]) == ("NO_SUCH_BUCKET_AVAILABLE: NoSuchBucket", "")


def test_the_dictionary_names_every_column() -> None:
    text = Path("reports/README.md").read_text("utf-8")
    for column in (*FindingsCsv.columns, *BucketsCsv.columns):
        assert f"`{column}`" in text


@pytest.mark.parametrize(
    "location, expected",
    [
        (Location(), ""),
        (Location(line=3, column=5, byte_start=10, byte_end=21), "line 3; column 5; bytes 10-21"),
        (Location(part="a.csv", row=2, column_name="ssn"), "part a.csv; row 2; column name ssn"),
        (Location(json_path="$.a[0]", record=0), "record 0; json path $.a[0]"),
        (Location(byte_start=7), "byte 7"),
    ],
)
def test_locations_in_words(location: Location, expected: str) -> None:
    assert describe(location) == expected
