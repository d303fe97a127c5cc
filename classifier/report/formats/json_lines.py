"""`jsonl`: the findings as in findings.jsonl (reports/schema/findings.json)."""

from __future__ import annotations

from typing import BinaryIO

from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write a line for each finding."""
    for line in selection.findings(run):
        out.write(encode(line) + b"\n")
