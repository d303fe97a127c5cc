"""Checks of a bucket's configuration: patterns/posture.yaml, and the clauses they bear on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from classifier.alerts.facts import BucketFacts
from classifier.alerts.language.condition import condition_of
from classifier.alerts.language.detection import Matcher, WrongRule, selection_of
from classifier.alerts.language.fields import Record
from classifier.alerts.language.rule import RULE_ID, Degree, Technique
from classifier.alerts.record import bucket_record, lists_of
from classifier.errors import PackError
from classifier.model import AlertCategory, Category, CheckResult, CheckStatus
from classifier.risk import ContentReach, read_data
from classifier.shipped import shipped
from classifier.tree import compose, line_of
from classifier.visible import visible

Maps = dict[str, tuple[str, ...]]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Severities(_Data):
    """How severe a failed check is: without, and with sensitive data in the bucket."""

    bare: Degree
    sensitive: Degree


class CheckAlert(_Data):
    """The alert that a failed check raises by itself; the texts hold {bucket} and {data}."""

    rule: str = Field(pattern=RULE_ID)
    category: AlertCategory = AlertCategory.CONFIG_COMPLIANCE
    attack: tuple[Technique, ...] = ("T1530",)
    title: str
    narrative: str


class CheckShape(_Data):
    """A check as its file has it."""

    id: str = Field(pattern=RULE_ID)
    title: str
    rationale: str
    severity: Severities
    alert: CheckAlert | None = None
    applies: dict[str, Any] | None = None
    passes: dict[str, Any]
    notes: str = ""
    cli: str
    terraform: str
    maps: Maps


class Review(_Data):
    """The alert about failed checks without one; the texts hold {bucket}, {count}, {checks} and {data}."""

    rule: str = Field(pattern=RULE_ID)
    title: str
    narrative: str


class Unknown(_Data):
    """The alert about checks that could not be made; the texts hold {bucket}, {checks} and {problems}."""

    rule: str = Field(pattern=RULE_ID)
    severity: Degree
    title: str
    narrative: str
    remediation: str


class _Checks(_Data):
    version: str
    review: Review
    unknown: Unknown
    checks: tuple[CheckShape, ...]


class Framework(_Data):
    """A framework: its clauses by number, in short."""

    title: str
    source: str
    clauses: dict[str, str]


class ContentMap(_Data):
    """What data of some kind in some people's reach means for which clauses."""

    categories: frozenset[Category] = frozenset()
    detectors: tuple[str, ...] = ()
    exposure: frozenset[ContentReach]
    maps: Maps


class Compliance(_Data):
    """Both maps' clauses, and the map of content."""

    version: str
    frameworks: dict[str, Framework]
    macie: dict[str, tuple[str, ...]]  # Macie's type of policy finding → rules
    content: tuple[ContentMap, ...]

    @model_validator(mode="after")
    def _named(self) -> Self:
        for entry in self.content:
            self.look_up(entry.maps)
        return self

    def look_up(self, maps: Maps) -> None:
        """Raise ValueError for a framework or clause that is not there."""
        for name, clauses in maps.items():
            known = self.frameworks[name].clauses if name in self.frameworks else {}
            wrong = [clause for clause in clauses if clause not in known]
            if wrong or not known:
                raise ValueError(f"no such clause of {name}: {', '.join(wrong)}")

    def of(self, category: Category, detector: str, reach: ContentReach) -> Maps:
        """Return the clauses that a finding bears on, by framework, each once and in the maps' order."""
        found: dict[str, dict[str, None]] = {}
        for entry in self.content:
            if reach in entry.exposure and (
                category in entry.categories or any(fnmatchcase(detector, name) for name in entry.detectors)
            ):
                for name, clauses in entry.maps.items():
                    found.setdefault(name, {}).update(dict.fromkeys(clauses))
        return {name: tuple(clauses) for name, clauses in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class Check:
    """A check that is ready to be made."""

    shape: CheckShape
    passes: Matcher
    applies: Matcher | None
    line: int = 0
    enabled: bool = True

    @property
    def id(self) -> str:
        return self.shape.id

    @property
    def rule(self) -> str:
        """The name by which a user's pack changes it: its alert's, else its own."""
        return self.shape.alert.rule if self.shape.alert else self.shape.id

    def remediation(self, bucket: str) -> str:
        """Return what to do: what to look out for, then the commands."""
        name = shlex.quote(bucket)
        notes = self.shape.notes.replace("{bucket}", visible(bucket))
        return "\n\n".join(part for part in (notes, self.shape.cli.replace("{bucket}", name)) if part)


@dataclass(frozen=True, slots=True)
class Checks:
    """All checks, with the version of their file."""

    version: str
    file: str
    checks: tuple[Check, ...]
    review: Review
    unknown: Unknown
    compliance: Compliance

    def by_id(self) -> dict[str, Check]:
        """The checks by id."""
        return {check.id: check for check in self.checks}

    def run(self, record: Record, facts: BucketFacts) -> tuple[CheckResult, ...]:
        """Return the result of each check: what was not read makes it unknown, never passed."""
        lists = lists_of(facts)
        results = []
        for check in self.checks:
            if not check.enabled:
                continue
            applies = True if check.applies is None else check.applies.match(record, lists)
            if applies is False:
                status = CheckStatus.NOT_APPLICABLE
            else:
                passes = check.passes.match(record, lists) if applies else None
                status = _STATUS[passes]
            results.append(CheckResult(check.id, status))
        return tuple(results)


_STATUS: Mapping[bool | None, CheckStatus] = {
    True: CheckStatus.PASS,
    False: CheckStatus.FAIL,
    None: CheckStatus.UNKNOWN,
}


def examined(facts: BucketFacts, checks: Checks) -> BucketFacts:
    """Return the facts with the results of the checks; none for a local target or a bucket that is gone."""
    if facts.posture is None or facts.gone:
        return replace(facts, checks=())
    record = bucket_record(facts)
    return replace(facts, checks=checks.run(record, facts), record=record)


@lru_cache(maxsize=4)
def load_checks(path: Path | None = None, compliance: Path | None = None) -> Checks:
    """Return the checks of `path` and the clauses of `compliance` (default: the shipped files).

    Raises PackError.
    """
    source = path or shipped("patterns/posture.yaml")
    clauses = read_data(compliance or shipped("patterns/compliance.yaml"), Compliance)
    found = read_data(source, _Checks)
    root = compose(source)
    ids = [shape.id for shape in found.checks]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise PackError(f"{source}:1: more than one check has the id {', '.join(twice)}")
    checks = []
    for number, shape in enumerate(found.checks):
        line = line_of(root, ("checks", number))
        try:
            clauses.look_up(shape.maps)
            applies = None if shape.applies is None else _matcher(shape.applies)
            checks.append(Check(shape, _matcher(shape.passes), applies, line))
        except (WrongRule, ValueError) as error:
            raise PackError(f"{source}:{line}: {shape.id}: {error}") from None
    return Checks(found.version, str(source), tuple(checks), found.review, found.unknown, clauses)


def _matcher(detection: Mapping[str, Any]) -> Matcher:
    condition = detection.get("condition")
    if condition is None:
        return selection_of([], dict(detection))
    selections = {name: selection_of([name], body) for name, body in detection.items() if name != "condition"}
    return condition_of(["condition"], str(condition), selections)[0]
