"""What the page shows without its script: bounded lists, worst first, each with how many there are in all."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from classifier.model import JSON, Severity
from classifier.report.formats.compliance import judged
from classifier.report.formats.html.rows import where
from classifier.report.formats.words import place
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.report.terminal import WHAT_TO_DO
from classifier.visible import visible

_ALERTS, _FINDINGS, _BUCKETS, _GRANTS, _FAILING, _PREFIXES, _DAYS = 100, 100, 300, 25, 20, 20, 60
_PLACES, _EVIDENCE = 5, 3
_LEVELS = [str(level) for level in reversed(Severity)]
# Columns of the heat map, the widest exposure first: how much a cell of it is coloured, and the levels in it.
_EXPOSURES = (
    ("Public", 1.0, {"public_read", "public_list_read", "public_write", "public_list", "public_metadata"}),
    ("Other accounts", 0.8, {"unknown_account", "cloudfront"}),
    ("Known accounts", 0.4, {"known_account", "org", "restricted", "service"}),
    ("Not known", 0.6, {"unknown"}),
    ("Private", 0.2, {"private", "local"}),
)
_TERMS = {
    "content": "sensitivity of what was found (0 to 1)",
    "volume": "how much of it (0 to 1)",
    "volume_factor": "factor for the volume",
    "exposure": "who can reach it (0 to 1)",
    "exposure_factor": "factor for the exposure",
    "hardening": "factor for the controls that are in place",
    "behaviour": "what somebody did with it",
    "raw": "product, of 100",
    "score": "score",
}


def gathered(run: PastRun, selection: Selection) -> dict[str, Any]:
    """Return the values of reports/html/report.html.j2."""
    summary = run.summary
    findings = _findings(run, selection)
    alerts = _alerts(run, selection)
    return {
        "run_id": run.run_id,
        "finished": run.finished,
        "started": summary.get("started", ""),
        "version": summary.get("version", ""),
        "weights": summary.get("weights_version", ""),
        "template": visible(str((summary.get("settings") or {}).get("template", ""))),
        "targets": [visible(str(target)) for target in (summary.get("targets") or ())][:50],
        "selection": {name: ", ".join(values) for name, values in selection.to_json().items()},
        "risk": summary.get("risk"),
        "totals": summary.get("totals"),
        "levels": _LEVELS,
        "exposures": [name for name, _, _ in _EXPOSURES],
        "notes": [visible(str(note)) for note in (*(summary.get("notes") or ()), *run.notes)],
        "accounts": summary.get("accounts") or [],
        **findings,
        **alerts,
        "buckets": _buckets(run, selection),
        "bucket_count": sum(1 for _ in selection.in_buckets(run.buckets())),
        "checks": _checks(run, selection),
        "frameworks": _frameworks(run, selection),
        "coverage": _coverage(run, selection),
    }


def _findings(run: PastRun, selection: Selection) -> dict[str, Any]:
    levels: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    heat: Counter[tuple[str, str]] = Counter()
    types: Counter[str] = Counter()
    worst: list[tuple[float, int, int, Mapping[str, JSON]]] = []
    for number, line in enumerate(selection.findings(run)):
        severity = str(line["severity"])
        levels[severity] += 1
        statuses[str(line["status"])] += 1
        types[str(line["detector"])] += int(line["count"])
        heat[severity, _column(str(line["exposure"]["level"]))] += 1
        item = (float(line["risk"]), Severity(severity).rank, -number, line)
        if len(worst) < _FINDINGS:
            heapq.heappush(worst, item)
        elif item > worst[0]:
            heapq.heapreplace(worst, item)
    top = [item[3] for item in sorted(worst, reverse=True)]
    scores = _object_scores(run, {(line["bucket"], line["key"], line["version_id"]) for line in top})
    return {
        "finding_count": levels.total(),
        "finding_levels": {level: levels[level] for level in _LEVELS},
        "statuses": {name: statuses[name] for name in ("new", "reopened", "open") if statuses[name]},
        "heat": [
            (
                level,
                [
                    (heat[level, name], _heat(heat[level, name], level, weight))
                    for name, weight, _ in _EXPOSURES
                ],
            )
            for level in _LEVELS
        ],
        "findings": [_finding(line, run, scores) for line in top],
        "types": [
            (visible(run.catalog.title(name)), count, visible(run.catalog.remediation(name)))
            for name, count in sorted(types.items(), key=lambda item: (-item[1], item[0]))[:_FINDINGS]
        ],
    }


def _column(level: str) -> str:
    return next((name for name, _, levels in _EXPOSURES if level in levels), "Not known")


def _heat(count: int, level: str, weight: float) -> int:
    """Return 0 (nothing there) to 5 (the most sensitive data, for anyone)."""
    return min(5, 1 + round(Severity(level).rank / Severity.HIGH.rank * weight * 4)) if count else 0


def _object_scores(run: PastRun, wanted: set[tuple[JSON, ...]]) -> dict[tuple[JSON, ...], Mapping[str, JSON]]:
    found = {}
    if wanted:
        for line in run.objects():
            name = (line.get("bucket"), line.get("key"), line.get("version_id"))
            if name in wanted and line.get("risk"):
                found[name] = line["risk"]
    return found


def _finding(
    line: Mapping[str, JSON], run: PastRun, scores: Mapping[tuple[JSON, ...], Mapping[str, JSON]]
) -> dict[str, Any]:
    score = scores.get((line["bucket"], line["key"], line["version_id"]))
    exposure = line["exposure"]
    return {
        "id": line["finding_id"],
        "severity": line["severity"],
        "risk": line["risk"],
        "title": visible(run.catalog.title(line["detector"])),
        "detector": visible(line["detector"]),
        "count": line["count"],
        "exact": line["count_is_exact"],
        "place": place(line["bucket"], line["key"]),
        "exposure": str(exposure["level"]).replace("_", " "),
        "because": _because(exposure.get("because") or {}),
        "status": line["status"],
        "first_seen": line["first_seen"],
        "tier": line["tier"],
        "confidence": line["confidence"],
        "occurrences": [
            (where(one["location"]), visible(one["masked"])) for one in line["occurrences"][:_PLACES]
        ],
        "remediation": visible(run.catalog.remediation(line["detector"])),
        "terms": _terms(score),
    }


def _terms(score: Mapping[str, JSON] | None) -> list[tuple[str, str, str]]:
    """Return the terms of a score: name, what it means, value."""
    rows = []
    for name, value in ((score or {}).get("terms") or {}).items():
        head, dot, rest = str(name).partition(".")
        if dot and head == "floor":
            meaning = f"never less, for {rest.replace('_', ' ')}"
        elif dot:
            meaning = f"{head} of {visible(rest)}"
        else:
            meaning = _TERMS.get(head, head.replace("_", " "))
        rows.append((visible(str(name)), meaning, f"{float(value):.4g}"))
    return rows


def _because(because: Mapping[str, JSON]) -> str:
    """Return the statement or grant that lets somebody in, in words."""
    kind = str(because.get("kind") or "")
    if not kind:
        return ""
    told = {"policy": "bucket policy", "acl": "bucket ACL", "object_acl": "object's ACL"}.get(
        kind, kind.replace("_", " ")
    )
    if because.get("statement") is not None:
        told += f", statement {because['statement']}"
    if because.get("sid"):
        told += f" ({visible(str(because['sid']))})"
    grant = because.get("grant")
    if isinstance(grant, Mapping):
        grantee = grant.get("Grantee") or {}
        who = grantee.get("URI") or grantee.get("ID") or ""
        told += f", {visible(str(grant.get('Permission', '')))} to {visible(str(who).rpartition('/')[2])}"
    return told


def _alerts(run: PastRun, selection: Selection) -> dict[str, Any]:
    started = str(run.summary.get("started") or "")
    commands = {
        facts["rule"]: facts
        for facts in run.catalog.checks.values()
        if facts.get("rule") and facts.get("cli")
    }
    levels: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    days: dict[str, Counter[str]] = defaultdict(Counter)
    shown: list[dict[str, Any]] = []
    new = 0
    for alert in selection.alerts(run):
        levels[str(alert["band"])] += 1
        categories[str(alert["category"])] += 1
        days[str(alert["first_seen"])[:10]][str(alert["band"])] += 1
        is_new = bool(started) and str(alert["first_seen"]) >= started
        new += is_new
        if len(shown) < _ALERTS:
            check = commands.get(alert["rule"])
            cli = str(check["cli"]).replace("{bucket}", str(alert["bucket"])) if check else ""
            shown.append(
                {
                    "band": alert["band"],
                    "severity": alert["severity"],
                    "category": alert["category"],
                    "rule": visible(alert["rule"]),
                    "place": place(alert["bucket"], alert["key"]),
                    "narrative": visible(alert["narrative"]),
                    "steps": _steps(str(alert["remediation"]), cli),
                    "count": alert["count"],
                    "actor": visible(str(alert["actor"])) if alert["actor"] else "",
                    "attack": alert["attack"],
                    "evidence": [visible(str(one)) for one in alert["evidence"][:_EVIDENCE]],
                    "evidence_count": len(alert["evidence"]),
                    "first_seen": alert["first_seen"],
                    "new": is_new,
                }
            )
    return {
        "alerts": shown,
        "alert_count": levels.total(),
        "alert_levels": {level: levels[level] for level in _LEVELS},
        "alert_categories": sorted(categories.items(), key=lambda item: (-item[1], item[0])),
        "new_alerts": new,
        "timeline": _timeline(days),
    }


def _lines(text: str) -> str:
    """Return a command of several lines, with hidden characters shown."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _steps(text: str, cli: str) -> list[tuple[bool, str]]:
    """Return what to do, in order: sentences, and commands (True) that stand on lines of their own."""
    steps: list[tuple[bool, str]] = []
    for line in [*text.split("\n"), *(cli.split("\n") if cli and cli not in text else [])]:
        if not line.strip():
            continue
        is_command = line.startswith("aws ") or (bool(steps) and steps[-1][0] and steps[-1][1].endswith("\\"))
        if is_command and steps and steps[-1][0]:
            steps[-1] = (True, f"{steps[-1][1]}\n{visible(line)}")
        else:
            steps.append((is_command, visible(line)))
    return steps


def _timeline(days: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    """Return the days from the first alert on, or the last of them: alerts first seen, by band."""
    dates = []
    for text in days:
        try:
            dates.append(date.fromisoformat(text))
        except ValueError:  # in a file that somebody changed
            continue
    if not dates:
        return []
    last = max(dates)
    first = max(min(dates), last - timedelta(days=_DAYS - 1))
    most = max(days[str(one)].total() for one in dates)
    rows = []
    for number in range((last - first).days + 1):
        day = str(first + timedelta(days=number))
        count = days[day].total() if day in days else 0
        rows.append({"day": day, "count": count, "height": round(60 * count / most, 1)})
    return rows


def _buckets(run: PastRun, selection: Selection) -> list[dict[str, Any]]:
    ranked = heapq.nsmallest(
        _BUCKETS, selection.in_buckets(run.buckets()), key=lambda row: (-row["risk"]["score"], row["target"])
    )
    return [_bucket(row, run) for row in ranked]


def _bucket(row: Mapping[str, JSON], run: PastRun) -> dict[str, Any]:
    access = row.get("access") or {}
    failing = [check["id"] for check in row.get("checks") or () if check["status"] == "fail"]
    unknown = [check["id"] for check in row.get("checks") or () if check["status"] == "unknown"]
    detectors = sorted((row.get("detectors") or {}).items(), key=lambda item: (-item[1], item[0]))
    error = row.get("error")
    return {
        "name": visible(row["bucket"] or row["target"]),
        "raw": row["bucket"],
        "target": visible(row["target"]),
        "account": row.get("account") or "",
        "region": row.get("region") or "",
        "risk": row["risk"],
        "terms": _terms(row["risk"]),
        "override": row.get("override"),
        "public": access.get("Public", "local"),
        "shared": access.get("Shared", ""),
        "grants": [_grant(grant) for grant in access.get("Grants", ())[:_GRANTS]],
        "grant_count": len(access.get("Grants", ())),
        "latent": [_grant(grant) for grant in access.get("Latent", ())[:_GRANTS]],
        "blocked_by": [visible(str(one)) for one in access.get("BlockedBy", ())],
        "unreadable": [visible(str(one)) for one in (row.get("posture") or {}).get("Unreadable", ())],
        "sensitive": row["sensitive_objects"],
        "sensitivity": row.get("sensitivity"),
        "coverage": row["coverage"],
        "types": [(visible(run.catalog.title(name)), count) for name, count in detectors[:_FAILING]],
        "type_count": len(detectors),
        "prefixes": [
            (visible(one["prefix"] or "(top)"), one["risk"]["score"], one["risk"]["band"])
            for one in (row.get("prefixes") or ())[:_PREFIXES]
        ],
        "failing": [(name, visible(_check_title(name, run))) for name in failing],
        "unknown": len(unknown),
        "error": f"{error['reason']}: {visible(error['detail'])}" if error else "",
        "not_found": _not_found(row),
    }


def _not_found(row: Mapping[str, JSON]) -> str:
    """Return what the scan can say of types that it did not find."""
    told = ((row.get("sampling") or {}).get("not_found") or {}).get("objects")
    if not told or not told.get("read") or told.get("share") is None:
        return ""
    if told["read"] >= told["size"]:
        return "Every object was read: what is not listed was not found."
    return (
        f"{told['read']:,} of {told['size']:,} objects were read: a type that is not listed would have been "
        f"seen with {told['confidence']:.0%} confidence if it were in {told['share']:.1%} of them or more."
    )


def _check_title(name: str, run: PastRun) -> str:
    return str(run.catalog.checks.get(name, {}).get("title", name))


def _grant(grant: Mapping[str, JSON]) -> dict[str, str]:
    witness = grant.get("witness") or {}
    return {
        "principal": visible(str(grant["principal"])),
        "actions": ", ".join(grant["actions"]),
        "prefix": visible(str(grant.get("pattern") or grant.get("prefix") or "")) or "everything",
        "decision": str(grant["decision"]),
        "because": _because(grant.get("because") or {}),
        "witness": visible(f"{witness.get('Action', '')} on {witness.get('Resource', '')}")
        if witness
        else "",
    }


def _checks(run: PastRun, selection: Selection) -> list[dict[str, Any]]:
    """Return the checks that fail somewhere, most buckets first, with what to do."""
    failing: dict[str, list[str]] = defaultdict(list)
    for row in selection.in_buckets(run.buckets()):
        for check in row.get("checks") or ():
            if check["status"] == "fail":
                failing[check["id"]].append(visible(row["bucket"]))
    ranked = sorted(failing.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = []
    for name, buckets in ranked:
        facts = run.catalog.checks.get(name, {})
        shown.append(
            {
                "id": name,
                "title": visible(_check_title(name, run)),
                "rationale": visible(str(facts.get("rationale", ""))),
                "notes": visible(str(facts.get("notes", ""))),
                "cli": _lines(str(facts.get("cli", "")).replace("{bucket}", "BUCKET")),
                "terraform": _lines(str(facts.get("terraform", ""))),
                "buckets": buckets[:_FAILING],
                "count": len(buckets),
            }
        )
    return shown


def _frameworks(run: PastRun, selection: Selection) -> list[dict[str, Any]]:
    clauses: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    failing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (framework, clause, bucket), found in judged(run, selection).items():
        clauses[framework, clause][found.status] += 1
        if found.status == "fail":
            failing[framework, clause].append(visible(bucket or "local files"))
    shown = []
    for name, facts in run.catalog.frameworks.items():
        rows = [
            {
                "clause": clause,
                "title": title,
                "fail": clauses[name, clause]["fail"],
                "unknown": clauses[name, clause]["unknown"],
                "pass": clauses[name, clause]["pass"],
                "buckets": _few(failing[name, clause]),
            }
            for clause, title in facts["clauses"].items()
            if (name, clause) in clauses
        ]
        if rows:
            failed = sum(1 for row in rows if row["fail"])
            shown.append({"id": name, "title": facts["title"], "rows": rows, "failed": failed})
    return shown


def _few(names: Sequence[str], most: int = 5) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def _coverage(run: PastRun, selection: Selection) -> dict[str, Any]:
    totals: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    errors: list[tuple[str, JSON, str]] = []
    for row in selection.in_buckets(run.buckets()):
        covered = row["coverage"]
        totals.update({name: covered[name] for name in _counted(covered)})
        reasons.update(covered["reasons"])
        if row["error"] and len(errors) < _BUCKETS:
            errors.append((visible(row["target"]), row["error"]["reason"], visible(row["error"]["detail"])))
    return {
        "totals": totals,
        "reasons": [
            (name, count, WHAT_TO_DO.get(name, ""))
            for name, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ],
        "errors": errors,
    }


def _counted(covered: Mapping[str, JSON]) -> Iterable[str]:
    return [name for name, value in covered.items() if isinstance(value, int)]
