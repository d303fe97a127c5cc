"""Windows of a text: what is found in them stands where it says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.detect.windows import Windows


def windows(text: bytes, *spans: tuple[int, int]) -> Windows:
    lows, highs = (np.array([span[side] for span in spans], dtype=np.int64) for side in (0, 1))
    return Windows(text, lows, highs)


def test_none_at_all() -> None:
    assert windows(b"x" * 9).data == b""


def test_overlapping_ones_are_one() -> None:
    found = windows(b"0123456789" * 9, (-4, 3), (20, 25), (2, 5))
    assert found.data == b"01234\n01234"
    assert found.back({7: [1, 5, 7, 11]})[7] == [1, 5, 21, 25]


@given(
    st.binary(min_size=1, max_size=300),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 20)), max_size=4),
)
def test_what_is_found_in_a_window_is_found_in_the_text(text: bytes, spans: list[tuple[int, int]]) -> None:
    found = windows(text, *((low, low + size) for low, size in spans))
    for at in range(len(found.data)):
        back = found.back({0: np.array([at], dtype=np.int64), 1: [at + 1]})
        place, end = int(back[0][0]), back[1][0]  # type: ignore[index]
        inside = any(low <= place < low + size for low, size in spans)
        if found.data[at : at + 1] != b"\n" or inside:
            assert text[place : place + 1] in (found.data[at : at + 1], b"")
            assert end in (place + 1, len(text))
