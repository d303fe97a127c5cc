"""What a worker gets at a time: objects of one bucket, enough to be worth sending, few enough to share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from classifier.model import S3Object, Target

SHARD_OBJECTS = 512
SHARD_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of objects of one target, in listing order. `target_index` is the target's place in the run."""

    target_index: int
    target: Target
    region: str | None
    objects: tuple[S3Object, ...]

    @property
    def size(self) -> int:
        """Stored bytes of its objects."""
        return sum(obj.size for obj in self.objects)


def shards(
    target_index: int, target: Target, region: str | None, objects: Iterable[S3Object]
) -> Iterator[Shard]:
    """Cut `objects` into shards of at most SHARD_OBJECTS objects and about SHARD_BYTES bytes, order kept."""
    batch: list[S3Object] = []
    size = 0
    for obj in objects:
        if batch and (len(batch) >= SHARD_OBJECTS or size + obj.size > SHARD_BYTES):
            yield Shard(target_index, target, region, tuple(batch))
            batch, size = [], 0
        batch.append(obj)
        size += obj.size
    if batch:
        yield Shard(target_index, target, region, tuple(batch))
