"""Bounds from samples: against every possible placement, and against chance."""

from __future__ import annotations

import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.run.statistics import Stratum, absence, least_seen, missed, share, wilson

SMALL = st.integers(1, 8).flatmap(lambda size: st.builds(Stratum, st.just(size), st.integers(0, size)))


def worst(strata: list[Stratum], hidden: int) -> float:
    """The largest chance to miss so many units, over all the places where they may be."""
    places = product(*(range(stratum.size + 1) for stratum in strata))
    return max(missed(strata, place) for place in places if sum(place) == hidden)


@given(st.lists(SMALL, min_size=1, max_size=3), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_least_number_is_that_of_the_worst_placement(strata: list[Stratum], confidence: float) -> None:
    size = sum(stratum.size for stratum in strata)
    seen = [k for k in range(1, size + 1) if worst(strata, k) <= 1 - confidence + 1e-9]
    assert least_seen(strata, confidence) == (min(seen) if seen else None)


@pytest.mark.parametrize(
    ("strata", "least"),
    [
        ([Stratum(10, 10)], 1),
        ([Stratum(10, 0)], None),
        ([], None),
        ([Stratum(100, 100), Stratum(5, 0)], 6),
        ([Stratum(1_000_000, 300)], 9_936),
    ],
    ids=["all", "nothing", "empty", "a-kind-unread", "rule-of-three"],
)
def test_absence(strata: list[Stratum], least: int | None) -> None:
    found = absence(strata)
    assert found.least == least if least != 9_936 else found.least is not None
    if least == 9_936:
        assert found.least == pytest.approx(least, rel=0.01)


@given(st.lists(SMALL, min_size=1, max_size=3))
def test_more_reading_makes_the_higher_confidence(strata: list[Stratum]) -> None:
    found = absence(strata)
    assert 0 <= found.more <= found.size - found.read


def test_times_stand_for_as_many_strata() -> None:
    assert absence([Stratum(50, 1, times=8)]) == absence([Stratum(50, 1)] * 8)


def test_wilson_is_the_published_interval() -> None:
    # 10 of 50 at 95 %: 0.1124 to 0.3304 (Wilson 1927, as worked out in textbooks).
    low, high = wilson(0.2, 50)
    assert (round(low, 4), round(high, 4)) == (0.1124, 0.3304)


def test_a_whole_reading_leaves_no_interval() -> None:
    found = share([Stratum(40, 40, 10), Stratum(60, 60, 0)])
    assert (found.share, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))


def test_what_was_not_read_at_all_may_hold_anything() -> None:
    found = share([Stratum(50, 50, 5), Stratum(50, 0)])
    assert found.low == pytest.approx(0.05)
    assert found.high == pytest.approx(0.55)


def test_the_interval_holds_the_share_as_often_as_it_says() -> None:
    rng = random.Random(8)
    held = 0
    rounds = 600
    for _ in range(rounds):
        strata, true, size = [], 0, 0
        for _ in range(rng.randrange(1, 6)):
            units = rng.randrange(20, 2_000)
            hits = int(units * rng.choice([0.01, 0.05, 0.2, 0.5, 0.9]))
            read = min(units, rng.choice([20, 60, 200]))
            population = [1] * hits + [0] * (units - hits)
            strata.append(Stratum(units, read, sum(rng.sample(population, read))))
            true, size = true + hits, size + units
        found = share(strata)
        held += found.low - 1e-9 <= true / size <= found.high + 1e-9
    assert held / rounds >= 0.94
