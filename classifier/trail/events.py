"""Records in the order of their time, each once, whatever files they came in; no AWS services' own."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from classifier.model import JSON
from classifier.trail.actors import Actors, text


@dataclass(slots=True)
class Counts:
    """What was read. `problems` maps what was wrong with records to how many had it."""

    files: int = 0
    events: int = 0
    duplicates: int = 0
    services: int = 0
    data_events: int = 0
    problems: Counter[str] = field(default_factory=Counter)


def in_order(records: Iterable[Mapping[str, JSON]], counts: Counts) -> list[dict[str, JSON]]:
    """Return the records by eventTime and eventID, with an id where one lacks, without AWS services' own.

    A record that says less than a rule needs (no name, no time) is counted and kept out.
    """
    actors = Actors()
    found: dict[str, tuple[str, dict[str, JSON]]] = {}
    for record in records:
        name, time = text(record.get("eventName")), text(record.get("eventTime"))
        if not name or not time:
            counts.problems["no eventName" if not name else "no eventTime"] += 1
            continue
        identity = record.get("userIdentity")
        actor = actors.of(identity) if isinstance(identity, Mapping) else None
        if actor is not None and actor.kind == "service":
            counts.services += 1
            continue
        event = dict(record)
        event["eventID"] = text(record.get("eventID")) or _digest(record)
        known = found.get(event["eventID"])
        if known is None:
            found[event["eventID"]] = (time, event)
            continue
        counts.duplicates += 1
        if (time, _digest(event)) < (known[0], _digest(known[1])):  # whichever file came first
            found[event["eventID"]] = (time, event)
    events = [event for _, event in sorted(found.values(), key=lambda one: (one[0], one[1]["eventID"]))]
    counts.events = len(events)
    counts.data_events = sum(event.get("managementEvent") is False for event in events)
    return events


def _digest(record: Mapping[str, JSON]) -> str:
    """Return what a record's content comes to: 32 hexadecimal digits."""
    content = json.dumps(record, sort_keys=True, default=str)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]
