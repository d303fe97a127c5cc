"""`--format jsonl --output -`: findings to a stream as they are found."""

from __future__ import annotations

from typing import BinaryIO

from classifier.report.lines import encode, finding_line
from classifier.report.records import FindingRecord
from classifier.report.sink import writing
from classifier.report.writer import Writer


class FindingStream(Writer):
    """Writes the lines of findings.jsonl to `out` (standard output's buffer), each flushed when it is whole.

    The stream is the caller's: `close` does not close it.
    """

    name = "-"

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def finding(self, record: FindingRecord) -> None:
        with writing("standard output"):
            self._out.write(encode(finding_line(record)) + b"\n")
            self._out.flush()
