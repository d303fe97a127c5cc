"""Detection: located text in, masked matches out. Detectors are data (`patterns/`), the engine runs them."""

from __future__ import annotations

from classifier.detect.detector import Detector
from classifier.detect.engine import Classifier, ObjectScan, Tally
from classifier.detect.library import load_packs, select, shipped_packs, shipped_paths

__all__ = [
    "Classifier",
    "Detector",
    "ObjectScan",
    "Tally",
    "load_packs",
    "select",
    "shipped_packs",
    "shipped_paths",
]
