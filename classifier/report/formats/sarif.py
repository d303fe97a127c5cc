"""`sarif`: SARIF 2.1.0 (OASIS), as code scanning takes it; detectors and alert rules are its rules.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; `security-severity` and the fingerprints are
for GitHub, as "SARIF support for code scanning" in its documentation has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.formats.json_document import write_array
from classifier.report.formats.words import HOME, PRODUCT, known, place, told, uri
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.visible import visible

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"Critical": "error", "High": "error", "Medium": "warning", "Low": "note", "Informational": "note"}
_SECURITY = {"Critical": "9.5", "High": "8.0", "Medium": "5.5", "Low": "2.0", "Informational": "0.1"}
_PLACES = 10  # locations of a result


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write one log with one run: rules, then a result for each finding and alert, one a line."""
    driver = known(
        {
            "name": PRODUCT,
            "informationUri": HOME,
            "semanticVersion": run.summary.get("version"),
            "rules": list(_rules(run, selection)),
        }
    )
    invocation = known(
        {
            "executionSuccessful": run.summary.get("exit_code") in (0, 1, 3),
            "exitCode": run.summary.get("exit_code"),
            "startTimeUtc": run.summary.get("started"),
            "endTimeUtc": run.summary.get("finished"),
            "toolExecutionNotifications": [
                {"level": "warning", "message": {"text": visible(str(note))}}
                for note in (*(run.summary.get("notes") or ()), *run.notes)
            ],
        }
    )
    head = {"tool": {"driver": driver}, "automationDetails": {"id": f"{PRODUCT}/{run.run_id}"}}
    out.write(b'{"$schema": ' + json.dumps(SCHEMA).encode() + b', "version": "2.1.0", "runs": [\n')
    out.write(encode({**head, "invocations": [invocation], "columnKind": "unicodeCodePoints"})[:-1])
    out.write(b',"results": [')
    write_array(_results(run, selection), out)
    out.write(b"\n]}\n]}\n")


def _rules(run: PastRun, selection: Selection) -> Iterator[dict[str, JSON]]:
    """Yield the rules that results name: what found something, and what raised an alert."""
    for detector, facts in run.catalog.detectors.items():
        severity = str(facts.get("severity") or "Medium")
        yield _rule(
            detector, run.catalog.title(detector), str(facts.get("remediation") or ""), severity,
            ["security", "sensitive-data", str(facts.get("category", ""))],
        )  # fmt: skip
    seen: dict[str, Mapping[str, JSON]] = {}
    for alert in selection.alerts(run):
        worst = seen.get(alert["rule"])
        if worst is None or alert["severity"] > worst["severity"]:
            seen[alert["rule"]] = {
                name: alert[name] for name in ("severity", "band", "category", "remediation")
            }
    for rule, facts in seen.items():
        shape = _rule(
            rule, f"{facts['category']}: {rule}", facts["remediation"], facts["band"],
            ["security", str(facts["category"])],
        )  # fmt: skip
        shape["properties"]["security-severity"] = f"{facts['severity']:.1f}"
        yield shape


def _rule(rule: str, title: str, remediation: str, severity: str, tags: Iterable[str]) -> dict[str, JSON]:
    return known(
        {
            "id": rule,
            "name": rule,
            "shortDescription": {"text": title},
            "help": {"text": remediation or title},
            "defaultConfiguration": {"level": _LEVELS[severity]},
            "properties": {
                "tags": [tag for tag in dict.fromkeys(tags) if tag],
                "precision": "high",
                "security-severity": _SECURITY[severity],
            },
        }
    )


def _results(run: PastRun, selection: Selection) -> Iterator[dict[str, JSON]]:
    for line in selection.findings(run):
        yield _result(line, run)
    for alert in selection.alerts(run):
        where = {"artifactLocation": {"uri": uri(alert["bucket"], alert["key"])}}
        yield {
            "ruleId": alert["rule"],
            "level": _LEVELS[alert["band"]],
            "message": {"text": visible(str(alert["narrative"]))},
            "locations": [{"physicalLocation": where}],
            "partialFingerprints": {"alertId/v1": alert["alert_id"]},
            "properties": known(
                {
                    "category": alert["category"],
                    "severity": alert["severity"],
                    "count": alert["count"],
                    "actor": alert["actor"],
                    "attack": alert["attack"],
                    "evidence": alert["evidence"],
                    "remediation": alert["remediation"],
                }
            ),
        }


def _result(line: Mapping[str, JSON], run: PastRun) -> dict[str, JSON]:
    fixed = line["status"] == "fixed"
    return known(
        {
            "ruleId": line["detector"],
            "kind": "pass" if fixed else "fail",
            "level": "none" if fixed else _LEVELS[line["severity"]],
            "message": {"text": told(line, run.catalog)},
            "locations": [_location(line, one) for one in line["occurrences"][:_PLACES]]
            or [{"physicalLocation": {"artifactLocation": {"uri": uri(line["bucket"], line["key"])}}}],
            "partialFingerprints": {"findingId/v1": line["finding_id"]},
            "occurrenceCount": line["count"],
            "rank": round(float(line["risk"]), 1),
            "suppressions": [{"kind": "external", "status": "accepted"}]
            if line["status"] == "suppressed"
            else None,
            "properties": {
                "category": line["category"],
                "confidence": line["confidence"],
                "tier": line["tier"],
                "status": line["status"],
                "exposure": line["exposure"]["level"],
                "public": line["exposure"]["public"],
                "place": place(line["bucket"], line["key"]),
            },
        }
    )


def _location(line: Mapping[str, JSON], one: Mapping[str, JSON]) -> dict[str, JSON]:
    where = one["location"]
    start, end = where.get("byte_start"), where.get("byte_end")
    region = known(
        {
            "startLine": where.get("line"),
            # in a table `column` is the field of the row, no place in the line
            "startColumn": where.get("column") if "line" in where and "row" not in where else None,
            "byteOffset": start,
            "byteLength": end - start if start is not None and end is not None and end >= start else None,
        }
    )
    physical = {"artifactLocation": {"uri": uri(line["bucket"], line["key"], where.get("part"))}}
    if region:
        physical["region"] = region
    more = {name: where[name] for name in where if name not in ("line", "byte_start", "byte_end")}
    return {"physicalLocation": physical, "properties": {**more, "masked": one["masked"]}}
