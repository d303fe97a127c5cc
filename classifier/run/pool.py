"""Shards through workers, in this process or in a pool; results come back in the order of the shards."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, wait
from dataclasses import replace
from itertools import chain
from typing import Any

from classifier.model import ObjectResult, Problem, Reason, S3Object, Status
from classifier.run.plan import Shard
from classifier.run.worker import Progress, Worker, WorkerSpec, scan_shard

SMALL_OBJECTS = 1_000
SMALL_BYTES = 64 << 20
SMALL_SHARDS = 64  # with nothing to read, most of them
IN_FLIGHT = 3  # shards a worker: enough to keep it busy, few enough that no results pile up
_SLICE = 0.5  # seconds
WORKER_LOST = "worker process ended unexpectedly"


def results(
    spec: WorkerSpec, shards: Iterable[Shard], progress: Progress
) -> Iterator[tuple[Shard, Iterable[ObjectResult]]]:
    """Yield each shard with its results, to be taken before the next shard is asked for.

    `spec.settings.workers` 0 takes one process for a small scan, else one a core. When a worker process dies,
    what was under way is done again apart from the rest; an object that kills its worker comes back SKIPPED.
    """
    feed = iter(shards)
    first, small = _head(feed)
    wanted = spec.settings.workers or (1 if small else os.cpu_count() or 1)
    feed = chain(first, feed)
    if wanted == 1:
        with Worker(spec) as worker:
            for shard in feed:
                yield shard, worker.scan(shard, progress)
        return
    waiting: deque[tuple[Shard, Future[list[ObjectResult]]]] = deque()
    try:
        for shard in feed:
            if len(waiting) >= IN_FLIGHT * wanted:
                yield _next(spec, waiting, wanted, progress)
            waiting.append((shard, _submit(spec, shard, wanted)))
        while waiting:
            yield _next(spec, waiting, wanted, progress)
    finally:  # what is still under way is wanted no more: the run was ended early
        for _, future in waiting:
            future.cancel()
        _pool(wanted).shutdown(wait=not waiting)


def _pool(workers: int) -> Any:
    """The pool of this process; a new one where there is none or it is broken."""
    from joblib.externals.loky import get_reusable_executor  # takes longer to start than a small scan

    return get_reusable_executor(max_workers=workers, initializer=_follow)


def _submit(spec: WorkerSpec, shard: Shard, workers: int) -> Future[list[ObjectResult]]:
    """Hand a shard to the pool, which is made anew after one of its processes has died."""
    future: Future[list[ObjectResult]] = Future()
    if not shard.objects:  # all of it is known: no process is needed
        future.set_result([])
        return future
    try:
        return _pool(workers).submit(scan_shard, spec, shard)  # type: ignore[no-any-return]
    except BrokenExecutor as error:  # it died, and the pool has only noticed now
        future.set_exception(error)
    return future


def _next(
    spec: WorkerSpec,
    waiting: deque[tuple[Shard, Future[list[ObjectResult]]]],
    workers: int,
    progress: Progress,
) -> tuple[Shard, list[ObjectResult]]:
    """Take the oldest shard's results; with its pool gone, the shard is scanned again apart."""
    shard, future = waiting.popleft()
    try:
        found = _result(future)
    except BrokenExecutor:
        found = _rescue(spec, shard, workers)
    progress(len(shard.objects), shard.size)
    return shard, found


def _result(future: Future[list[ObjectResult]]) -> list[ObjectResult]:
    """Wait for it. Asleep for good, this process could miss a Ctrl-C that came just before."""
    while not wait((future,), _SLICE).done:
        pass
    return future.result()


def _follow() -> None:
    """Let a worker process live as long as the process that started it, which alone answers Ctrl-C.

    A terminal sends Ctrl-C to every process of a command. A worker in the middle of a slow request would
    otherwise stay until that has ended.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SLICE)
    os._exit(1)


def _rescue(spec: WorkerSpec, shard: Shard, workers: int) -> list[ObjectResult]:
    """Scan a shard whose pool died once more, then object by object."""
    try:
        return _result(_submit(spec, shard, workers))
    except BrokenExecutor:
        if len(shard.objects) == 1:
            return [lost(shard.objects[0])]
        return [
            result
            for obj in shard.objects
            for result in _rescue(spec, replace(shard, objects=(obj,)), workers)
        ]


def lost(obj: S3Object) -> ObjectResult:
    """Return the record of an object that takes down whichever process reads it."""
    problem = Problem(None, Reason.UNABLE_TO_PARSE_FILE, WORKER_LOST)
    return ObjectResult(obj, Status.SKIPPED, problem.reason, problem.detail, 0, (problem,), ())


def _head(feed: Iterator[Shard]) -> tuple[list[Shard], bool]:
    """Return the first shards and whether they are all there is to a small scan."""
    head: list[Shard] = []
    objects = size = 0
    for shard in feed:
        head.append(shard)
        objects += len(shard.objects)
        size += shard.size
        if objects > SMALL_OBJECTS or size > SMALL_BYTES or len(head) > SMALL_SHARDS:
            return head, False
    return head, True
