"""Which detectors take the values of a table's head as a whole, and how many random values they would take.

One search over all columns with the engine's own machinery; what is made up for comparison is made of the
column's own values, with other digits and letters.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.detect.columns.profile import Profile
from classifier.detect.confirm import Plan
from classifier.detect.prefilter import Prefilter

_MOST = 0.7  # of a cell that a match covers at least, from its beginning
_TRIED = 40  # values of a column, and as many that are made up


class Evidence:
    """The detectors' answers on the columns of one table."""

    def __init__(
        self, plans: Sequence[Plan], prefilter: Prefilter, wanted: frozenset[int], columns: Sequence[Profile]
    ):
        """`wanted` are the plans to try, by their index. Raises errors.ReadFailure as validators do."""
        self._plans = plans
        self._columns = columns
        self._made_up: dict[tuple[int, int], float] = {}
        self._lines: dict[int, tuple[bytes, NDArray[np.int64], NDArray[np.int64]]] = {}
        tried = [column.values[:_TRIED] for column in columns]
        values = [value for column in tried for value in column]
        owners = np.repeat(np.arange(len(columns)), list(map(len, tried)))
        data, starts, ends = _lines(values)
        self.shares: list[dict[int, float]] = [{} for _ in columns]
        for index, hits in prefilter.hits(data, wanted).items():
            plan = plans[index]
            spans = plan.believable(data, plan.spans(data, hits), {})
            if not spans:
                continue
            whole = _whole(np.asarray(spans, dtype=np.int64), starts, ends)
            counts = np.bincount(owners[whole], minlength=len(columns))
            for column in np.flatnonzero(counts).tolist():
                self.shares[column][index] = float(counts[column]) / len(tried[column])

    def by_chance(self, column: int, index: int) -> float:
        """Return the share of random values of the column's own forms that the plan takes."""
        key = column, index
        if key not in self._made_up:
            plan = self._plans[index]
            if column not in self._lines:
                self._lines[column] = _lines(_varied(self._columns[column].values[:_TRIED]))
            data, starts, ends = self._lines[column]
            spans = plan.believable(data, plan.spans(data, None), {})
            count = len(_whole(np.asarray(spans, dtype=np.int64), starts, ends)) if spans else 0
            self._made_up[key] = count / len(starts)
        return self._made_up[key]


def _lines(values: Sequence[str]) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    """Return the values as lines of one text, and where each one starts and ends."""
    lines = [" ".join(value.split()).encode("utf-8", "replace") for value in values]
    ends = np.cumsum([len(line) + 1 for line in lines], dtype=np.int64) - 1
    sizes = np.fromiter(map(len, lines), dtype=np.int64, count=len(lines))
    return b"\n".join(lines) + b"\n", ends - sizes, ends


def _whole(spans: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the lines that a match takes (nearly) as a whole."""
    line = np.searchsorted(starts, spans[:, 1], "right") - 1
    size = ends[line] - starts[line]
    taken = (spans[:, 1] - starts[line] <= 1) & (spans[:, 2] <= ends[line])
    taken &= spans[:, 2] - spans[:, 1] >= _MOST * size
    return np.unique(line[taken])


def _varied(values: Sequence[str]) -> list[str]:
    """Return values of the same forms with other digits and letters; for the same ones always the same."""
    codes = np.frombuffer("\n".join(values).encode("utf-32-le"), np.uint32).copy()
    chooser = np.random.default_rng(len(codes))
    for first, size in ((48, 10), (97, 26), (65, 26)):
        own = (codes >= first) & (codes < first + size)
        codes[own] = chooser.integers(first, first + size, int(own.sum()), dtype=np.uint32)
    return codes.tobytes().decode("utf-32-le").split("\n")
