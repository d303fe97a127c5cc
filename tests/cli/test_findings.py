"""`findings`: listed, shown, and their values for the person at the terminal only."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.run.command import PROGRAM, SOMEBODY, TIMEOUT, environment

SSN, OTHER = "-".join(("536", "22", "8726")), "-".join(("219", "09", "9998"))
TABLE = f"name,ssn\nAda,{SSN}\nBob,{OTHER}\n"


def run(*args: str, cwd: Path, user: Any = None, **options: Any) -> subprocess.CompletedProcess[str]:
    env = environment(user, XDG_STATE_HOME=str(cwd / "state"))
    given = {"capture_output": True, **options}
    return subprocess.run([*PROGRAM, *args], cwd=cwd, env=env, text=True, timeout=TIMEOUT, **given)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    (folder / "data").mkdir()
    (folder / "data" / "people.csv").write_text(TABLE)
    (folder / "data" / "wide.txt").write_text(f"SSN {SSN}\n", "utf-16")
    with zipfile.ZipFile(folder / "data" / "packed.zip", "w") as packed:
        packed.writestr("inner.csv", TABLE)
    done = run("scan", "data", "--quiet", "--output", "out", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def ids(work: Path) -> dict[str, str]:
    """The finding of the number in each object."""
    lines = map(json.loads, (work / "out" / "findings.jsonl").read_text().splitlines())
    return {line["key"]: line["finding_id"] for line in lines if line["detector"].startswith("USA_SOCIAL")}


def audited(work: Path) -> list[dict[str, Any]]:
    path = work / "state" / "s3-classifier" / "audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_list(work: Path) -> None:
    assert set(ids(work)) == {"people.csv", "wide.txt", "packed.zip"}
    done = run("findings", "list", "out", "--format", "json", "--type", "USA_SOCIAL*", cwd=work)
    assert {json.loads(line)["finding_id"] for line in done.stdout.splitlines()} == set(ids(work).values())
    done = run("findings", "list", "out", "--type", "USA_SOCIAL*", "--most", "1", cwd=work)
    rows = done.stdout.splitlines()
    assert rows[0].split() == ["id", "severity", "risk", "type", "count", "status", "object"]
    assert len(rows) == 2
    assert "2 more" in done.stderr
    assert SSN not in done.stdout


@pytest.mark.parametrize("form", ["text", "json"])
def test_show(work: Path, form: str) -> None:
    finding = ids(work)["people.csv"]
    done = run("findings", "show", finding[:10], "--run", "out", "--format", form, cwd=work)
    assert done.returncode == 0
    assert finding in done.stdout
    assert SSN not in done.stdout
    assert "********726" in done.stdout


@pytest.mark.parametrize("key, values", [("people.csv", 2), ("packed.zip", 2), ("wide.txt", 1)])
def test_reveal(work: Path, key: str, values: int) -> None:
    finding = ids(work)[key]
    before = len(audited(work))
    args = ("findings", "reveal", finding, "--run", "out", "--yes", "--force", "--context", "4")
    done = run(*args, cwd=work)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"[{SSN}]" in done.stdout
    assert done.stdout.count("[") == values
    *_, last = audited(work)
    assert len(audited(work)) == before + 1
    assert {name: last[name] for name in ("action", "finding_id", "bucket", "key", "detector", "values")} == {
        "action": "reveal",
        "finding_id": finding,
        "bucket": "",
        "key": key,
        "detector": "USA_SOCIAL_SECURITY_NUMBER",
        "values": 5,
    }
    assert last["user"]
    assert last["time"].endswith("Z")
    assert SSN not in json.dumps(last)


def test_so_many_values_and_no_more(work: Path) -> None:
    finding = ids(work)["people.csv"]
    args = (
        "findings",
        "reveal",
        finding,
        "--run",
        "out",
        "--yes",
        "--force",
        "--values",
        "1",
        "--context",
        "0",
    )
    done = run(*args, cwd=work)
    assert f"[{SSN}]" in done.stdout
    assert OTHER not in done.stdout


@pytest.mark.parametrize(
    "args, says",
    [((), "give --yes"), (("--force",), "give --yes"), (("--yes",), "is for a terminal")],
)
def test_nothing_is_shown_by_mistake(work: Path, args: tuple[str, ...], says: str) -> None:
    before = audited(work)
    done = run("findings", "reveal", ids(work)["people.csv"], "--run", "out", *args, cwd=work)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert audited(work) == before


def test_a_terminal_is_asked_for_and_enough(work: Path) -> None:
    ours, theirs = os.openpty()
    try:
        done = run(
            "findings", "reveal", ids(work)["people.csv"], "--run", "out", "--yes",
            cwd=work, capture_output=False, stdout=theirs, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert SSN.encode() in os.read(ours, 4096)
    finally:
        os.close(ours)
        os.close(theirs)


def test_nothing_is_shown_that_is_not_written_down(work: Path) -> None:
    path = work / "state" / "s3-classifier" / "audit.jsonl"
    kept = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    try:
        done = run(
            "findings", "reveal", ids(work)["people.csv"], "--run", "out", "--yes", "--force", cwd=work
        )
        assert (done.returncode, done.stdout) == (4, "")
        assert "nothing is shown" in done.stderr
    finally:
        path.rmdir()
        path.write_bytes(kept)


@pytest.mark.parametrize(
    "args, says",
    [(("abc",), "6 digits"), (("ffffff00ff",), "no finding of the run"), (("--x",), "No such option")],
)
def test_what_is_wrong_is_said(work: Path, args: tuple[str, ...], says: str) -> None:
    done = run("findings", "show", *args, "--run", "out", cwd=work)
    assert (done.returncode, says in done.stderr) == (2, True)


def test_what_has_changed_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people.csv").write_text(TABLE)
    assert run("scan", "data", "--quiet", "--output", "out", cwd=tmp_path).returncode == 0
    finding = ids(tmp_path)["people.csv"]
    args = ("findings", "reveal", finding, "--run", "out", "--yes", "--force")
    (tmp_path / "data" / "people.csv").write_text("name,ssn\nEve,\n")
    changed = run(*args, cwd=tmp_path)
    assert (changed.returncode, changed.stdout) == (3, "")
    assert "the object has changed" in changed.stderr
    (tmp_path / "data" / "people.csv").unlink()
    gone = run(*args, cwd=tmp_path)
    assert (gone.returncode, gone.stdout) == (4, "")
    assert "not there any more" in gone.stderr
    mode = (tmp_path / "state" / "s3-classifier" / "audit.jsonl").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_an_object_of_a_bucket(moto: str, tmp_path: Path) -> None:
    client = boto3.client(
        "s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id=SOMEBODY.access_key,
        aws_secret_access_key=SOMEBODY.secret_key,
    )  # fmt: skip
    client.create_bucket(Bucket="findings-reveal")
    client.put_object(Bucket="findings-reveal", Key="people.csv", Body=TABLE.encode())
    client.put_object(Bucket="findings-reveal", Key="people.csv.bak", Body=b"")
    target = ("s3://findings-reveal", "--endpoint-url", moto, "--quiet", "--output", "out")
    assert run("scan", *target, cwd=tmp_path, user=SOMEBODY).returncode in (0, 3)
    finding = ids(tmp_path)["people.csv"]
    done = run("findings", "reveal", finding, "--run", "out", "--yes", "--force", cwd=tmp_path, user=SOMEBODY)
    assert (done.returncode, f"[{SSN}]" in done.stdout) == (0, True), done.stderr
    assert audited(tmp_path)[0]["bucket"] == "findings-reveal"
