"""Amazon Macie's sensitivity score of a bucket, and scores that a person has set by hand."""

from __future__ import annotations

import math
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from classifier.model import JSON, Coverage, RiskScore
from classifier.risk.datafile import read_data
from classifier.risk.weights import Weights, band_of

ERROR, EMPTY, NOT_ANALYSED = -1, 1, 50
_TYPES = 4  # kinds of data from which on there is nothing more to add
_DECADES = 4  # of occurrences


def sensitivity(
    coverage: Coverage, sensitive_objects: int, detectors: dict[str, int], *, failed: bool = False
) -> int:
    """Return the sensitivity of a bucket on Macie's scale; who reaches it does not count.

    -1: it could not be analysed; 1: empty; 1 to 49: not sensitive, higher where less was analysed; 50: not
    yet analysed; 51 to 99: sensitive, higher where more was analysed and more kinds and occurrences were
    found (https://docs.aws.amazon.com/macie/latest/user/discovery-scoring-s3.html). The formula is ours,
    Macie's is not published: 51 + 48 * analysed * the mean of the share of sensitive objects, kinds / 4, and
    log10(1 + occurrences) / 4.
    """
    if failed and not coverage.objects:
        return ERROR
    if not coverage.objects:
        return EMPTY
    analysed = (coverage.complete + coverage.partial) / coverage.objects
    if not analysed:
        return NOT_ANALYSED
    if not sensitive_objects:
        return max(EMPTY, min(49, round(49 - 48 * analysed)))
    amount = (
        min(1.0, sensitive_objects / (coverage.complete + coverage.partial))
        + min(1.0, len(detectors) / _TYPES)
        + min(1.0, math.log10(1 + sum(detectors.values())) / _DECADES)
    ) / 3
    return max(51, min(99, round(51 + 48 * analysed * amount)))


class Override(BaseModel):
    """A score that somebody set: which buckets (`*` for any letters), why, and until which day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bucket: str
    score: float = Field(ge=0, le=100)
    who: str = Field(min_length=1)
    why: str = Field(min_length=1)
    until: date

    def to_json(self) -> dict[str, JSON]:
        return self.model_dump(mode="json")


class Overrides(BaseModel):
    """The overrides of a file; of those of a bucket the first that still holds counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    overrides: tuple[Override, ...]

    def of(self, bucket: str, today: date) -> Override | None:
        """Return the override of a bucket that holds today."""
        return next(
            (one for one in self.overrides if today <= one.until and fnmatchcase(bucket, one.bucket)), None
        )


def load_overrides(path: Path | None) -> Overrides:
    """Return the overrides of a file (None: none). Raises PackError."""
    return Overrides(version="", overrides=()) if path is None else read_data(path, Overrides)


def overridden(found: RiskScore, override: Override | None, weights: Weights) -> RiskScore:
    """Return the score as somebody set it; what was computed stays among the terms."""
    if override is None:
        return found
    score = round(override.score, 1)
    terms = dict(found.terms) | {"computed": found.score, "override": score}
    return RiskScore(score, score, score, band_of(score, weights.bands), terms, found.weights_version)
