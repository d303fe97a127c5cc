"""Results of checks to alerts: failed ones, those to review together, and those that could not be made."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from classifier.alerts import words
from classifier.alerts.checks import Check, Checks
from classifier.alerts.conditions import Major
from classifier.alerts.evidence import Selection
from classifier.alerts.facts import BucketFacts, alert_id
from classifier.model import Alert, AlertCategory, CheckStatus
from classifier.risk import Weights, band_of

_MOST_NAMED = 8


class _HasChecks(Protocol):
    @property
    def checks(self) -> Checks: ...
    @property
    def major(self) -> Major: ...


def check_alerts(facts: BucketFacts, rules: _HasChecks, weights: Weights, moment: str) -> Iterator[Alert]:
    """Yield the alerts of a bucket's results."""
    checks = rules.checks
    by_id = checks.by_id()
    results = facts.checks or ()
    failed = [by_id[result.id] for result in results if result.status is CheckStatus.FAIL]
    unknown = [by_id[result.id] for result in results if result.status is CheckStatus.UNKNOWN]
    everything = facts.evidence.select()
    teller = _Teller(facts, everything, rules.major.holds(everything), weights, moment)
    for check in failed:
        if check.shape.alert is not None:
            yield teller.own(check)
    lesser = [check for check in failed if check.shape.alert is None]
    if lesser:
        yield teller.review(checks, lesser)
    if unknown:
        yield teller.unknown(checks, unknown)


class _Teller:
    def __init__(
        self,
        facts: BucketFacts,
        selection: Selection | None,
        sensitive: bool,
        weights: Weights,
        moment: str,
    ) -> None:
        self._facts = facts
        self._selection = selection
        self._sensitive = sensitive
        self._weights = weights
        self._moment = moment
        self._told = {
            "bucket": words.plain(facts.name),
            "data": words.data(selection, facts.coverage, facts.error),
        }

    def own(self, check: Check) -> Alert:
        alert = check.shape.alert
        assert alert is not None
        return self._alert(
            alert.rule,
            alert.category,
            self._severity([check]),
            [alert.title, alert.narrative],
            check.remediation(self._facts.name),
            attack=alert.attack,
        )

    def review(self, checks: Checks, lesser: Sequence[Check]) -> Alert:
        self._told |= {"count": f"{len(lesser)}", "checks": _named(lesser)}
        parts = [f"# {check.shape.title}\n\n{check.remediation(self._facts.name)}" for check in lesser]
        return self._alert(
            checks.review.rule,
            AlertCategory.CONFIG_COMPLIANCE,
            self._severity(lesser),
            [checks.review.title, checks.review.narrative],
            "\n\n".join(parts),
            count=len(lesser),
        )

    def unknown(self, checks: Checks, unknown: Sequence[Check]) -> Alert:
        posture = self._facts.posture
        failed = sorted(posture.unreadable.items()) if posture else []
        problems = [f"{operation} failed with {code}" for operation, code in failed]
        self._told |= {
            "checks": _named(unknown),
            "problems": words.series(problems or ["the configuration was not read"]),
        }
        told = checks.unknown
        return self._alert(
            told.rule,
            AlertCategory.CONFIG_COMPLIANCE,
            told.severity,
            [told.title, told.narrative],
            told.remediation.replace("{bucket}", shlex.quote(self._facts.name)),
            count=len(unknown),
            findings=False,
        )

    def _severity(self, checks: Iterable[Check]) -> float:
        levels = [check.shape.severity for check in checks]
        return max(level.sensitive if self._sensitive else level.bare for level in levels)

    def _alert(
        self,
        rule: str,
        category: AlertCategory,
        severity: float,
        texts: Sequence[str],
        remediation: str,
        *,
        attack: Sequence[str] = (),
        count: int = 1,
        findings: bool = True,
    ) -> Alert:
        top = self._selection.top if self._selection and findings else ()
        title, story = (text.format(**self._told) for text in texts)
        return Alert(
            alert_id=alert_id(rule, self._facts),
            category=category,
            rule=rule,
            kind="basic",
            severity=severity,
            band=band_of(severity, self._weights.alert_bands),
            bucket=self._facts.target.bucket,
            key=top[0].key if top else None,
            actor=None,
            first_seen=self._moment,
            last_seen=self._moment,
            count=count,
            evidence=tuple(finding.finding_id for finding in top),
            narrative=f"{title} {story[:1].upper()}{story[1:]}",
            attack=tuple(attack),
            remediation=remediation,
        )


def _named(checks: Sequence[Check]) -> str:
    return words.series([check.id.replace("-", " ") for check in checks], most=_MOST_NAMED)
