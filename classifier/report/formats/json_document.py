"""`json`: the run as one document: its summary, and the lines of its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write `summary`, `selection`, `alerts`, `buckets`, `findings` and `notes`, a record a line."""
    out.write(b'{"summary": ' + encode(run.summary) + b",\n")
    out.write(b'"selection": ' + encode(selection.to_json()) + b",\n")
    for name, records in (
        ("alerts", selection.alerts(run)),
        ("buckets", selection.in_buckets(run.buckets())),
        ("findings", selection.findings(run)),
    ):
        out.write(f'"{name}": ['.encode())
        write_array(records, out)
        out.write(b"],\n")
    out.write(b'"notes": ' + encode({"": run.notes})[len('{"":') : -1] + b"}\n")


def write_array(records: Iterable[Mapping[str, JSON]], out: BinaryIO) -> None:
    """Write the members of an array, each on a line of its own."""
    between = b"\n"
    for record in records:
        out.write(between + encode(record))
        between = b",\n"
