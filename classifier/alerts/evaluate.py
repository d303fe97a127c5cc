"""Rules and facts to alerts, the most urgent first."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from classifier.alerts import words
from classifier.alerts.checks import examined
from classifier.alerts.conditions import Hit as Met
from classifier.alerts.facts import BucketFacts, alert_id
from classifier.alerts.language import BUCKETS, Evaluator, Hit, alerts_of
from classifier.alerts.record import bucket_record, lists_of
from classifier.alerts.rules import Rule, Rules
from classifier.alerts.settings import check_alerts
from classifier.model import Alert
from classifier.risk import Weights, band_of


def evaluate(buckets: Iterable[BucketFacts], rules: Rules, weights: Weights, *, moment: str) -> list[Alert]:
    """Return the alerts of all buckets, one at most for each rule and bucket, as `in_order` sorts them.

    `moment` is the run's time as reports spell it.
    """
    alerts: list[Alert] = []
    risks: dict[str, float] = {}
    language = Evaluator(BUCKETS, rules.language)
    for given in buckets:
        facts = given if given.checks is not None else examined(given, rules.checks)
        for alert in check_alerts(facts, rules, weights, moment):
            alerts.append(alert)
            risks[alert.alert_id] = facts.risk.score
        found = bucket_hits(language, facts) if language.watches else []
        for alert in alerts_of(found, weights.alert_bands, moment=moment, account=facts.account):
            alerts.append(alert)
            risks[alert.alert_id] = facts.risk.score
        for rule in rules.rules:
            hit = rule.condition.check(facts, rules.major) if rule.enabled else None
            if hit is not None:
                alert = _alert(rule, hit, facts, weights, moment)
                alerts.append(alert)
                risks[alert.alert_id] = facts.risk.score
    return in_order(alerts, risks)


def bucket_hits(language: Evaluator, facts: BucketFacts) -> list[Hit]:
    """Return the hits of the language's rules on a bucket; none on a bucket that is gone."""
    if facts.gone:
        return []
    record = facts.record or bucket_record(facts)
    return language.feed(record.data, record.unknown, lists_of(facts))


def in_order(alerts: Iterable[Alert], risks: Mapping[str, float]) -> list[Alert]:
    """Return the alerts by band, then by severity joined with the risk of their bucket, then by name.

    `risks` maps alert ids to their bucket's score of 0 to 100, which weighs as much as the severity.
    """

    def urgency(alert: Alert) -> tuple[int, float, str, str, str, str]:
        joined = alert.severity + risks.get(alert.alert_id, 0.0) / 10
        return (
            -alert.band.rank,
            -round(joined, 6),
            alert.category,
            alert.bucket,
            alert.rule,
            alert.alert_id,
        )

    return sorted(alerts, key=urgency)


def _alert(rule: Rule, hit: Met, facts: BucketFacts, weights: Weights, moment: str) -> Alert:
    severity = rule.severity.get(hit.degree)
    if severity is None:
        severity = rule.severity[hit.degree.removesuffix("_minor")]
    top = hit.findings.top if hit.findings else ()
    told = {
        **hit.words,
        "bucket": facts.name,
        "key": hit.key or "",
        "findings": words.findings(hit.findings, hit.fewer) if hit.findings else "no findings",
    }
    shown = {name: words.plain(text) if name in ("bucket", "key") else text for name, text in told.items()}
    quoted = {name: shlex.quote(text) for name, text in told.items()}
    story = rule.narrative.format(**shown)
    return Alert(
        alert_id=alert_id(rule.id, facts),
        category=rule.category,
        rule=rule.id,
        kind=rule.kind,
        severity=severity,
        band=band_of(severity, weights.alert_bands),
        bucket=facts.target.bucket,
        key=hit.key,
        actor=None,
        first_seen=moment,
        last_seen=moment,
        count=hit.count,
        evidence=tuple(finding.finding_id for finding in top),
        narrative=f"{rule.title.format(**shown)} {story[:1].upper()}{story[1:]}",
        attack=rule.attack,
        remediation=rule.remediation.format(**quoted),
    )
