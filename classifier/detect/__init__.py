"""Detection: located text in, masked matches out. Detectors are data (`patterns/`), the engine runs them."""

from __future__ import annotations

from classifier.detect.detector import Detector
from classifier.detect.engine import Classifier, ObjectScan, Tally
from classifier.detect.keypairs import PAIR, TOKEN, KeyPairClassifier
from classifier.detect.library import load_packs, select, shipped_packs, shipped_paths
from classifier.detect.lint import Complaint, complaints, failures
from classifier.detect.mask import fingerprint
from classifier.detect.vendors import Infos, named

__all__ = [
    "PAIR",
    "TOKEN",
    "Classifier",
    "Complaint",
    "Detector",
    "Infos",
    "KeyPairClassifier",
    "ObjectScan",
    "Tally",
    "complaints",
    "failures",
    "fingerprint",
    "load_packs",
    "named",
    "select",
    "shipped_packs",
    "shipped_paths",
]
