"""Overlaps, resolved in one go and one by one."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.detect import Detector
from classifier.detect.confirm import Plan, Span
from classifier.detect.overlap import resolve

Load = Callable[..., tuple[Detector, ...]]
SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=40)


def _apart(pairs: list[tuple[int, int]]) -> list[Span]:
    """Return spans one after the other, as one detector has them."""
    spans, at = [], 0
    for gap, length in pairs:
        spans.append((at + gap, at + gap, at + gap + length))
        at += gap + length
    return spans


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.tuples(SPANS, SPANS, SPANS))
def test_the_strongest_stay(load: Load, pairs: tuple[list[tuple[int, int]], ...]) -> None:
    tiers = ("pattern", "verified", "pattern")
    severities = (["Low"] * 3, ["Low"] * 3, ["High"] * 3)
    detectors = load(
        *({"id": f"D{n}", "exact": f"x{n}", "tier": tiers[n], "severity": severities[n]} for n in range(3))
    )
    plans = [Plan(detector, n, (), reported=True) for n, detector in enumerate(detectors)]
    matches = {n: spans for n, item in enumerate(pairs) if (spans := _apart(item))}
    ranked = sorted(
        (tiers[n] != "verified", start - end, severities[n][0] != "High", n, start, end, position)
        for n, spans in matches.items()
        for position, (_, start, end) in enumerate(spans)
    )
    kept: list[tuple[int, int]] = []
    expected: set[tuple[int, int]] = set()
    for *_, n, start, end, position in ranked:
        if any(low < end and start < high for low, high in kept):
            expected.add((n, position))
        else:
            kept.append((start, end))
    losers, blame = resolve(plans, matches)
    assert {(n, position) for n, positions in losers.items() for position in positions} == expected
    assert {(loser, position) for _, loser, position in blame} == expected
    assert all(winner != loser for winner, loser, _ in blame)
