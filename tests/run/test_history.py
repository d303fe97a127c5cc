"""What scans keep and what the next ones make of it: on moto's server and on local folders."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from classifier import config, run
from classifier.errors import StoreError, UsageError
from classifier.report import Summary
from classifier.run import history as history_room
from classifier.store import open_store
from tests.run.command import Done

SSN = "-".join(("536", "22", "8726"))
READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("S3_CLASSIFIER_FINGERPRINT_KEY", "5a" * 32)


class Nights:
    """A store, and scans that are kept in it."""

    def __init__(self, root: Path, endpoint: str | None = None) -> None:
        self.root, self.endpoint = root, endpoint
        self.store = str(root / "kept" / "store.db")

    def settings(self, number: int, **more: Any) -> config.Settings:
        flags = {"output": str(self.root / f"run{number}"), "store": self.store, "workers": 1, "names": False}
        flags |= {"detectors": "USA_SOCIAL_SECURITY_NUMBER,EMAIL_ADDRESS"}
        return config.load(flags | {"endpoint_url": self.endpoint} | more)

    def scan(self, number: int, *targets: str, **more: Any) -> tuple[Summary, Done]:
        given = {name: more.pop(name) for name in ("all_buckets", "resume") if name in more}
        settings = self.settings(number, **more)
        summary = run.scan(targets, settings, console=Console(quiet=True), quiet=True, **given)
        return summary, Done(summary.exit_code, "", "", Path(summary.folder))

    def lives(self) -> dict[str, str]:
        with open_store(self.store) as store:
            lives = run.alert_lives(store, run.rules_of(()), date(2026, 1, 1))
        return {life.alert.rule: life.status for life in lives}


@pytest.fixture
def nights(moto: str, tmp_path: Path) -> Nights:
    return Nights(tmp_path, moto)


@pytest.fixture
def s3(moto: str) -> Any:
    return boto3.client("s3", endpoint_url=moto)


@pytest.fixture
def bucket(s3: Any) -> Iterator[str]:
    name = f"nights-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=name)
    for key in ("a.txt", "b.txt", "c.txt", "logs/d.txt"):
        s3.put_object(Bucket=name, Key=key, Body=f"SSN {SSN} of {key}".encode())
    yield name
    for item in s3.list_objects_v2(Bucket=name).get("Contents", ()):
        s3.delete_object(Bucket=name, Key=item["Key"])
    s3.delete_bucket(Bucket=name)


def content(done: Done) -> list[dict[str, Any]]:
    """The findings without what is of the run, in order of their ids."""
    passing = ("run_id", "first_seen", "status")
    found = [{k: v for k, v in f.items() if k not in passing} for f in done.lines("findings.jsonl")]
    return sorted(found, key=lambda finding: finding["finding_id"])


def statuses(done: Done) -> dict[str, str]:
    return {f["key"]: f["status"] for f in done.lines("findings.jsonl")}


def test_a_finding_is_new_then_open_then_gone_and_reopened(nights: Nights, s3: Any, bucket: str) -> None:
    target = f"s3://{bucket}"
    first, one = nights.scan(1, target)
    assert set(statuses(one).values()) == {"new"}
    _, two = nights.scan(2, target)
    assert set(statuses(two).values()) == {"open"}
    assert {f["first_seen"] for f in two.lines("findings.jsonl")} == {first.started}
    s3.delete_object(Bucket=bucket, Key="a.txt")
    s3.put_object(Bucket=bucket, Key="b.txt", Body=b"nothing")
    third, _ = nights.scan(3, target)
    with open_store(nights.store) as store:
        found = run.drift(run.state_of(store, first.run_id), run.state_of(store, third.run_id))
    assert sorted(found.fixed) == [
        f"USA_SOCIAL_SECURITY_NUMBER (1) in s3://{bucket}/a.txt",
        f"USA_SOCIAL_SECURITY_NUMBER (1) in s3://{bucket}/b.txt",
    ]
    s3.put_object(Bucket=bucket, Key="b.txt", Body=f"SSN {SSN}".encode())
    _, four = nights.scan(4, target)
    assert statuses(four) == {"b.txt": "reopened", "c.txt": "open", "logs/d.txt": "open"}
    assert {f["first_seen"] for f in four.lines("findings.jsonl")} == {first.started}


def test_what_is_out_of_scope_or_not_read_is_not_closed(nights: Nights, s3: Any, bucket: str) -> None:
    nights.scan(1, f"s3://{bucket}")
    nights.scan(2, f"s3://{bucket}/logs/")
    nights.scan(3, f"s3://{bucket}", include=("glob:b*",))
    nights.scan(4, f"s3://{bucket}", max_bytes=0)
    _, last = nights.scan(5, f"s3://{bucket}")
    assert set(statuses(last).values()) == {"open"}


def test_two_identical_nights_raise_no_new_alert(nights: Nights, bucket: str) -> None:
    first, one = nights.scan(1, f"s3://{bucket}")
    assert set(nights.lives().values()) == {"new"}
    second, two = nights.scan(2, f"s3://{bucket}")
    assert set(nights.lives().values()) == {"open"}
    assert {a["first_seen"] for a in two.lines("alerts.jsonl")} == {first.started}
    assert [a["alert_id"] for a in one.lines("alerts.jsonl")] == [
        a["alert_id"] for a in two.lines("alerts.jsonl")
    ]
    with open_store(nights.store) as store:
        found = run.drift(run.state_of(store, first.run_id), run.state_of(store, second.run_id))
    assert found.edits == ()


def test_drift_is_an_alert_and_what_is_mended_is_fixed(nights: Nights, s3: Any, bucket: str) -> None:
    def policy(open_to_all: bool) -> None:
        if open_to_all:
            statement = READ | {"Resource": f"arn:aws:s3:::{bucket}/*"}
            s3.put_bucket_policy(
                Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            )
        else:
            s3.delete_bucket_policy(Bucket=bucket)

    off = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False
    )
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=off)
    nights.scan(1, f"s3://{bucket}")
    policy(True)
    _, opened = nights.scan(2, f"s3://{bucket}")
    raised = {alert["rule"] for alert in opened.lines("alerts.jsonl")}
    assert "became-public" in raised
    assert nights.lives()["became-public"] == "new"
    _, still = nights.scan(3, f"s3://{bucket}")
    assert "became-public" not in {alert["rule"] for alert in still.lines("alerts.jsonl")}
    open_rules = {name for name, status in nights.lives().items() if status == "open"} & raised
    assert open_rules
    policy(False)
    nights.scan(4, f"s3://{bucket}")
    assert open_rules & {name for name, status in nights.lives().items() if status == "fixed"}
    with open_store(nights.store) as store:
        assert len(list(run.timeline(store, bucket))) == 3


def test_a_bucket_that_the_account_has_no_more_is_closed(
    moto: str, nights: Nights, s3: Any, bucket: str
) -> None:
    lost = f"lost-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=lost)
    s3.put_object(Bucket=lost, Key="x.txt", Body=f"SSN {SSN}".encode())
    nights.scan(1, f"s3://{lost}", f"s3://{bucket}")
    s3.delete_object(Bucket=lost, Key="x.txt")
    s3.delete_bucket(Bucket=lost)
    nights.scan(2, all_buckets=True)
    with open_store(nights.store) as store, store.reading() as db:
        ends = list(db.exec_driver_sql("SELECT key, ending FROM findings WHERE until_run IS NOT NULL"))
        open_alerts = list(
            db.exec_driver_sql(f"SELECT rule FROM alerts WHERE until_run IS NULL AND bucket = '{lost}'")
        )
    assert ends == [(b"x.txt", "gone")]
    assert open_alerts == []


# ---- incremental


def test_an_incremental_run_finds_what_a_full_one_does_and_reads_only_what_changed(
    nights: Nights, s3: Any, bucket: str
) -> None:
    target = f"s3://{bucket}"
    nights.scan(1, target)
    s3.put_object(Bucket=bucket, Key="b.txt", Body=f"SSN {SSN} twice {SSN}".encode())
    s3.put_object(Bucket=bucket, Key="new.txt", Body=f"SSN {SSN}".encode())
    s3.delete_object(Bucket=bucket, Key="c.txt")
    second, quick = nights.scan(2, target, incremental=True)
    _, full = nights.scan(3, target, store="none")
    assert content(quick) == content(full)
    assert quick.objects() == full.objects()
    assert statuses(quick) == {"a.txt": "open", "b.txt": "open", "logs/d.txt": "open", "new.txt": "new"}
    assert quick.buckets()[f"{target}/"]["sampling"]["requests"] == 2
    assert any("2 of 4 objects are as they were" in note for note in second.notes)
    alerts = [{k: v for k, v in a.items() if "seen" not in k} for a in quick.lines("alerts.jsonl")]
    assert {a["alert_id"]: a for a in alerts}.items() >= {
        a["alert_id"]: {k: v for k, v in a.items() if "seen" not in k} for a in full.lines("alerts.jsonl")
    }.items()


@pytest.mark.parametrize(
    "changed",
    [
        {"detectors": "USA_SOCIAL_SECURITY_NUMBER"},
        {"max_object_bytes": 10},
        {"fingerprint_key": "6b" * 32},
        {"depth": "quick"},
        {"max_occurrences": 1},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_decides_has_changed_so_all_is_read(
    tmp_path: Path, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text(f"SSN {SSN}")
    nights = Nights(tmp_path)
    nights.scan(1, str(tmp_path / "data"))
    same, _ = nights.scan(2, str(tmp_path / "data"), incremental=True, read_ahead=2, max_cost=5)
    assert any("1 of 1 objects" in note for note in same.notes)
    other, _ = nights.scan(3, str(tmp_path / "data"), incremental=True, **changed)
    assert not any("as they were" in note for note in other.notes)


def test_a_cap_is_not_spent_on_what_is_known(nights: Nights, s3: Any, bucket: str) -> None:
    nights.scan(1, f"s3://{bucket}")
    s3.put_object(Bucket=bucket, Key="z.txt", Body=f"SSN {SSN}".encode())
    summary, done = nights.scan(2, f"s3://{bucket}", incremental=True, max_bytes=20)
    assert summary.exit_code == 0
    assert len(done.objects()) == 5


def test_many_processes_and_mostly_known_objects(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(700):
        (data / f"{number:04}.txt").write_text(f"SSN {SSN}" if number % 7 == 0 else "nothing")
    nights = Nights(tmp_path)
    nights.scan(1, str(data), workers=2)
    (data / "0300.txt").write_text(f"now SSN {SSN}")
    _, two = nights.scan(2, str(data), workers=2, incremental=True)
    _, full = nights.scan(3, str(data), store="none")
    assert content(two) == content(full)
    assert [o["key"] for o in two.lines("objects.jsonl.gz")] == [
        o["key"] for o in full.lines("objects.jsonl.gz")
    ]


# ---- the store itself


def test_nothing_raw_is_in_the_store(nights: Nights, s3: Any, bucket: str) -> None:
    canary = f"{secrets.token_hex(6)}@{secrets.token_hex(6)}.com"
    s3.put_object(Bucket=bucket, Key="m.csv", Body=f"mail\n{canary}\nSSN {SSN}\n".encode())
    nights.scan(1, f"s3://{bucket}")
    with closing(sqlite3.connect(nights.store)) as db:
        text = "\n".join(db.iterdump())
    assert b"m.csv".hex() in text.lower()  # its key is there, as bytes
    for value in (canary, canary.split("@")[0], SSN, SSN.replace("-", ""), "5a" * 32):
        assert value not in text
        assert value.encode() not in Path(nights.store).read_bytes()


def test_the_store_is_private(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    nights = Nights(tmp_path)
    os.umask(0)
    nights.scan(1, str(tmp_path / "a.txt"))
    assert stat.S_IMODE(Path(nights.store).stat().st_mode) == 0o600


def test_a_store_within_the_target_is_no_object(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    nights = Nights(tmp_path)
    nights.scan(1, str(tmp_path))
    _, two = nights.scan(2, str(tmp_path))
    assert not [key for key in two.objects() if key.startswith("kept/")]


def _broken(path: Path) -> None:
    path.write_text("no database at all, but text " * 100)


def _newer(path: Path) -> None:
    open_store(str(path)).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE s3_classifier_schema SET version_num = '9999'")
        db.commit()


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    "make, said",
    [(_broken, "no SQLite database"), (_newer, "newer s3-classifier"), (_folder, "no regular file")],
)
def test_a_store_that_cannot_be_used(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    (tmp_path / "a.txt").write_text(f"SSN {SSN}")
    nights = Nights(tmp_path)
    Path(nights.store).parent.mkdir()
    make(Path(nights.store))
    with pytest.raises(StoreError, match=said):
        nights.scan(1, str(tmp_path / "a.txt"))
    assert not (tmp_path / "run1").exists()


def test_without_the_default_store_the_scan_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text(f"SSN {SSN}")
    (tmp_path / "state").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    summary, done = Nights(tmp_path).scan(1, str(tmp_path / "a.txt"), store=None)
    assert summary.exit_code == 0
    assert any(note.startswith("This run is not kept: ") for note in summary.notes)
    assert statuses(done) == {"a.txt": "open"}
    with pytest.raises(StoreError):
        Nights(tmp_path).scan(2, str(tmp_path / "a.txt"), store=None, incremental=True)


def test_a_store_that_fails_meanwhile_does_not_end_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for number in range(20):
        (data / f"{number}.txt").write_text(f"SSN {SSN}")

    def full(*_: object) -> None:
        raise StoreError("the disk is full: free some space")

    monkeypatch.setattr(history_room.kept, "put_objects", full)
    summary, done = Nights(tmp_path).scan(1, str(data))
    assert summary.exit_code == 3
    assert any("the disk is full" in note for note in summary.notes)
    assert len(done.lines("findings.jsonl")) == 20


def test_a_named_store_is_needed(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="--incremental needs a store"):
        nights.scan(1, str(tmp_path / "a.txt"), store="none", incremental=True)
    with pytest.raises(UsageError, match="--resume needs a store"):
        nights.scan(1, store="none", resume="last")
