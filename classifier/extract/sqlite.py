"""SQLite databases (https://sqlite.org/fileformat2.html): every table, row by row, read-only.

The library opens a copy in a temporary file: it is given nothing that it could write to, and no journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.cellvalues import shown
from classifier.extract.grid import Sheet, grid
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_MAGIC = b"SQLite format 3\x00"
_LONGEST = 1 << 24  # bytes of a value; longer ones fail with SQLITE_TOOBIG and are skipped with their row
_INTERNAL = "sqlite_"


class Sqlite(Format):
    """The rows of the tables of a database."""

    name = "sqlite"
    isolated = True
    facts = Facts(
        title="SQLite",
        group="Tables and databases",
        extensions=("sqlite", "sqlite3", "db", "db3"),
        recognised="SQLite format 3",
        library="sqlite3",
        location="table, row (in the order of the table), column, column name",
        limits="a copy in a temporary file; values of 16 MiB",
        unread="virtual tables, deleted rows, a write-ahead log in another object",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(_MAGIC) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        with part.path(work.limits.spool_bytes) as path:
            if path is None:
                raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
            with path.open(
                "r+b"
            ) as file:  # a database of a write-ahead log does not open read-only: it has none
                file.seek(18)
                file.write(b"\x01\x01")
            database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
            with closing(database):
                database.text_factory = _text
                database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
                database.execute("PRAGMA trusted_schema=OFF")
                database.execute("PRAGMA cell_size_check=ON")
                yield from self._tables(database, part, work)

    def _tables(self, database: sqlite3.Connection, part: Part, work: Work) -> Iterator[Item]:
        try:
            listed = database.execute(
                "SELECT name FROM sqlite_schema WHERE type='table' AND rootpage>0 ORDER BY rowid"
            ).fetchall()
        except sqlite3.Error:
            yield Problem(part.label, Reason.MALFORMED_FILE, "no readable schema")
            return
        for (name,) in listed:
            if str(name).startswith(_INTERNAL):
                continue
            quoted = str(name).replace('"', '""')
            broken: list[Problem] = []
            try:
                cursor = database.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - quoted
            except sqlite3.Error:
                yield Problem(part.label, Reason.MALFORMED_FILE, "a table that cannot be read", lost=False)
                continue
            names = tuple(str(column[0]) for column in cursor.description)
            rows = _rows(cursor, part, broken)
            yield from grid(part, self.name, Sheet(str(name), names), rows, work.limits)
            yield from broken


def _rows(cursor: sqlite3.Cursor, part: Part, broken: list[Problem]) -> Iterator[list[str]]:
    try:
        for row in cursor:
            yield [shown(value) for value in row]
    except (sqlite3.Error, OverflowError):
        broken.append(Problem(part.label, Reason.MALFORMED_FILE, "a table that ends early", lost=False))


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
