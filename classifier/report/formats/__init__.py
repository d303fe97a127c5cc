"""The formats that a run, under way or past, is rendered in: one module a format, all of them listed here."""

from __future__ import annotations

from collections.abc import Iterable

from classifier.errors import UsageError
from classifier.report.formats import (
    asff,
    compliance,
    csv_table,
    eventbridge,
    html,
    json_document,
    json_lines,
    junit,
    macie,
    macie_results,
    markdown,
    ocsf,
    parquet,
    sarif,
)
from classifier.report.formats.base import Format, Render

_ALL = (
    Format("json", "summary.json", "one JSON document", json_document.render, kept=True),
    Format("jsonl", "findings.jsonl", "JSON Lines, a finding a line", json_lines.render, kept=True),
    Format("csv", "findings.csv", "CSV, a finding a row", csv_table.render, kept=True),
    Format("parquet", "findings.parquet", "Apache Parquet, a finding a row", parquet.render, binary=True),
    Format("html", "report.html", "one page for people, self-contained", html.render),
    Format("markdown", "report.md", "a page for a pull request", markdown.render),
    Format("compliance", "compliance.csv", "frameworks and clauses by bucket, CSV", compliance.render),
    Format("junit", "junit.xml", "JUnit XML, for gates", junit.render),
    Format("sarif", "report.sarif", "SARIF 2.1.0, for code scanning", sarif.render),
    Format("ocsf", "ocsf.jsonl", "OCSF 1.5 events, JSON Lines", ocsf.render),
    Format("asff", "asff.jsonl", "AWS Security Finding Format, JSON Lines", asff.render),
    Format("macie", "macie.jsonl", "Amazon Macie's findings, JSON Lines", macie.render),
    Format(
        "macie-results",
        "macie-results.jsonl.gz",
        "Amazon Macie's discovery results, an object a line",
        macie_results.render,
        binary=True,
    ),
    Format("eventbridge", "eventbridge.jsonl", "Amazon Macie's events, JSON Lines", eventbridge.render),
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
