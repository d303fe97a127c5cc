"""A user's data policy: which data may lie where, in which regions, for how long."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifier.model import JSON
from classifier.risk import read_data


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataRule(_Data):
    """What holds for a place: buckets by name or tag, and the prefix.

    `allow` are categories and detectors (with `*`) that may lie there (None: all), `regions` where the bucket
    may be (None: anywhere), `retention_days` how long data is kept after its object was written last.
    """

    name: str = Field(min_length=1)
    buckets: tuple[str, ...] = ("*",)
    tags: dict[str, str] = {}
    prefix: str = ""
    allow: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    retention_days: int | None = Field(None, ge=1)

    def holds(self, bucket: str, key: str, tags: Mapping[str, str]) -> bool:
        """Whether the rule is about an object."""
        return (
            any(fnmatchcase(bucket, pattern) for pattern in self.buckets)
            and key.startswith(self.prefix)
            and all(fnmatchcase(tags.get(name, ""), value) for name, value in self.tags.items())
        )


class DataPolicy(_Data):
    """All rules; of those about an object the first counts."""

    version: str
    policies: tuple[DataRule, ...]

    @model_validator(mode="after")
    def _distinct(self) -> DataPolicy:
        names = [rule.name for rule in self.policies]
        if len(set(names)) < len(names):
            raise ValueError("two policies have the same name")
        return self

    def judge(
        self,
        bucket: str,
        key: str,
        tags: Mapping[str, str],
        region: str | None,
        detector: str | None,
        category: str | None,
        age_days: float | None,
    ) -> dict[str, JSON]:
        """Return what the policy says of a finding: {} where no rule is about its object.

        What is not known (the region, the age) is not judged.
        """
        rule = next((rule for rule in self.policies if rule.holds(bucket, key, tags)), None)
        if rule is None:
            return {}
        found: dict[str, JSON] = {"name": rule.name}
        if rule.allow is not None and detector is not None:
            found["allowed"] = any(name == category or fnmatchcase(detector, name) for name in rule.allow)
        if rule.regions is not None and region is not None:
            found["region_allowed"] = any(fnmatchcase(region, name) for name in rule.regions)
        if rule.retention_days is not None and age_days is not None:
            found["days_over"] = max(0, int(age_days) - rule.retention_days)
            found["kept_too_long"] = found["days_over"] > 0
        return found


NO_POLICY = DataPolicy(version="", policies=())


def load_data_policy(path: Path | None) -> DataPolicy:
    """Return the policy of a file (None: no policy). Raises PackError (`FILE:LINE: what is wrong`)."""
    return NO_POLICY if path is None else read_data(path, DataPolicy)
