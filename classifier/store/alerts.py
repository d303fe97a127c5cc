"""Alerts through time: each version of one with the runs between which it stood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from classifier.model import Alert, AlertCategory, Severity
from classifier.store.nouns import AlertVersion
from classifier.store.schema import alerts
from classifier.store.upsert import upsert

_MOMENTS = ("first_seen", "last_seen")  # differ from run to run, though the alert does not


def put_alerts(
    db: Connection, run: int, moment: str, raised: Iterable[tuple[str, Alert]], looked_at: Collection[str]
) -> list[AlertVersion]:
    """Keep the alerts of a run, each with its scope, and return them as they stand now, in order.

    Alerts of the scopes `looked_at` that were not raised end as `fixed`; those of others stay. `moment` is
    the `first_seen` of what is new.
    """
    given = {alert.alert_id: (scope, alert) for scope, alert in raised}
    known = _known(db, given, looked_at)
    rows: list[dict[str, Any]] = []
    now: list[AlertVersion] = []
    for name, (scope, alert) in given.items():
        last = known[name][-1] if name in known else None
        version = _next(scope, alert, run, moment, last)
        now.append(version)
        if version is not last:
            if last is not None and last.until_run is None and last.from_run < run:
                _end(db, last, run, "changed")
            rows.append(_row(version))
    for name, versions in known.items():
        last = versions[-1]
        if name not in given and last.until_run is None and last.from_run <= run:
            _end(db, last, run, "fixed")
    upsert(db, alerts, rows)
    return now


def _known(db: Connection, ids: Collection[str], scopes: Collection[str]) -> dict[str, list[AlertVersion]]:
    known: dict[str, list[AlertVersion]] = {}
    for column, wanted in ((alerts.c.alert_id, list(ids)), (alerts.c.scope, list(scopes))):
        for start in range(0, len(wanted), 500):
            query = select(alerts).where(column.in_(wanted[start : start + 500])).order_by(alerts.c.from_run)
            if column is alerts.c.scope:
                query = query.where(alerts.c.until_run.is_(None))
            for row in db.execute(query):
                if column is alerts.c.alert_id or row.alert_id not in ids:
                    known.setdefault(row.alert_id, []).append(_version(row))
    return known


def _next(scope: str, alert: Alert, run: int, moment: str, last: AlertVersion | None) -> AlertVersion:
    if last is None:
        return AlertVersion(scope, alert, run, None, None, moment, "open")
    if last.until_run is None:
        if last.from_run > run or _same(last.alert, alert):
            return last
        return AlertVersion(scope, alert, run, None, None, last.first_seen, last.status)
    return AlertVersion(scope, alert, run, None, None, last.first_seen, "reopened")


def _same(one: Alert, other: Alert) -> bool:
    return one.to_json() == replace(other, **{name: getattr(one, name) for name in _MOMENTS}).to_json()


def _end(db: Connection, version: AlertVersion, run: int, ending: str) -> None:
    one = (alerts.c.alert_id == version.alert.alert_id, alerts.c.from_run == version.from_run)
    db.execute(update(alerts).where(*one).values(until_run=run, ending=ending))


def alerts_at(db: Connection, run: int | None = None) -> Iterator[AlertVersion]:
    """Yield the alerts as they stood when a run (by its number) ended, or as they stand now."""
    query = select(alerts)
    if run is None:
        query = query.where(alerts.c.until_run.is_(None))
    else:
        later = or_(alerts.c.until_run.is_(None), alerts.c.until_run > run)
        query = query.where(alerts.c.from_run <= run, later)
    for row in db.execute(query.order_by(alerts.c.scope, alerts.c.alert_id)):
        yield _version(row)


def alert_beginnings(db: Connection) -> dict[str, int]:
    """Return the run (its number) that raised each alert first, by the alerts' ids."""
    query = select(alerts.c.alert_id, func.min(alerts.c.from_run)).group_by(alerts.c.alert_id)
    return {row[0]: row[1] for row in db.execute(query)}


def fixed_alerts(db: Connection) -> Iterator[AlertVersion]:
    """Yield the last version of each alert that is fixed."""
    later = alerts.alias()
    again = select(later.c.alert_id).where(
        later.c.alert_id == alerts.c.alert_id, later.c.from_run > alerts.c.from_run
    )
    query = select(alerts).where(alerts.c.ending == "fixed", ~again.exists())
    for row in db.execute(query.order_by(alerts.c.scope, alerts.c.alert_id)):
        yield _version(row)


def alert_history(db: Connection, alert_id: str) -> Sequence[AlertVersion]:
    """Return all versions of an alert, the first first."""
    query = select(alerts).where(alerts.c.alert_id == alert_id).order_by(alerts.c.from_run)
    return [_version(row) for row in db.execute(query)]


def _row(version: AlertVersion) -> dict[str, Any]:
    alert = version.alert
    return {
        "alert_id": alert.alert_id,
        "from_run": version.from_run,
        "until_run": None,
        "ending": None,
        "scope": version.scope,
        "category": str(alert.category),
        "rule": alert.rule,
        "severity": alert.severity,
        "bucket": alert.bucket,
        "first_seen": version.first_seen,
        "status": version.status,
        "record": alert.to_json(),
    }


_FIELDS = frozenset(item.name for item in fields(Alert))


def _version(row: Row[Any]) -> AlertVersion:
    values = {name: value for name, value in row.record.items() if name in _FIELDS}
    values |= {
        "category": AlertCategory(values["category"]),
        "band": Severity(values["band"]),
        "evidence": tuple(values["evidence"]),
        "attack": tuple(values["attack"]),
    }
    return AlertVersion(
        scope=row.scope,
        alert=Alert(**values),
        from_run=row.from_run,
        until_run=row.until_run,
        ending=row.ending,
        first_seen=row.first_seen,
        status=row.status,
    )
