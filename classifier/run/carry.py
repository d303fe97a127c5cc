"""Shards of which some objects need not be read: the workers get the rest, and all come back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from classifier.model import ObjectResult
from classifier.run.history import History
from classifier.run.plan import Shard
from classifier.run.worker import Progress
from classifier.store import Identity, identity

Known = Mapping[Identity, ObjectResult]
Read = Callable[[Iterable[Shard]], Iterator[tuple[Shard, Iterable[ObjectResult]]]]


def carried(
    shards: Iterable[Shard], read: Read, history: History, progress: Progress
) -> Iterator[tuple[Shard, Iterable[ObjectResult]]]:
    """Yield each shard with its results, those that are known among what `read` yields of the others."""
    waiting: deque[tuple[Shard, Known]] = deque()

    def rest() -> Iterator[Shard]:
        for shard in shards:
            held = history.known(shard.target, shard.carried_objects) if any(shard.carried) else {}
            waiting.append((shard, held))
            yield _without(shard, held)

    for _, found in read(rest()):
        shard, held = waiting.popleft()
        yield shard, _merged(shard, held, found, progress)


def _without(shard: Shard, held: Known) -> Shard:
    """Return the shard of the objects that are to be read."""
    if not any(shard.carried):
        return shard
    left = shard.left or (None,) * len(shard.objects)
    wanted = [n for n, obj in enumerate(shard.objects) if not (shard.carried[n] and identity(obj) in held)]
    return replace(
        shard,
        objects=tuple(shard.objects[n] for n in wanted),
        left=tuple(left[n] for n in wanted) if shard.left else (),
        carried=(),
    )


def _merged(
    shard: Shard, held: Known, found: Iterable[ObjectResult], progress: Progress
) -> Iterator[ObjectResult]:
    if not held:
        yield from found
        return
    feed = iter(found)
    for n, obj in enumerate(shard.objects):
        known = held.get(identity(obj)) if shard.carried[n] else None
        if known is not None:
            progress(1, obj.size)
            yield known
        else:
            yield next(feed)
    yield from feed  # lets it come to its end
