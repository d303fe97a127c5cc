"""Names, places and words of health care in prose: gates, labels, lists, and a pipeline of spaCy."""

from __future__ import annotations

from classifier.detect.names.reader import DETECTORS, Named, Names, Reader

__all__ = ["DETECTORS", "Named", "Names", "Reader"]
