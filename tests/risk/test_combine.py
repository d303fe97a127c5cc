"""Many buckets' scores to one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.model import RiskScore, Severity
from classifier.risk import combine, load_weights

W = load_weights()


def scored(low: float, middle: float, high: float) -> RiskScore:
    return RiskScore(middle, low, high, Severity.LOW, {}, W.version)


scores = st.lists(
    st.lists(st.integers(0, 1000), min_size=3, max_size=3).map(
        lambda v: scored(*(n / 10 for n in sorted(v)))
    ),
    max_size=8,
)


def test_no_bucket_is_no_risk() -> None:
    assert combine([], W).score == 0.0


def test_one_bucket_is_its_own_score() -> None:
    found = combine([scored(10, 72.5, 90)], W)
    assert (found.low, found.score, found.high, found.band) == (10, 72.5, 90, Severity.HIGH)


def test_others_add_a_little() -> None:
    found = combine([scored(70, 70, 70)] * 11, W)
    assert 70 < found.score < 76
    assert round(found.terms["worst"] + found.terms["others"], 1) == found.score


@given(scores)
def test_never_below_the_worst_nor_over_100(some: list[RiskScore]) -> None:
    found = combine(some, W)
    assert max((one.score for one in some), default=0) <= found.score <= 100
    assert found.low <= found.score <= found.high


@given(scores)
def test_the_order_does_not_matter(some: list[RiskScore]) -> None:
    assert combine(some, W) == combine(reversed(some), W)


@given(scores, st.data())
def test_a_worse_bucket_never_lowers_it(some: list[RiskScore], data: st.DataObject) -> None:
    if some:
        index = data.draw(st.integers(0, len(some) - 1))
        more = data.draw(st.integers(0, 300)) / 10
        one = some[index]
        worse = scored(*(min(100.0, value + more) for value in (one.low, one.score, one.high)))
        before, after = combine(some, W), combine([*some[:index], worse, *some[index + 1 :]], W)
        assert (before.low, before.score, before.high) <= (after.low, after.score, after.high)
