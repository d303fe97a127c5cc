"""CSV (RFC 4180: comma, CRLF, quoted where needed) that a spreadsheet can open without running anything.

A cell that starts as a formula does (OWASP, "CSV Injection") gets a leading apostrophe; control characters,
for which the RFC has no place, and lone surrogates are written as `\\xNN` and `\\uNNNN`. The exact text is in
the JSON files.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

from classifier.report.sink import create, writing
from classifier.report.writer import Writer

Cell: TypeAlias = str | int | float | bool | None

_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # fullwidth: Excel reads them as ASCII
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def cell(value: Cell) -> str:
    """Return the text of a cell, without the quoting: "" for None, `true`/`false`, numbers as they are."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    text = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", value)
    return "'" + text if text.startswith(_FORMULA) else text


def table_line(cells: Sequence[str]) -> bytes:
    """Return a row with its line end, cells quoted where they need it, as UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode("utf-8", "backslashreplace")


class TableWriter(Writer):
    """A CSV file with a header row of `columns`; a format says which records become rows."""

    columns: Sequence[str]

    def __init__(self) -> None:
        self._path = Path(self.name)
        self._out: BinaryIO | None = None

    def open(self, folder: Path) -> None:
        self._path = folder / self.name
        self._out = create(self._path)
        self._write(self.columns)

    def row(self, values: Mapping[str, Cell]) -> None:
        """Write a row; `values` has every column. Raises OutputError."""
        self._write([cell(values[column]) for column in self.columns])

    def _write(self, cells: Sequence[str]) -> None:
        assert self._out is not None, "open comes first"
        with writing(self._path):
            self._out.write(table_line(cells))

    def close(self) -> None:
        out, self._out = self._out, None
        if out is not None:
            with writing(self._path):
                out.close()
