"""Matches and exposure to a score of 0 to 100 with its terms. All numbers are in patterns/risk.yaml."""

from classifier.risk.accumulate import BucketRisk
from classifier.risk.combine import combine
from classifier.risk.controls import controls_of, failed_operations, statements
from classifier.risk.datafile import read_data
from classifier.risk.exposure import ContentReach, Exposure, exposure_of, principal_kind
from classifier.risk.formula import Evidence, Unread, evidence_of, score, unread_of
from classifier.risk.weights import Bands, Weights, band_of, load_weights

__all__ = [
    "Bands",
    "BucketRisk",
    "ContentReach",
    "Evidence",
    "Exposure",
    "Unread",
    "Weights",
    "band_of",
    "combine",
    "controls_of",
    "evidence_of",
    "exposure_of",
    "failed_operations",
    "load_weights",
    "principal_kind",
    "read_data",
    "score",
    "statements",
    "unread_of",
]
