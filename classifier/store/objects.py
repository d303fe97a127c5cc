"""The state of each object: as it was listed when it was last read, and what was read then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    Row,
    and_,
    delete,
    exists,
    select,
    type_coerce,
    update,
)

from classifier.model import ObjectResult, Reason, S3Object, Status
from classifier.store import codec
from classifier.store.findings import end_findings, objects_with, open_findings_of
from classifier.store.nouns import PASSING, Identity, Wanted, identity
from classifier.store.schema import objects
from classifier.store.upsert import among, pages, upsert

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE = 1_000


def is_known(db: Connection, place: int) -> bool:
    """Whether anything is known of the objects of a place."""
    return bool(db.execute(select(exists().where(objects.c.place == place))).scalar())


def known_runs(db: Connection, place: int, listed: Sequence[S3Object], wanted: Wanted) -> dict[Identity, int]:
    """Return the runs that read those objects which need not be read again; `known_results` tells which."""
    return {identity(obj): row.read_run for obj, row in _same(db, place, listed, wanted)}


def known_results(
    db: Connection, place: int, listed: Sequence[S3Object], wanted: Wanted
) -> dict[Identity, ObjectResult]:
    """Return what would be read of those objects that need not be read again.

    They are as they were (ETag, size, time, storage class), were read as `wanted`, and nothing kept them from
    being read that may have passed.
    """
    same = _same(db, place, listed, wanted)
    read = {(row.key, row.version): row.read_run for _, row in same}
    held = open_findings_of(db, place, [obj for obj, _ in same], read) if same else {}
    return {
        identity(obj): _result(obj, row, held.get(identity(obj), ()), earlier=row.read_run < wanted.run)
        for obj, row in same
    }


def _same(
    db: Connection, place: int, listed: Sequence[S3Object], wanted: Wanted
) -> list[tuple[S3Object, Row[Any]]]:
    keys = [obj.key for obj in listed]
    query = select(objects).where(
        objects.c.place == place,
        objects.c.key.in_(keys),
        objects.c.recipe == wanted.recipe,
        objects.c.read_run >= wanted.since,
    )
    found = {(row.key, row.version): row for row in db.execute(query)}
    asked = objects_with(db, place, keys, wanted.anew) if wanted.anew and found else frozenset()
    same = []
    for obj in listed:
        row = found.get(identity(obj))
        if row is None or not _unchanged(obj, row) or _passing(row):
            continue
        if row.read_run >= wanted.run or identity(obj) not in asked:
            same.append((obj, row))
    return same


def _unchanged(obj: S3Object, row: Row[Any]) -> bool:
    now = (obj.etag, obj.size, _micros(obj.last_modified), obj.storage_class)
    return now == (row.etag, row.size, row.modified, row.storage_class)


def _passing(row: Row[Any]) -> bool:
    return not PASSING.isdisjoint(
        {row.reason, *(problem.reason for problem in codec.problems_of(row.record))}
    )


def _result(obj: S3Object, row: Row[Any], findings: Iterable[Any], *, earlier: bool) -> ObjectResult:
    rest = row.record
    requests, size = codec.read_of(rest)
    return ObjectResult(
        obj=obj,
        status=Status(row.status),
        reason=None if row.reason is None else Reason(row.reason),
        detail=row.detail,
        bytes_scanned=row.bytes_scanned,
        problems=codec.problems_of(rest),
        findings=tuple(findings),
        allowed=codec.allowed_of(rest),
        columns=codec.columns_of(rest),
        health=codec.health_of(rest),
        prose=codec.prose_of(rest),
        mismatches=codec.mismatches_of(rest),
        traits=codec.traits_of(rest),
        sample=codec.sample_of(rest),
        requests=requests,
        bytes_read=size,
        earlier=earlier,
    )


def put_objects(db: Connection, place: int, run: int, recipe: str, results: Iterable[ObjectResult]) -> None:
    """Keep what a run has read; what a later run has read since stays.

    Of an object that was not read for a reason that may pass, what an earlier run read stays, too.
    """
    rows: list[Mapping[str, Any]] = []
    unread: list[Mapping[str, Any]] = []
    for result in results:
        passing = result.status is Status.SKIPPED and result.reason in PASSING
        row = {
            "place": place,
            "key": result.obj.key,
            "version": result.obj.version_id or "",
            "etag": result.obj.etag,
            "size": result.obj.size,
            "modified": _micros(result.obj.last_modified),
            "storage_class": result.obj.storage_class,
            "recipe": recipe,
            "read_run": run,
            "seen_run": run,
            "status": result.status,
            "reason": result.reason,
            "detail": result.detail,
            "bytes_scanned": result.bytes_scanned,
            "record": codec.rest_of(result),
        }
        (unread if passing else rows).append(row)
    upsert(db, objects, rows, guard="seen_run")
    upsert(db, objects, unread, keep=True)
    mark_seen(db, place, run, [(row["key"], row["version"]) for row in unread])


def mark_seen(db: Connection, place: int, run: int, seen: Iterable[Identity]) -> None:
    """Note that a run has found these objects as they were."""
    for part in pages(seen):
        where = (objects.c.place == place, *among(objects, part), objects.c.seen_run < run)
        db.execute(update(objects).where(*where).values(seen_run=run))


def close_gone(
    db: Connection,
    place: int,
    run: int,
    prefix: str = "",
    covers: Callable[[S3Object], bool] = lambda _: True,
) -> int:
    """Forget the objects that a run's listing did not have, and end their findings as `gone`.

    To be called once all under `prefix` was listed and put; an object that the run would have left out
    (`covers` is false) stays. Return how many went.
    """
    count = 0
    for page in _unseen(db, place, run, prefix):
        gone = [identity(obj) for obj in page if covers(obj)]
        if gone:
            end_findings(db, place, run, gone, "gone")
            for part in pages(gone):
                where = (objects.c.place == place, *among(objects, part), objects.c.seen_run < run)
                db.execute(delete(objects).where(*where))
            count += len(gone)
    return count


def known_under(db: Connection, place: int, prefix: str = "") -> Iterator[S3Object]:
    """Yield the objects that are known under a prefix, in the order of their keys."""
    for page in _pages(db, place, prefix, None):
        yield from page


def _unseen(db: Connection, place: int, run: int, prefix: str) -> Iterator[list[S3Object]]:
    return _pages(db, place, prefix, objects.c.seen_run < run)


def _pages(
    db: Connection, place: int, prefix: str, condition: ColumnElement[bool] | None
) -> Iterator[list[S3Object]]:
    """Yield the objects of a place in pages, each asked for after the last: they may be deleted meanwhile."""
    last: Identity | None = None
    while True:
        where = [objects.c.place == place, *under(objects.c.key, prefix)]
        if condition is not None:
            where.append(condition)
        if last is not None:
            where.append(
                (objects.c.key > last[0]) | and_(objects.c.key == last[0], objects.c.version > last[1])
            )
        query = select(objects).where(*where).order_by(objects.c.key, objects.c.version).limit(_PAGE)
        page = [_object(row) for row in db.execute(query)]
        if page:
            yield page
        if len(page) < _PAGE:
            return
        last = identity(page[-1])


def under(column: ColumnElement[Any], prefix: str) -> list[ColumnElement[bool]]:
    """Return the conditions under which a key begins with a prefix, such as an index can answer."""
    data = prefix.encode("utf-8", "surrogatepass")
    key = type_coerce(column, LargeBinary)
    conditions = [key >= data] if data else []
    if data.rstrip(b"\xff"):
        stem = data.rstrip(b"\xff")
        conditions.append(key < stem[:-1] + bytes([stem[-1] + 1]))
    return conditions


def _object(row: Row[Any]) -> S3Object:
    modified = None if row.modified is None else _EPOCH + timedelta(microseconds=row.modified)
    version = row.version or None
    return S3Object("", row.key, row.size, row.etag, modified, row.storage_class, version)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)
