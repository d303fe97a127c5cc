"""Many rows at a time, in statements that SQLite and PostgreSQL both have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, tuple_
from sqlalchemy.dialects import postgresql, sqlite

_ROWS = 500  # of a statement; PostgreSQL takes 65,535 values
_Item = TypeVar("_Item")
_Insert = TypeVar("_Insert", sqlite.Insert, postgresql.Insert)


def upsert(
    db: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    keep: bool = False,
    guard: str | None = None,
) -> None:
    """Insert rows; where one with the same primary key is there, overwrite it, or `keep` it.

    With `guard`, the name of a column, one is overwritten only by a row whose value there is no less.
    """
    if not rows:
        return
    if db.dialect.name == "postgresql":  # a row a round trip, else
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            db.execute(_statement(postgresql.insert(table).values(part), table, part[0], keep, guard))
    else:
        db.execute(_statement(sqlite.insert(table), table, rows[0], keep, guard), list(rows))


def _statement(made: _Insert, table: Table, row: Mapping[str, Any], keep: bool, guard: str | None) -> _Insert:
    if keep:
        return made.on_conflict_do_nothing()
    names = list(table.primary_key.columns.keys())
    new = {name: made.excluded[name] for name in row if name not in names}
    where = None if guard is None else table.c[guard] <= made.excluded[guard]
    return made.on_conflict_do_update(index_elements=names, set_=new, where=where)


def among(table: Table, part: Sequence[tuple[str, str]]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a row is of one of these objects (key, version id)."""
    of = tuple_(table.c.key, table.c.version).in_(part)
    return table.c.key.in_({key for key, _ in part}), of  # the first is what an index answers


def pages(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """Yield the items in lists that are not too long for one statement."""
    feed = iter(items)
    while page := list(islice(feed, _ROWS)):
        yield page
