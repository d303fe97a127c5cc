"""Extraction beside the least that could be done with the same bytes, in processor time of all processes.

    python -m benchmarks extract

Plain text, CSV and JSON Lines: beside a loop that decodes each block and splits it into lines. XLSX: beside
calamine's own rows. Small files of many kinds: how many a second, with what is parsed apart. Exit code 1
where a limit is missed.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import sys
from collections.abc import Callable, Iterator

from classifier.extract import Limits, close, extract
from classifier.model import Chunk
from tests.extract import records

MIB = 1 << 20
ROUNDS = 5
PLAIN_RATIO = 0.8
XLSX_RATIO = 0.5
SMALL_RATE = 100


class Memory:
    """A source over bytes, in blocks as a reader of S3 gives them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def blocks(self) -> Iterator[bytes]:
        for start in range(0, self.size, MIB):
            yield self.data[start : start + MIB]

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def ours(name: str, data: bytes) -> int:
    return sum(
        item.core_end - item.core_start
        for item in extract(name, Memory(data), Limits())
        if isinstance(item, Chunk)
    )


def bare(data: bytes) -> int:
    rest, lines = "", 0
    for block in Memory(data).blocks():
        found = (rest + block.decode("utf-8", "replace")).split("\n")
        rest = found.pop()
        lines += len(found)
    return lines


def calamine(data: bytes) -> int:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return sum(len(row) for name in book.sheet_names for row in book.get_sheet_by_name(name).iter_rows())


def seconds(work: Callable[[], object]) -> float:
    """The least processor time of some rounds, with that of child processes, which are ended for it."""
    times = []
    for _ in range(ROUNDS):
        before = _used()
        work()
        close()
        times.append(_used() - before)
    return min(times)


def _used() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def texts() -> dict[str, bytes]:
    rng = random.Random(7)
    rows = [(n, f"person.{n}@mail.example", rng.randrange(10**9), "naïve " * 3) for n in range(250_000)]
    table = "id,email,number,note\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in rows)
    lines = "".join(json.dumps({"id": a, "email": b, "number": c, "note": d}) + "\n" for a, b, c, d in rows)
    log = "".join(f"2026-01-05T10:00:00Z INFO {b} request {c} took {a} ms, {d}\n" for a, b, c, d in rows)
    return {"x.log": log.encode(), "x.csv": table.encode(), "x.jsonl": lines.encode()}


def workbook(count: int) -> bytes:
    people = records.PEOPLE
    records.PEOPLE = [people[n % len(people)] for n in range(count)]
    try:
        return records.xlsx()[0]
    finally:
        records.PEOPLE = people


def main() -> int:
    missed = 0

    def told(what: str, value: float, limit: float, unit: str) -> None:
        nonlocal missed
        missed += value < limit
        print(f"{what:28s} {value:8.2f} {unit} (limit {limit})")

    for name, data in texts().items():
        ratio = seconds(lambda data=data: bare(data)) / seconds(lambda name=name, data=data: ours(name, data))
        told(name, ratio, PLAIN_RATIO, "x a bare decode-and-split loop")
    book = workbook(240_000)
    ratio = seconds(lambda: calamine(book)) / seconds(lambda: ours("x.xlsx", book))
    told("x.xlsx, 240,000 rows", ratio, XLSX_RATIO, "x calamine's own")
    files = {kind: make()[0] for kind, make in records.MAKERS.items()}
    many = [(f"x.{kind}", data) for kind, data in files.items()] * 20
    spent = seconds(lambda: [ours(name, data) for name, data in many])
    told(f"{len(many)} small files of {len(files)} kinds", len(many) / spent, SMALL_RATE, "a CPU-second")
    return int(missed > 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
