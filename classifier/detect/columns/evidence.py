"""Which detectors take the values of a table's head as a whole, and how many random values they would take.

One search over all columns with the engine's own machinery; what is made up for comparison is made of the
column's own values, with other digits and letters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.detect.columns.profile import Profile
from classifier.detect.confirm import Hit, Plan
from classifier.detect.prefilter import Prefilter
from classifier.detect.spans import Span

_MOST = 0.7  # of a cell that a match covers at least, from its beginning
TRIED = 20  # values of a column, and as many that are made up
_LEAST = 0.1  # share of a column's values from which what takes them counts
_FIRST = 8  # values of a column that are checked before the others
_HEXADECIMAL = 6  # letters that are hexadecimal digits


class Evidence:
    """The detectors' answers on the columns of one table."""

    def __init__(
        self,
        plans: Sequence[Plan],
        prefilter: Prefilter,
        wanted: frozenset[int],
        columns: Sequence[Profile],
        told: Sequence[bool],
    ):
        """`wanted` are the plans to try, by their index; not on the columns that are `told`.

        Raises errors.ReadFailure as validators do.
        """
        self._plans = plans
        self._columns = columns
        self._made_up: dict[tuple[int, int], float] = {}
        self._lines: dict[int, tuple[bytes, NDArray[np.int64], NDArray[np.int64]]] = {}
        tried = [
            () if nature else column.values[:TRIED] for column, nature in zip(columns, told, strict=True)
        ]
        values = [value for column in tried for value in column]
        owners = np.repeat(np.arange(len(columns)), list(map(len, tried)))
        data, starts, ends = _lines(values)
        self.shares: list[dict[int, float]] = [{} for _ in columns]
        sizes = np.array(list(map(len, tried)), dtype=np.int64)
        begins = np.zeros(len(data) + 2, dtype=np.bool_)
        begins[starts] = begins[starts + 1] = True
        for index, hits in prefilter.hits(data, wanted).items():
            if isinstance(hits, np.ndarray):
                hits = hits[begins[hits]]
            counts = self._counts(data, plans[index], hits, starts, ends, owners, sizes)
            for column in np.flatnonzero(counts).tolist():
                self.shares[column][index] = float(counts[column]) / len(tried[column])

    def by_chance(self, column: int, index: int) -> float:
        """Return the share of random values of the column's own forms that the plan takes."""
        key = column, index
        if key not in self._made_up:
            plan = self._plans[index]
            if column not in self._lines:
                self._lines[column] = _lines(_varied(self._columns[column].values[:TRIED]))
            data, starts, ends = self._lines[column]
            size = np.array([len(starts)])
            owners = np.zeros(len(starts), dtype=np.int64)
            counts = self._counts(data, plan, None, starts, ends, owners, size)
            self._made_up[key] = float(counts[0]) / len(starts)
        return self._made_up[key]

    def _counts(
        self,
        data: bytes,
        plan: Plan,
        hits: Hit,
        starts: NDArray[np.int64],
        ends: NDArray[np.int64],
        owners: NDArray[np.int64],
        sizes: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Return of how many lines of each column a believable match takes all, or nearly all.

        `owners` are the columns of the lines, `sizes` how many lines each has. What few lines of a column
        have the form of is not counted there, nor what none of the first of that form are believed to be:
        most detectors end there, and their checks cost more than all else.
        """
        spans = plan.spans(data, hits)
        counts = np.zeros(len(sizes), dtype=np.int64)
        if not spans:
            return counts
        lines, taking = _lines_taken(np.array(spans, dtype=np.int64), starts, ends)
        columns = owners[lines]
        enough = np.bincount(columns, minlength=len(sizes)) >= _LEAST * sizes
        of_columns: dict[int, list[Span]] = {}
        for column, place in zip(columns.tolist(), taking.tolist(), strict=True):
            if enough[column]:
                of_columns.setdefault(column, []).append(spans[place])
        first = [span for own in of_columns.values() for span in own[:_FIRST]]
        believed = plan.believable(data, first, {}) if first else []
        if not believed:
            return counts
        known = set(believed)
        left = [
            span
            for own in of_columns.values()
            if len(own) > _FIRST and not known.isdisjoint(own[:_FIRST])
            for span in own[_FIRST:]
        ]
        known.update(plan.believable(data, left, {}) if left else ())
        for column, own in of_columns.items():
            counts[column] = sum(span in known for span in own)
        return counts


def _lines(values: Sequence[str]) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    """Return the values as lines of one text, and where each one starts and ends."""
    lines = [" ".join(value.split()).encode("utf-8", "replace") for value in values]
    ends = np.cumsum([len(line) + 1 for line in lines], dtype=np.int64) - 1
    sizes = np.fromiter(map(len, lines), dtype=np.int64, count=len(lines))
    return b"\n".join(lines) + b"\n", ends - sizes, ends


def _lines_taken(
    spans: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the lines that matches take (nearly) as a whole, and the positions of these matches."""
    line = np.searchsorted(starts, spans[:, 1], "right") - 1
    first, last = starts[line], ends[line]
    taken = (spans[:, 1] - first <= 1) & (spans[:, 2] <= last)
    taken &= spans[:, 2] - spans[:, 1] >= _MOST * (last - first)
    positions = np.flatnonzero(taken)
    return line[positions], positions


def _varied(values: Sequence[str]) -> list[str]:
    """Return values of the same forms with other digits and letters; for the same ones always the same.

    Where all letters are hexadecimal, so are the others.
    """
    codes = np.frombuffer("\n".join(values).encode("utf-32-le"), np.uint32).copy()
    chooser = np.random.default_rng(len(codes))
    for first, most in ((48, 10), (97, 26), (65, 26)):
        own = (codes >= first) & (codes < first + most)
        size = _HEXADECIMAL if most > _HEXADECIMAL and (codes[own] < first + _HEXADECIMAL).all() else most
        codes[own] = chooser.integers(first, first + size, int(own.sum()), dtype=np.uint32)
    return codes.tobytes().decode("utf-32-le").split("\n")
