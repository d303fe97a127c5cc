"""Rule packs: the shipped ones (patterns/alerts*.yaml), the user's, and Sigma's rules; typed and checked."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from classifier.alerts.checks import Check, Checks, Severities, load_checks
from classifier.alerts.conditions import Condition, Holds, Major
from classifier.alerts.language import sigma
from classifier.alerts.language.detection import WrongRule
from classifier.alerts.language.indexes import CLOUDTRAIL
from classifier.alerts.language.rule import (
    RULE_ID,
    Degree,
    LanguageRule,
    RuleShape,
    Technique,
    compiled,
)
from classifier.errors import PackError
from classifier.model import JSON, Alert, AlertCategory
from classifier.shipped import shipped
from classifier.tree import compose, construct, line_of

ALWAYS_GIVEN = frozenset({"bucket", "key", "findings"})
MOST_FILES = 10_000
Model = TypeVar("Model", bound=BaseModel)


class Rule(BaseModel):
    """What raises an alert, how severe it is, and what it says.

    The texts hold {names} of what the condition gives, of the bucket, of the most telling key and of the
    findings; `remediation` gets them quoted for a POSIX shell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=RULE_ID)
    category: AlertCategory
    kind: Literal["basic", "predictive", "custom"] = "basic"
    enabled: bool = True
    condition: Condition = Field(alias="if")
    severity: dict[str, Degree]
    title: str
    narrative: str
    remediation: str
    attack: tuple[Technique, ...]

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


class Change(BaseModel):
    """What a user's pack changes of a rule of another pack: whether it runs, how severe it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    enabled: bool | None = None
    severity: Degree | dict[str, Degree] | None = None
    reason: str = ""


class Suppression(BaseModel):
    """Alerts that are to be quiet: of rules, buckets and keys (`*` for any letters), with the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    bucket: str = "*"
    key: str = "*"
    reason: str = Field(min_length=1)
    who: str = ""
    until: date | None = None  # the last day

    def holds(self, alert: Alert, today: date) -> bool:
        """Whether an alert is to be quiet today."""
        return (
            fnmatchcase(alert.rule, self.rule)
            and fnmatchcase(alert.bucket, self.bucket)
            and (self.key == "*" or fnmatchcase(alert.key or "", self.key))
            and (self.until is None or today <= self.until)
        )


class _Pack(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    major: Major | None = None
    rules: tuple[dict[str, JSON], ...] = ()
    changes: tuple[Change, ...] = ()
    suppressions: tuple[Suppression, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules: those with a condition of our own (`rules`) and those of the language.

    `versions` are the packs' by file name; `places` the file and line of each rule.
    """

    version: str
    major: Major
    rules: tuple[Rule, ...]
    checks: Checks
    language: tuple[LanguageRule, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()

    def behaviour(self, found: Iterable[Alert]) -> list[float]:
        """Return the severities of those alerts that tell of what somebody did."""
        acts = {rule.id for rule in self.language if rule.shape.behaviour or rule.index is CLOUDTRAIL}
        return [alert.severity for alert in found if alert.rule in acts]

    def suppressed(self, alert: Alert, today: date) -> Suppression | None:
        """Return what says that an alert is to be quiet today."""
        return next((one for one in self.suppressions if one.holds(alert, today)), None)


def shipped_rules() -> tuple[Path, ...]:
    """Return the shipped packs: alerts.yaml, which holds what is major, then the others by name."""
    first = shipped("patterns/alerts.yaml")
    return (first, *sorted(first.parent.glob("alerts_*.yaml")))


def load_rules(path: Path | None = None, extra: Iterable[Path] = ()) -> Rules:
    """Return the rules of `path` (default: the shipped packs) and of the user's packs `extra`.

    A pack of the user's adds rules and changes others; a folder stands for the YAML files in it, and a file
    may be a rule of Sigma's. Raises PackError (`FILE:LINE: what is wrong`).
    """
    loader = _Loader()
    for own in [path] if path else shipped_rules():
        loader.add(own, shipped=True)
    for given in extra:
        for file in _files(given):
            loader.add(file, shipped=False)
    return loader.rules()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in (".yml", ".yaml") and file.is_file())
    if not found or len(found) > MOST_FILES:
        raise PackError(f"{path}:1: a folder of rules holds 1 to {MOST_FILES:,} YAML files")
    return found


class _Loader:
    def __init__(self) -> None:
        self._checks = load_checks()
        self._suppressions: list[Suppression] = []
        self._version = ""
        self._major: Major | None = None
        self._rules: dict[str, Rule] = {}
        self._language: dict[str, LanguageRule] = {}
        self._versions: dict[str, str] = {}
        self._places: dict[str, tuple[str, int]] = {
            check.rule: (self._checks.file, check.line) for check in self._checks.checks
        }

    def add(self, path: Path, *, shipped: bool) -> None:
        root = compose(path)
        document = construct(path, root)
        if sigma.is_sigma(document):
            self._sigma(path, root, document)
            return
        pack = _valid(path, root, (), _Pack, document)
        self._version = self._version or pack.version
        self._major = self._major or pack.major
        self._versions[path.name] = pack.version
        for number, body in enumerate(pack.rules):
            at: tuple[str | int, ...] = ("rules", number)
            kind = {} if shipped else {"kind": body.get("kind", "custom")}
            if "detection" in body:
                shape = _valid(
                    path, root, at, RuleShape, body | (kind or {"kind": body.get("kind", "basic")})
                )
                self._add_language(path, root, at, shape)
            elif "if" in body:
                rule = _valid(path, root, at, Rule, body | kind)
                self._place(path, root, at, rule.id)
                self._rules[rule.id] = rule
            else:
                raise PackError(f"{path}:{line_of(root, at)}: a rule has a detection, or an if")
        self._suppressions += pack.suppressions
        for number, change in enumerate(pack.changes):
            self._change(path, root, ("changes", number), change)

    def rules(self) -> Rules:
        if self._major is None:
            raise PackError("the rules' packs do not say what is major")
        return Rules(
            self._version,
            self._major,
            tuple(self._rules.values()),
            self._checks,
            tuple(self._language.values()),
            self._versions,
            self._places,
            tuple(self._suppressions),
        )

    def _sigma(self, path: Path, root: yaml.Node, document: JSON) -> None:
        try:
            body = sigma.shape_of(document)
        except WrongRule as error:
            raise PackError(f"{path}:{line_of(root, error.keys)}: {error}") from None
        self._add_language(path, root, (), _valid(path, root, (), RuleShape, body))

    def _add_language(self, path: Path, root: yaml.Node, at: Sequence[str | int], shape: RuleShape) -> None:
        self._place(path, root, at, shape.id)
        try:
            rule = compiled(shape, str(path), line_of(root, at))
        except WrongRule as error:
            keys = (*at, *error.keys)
            raise PackError(f"{path}:{line_of(root, keys)}: {_spelled(keys)}: {error}") from None
        self._language[shape.id] = rule

    def _place(self, path: Path, root: yaml.Node, at: Sequence[str | int], rule: str) -> None:
        line = line_of(root, at)
        if rule in self._places:
            first, where = self._places[rule]
            raise PackError(f"{path}:{line}: more than one rule has the id {rule}: also {first}:{where}")
        self._places[rule] = (str(path), line)

    def _change(self, path: Path, root: yaml.Node, at: Sequence[str | int], change: Change) -> None:
        wrong = f"{path}:{line_of(root, at)}"
        if change.rule in self._rules:
            self._rules[change.rule] = _changed(wrong, self._rules[change.rule], change)
        elif change.rule in self._language:
            rule = self._language[change.rule]
            given: dict[str, JSON] = {}
            if change.enabled is not None:
                given["enabled"] = change.enabled
            if isinstance(change.severity, dict):
                raise PackError(f"{wrong}: the severity of {change.rule} is one number")
            if change.severity is not None:
                given |= {"severity": change.severity, "severities": ()}
            shape = rule.shape.model_copy(update=given)
            cases = () if change.severity is not None else rule.cases
            self._language[change.rule] = replace(rule, shape=shape, cases=cases)
        elif any(change.rule == check.rule for check in self._checks.checks):
            checks = (
                _changed_check(wrong, check, change) if check.rule == change.rule else check
                for check in self._checks.checks
            )
            self._checks = replace(self._checks, checks=tuple(checks))
        else:
            raise PackError(f"{wrong}: there is no rule {change.rule}; `alerts rules list` shows all")


def _changed(wrong: str, rule: Rule, change: Change) -> Rule:
    given: dict[str, JSON] = {}
    if change.enabled is not None:
        given["enabled"] = change.enabled
    if isinstance(change.severity, dict):
        unknown = sorted(change.severity.keys() - rule.severity.keys())
        if unknown:
            known = ", ".join(rule.severity)
            raise PackError(f"{wrong}: {rule.id} has no severity for {', '.join(unknown)}; it has {known}")
        given["severity"] = rule.severity | change.severity
    elif change.severity is not None:
        given["severity"] = dict.fromkeys(rule.severity, change.severity)
    return rule.model_copy(update=given)


def _changed_check(wrong: str, check: Check, change: Change) -> Check:
    told = change.severity
    before = check.shape.severity.model_dump()
    if isinstance(told, dict) and not told.keys() <= before.keys():
        raise PackError(f"{wrong}: {check.rule} has a severity for {', '.join(before)}")
    given = told if isinstance(told, dict) else {} if told is None else dict.fromkeys(before, told)
    shape = check.shape.model_copy(update={"severity": Severities(**(before | given))})
    enabled = check.enabled if change.enabled is None else change.enabled
    return replace(check, shape=shape, enabled=enabled)


def _valid(path: Path, root: yaml.Node, at: Sequence[str | int], model: type[Model], body: JSON) -> Model:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        keys = (*at, *first["loc"])
        raise PackError(f"{path}:{line_of(root, keys)}: {_spelled(keys)}: {first['msg']}") from None


def _spelled(keys: Sequence[str | int]) -> str:
    return ".".join(map(str, keys)) or "the file"
