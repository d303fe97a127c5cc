"""The rule language: what docs/alerts.md describes. It knows nothing of scans and trails, only of records.

rules = [rule for rule in load_rules().language if rule.index is CLOUDTRAIL]     (classifier.alerts)
evaluator = Evaluator(CLOUDTRAIL, rules, lists={"tor": addresses})
for event in events:
    hits += evaluator.feed(event)
hits += evaluator.finish()
alerts = alerts_of(hits, weights.alert_bands)
"""

from classifier.alerts.language.detection import WrongRule
from classifier.alerts.language.evaluate import Evaluator, Hit, Watch, evaluate
from classifier.alerts.language.fields import Record, values_at
from classifier.alerts.language.indexes import BUCKETS, CLOUDTRAIL, FINDINGS, INDEXES, Index, record_of
from classifier.alerts.language.rule import Count, Example, LanguageRule, RuleShape, compiled, seconds_of
from classifier.alerts.language.tell import AlertFold, alert_of, alerts_of
from classifier.alerts.language.values import Lists

__all__ = [
    "BUCKETS",
    "CLOUDTRAIL",
    "FINDINGS",
    "INDEXES",
    "AlertFold",
    "Count",
    "Evaluator",
    "Example",
    "Hit",
    "Index",
    "LanguageRule",
    "Lists",
    "Record",
    "RuleShape",
    "Watch",
    "WrongRule",
    "alert_of",
    "alerts_of",
    "compiled",
    "evaluate",
    "record_of",
    "seconds_of",
    "values_at",
]
