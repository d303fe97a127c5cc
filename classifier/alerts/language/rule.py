"""Rules of the language as their YAML has them, typed, and compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from classifier.alerts.language.condition import condition_of
from classifier.alerts.language.detection import Matcher, WrongRule, selection_of
from classifier.alerts.language.fields import Path, path_of
from classifier.alerts.language.indexes import INDEXES, Index
from classifier.model import JSON, AlertCategory

Degree = Annotated[float, Field(ge=0.1, le=10)]
Technique = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")]
RULE_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
MOST_SECONDS = 400 * 86_400
_DURATION = re.compile(r"([1-9]\d{0,6})(s|m|h|d)")
_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
NAME = re.compile(r"\{([A-Za-z_][\w.:-]*)\}")
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{[A-Za-z_][\w.:-]*\}")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountShape(_Shape):
    """How many records (or values of the field `of`) of one group are met, and within which time."""

    of: str | None = None
    by: tuple[str, ...] = ()
    at_least: int = Field(ge=1, le=1_000_000)
    within: str | None = None

    @field_validator("within", mode="after")
    @classmethod
    def _time(cls, value: str | None) -> str | None:
        if value is not None:
            seconds_of(value)
        return value


class Case(_Shape):
    """Another severity, where a condition over the rule's selections is met."""

    condition: str = Field(alias="if")
    severity: Degree


class Example(_Shape):
    """A test of a rule: records of its index, and how many alerts they must raise."""

    name: str
    records: tuple[dict[str, Any], ...] = Field(min_length=1)
    alerts: int = Field(ge=0)
    lists: dict[str, tuple[str, ...]] = {}


class RuleShape(_Shape):
    """A rule as it stands in a pack."""

    id: str = Field(pattern=RULE_ID, max_length=100)
    index: Literal["cloudtrail", "buckets", "findings"]
    category: AlertCategory
    kind: Literal["basic", "predictive", "custom"] = "custom"
    severity: Degree
    severities: tuple[Case, ...] = ()
    enabled: bool = True
    behaviour: bool = False  # it tells of what somebody did, which the risk of the bucket counts
    title: str = Field(min_length=1)
    narrative: str = ""
    remediation: str = Field(min_length=1)
    attack: tuple[Technique, ...] = ()
    references: tuple[str, ...] = ()
    detection: dict[str, Any]
    count: CountShape | None = None
    tests: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _texts(self) -> Self:
        for text in (self.title, self.narrative, self.remediation):
            if re.search(r"[{}]", _LEFT_OVER.sub("", text)):
                raise ValueError(
                    "a brace that stands for itself is written twice; {FIELD} holds a field's value"
                )
        return self


@dataclass(frozen=True, slots=True)
class Count:
    """See CountShape; `within` is in seconds, None: over everything that is evaluated together."""

    of: Path | None
    by: tuple[Path, ...]
    at_least: int
    within: float | None


@dataclass(frozen=True)
class LanguageRule:
    """A rule that is ready to be evaluated; `file` and `line` are where it was written."""

    shape: RuleShape
    matcher: Matcher
    cases: tuple[tuple[Matcher, float], ...]
    count: Count | None
    file: str = ""
    line: int = 0

    @property
    def id(self) -> str:
        return self.shape.id

    @property
    def category(self) -> AlertCategory:
        return self.shape.category

    @property
    def severity(self) -> float:
        """Without the cases."""
        return self.shape.severity

    @property
    def index(self) -> Index:
        """What the rule's records are."""
        return INDEXES[self.shape.index]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fields that the texts hold."""
        texts = (self.shape.title, self.shape.narrative, self.shape.remediation)
        return tuple(dict.fromkeys(name for text in texts for name in NAME.findall(text)))


def seconds_of(text: str) -> float:
    """Return the seconds of a time like 30s, 10m, 24h or 7d. Raises ValueError."""
    found = _DURATION.fullmatch(text)
    seconds = int(found[1]) * _UNIT[found[2]] if found else 0
    if not 0 < seconds <= MOST_SECONDS:
        raise ValueError("a time is like 30s, 10m, 24h or 7d, and at most 400d")
    return float(seconds)


def compiled(shape: RuleShape, file: str = "", line: int = 0) -> LanguageRule:
    """Return the rule of a shape. Raises WrongRule with the place in the rule's YAML."""
    detection = shape.detection
    condition = detection.get("condition")
    if not isinstance(condition, str):
        raise WrongRule(["detection", "condition"], "a detection has a condition, a text")
    selections = _selections(detection)
    if not selections:
        raise WrongRule(["detection"], "a detection has a selection beside its condition")
    matcher, counted = condition_of(["detection", "condition"], condition, selections)
    within = detection.get("timeframe")
    if counted is not None and shape.count is not None:
        raise WrongRule(["count"], "the count is told twice: in the condition too")
    if counted is not None:
        count = _count(["detection"], counted.of, counted.by, counted.at_least, within)
    elif shape.count is not None:
        told = shape.count
        count = _count(["count"], told.of, told.by, told.at_least, told.within or within)
    elif within is not None:
        raise WrongRule(["detection", "timeframe"], "a timeframe needs a count")
    else:
        count = None
    if count is not None and count.within is not None and not INDEXES[shape.index].time:
        raise WrongRule(["count"], f"records of {shape.index} have no time to count within")
    cases = []
    for number, case in enumerate(shape.severities):
        at: tuple[str | int, ...] = ("severities", number, "if")
        met, more = condition_of(at, case.condition, selections)
        if more is not None:
            raise WrongRule(at, "a case of the severity counts nothing")
        cases.append((met, case.severity))
    rule = LanguageRule(shape, matcher, tuple(cases), count, file, line)
    for name in rule.names:
        try:
            path_of(name)
        except ValueError as error:
            raise WrongRule([], str(error)) from None
    return rule


def _selections(detection: Mapping[str, JSON]) -> dict[str, Matcher]:
    found: dict[str, Matcher] = {}
    for name, body in detection.items():
        if name in ("condition", "timeframe"):
            continue
        if not re.fullmatch(r"[A-Za-z_][\w-]*", name) or name in ("and", "or", "not", "all", "of", "them"):
            raise WrongRule(["detection", name], f"a selection cannot be called {name!r}")
        found[name] = selection_of(["detection", name], body)
    return found


def _count(
    keys: Sequence[str | int], of: str | None, by: Sequence[str], at_least: int, within: str | None
) -> Count:
    try:
        return Count(
            path_of(of) if of else None,
            tuple(map(path_of, by)),
            at_least,
            None if within is None else seconds_of(str(within)),
        )
    except ValueError as error:
        raise WrongRule(keys, str(error)) from None
