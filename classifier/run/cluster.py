"""Shards through a Dask cluster (dask.distributed): its workers read S3 and load detectors themselves.

Keys go through the scheduler and masked results come back, never content. Docs:
https://distributed.dask.org/en/stable/
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from classifier.errors import AccessFailure, UsageError
from classifier.model import ObjectResult
from classifier.run.plan import Shard
from classifier.run.pool import IN_FLIGHT, lost
from classifier.run.recipe import program
from classifier.run.worker import Progress, WorkerSpec, scan_shard

MISSING = "--engine dask needs the extra: pip install 's3-classifier[dask]'"
_WAIT = 30.0  # seconds for the scheduler to answer, and for its first worker
_SLICE = 0.5  # seconds
_COUNTED = 5.0  # seconds that the number of workers is taken to hold
_one_at_a_time = threading.Lock()


class SchedulerGone(AccessFailure):
    """The scheduler does not answer any more: what was under way is lost, what came back is not."""


def scan_part(spec: WorkerSpec, shard: Shard) -> list[ObjectResult]:
    """Scan a shard in a worker of the cluster; where it has several threads, one after the other."""
    with _one_at_a_time:
        return scan_shard(spec, shard)


def installed() -> tuple[str, str]:
    """Return what a worker has installed: the version, and what tells its code from others."""
    return version("s3-classifier"), program()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A connection to a scheduler. `results` is as that of the pool of this machine."""

    client: Any
    address: str

    def results(
        self, spec: WorkerSpec, shards: Iterable[Shard], progress: Progress
    ) -> Iterator[tuple[Shard, list[ObjectResult]]]:
        """Yield each shard with its results, in the order of the shards.

        A shard whose worker dies is begun again elsewhere; one that takes its workers down each time is tried
        object by object, and an object that does comes back SKIPPED. Raises SchedulerGone.
        """
        if spec.handover is not None and spec.handover.credentials and not self.address.startswith("tls://"):
            raise UsageError(
                "--engine dask: with MFA the workers are handed the role's credentials, which needs a "
                "scheduler at tls://"
            )
        waiting: deque[tuple[Shard, Any]] = deque()
        room = _Room(self.client)
        try:
            for shard in shards:
                while len(waiting) >= room.most():
                    yield self._next(spec, waiting, progress)
                waiting.append((shard, self._submit(spec, shard) if shard.objects else None))
            while waiting:
                yield self._next(spec, waiting, progress)
        finally:
            with _unless_gone():
                self.client.cancel([future for _, future in waiting if future is not None])

    def _submit(self, spec: WorkerSpec, shard: Shard) -> Any:
        return self.client.submit(scan_part, spec, shard, pure=False)

    def _next(
        self, spec: WorkerSpec, waiting: deque[tuple[Shard, Any]], progress: Progress
    ) -> tuple[Shard, list[ObjectResult]]:
        shard, future = waiting.popleft()
        found = [] if future is None else self._result(spec, shard, future)
        progress(len(shard.objects), shard.size)
        return shard, found

    def _result(self, spec: WorkerSpec, shard: Shard, future: Any) -> list[ObjectResult]:
        from distributed import KilledWorker

        try:
            return self._wait(future)
        except KilledWorker:
            if len(shard.objects) == 1:
                return [lost(shard.objects[0])]
            parts = [replace(shard, objects=(obj,), left=shard.left[n : n + 1], carried=())
                     for n, obj in enumerate(shard.objects)]  # fmt: skip
            return [result for part in parts for result in self._result(spec, part, self._submit(spec, part))]

    def _wait(self, future: Any) -> list[ObjectResult]:
        """Wait for a result. Asleep for good, this process could miss a Ctrl-C that came just before."""
        while True:
            try:
                found: list[ObjectResult] = future.result(timeout=_SLICE)
            except TimeoutError:
                if self.client.status in ("closing", "closed"):
                    raise self._gone() from None
            except (CancelledError, asyncio.CancelledError, OSError):
                raise self._gone() from None
            else:
                return found

    def _gone(self) -> SchedulerGone:
        return SchedulerGone(f"the Dask scheduler at {self.address} does not answer any more")


class _Room:
    """How many shards may be under way: a few for each worker that there is now."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._until = 0.0
        self._most = IN_FLIGHT

    def most(self) -> int:
        now = time.monotonic()
        if now >= self._until:
            with _unless_gone():
                self._most = IN_FLIGHT * max(1, len(self._client.nthreads()))
            self._until = now + _COUNTED
        return self._most


@contextmanager
def cluster(address: str) -> Iterator[Cluster]:
    """Connect to a scheduler, and look whether its workers have this program.

    Raises UsageError where they have not, or the extra is missing; AccessFailure where nobody answers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(MISSING) from None
    try:
        client: Any = Client(address, timeout=_WAIT, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError):
        raise AccessFailure(
            f"the Dask scheduler at {address} does not answer: start it (dask scheduler), or mend the address"
        ) from None
    except (ValueError, TypeError):
        raise UsageError(f"--scheduler {address}: is no address like tcp://HOST:8786") from None
    try:
        _check(client, address)
        yield Cluster(client, address)
    finally:
        with _unless_gone():
            client.close(timeout=2)


def _check(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_WAIT)
    except TimeoutError:
        raise AccessFailure(
            f"the Dask scheduler at {address} has no workers: start some (dask worker {address} --nthreads 1)"
        ) from None
    try:
        answers = client.run(installed)
    except (ImportError, AttributeError):
        answers = {"a worker": None}
    except OSError:
        raise AccessFailure(f"the Dask scheduler at {address} does not answer any more") from None
    for worker, answer in answers.items():
        if answer != installed():
            raise UsageError(
                f"--engine dask: {worker} has another version of s3-classifier, or none: install "
                f"{version('s3-classifier')} there"
            )


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Let go what cannot be done without the scheduler: whoever waits for a result is told."""
    with suppress(OSError, RuntimeError, TimeoutError, CancelledError, asyncio.CancelledError):
        yield


Results = Callable[[WorkerSpec, Iterable[Shard], Progress], Iterator[tuple[Shard, Iterable[ObjectResult]]]]
