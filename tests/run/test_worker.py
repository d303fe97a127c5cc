"""What a worker sends back of an object holds no value, whatever it was told to look for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier import crawl
from classifier.config import Settings
from classifier.model import ObjectResult
from classifier.run.plan import Shard
from classifier.run.worker import Worker, WorkerSpec

SSN = "-".join(("536", "22", "8726"))
MAIL = "ada.lovelace@" + "larkfield-co.com"


def scanned(path: Path, **settings: object) -> list[ObjectResult]:
    """The results of a local file or folder."""
    spec = WorkerSpec("test", Settings(**settings), None, b"k" * 16)
    target = crawl.parse_target(str(path))
    shard = Shard(0, target, None, tuple(crawl.list_local(target)))
    return list(Worker(spec).scan(shard))


@pytest.mark.parametrize(
    "detectors", ["recommended", "EMAIL_ADDRESS", "recommended,-USA_SOCIAL_SECURITY_NUMBER"]
)
def test_a_value_in_a_name_is_masked_whatever_is_selected(tmp_path: Path, detectors: str) -> None:
    (tmp_path / "persons.json").write_text(json.dumps({SSN: {"mail": MAIL}}))
    (result,) = scanned(tmp_path, detectors=detectors)
    places = {f.detector: f.occurrences[0].location.json_path or "" for f in result.findings}
    assert places["EMAIL_ADDRESS"].endswith(".mail")
    assert SSN not in repr(result)
