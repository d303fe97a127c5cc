"""Caps: decided in order, before anything is sent, and asserted over the log of a real server's requests."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from rich.console import Console

from classifier import config, run
from classifier.config import Settings
from classifier.crawl.needs import Need
from classifier.crawl.usage import Allowance, Meter, Pace, Usage
from classifier.errors import CapReached
from classifier.model import Reason, S3Object
from classifier.report import Summary
from classifier.run.budget import Budget
from classifier.run.prices import load_prices
from tests.servers.faultproxy import FaultProxy

PRICES = load_prices(None)
OBJECTS = 60


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def obj(size: int = 1_000, storage: str = "STANDARD") -> S3Object:
    return S3Object("b", "k", size, storage_class=storage)


def granted(settings: Settings, sizes: list[int], clock: Clock | None = None) -> list[str]:
    budget = Budget(settings, PRICES, clock or Clock())
    return [budget.reserve(obj(size), Need(1, size)) for size in sizes]


@pytest.mark.parametrize(
    ("flags", "caps"),
    [
        ({"max_bytes": 250}, ["", "", "max_bytes"]),
        ({"max_requests": 3}, ["", "", "max_requests"]),
        ({"max_cost": 0.0000009}, ["", "max_cost", "max_cost"]),
        ({"bucket_max_bytes": 100}, ["", "bucket_max_bytes", "bucket_max_bytes"]),
        ({"max_time": 0}, ["max_time"] * 3),
        ({}, ["", "", ""]),
    ],
    ids=["bytes", "requests", "cost", "bucket", "time", "none"],
)
def test_objects_are_granted_until_a_cap(flags: dict[str, Any], caps: list[str]) -> None:
    assert granted(config.load(flags), [100, 100, 100]) == caps


def test_a_bucket_begins_anew_and_the_run_does_not() -> None:
    budget = Budget(config.load({"bucket_max_bytes": 100, "max_bytes": 150}), PRICES, Clock())
    assert budget.reserve(obj(), Need(1, 100)) == ""
    budget.begin()
    assert budget.reserve(obj(), Need(1, 100)) == "max_bytes"
    assert budget.reserve(obj(), Need(1, 50)) == ""


def test_an_allowance_is_enforced_in_the_worker() -> None:
    clock = Clock()
    usage = Usage(Meter(Allowance(2, 1_000, until=200.0, cap="max_cost"), clock.now, clock))
    usage.request(600)
    with pytest.raises(CapReached, match="max_cost"):
        usage.request(600)
    usage.unread(300)
    usage.request(600)
    assert (usage.requests, usage.bytes) == (2, 900)
    clock.now = 200.0
    with pytest.raises(CapReached, match="max_time"):
        usage.request(0)


def test_a_bucket_is_slowed_down_and_recovers() -> None:
    clock, slept = Clock(), list[float]()
    pace = Pace(clock, slept.append)
    pace.wait()
    assert slept == []
    for _ in range(3):
        pace.slow()
    assert pace.pause == pytest.approx(0.2)
    pace.wait()
    pace.wait()
    assert slept == [pytest.approx(0.2)]
    for _ in range(1_000):
        pace.answered()
    assert pace.pause == 0


@dataclass
class Bucket:
    """A bucket behind a proxy that counts."""

    name: str
    proxy: FaultProxy
    keys: dict[str, int]
    folder: Path

    def settings(self, **flags: Any) -> Settings:
        return config.load(
            {"endpoint_url": self.proxy.url, "workers": 1, "names": False, "max_attempts": 2, **flags}
        )

    def scan(self, **flags: Any) -> Summary:
        output = str(self.folder / uuid.uuid4().hex)
        settings = self.settings(output=output, **flags)
        return run.scan([f"s3://{self.name}"], settings, console=Console(quiet=True), quiet=True)


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test" * 4, "AWS_SECRET_ACCESS_KEY": "test" * 8}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    client: Any = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=moto, config=Config(s3={"addressing_style": "path"})
    )
    name = f"budget-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    keys = {f"logs/{n:03}.log": 2_000 + n for n in range(OBJECTS)} | {"big/rows.csv": 3 << 20}
    for key, size in keys.items():
        line = b"4711,somebody@larkfield-co.com,nothing\n"
        client.put_object(Bucket=name, Key=key, Body=(line * (size // len(line) + 1))[:size])
    with FaultProxy(moto) as proxy:
        yield Bucket(name, proxy, keys, tmp_path)


def sent(bucket: Bucket) -> tuple[int, int, float]:
    """Requests, bytes of objects and cost, by the server's log."""
    lists = sum("list-type=2" in line or "uploads" in line for line in bucket.proxy.requests)
    others = len(bucket.proxy.requests) - lists
    cost = lists * PRICES.control("ListObjectsV2") + others * PRICES.control("HeadBucket")
    read = re.compile(rf"GET /{bucket.name}/[^?]+\Z")
    return lists + others, sum(size for line, size in bucket.proxy.sent if read.match(line)), cost


def left(summary: Summary) -> list[str]:
    with gzip.open(Path(summary.folder) / "objects.jsonl.gz", "rt") as lines:
        records = [json.loads(line) for line in lines]
    return [record["detail"] for record in records if record["reason"] == Reason.TIME_CUT_OFF_REACHED]


def test_a_plan_is_what_the_scan_takes(bucket: Bucket) -> None:
    (forecast,), _ = run.plan([f"s3://{bucket.name}"], bucket.settings(), quiet=True)
    asked = len(bucket.proxy.requests)
    assert not [line for line in bucket.proxy.requests if re.match(rf"GET /{bucket.name}/[^?]+\Z", line)]
    bucket.proxy.requests.clear()
    summary = bucket.scan()
    requests, size, cost = sent(bucket)
    assert forecast.requests == pytest.approx(requests, rel=0.1)
    assert forecast.bytes == pytest.approx(size, rel=0.1) == sum(bucket.keys.values())
    assert forecast.cost == pytest.approx(cost, rel=0.1)
    assert summary.usage["requests"] == requests
    assert summary.usage["bytes"] == size
    assert asked < requests
    assert forecast.macie == pytest.approx(0.10, abs=0.01)


@pytest.mark.parametrize("depth", ["quick"])
def test_a_plan_of_a_depth(bucket: Bucket, depth: str) -> None:
    (forecast,), _ = run.plan([f"s3://{bucket.name}"], bucket.settings(depth=depth), quiet=True)
    bucket.proxy.requests.clear()
    bucket.proxy.sent.clear()
    bucket.scan(depth=depth)
    requests, size, _ = sent(bucket)
    assert size < sum(bucket.keys.values()) / 2
    assert forecast.requests == pytest.approx(requests, rel=0.1)
    assert forecast.bytes == pytest.approx(size, rel=0.1)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("what", ["cost", "bytes", "requests"])
def test_no_cap_is_passed(bucket: Bucket, what: str, share: float) -> None:
    (forecast,), _ = run.plan([f"s3://{bucket.name}"], bucket.settings(), quiet=True)
    bucket.proxy.requests.clear()
    bucket.proxy.sent.clear()
    whole = {"cost": forecast.cost, "bytes": forecast.bytes, "requests": forecast.requests}[what]
    cap = whole * share if what == "cost" else int(whole * share)
    summary = bucket.scan(**{f"max_{what}": cap})
    requests, size, cost = sent(bucket)
    assert {"cost": cost, "bytes": size, "requests": requests}[what] <= cap
    assert summary.exit_code == 3
    cut = summary.buckets[0].error  # where the cap was spent before the objects were listed
    assert cut == f"TIME_CUT_OFF_REACHED: max_{what}" or set(left(summary)) == {f"max_{what}"}
    assert cut or summary.coverage.objects == len(bucket.keys)


def test_what_is_tried_again_counts(bucket: Bucket) -> None:
    bucket.proxy.fail(r"GET /[^/]+/logs/0[0-4]", "error", times=40)
    summary = bucket.scan(max_requests=70, max_attempts=3)
    assert len(bucket.proxy.requests) <= 70
    assert summary.exit_code == 3


def test_a_cap_that_allows_nothing_ends_with_a_report(bucket: Bucket) -> None:
    summary = bucket.scan(max_requests=1)
    assert summary.exit_code == 3
    assert len(bucket.proxy.requests) <= 1


def test_copies_are_read_once_and_reported_each(bucket: Bucket, moto: str) -> None:
    client: Any = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=moto, config=Config(s3={"addressing_style": "path"})
    )
    for number in range(8):
        client.put_object(Bucket=bucket.name, Key=f"copies/{number}.txt", Body=b"kim.lee@larkfield-co.com\n")
    summary = bucket.scan(same_content_once=True)
    read = [line for line in bucket.proxy.requests if re.match(rf"GET /{bucket.name}/copies/[^?]+\Z", line)]
    lines = (Path(summary.folder) / "findings.jsonl").read_text().splitlines()
    keys = [json.loads(line)["key"] for line in lines if "copies/" in line]
    assert len(read) == 1
    assert keys == [f"copies/{number}.txt" for number in range(8)]
