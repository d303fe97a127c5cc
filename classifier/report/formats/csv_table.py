"""`csv`: the findings as in findings.csv (columns: reports/README.md)."""

from __future__ import annotations

from typing import BinaryIO

from classifier.report.findings_csv import COLUMNS, row_of
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.report.table import cell, table_line


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write a header and a row for each finding."""
    out.write(table_line(COLUMNS))
    places = run.places
    seen = run.summary.get("started")
    for line, obj in run.joined(selection.findings(run)):
        row = row_of(line, obj, places.get(line["bucket"], (None, None)), seen, run.catalog)
        out.write(table_line([cell(row[column]) for column in COLUMNS]))
