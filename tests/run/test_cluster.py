"""A scan on a Dask cluster finds what one on this machine does, whoever dies meanwhile."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from classifier import config, run
from classifier.errors import AccessFailure, UsageError
from classifier.run import cluster as room
from classifier.run.plan import Shard
from tests.run.command import Done
from tests.servers.daskcluster import DaskCluster, dask_cluster

SSN = "-".join(("536", "22", "8726"))
PREFIXES = 8  # a shard each


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SOMEBODY.items():
        monkeypatch.setenv(name, value)


SOMEBODY = {
    "AWS_ACCESS_KEY_ID": "test" * 4,
    "AWS_SECRET_ACCESS_KEY": "test" * 8,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "S3_CLASSIFIER_FINGERPRINT_KEY": "5a" * 32,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("shards")
    for prefix in range(PREFIXES):
        (root / str(prefix)).mkdir()
        for number in range(30):
            text = f"SSN {SSN}, u{number}@larkfield-co.com" if number % 3 == 0 else "nothing"
            (root / str(prefix) / f"{number:03}.txt").write_text(text)
    return [str(root / str(prefix)) for prefix in range(PREFIXES)]


@pytest.fixture(scope="module")
def workers() -> Iterator[DaskCluster]:
    with dask_cluster(2, SOMEBODY) as found:
        yield found


def scanned(folder: Path, targets: list[str], **flags: Any) -> Done:
    settings = config.load(
        {
            "output": str(folder),
            "names": False,
            "detectors": "USA_SOCIAL_SECURITY_NUMBER,EMAIL_ADDRESS",
            "store": str(folder.parent / "store.db"),
        }
        | flags
    )
    summary = run.scan(targets, settings, console=Console(quiet=True), quiet=True)
    return Done(summary.exit_code, "", "\n".join(summary.notes), folder)


def content(done: Done) -> tuple[list[Any], list[Any]]:
    passing = ("run_id", "first_seen", "status")
    findings = [{k: v for k, v in f.items() if k not in passing} for f in done.lines("findings.jsonl")]
    return findings, done.lines("objects.jsonl.gz")


def test_the_same_findings_in_the_same_order(workers: DaskCluster, moto: str, tmp_path: Path) -> None:
    client = boto3.client("s3", endpoint_url=moto)
    name = f"cluster-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    with ThreadPoolExecutor(4) as threads:
        list(
            threads.map(
                lambda n: client.put_object(
                    Bucket=name, Key=f"{n % 4}/{n:03}", Body=f"SSN {SSN}, u{n}@larkfield-co.com".encode()
                ),
                range(80),
            )
        )
    targets = [f"s3://{name}/{prefix}/" for prefix in range(4)]
    flags = {"endpoint_url": moto}
    here = scanned(tmp_path / "here", targets, workers=1, **flags)
    there = scanned(tmp_path / "there", targets, engine="dask", scheduler=workers.address, **flags)
    assert (here.code, there.code) == (0, 0)
    assert content(here) == content(there)
    assert len(here.lines("findings.jsonl")) == 160
    again = scanned(
        tmp_path / "again", targets, engine="dask", scheduler=workers.address, incremental=True, **flags
    )
    assert content(again) == content(here)
    assert "80 of 80 objects are as they were" in again.err


def test_a_killed_worker_changes_nothing(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = scanned(tmp_path / "here", folders, workers=1)
    with dask_cluster(2, SOMEBODY) as mortal:
        submit = room.Cluster._submit
        given = 0

        def kill_one(self: room.Cluster, spec: Any, shard: Shard) -> Any:
            nonlocal given
            given += 1
            if given == PREFIXES // 2:
                victim = next(iter(self.client.run(os.getpid).values()))
                future = submit(self, spec, shard)
                os.kill(victim, signal.SIGKILL)
                return future
            return submit(self, spec, shard)

        monkeypatch.setattr(room.Cluster, "_submit", kill_one)
        there = scanned(tmp_path / "there", folders, engine="dask", scheduler=mortal.address)
    assert given >= PREFIXES
    assert there.code == 0
    assert content(here) == content(there)


def test_a_scheduler_that_goes_away_leaves_a_partial_report_that_can_be_resumed(
    folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = scanned(tmp_path / "here", folders, workers=1, store="none")
    with dask_cluster(1, SOMEBODY) as mortal:
        result = room.Cluster._result
        taken = 0

        def kill_later(self: room.Cluster, spec: Any, shard: Shard, future: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == 3:
                pids = list(self.client.run(os.getpid).values())
                mortal.process.kill()
                for pid in pids:
                    os.kill(pid, signal.SIGKILL)
            return result(self, spec, shard, future)

        monkeypatch.setattr(room.Cluster, "_result", kill_later)
        before = threading.active_count()
        there = scanned(tmp_path / "there", folders, engine="dask", scheduler=mortal.address)
        assert threading.active_count() <= before + 1
    assert there.code == 3
    assert f"the Dask scheduler at {mortal.address} does not answer any more" in there.err
    assert 0 < len(there.lines("objects.jsonl.gz")) < 30 * PREFIXES
    errors = [bucket["error"] for bucket in there.buckets().values()]
    assert errors[0] is None
    assert errors[-1]["reason"] == "TIME_CUT_OFF_REACHED"
    settings = config.load({"store": str(tmp_path / "store.db"), "engine": "local"})
    summary = run.scan([], settings, resume="last", console=Console(quiet=True), quiet=True)
    assert summary.exit_code == 0
    assert content(Done(0, "", "", tmp_path / "there")) == content(here)


@pytest.mark.parametrize(
    "flags, error, said",
    [
        ({}, UsageError, "needs --scheduler"),
        ({"scheduler": "nonsense://x"}, UsageError, "is no address"),
        ({"scheduler": "tcp://127.0.0.1:9"}, AccessFailure, "does not answer"),
        ({"scheduler": "tcp://127.0.0.1:9", "verify_keys": True}, UsageError, "works on one machine"),
    ],
    ids=["none", "nonsense", "nobody", "verify-keys"],
)
def test_what_cannot_be_used_is_told_first(
    folders: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flags: dict[str, Any],
    error: type[Exception],
    said: str,
) -> None:
    monkeypatch.setattr(room, "_WAIT", 1)
    detectors = "AWS_CREDENTIAL_PAIR,EMAIL_ADDRESS"
    with pytest.raises(error, match=said):
        scanned(tmp_path / "run", folders, engine="dask", detectors=detectors, **flags)
    assert not (tmp_path / "run").exists()


def test_workers_of_another_version_are_refused(
    workers: DaskCluster, folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "program", lambda: "another")
    with pytest.raises(UsageError, match="another version"):
        scanned(tmp_path / "run", folders, engine="dask", scheduler=workers.address)
