"""kill -9 while a scan goes on, and `scan --resume`: the report is that of an unbroken run."""

from __future__ import annotations

import secrets
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from classifier import config, run
from classifier.errors import UsageError
from classifier.run.resume import absolute
from classifier.store import RunRecord, begin_run, end_run, find_run, open_store
from tests.run.command import PROGRAM, SOMEBODY, TIMEOUT, Done, environment

OBJECTS = 360
SSN = "-".join(("536", "22", "8726"))
TARGETS = ("0/", "1/", "2/")  # prefixes: a shard each
ARGS = ["--detectors", "USA_SOCIAL_SECURITY_NUMBER,EMAIL_ADDRESS", "--no-names"]


@pytest.fixture(scope="module")
def bucket(moto: str) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=moto,
        region_name="us-east-1",
        aws_access_key_id=SOMEBODY.access_key,
        aws_secret_access_key=SOMEBODY.secret_key,
    )
    name = f"resumed-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)

    def put(number: int) -> None:
        body = f"SSN {SSN}, u{number}@larkfield-co.com" if number % 3 == 0 else "nothing"
        client.put_object(Bucket=name, Key=f"{number % 3}/{number:04}.txt", Body=body.encode())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, range(OBJECTS)))
    return name


@pytest.fixture(scope="module")
def unbroken(moto: str, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    done = subprocess.run(
        [*PROGRAM, "scan", *targets(bucket), "--store", "none", "--output", str(folder), "-q", *ARGS],
        env=environment(SOMEBODY, AWS_ENDPOINT_URL=moto),
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0
    return Done(0, "", "", folder)


def targets(bucket: str) -> list[str]:
    return [f"s3://{bucket}/{prefix}" for prefix in TARGETS]


def start(moto: str, args: list[str], **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*PROGRAM, "scan", "-q", *args], env=environment(SOMEBODY, AWS_ENDPOINT_URL=moto, **more)
    )


def count(store: Path, table: str) -> int:
    """Rows of a table of the store; 0 while there is none."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10)) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def kill_when(process: subprocess.Popen[bytes], holds: Callable[[], bool]) -> None:
    """Kill the process as soon as something holds; fail where it ends before."""
    until = time.monotonic() + TIMEOUT
    while not holds():
        assert process.poll() is None, "it came to its end before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait(TIMEOUT) == -signal.SIGKILL


def report(done: Done) -> dict[str, Any]:
    """What a report says that does not depend on when it was made."""

    def plain(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        passing = ("run_id", "first_seen", "last_seen", "status")
        return [{k: v for k, v in line.items() if k not in passing} for line in lines]

    totals, usage = done.summary()["totals"], done.summary()["usage"]
    return {
        "findings": plain(done.lines("findings.jsonl")),
        "objects": done.lines("objects.jsonl.gz"),
        "alerts": plain(done.lines("alerts.jsonl")),
        "buckets": [b | {"run_id": ""} for b in done.lines("buckets.jsonl")],
        "totals": totals,
        "usage": usage,
    }


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_twice_and_resumed(
    moto: str, bucket: str, unbroken: Done, tmp_path: Path, workers: str
) -> None:
    store, folder = tmp_path / "store.db", tmp_path / "run"
    first = [*targets(bucket), "--store", str(store), "--output", str(folder), "--workers", workers, *ARGS]
    kill_when(start(moto, first), lambda: count(store, "runs") > 0)
    again = ["--resume", "last", "--store", str(store), "--workers", workers]
    kill_when(start(moto, again), lambda: count(store, "objects") > 0)
    kept = count(store, "objects")
    assert 0 < kept < OBJECTS
    assert start(moto, again).wait(TIMEOUT) == 0
    done = Done(0, "", "", folder)
    found, whole = report(done), report(unbroken)
    for name, value in whole.items():
        assert found[name] == value, name
    assert {line["status"] for line in done.lines("findings.jsonl")} == {"new"}
    with closing(sqlite3.connect(store)) as db:
        assert db.execute("SELECT state, exit_code FROM runs").fetchall() == [("complete", 0)]
        assert db.execute("SELECT count(DISTINCT read_run), count(*) FROM objects").fetchone() == (1, OBJECTS)
        assert db.execute("SELECT count(*) FROM findings WHERE from_run <> 1").fetchone() == (0,)


def test_an_interrupted_run_says_how_it_goes_on(moto: str, bucket: str, tmp_path: Path) -> None:
    store, folder = tmp_path / "store.db", tmp_path / "run"
    process = start(
        moto, [*targets(bucket), "--store", str(store), "--output", str(folder), "--workers", "1", *ARGS]
    )
    until = time.monotonic() + TIMEOUT
    while count(store, "objects") == 0 and time.monotonic() < until:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(TIMEOUT) == 3
    done = Done(3, "", "", folder)
    run_id = done.summary()["run_id"]
    assert f"`s3-classifier scan --resume {run_id}` goes on with it." in done.summary()["notes"]
    assert start(moto, ["--resume", run_id[:-2], "--store", str(store)]).wait(TIMEOUT) == 0
    assert len(done.objects()) == OBJECTS
    assert done.summary()["run_id"] == run_id


# ---- what cannot be resumed


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Scans a folder, says that the run was ended, and returns what resumes it."""
    monkeypatch.setenv("S3_CLASSIFIER_FINGERPRINT_KEY", "5a" * 32)
    data, store = tmp_path / "data", str(tmp_path / "store.db")
    data.mkdir()
    (data / "a.txt").write_text(f"SSN {SSN}")
    own = {"store": store, "output": str(tmp_path / "run"), "names": False, "workers": 1}
    own |= {"detectors": "USA_SOCIAL_SECURITY_NUMBER"}
    run.scan([str(data)], config.load(own), console=Console(quiet=True), quiet=True)
    with open_store(store) as opened, opened.writing() as db:
        end_run(db, 1, ended="", state="ended", exit_code=3)

    def resume(targets: tuple[str, ...] = (), name: str = "last", **flags: Any) -> Any:
        settings = config.load({"store": store} | flags)
        return run.scan(targets, settings, resume=name, console=Console(quiet=True), quiet=True)

    return resume


def test_it_goes_on_with_its_own_settings_from_anywhere(
    ended: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    summary = ended(workers=2, fail_on="low")
    assert summary.exit_code == 1
    assert (summary.folder, summary.findings) == (str(tmp_path / "run"), 1)
    with pytest.raises(UsageError, match="is complete"):
        ended()


@pytest.mark.parametrize(
    "given, said",
    [
        ({"detectors": "EMAIL_ADDRESS"}, "detectors is not what it was"),
        ({"max_occurrences": 3}, "max_occurrences is not what it was"),
        ({"output": "elsewhere"}, "output is not what it was"),
        ({"targets": ("s3://b",)}, "name none"),
        ({"name": "2020"}, "there is no scan '2020'"),
        ({"fingerprint_key": "6b" * 32}, "fingerprint key"),
        ({"incremental": True}, "incremental is not what it was"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_would_be_another_run_is_refused(
    ended: Callable[..., Any], given: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        ended(**given)


def test_settings_that_name_files_hold_elsewhere() -> None:
    paths = {name for name, field in config.Settings.model_fields.items() if "Path" in str(field.annotation)}
    lists = {name for name in paths if "tuple" in str(config.Settings.model_fields[name].annotation)}
    given = {name: Path("x.yaml") for name in paths - lists} | {name: (Path("x.yaml"),) for name in lists}
    whole = absolute(config.Settings(**given))
    assert paths >= {"packs", "rules", "prices"}
    for name in paths:
        value = getattr(whole, name)
        assert all(path.is_absolute() for path in (value if name in lists else [value])), name


def test_a_run_of_another_kind_or_version_is_not_resumed(ended: Callable[..., Any], tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.db")) as opened, opened.writing() as db:
        begin_run(db, RunRecord("trail-1", "2026-01-01T00:00:00Z", "1", "r", kind="trail"))
        begin_run(
            db,
            RunRecord("other-1", "2026-01-01T00:00:00Z", "1", "r", settings={"no_such": 1}, targets=["/"]),
        )
        assert find_run(db, "trail-1") is not None
    with pytest.raises(UsageError, match="no scan 'trail-1'"):
        ended(name="trail-1")
    with pytest.raises(UsageError, match="another version"):
        ended(name="other-1")
    assert (tmp_path / "run" / "findings.jsonl").exists()
