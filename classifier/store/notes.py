"""What a room keeps from run to run under a name: baselines, suppressions, overrides, places in a log."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import Connection, delete, select

from classifier.model import JSON
from classifier.store.schema import notes
from classifier.store.upsert import upsert


def keep_notes(db: Connection, kind: str, bodies: Mapping[str, JSON], run: int | None = None) -> None:
    """Keep JSON values of a kind, each under its name, in place of what was there. `run` is who says so."""
    upsert(
        db,
        notes,
        [{"kind": kind, "name": name, "run": run, "body": body} for name, body in bodies.items()],
    )


def kept_notes(db: Connection, kind: str, names: Collection[str] | None = None) -> Iterator[tuple[str, JSON]]:
    """Yield each name of a kind with its value, by name; those of `names` only, where given."""
    query = select(notes).where(notes.c.kind == kind)
    if names is not None:
        query = query.where(notes.c.name.in_(list(names)))
    for row in db.execute(query.order_by(notes.c.name)):
        yield row.name, row.body


def drop_notes(db: Connection, kind: str, names: Collection[str]) -> None:
    """Forget values of a kind."""
    db.execute(delete(notes).where(notes.c.kind == kind, notes.c.name.in_(list(names))))
