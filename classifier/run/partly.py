"""An object that is read in part: what is read of it, where that stands, and which blocks had matches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.crawl.excerpt import PART, Excerpt, excerpt
from classifier.crawl.sampling import Depth
from classifier.detect import Tally
from classifier.extract import Limits
from classifier.model import (
    BlockSample,
    ByteSource,
    Chunk,
    Field,
    Location,
    Locator,
    Problem,
    Reason,
    S3Object,
)

_COLUMN = 1 << 18  # bytes that a column of a group takes at the least


@dataclass(frozen=True, slots=True)
class _Placed:
    """Locates in the object what a locator finds in the excerpt: rows are numbered in the head only."""

    inner: Locator
    source: Excerpt

    def locate(self, start: int, end: int) -> Location:
        found = self.inner.locate(start, end)
        first, last = found.byte_start, found.byte_end
        if first is None or last is None or found.part is not None:
            return found
        origin = self.source.origin(first)
        moved = replace(found, byte_start=origin, byte_end=origin + last - first)
        return moved if first < self.source.head_end else replace(moved, line=None, row=None, record=None)

    def enclosing(self, start: int, end: int) -> Field | None:
        return self.inner.enclosing(start, end)

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return self.inner.columns(offsets)

    def cells(self, column: int) -> NDArray[np.int64] | None:
        return self.inner.cells(column)


class Partly:
    """One such object."""

    def __init__(self) -> None:
        self._source: ByteSource | None = None

    def open(
        self, source: ByteSource, obj: S3Object, depth: Depth, seed: str, limits: Limits
    ) -> tuple[ByteSource, Limits]:
        """Return what to read, and within which limits. Raises ReadFailure when its head cannot be read."""
        self._source, head, grouped = excerpt(source, obj, depth, seed)
        if grouped:
            name = f"{seed}\0{obj.key}\0{obj.etag}"
            columns = max(1, depth.scattered // (2 * depth.groups * _COLUMN))
            return self._source, replace(limits, groups=depth.groups, group_columns=columns, seed=name)
        return self._source, replace(limits, object_bytes=head)

    def expected(self, problem: Problem) -> bool:
        """Whether a problem only says that not all was read, or follows from it."""
        if problem.reason is Reason.FILE_EXCEEDS_SIZE_LIMIT and problem.part is None:
            return problem.detail == PART or problem.detail.startswith("only the first")
        return problem.reason is Reason.MALFORMED_FILE and isinstance(self._source, Excerpt)

    def placed(self, chunk: Chunk) -> Chunk:
        """Return a chunk of the excerpt as one of the object."""
        if not isinstance(self._source, Excerpt):
            return chunk
        return replace(chunk, locator=_Placed(chunk.locator, self._source))

    def sample(self, tallies: Sequence[Tally]) -> BlockSample | None:
        """Return how the blocks were chosen and which had matches; None where none were."""
        source = self._source
        if not isinstance(source, Excerpt):
            return None
        hits: dict[str, tuple[tuple[int, int], ...]] = {}
        for tally in tallies:
            if tally.truncated:
                continue
            units = {
                source.unit_of(o.location.byte_start)
                for o in tally.occurrences
                if o.location.byte_start is not None and o.location.attribute is None
            }
            counts = Counter(units_of for units_of, _ in units)
            hits[tally.detector.id] = tuple(sorted(counts.items()))
        return replace(source.sample(), hits=hits)
