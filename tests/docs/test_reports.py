"""The run that docs/reports.md shows (test_console.py compares what its commands print)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from classifier.report import FORMATS, names_in
from classifier.shipped import shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"
RUN = DOCS / "examples" / "run"
PAGE = (DOCS / "reports.md").read_text("utf-8")


def test_it_is_a_run_folder_and_nothing_else() -> None:
    assert names_in(RUN) > {path.name for path in RUN.iterdir()}


@pytest.mark.parametrize(
    "name, schema",
    [
        ("summary.json", "summary"),
        ("catalog.json", "catalog"),
        ("findings.jsonl", "findings"),
        ("alerts.jsonl", "alerts"),
        ("buckets.jsonl", "buckets"),
        ("objects.jsonl.gz", "objects"),
    ],
)
def test_every_record_is_as_runs_write_it_now(name: str, schema: str) -> None:
    data = (RUN / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8")
    validator = Draft202012Validator(json.loads((shipped("reports/schema") / f"{schema}.json").read_text()))
    records = [json.loads(line) for line in text.splitlines()] if "jsonl" in name else [json.loads(text)]
    assert records
    for record in records:
        validator.validate(record)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"html", "json"}))
def test_every_format_is_shown(name: str) -> None:
    assert f"docs/examples/run --format {name}" in PAGE
