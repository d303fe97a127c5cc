"""The demo, as a user sees it: the account scanned for real, and what stands on top."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from classifier.demo import Expectation, expected
from classifier.model import AlertCategory

# What the user has set for accounts of their own; none of it is the demo's.
OWN = {
    "S3_CLASSIFIER_PROFILE": "nobody",
    "S3_CLASSIFIER_FAIL_ON": "low",
    "S3_CLASSIFIER_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_S3_CONTROL": "http://127.0.0.1:1",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("demo") / "run"
    done = subprocess.run(
        [sys.executable, "-c", "from classifier.cli import main; main()", "demo", "--output", str(out)],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | OWN,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done.stdout


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_customers_and_keys_in_public_stand_on_top(demo: tuple[Path, str]) -> None:
    summary = json.loads((demo[0] / "summary.json").read_text("utf-8"))
    assert [row["bucket"] for row in summary["buckets"][:2]] == [
        "larkfield-backups",
        "larkfield-customer-exports",
    ]
    assert [row["public"] for row in summary["buckets"][:2]] == ["public", "public"]
    critical = [alert for alert in summary["alerts"] if alert["band"] == "Critical"]
    assert summary["alerts"][: len(critical)] == critical
    assert {alert["bucket"] for alert in critical} == {
        "larkfield-backups",
        "larkfield-customer-exports",
        "larkfield-photo-inbox",
    }


def test_content_and_configuration_raise_every_category(demo: tuple[Path, str]) -> None:
    raised = {alert["category"] for alert in lines(demo[0] / "alerts.jsonl")}
    assert raised == {str(category) for category in AlertCategory}


@pytest.mark.parametrize("bucket", expected(), ids=lambda bucket: bucket.bucket)
def test_each_bucket_is_what_it_was_made_to_be(demo: tuple[Path, str], bucket: Expectation) -> None:
    (record,) = [r for r in lines(demo[0] / "buckets.jsonl") if r["bucket"] == bucket.bucket]
    assert bucket.detectors <= set(record["detectors"])
    if not bucket.detectors:
        assert record["detectors"] == {}
    assert record["coverage"]["objects"] == bucket.objects
    access = record["access"]
    shown = {
        "public": access["Public"] == "public",
        "external": access["Public"] == "not_public" and access["Shared"] == "external",
        "latent": access["Public"] == "not_public" and bool(access["Latent"]),
        "private": access["Public"] == "not_public" and access["Shared"] == "not_shared",
    }
    assert shown[bucket.exposure], access


def test_the_screen_leads_to_the_report_and_the_next_command(demo: tuple[Path, str]) -> None:
    out, screen = demo
    assert screen.index("Fix first") < screen.index("Buckets by risk") < screen.index("Not covered")
    assert str(out) in screen
    assert "s3-classifier scan s3://YOUR-BUCKET --fail-on high" in screen
