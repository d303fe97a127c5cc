"""What a worker gets at a time: objects of one bucket, enough to be worth sending, few enough to share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from classifier.crawl.needs import Need
from classifier.crawl.usage import Allowance
from classifier.model import Problem, S3Object, Target

SHARD_OBJECTS = 512
SHARD_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Pick:
    """An object with what was decided of it: why it is not read (None: it is), or what it takes.

    `carried`: it was read before, and its result is known.
    """

    obj: S3Object
    problem: Problem | None = None
    need: Need | None = None
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of objects of one target, in listing order. `target_index` is the target's place in the run.

    `left` says of each object why it is not to be read, None for those that are; empty: all are. `allowance`
    bounds what reading it may take. `carried` says of each object whether its result is known; empty: of
    none. `role_arn` is the role to read as, in another account than the run's own.
    """

    target_index: int
    target: Target
    region: str | None
    objects: tuple[S3Object, ...]
    left: tuple[Problem | None, ...] = ()
    allowance: Allowance | None = None
    carried: tuple[bool, ...] = ()
    role_arn: str | None = None

    @property
    def size(self) -> int:
        """Stored bytes of its objects."""
        return sum(obj.size for obj in self.objects)

    @property
    def carried_objects(self) -> tuple[S3Object, ...]:
        """The objects whose results are known."""
        return tuple(obj for obj, known in zip(self.objects, self.carried, strict=False) if known)


def shards(
    target_index: int, target: Target, region: str | None, objects: Iterable[S3Object]
) -> Iterator[Shard]:
    """Cut `objects` into shards of at most SHARD_OBJECTS objects and about SHARD_BYTES bytes, order kept."""
    return cut(target_index, target, region, map(Pick, objects), lambda _: None)


def cut(
    target_index: int,
    target: Target,
    region: str | None,
    picks: Iterable[Pick],
    allowance: Callable[[list[Need]], Allowance | None],
) -> Iterator[Shard]:
    """Cut picks into shards as `shards` does, by the bytes of those that are read."""
    batch: list[Pick] = []
    size = 0

    def shard() -> Shard:
        left = tuple(pick.problem for pick in batch)
        carried = tuple(pick.carried for pick in batch)
        return Shard(
            target_index,
            target,
            region,
            tuple(pick.obj for pick in batch),
            left if any(left) else (),
            allowance([pick.need for pick in batch if pick.need is not None]),
            carried if any(carried) else (),
        )

    for pick in picks:
        more = (
            0 if pick.problem is not None or pick.carried else pick.need.bytes if pick.need else pick.obj.size
        )
        if batch and (len(batch) >= SHARD_OBJECTS or size + more > SHARD_BYTES):
            yield shard()
            batch, size = [], 0
        batch.append(pick)
        size += more
    if batch:
        yield shard()
