"""A scan that reads in part: true offsets, every format, the same each time, and bounds in the report."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from classifier import config, run

QUICK = {"names": False, "workers": 1, "depth": "quick"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large files of several formats, and 200 small ones of a kind."""
    root = tmp_path_factory.mktemp("depth")
    rng = random.Random(5)
    noise = [f"{rng.getrandbits(200):x}" for _ in range(2_000)]
    mails = [f"u{n}@larkfield-co.com" if n % 40 == 0 else "" for n in range(60_000)]
    rows = [f"{n},{mail},{noise[n % 2_000]}" for n, mail in enumerate(mails)]
    (root / "big.csv").write_text("id,email,note\n" + "\n".join(rows) + "\n")
    notes = [f"{noise[n % 2_000]}{n}" for n in range(60_000)]
    table = pa.table({"id": list(range(60_000)), "email": mails, "note": notes})
    pq.write_table(table, root / "big.parquet", row_group_size=3_000)
    with zipfile.ZipFile(root / "big.zip", "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.txt", f"u{number}@larkfield-co.com\n" + "\n".join(notes[:400]))
    (root / "big.log.gz").write_bytes(gzip.compress("\n".join(rows).encode(), 1))
    (root / "logs").mkdir()
    for number in range(200):
        text = "u@larkfield-co.com\n" if number % 4 == 0 else "nothing at all\n"
        (root / "logs" / f"{number:04}.log").write_text(text * 5)
    (root / "ssn_536-22-1847.txt").write_text("nothing at all\n")
    return root


def scanned(folder: Path, output: Path, **flags: Any) -> tuple[list[Any], dict[str, Any], Any]:
    """Findings, objects by key, and the bucket's record."""
    settings = config.load({**QUICK, "output": str(output), **flags})
    summary = run.scan([str(folder)], settings, console=Console(quiet=True), quiet=True)
    assert summary.exit_code == 0
    lines = (output / "findings.jsonl").read_text().splitlines()
    with gzip.open(output / "objects.jsonl.gz", "rt") as text:
        objects = {record["key"]: record for record in map(json.loads, text)}
    return [json.loads(line) for line in lines], objects, json.loads((output / "buckets.jsonl").read_text())


@pytest.fixture(scope="module")
def result(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], dict[str, Any], Any]:
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    with patch.context():
        return scanned(folder, tmp_path_factory.mktemp("out") / "run", max_occurrences=0)


@pytest.mark.parametrize("name", ["big.csv", "big.parquet", "big.zip", "big.log.gz"])
def test_large_files_are_read_in_part_and_what_is_in_them_is_seen(
    name: str, result: tuple[list[Any], dict[str, Any], Any]
) -> None:
    findings, objects, _ = result
    record = objects[name]
    assert (record["status"], record["reason"]) == ("PARTIAL", "FILE_EXCEEDS_SIZE_LIMIT")
    assert next(finding["count"] for finding in findings if finding["key"] == name) >= 5


def test_offsets_are_those_of_the_whole_file(
    folder: Path, result: tuple[list[Any], dict[str, Any], Any]
) -> None:
    data = (folder / "big.csv").read_bytes()
    (finding,) = (f for f in result[0] if f["key"] == "big.csv" and f["detector"] == "EMAIL_ADDRESS")
    found = [data[o["location"]["byte_start"] : o["location"]["byte_end"]] for o in finding["occurrences"]]
    assert all(value.endswith(b"@larkfield-co.com") and value.startswith(b"u") for value in found)
    assert finding["occurrences"][-1]["location"]["byte_start"] > len(data) // 2


def test_what_was_not_chosen_is_said(result: tuple[list[Any], dict[str, Any], Any]) -> None:
    _, objects, bucket = result
    logs = [record for key, record in objects.items() if key.startswith("logs/")]
    assert len(logs) == 200
    assert {(r["status"], r["detail"]) for r in logs} == {("COMPLETE", ""), ("SKIPPED", "not sampled")}
    assert sum(record["status"] == "COMPLETE" for record in logs) == 30
    sampling = bucket["sampling"]
    assert sampling["large"] == {"objects": 4, "read": 4}
    bound = sampling["not_found"]["objects"]
    assert (bound["size"], bound["read"]) == (201, 31)
    assert 0 < bound["share"] < 0.15
    assert bound["more_for_99"] > 0
    mail = sampling["found"]["EMAIL_ADDRESS"]["objects"]
    assert mail["low"] <= 50 / 201 <= mail["high"]
    assert "EMAIL_ADDRESS" not in sampling["not_found"]["types"]


def test_a_number_in_a_key_is_a_finding(result: tuple[list[Any], dict[str, Any], Any]) -> None:
    (finding,) = (f for f in result[0] if f["key"] == "ssn_536-22-1847.txt")
    assert finding["detector"] == "USA_SOCIAL_SECURITY_NUMBER"
    assert finding["occurrences"][0]["location"] == {"byte_start": 4, "byte_end": 15, "attribute": "key"}


def test_another_scan_finds_the_same(
    folder: Path,
    tmp_path: Path,
    result: tuple[list[Any], dict[str, Any], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    findings, objects, _ = scanned(folder, tmp_path / "run", max_occurrences=0)
    assert objects == result[1]
    assert [f["finding_id"] for f in findings] == [f["finding_id"] for f in result[0]]
    assert [f["count"] for f in findings] == [f["count"] for f in result[0]]
