"""Reading ahead: several small objects at the same time, given out in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait

from classifier.crawl.reading import SMALL, ObjectReader
from classifier.errors import ReadFailure
from classifier.model import ByteSource, S3Object

AHEAD_BYTES = 64 << 20
_SLICE = 0.5  # seconds of sleep, so that Ctrl-C is answered
Opened = ByteSource | ReadFailure


def prefetch(
    reader: ObjectReader, objects: Iterable[S3Object], read_ahead: int
) -> Iterator[tuple[S3Object, Opened]]:
    """Yield each object with its bytes, or with the failure to read them, in the given order.

    Up to `read_ahead` small objects, and 64 MiB of them, are read before they are asked for; a large one is
    read only as its source is used.
    """
    waiting: deque[tuple[S3Object, Future[Opened] | None]] = deque()
    held = 0
    pool = reader.threads(read_ahead)
    try:
        for obj in objects:
            small = obj.size <= SMALL
            while waiting and (len(waiting) >= read_ahead or (small and held + obj.size > AHEAD_BYTES)):
                first, future = waiting.popleft()
                held -= first.size if future is not None else 0
                yield first, _result(reader, first, future)
            waiting.append((obj, pool.submit(_open, reader, obj) if small else None))
            held += obj.size if small else 0
        while waiting:
            first, future = waiting.popleft()
            yield first, _result(reader, first, future)
    finally:
        for _, future in waiting:
            if future is not None:
                future.cancel()


def _result(reader: ObjectReader, obj: S3Object, future: Future[Opened] | None) -> Opened:
    if future is None:
        return _open(reader, obj)
    while not wait((future,), _SLICE).done:
        pass  # a signal that comes just before a thread falls asleep is seen when it wakes, and not before
    return future.result()


def _open(reader: ObjectReader, obj: S3Object) -> Opened:
    try:
        return reader.open(obj)
    except ReadFailure as failure:
        return failure
