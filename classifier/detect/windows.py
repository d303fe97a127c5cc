"""The parts of a text that are worth searching, put together as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Offsets = NDArray[np.int64]
Hits = Mapping[int, Sequence[int] | Offsets | None]

_JOINT = b"\n"


class Windows:
    """Windows of a text in order, `data` being all of them with line ends between."""

    def __init__(self, text: bytes, lows: Offsets, highs: Offsets) -> None:
        """Take the stretches from `lows` to `highs`, in any order; what overlaps becomes one."""
        order = np.argsort(lows, kind="stable")
        lows, highs = np.maximum(lows[order], 0), np.minimum(highs[order], len(text))
        reach = np.maximum.accumulate(highs) if len(highs) else highs
        fresh = np.concatenate(([True], lows[1:] > reach[:-1])) if len(lows) else np.zeros(0, dtype=np.bool_)
        self._lows = lows[fresh]
        self._highs = np.maximum.reduceat(reach, np.flatnonzero(fresh)) if len(lows) else highs
        sizes = self._highs - self._lows
        self._starts = np.concatenate(([0], np.cumsum(sizes + len(_JOINT))[:-1])) if len(sizes) else sizes
        self._length = len(text)
        spans = zip(self._lows.tolist(), self._highs.tolist(), strict=True)
        self.data = _JOINT.join(text[low:high] for low, high in spans)

    def back(self, hits: Hits) -> Hits:
        """Return hits in `data` as hits in the text: ends of coarse hits (lists), or beginnings (arrays)."""
        return {index: None if places is None else self._back(places) for index, places in hits.items()}

    def _back(self, places: Sequence[int] | Offsets) -> Sequence[int] | Offsets:
        begins = isinstance(places, np.ndarray)
        offsets = np.asarray(places, dtype=np.int64)
        window = np.searchsorted(self._starts, offsets - (0 if begins else 1), side="right") - 1
        moved = np.minimum(offsets - self._starts[window] + self._lows[window], self._length)
        return moved if begins else moved.tolist()
