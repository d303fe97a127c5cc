"""Overlaps, resolved in one go and one by one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.detect import Classifier, Detector
from classifier.detect.confirm import Plan, Span
from classifier.detect.overlap import doubled, resolve
from classifier.detect.spans import Spans

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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(SPANS, st.integers(0, 3)), min_size=3, max_size=3), st.integers(0, 2))
def test_many_and_few_are_ranked_alike(
    load: Load, drawn: list[tuple[list[tuple[int, int]], int]], verified: int
) -> None:
    """The one of a value that `doubled` lets stay is the one that `resolve` does."""
    detectors = load(
        *(
            {"id": f"D{n}", "exact": f"x{n}", "tier": "verified" if n == verified else "context"}
            for n in range(3)
        )
    )
    plans = [Plan(detector, n, (), reported=True) for n, detector in enumerate(detectors)]
    places = sorted({(at, at + size) for pairs, _ in drawn for at, size in pairs})
    alone = [(4 * n, 4 * n, 4 * n + 1 + (end - start) % 3) for n, (start, end) in enumerate(places)]
    matches = {
        n: [span for at, span in enumerate(alone) if at % (told + 1) == 0]
        for n, (_, told) in enumerate(drawn)
    }
    matches = {n: spans for n, spans in matches.items() if spans}
    many = {n: Spans(*np.array(spans, dtype=np.int64).T) for n, spans in matches.items()}

    def telling(index: int, span: Span) -> int:
        return (span[1] // 4 * (index + 1) + drawn[index][1]) % 3

    losers, _ = resolve(plans, matches, telling)
    answer = doubled(
        plans, many, lambda index, spans: np.array([telling(index, span) for span in spans], dtype=np.int64)
    )
    assert {
        (index, position) for index, told in answer.items() for position in np.flatnonzero(told >= 0).tolist()
    } == {(index, position) for index, positions in losers.items() for position in positions}


@pytest.mark.parametrize(
    "text, winner",
    [
        ("north pass number 123456", "NORTH"),
        ("south pass number 123456", "SOUTH"),
        ("pass number 123456", "NORTH"),
        ("north pass, south pass 123456", "SOUTH"),
        ("pass number of the south pass: 123456", "SOUTH"),
    ],
)
@pytest.mark.parametrize("copies", [1, 200], ids=["few", "many"])
def test_the_keyword_that_tells_most_decides(load: Load, text: str, winner: str, copies: int) -> None:
    detectors = load(
        *(
            {
                "id": name.upper(),
                "number": "[0-9]{6}",
                "tier": "context",
                "confidence": {"keyword": 0.7},
                "keywords": {"words": [*words, "pass number"], "before": 40, "after": 0},
            }
            for name, words in {
                "north": ["north pass"],
                "south": ["south pass"],
                "east": ["east pass"],
                "west": ["west pass"],
            }.items()
        )
    )
    data = f"{text} {'.' * 60}\n".encode() * copies
    found = Classifier(detectors, bytes(32), max_occurrences=0).classify(data)
    assert [match.detector for match in found] == [winner] * copies
