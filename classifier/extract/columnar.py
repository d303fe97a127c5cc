"""Parquet (apache/parquet-format), ORC (its specification v1), Arrow and Feather: a group of rows at a time.

What the metadata says of a row group's size in memory is looked at before it is read.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.cellvalues import shown
from classifier.extract.grid import Sheet, grid
from classifier.extract.limits import Limits
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_ROWS = 1024  # decoded at a time
_GROUP = 1 << 28  # bytes of a row group's columns, uncompressed
_ARROW, _FEATHER = b"ARROW1\x00\x00", b"FEA1"
_STREAM = b"\xff\xff\xff\xff"
_SAMPLED_ROWS = 8 * _ROWS  # of a group, where groups are chosen


def _facts(title: str, extensions: tuple[str, ...], recognised: str, limits: str) -> Facts:
    return Facts(
        title=title,
        group="Tables and databases",
        extensions=extensions,
        recognised=recognised,
        library="pyarrow",
        location="row, column, column name",
        limits=limits,
        unread="encrypted columns",
        macie=title == "Parquet",
    )


def _file(part: Part, work: Work) -> io.BufferedReader:
    file = part.open(work.limits.spool_bytes)
    if file is None:
        raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
    return file


def _rows(batch: Any) -> Iterator[list[str]]:
    """Yield a record batch's rows as texts."""
    columns = [_column(column) for column in batch.columns]
    for row in zip(*columns, strict=True):
        yield list(row)


def _column(array: Any) -> list[str]:
    try:
        values = array.to_pylist()
    except (ValueError, OverflowError, ArithmeticError):  # a time that Python's has no place for
        import pyarrow

        values = array.cast(pyarrow.string()).to_pylist()
    return [shown(value) for value in values]


def chosen(count: int, limits: Limits) -> list[int]:
    """Return the groups of rows to read: all, or of as many equal stretches a random one each, in order."""
    wanted = limits.groups or count
    if wanted >= count:
        return list(range(count))
    rng = random.Random(limits.seed)  # noqa: S311 - the same choice for the same object
    return [rng.randrange(count * n // wanted, count * (n + 1) // wanted) for n in range(wanted)]


def some(names: list[str], place: int, limits: Limits) -> list[str] | None:
    """Return the columns to read of the group at `place`: None for all, else the next ones in turn."""
    width = limits.group_columns
    if not width or width >= len(names):
        return None
    return [names[(place * width + n) % len(names)] for n in range(width)]


def _most(limits: Limits) -> int | None:
    return _SAMPLED_ROWS // _ROWS if limits.groups else None


def _widened(batches: Iterator[Any], names: list[str], columns: list[str] | None) -> Iterator[Any]:
    """Yield batches with all of the columns, nothing in those that were not read."""
    if columns is None:
        yield from batches
        return
    import pyarrow

    for batch in batches:
        nothing = pyarrow.array([""] * batch.num_rows)
        found = set(batch.schema.names)
        arrays = [batch.column(name) if name in found else nothing for name in names]
        yield pyarrow.RecordBatch.from_arrays(arrays, names=names)


class _Columnar(Format):
    isolated = True

    def _batches(
        self, file: io.BufferedReader, part: Part, faults: list[Problem], limits: Limits
    ) -> tuple[list[str], Any]:
        raise NotImplementedError

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        import pyarrow

        pyarrow.set_cpu_count(1)
        pyarrow.set_io_thread_count(1)
        faults: list[Problem] = []
        try:
            names, batches = self._batches(_file(part, work), part, faults, work.limits)
        except (pyarrow.ArrowException, OSError, ValueError, KeyError):
            raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no readable schema")) from None
        rows = _all(batches, part, faults)
        yield from grid(part, self.name, Sheet(names=tuple(names)), rows, work.limits)
        yield from faults


def _all(batches: Iterator[Any], part: Part, faults: list[Problem]) -> Iterator[list[str]]:
    import pyarrow

    try:
        for batch in batches:
            yield from _rows(batch)
    except (pyarrow.ArrowException, OSError, ValueError, KeyError) as error:
        if isinstance(error, pyarrow.ArrowMemoryError | MemoryError):
            raise MemoryError from None
        faults.append(Problem(part.label, Reason.MALFORMED_FILE, "broken data", lost=False))


class Parquet(_Columnar):
    """The rows of a Parquet file."""

    name = "parquet"
    facts = _facts("Parquet", ("parquet", "pq"), "PAR1", "row groups of 256 MiB, uncompressed")

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.binary == "parquet" else None

    def _batches(
        self, file: io.BufferedReader, part: Part, faults: list[Problem], limits: Limits
    ) -> tuple[list[str], Any]:
        import pyarrow.parquet as pq

        reader = pq.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
        names = list(reader.schema_arrow.names)

        def batches() -> Iterator[Any]:
            for place, number in enumerate(chosen(reader.num_row_groups, limits)):
                group = reader.metadata.row_group(number)
                small = [
                    group.column(index).path_in_schema
                    for index in range(group.num_columns)
                    if group.column(index).total_uncompressed_size <= _GROUP
                ]
                if group.total_byte_size > _GROUP or len(small) < group.num_columns:
                    detail = "a row group that is too large"
                    faults.append(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, detail, lost=False))
                    continue
                columns = some(names, place, limits)
                found = reader.iter_batches(_ROWS, row_groups=[number], columns=columns, use_threads=False)
                yield from islice(_widened(found, names, columns), _most(limits))

        return names, batches()


class Orc(_Columnar):
    """The rows of an ORC file."""

    name = "orc"
    facts = _facts("ORC", ("orc",), "ORC", "a stripe at a time")

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.binary == "orc" else None

    def _batches(
        self, file: io.BufferedReader, part: Part, faults: list[Problem], limits: Limits
    ) -> tuple[list[str], Any]:
        from pyarrow import orc

        reader = orc.ORCFile(file)

        def batches() -> Iterator[Any]:
            for number in chosen(reader.nstripes, limits):
                stripe = reader.read_stripe(number)
                most = _SAMPLED_ROWS if limits.groups else stripe.num_rows
                for start in range(0, min(most, stripe.num_rows), _ROWS):
                    yield stripe.slice(start, _ROWS)

        return list(reader.schema.names), batches()


class Arrow(_Columnar):
    """The rows of an Arrow IPC file (Feather 2), an Arrow stream, or a Feather 1 file."""

    name = "arrow"
    facts = _facts("Arrow, Feather", ("arrow", "feather", "ipc"), "ARROW1, FEA1", "a record batch at a time")

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        if sample.startswith(_ARROW) or head.binary == "feather":
            return self._read
        size = int.from_bytes(sample[4:8], "little")
        named = head.extension in ("arrow", "arrows", "ipc")
        return self._read if named and sample.startswith(_STREAM) and 0 < size < 1 << 20 else None

    def _batches(
        self, file: io.BufferedReader, part: Part, faults: list[Problem], limits: Limits
    ) -> tuple[list[str], Any]:
        from pyarrow import feather, ipc

        sample = part.head.sample
        if sample.startswith(_FEATHER):
            table = feather.read_table(file, use_threads=False)
            return list(table.schema.names), iter(table.to_batches(max_chunksize=_ROWS))
        if sample.startswith(_STREAM):
            stream = ipc.open_stream(file)
            return list(stream.schema.names), _sliced(iter(stream))
        reader = ipc.open_file(file)
        batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        return list(reader.schema.names), _sliced(batches)


def _sliced(batches: Iterator[Any]) -> Iterator[Any]:
    for batch in batches:
        for start in range(0, batch.num_rows, _ROWS):
            yield batch.slice(start, _ROWS)
