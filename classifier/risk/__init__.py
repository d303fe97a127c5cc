"""Matches and exposure to a score of 0 to 100 with its terms. All numbers are in patterns/risk.yaml."""

from classifier.risk.accumulate import BucketRisk
from classifier.risk.combine import combine
from classifier.risk.controls import controls_of
from classifier.risk.exposure import Exposure, exposure_of
from classifier.risk.formula import Evidence, Unread, evidence_of, score, unread_of
from classifier.risk.weights import Weights, band_of, load_weights

__all__ = [
    "BucketRisk",
    "Evidence",
    "Exposure",
    "Unread",
    "Weights",
    "band_of",
    "combine",
    "controls_of",
    "evidence_of",
    "exposure_of",
    "load_weights",
    "score",
    "unread_of",
]
