"""`markdown`: a page for a pull request, an issue or a chat: what to fix first, and what was not read.

GitHub Flavored Markdown (https://github.github.com/gfm/), short enough for a comment (65,536 characters).
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from classifier.model import JSON, Severity
from classifier.report.formats.words import clipped, place
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.visible import visible

_TOP = 10  # buckets and alerts
_FINDINGS = 20
_CELL = 300  # characters
_SPECIAL = re.compile(r"([\\`*_{}\[\]#|~$])")
_RANK = {str(level): level.rank for level in Severity}


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write the page; the findings are counted, and the worst kept."""
    levels: Counter[str] = Counter()
    types: Counter[str] = Counter()
    worst: list[tuple[float, int, int, dict[str, JSON]]] = []
    for number, line in enumerate(selection.findings(run)):
        levels[line["severity"]] += 1
        types[line["detector"]] += line["count"]
        row = (float(line["risk"]), _RANK[line["severity"]], -number, line)
        if len(worst) < _FINDINGS:
            heapq.heappush(worst, row)
        else:
            heapq.heappushpop(worst, row)
    alerts = Counter(alert["band"] for alert in selection.alerts(run))
    lines = [*_head(run, selection, levels, alerts)]
    lines += _alerts(selection.alerts(run), alerts.total())
    lines += _buckets(run, selection)
    lines += _findings([row[3] for row in sorted(worst, reverse=True)], levels.total(), run)
    lines += _types(types, run)
    lines += _unread(run, selection)
    out.write("\n".join(lines).encode("utf-8", "backslashreplace") + b"\n")


def _head(run: PastRun, selection: Selection, levels: Counter[str], alerts: Counter[str]) -> Iterable[str]:
    risk = run.summary.get("risk")
    yield f"# Sensitive data report {_text(run.run_id)}"
    yield ""
    if risk:
        between = "" if risk["low"] == risk["high"] else f", between {risk['low']} and {risk['high']}"
        yield f"**Risk {risk['score']} of 100 ({risk['band']}{between}).** Finished {_text(run.finished)}."
    else:
        yield "**The run did not come to its end.** What follows is what it had written."
    for name, values in selection.to_json().items():
        yield f"Only {name} {_text(', '.join(values))}."
    yield ""
    yield "| | " + " | ".join(str(level) for level in reversed(Severity)) + " |"
    yield "|---|" + "---:|" * len(Severity)
    for name, counts in (("findings", levels), ("alerts", alerts)):
        yield f"| {name} | " + " | ".join(f"{counts[level]:,}" for level in reversed(Severity)) + " |"


def _alerts(alerts: Iterable[Mapping[str, JSON]], total: int) -> list[str]:
    rows = [
        f"| {alert['band']} {alert['severity']} | {_text(alert['category'])} "
        f"| {_code(place(alert['bucket'], None))} | {_text(alert['narrative'])} |"
        for _, alert in zip(range(_TOP), alerts, strict=False)
    ]
    return _table(f"Fix first ({len(rows)} of {total:,} alerts)", "severity | category | where | what", rows)


def _buckets(run: PastRun, selection: Selection) -> list[str]:
    ranked = heapq.nsmallest(
        _TOP, selection.in_buckets(run.buckets()), key=lambda row: (-row["risk"]["score"], row["target"])
    )
    rows = [
        f"| {_code(visible(row['target']))} | {row['risk']['score']} {row['risk']['band']} "
        f"| {_text((row['access'] or {}).get('Public', 'local'))} | {row['sensitive_objects']:,} of "
        f"{row['coverage']['objects']:,} |"
        for row in ranked
    ]
    return _table("Buckets", "bucket | risk | access | sensitive objects", rows)


def _findings(lines: list[dict[str, JSON]], total: int, run: PastRun) -> list[str]:
    rows = [
        f"| {line['risk']} | {line['severity']} | {_text(run.catalog.title(line['detector']))} "
        f"| {line['count']:,} | {_code(place(line['bucket'], line['key']))} |"
        for line in lines
    ]
    return _table(
        f"Riskiest findings ({len(rows)} of {total:,})", "risk | severity | type | matches | object", rows
    )


def _types(types: Counter[str], run: PastRun) -> list[str]:
    rows = [
        f"| {_text(run.catalog.title(name))} | {count:,} | {_text(run.catalog.remediation(name))} |"
        for name, count in sorted(types.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    ]
    return _table("What to do about it", "type | matches | remediation", rows)


def _unread(run: PastRun, selection: Selection) -> list[str]:
    reasons: Counter[str] = Counter()
    errors = []
    for row in selection.in_buckets(run.buckets()):
        reasons.update(row["coverage"]["reasons"])
        if row["error"]:
            errors.append(f"- {_code(visible(row['target']))}: {_text(row['error']['reason'])}")
    found = [f"- {_text(name)}: {count:,} objects" for name, count in sorted(reasons.items())]
    told = [f"- {_text(str(note))}" for note in (*(run.summary.get("notes") or ()), *run.notes)]
    lines = [*errors[:_TOP], *found, *told[:_TOP]]
    return ["", "## Not read, or not for certain", "", *(lines or ["Everything in scope was read."])]


def _table(title: str, columns: str, rows: list[str]) -> list[str]:
    if not rows:
        return []
    rule = "|---" * (columns.count("|") + 1) + "|"
    return ["", f"## {title}", "", f"| {columns} |", rule, *rows]


def _text(text: str) -> str:
    """Return text that Markdown shows as it is, on one line: no link, mention, markup or HTML in it."""
    shown = _SPECIAL.sub(r"\\\1", clipped(visible(text.replace("\n", " ")), _CELL))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return shown.replace("@", "&#64;").replace("://", ":&#47;&#47;").replace("www.", "www&#46;")


def _code(text: str) -> str:
    """Return text as code in a table's cell."""
    shown = clipped(visible(text), _CELL).replace("|", "\\|")
    ticks = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return f"{ticks} {shown} {ticks}" if "`" in shown or not shown.strip() else f"{ticks}{shown}{ticks}"
