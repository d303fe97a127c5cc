"""summary.json: the run on one page, written last."""

from __future__ import annotations

import json
from pathlib import Path

from classifier.report.lines import encode
from classifier.report.records import Summary
from classifier.report.sink import create, writing
from classifier.report.writer import Writer


class SummaryJson(Writer):
    """Writes the run (reports/schema/summary.json), indented for reading."""

    name = "summary.json"

    def __init__(self) -> None:
        self._path = Path(self.name)

    def open(self, folder: Path) -> None:
        self._path = folder / self.name

    def summary(self, summary: Summary) -> None:
        record = summary.to_json()
        out = create(self._path)
        with writing(self._path), out:
            out.write(b"{\n")
            for index, (name, value) in enumerate(record.items()):
                out.write(b"" if index == 0 else b",\n")
                out.write(f"  {json.dumps(name)}: ".encode())
                out.write(_value(value))
            out.write(b"\n}\n")


def _value(value: object) -> bytes:
    """Return a member's value: a list of objects one a line, anything else on one line."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return b"[\n    " + b",\n    ".join(encode(item) for item in value) + b"\n  ]"
    return encode({"": value})[len('{"":') : -1]
