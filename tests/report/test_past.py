"""A run folder read back: whole, cut short, broken."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from classifier.errors import UsageError
from classifier.report import EVERYTHING, FORMATS, Catalog, PastRun, RunFolder

Fill = Callable[[Path, tuple[str, ...]], RunFolder]


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    shutil.copytree(run, tmp_path / "run")
    return tmp_path / "run"


def test_every_record_comes_back_in_order(run: Path, odd_keys: tuple[str, ...]) -> None:
    past = PastRun.open(run)
    assert [line["key"] for line in past.findings()] == list(odd_keys)
    assert [line["key"] for line in past.objects()] == list(odd_keys)
    assert [line["key"] for line in past.alerts()] == list(odd_keys)
    assert len(list(past.buckets())) == len(odd_keys) + 1
    assert (past.run_id, past.finished) == ("r1", "2026-01-02T03:04:05Z")
    assert past.summary["exit_code"] == 3
    assert past.catalog.title("AWS_SECRET_ACCESS_KEY") == "AWS secret access key"
    assert past.places["bucket"] == ("111111111111", "eu-west-1")
    assert past.notes == []


def test_each_finding_meets_its_object(run: Path, odd_keys: tuple[str, ...]) -> None:
    past = PastRun.open(run)
    pairs = list(past.joined(line for line in past.findings() if len(line["key"]) != 1))
    assert [line["key"] for line, _ in pairs] == [key for key in odd_keys if len(key) != 1]
    assert all(obj is not None and obj["key"] == line["key"] for line, obj in pairs)


def test_a_finding_without_its_object_is_left_alone(run: Path) -> None:
    past = PastRun.open(run)
    first = next(past.findings())
    gone = {**first, "key": "gone", "status": "fixed"}
    assert [obj is None for _, obj in past.joined([gone, first])] == [True, False]
    assert [obj is None for _, obj in past.joined([{**gone, "status": "open"}, first])] == [True, True]


def test_the_last_line_of_a_killed_run_is_told_and_not_fatal(copy: Path, odd_keys: tuple[str, ...]) -> None:
    (copy / "summary.json").unlink()
    (copy / "catalog.json").unlink()
    text = (copy / "findings.jsonl").read_bytes()
    (copy / "findings.jsonl").write_bytes(text[:-40])
    packed = (copy / "objects.jsonl.gz").read_bytes()
    (copy / "objects.jsonl.gz").write_bytes(packed[:-30])
    past = PastRun.open(copy)
    assert len(list(past.findings())) == len(odd_keys) - 1
    assert len(list(past.objects())) <= len(odd_keys)
    assert past.summary == {}
    assert past.run_id == copy.name
    assert past.finished.endswith("Z")
    assert past.notes[0] == "summary.json is missing or broken: the run did not come to its end"
    assert f"findings.jsonl: 1 broken, the first in line {len(odd_keys)}" in past.notes
    assert any(note.startswith("objects.jsonl.gz breaks off after line ") for note in past.notes)


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"[1]\n", b"[" * 100_000 + b"\n", b"\n"])
def test_a_broken_line_in_the_middle_is_left_out(copy: Path, odd_keys: tuple[str, ...], line: bytes) -> None:
    lines = (copy / "alerts.jsonl").read_bytes().splitlines(keepends=True)
    (copy / "alerts.jsonl").write_bytes(b"".join([lines[0], line, *lines[1:]]))
    past = PastRun.open(copy)
    assert [found["key"] for found in past.alerts()] == list(odd_keys)
    assert list(past.alerts())  # reading again says nothing twice
    assert past.notes == ["alerts.jsonl: 1 broken, the first in line 2"]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_of_a_killed_run(copy: Path, name: str) -> None:
    for file in ("summary.json", "catalog.json", "alerts.jsonl", "buckets.jsonl", "objects.jsonl.gz"):
        (copy / file).unlink()
    past = PastRun.open(copy)
    FORMATS[name].render(past, EVERYTHING, BytesIO())
    assert past.notes


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_of_an_empty_run(tmp_path: Path, name: str, filled: Fill) -> None:
    with RunFolder(tmp_path / "run"):
        pass
    FORMATS[name].render(PastRun.open(tmp_path / "run"), EVERYTHING, BytesIO())


def test_what_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such run folder"):
        PastRun.open(tmp_path / "none")
    with pytest.raises(UsageError, match="this is no run folder"):
        PastRun.open(tmp_path)
    (tmp_path / "summary.json").write_text('{"name": "another program"}')
    with pytest.raises(UsageError, match="this is no run folder"):
        PastRun.open(tmp_path)


def test_a_missing_catalog_is_made(copy: Path) -> None:
    (copy / "catalog.json").unlink()
    made = Catalog(detectors={"AWS_SECRET_ACCESS_KEY": {"title": "Made"}})
    assert PastRun.open(copy, lambda summary: made).catalog.title("AWS_SECRET_ACCESS_KEY") == "Made"
    assert PastRun.open(copy).catalog.title("AWS_SECRET_ACCESS_KEY") == "AWS_SECRET_ACCESS_KEY"


@pytest.mark.parametrize("name, file", [("csv", "findings.csv"), ("jsonl", "findings.jsonl")])
def test_what_every_folder_has_is_rendered_to_the_same_bytes(run: Path, name: str, file: str) -> None:
    out = BytesIO()
    FORMATS[name].render(PastRun.open(run), EVERYTHING, out)
    assert out.getvalue() == (run / file).read_bytes()


def test_the_document_has_all_lines(run: Path) -> None:
    out = BytesIO()
    FORMATS["json"].render(PastRun.open(run), EVERYTHING, out)
    document = json.loads(out.getvalue())
    past = PastRun.open(run)
    assert document["findings"] == list(past.findings())
    assert document["alerts"] == list(past.alerts())
    assert document["buckets"] == list(past.buckets())
    assert document["summary"] == past.summary
    assert (document["selection"], document["notes"]) == ({}, [])


def test_gzip_members_are_read_on(copy: Path, odd_keys: tuple[str, ...]) -> None:
    path = copy / "objects.jsonl.gz"
    path.write_bytes(path.read_bytes() + gzip.compress(b'{"key": "later"}\n'))
    assert [line["key"] for line in PastRun.open(copy).objects()] == [*odd_keys, "later"]
