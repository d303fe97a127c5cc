"""Many spans behave as the list of them does."""

from dataclasses import dataclass

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from classifier.detect.overlap import doubled, overlapping_nothing
from classifier.detect.spans import Span, Spans

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 4), st.integers(1, 6)).map(
        lambda drawn: (drawn[0], drawn[0] + drawn[1], drawn[0] + drawn[1] + drawn[2])
    ),
    max_size=12,
).map(sorted)


@dataclass(frozen=True)
class Ranked:
    """What is asked of a plan: of these, the first wins."""

    rank: int = 0
    weight: int = 0


def many(spans: list[Span]) -> Spans:
    starts, firsts, lasts = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    return Spans(starts, firsts, lasts)


@given(SPANS, st.integers(0, 70), st.integers(0, 70))
def test_they_are_the_list_of_them(spans: list[Span], low: int, high: int) -> None:
    assert list(many(spans)) == spans
    assert len(many(spans)) == len(spans)
    assert [many(spans)[at] for at in range(len(spans))] == spans
    assert list(many(spans)[low:high]) == spans[low:high]
    assert list(many(spans).begun(range(low, high))) == [
        span for span in spans if span[0] in range(low, high)
    ]


@given(SPANS, SPANS)
def test_joined_are_all_of_them_in_order(spans: list[Span], others: list[Span]) -> None:
    assert list(many(spans).joined(others)) == sorted([*spans, *others])


@given(
    st.lists(SPANS, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 60), st.integers(61, 70)), max_size=2),
)
def test_alone_is_what_overlaps_nothing(groups: list[list[Span]], taken: list[tuple[int, int]]) -> None:
    matches = {number: many(spans) if number % 2 else spans for number, spans in enumerate(groups)}
    alone = overlapping_nothing(matches, taken)
    values = [(n, at, span[1], span[2]) for n, spans in enumerate(groups) for at, span in enumerate(spans)]
    values += [(-1, at, low, high) for at, (low, high) in enumerate(taken)]
    for n, at, low, high in values:
        others = [(first, last) for m, other, first, last in values if (m, other) != (n, at)]
        if n >= 0:
            assert alone[n][at] == (not any(first < high and low < last for first, last in others))


@given(st.lists(SPANS, min_size=1, max_size=4))
def test_doubled_is_who_has_the_same_value(groups: list[list[Span]]) -> None:
    matches = {number: many(spans) for number, spans in enumerate(groups)}
    stronger = doubled([Ranked()] * len(groups), matches)
    for name, spans in matches.items():
        for at, (_, first, last) in enumerate(spans):
            owners = [other for other, them in matches.items() if any(s[1:] == (first, last) for s in them)]
            if spans.firsts.tolist().count(first) == 1:  # one plan's values do not overlap
                assert stronger[name][at] == (-1 if owners[0] == name else owners[0])
