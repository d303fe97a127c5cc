"""Runs, and what they ran on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from classifier.model import JSON
from classifier.store.nouns import Place, RunRecord, State
from classifier.store.schema import places, runs
from classifier.store.upsert import upsert

_LAST = re.compile(r"last(?:~([0-9]{1,6}))?")


def begin_run(db: Connection, run: RunRecord) -> int:
    """Add a run and return its number."""
    values = {
        "run_id": run.run_id,
        "kind": run.kind,
        "started": run.started,
        "state": "running",
        "program": run.program,
        "recipe": run.recipe,
        "detectors": list(run.detectors),
        "targets": list(run.targets),
        "settings": dict(run.settings),
        "folder": run.folder,
    }
    key = db.execute(insert(runs).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def resume_run(db: Connection, number: int) -> None:
    """Note that a run goes on."""
    db.execute(update(runs).where(runs.c.id == number).values(state="running", ended=None))


def end_run(
    db: Connection, number: int, *, ended: str, state: State, exit_code: int, summary: JSON = None
) -> None:
    """Note how a run ended."""
    values = {"ended": ended, "state": state, "exit_code": exit_code, "summary": summary}
    db.execute(update(runs).where(runs.c.id == number).values(values))


def find_run(db: Connection, run_id: str) -> RunRecord | None:
    """Return a run by its id or a beginning of it that no other has.

    `last` is the one that began last, `last~1` the one before, and so on.
    """
    query = select(runs)
    if (named := _LAST.fullmatch(run_id)) is not None:
        found = db.execute(query.order_by(runs.c.id.desc()).limit(1).offset(int(named[1] or 0))).first()
        return None if found is None else _run(found)
    exact = db.execute(query.where(runs.c.run_id == run_id)).first()
    if exact is not None:
        return _run(exact)
    alike = db.execute(query.where(runs.c.run_id.startswith(run_id, autoescape=True)).limit(2)).all()
    return _run(alike[0]) if run_id and len(alike) == 1 else None


def list_runs(db: Connection, limit: int | None = None, kind: str | None = None) -> Iterator[RunRecord]:
    """Yield the runs, the last first."""
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    for row in db.execute(query if kind is None else query.where(runs.c.kind == kind)):
        yield _run(row)


def place_number(db: Connection, place: Place) -> int:
    """Return the number of a place, a new one where it is not known yet."""
    values = {"endpoint": place.endpoint, "bucket": place.bucket, "path": place.path}
    where = [places.c[name] == value for name, value in values.items()]
    found = db.execute(select(places.c.id).where(*where)).scalar()
    if found is None:
        upsert(db, places, [values], keep=True)
        found = db.execute(select(places.c.id).where(*where)).scalar_one()
    return int(found)


def find_place(db: Connection, place: Place) -> int | None:
    """Return the number of a place, None where no run has seen it."""
    where = (places.c.endpoint == place.endpoint, places.c.bucket == place.bucket)
    return db.execute(select(places.c.id).where(*where, places.c.path == place.path)).scalar()


def list_places(db: Connection) -> Iterator[tuple[int, Place]]:
    """Yield each place with its number."""
    for row in db.execute(select(places).order_by(places.c.id)):
        yield row.id, Place(row.bucket, row.path, row.endpoint)


def count_runs(db: Connection) -> int:
    """Return how many runs there are."""
    return int(db.execute(select(func.count()).select_from(runs)).scalar_one())


def _run(row: Row[Any]) -> RunRecord:
    values = dict(row._mapping)
    return RunRecord(number=values.pop("id"), **values)
