"""`compliance`: by framework and clause, what each bucket's configuration and content say; CSV.

The clauses are those of patterns/compliance.yaml. A clause fails where a check fails or data bears on it, is
unknown where a check could not be made, and passes where checks pass and none fails. The columns are in
reports/README.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.report.table import Cell, cell, table_line

COLUMNS = (
    "run_id",
    "framework",
    "framework_title",
    "clause",
    "clause_title",
    "account",
    "region",
    "bucket",
    "status",
    "failed_checks",
    "unknown_checks",
    "passed_checks",
    "findings",
    "matches",
    "detectors",
    "examples",
)
_EXAMPLES = 3  # ids of findings


@dataclass(slots=True)
class Clause:
    """What a bucket has to do with a clause."""

    checks: dict[str, list[str]] = field(default_factory=dict)  # status → checks
    findings: int = 0
    matches: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        if self.checks.get("fail") or self.findings:
            return "fail"
        return (
            "unknown"
            if self.checks.get("unknown")
            else "pass"
            if self.checks.get("pass")
            else "not_applicable"
        )


def judged(run: PastRun, selection: Selection) -> dict[tuple[str, str, str], Clause]:
    """Return what each bucket has to do with each clause, by (framework, clause, bucket)."""
    catalog = run.catalog
    found: dict[tuple[str, str, str], Clause] = {}
    for row in selection.in_buckets(run.buckets()):
        for check in row.get("checks") or ():
            for framework, clauses in catalog.checks.get(check["id"], {}).get("maps", {}).items():
                for clause in clauses:
                    entry = found.setdefault((framework, clause, row["bucket"]), Clause())
                    named = entry.checks.setdefault(check["status"], [])
                    if check["id"] not in named:
                        named.append(check["id"])
    for line in selection.findings(run):
        if line["status"] in ("fixed", "suppressed"):
            continue
        for framework, clauses in catalog.clauses(line).items():
            for clause in clauses:
                _count(found.setdefault((framework, clause, line["bucket"]), Clause()), line)
    return found


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write a row for each framework, clause and bucket that have to do with each other."""
    catalog = run.catalog
    found = judged(run, selection)
    out.write(table_line(COLUMNS))
    order = {
        (name, clause): (place, number)
        for place, (name, framework) in enumerate(catalog.frameworks.items())
        for number, clause in enumerate(framework["clauses"])
    }
    last = (len(order), 0)
    for framework, clause, bucket in sorted(found, key=lambda key: (order.get(key[:2], last), key)):
        values = _row(run, framework, clause, bucket, found[framework, clause, bucket])
        out.write(table_line([cell(values[column]) for column in COLUMNS]))


def _count(entry: Clause, line: Mapping[str, JSON]) -> None:
    entry.findings += 1
    entry.matches[line["detector"]] += line["count"]
    if len(entry.examples) < _EXAMPLES:
        entry.examples.append(line["finding_id"])


def _row(run: PastRun, framework: str, clause: str, bucket: str, entry: Clause) -> dict[str, Cell]:
    facts = run.catalog.frameworks.get(framework, {})
    account, region = run.places.get(bucket, (None, None))
    detectors = sorted(entry.matches.items(), key=lambda item: (-item[1], item[0]))
    return {
        "run_id": run.run_id,
        "framework": framework,
        "framework_title": facts.get("title"),
        "clause": clause,
        "clause_title": facts.get("clauses", {}).get(clause),
        "account": account,
        "region": region,
        "bucket": bucket,
        "status": entry.status,
        "failed_checks": " ".join(entry.checks.get("fail", ())),
        "unknown_checks": " ".join(entry.checks.get("unknown", ())),
        "passed_checks": " ".join(entry.checks.get("pass", ())),
        "findings": entry.findings,
        "matches": entry.matches.total(),
        "detectors": " ".join(f"{name}={count}" for name, count in detectors),
        "examples": " ".join(entry.examples),
    }
