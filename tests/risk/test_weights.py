"""The weights file: what it must hold, and how an error in it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.errors import PackError
from classifier.model import Severity
from classifier.risk import Weights, band_of, load_weights
from classifier.shipped import shipped


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = shipped("patterns/risk.yaml").read_text("utf-8")
    assert text.count(old) == 1
    path = tmp_path / "risk.yaml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.mark.parametrize(
    "old, new, says",
    [
        pytest.param("count: {floor: 0.7,", "count: {floor: 1.7,", "count.floor", id="share-over-1"),
        pytest.param("decades: 4}", "decades: 0}", "count.decades", id="no-decades"),
        pytest.param("lean: 0.5", "lean: half", "exposure.lean", id="no-number"),
        pytest.param("lean: 0.5", "lean: 0.5\n  learn: 1", "exposure.learn", id="unknown-name"),
        pytest.param('version: "1.1.0"', "", "version", id="no-version"),
        pytest.param(
            "unknown_shared: unknown_account", "unknown_shared: who", "no such level: who", id="level"
        ),
        pytest.param("name: org, weight: 0.25", "name: org, weight: 0.95", "order", id="levels-unordered"),
        pytest.param(
            "public: true, reach: public}\n    - {name: public_write",
            "public: false, reach: public}\n    - {name: public_write",
            "must be public",
            id="reach",
        ),
        pytest.param(
            "\nbands: {Critical: 90, High: 70", "\nbands: {Critical: 90, High: 95", "rise", id="bands"
        ),
        pytest.param("each: 0.05\n  below", "each: 0.5\n  below", "no exposure", id="hardening"),
    ],
)
def test_a_wrong_weight_is_an_error_that_names_it(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(PackError, match=says) as caught:
        load_weights(path)
    assert str(caught.value).startswith(f"{path}:")


def test_the_error_names_the_line(tmp_path: Path) -> None:
    path = changed(tmp_path, "lean: 0.5", "lean: 7")
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if "lean: 7" in text)
    with pytest.raises(PackError) as caught:
        load_weights(path)
    assert str(caught.value).startswith(f"{path}:{line}: exposure.lean: ")


@pytest.mark.parametrize(
    "content",
    [b"a: [", b"\xff\xfe\x00", b"- 1\n", b"", b"[" * 100_000],
    ids=["no-yaml", "no-utf8", "list", "empty", "nested"],
)
def test_a_broken_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "risk.yaml"
    path.write_bytes(content)
    with pytest.raises(PackError, match=r"risk\.yaml:1"):
        load_weights(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"risk\.yaml:1: cannot be read"):
        load_weights(tmp_path / "risk.yaml")


@pytest.mark.parametrize(
    "score, band",
    [
        (0.0, Severity.INFORMATIONAL),
        (0.9, Severity.INFORMATIONAL),
        (1.0, Severity.LOW),
        (39.9, Severity.LOW),
        (40.0, Severity.MEDIUM),
        (69.9, Severity.MEDIUM),
        (70.0, Severity.HIGH),
        (89.9, Severity.HIGH),
        (90.0, Severity.CRITICAL),
        (100.0, Severity.CRITICAL),
    ],
)
def test_bands_of_scores(weights: Weights, score: float, band: Severity) -> None:
    assert band_of(score, weights.bands) is band


@pytest.mark.parametrize(
    "severity, band",
    [
        (0.1, Severity.INFORMATIONAL),
        (1.0, Severity.LOW),
        (3.9, Severity.LOW),
        (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM),
        (7.0, Severity.HIGH),
        (8.9, Severity.HIGH),
        (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
    ],
)
def test_bands_of_alerts(weights: Weights, severity: float, band: Severity) -> None:
    assert band_of(severity, weights.alert_bands) is band
