"""Avro object container files (Apache Avro 1.12), a block at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.cellvalues import shown
from classifier.extract.grid import Sheet, grid
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_MAGIC = b"Obj\x01"


class Avro(Format):
    """The records of an Avro file; each field of the record is a column, what is nested in one is JSON."""

    name = "avro"
    isolated = True
    facts = Facts(
        title="Avro",
        group="Tables and databases",
        extensions=("avro",),
        recognised="Obj 01",
        library="fastavro",
        location="row (record from 1), column, column name",
        limits="a block at a time",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(_MAGIC) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        import fastavro

        file = part.open(work.limits.spool_bytes)
        if file is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
        try:
            reader = fastavro.reader(file)
            schema = json.loads(reader.metadata["avro.schema"])
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - the library raises what it comes across
            raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no readable schema")) from None
        fields = schema.get("fields", []) if isinstance(schema, dict) else []
        names = tuple(str(field.get("name", "")) for field in fields if isinstance(field, dict))
        faults: list[Problem] = []
        yield from grid(part, self.name, Sheet(names=names), _rows(reader, names, part, faults), work.limits)
        yield from faults


def _rows(reader: Any, names: tuple[str, ...], part: Part, faults: list[Problem]) -> Iterator[list[str]]:
    try:
        for record in reader:
            if isinstance(record, dict) and names:
                yield [shown(record.get(name)) for name in names]
            else:
                yield [shown(record)]
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the library raises what it comes across
        faults.append(Problem(part.label, Reason.MALFORMED_FILE, "broken data", lost=False))
