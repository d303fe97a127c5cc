"""`junit`: JUnit's XML, for gates: a suite a bucket; a case a check, an alert, a detector with findings.

What could not be evaluated is skipped, with the reason, never passed. The elements are those of junit-10.xsd
in https://github.com/jenkinsci/xunit-plugin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import BinaryIO

from classifier.model import JSON, Severity
from classifier.report.formats.words import place
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.visible import visible

_EXAMPLES = 5  # objects named by a failure


@dataclass(slots=True)
class _Found:
    """What a detector found in a bucket."""

    findings: int = 0
    matches: int = 0
    worst: Severity = Severity.INFORMATIONAL
    examples: list[str] = field(default_factory=list)

    def add(self, line: Mapping[str, JSON]) -> None:
        self.findings += 1
        self.matches += line["count"]
        self.worst = max(self.worst, Severity(line["severity"]), key=lambda level: level.rank)
        if len(self.examples) < _EXAMPLES:
            self.examples.append(place(line["bucket"], line["key"]))


@dataclass(frozen=True, slots=True)
class _Case:
    group: str
    name: str
    outcome: str  # "", "failure", "skipped"
    kind: str = ""
    message: str = ""
    text: str = ""


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write the suites; the findings of a bucket are counted by detector first."""
    found: dict[str, dict[str, _Found]] = {}
    for line in selection.findings(run):
        if line["status"] not in ("fixed", "suppressed"):
            found.setdefault(line["bucket"], {}).setdefault(line["detector"], _Found()).add(line)
    raised: dict[str, list[Mapping[str, JSON]]] = {}
    for alert in selection.alerts(run):
        raised.setdefault(alert["bucket"], []).append(alert)
    suites: dict[str, list[Mapping[str, JSON]]] = {}
    for line in selection.in_buckets(run.buckets()):
        suites.setdefault(line["bucket"], []).append(line)
    for bucket in [*found, *raised]:
        suites.setdefault(bucket, [])
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f"<testsuites name={_quoted(f's3-classifier {run.run_id}')}>\n".encode())
    for bucket, rows in suites.items():
        cases = [
            *_data(bucket, found.get(bucket, {}), run),
            *_alerts(raised.get(bucket, [])),
            *(case for row in rows for case in _configuration(row, run)),
            *(case for row in rows for case in _coverage(row)),
        ]
        _suite(place(bucket, None), cases, run, out)
    out.write(b"</testsuites>\n")


def _data(bucket: str, found: Mapping[str, _Found], run: PastRun) -> Iterator[_Case]:
    if not found:
        yield _Case("sensitive-data", "nothing sensitive is found", "")
    for detector, facts in sorted(found.items()):
        message = f"{facts.worst}: {facts.matches:,} in {facts.findings:,} objects"
        text = "\n".join([run.catalog.remediation(detector), *facts.examples])
        yield _Case("sensitive-data", detector, "failure", facts.worst, message, text)


def _alerts(alerts: list[Mapping[str, JSON]]) -> Iterator[_Case]:
    for alert in alerts:
        text = f"{alert['narrative']}\n{alert['remediation']}"
        message = f"{alert['band']} ({alert['severity']}): {alert['category']}"
        yield _Case("alerts", str(alert["rule"]), "failure", str(alert["band"]), message, text)


def _configuration(row: Mapping[str, JSON], run: PastRun) -> Iterator[_Case]:
    for check in row.get("checks") or ():
        facts = run.catalog.checks.get(check["id"], {})
        title = str(facts.get("title") or check["id"])
        outcome = {"pass": "", "fail": "failure"}.get(check["status"], "skipped")
        text = str(facts.get("cli") or "") if outcome == "failure" else ""
        yield _Case(
            "configuration", str(check["id"]), outcome, str(check["status"]), title if outcome else "", text
        )


def _coverage(row: Mapping[str, JSON]) -> Iterator[_Case]:
    """Yield whether all of a bucket was read."""
    coverage, error = row["coverage"], row.get("error")
    unread = coverage["partial"] + coverage["skipped"]
    if error:
        told = f"{error['reason']}: {error['detail']}"
        yield _Case("coverage", "everything was read", "skipped", "", told)
    elif unread:
        reasons = ", ".join(f"{name} {count:,}" for name, count in sorted(coverage["reasons"].items()))
        told = f"{unread:,} of {coverage['objects']:,} objects were not read whole: {reasons}"
        yield _Case("coverage", "everything was read", "skipped", "", told)
    else:
        yield _Case("coverage", "everything was read", "")


def _suite(name: str, cases: list[_Case], run: PastRun, out: BinaryIO) -> None:
    failed = sum(case.outcome == "failure" for case in cases)
    skipped = sum(case.outcome == "skipped" for case in cases)
    started = str(run.summary.get("started") or run.finished).removesuffix("Z")
    out.write(
        f'  <testsuite name={_quoted(name)} tests="{len(cases)}" failures="{failed}" errors="0" '
        f'skipped="{skipped}" time="0" timestamp={_quoted(started)}>\n'.encode()
    )
    for case in cases:
        opening = (
            f'    <testcase classname={_quoted(f"{name}.{case.group}")} name={_quoted(case.name)} time="0"'
        )
        if not case.outcome:
            out.write(f"{opening}/>\n".encode())
            continue
        kind = f" type={_quoted(case.kind)}" if case.outcome == "failure" else ""
        text = "\n".join(_escaped(line) for line in case.text.split("\n")).strip()
        inner = f"<{case.outcome} message={_quoted(case.message)}{kind}>{text}</{case.outcome}>"
        out.write(f"{opening}>{inner}</testcase>\n".encode())
    out.write(b"  </testsuite>\n")


def _quoted(text: str) -> str:
    """Return an attribute's value, in quotes; what XML 1.0 has no place for is shown as escapes."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Return text as XML has it, also within an attribute."""
    return escape(visible(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff"))
