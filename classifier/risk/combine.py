"""The score of an account or a run: its worst bucket, and a little for the others."""

from __future__ import annotations

import math
from collections.abc import Iterable

from classifier.model import RiskScore
from classifier.risk.weights import Weights, band_of


def combine(scores: Iterable[RiskScore], weights: Weights) -> RiskScore:
    """Return the score of many buckets: never below the worst, the same in any order, 0 for none.

    `worst + (100 - worst) * most * (1 - product over the others of (1 - each * score / 100))`, for the
    score and for both ends of its interval.
    """
    members = list(scores)
    worst, added = _joined([member.score for member in members], weights)
    low, high = (
        round(sum(_joined(values, weights)), 1)
        for values in ([member.low for member in members], [member.high for member in members])
    )
    total = round(worst + added, 1)
    terms = {"worst": worst, "others": added, "buckets": float(len(members))}
    return RiskScore(total, low, high, band_of(total, weights.bands), terms, weights.version)


def _joined(values: list[float], weights: Weights) -> tuple[float, float]:
    """Return the worst value and what the others add to it."""
    if not values:
        return 0.0, 0.0
    worst, *others = sorted(values, reverse=True)
    scale = weights.aggregation
    share = 1 - math.prod(1 - scale.each * value / 100 for value in others)
    return worst, round((100 - worst) * scale.most * share, 6)
