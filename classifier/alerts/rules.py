"""The built-in rules: patterns/alerts.yaml, typed and checked."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifier.alerts.conditions import Condition, Holds, Major
from classifier.model import AlertCategory
from classifier.risk import read_data
from classifier.shipped import shipped

ALWAYS_GIVEN = frozenset({"bucket", "key", "findings"})
Degree = Annotated[float, Field(ge=0.1, le=10)]


class Rule(BaseModel):
    """What raises an alert, how severe it is, and what it says.

    The texts hold {names} of what the condition gives, of the bucket, of the most telling key and of the
    findings; `remediation` gets them quoted for a POSIX shell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    category: AlertCategory
    kind: Literal["basic", "predictive", "custom"] = "basic"
    condition: Condition = Field(alias="if")
    severity: dict[str, Degree]
    title: str
    narrative: str
    remediation: str
    attack: tuple[Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")], ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        condition = self.condition
        needed = set(condition.reach) if isinstance(condition, Holds) else set(condition.degrees)
        allowed = needed | {f"{name}_minor" for name in needed & set(condition.optional_degrees)}
        if not needed <= set(self.severity) <= allowed:
            raise ValueError(f"severity must be given for {', '.join(sorted(needed))}")
        given = ALWAYS_GIVEN | condition.gives
        for text in (self.title, self.narrative, self.remediation):
            for _, name, spec, conversion in string.Formatter().parse(text):
                if name is not None and (name not in given or spec or conversion):
                    raise ValueError(f"no such name as {{{name}}}; there are {', '.join(sorted(given))}")
        return self


class Rules(BaseModel):
    """All rules. `version` changes with any of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    major: Major
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"more than one rule has the id {', '.join(twice)}")
        return self


def load_rules(path: Path | None = None) -> Rules:
    """Return the rules of `path` (default: the shipped patterns/alerts.yaml). Raises PackError."""
    return read_data(path or shipped("patterns/alerts.yaml"), Rules)
