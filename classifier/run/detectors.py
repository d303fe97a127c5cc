"""The pattern packs, listed, shown and tested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from classifier import detect


def detector_rows(selection: str, packs: Sequence[Path]) -> list[tuple[str, ...]]:
    """Return (id, category, tier, recommended, title) of each selected detector.

    Raises PackError and UsageError as `detect.load_detectors` does.
    """
    return [
        (d.id, d.category, d.tier, "yes" if d.recommended else "no", d.title)
        for d in detect.load_detectors(packs, selection)
    ]
