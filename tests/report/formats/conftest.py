"""Runs of everything there is, and each of them in each format."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from classifier import alerts, risk
from classifier.model import Category, DetectorInfo, Severity, Tier
from classifier.report import EVERYTHING, FORMATS, Catalog, PastRun, Selection
from classifier.run.catalog import catalog as made
from tests.report.conftest import ODD_KEYS
from tests.report.varied import DETECTORS, write_run

Rendered = Callable[..., bytes]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped checks and clauses, and some detectors."""
    low, high = Severity.LOW, Severity.HIGH
    infos = {
        name: DetectorInfo(
            name, f"Title of {name}", category, Tier.PATTERN, (low, high, high), 0.5, False, "Take it away."
        )
        for category, name in DETECTORS.items()
        if category is not Category.CUSTOM_IDENTIFIER
    }
    return made(infos, infos, alerts.load_checks(), risk.load_weights())


@pytest.fixture(scope="session")
def varied(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> PastRun:
    folder = tmp_path_factory.mktemp("varied") / "run"
    write_run(folder, ODD_KEYS, catalog)
    return PastRun.open(folder)


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog) -> Callable[[list[str]], PastRun]:
    """Write a run of some keys."""

    def written(keys: list[str]) -> PastRun:
        folder: Path = tmp_path_factory.mktemp("made") / "run"
        write_run(folder, keys, catalog)
        return PastRun.open(folder)

    return written


def rendered(name: str, run: PastRun, selection: Selection = EVERYTHING) -> bytes:
    out = BytesIO()
    FORMATS[name].render(run, selection, out)
    return out.getvalue()


def records(name: str, run: PastRun, selection: Selection = EVERYTHING) -> list[dict[str, Any]]:
    """The lines of a format of JSON Lines."""
    data = rendered(name, run, selection)
    text = (gzip.decompress(data) if FORMATS[name].filename.endswith(".gz") else data).decode("utf-8")
    return [json.loads(line) for line in text.splitlines()]
