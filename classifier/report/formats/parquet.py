"""`parquet`: the findings as a table (Apache Parquet), the columns of findings.csv with their types."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from classifier.model import JSON
from classifier.report.findings_csv import COLUMNS, row_of
from classifier.report.formats.words import moment
from classifier.report.past import PastRun
from classifier.report.selection import Selection

_ROWS = 4096  # a row group
_TIMES = frozenset({"last_modified", "first_seen", "last_seen"})
_NUMBERS = {"size": "int64", "count": "int64", "confidence": "float64", "risk_score": "float64"}
_FLAGS = frozenset({"count_is_exact", "public"})


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write row groups of a few thousand findings, compressed with Zstandard."""
    import pyarrow as pa  # half a second that other formats need not wait for
    import pyarrow.parquet as pq

    fields = []
    for name in COLUMNS:
        if name in _TIMES:
            kind = pa.timestamp("ms", tz="UTC")
        elif name in _FLAGS:
            kind = pa.bool_()
        else:
            kind = pa.type_for_alias(_NUMBERS.get(name, "string"))
        fields.append(pa.field(name, kind))
    schema = pa.schema(fields, metadata={"title": "s3-classifier findings", "run_id": run.run_id})
    rows = _rows(run, selection)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := list(islice(rows, _ROWS)):
            columns = {name: [row[name] for row in batch] for name in COLUMNS}
            writer.write_table(pa.table(columns, schema=schema))


def _rows(run: PastRun, selection: Selection) -> Iterator[dict[str, Any]]:
    places = run.places
    seen = run.summary.get("started")
    for line, obj in run.joined(selection.findings(run)):
        row = row_of(line, obj, places.get(line["bucket"], (None, None)), seen, run.catalog)
        yield {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: JSON) -> str | int | float | bool | datetime | None:
    if value is None:
        return None
    if name in _TIMES:
        return moment(value) if value else None
    if name in _NUMBERS:
        return float(value) if _NUMBERS[name] == "float64" else int(value)
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else bool(value)
