"""Shards through workers, in this process or in a pool; results come back in the order of the shards."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from classifier.model import ObjectResult, Problem, Reason, Status
from classifier.run.plan import Shard
from classifier.run.worker import Progress, WorkerSpec, scan_shard, stream_shard

SMALL_OBJECTS = 1_000
SMALL_BYTES = 64 << 20
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
        for shard in feed:
            yield shard, stream_shard(spec, shard, progress)
        return
    exhausted = False
    while not exhausted:
        waiting: deque[Shard] = deque()

        def tasks(waiting: deque[Shard] = waiting) -> Iterator[object]:
            nonlocal exhausted
            for shard in feed:
                waiting.append(shard)
                yield delayed(scan_shard)(spec, shard)
            exhausted = True

        try:
            pool = Parallel(
                n_jobs=wanted,
                return_as="generator",
                pre_dispatch=3 * wanted,
                batch_size=1,
                initializer=_leave_interrupts,
            )
            for found in pool(tasks()):
                shard = waiting.popleft()
                progress(len(shard.objects), shard.size)
                yield shard, found
        except TerminatedWorkerError:
            for shard in waiting:
                progress(len(shard.objects), shard.size)
                yield shard, _rescue(spec, shard)


def _leave_interrupts() -> None:
    """Leave Ctrl-C, which a terminal sends to every process of the command, to the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _rescue(spec: WorkerSpec, shard: Shard) -> list[ObjectResult]:
    """Scan a shard whose pool died: in a pool of its own, then object by object."""
    try:
        (found,) = Parallel(n_jobs=2, initializer=_leave_interrupts)([delayed(scan_shard)(spec, shard)])
    except TerminatedWorkerError:
        if len(shard.objects) == 1:
            problem = Problem(None, Reason.UNABLE_TO_PARSE_FILE, WORKER_LOST)
            obj = shard.objects[0]
            return [ObjectResult(obj, Status.SKIPPED, problem.reason, problem.detail, 0, (problem,), ())]
        return [result for obj in shard.objects for result in _rescue(spec, replace(shard, objects=(obj,)))]
    return list(found)


def _head(feed: Iterator[Shard]) -> tuple[list[Shard], bool]:
    """Return the first shards and whether they are all there is to a small scan."""
    head: list[Shard] = []
    objects = size = 0
    for shard in feed:
        head.append(shard)
        objects += len(shard.objects)
        size += shard.size
        if objects > SMALL_OBJECTS or size > SMALL_BYTES:
            return head, False
    return head, True
