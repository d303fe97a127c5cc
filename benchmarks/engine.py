"""How fast the engine is: MB/s of one thread on clean text, dense tables and small objects.

    python -m benchmarks engine [--mib 8] [--detectors recommended]

Beside each figure stands Hyperscan's own on the same data in the same run: all coarse expressions in one
database, and no callback. Only the ratio of the two travels between machines. All data is made up here.
"""

from __future__ import annotations

import argparse
import bisect
import random
import time
from collections.abc import Iterator

import hyperscan
import numpy as np
from numpy.typing import NDArray

from classifier.detect import Classifier, Detector, select, shipped_packs
from classifier.model import Chunk, Field, Location

_LEFT, _RIGHT = 1 << 10, 16 << 10
_TEXT = (
    "the of and to in is that for it with as was on be at by this are from or an which we can has not but "
    "system report market station weather garden teacher morning river question answer history music number "
    "before after between during against around because different important national account security people "
    "2024 15 1,250 3.5 chapter section table figure key value name address phone order invoice total status"
)
_COLUMNS = ("id", "full_name", "email", "ssn", "phone", "card_number", "iban", "date_of_birth", "mrn", "note")


def prose(size: int, rng: random.Random) -> bytes:
    """Return text without any sensitive value."""
    lines = []
    while size > 0:
        line = " ".join(rng.choices(_TEXT.split(), k=14)).capitalize() + "."
        lines.append(line)
        size -= len(line) + 1
    return "\n".join(lines).encode()


def table(size: int, rng: random.Random) -> bytes:
    """Return a CSV of which eight columns in ten are sensitive."""
    rows = [",".join(_COLUMNS)]
    size -= len(rows[0])
    while size > 0:
        name = f"{rng.choice(('Ada', 'Grace', 'Alan', 'Edsger'))} {rng.choice(('Meyer', 'Okafor', 'Silva'))}"
        row = ",".join(
            (
                str(rng.randrange(10**6)),
                name,
                f"{name.split()[0].lower()}{rng.randrange(10**5)}@mail{rng.randrange(90)}.net",
                f"{rng.randrange(1, 665):03}-{rng.randrange(1, 99):02}-{rng.randrange(1, 9999):04}",
                f"({rng.randrange(201, 989)}) {rng.randrange(200, 999)}-{rng.randrange(10**4):04}",
                _with_luhn("4" + "".join(rng.choices("0123456789", k=14))),
                _iban("".join(rng.choices("0123456789", k=18))),
                f"{rng.randrange(1930, 2010)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
                f"MRN{rng.randrange(10**7):07}",
                rng.choice(
                    ("called twice, no answer", "ok", "see ticket", "to be confirmed by the branch office")
                ),
            )
        )
        rows.append(row.replace("twice, no", "twice; no"))
        size -= len(row) + 1
    return ("\n".join(rows) + "\n").encode()


def _with_luhn(digits: str) -> str:
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def _iban(account: str) -> str:
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


class Rows:
    """The locator of a chunk of a CSV without quotes; as fast as Python makes one."""

    def __init__(self, data: bytes) -> None:
        content = np.frombuffer(data, dtype=np.uint8)
        self._marks = np.flatnonzero((content == ord(",")) | (content == ord("\n")))
        row_ends = np.flatnonzero(content[self._marks] == ord("\n"))
        self._first = np.zeros(len(self._marks) + 1, dtype=np.int64)
        self._first[row_ends + 1] = row_ends + 1
        np.maximum.accumulate(self._first, out=self._first)
        self._list: list[int] | None = None
        self._size = len(data)

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end)

    def enclosing(self, start: int, end: int) -> Field | None:
        if self._list is None:
            self._list = self._marks.tolist()
        at = bisect.bisect_left(self._list, start)
        low = self._list[at - 1] + 1 if at else 0
        high = self._list[at] if at < len(self._list) else self._size
        return Field((_COLUMNS[min(at - int(self._first[at]), 9)],), low, high)

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        at = np.searchsorted(self._marks, offsets)
        return np.minimum(at - self._first[at], len(_COLUMNS) - 1)


class Text:
    """The locator of plain text."""

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end)

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None


def chunks(data: bytes, size: int, *, is_table: bool) -> Iterator[Chunk]:
    """Yield the data as chunks of `size` bytes with their margins, cut at line ends where it is a table."""
    start = 0
    while start < len(data):
        stop = min(len(data), start + size)
        if is_table:
            stop = data.find(b"\n", stop - 1) + 1 or len(data)
        low, high = max(0, start - _LEFT), min(len(data), stop + _RIGHT)
        if is_table:
            low = data.rfind(b"\n", 0, low) + 1
        view = data[low:high]
        locator = Rows(view) if is_table else Text()
        names = _COLUMNS if is_table else ()
        yield Chunk(None, "csv" if is_table else "text", view, start - low, stop - low, locator, names)
        start = stop


def null_scan(detectors: tuple[Detector, ...], pieces: list[bytes]) -> float:
    """Return the seconds that Hyperscan alone takes for the pieces."""
    patterns = [d for d in detectors if d.coarse is not None]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[(d.coarse or "").encode() for d in patterns],
        ids=list(range(len(patterns))),
        elements=len(patterns),
        flags=[hyperscan.HS_FLAG_CASELESS if d.caseless else 0 for d in patterns],
    )
    began = time.process_time()
    for piece in pieces:
        database.scan(piece, match_event_handler=None)
    return time.process_time() - began


def main() -> None:
    """Measure, and print a line a case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mib", type=int, default=8, help="size of each data set (MiB)")
    parser.add_argument("--detectors", default="recommended")
    options = parser.parse_args()
    detectors = select(shipped_packs(), options.detectors)
    classifier = Classifier(detectors, bytes(32))
    rng = random.Random(7)
    size = options.mib << 20
    text, rows = prose(size, rng), table(size, rng)
    small = [text[at : at + 4096] for at in range(0, len(text), 4096)]
    print(f"{len(detectors)} detectors, {options.mib} MiB a case, seconds are CPU time of this thread")
    cases = {
        "clean text, 1 MiB chunks": [list(chunks(text, 1 << 20, is_table=False))],
        "dense CSV, 1 MiB chunks": [list(chunks(rows, 1 << 20, is_table=True))],
        "clean objects of 4 KiB": [list(chunks(piece, 1 << 20, is_table=False)) for piece in small],
    }
    for name, objects in cases.items():
        total = sum(chunk.core_end - chunk.core_start for chunks_ in objects for chunk in chunks_)
        found = 0
        began = time.process_time()
        for chunks_ in objects:
            scan = classifier.object()
            for chunk in chunks_:
                scan.feed(chunk)
            found += sum(tally.count for tally in scan.result())
        spent = time.process_time() - began
        alone = null_scan(detectors, [chunk.data for chunks_ in objects for chunk in chunks_])
        print(
            f"{name:26} {total / spent / 1e6:7.1f} MB/s {spent / len(objects) * 1e6:10.0f} us an object "
            f"{found:8} matches; hyperscan alone {total / alone / 1e6:7.1f} MB/s, ratio {alone / spent:.2f}"
        )


if __name__ == "__main__":
    main()
