"""Reading ahead: order, bounds and failures, with a reader that only counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.crawl import ahead, prefetch
from classifier.crawl.reading import SMALL
from classifier.crawl.sources import MemorySource
from classifier.errors import ReadFailure
from classifier.model import Reason, S3Object


class CountingReader:
    """Stands for an ObjectReader; objects named "bad…" fail. Records who was opened and by which thread."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.caller: set[str] = set()
        self.pool: ThreadPoolExecutor | None = None

    def threads(self, count: int) -> ThreadPoolExecutor:
        self.pool = self.pool or ThreadPoolExecutor(count)
        return self.pool

    def open(self, obj: S3Object) -> MemorySource:
        self.opened.append(obj.key)
        if threading.current_thread() is threading.main_thread():
            self.caller.add(obj.key)
        if obj.key.startswith("bad"):
            raise ReadFailure(Reason.PERMISSION_DENIED, "AccessDenied")
        return MemorySource(obj.key.encode())


@pytest.fixture
def reader() -> Iterator[Any]:
    reader = CountingReader()
    yield reader
    if reader.pool is not None:
        reader.pool.shutdown()


sizes = st.sampled_from([0, 1, SMALL, SMALL + 1, 10 * SMALL])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), sizes), max_size=30), st.integers(1, 8))
def test_order_and_content(items: list[tuple[bool, int]], read_ahead: int) -> None:
    reader: Any = CountingReader()
    objects = [S3Object("b", f"{'bad' if bad else 'k'}{i}", size) for i, (bad, size) in enumerate(items)]
    results = list(prefetch(reader, objects, read_ahead))
    reader.threads(1).shutdown()
    assert [obj for obj, _ in results] == objects
    assert sorted(reader.opened) == sorted(obj.key for obj in objects)
    for obj, source in results:
        if obj.key.startswith("bad"):
            assert isinstance(source, ReadFailure)
        else:
            assert not isinstance(source, ReadFailure)
            assert source.read(0, 99) == obj.key.encode()


def test_never_further_ahead_than_told(reader: Any) -> None:
    def objects() -> Iterator[S3Object]:
        for number in range(50):
            assert number - given <= 5
            yield S3Object("b", f"k{number}", 1)

    given = 0
    for _ in prefetch(reader, objects(), 5):
        given += 1
    assert given == 50


def test_never_more_bytes_than_told(reader: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "AHEAD_BYTES", 3 * SMALL)
    taken = 0

    def objects() -> Iterator[S3Object]:
        nonlocal taken
        for number in range(20):
            taken += 1
            yield S3Object("b", f"k{number}", SMALL)

    for seen, _ in enumerate(prefetch(reader, objects(), 16), start=1):
        assert taken - seen <= 3


def test_a_large_object_is_opened_when_its_turn_comes(reader: Any) -> None:
    objects = [S3Object("b", "k0", 1), S3Object("b", "large", SMALL + 1), S3Object("b", "k2", 1)]
    results = prefetch(reader, objects, 8)
    next(results)
    assert "large" not in reader.opened
    assert next(results)[0].key == "large"
    assert reader.caller == {"large"}


def test_leaving_early_reads_no_more(reader: Any) -> None:
    results = prefetch(reader, (S3Object("b", f"k{number}", 1) for number in range(1000)), 4)
    next(results)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    reader.threads(1).shutdown()
    assert len(reader.opened) <= 5
