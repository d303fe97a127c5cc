"""Activity logs to alerts: files are found and read, put in order, and looked at by the rules."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from classifier import alerts, crawl, risk, trail
from classifier.alerts.language import CLOUDTRAIL, Evaluator, alerts_of
from classifier.alerts.language.indexes import seconds
from classifier.config import Settings
from classifier.errors import ReadFailure, UsageError
from classifier.model import JSON, Alert, ByteSource, S3Object, Target
from classifier.report.lines import encode

NO_DATA_EVENTS = "no data events: Information loss, File hosting and bursts of deletions were not evaluated"


@dataclass(frozen=True, slots=True)
class TrailResult:
    """The alerts of logs; `counts` says what was read, `notes` what was not or not evaluated."""

    alerts: tuple[Alert, ...]
    counts: trail.Counts
    notes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    unread: int = field(default=0)


def trail_alerts(
    sources: Sequence[str],
    settings: Settings,
    config: Path | None,
    since: str | None = None,
    until: str | None = None,
) -> TrailResult:
    """Read logs and return their alerts, most urgent first.

    Events before `since`, and at or after `until` (ISO 8601), are left out. Raises UsageError, AccessFailure,
    PackError.
    """
    window = _moment("--since", since), _moment("--until", until)
    known = trail.load_settings(config)
    targets = crawl.distinct([crawl.parse_target(text) for text in sources])
    rules = [rule for rule in alerts.load_rules().language if rule.index is CLOUDTRAIL]
    counts = trail.Counts()
    failures: list[str] = []
    events = trail.in_order(_records(targets, settings, counts, failures), counts)
    events = [event for event in events if _within(event, window)]
    bands = risk.load_weights().alert_bands
    lists: dict[str, Container[str]] = {
        **known.lists(),
        "intended_public": frozenset(known.intended_public),
        "travel_ok": known.travel_ok,
    }
    found: list[Alert] = []
    facts = trail.Facts(known)

    def account(event: Mapping[str, JSON]) -> str:
        return str(event.get("recipientAccountId") or "")

    # An account's events are looked at by themselves: its alerts do not depend on what else is in the logs.
    for name, own in groupby(sorted(events, key=account), key=account):
        evaluator = Evaluator(CLOUDTRAIL, rules, lists)
        hits = [hit for event in own for hit in evaluator.feed(facts.added(event))]
        found += alerts_of([*hits, *evaluator.finish()], bands, account=name)
    notes = [*known.warnings, *failures]
    notes += [f"{number:,} × {what}" for what, number in sorted(counts.problems.items())]
    if not counts.data_events:
        notes.append(NO_DATA_EVENTS)
    categories = tuple(sorted({rule.category for rule in rules if rule.shape.enabled}))
    return TrailResult(tuple(alerts.in_order(found, {})), counts, tuple(notes), categories, len(failures))


def _moment(option: str, text: str | None) -> float | None:
    moment = None if text is None else seconds(text)
    if text is not None and moment is None:
        raise UsageError(f"{option} {text}: is no date or time, such as 2026-03-01 or 2026-03-01T09:00:00Z")
    return moment


def _within(event: Mapping[str, JSON], window: tuple[float | None, float | None]) -> bool:
    """Whether an event is in the window; one whose time cannot be read is."""
    since, until = window
    if since is None and until is None:
        return True
    moment = seconds(str(event.get("eventTime")))
    return moment is None or ((since is None or moment >= since) and (until is None or moment < until))


def alert_line(alert: Alert) -> str:
    """Return the line of alerts.jsonl."""
    return encode(alert.to_json()).decode() + "\n"


def _records(
    targets: Sequence[Target], settings: Settings, counts: trail.Counts, failures: list[str]
) -> Iterator[Mapping[str, JSON]]:
    connection = None
    if not all(target.is_local for target in targets):
        connection = crawl.Connection(settings)
        connection.check()
    for target in targets:
        if connection is None or target.is_local:
            sources = crawl.open_local(target, crawl.list_local(target))
        else:
            sources = _objects(connection, target, settings)
        for obj, source in sources:
            try:
                if isinstance(source, ReadFailure):
                    raise source
                data = b"".join(source.blocks())
            except ReadFailure as failure:
                failures.append(f"not read: {obj.key}: {failure}")
                continue
            counts.files += 1
            yield from trail.read_events(data, counts)


def _objects(
    connection: crawl.Connection, target: Target, settings: Settings
) -> Iterator[tuple[S3Object, ByteSource | ReadFailure]]:
    region = connection.bucket_region(target.bucket)
    with crawl.ObjectReader(connection.handover(), target.bucket, region, settings) as reader:
        for obj in crawl.list_objects(connection, target.bucket, region, target.prefix):
            if "/CloudTrail-Digest/" in obj.key:
                continue
            try:
                yield obj, reader.open(obj)
            except ReadFailure as failure:
                yield obj, failure
