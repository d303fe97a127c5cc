"""What a run goes by from its beginning on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from classifier import alerts, risk
from classifier.config import Settings
from classifier.model import DetectorInfo
from classifier.report import timestamp
from classifier.run.budget import Budget
from classifier.run.prices import Prices, load_prices


@dataclass(frozen=True, slots=True)
class Basis:
    """A run's name and beginning, its settings, and what it judges by."""

    id: str
    started: datetime
    settings: Settings = field(repr=False)
    infos: Mapping[str, DetectorInfo]
    weights: risk.Weights
    rules: alerts.Rules
    policy: alerts.DataPolicy
    overrides: risk.Overrides
    prices: Prices
    budget: Budget

    @property
    def time(self) -> str:
        """Its beginning, as reports spell it."""
        return timestamp(self.started)


def basis(run_id: str, started: datetime, settings: Settings, infos: Mapping[str, DetectorInfo]) -> Basis:
    """Load what a run judges by. Raises UsageError for what is wrong in the user's files."""
    prices = load_prices(settings.prices)
    return Basis(
        run_id,
        started,
        settings,
        infos,
        risk.load_weights(),
        alerts.load_rules(extra=settings.rules),
        alerts.load_data_policy(settings.data_policy),
        risk.load_overrides(settings.risk_overrides),
        prices,
        Budget(settings, prices),
    )
