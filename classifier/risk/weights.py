"""The weights of the score: patterns/risk.yaml, typed and checked."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifier.model import Severity
from classifier.risk.datafile import read_data
from classifier.shipped import shipped

Reach = Literal["internal", "external", "public"]
Share = Annotated[float, Field(ge=0, le=1)]
Points = Annotated[float, Field(ge=0, le=100)]
Decades = Annotated[float, Field(gt=0)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountScale(_Data):
    """How the number of occurrences weighs: `floor` for none, 1 from 10**`decades` on."""

    floor: Share
    decades: Decades


class VolumeScale(_Data):
    """How the amount of sensitive data weighs: `base` for none, 1 from 10**`decades` on."""

    base: Share
    decades: Decades


class Level(_Data):
    """A class of people who reach data, with its weight.

    `public`: anyone, or anyone with an AWS account; `reach`: who gets at the content, not only at names.
    """

    name: str
    weight: Share
    public: bool
    reach: Reach


class LevelRule(_Data):
    """The level that grants to `principals` mean when each group of `needs` has an action among theirs.

    `at_most` is the level that they may amount to, where that is wider.
    """

    principals: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    level: str
    at_most: str | None = None


class ExposureWeights(_Data):
    """The levels and how grants lead to them."""

    base: Share
    levels: tuple[Level, ...]
    rules: tuple[LevelRule, ...]
    unknown_public: str
    unknown_shared: str
    lean: Share

    @model_validator(mode="after")
    def _named(self) -> Self:
        if list(self.levels) != sorted(self.levels, key=lambda level: level.weight):
            raise ValueError("levels must stand in the order of their weights")
        used = [rule.level for rule in self.rules] + [rule.at_most for rule in self.rules if rule.at_most]
        used += [self.unknown_public, self.unknown_shared]
        used += ["local", "private", "unknown_account"]
        if any(level.reach == "public" and not level.public for level in self.levels):
            raise ValueError("a level that everybody reaches must be public")
        missing = sorted(set(used) - {level.name for level in self.levels})
        if missing:
            raise ValueError(f"no such level: {', '.join(missing)}")
        return self

    @cached_property
    def by_name(self) -> dict[str, Level]:
        """The levels by name."""
        return {level.name: level for level in self.levels}

    @cached_property
    def by_kind(self) -> dict[str, tuple[LevelRule, ...]]:
        """The rules for each kind of principal, in their order."""
        kinds = {kind for rule in self.rules for kind in rule.principals}
        return {kind: tuple(rule for rule in self.rules if kind in rule.principals) for kind in kinds}

    @cached_property
    def rank(self) -> dict[str, int]:
        """The place of each level in the list, narrowest first."""
        return {level.name: index for index, level in enumerate(self.levels)}


class Hardening(_Data):
    """What each control takes off the exposure, where that is below `below`."""

    each: Share
    below: Share
    controls: tuple[str, ...]

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.each * len(self.controls) >= 1:
            raise ValueError("all controls together would leave no exposure")
        return self


class Floors(_Data):
    """Scores that certain facts never fall below."""

    public: Points
    live_credential: Points
    public_sensitive: Points
    public_sensitive_content: Share
    public_live_credential: Points


class UnreadWeights(_Data):
    """What is assumed of content that was not read."""

    sensitivity: Share
    partial: Share


class BehaviourWeights(_Data):
    """How alerts about what somebody did weigh: `each` of one of severity 10, `share` of all together."""

    each: Share
    share: Share


class Aggregation(_Data):
    """How much the buckets beside the worst one add."""

    each: Share
    most: Share


class Bands(_Data):
    """The lowest value of each band; what is lower than Low is Informational."""

    critical: Points = Field(alias="Critical")
    high: Points = Field(alias="High")
    medium: Points = Field(alias="Medium")
    low: Points = Field(alias="Low")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.medium < self.high < self.critical:
            raise ValueError("bands must rise from Low to Critical")
        return self


class Weights(_Data):
    """Every number of the risk formula. `version` goes into every report."""

    version: str
    count: CountScale
    volume: VolumeScale
    exposure: ExposureWeights
    hardening: Hardening
    floors: Floors
    behaviour: BehaviourWeights
    unread: UnreadWeights
    aggregation: Aggregation
    bands: Bands
    alert_bands: Bands


def load_weights(path: Path | None = None) -> Weights:
    """Return the weights of `path` (default: the shipped patterns/risk.yaml). Raises PackError."""
    return read_data(path or shipped("patterns/risk.yaml"), Weights)


def band_of(value: float, bands: Bands) -> Severity:
    """Return the band of a score (`Weights.bands`) or of an alert's severity (`Weights.alert_bands`)."""
    for lowest, band in (
        (bands.critical, Severity.CRITICAL),
        (bands.high, Severity.HIGH),
        (bands.medium, Severity.MEDIUM),
        (bands.low, Severity.LOW),
    ):
        if value >= lowest:
            return band
    return Severity.INFORMATIONAL
