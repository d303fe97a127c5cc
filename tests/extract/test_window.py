"""Windows tile the text, keep their margins and know their line, however the source cuts it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.extract import Limits, extract
from classifier.extract.window import LEFT, RIGHT, characters, cut_at, line_end, windows


def _blocks(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    start = index = 0
    while start < len(data):
        size = sizes[index % len(sizes)]
        yield data[start : start + size]
        start += size
        index += 1


lines = st.lists(st.text("ab é€😀", max_size=40), max_size=30).map(lambda rows: "\n".join(rows).encode())
texts = st.tuples(lines, st.integers(0, 1000)).map(lambda pair: pair[0] * max(1, pair[1] // 20))


@settings(deadline=None, max_examples=60)
@given(data=texts, chunk=st.integers(4, 5000), sizes=st.lists(st.integers(1, 9000), min_size=1, max_size=5))
def test_cores_tile_the_text(data, chunk, sizes):
    got = list(windows(_blocks(data, sizes), chunk, cut_at(10), 10, "surrogateescape"))
    whole = list(windows(iter([data]), chunk, cut_at(10), 10, "surrogateescape")) if data else []
    assert got == whole
    position = 0
    for window in got:
        assert window.offset + window.core_start == position
        assert data[window.offset : window.offset + len(window.data)] == window.data
        assert window.core_start == min(LEFT, position)
        position += window.core_end - window.core_start
        assert window.core_end > window.core_start
        assert len(window.data) >= min(window.core_end + RIGHT, len(data) - window.offset)
        before = data[: window.offset + window.core_start]
        assert window.line == before.count(b"\n") + 1
        assert window.column == len(before.rpartition(b"\n")[2].decode())
    assert position == len(data)
    assert [window.last for window in got] == [False] * (len(got) - 1) + [True] * bool(got)


def test_borders_fall_on_line_ends():
    data = b"0123456789\n" * 20_000
    borders = [w.offset + w.core_end for w in windows(iter([data]), 1000, cut_at(10), 10, "strict")]
    assert all(border % 11 == 0 for border in borders)
    assert len(borders) > 100


def test_a_long_line_is_cut_between_characters():
    data = "é€😀".encode() * 20_000
    for window in windows(iter([data]), 1000, cut_at(10), 10, "strict"):
        window.data[window.core_start : window.core_end].decode()


@pytest.mark.parametrize(
    "sample, mark",
    [(b"a\nb", 10), (b"a\r\nb", 10), (b"a\rb", 13), (b"a", 10), (b"a\rb\nc", 10)],
    ids=["LF", "CRLF", "CR", "none", "mixed"],
)
def test_line_end(sample, mark):
    assert line_end(sample) == mark


@pytest.mark.parametrize(
    "piece, count",
    [(b"abc", 3), ("é€😀".encode(), 3), (b"\xff\xfea", 3), (b"\xe2\x82", 2)],
    ids=["ascii", "utf-8", "invalid", "cut"],
)
def test_characters(piece, count):
    assert characters(piece, "surrogateescape") == count


class _Endless:
    """200 MB of one line, made as it is read."""

    size = 200 << 20

    def blocks(self) -> Iterator[bytes]:
        block = b"word " * ((1 << 20) // 5)
        for _ in range(self.size // len(block)):
            yield block

    def read(self, start: int, length: int) -> bytes:
        raise AssertionError("text is not read at random")


def test_memory_is_bounded_by_a_few_chunks():
    tracemalloc.start()
    try:
        searched = sum(item.core_end - item.core_start for item in extract("big.txt", _Endless(), Limits()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert searched == _Endless.size // 1048575 * 1048575
    assert peak < 40 << 20
