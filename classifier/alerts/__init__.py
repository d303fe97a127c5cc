"""Findings, access and posture to alerts in 13 categories. The rules are in patterns/alerts*.yaml."""

from classifier.alerts.checks import Checks, examined, load_checks
from classifier.alerts.datapolicy import DataPolicy, load_data_policy
from classifier.alerts.evaluate import evaluate, in_order
from classifier.alerts.evidence import BucketEvidence
from classifier.alerts.facts import Before, BucketFacts
from classifier.alerts.objects import ObjectAlerts
from classifier.alerts.rules import Rule, Rules, load_rules, shipped_rules

__all__ = [
    "Before",
    "BucketEvidence",
    "BucketFacts",
    "Checks",
    "DataPolicy",
    "ObjectAlerts",
    "Rule",
    "Rules",
    "evaluate",
    "examined",
    "in_order",
    "load_checks",
    "load_data_policy",
    "load_rules",
    "shipped_rules",
]
