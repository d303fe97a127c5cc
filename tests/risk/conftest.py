"""The shipped weights, loaded once."""

from __future__ import annotations

import pytest

from classifier.risk import Weights, load_weights


@pytest.fixture(scope="session")
def weights() -> Weights:
    return load_weights()
