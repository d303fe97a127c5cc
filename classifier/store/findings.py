"""Findings through time: each version of one with the runs between which it stood."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from classifier.model import Category, Finding, ObjectResult, S3Object, Severity, Status, Tier
from classifier.store import codec
from classifier.store.nouns import Ending, FindingVersion, First, Rated
from classifier.store.schema import findings
from classifier.store.upsert import among, pages, upsert


def firsts(db: Connection, place: int, keys: Collection[str]) -> dict[str, First]:
    """Return what is known of the findings that there are, or were, in objects, by their ids."""
    columns = (
        findings.c.finding_id,
        findings.c.from_run,
        findings.c.until_run,
        findings.c.first_seen,
        findings.c.status,
    )
    query = (
        select(*columns)
        .where(findings.c.place == place, findings.c.key.in_(list(keys)))
        .order_by(findings.c.from_run)
    )
    found: dict[str, First] = {}
    for row in db.execute(query):
        status = row.status if row.until_run is None else "reopened"
        run = found[row.finding_id].run if row.finding_id in found else row.from_run
        found[row.finding_id] = First(row.first_seen, status, run)
    return found


def put_findings(
    db: Connection,
    place: int,
    run: int,
    moment: str,
    read: Sequence[tuple[ObjectResult, Sequence[Rated]]],
    detectors: Collection[str],
) -> None:
    """Keep what a run found in objects that it read; end the findings that these have no more.

    `moment` is the run's beginning, the `first_seen` of what is new. A finding ends where its object was read
    whole by a run that looked for it (`detectors`): what is not looked for, or not read, is unknown.
    """
    keys = {result.obj.key for result, _ in read}
    known: dict[tuple[str, str], dict[str, list[Row[Any]]]] = {}
    query = select(findings).where(findings.c.place == place, findings.c.key.in_(list(keys)))
    for row in db.execute(query.order_by(findings.c.from_run)):
        known.setdefault((row.key, row.version), {}).setdefault(row.finding_id, []).append(row)
    writes = _Writes(place, run)
    for result, rated in read:
        there = known.get((result.obj.key, result.obj.version_id or ""), {})
        for item in rated:
            writes.found(item, there.get(item.finding_id, []), moment)
        if result.status is Status.COMPLETE:
            new = {item.finding_id for item in rated}
            for name, versions in there.items():
                if name not in new and versions[-1].detector in detectors:
                    writes.lost(versions[-1])
    writes.write(db)


class _Writes:
    """The rows to write for a batch of objects."""

    def __init__(self, place: int, run: int) -> None:
        self._place = place
        self._run = run
        self._rows: list[dict[str, Any]] = []
        self._read: list[dict[str, Any]] = []
        self._ended: list[dict[str, Any]] = []

    def found(self, item: Rated, versions: Sequence[Row[Any]], moment: str) -> None:
        last = versions[-1] if versions else None
        if last is not None and last.from_run > self._run:
            return  # a later run knows better
        content = _content(item)
        present = last is not None and last.until_run is None
        if last is not None and present:
            if all(getattr(last, name) == value for name, value in content.items()):
                now = {"read_run": self._run, "risk": item.risk, "exposure": dict(item.exposure)}
                self._read.append({"id": item.finding_id, "from": last.from_run, **now})
                return
            if last.from_run != self._run:
                self._ended.append({"id": item.finding_id, "from": last.from_run, "why": "changed"})
        elif last is not None and last.from_run == self._run and last.until_run == self._run:
            present = last.status == "open"  # it came, went and came while one run went on
        obj = item.finding.obj
        self._rows.append(
            {
                "place": self._place,
                "finding_id": item.finding_id,
                "from_run": self._run,
                "until_run": None,
                "ending": None,
                "key": obj.key,
                "version": obj.version_id or "",
                "detector": item.finding.detector,
                **content,
                "risk": item.risk,
                "exposure": dict(item.exposure),
                "read_run": self._run,
                "first_seen": moment if last is None else last.first_seen,
                "status": "open" if last is None else last.status if present else "reopened",
            }
        )

    def lost(self, last: Row[Any]) -> None:
        if last.until_run is None and last.from_run <= self._run:
            self._ended.append({"id": last.finding_id, "from": last.from_run, "why": "fixed"})

    def write(self, db: Connection) -> None:
        one = (
            findings.c.place == self._place,
            findings.c.finding_id == bindparam("id"),
            findings.c.from_run == bindparam("from"),
        )
        if self._ended:
            values = {"until_run": self._run, "ending": bindparam("why")}
            db.execute(update(findings).where(*one).values(values), self._ended)
        if self._read:
            names = ("read_run", "risk", "exposure")
            values = {name: bindparam(f"new_{name}", type_=findings.c[name].type) for name in names}
            rows = [
                {"id": row["id"], "from": row["from"]} | {f"new_{name}": row[name] for name in names}
                for row in self._read
            ]
            newer = findings.c.read_run <= bindparam("new_read_run")
            db.execute(update(findings).where(*one, newer).values(values), rows)
        upsert(db, findings, self._rows)


def rate_again(db: Connection, place: int, rated: Iterable[Rated]) -> None:
    """Keep another risk and exposure of findings that stand as they were."""
    rows = [
        {"id": item.finding_id, "new_risk": item.risk, "new_exposure": dict(item.exposure)} for item in rated
    ]
    if rows:
        one = (
            findings.c.place == place,
            findings.c.finding_id == bindparam("id"),
            findings.c.until_run.is_(None),
        )
        exposure = bindparam("new_exposure", type_=findings.c.exposure.type)
        db.execute(update(findings).where(*one).values(risk=bindparam("new_risk"), exposure=exposure), rows)


def end_findings(db: Connection, place: int, run: int, of: Iterable[tuple[str, str]], ending: Ending) -> None:
    """End the findings in objects (key, version)."""
    for part in pages(of):
        there = (findings.c.until_run.is_(None), findings.c.from_run <= run)
        where = (findings.c.place == place, *among(findings, part), *there)
        db.execute(update(findings).where(*where).values(until_run=run, ending=ending))


def objects_with(
    db: Connection, place: int, keys: Collection[str], detectors: Collection[str]
) -> frozenset[tuple[str, str]]:
    """Return which objects (key, version) one of the detectors found something in."""
    query = select(findings.c.key, findings.c.version).where(
        findings.c.place == place,
        findings.c.key.in_(list(keys)),
        findings.c.detector.in_(list(detectors)),
        findings.c.until_run.is_(None),
    )
    return frozenset((row.key, row.version) for row in db.execute(query))


def open_findings_of(
    db: Connection, place: int, of: Iterable[S3Object], read: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], list[Finding]]:
    """Return the findings that the runs which `read` objects (key, version) found in them, by detector."""
    listed = {(obj.key, obj.version_id or ""): obj for obj in of}
    query = select(findings).where(
        findings.c.place == place,
        findings.c.key.in_([key for key, _ in listed]),
        findings.c.until_run.is_(None),
    )
    held: dict[tuple[str, str], list[Finding]] = {}
    for row in sorted(db.execute(query), key=lambda row: row.detector):  # a database has its own order
        name = (row.key, row.version)
        if name in listed and read.get(name) == row.read_run:
            held.setdefault(name, []).append(_finding(listed[name], row))
    return held


def findings_at(db: Connection, run: int | None = None, place: int | None = None) -> Iterator[FindingVersion]:
    """Yield the findings as they stood when a run (by its number) ended, or as they stand now, by place.

    Where runs have other targets, those of others are among them; `place` takes one place's only.
    """
    query = select(findings)
    if run is None:
        query = query.where(findings.c.until_run.is_(None))
    else:
        later = or_(findings.c.until_run.is_(None), findings.c.until_run > run)
        query = query.where(findings.c.from_run <= run, later)
    if place is not None:
        query = query.where(findings.c.place == place)
    order = (findings.c.place, findings.c.key, findings.c.version, findings.c.finding_id)
    for row in db.execute(query.order_by(*order).execution_options(yield_per=1_000)):
        yield _version(row)


def finding_history(db: Connection, finding_id: str) -> list[FindingVersion]:
    """Return all versions of a finding, the first first."""
    query = select(findings).where(findings.c.finding_id == finding_id)
    return [_version(row) for row in db.execute(query.order_by(findings.c.place, findings.c.from_run))]


def _content(item: Rated) -> dict[str, Any]:
    finding = item.finding
    return {
        "category": str(finding.category),
        "severity": str(finding.severity),
        "confidence": float(finding.confidence),
        "tier": str(finding.tier),
        "matches": finding.count,
        "exact": finding.count_is_exact,
        "occurrences": codec.occurrences_json(finding),
        "truncated": finding.occurrences_truncated,
    }


def _finding(obj: S3Object, row: Row[Any]) -> Finding:
    return Finding(
        obj=obj,
        detector=row.detector,
        category=Category(row.category),
        severity=Severity(row.severity),
        confidence=row.confidence,
        tier=Tier(row.tier),
        count=row.matches,
        count_is_exact=row.exact,
        occurrences=codec.occurrences_of(row.occurrences),
        occurrences_truncated=row.truncated,
    )


def _version(row: Row[Any]) -> FindingVersion:
    obj = S3Object("", row.key, 0, version_id=row.version or None)
    rated = Rated(row.finding_id, _finding(obj, row), row.risk, row.exposure)
    return FindingVersion(
        row.place, rated, row.from_run, row.until_run, row.ending, row.first_seen, row.status
    )
