"""Depth: how many objects of each kind are read, and how much of a large one; and the choice of objects.

Chance is seeded: an object's place is a hash of the seed and of what the object is, so that the same input
gives the same choice, in whatever order it is listed.
"""

from __future__ import annotations

import pickle
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from math import ceil

from classifier.crawl.kinds import Kind, Kinds
from classifier.model import Problem, Reason, S3Object

NOT_SAMPLED = "not sampled"
_SPREAD = 200  # kinds that have the whole of their depth's objects each; with more kinds it is less
_LEAST = 5
_PAGE = 1_000
_KIB, _MIB = 1 << 10, 1 << 20
_SCATTERED = 4 * _MIB


@dataclass(frozen=True, slots=True)
class Depth:
    """How deep a scan looks. Sizes are bytes.

    Of each kind `objects` are read (0 = all). One of up to `whole` bytes is read whole; of a larger one its
    head, its tail, and `blocks` blocks of `block` bytes in between, of Parquet and ORC `groups` groups of
    rows, and of an archive or document as much as all of these together, 4 MiB at the least.
    """

    objects: int = 0
    whole: int = 0  # 0 = all
    head: int = 0
    tail: int = 0
    blocks: int = 0
    block: int = 0
    groups: int = 0

    @property
    def full(self) -> bool:
        """Whether all is read of whatever is chosen."""
        return not self.whole

    @property
    def most(self) -> int:
        """Bytes that are read of an object larger than `whole`."""
        return self.head + self.tail + self.blocks * self.block

    @property
    def scattered(self) -> int:
        """Bytes that are read where the format takes random access: its parts are far from each other."""
        return max(self.most, _SCATTERED)


DEPTHS = {
    "quick": Depth(30, 512 * _KIB, 128 * _KIB, 64 * _KIB, 4, 64 * _KIB, 1),
    "standard": Depth(200, 8 * _MIB, _MIB, 256 * _KIB, 16, 256 * _KIB, 4),
    "deep": Depth(2_000, 96 * _MIB, 4 * _MIB, _MIB, 64, _MIB, 16),
    "full": Depth(),
}


def place(seed: str, obj: S3Object) -> int:
    """Return an object's place in a random order: 0 to 2**64 - 1, the same for the same seed and object."""
    identity = "\0".join((seed, obj.bucket, obj.key, obj.version_id or "", obj.etag))
    return int.from_bytes(blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=8).digest())


class Sampler:
    """The choice among the objects of one listing: `add` all of them, `settle`, then ask.

    `percent` (0 to 100) are the objects of each kind that are read at the most, at least one; None: all that
    the depth allows.
    """

    def __init__(self, depth: Depth, percent: float | None, seed: str) -> None:
        self._objects = depth.objects
        self._part = None if percent is None else percent / 100
        self._seed = seed
        self._kinds = Kinds(max(self._objects, 1))
        self._borders: list[int] = []
        self._sizes: list[int] = []

    @property
    def chooses(self) -> bool:
        """Whether there is anything to choose: else all objects are read."""
        return bool(self._objects) or self._part is not None

    def add(self, obj: S3Object) -> None:
        """Count an object that could be read."""
        self._kinds.add(obj, place(self._seed, obj))

    def settle(self) -> None:
        """All were added: fix what is read of each kind."""
        kinds = list(self._kinds)
        most = self._objects
        if most and len(kinds) > _SPREAD:
            most = max(_LEAST, most * _SPREAD // len(kinds))
        for number, kind in enumerate(kinds):
            kind.number = number
            self._sizes.append(kind.objects)
            self._borders.append(self._border(kind, most))

    def _border(self, kind: Kind, most: int) -> int:
        border = kind.border(min(most, kind.objects)) if most else 1 << 64
        if self._part is None:
            return border
        return min(border, max(ceil(self._part * (1 << 64)) - 1, kind.border(1)))

    def chosen(self, obj: S3Object) -> bool:
        """Whether the object is read."""
        kind = self._kinds.of(obj)
        return kind is None or place(self._seed, obj) <= self._borders[kind.number]

    def stratum(self, obj: S3Object) -> int:
        """Return the number of the object's kind, from 0; -1 where none like it was counted."""
        kind = self._kinds.of(obj)
        return -1 if kind is None else kind.number


class Spool:
    """A listing kept in a temporary file until all of it is known. `add` the objects, then iterate, once."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="listing-")  # noqa: SIM115 - closed with this object
        self._sizes: list[int] = []

    def __del__(self) -> None:
        self._file.close()

    def passed(self, objects: Iterable[S3Object]) -> Iterator[S3Object]:
        """Yield the objects while keeping them."""
        feed = iter(objects)
        while page := list(islice(feed, _PAGE)):
            yield from page
            rows = [
                (o.bucket, o.key, o.size, o.etag, o.last_modified, o.storage_class, o.version_id)
                for o in page
            ]
            data = zlib.compress(pickle.dumps(rows, 5), 1)  # our own file, without a name
            self._sizes.append(self._file.write(data))

    def __iter__(self) -> Iterator[S3Object]:
        self._file.seek(0)
        for size in self._sizes:
            rows = pickle.loads(zlib.decompress(self._file.read(size)))  # noqa: S301 - written above
            for row in rows:
                yield S3Object(*row)


def unsampled() -> Problem:
    """Why an object that was not chosen is not read: Macie's reason for what a run had no time for."""
    return Problem(None, Reason.TIME_CUT_OFF_REACHED, NOT_SAMPLED)
