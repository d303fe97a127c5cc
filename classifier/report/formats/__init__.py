"""The formats that a run, under way or past, is rendered in: one module a format, all of them listed here."""

from __future__ import annotations

from collections.abc import Iterable

from classifier.errors import UsageError
from classifier.report.formats import csv_table, json_document, json_lines
from classifier.report.formats.base import Format, Render

_ALL = (
    Format("json", "summary.json", "one JSON document", json_document.render, kept=True),
    Format("jsonl", "findings.jsonl", "JSON Lines, a finding a line", json_lines.render, kept=True),
    Format("csv", "findings.csv", "CSV, a finding a row", csv_table.render, kept=True),
)
FORMATS: dict[str, Format] = {one.name: one for one in _ALL}


def chosen_formats(names: Iterable[str]) -> list[Format]:
    """Return the formats of these names, each once. Raises UsageError naming what there is."""
    wanted = list(dict.fromkeys(names))
    wrong = [name for name in wanted if name not in FORMATS]
    if wrong:
        raise UsageError(f"unknown format {wrong[0]!r}; there are {', '.join(FORMATS)}")
    return [FORMATS[name] for name in wanted]


__all__ = ["FORMATS", "Format", "Render", "chosen_formats"]
