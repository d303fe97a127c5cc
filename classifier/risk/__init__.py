"""Matches and exposure to a score of 0 to 100 with its terms. All numbers are in patterns/risk.yaml."""

from classifier.risk.accumulate import BucketRisk
from classifier.risk.combine import combine
from classifier.risk.controls import controls_of, failed_operations, statements
from classifier.risk.datafile import read_data
from classifier.risk.exposure import ContentReach, Exposure, exposure_of, principal_kind
from classifier.risk.formula import Evidence, Unread, evidence_of, score, unread_of
from classifier.risk.sensitivity import Override, Overrides, load_overrides, overridden, sensitivity
from classifier.risk.weights import Bands, Weights, band_of, load_weights

__all__ = [
    "Bands",
    "BucketRisk",
    "ContentReach",
    "Evidence",
    "Exposure",
    "Override",
    "Overrides",
    "Unread",
    "Weights",
    "band_of",
    "combine",
    "controls_of",
    "evidence_of",
    "exposure_of",
    "failed_operations",
    "load_overrides",
    "load_weights",
    "overridden",
    "principal_kind",
    "read_data",
    "score",
    "sensitivity",
    "statements",
    "unread_of",
]
