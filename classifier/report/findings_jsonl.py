"""findings.jsonl: a line per object × detector."""

from __future__ import annotations

from classifier.report.lines import LineWriter, finding_line
from classifier.report.records import FindingRecord


class FindingsJsonl(LineWriter):
    """Writes each finding with its risk and exposure (reports/schema/findings.json)."""

    name = "findings.jsonl"

    def finding(self, record: FindingRecord) -> None:
        self.write(finding_line(record))
