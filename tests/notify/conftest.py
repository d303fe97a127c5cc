"""A run to tell of, and a place for what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier import alerts, risk
from classifier.model import DetectorInfo, Severity, Tier
from classifier.notify import Run, Sent, facts_of
from classifier.report import PastRun
from classifier.run.catalog import catalog as made
from tests.report.varied import DETECTORS, write_run

KEYS = (
    "plain/customers.csv",
    "<!channel> & <http://x|y>",
    "bidi\u202etxt.exe",
    "\nInjected: header",
    "a" * 1024,
)


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> PastRun:
    low, high = Severity.LOW, Severity.HIGH
    infos = {
        name: DetectorInfo(
            name, f"Title of {name}", kind, Tier.PATTERN, (low, high, high), 0.5, False, "Act."
        )
        for kind, name in DETECTORS.items()
    }
    folder = tmp_path_factory.mktemp("past") / "run"
    write_run(folder, KEYS, made(infos, infos, alerts.load_checks(), risk.load_weights()))
    return PastRun.open(folder)


@pytest.fixture
def run(past: PastRun) -> Run:
    return Run(past.run_id, facts_of(past), past)


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Sent]:
    with Sent(tmp_path / "state" / "sent.sqlite3") as found:
        yield found
