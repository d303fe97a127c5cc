"""Reading in part: rows whole, offsets true, blocks as planned, and never more than was said."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl.excerpt import Capped, Excerpt, excerpt, is_text, plan, read_of
from classifier.crawl.sampling import Depth
from classifier.crawl.sources import MemorySource
from classifier.errors import ReadFailure
from classifier.model import Reason, S3Object

DEPTH = Depth(5, 50_000, 20_000, 5_000, 4, 8_192, 1)


class Counting(MemorySource):
    """A source that counts what is asked of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.requests = self.bytes = 0

    def read(self, start: int, length: int) -> bytes:
        data = super().read(start, length)
        self.requests += 1
        self.bytes += len(data)
        return data


def table(rows: int, seed: int = 1) -> bytes:
    rng = random.Random(seed)
    lines = [f'{n},"name, {rng.getrandbits(40):x}",{rng.randrange(10**6)}' for n in range(rows)]
    return ("id,name,amount\n" + "\n".join(lines) + "\n").encode()


def opened(data: bytes, seed: str = "0") -> tuple[Excerpt, Counting]:
    source = Counting(data)
    found, head, grouped = excerpt(source, S3Object("b", "k.csv", len(data), "e"), DEPTH, seed)
    assert isinstance(found, Excerpt)
    assert (head, grouped) == (0, False)
    return found, source


def test_rows_are_whole_and_each_is_there_once() -> None:
    data = table(20_000)
    got = b"".join(opened(data)[0].blocks()).splitlines()
    assert set(got) <= set(data.splitlines())
    assert len(set(got)) == len(got) > 500


def test_offsets_lead_back() -> None:
    data = table(20_000)
    source, _ = opened(data)
    got = b"".join(source.blocks())
    assert all(
        data[source.origin(n) : source.origin(n) + 1] == got[n : n + 1] for n in range(0, len(got), 101)
    )


@pytest.mark.parametrize("rows", [2_000, 5_000, 20_000])
def test_it_takes_what_was_planned(rows: int) -> None:
    data = table(rows)
    source, counted = opened(data)
    list(source.blocks())
    requests, size = read_of(len(data), DEPTH, text=True)
    assert counted.requests == requests
    assert counted.bytes <= size <= counted.bytes + 5 * 4_096


def test_the_same_seed_reads_the_same_blocks_and_another_one_others() -> None:
    data = table(20_000)
    first, second, other = (b"".join(opened(data, seed)[0].blocks()) for seed in ("a", "a", "b"))
    assert first == second != other


@given(st.integers(50_001, 10**7), st.text(max_size=5))
def test_blocks_are_spread_over_the_middle(size: int, seed: str) -> None:
    segments = plan(size, DEPTH, seed)
    assert len(segments) <= DEPTH.blocks
    ends = [DEPTH.head, *(segment.end for segment in segments)]
    for before, segment in zip(ends, segments, strict=False):
        assert before <= segment.start < segment.end <= size - DEPTH.tail


def test_every_block_is_counted() -> None:
    data = table(20_000)
    sample = opened(data)[0].sample()
    assert abs(sample.size - len(data) / DEPTH.block) <= 2
    assert sample.read == sample.edges + DEPTH.blocks


def test_a_line_without_end_is_read_all_the_same() -> None:
    data = b"x" * 200_000
    assert len(b"".join(opened(data)[0].blocks())) > DEPTH.head


def test_a_row_with_a_line_end_in_quotes_is_not_taken_for_two() -> None:
    rows = [f'{n},"a\nb{n}",c' for n in range(30_000)]
    data = ("id,text,last\n" + "\n".join(rows) + "\n").encode()
    source, _ = opened(data)
    list(source.blocks())
    starts = [data[origin : origin + 12] for origin in source._origins[1:]]
    assert all(start.split(b",")[0].isdigit() for start in starts)


def test_a_cap_is_a_reason_not_a_shorter_file() -> None:
    source = Capped(MemorySource(b"x" * 1000), 600)
    assert len(source.read(0, 500)) == 500
    with pytest.raises(ReadFailure) as caught:
        source.read(500, 500)
    assert caught.value.reason is Reason.FILE_EXCEEDS_SIZE_LIMIT


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (b"a,b\n1,2\n", True),
        ("größe\n".encode(), True),
        (b"PK\x03\x04abc", False),
        (b"\x1f\x8b\x08\x00", False),
    ],
    ids=["csv", "utf-8", "zip", "gzip"],
)
def test_what_is_read_as_text(head: bytes, text: bool) -> None:
    assert is_text(head) is text
