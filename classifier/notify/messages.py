"""What there is to tell of a run: that it began, ended or failed, its alerts and its findings."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from classifier.model import JSON, Severity
from classifier.notify.settings import ChannelSettings, Kind
from classifier.report import EVERYTHING, PastRun
from classifier.report.formats.words import clipped, place, title_of, told
from classifier.report.selection import OPEN

_TOP = 10  # alerts that a digest names
_LINE = 300  # characters of an alert in a digest


@dataclass(frozen=True, slots=True)
class Run:
    """A run to tell of. `past` is None where it has no folder, as one that has just begun or failed early."""

    run_id: str
    facts: Mapping[str, JSON] = field(default_factory=dict)
    past: PastRun | None = None
    failed: str = ""  # why, for people


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to tell. `fingerprint` is the same as long as nothing about it has changed.

    `record` is the line of the run folder (of a run what summary.json says, in short), `obj` its object's.
    """

    kind: Kind
    subject: str
    text: str
    severity: Severity
    fingerprint: str
    record: Mapping[str, JSON]
    run: Run
    obj: Mapping[str, JSON] | None = None

    @property
    def attributes(self) -> dict[str, str]:
        """What filters look at: words without content."""
        past = self.run.past
        bucket = str(self.record.get("bucket") or "")
        account = past.places.get(bucket, (None, None))[0] if past else None
        given = {
            "kind": self.kind,
            "severity": str(self.severity),
            "category": str(self.record.get("category") or ""),
            "bucket": bucket,
            "account": account or "",
            "run": self.run.run_id,
        }
        return {name: value for name, value in given.items() if value}

    def to_json(self) -> dict[str, JSON]:
        """Return the message as programs read it."""
        return {
            "version": "1",
            "kind": self.kind,
            "severity": str(self.severity),
            "subject": self.subject,
            "text": self.text,
            "run_id": self.run.run_id,
            "fingerprint": self.fingerprint,
            "record": dict(self.record),
        }


def messages(run: Run, channel: ChannelSettings) -> Iterator[Message]:
    """Yield what a channel is told of a run: the run first, then alerts, then findings."""
    past = run.past
    ended: Kind = "failed" if run.failed else "finished"
    if past is None and not run.failed:
        ended = "started"
    if ended in channel.on:
        yield _of_run(ended, run)
    if past is None:
        return
    if "alert" in channel.on:
        for alert in past.alerts():
            message = of_alert(alert, run)
            if message.severity.rank >= channel.severity.rank:
                yield message
    if "finding" in channel.on:
        for line, obj in past.joined(EVERYTHING.findings(past)):
            if Severity(line["severity"]).rank >= channel.severity.rank:
                yield of_finding(line, obj, run)


def of_alert(alert: Mapping[str, JSON], run: Run) -> Message:
    """Return the message of an alert; it is a new one when the severity or the count changes."""
    severity = Severity(alert["band"])
    where = place(alert["bucket"], None)
    return Message(
        kind="alert",
        subject=f"{severity} alert: {alert['category']} in {where}",
        text=f"{alert['narrative']}\n\n{alert['remediation']}",
        severity=severity,
        fingerprint=_fingerprint("alert", alert["alert_id"], str(alert["severity"]), str(alert["count"])),
        record=alert,
        run=run,
    )


def of_finding(line: Mapping[str, JSON], obj: Mapping[str, JSON] | None, run: Run) -> Message:
    """Return the message of a finding; it is a new one when severity, count, status or exposure changes."""
    assert run.past is not None
    catalog = run.past.catalog
    severity = Severity(line["severity"])
    status = OPEN if line["status"] == "new" else line["status"]  # it is no news that it is not new any more
    state = (severity, str(line["count"]), status, line["exposure"]["level"])
    remediation = catalog.remediation(line["detector"])
    return Message(
        kind="finding",
        subject=f"{severity} finding: {title_of(line, catalog)}",
        text=f"{told(line, catalog)}\n\n{remediation}".strip(),
        severity=severity,
        fingerprint=_fingerprint("finding", line["finding_id"], *state),
        record=line,
        run=run,
        obj=obj,
    )


def _of_run(kind: Kind, run: Run) -> Message:
    facts = dict(run.facts)
    if run.failed:
        facts["error"] = run.failed
        text, severity = f"The run failed: {run.failed}", Severity.HIGH
    elif kind == "started":
        text, severity = f"Targets: {', '.join(map(str, facts.get('targets', ())))}", Severity.INFORMATIONAL
    else:
        text, severity = _ended(facts)
    return Message(
        kind=kind,
        subject=f"Run {run.run_id} {kind}",
        text=text,
        severity=severity,
        fingerprint=_fingerprint(kind, run.run_id),
        record=facts,
        run=run,
    )


def _ended(facts: Mapping[str, JSON]) -> tuple[str, Severity]:
    totals, risk = facts["totals"], facts["risk"]
    coverage = facts["coverage"]
    unread = coverage["partial"] + coverage["skipped"]
    text = (
        f"Risk {risk['score']} of 100 ({risk['band']}). {totals['findings']:,} findings in "
        f"{totals['sensitive_objects']:,} of {totals['objects']:,} objects, {totals['alerts']:,} alerts; "
        f"{unread:,} objects were not read whole."
    )
    return text, Severity(risk["band"])


def facts_of(past: PastRun) -> dict[str, JSON]:
    """Return what a message says of a run as a whole."""
    names = ("run_id", "started", "finished", "exit_code", "targets", "totals", "risk", "coverage")
    found = {name: past.summary[name] for name in names if name in past.summary}
    if "risk" in found:
        found["risk"] = {name: found["risk"][name] for name in ("score", "low", "high", "band")}
    return found


def digest(run: Run, found: Sequence[Message]) -> Message:
    """Return one message in place of several: how many of what, and the most urgent."""
    counts = Counter((message.kind, str(message.severity)) for message in found)
    worst = max((message.severity for message in found), key=lambda level: level.rank)
    head = next((message for message in found if message.kind in ("finished", "failed")), None)
    numbers = ", ".join(
        f"{counts[kind, level]:,} {level} {kind}{'s' if counts[kind, level] > 1 else ''}"
        for kind in ("alert", "finding")
        for level in reversed(Severity)
        if counts[kind, level]
    )
    urgent = [message for message in found if message.kind in ("alert", "finding")][:_TOP]
    lines = [head.text] if head else []
    lines += [f"New or changed: {numbers}."] if numbers else ["No new alert."]
    lines += [f"- {message.subject}: {_first(message.text)}" for message in urgent]
    record = {
        **(head.record if head else run.facts),
        "counts": {f"{kind} {level}": count for (kind, level), count in sorted(counts.items())},
        "top": [{"subject": message.subject, "fingerprint": message.fingerprint} for message in urgent],
    }
    return Message(
        kind=head.kind if head else "finished",
        subject=f"Run {run.run_id}: {numbers or (head.kind if head else 'nothing new')}",
        text="\n".join(lines),
        severity=worst,
        fingerprint=_fingerprint("digest", run.run_id, *(message.fingerprint for message in found)),
        record=record,
        run=run,
    )


def _first(text: str) -> str:
    return clipped(text.partition("\n")[0], _LINE)


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
