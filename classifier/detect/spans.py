"""Where matches are: one as three offsets, many as three arrays that can be asked for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

Offsets: TypeAlias = NDArray[np.int64]
Span: TypeAlias = tuple[int, int, int]
"""Start of the whole match, start and end of the value."""


@dataclass(frozen=True, slots=True)
class Spans(Sequence[Span]):
    """Many spans in order; the three arrays have one length."""

    starts: Offsets
    firsts: Offsets
    lasts: Offsets

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Span: ...
    @overload
    def __getitem__(self, index: slice) -> Spans: ...
    def __getitem__(self, index: int | slice) -> Span | Spans:
        if isinstance(index, slice):
            return Spans(self.starts[index], self.firsts[index], self.lasts[index])
        return int(self.starts[index]), int(self.firsts[index]), int(self.lasts[index])

    def __iter__(self) -> Iterator[Span]:
        return zip(self.starts.tolist(), self.firsts.tolist(), self.lasts.tolist(), strict=True)

    def where(self, chosen: NDArray[np.bool_] | Offsets) -> Spans:
        """Return the chosen ones: by a flag each, or by their positions in order."""
        return Spans(self.starts[chosen], self.firsts[chosen], self.lasts[chosen])

    def begun(self, where: range) -> Spans:
        """Return those that begin in a stretch."""
        low, high = np.searchsorted(self.starts, (where.start, where.stop)).tolist()
        return self[low:high]

    def joined(self, others: Sequence[Span]) -> Spans:
        """Return these and the others, in order."""
        if not others:
            return self
        added = np.array([*others], dtype=np.int64).reshape(-1, 3)
        columns = np.concatenate((np.column_stack((self.starts, self.firsts, self.lasts)), added))
        starts, firsts, lasts = columns[np.lexsort(columns.T[::-1])].T
        return Spans(starts, firsts, lasts)


NONE = Spans(*np.zeros((3, 0), dtype=np.int64))
