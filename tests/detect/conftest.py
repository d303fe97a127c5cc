"""Private packs for tests: detectors as mappings, written to a file and loaded like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.detect import Detector, load_packs

Load = Callable[..., tuple[Detector, ...]]


@pytest.fixture(scope="session")
def whole() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the function that fills in a pack entry."""
    return _entry


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load detectors given as mappings; `title` and its like are filled in."""

    def write(*detectors: dict[str, Any]) -> tuple[Detector, ...]:
        path = tmp_path / "pack.yaml"
        path.write_text(json.dumps({"pack": "test", "detectors": [_entry(d) for d in detectors]}))
        return load_packs([path])

    return write


def _entry(detector: dict[str, Any]) -> dict[str, Any]:
    """Return a whole pack entry from the part of it that a test is about."""
    whole = {
        "title": "A test",
        "category": "CUSTOM_IDENTIFIER",
        "tier": "pattern",
        "severity": ["Low", "Medium", "High"],
        "sensitivity": 0.5,
        "confidence": {"bare": 0.7},
        "source": "https://example.org/format",
        "remediation": "Remove it.",
    } | detector
    if "exact" in whole and "coarse" not in whole:
        whole["coarse"] = whole["exact"]
    return whole
