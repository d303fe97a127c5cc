"""The alert rules of a run: shipped packs and the user's; listed, shown and tested."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from classifier import alerts, risk
from classifier.alerts.language import Evaluator, LanguageRule, alerts_of
from classifier.errors import UsageError

_MOMENT = "2026-01-01T00:00:00Z"


class RuleRow(NamedTuple):
    """A line of `alerts rules list`."""

    id: str
    category: str
    looks_at: str
    severity: str
    enabled: str
    title: str


def rule_rows(extra: Sequence[Path], pattern: str = "*") -> list[RuleRow]:
    """Return all rules whose id or category fits, sorted by category and id. Raises PackError, UsageError."""
    rules = alerts.load_rules(extra=extra)
    rows = [
        RuleRow(rule.id, rule.category, "buckets", _severity(rule), _enabled(rule.enabled), rule.title)
        for rule in rules.rules
    ]
    for told in rules.language:
        worst = max([told.severity, *(severity for _, severity in told.cases)])
        least = min([told.severity, *(severity for _, severity in told.cases)])
        severity = f"{least:g}" if worst == least else f"{least:g}–{worst:g}"
        shape = told.shape
        rows.append(
            RuleRow(shape.id, shape.category, shape.index, severity, _enabled(shape.enabled), shape.title)
        )
    found = [row for row in rows if fnmatchcase(row.id, pattern) or row.category.lower() == pattern.lower()]
    if not found:
        raise UsageError(f"no rule has an id or a category like {pattern!r}")
    return sorted(found, key=lambda row: (row.category, row.id))


def rules_of(extra: Sequence[Path]) -> alerts.Rules:
    """Return the shipped rules and those of the user's packs. Raises PackError."""
    return alerts.load_rules(extra=extra)


def _severity(rule: alerts.Rule) -> str:
    least, worst = min(rule.severity.values()), max(rule.severity.values())
    return f"{least:g}" if worst == least else f"{least:g}–{worst:g}"


def _enabled(enabled: bool) -> str:
    return "yes" if enabled else "no"


def rule_text(rule: str, extra: Sequence[Path]) -> str:
    """Return a rule as its pack has it, after a line that says where. Raises PackError, UsageError."""
    places = alerts.load_rules(extra=extra).places
    if rule not in places:
        raise UsageError(f"there is no rule {rule!r}; `alerts rules list` shows all")
    file, line = places[rule]
    lines = Path(file).read_text("utf-8").splitlines()
    body = [lines[line - 1]]
    indent = len(body[0]) - len(body[0].lstrip())
    for text in lines[line:]:
        if text.strip() and len(text) - len(text.lstrip()) <= indent and lines[line - 1].lstrip()[:1] == "-":
            break
        body.append(text)
    return "\n".join([f"# {file}:{line}", *body]).rstrip()


def try_rules(extra: Sequence[Path], pattern: str) -> tuple[list[str], int, int]:
    """Run the tests that stand in the rules; return what failed, the number of tests and of rules with some.

    A disabled rule is tested too. Raises PackError.
    """
    bands = risk.load_weights().alert_bands
    failures: list[str] = []
    tests = tested = 0
    for rule in alerts.load_rules(extra=extra).language:
        if not fnmatchcase(rule.id, pattern):
            continue
        tested += bool(rule.shape.tests)
        for example in rule.shape.tests:
            tests += 1
            raised = _raised(rule, example.records, example.lists, bands)
            if raised != example.alerts:
                where = f"{rule.file}:{rule.line}: {rule.id}: {example.name}"
                failures.append(f"{where}: {raised} alerts, not {example.alerts}")
    return failures, tests, tested


def _raised(
    rule: LanguageRule,
    records: Sequence[dict[str, object]],
    lists: dict[str, tuple[str, ...]],
    bands: risk.Bands,
) -> int:
    enabled = LanguageRule(
        rule.shape.model_copy(update={"enabled": True}), rule.matcher, rule.cases, rule.count
    )
    evaluator = Evaluator(rule.index, [enabled], {name: frozenset(found) for name, found in lists.items()})
    hits = [hit for record in records for hit in evaluator.feed(record)]
    return len(alerts_of([*hits, *evaluator.finish()], bands, moment=_MOMENT))
