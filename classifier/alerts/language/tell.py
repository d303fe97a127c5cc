"""Hits to alerts: what they say, who and what they concern, and one alert for what is the same."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from classifier.alerts.language.evaluate import MOST_EVIDENCE, Hit
from classifier.alerts.language.fields import path_of, text_of, values_at
from classifier.alerts.language.indexes import first_text, seconds
from classifier.alerts.language.rule import NAME
from classifier.model import Alert
from classifier.risk import Bands, band_of
from classifier.visible import visible

_LONGEST = 160
_BRACES = re.compile(r"\{\{|\}\}|" + NAME.pattern)
MISSING = "(not given)"


def alerts_of(
    hits: Iterable[Hit], bands: Bands, *, moment: str = "", account: str = "", same: bool = True
) -> list[Alert]:
    """Return the alerts of hits, in the order of the first of each.

    With `same` the hits of one rule on the same bucket by the same actor (and of the same group) are one
    alert, with all their evidence (at most 1,000 ids), the highest severity and the latest text. `moment` is
    the time of records without one.
    """
    fold = AlertFold(bands, moment=moment, account=account)
    if same:
        for hit in hits:
            fold.add(hit)
        return fold.alerts()
    return [alert_of(hit, bands, moment=moment, account=account) for hit in hits]


class AlertFold:
    """Takes hits as they come and keeps one alert of what is the same; see `alerts_of`."""

    def __init__(self, bands: Bands, *, moment: str = "", account: str = "") -> None:
        self._bands = bands
        self._moment = moment
        self._account = account
        self._found: dict[str, Alert] = {}

    def add(self, hit: Hit) -> None:
        """Take a hit."""
        alert = alert_of(hit, self._bands, moment=self._moment, account=self._account)
        earlier = self._found.get(alert.alert_id)
        self._found[alert.alert_id] = alert if earlier is None else _joined(earlier, alert, self._bands)

    def alerts(self) -> list[Alert]:
        """Return the alerts, in the order of the first hit of each."""
        return list(self._found.values())


def alert_of(hit: Hit, bands: Bands, *, moment: str = "", account: str = "") -> Alert:
    """Return the alert of one hit. `account` keeps the ids of alerts of several accounts apart."""
    shape, data, index = hit.rule.shape, hit.record.data, hit.rule.index
    bucket = first_text(data, index.bucket) or ""
    actor = first_text(data, index.actor)
    title = _filled(shape.title, hit, _shown)
    narrative = _filled(shape.narrative, hit, _shown)
    identity = [shape.id, account, bucket, actor or "", sorted(hit.group.items())]
    return Alert(
        alert_id=hashlib.sha256(json.dumps(identity).encode("ascii")).hexdigest()[:32],
        category=shape.category,
        rule=shape.id,
        kind=shape.kind,
        severity=hit.severity,
        band=band_of(hit.severity, bands),
        bucket=bucket,
        key=first_text(data, index.key),
        actor=actor,
        first_seen=_stamp(hit.first_seen) or moment,
        last_seen=_stamp(hit.last_seen) or moment,
        count=hit.count,
        evidence=hit.evidence,
        narrative=f"{title} {narrative}".strip(),
        attack=shape.attack,
        remediation=_filled(shape.remediation, hit, shlex.quote),
    )


def _joined(one: Alert, other: Alert, bands: Bands) -> Alert:
    severity = max(one.severity, other.severity)
    latest = other if other.last_seen >= one.last_seen else one
    evidence = tuple(dict.fromkeys((*one.evidence, *other.evidence)))
    return Alert(
        alert_id=one.alert_id,
        category=one.category,
        rule=one.rule,
        kind=one.kind,
        severity=severity,
        band=band_of(severity, bands),
        bucket=one.bucket,
        key=one.key if one.key == other.key else latest.key,
        actor=one.actor,
        first_seen=min(one.first_seen, other.first_seen),
        last_seen=max(one.last_seen, other.last_seen),
        count=one.count + other.count,
        evidence=evidence[:MOST_EVIDENCE],
        narrative=latest.narrative,
        attack=one.attack,
        remediation=latest.remediation,
    )


def _filled(text: str, hit: Hit, form: Callable[[str], str]) -> str:
    """Return a rule's text with the fields it names, each as `form` makes it."""

    def part(found: re.Match[str]) -> str:
        return form(_value(found[1], hit)) if found[1] else found[0][0]

    return _BRACES.sub(part, text)


def _value(name: str, hit: Hit) -> str:
    if name == "count":
        return f"{hit.count:,}"
    if name == "distinct":
        return f"{hit.distinct:,}"
    if name in ("first_seen", "last_seen"):
        return str(getattr(hit, name))
    if name in hit.group:
        return hit.group[name]
    values = [text_of(value) for value in values_at(hit.record.data, path_of(name)) if value is not None]
    return ", ".join(dict.fromkeys(values)) or MISSING


def _shown(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def _stamp(text: str) -> str:
    """Return a record's time as reports spell it; "" for none."""
    moment = seconds(text) if text else None
    return "" if moment is None else f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
