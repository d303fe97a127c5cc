"""SQL dumps (as pg_dump, mysqldump and sqlite3 write them): INSERT and COPY as tables, all else as text.

The text that is searched is the dump's own, so that offsets are exact; what is added is which column of which
table each value is of. A chunk has rows of one table, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.encoding import RAW
from classifier.extract.heads import ROWS, table_head
from classifier.extract.lines import Lines
from classifier.extract.part import Head, Part
from classifier.extract.text import TextLocator
from classifier.extract.transcode import open_text
from classifier.extract.window import cut_at, windows
from classifier.model import Chunk, Field, Location, TableHead

_LF = 10
_NAME = rb"(?:[\w$]+|\"[^\"\n]{1,128}\"|`[^`\n]{1,128}`|\[[^\]\n]{1,128}\])"
_PATH = rb"(" + _NAME + rb"(?:\s*\.\s*" + _NAME + rb"){0,2})"
_HEAD = re.compile(
    rb"^(?:INSERT\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+"
    + _PATH
    + rb"\s*(\([^()]{1,16384}\))?\s*VALUES\s*|COPY\s+"
    + _PATH
    + rb"\s*(\([^()]{1,16384}\))?\s+FROM\s+stdin[^\n]*;[^\n]*\n|(\\\.)\r?$"
    + rb"|CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    + _PATH
    + rb"\s*\(|(--|/\*|CREATE|ALTER|DROP|SET|LOCK|UNLOCK|SELECT|BEGIN|COMMIT)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_DUMP = re.compile(
    rb"(?:\A|\n)(?:INSERT\s+(?:IGNORE\s+|OR\s+\w+\s+)?INTO\s+[\w\"`\[.]"
    rb"|COPY\s+[\w\".]+\s*(?:\([^()\n]*\))?\s*FROM\s+stdin"
    rb"|CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\w\"`\[.]+\s*\()",
    re.IGNORECASE,
)
_STRING = rb"[NnEeXxBb]?'(?:[^'\\]|''|\\.)*+'"
_TUPLE = re.compile(rb"\(((?:" + _STRING + rb"|[^'()]|\([^()']*\))*+)\)", re.DOTALL)
_VALUE = re.compile(rb"\s*(" + _STRING + rb"|(?:[^,'()]|\([^()']*\))++)\s*(?:,|\Z)", re.DOTALL)
_COLUMN = re.compile(rb"^\s*(" + _NAME + rb")\s+[A-Za-z]", re.MULTILINE)
_NO_COLUMN = frozenset(b"primary unique key constraint check foreign index exclude like fulltext".split())
_DEFINITION = 1 << 15


@dataclass(frozen=True, slots=True)
class _Rows:
    """What a stretch of the dump has: rows of a table as INSERT or (`copy`) COPY writes them, or none."""

    table: str = ""
    names: tuple[str, ...] = ()
    copy: bool = False


class Sql(Format):
    """The statements of a dump."""

    name = "sql"
    facts = Facts(
        title="SQL dumps",
        group="Text and structured text",
        extensions=("sql", "dump"),
        recognised="INSERT INTO, COPY … FROM stdin, CREATE TABLE at a line's start",
        library="own",
        location="byte offsets, line, table, column, column name",
        unread="nothing; binary dumps are not this format",
    )

    def recognise(self, head: Head) -> Reader | None:
        if head.binary or head.first in (b"{", b"[", b"<"):
            return None
        found = _DUMP.search(head.text)
        if found is None:
            return None
        near = found.start() < 1 << 12 and head.extension in ("", "dump", "bak", "txt")
        return self._read if near or head.extension == "sql" else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        text = open_text(part.stream(), part.head.encoding or RAW)
        known: dict[str, tuple[str, ...]] = {}
        heads: dict[_Rows, TableHead] = {}
        rows = _Rows()
        for window in windows(text.blocks(), work.limits.chunk_bytes, cut_at(_LF), _LF, text.errors):
            plain = TextLocator(Lines(window, text, _LF), part.label)
            stretches = _stretches(window.data, window.core_start, window.core_end, rows, known)
            for start, end, present in stretches:
                rows = present
                if not rows.table:
                    yield Chunk(part.label, self.name, window.data, start, end, plain)
                    continue
                locator = SqlLocator(plain, window.data, start, end, rows)
                head = heads.setdefault(rows, locator.head()) if rows not in heads else heads[rows]
                yield Chunk(part.label, self.name, window.data, start, end, locator, rows.names, table=head)


def _stretches(
    data: bytes, start: int, end: int, rows: _Rows, known: dict[str, tuple[str, ...]]
) -> Iterator[tuple[int, int, _Rows]]:
    """Yield the stretches between `start` and `end` that are each rows of one table, or of none."""
    at = start
    for found in _HEAD.finditer(data, start, end):
        following = _rows(data, found, rows, known)
        if following is None or following == rows:
            continue
        if found.start() > at:
            yield at, found.start(), rows
        at, rows = found.start(), following
    yield at, end, rows


def _rows(
    data: bytes, found: re.Match[bytes], rows: _Rows, known: dict[str, tuple[str, ...]]
) -> _Rows | None:
    """Return what begins at a head; None where nothing does."""
    insert, listed, copy, copied, stop, created, other = found.groups()
    if rows.copy and not stop:
        return None  # a row of data that looks like a statement
    if insert or copy:
        table = _plain(insert or copy)
        names = _list(listed or copied or b"") or known.get(table, ())
        return _Rows(table, names, bool(copy))
    if created:
        definition = data[found.end() : found.end() + _DEFINITION].split(b";", 1)[0]
        columns = (name for name in _COLUMN.findall(definition) if name.lower() not in _NO_COLUMN)
        known[_plain(created)] = tuple(map(_plain, columns))
        return _Rows()
    return _Rows() if stop or other else None


def _plain(name: bytes) -> str:
    parts = re.findall(_NAME, name)
    return ".".join(part.strip(b'"`[]').decode("utf-8", "replace") for part in parts)


def _list(text: bytes) -> tuple[str, ...]:
    return tuple(map(_plain, text.strip(b"()").split(b","))) if text else ()


class SqlLocator:
    """Locates by bytes, line, table and column."""

    __slots__ = ("_bounds", "_data", "_end", "_plain", "_rows", "_start")

    def __init__(self, plain: TextLocator, data: bytes, start: int, end: int, rows: _Rows) -> None:
        self._plain = plain
        self._data = data
        self._start = start
        self._end = end
        self._rows = rows
        self._bounds: NDArray[np.int64] | None = None

    @property
    def _found(self) -> NDArray[np.int64]:
        """The values: start, end and column of each, found when first asked for."""
        if self._bounds is None:
            cells = self._copied() if self._rows.copy else self._inserted()
            self._bounds = np.array(list(cells), np.int64).reshape(-1, 3)
        return self._bounds

    def _copied(self) -> Iterator[tuple[int, int, int]]:
        at = self._data.find(b"\n", self._start) + 1 if _HEAD.match(self._data, self._start) else self._start
        while at < self._end:
            stop = self._data.find(b"\n", at, self._end)
            stop = self._end if stop < 0 else stop
            for column, cell in enumerate(self._data[at:stop].split(b"\t")):
                if cell != b"\\N":
                    yield at, at + len(cell), column
                at += len(cell) + 1
            at = stop + 1

    def _inserted(self) -> Iterator[tuple[int, int, int]]:
        at = self._start
        while at < self._end:
            head = _HEAD.match(self._data, at)
            at = head.end() if head is not None else at
            row = _TUPLE.search(self._data, at, self._end)
            if row is None:
                return
            if (skipped := _HEAD.search(self._data, at, row.start())) is not None:
                at = skipped.start()
                if skipped.end() <= row.start() + 1:
                    at = skipped.end()
                    continue
            column, inside = 0, row.start(1)
            while inside < row.end(1):
                value = _VALUE.match(self._data, inside, row.end(1))
                if value is None:
                    break
                start, stop = value.span(1)
                if self._data[stop - 1 : stop] == b"'":
                    start, stop = self._data.index(b"'", start) + 1, stop - 1
                yield start, stop, column
                column, inside = column + 1, value.end()
            at = row.end()

    def head(self) -> TableHead:
        """The first rows."""
        rows: list[list[str]] = []
        for start, end, column in self._found.tolist():
            if column == 0 or not rows:
                if len(rows) >= ROWS:
                    break
                rows.append([])
            rows[-1] += [""] * (column - len(rows[-1]))
            rows[-1].append(self._data[start:end].decode("utf-8", "replace"))
        width = max((len(row) for row in rows), default=0)
        return table_head(self._rows.names, rows, max(width, len(self._rows.names)))

    def _index(self, offset: int) -> int:
        index = int(np.searchsorted(self._found[:, 0], offset, "right")) - 1
        return index if index >= 0 and offset < self._found[index, 1] else -1

    def locate(self, start: int, end: int) -> Location:
        index = self._index(start)
        at = replace(self._plain.locate(start, end), table=self._rows.table)
        if index < 0:
            return at
        column = int(self._found[index, 2])
        name = self._rows.names[column] if column < len(self._rows.names) else None
        return replace(at, column=column + 1, column_name=name)

    def enclosing(self, start: int, end: int) -> Field | None:
        index = self._index(start)
        if index < 0:
            return None
        first, last, column = self._found[index].tolist()
        return Field(self._rows.names[column : column + 1], first, last)

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        found = self._found
        if not len(found):
            return np.full(len(offsets), -1, np.int64)
        index = np.searchsorted(found[:, 0], offsets, "right") - 1
        held = found[np.maximum(index, 0)]
        inside = (index >= 0) & (offsets < held[:, 1])
        if self._rows.names:
            inside &= held[:, 2] < len(self._rows.names)
        result: NDArray[np.int64] = np.where(inside, held[:, 2], -1)
        return result

    def cells(self, column: int) -> NDArray[np.int64] | None:
        found = self._found
        own = (found[:, 2] == column) & (found[:, 1] > found[:, 0])
        result: NDArray[np.int64] = found[own, :2]
        return result
