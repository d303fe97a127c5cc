"""What a run took: requests, stored bytes and cost, and what its samples say, in words."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.config import Settings
from classifier.model import JSON
from classifier.run.budget import Budget
from classifier.run.prices import Prices
from classifier.run.totals import Totals

_SENTENCES = 5


def usage(totals: Sequence[Totals], budget: Budget, prices: Prices, settings: Settings) -> dict[str, JSON]:
    """Return what was sent and read; `cost` is in US dollars by the prices of `prices_date`."""
    control = budget.control
    reading = sum(total.cost(prices, settings.transfer_price) for total in totals)
    return {
        "requests": control.requests + sum(total.design.requests for total in totals),
        "bytes": sum(total.design.bytes for total in totals),
        "cost": round(control.cost + reading, 6),
        "prices_date": prices.date,
        "prices_region": prices.region,
    }


def _notes(total: Totals) -> list[str]:
    """Return what else a reader of a target's results must know."""
    scope = total.scope
    notes = list(scope.notes)
    waiting, since = scope.uploads
    if waiting > 0:
        notes.append(
            f"{scope.target}: {waiting:,} multipart uploads were never completed, the oldest of {since}; "
            "their parts are stored, and nobody can read or scan them"
        )
    return notes


def said(totals: Sequence[Totals]) -> list[str]:
    """Return a sentence for each target of which not all was read; the rest of many is in buckets.jsonl."""
    sentences = [total.design.sentence(str(total.scope.target)) for total in totals if total.design.chosen]
    told = [sentence for sentence in sentences if sentence]
    left = len(told) - _SENTENCES
    noted = [note for total in totals for note in _notes(total)]
    return noted + told[:_SENTENCES] + ([f"and {left:,} more targets, in buckets.jsonl"] if left > 0 else [])
