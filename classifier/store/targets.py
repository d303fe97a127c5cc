"""What a run found of each target: the bucket's snapshot and verdict, its totals, its scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, func, select

from classifier.model import JSON
from classifier.store.nouns import ScoreRecord, TargetRecord, stable_hash
from classifier.store.schema import documents, run_targets, scores
from classifier.store.upsert import upsert


def put_target(db: Connection, target: TargetRecord) -> None:
    """Keep a target of a run; a document that is there already is not kept twice."""
    hashes = {}
    for name in ("snapshot", "verdict"):
        body = getattr(target, name)
        hashes[name] = None if body is None else stable_hash(body)
        if body is not None:
            upsert(db, documents, [{"hash": hashes[name], "body": body}], keep=True)
    row = {
        "run": target.run,
        "place": target.place,
        "prefix": target.prefix,
        **hashes,
        "whole": target.whole,
        "record": dict(target.record),
    }
    upsert(db, run_targets, [row])


def targets_of(db: Connection, run: int) -> Iterator[TargetRecord]:
    """Yield the targets of a run, by place and prefix."""
    query = select(run_targets).where(run_targets.c.run == run)
    yield from _targets(db, query.order_by(run_targets.c.place, run_targets.c.prefix))


def target_history(db: Connection, place: int) -> Iterator[TargetRecord]:
    """Yield a place's targets run by run, the first first."""
    query = select(run_targets).where(run_targets.c.place == place)
    yield from _targets(db, query.order_by(run_targets.c.run, run_targets.c.prefix))


def target_before(
    db: Connection, run: int, place: int, prefix: str = "", *, whole: bool = False
) -> TargetRecord | None:
    """Return the same target as the last run before `run` found it that could; None where there is none.

    With `whole` only a run counts that came to the end of its listing.
    """
    query = select(run_targets).where(
        run_targets.c.place == place,
        run_targets.c.prefix == prefix,
        run_targets.c.run < run,
        run_targets.c.snapshot.is_not(None),
    )
    if whole:
        query = query.where(run_targets.c.whole)
    return next(_targets(db, query.order_by(run_targets.c.run.desc()).limit(1)), None)


def latest_records(db: Connection, run: int) -> Iterator[tuple[int, Mapping[str, JSON]]]:
    """Yield each place with what the last run before `run` said of it; of several prefixes each."""
    last = (
        select(run_targets.c.place, func.max(run_targets.c.run).label("run"))
        .where(run_targets.c.run < run)
        .group_by(run_targets.c.place)
        .subquery()
    )
    query = select(run_targets.c.place, run_targets.c.record).join(
        last, (run_targets.c.place == last.c.place) & (run_targets.c.run == last.c.run)
    )
    for row in db.execute(query.order_by(run_targets.c.place, run_targets.c.prefix)):
        yield row.place, row.record


def last_looks(db: Connection) -> Iterator[tuple[int, str, int]]:
    """Yield each place and prefix that was a target, with the last run (its number) that looked at it."""
    query = select(run_targets.c.place, run_targets.c.prefix, func.max(run_targets.c.run))
    for row in db.execute(query.group_by(run_targets.c.place, run_targets.c.prefix)):
        yield row[0], row[1], row[2]


def document(db: Connection, name: str | None) -> JSON:
    """Return the document of a hash, None for None."""
    return None if name is None else db.execute(select(documents.c.body).filter_by(hash=name)).scalar_one()


def put_scores(db: Connection, run: int, given: Iterable[ScoreRecord]) -> None:
    """Keep scores of a run."""
    rows = [
        {"run": run, "level": item.level, "name": item.name, "score": item.score, "record": dict(item.record)}
        for item in given
    ]
    upsert(db, scores, rows)


def scores_of(db: Connection, run: int, level: str | None = None) -> Iterator[ScoreRecord]:
    """Yield the scores of a run, by level and name."""
    query = select(scores).where(scores.c.run == run)
    if level is not None:
        query = query.where(scores.c.level == level)
    for row in db.execute(query.order_by(scores.c.level, scores.c.name)):
        yield ScoreRecord(row.level, row.name, row.score, row.record)


def _targets(db: Connection, query: object) -> Iterator[TargetRecord]:
    for row in db.execute(query).all():  # type: ignore[call-overload]  # a Select of run_targets
        yield TargetRecord(
            run=row.run,
            place=row.place,
            prefix=row.prefix,
            snapshot=document(db, row.snapshot),
            verdict=document(db, row.verdict),
            whole=row.whole,
            record=row.record,
        )
