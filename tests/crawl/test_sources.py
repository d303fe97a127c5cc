"""Resumed reading, with streams that break where a test wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl.sources import BLOCK, Broken, MemorySource, NoRanges, ResumedSource
from classifier.errors import ReadFailure
from classifier.model import Reason

DATA = bytes(range(256)) * 40


class Breaking(ResumedSource):
    """Gives `DATA` in blocks of 1,000 and breaks after as many bytes as `breaks` says, stream by stream."""

    def __init__(self, breaks: list[int], tries: int = 3, size: int = len(DATA)) -> None:
        super().__init__(size, tries)
        self.breaks = breaks
        self.starts: list[int] = []

    def _stream(self, start: int, end: int) -> Iterator[bytes]:
        self.starts.append(start)
        stop = min(end, start + self.breaks.pop(0)) if self.breaks else end
        for position in range(start, stop, 1000):
            yield DATA[position : min(position + 1000, stop)]
        if stop < end:
            raise Broken(Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError")


@given(st.lists(st.integers(0, len(DATA)), max_size=6))
def test_breaks_do_not_change_the_content(breaks: list[int]) -> None:
    source = Breaking(breaks, tries=7)
    assert b"".join(source.blocks()) == DATA
    assert source.starts == sorted(source.starts)


@given(st.integers(0, 2 * len(DATA)), st.integers(0, 2 * len(DATA)))
def test_ranges(start: int, length: int) -> None:
    expected = DATA[start : start + length]
    assert Breaking([100, 5]).read(start, length) == expected
    assert MemorySource(DATA).read(start, length) == expected


def test_a_stream_that_never_gets_on_fails() -> None:
    source = Breaking([500, 0, 0, 0, 0])
    with pytest.raises(ReadFailure) as caught:
        list(source.blocks())
    assert (caught.value.reason, caught.value.detail) == (Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError")
    assert source.starts == [0, 500, 500]


class Endless(ResumedSource):
    """Breaks after every two blocks of a large object, or gives other amounts than asked for."""

    def __init__(self, size: int, each: int, breaks: bool = True) -> None:
        super().__init__(size, tries=2)
        self.each = each
        self.breaks = breaks

    def _stream(self, start: int, end: int) -> Iterator[bytes]:
        yield bytes(self.each)
        if self.breaks:
            raise Broken(Reason.UNABLE_TO_PARSE_FILE, "ConnectionClosedError")


def test_progress_gives_new_tries() -> None:
    assert sum(map(len, Endless(10 * BLOCK, BLOCK).blocks())) == 10 * BLOCK


def test_a_stream_that_ends_early_is_a_break() -> None:
    with pytest.raises(ReadFailure) as caught:
        list(Endless(10 * BLOCK, 10, breaks=False).blocks())
    assert caught.value.detail == "IncompleteRead"


class WithoutRanges(Breaking):
    """Gives the whole only."""

    def _stream(self, start: int, end: int) -> Iterator[bytes]:
        if start:
            raise NoRanges(Reason.UNABLE_TO_PARSE_FILE, "RangeIgnored")
        return super()._stream(start, end)


def test_the_break_is_told_where_the_server_lets_nobody_go_on() -> None:
    with pytest.raises(ReadFailure) as caught:
        list(WithoutRanges([500]).blocks())
    assert (caught.value.reason, caught.value.detail) == (Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError")
    with pytest.raises(ReadFailure) as caught:
        WithoutRanges([]).read(5, 5)
    assert caught.value.detail == "RangeIgnored"


def test_more_than_listed_is_another_version() -> None:
    with pytest.raises(ReadFailure) as caught:
        list(Endless(BLOCK, BLOCK + 1).blocks())
    assert (caught.value.reason, caught.value.detail) == (Reason.OBJECT_VERSION_MISMATCH, "LongerThanListed")


def test_memory() -> None:
    assert list(MemorySource(b"").blocks()) == []
    assert list(MemorySource(b"abc").blocks()) == [b"abc"]
    assert MemorySource(b"abc").size == 3
