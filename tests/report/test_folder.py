"""A whole run folder: files, modes, schemas, exact keys, the same bytes twice, errors."""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from jsonschema import ValidationError

from classifier.errors import OutputError
from classifier.report import FORMATS, Catalog, RunFolder, names_in
from classifier.report.findings_jsonl import FindingsJsonl
from classifier.report.lines import LineWriter
from classifier.report.objects_jsonl import ObjectsJsonl
from classifier.report.sink import writing
from classifier.shipped import shipped

FILES = [
    "findings.jsonl",
    "alerts.jsonl",
    "buckets.jsonl",
    "objects.jsonl.gz",
    "findings.csv",
    "buckets.csv",
    "catalog.json",
    "summary.json",
]
Check = Callable[[str, Any], None]
Fill = Callable[[Path, tuple[str, ...]], RunFolder]


def lines(path: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    text = content.decode("utf-8")
    assert text.endswith("\n")
    # Every reader's idea of a line: splitlines() also splits at U+0085, U+2028 and the like.
    return [json.loads(line) for line in text.splitlines()]


def test_the_files_are_there_and_private(run: Path) -> None:
    assert sorted(path.name for path in run.iterdir()) == sorted(FILES)
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in run.iterdir()} == {0o600}


def test_modes_do_not_depend_on_the_umask(tmp_path: Path, filled: Fill) -> None:
    before = os.umask(0)
    try:
        filled(tmp_path / "run", ("k",))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "run").iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name, schema",
    [
        ("findings.jsonl", "findings"),
        ("alerts.jsonl", "alerts"),
        ("buckets.jsonl", "buckets"),
        ("objects.jsonl.gz", "objects"),
    ],
)
def test_every_line_fits_its_schema_and_keeps_its_key(
    run: Path, check: Check, odd_keys: tuple[str, ...], name: str, schema: str
) -> None:
    records = lines(run / name)
    for record in records:
        check(schema, record)
    found = [
        r["key"] if "key" in r else r["posture"]["Policy"]["Statement"][0]["Sid"]
        for r in records
        if r.get("error") is None
    ]
    assert found == list(odd_keys)


def test_the_parts_of_a_bucket_line_fit_their_own_schemas(run: Path, check: Check) -> None:
    for record in lines(run / "buckets.jsonl"):
        if record["error"] is None:
            check("access", record["access"])
            check("snapshot", record["posture"])


def test_the_summary_fits_its_schema(run: Path, check: Check) -> None:
    summary = json.loads((run / "summary.json").read_bytes())
    check("summary", summary)
    assert summary["files"] == FILES
    assert summary["totals"]["findings_by_severity"]["High"] == 1
    assert summary["weights_version"] == "1.0.0"


def test_the_catalog_fits_its_schema_and_is_read_back(run: Path, check: Check) -> None:
    record = json.loads((run / "catalog.json").read_bytes())
    check("catalog", record)
    assert Catalog.from_json(record).to_json() == record


def test_no_raw_control_character_is_in_the_json_files(run: Path) -> None:
    for name in FILES:
        if "json" in name:
            data = (run / name).read_bytes()
            text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")
            assert not set(text) & {chr(c) for c in [*range(10), *range(11, 32), *range(0x7F, 0xA0)]}
            assert not set(text) & set("\u2028\u2029\u202e\ufeff")


def test_a_finding_line_is_the_contracts(run: Path) -> None:
    assert list(lines(run / "findings.jsonl")[0]) == [
        "run_id",
        "finding_id",
        "bucket",
        "key",
        "version_id",
        "etag",
        "size",
        "detector",
        "category",
        "severity",
        "confidence",
        "tier",
        "count",
        "count_is_exact",
        "occurrences",
        "occurrences_truncated",
        "risk",
        "exposure",
        "first_seen",
        "status",
    ]
    assert lines(run / "findings.jsonl")[0]["risk"] == 90.0


def test_a_bucket_that_failed_says_why(run: Path) -> None:
    record = lines(run / "buckets.jsonl")[-1]
    assert record["error"] == {"reason": "NO_SUCH_BUCKET_AVAILABLE", "detail": "NoSuchBucket"}
    assert (record["posture"], record["access"]) == (None, None)


def test_the_same_records_make_the_same_bytes(
    tmp_path: Path, run: Path, odd_keys: tuple[str, ...], filled: Fill
) -> None:
    filled(tmp_path / "again", odd_keys)
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes(), name


def test_a_second_run_replaces_the_first(tmp_path: Path, filled: Fill) -> None:
    filled(tmp_path / "run", ("a", "b", "c"))
    (tmp_path / "run" / "findings.jsonl").chmod(0o644)
    filled(tmp_path / "run", ("d",))
    assert [line["key"] for line in lines(tmp_path / "run" / "findings.jsonl")] == ["d"]
    assert stat.S_IMODE((tmp_path / "run" / "findings.jsonl").stat().st_mode) == 0o600


def test_an_empty_run_has_all_files(tmp_path: Path) -> None:
    with RunFolder(tmp_path / "deep" / "er" / "run"):
        pass
    assert (tmp_path / "deep/er/run/findings.jsonl").read_bytes() == b""
    assert gzip.decompress((tmp_path / "deep/er/run/objects.jsonl.gz").read_bytes()) == b""
    assert (tmp_path / "deep/er/run/findings.csv").read_bytes().startswith(b"run_id,finding_id,")


@pytest.mark.parametrize(
    "name, schema, change",
    [
        pytest.param("findings.jsonl", "findings", {"value": "raw"}, id="additional-field"),
        pytest.param("findings.jsonl", "findings", {"confidence": 1.5}, id="confidence-over-1"),
        pytest.param("findings.jsonl", "findings", {"exposure": {"level": "x"}}, id="exposure-incomplete"),
        pytest.param("alerts.jsonl", "alerts", {"category": "Other"}, id="category-unknown"),
        pytest.param("alerts.jsonl", "alerts", {"severity": 0}, id="severity-0"),
        pytest.param("objects.jsonl.gz", "objects", {"status": "COMPLETE"}, id="complete-with-reason"),
        pytest.param("objects.jsonl.gz", "objects", {"reason": None}, id="partial-without-reason"),
        pytest.param("buckets.jsonl", "buckets", {"risk": 3}, id="risk-without-terms"),
    ],
)
def test_schemas_refuse_what_is_wrong(
    run: Path, check: Check, name: str, schema: str, change: dict[str, Any]
) -> None:
    record = lines(run / name)[0]
    with pytest.raises(ValidationError):
        check(schema, record | change)


def test_the_shared_parts_of_the_schemas_agree() -> None:
    loaded = {
        path.stem: json.loads(path.read_text("utf-8")) for path in shipped("reports/schema").glob("*.json")
    }
    seen: dict[str, Any] = {}
    for schema in loaded.values():
        for name, definition in schema.get("$defs", {}).items():
            assert seen.setdefault(name, definition) == definition, name
    for name in ("access", "snapshot"):
        for part in ("properties", "required"):
            assert seen[name][part] == loaded[name][part], name


def test_a_file_in_the_way_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(OutputError, match=r"run: .*--output") as caught, RunFolder(tmp_path / "run"):
        pass
    assert caught.value.exit_code == 4
    assert (tmp_path / "run").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run" / "buckets.csv").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"buckets\.csv"), RunFolder(tmp_path / "run"):
        pass


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "alerts.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(OutputError, match="symbolic link"), RunFolder(tmp_path / "run"):
        pass
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize(
    "code, says",
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "may not write"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "choose another folder"),
    ],
    ids=errno.errorcode.get,
)
def test_errors_say_what_to_do(code: int, says: str) -> None:
    with pytest.raises(OutputError, match=says) as caught, writing("run/findings.jsonl"):
        raise OSError(code, os.strerror(code))
    assert str(caught.value).startswith("run/findings.jsonl: the report cannot be written (")


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="needs Linux's /dev/full, a disk that is always full"
)
@pytest.mark.parametrize("make", [FindingsJsonl, ObjectsJsonl], ids=["plain", "gzip"])
def test_a_full_disk_is_an_output_error(make: type[LineWriter], sample: Any, tmp_path: Path) -> None:
    class Full(make):  # type: ignore[misc, valid-type]
        def _start(self, out: BinaryIO) -> BinaryIO:
            out.close()
            return super()._start(Path("/dev/full").open("wb"))

    writer = Full()
    writer.open(tmp_path)
    writer.finding(sample.record("k"))
    writer.object(sample.result("k"))
    with pytest.raises(OutputError, match="disk is full"):
        writer.close()
    writer.close()


def test_a_run_folder_is_known_by_its_summary(run: Path, tmp_path: Path) -> None:
    assert names_in(run) >= {path.name for path in run.iterdir()}
    assert names_in(run) >= {one.filename for one in FORMATS.values()}
    assert names_in(tmp_path) == frozenset()
    (tmp_path / "summary.json").write_text('{"run_id": "20260101T000000Z-abcdef"}')
    assert names_in(tmp_path) == frozenset()
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "summary.json").symlink_to(run / "summary.json")
    assert names_in(tmp_path / "linked") == frozenset()
