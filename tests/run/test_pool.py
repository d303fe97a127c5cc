"""The pool: order kept, small scans in this process, a killed worker costs the object that killed it."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Self

import pytest

from classifier.config import Settings
from classifier.model import ObjectResult, Reason, S3Object, Status, Target
from classifier.run import pool
from classifier.run.plan import Shard, shards
from classifier.run.worker import WorkerSpec


def spec(workers: int) -> WorkerSpec:
    return WorkerSpec("test", Settings(workers=workers), None, b"k" * 16)


def cut(count: int, per_shard: int) -> list[Shard]:
    objects = [S3Object("", f"{i:04}", 10) for i in range(count)]
    return [
        Shard(0, Target("", path="."), None, tuple(objects[i : i + per_shard]))
        for i in range(0, count, per_shard)
    ]


def echo(killer: str | None) -> Callable[..., list[ObjectResult]]:
    parent = os.getpid()

    def scan(_: WorkerSpec, shard: Shard, progress: object = None) -> list[ObjectResult]:
        if killer is not None and os.getpid() != parent and any(o.key == killer for o in shard.objects):
            os._exit(9)
        return [
            ObjectResult(o, Status.COMPLETE, None, str(os.getpid()), o.size, (), ()) for o in shard.objects
        ]

    return scan


class Here:
    """Stands for the worker of this process."""

    closed = 0

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        Here.closed += 1

    def scan(self, shard: Shard, progress: object) -> list[ObjectResult]:
        return echo(None)(self.spec, shard, progress)


def collect(workers: int, work: list[Shard]) -> tuple[list[ObjectResult], list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    found = []
    for shard, got in pool.results(spec(workers), iter(work), lambda n, size: told.append((n, size))):
        taken = list(got)
        assert [result.obj for result in taken] == list(shard.objects)
        found += taken
    return found, told


@pytest.mark.parametrize("workers", [1, 2])
def test_results_keep_the_order(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(pool, "scan_shard", echo(None))
    monkeypatch.setattr(pool, "Worker", Here)
    found, _ = collect(workers, cut(60, 7))
    assert [result.obj.key for result in found] == [f"{i:04}" for i in range(60)]
    assert ({result.detail for result in found} == {str(os.getpid())}) == (workers == 1)


def test_a_small_scan_stays_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Worker", Here)
    found, _ = collect(0, cut(pool.SMALL_OBJECTS, 128))
    assert {result.detail for result in found} == {str(os.getpid())}


def test_the_worker_of_this_process_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Worker", Here)
    monkeypatch.setattr(Here, "closed", 0)
    collect(1, cut(4, 2))
    assert Here.closed == 1
    early = pool.results(spec(1), iter(cut(4, 2)), lambda *_: None)
    next(early)
    early.close()  # type: ignore[attr-defined]  # it is a generator
    assert Here.closed == 2


def test_a_rescue_waits_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Ctrl-C that comes just before this process falls asleep is seen when it wakes."""

    class Slow(Future[list[ObjectResult]]):
        def result(self, timeout: float | None = None) -> list[ObjectResult]:
            assert self.done()
            return super().result(timeout)

    def submit(*_: object) -> Future[list[ObjectResult]]:
        slow = Slow()
        threading.Timer(0.05, slow.set_result, ([],)).start()
        return slow

    monkeypatch.setattr(pool, "_SLICE", 0.01)
    monkeypatch.setattr(pool, "_submit", submit)
    assert pool._rescue(spec(2), cut(1, 1)[0], 2) == []


def test_an_object_that_kills_its_worker_is_skipped_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "scan_shard", echo("0011"))
    found, told = collect(2, cut(40, 4))
    assert [result.obj.key for result in found] == [f"{i:04}" for i in range(40)]
    lost = [result for result in found if result.status is Status.SKIPPED]
    assert [(result.obj.key, result.reason, result.detail) for result in lost] == [
        ("0011", Reason.UNABLE_TO_PARSE_FILE, pool.WORKER_LOST)
    ]
    assert sum(n for n, _ in told) == 40


def test_shards_feed_the_pool() -> None:
    objects = (S3Object("", str(i), 1) for i in range(3))
    assert len(list(shards(0, Target("", path="."), None, objects))) == 1
