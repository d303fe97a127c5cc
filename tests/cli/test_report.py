"""`report`: a past run, in another format or in part."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest

from tests.run.command import PROGRAM, TIMEOUT, environment

SSN = "-".join(("536", "22", "8726"))


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *args], cwd=cwd, env=environment(None), capture_output=True, text=True, timeout=TIMEOUT
    )


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with two runs under reports/."""
    folder = tmp_path_factory.mktemp("work")
    (folder / "data").mkdir()
    (folder / "data" / "people.txt").write_text(f"SSN {SSN}\nmail: ada@example.org\n")
    for name in ("20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"):
        done = run("scan", "data", "--output", f"reports/{name}", "--quiet", cwd=folder)
        assert done.returncode == 0, done.stderr
    for name, year in (("20260101T000000Z-aaaaaa", "2027"), ("20260102T000000Z-bbbbbb", "2026")):
        path = folder / "reports" / name / "summary.json"
        summary = json.loads(path.read_text())
        path.write_text(json.dumps({**summary, "started": f"{year}-01-01T00:00:00Z"}, indent=2))
    return folder


@pytest.mark.parametrize("name", ["reports/20260102T000000Z-bbbbbb", "20260102T000000Z-bbbbbb", "last"])
def test_a_run_is_found(scanned: Path, name: str) -> None:
    done = run("report", name, "--format", "jsonl", cwd=scanned)
    assert (done.returncode, done.stderr) == (0, "")
    chosen = "20260101T000000Z-aaaaaa" if name == "last" else "20260102T000000Z-bbbbbb"
    assert done.stdout == (scanned / "reports" / chosen / "findings.jsonl").read_text()


def test_filters_and_a_file(scanned: Path) -> None:
    done = run(
        "report", "last", "--type", "USA_*,NO_SUCH", "--output", "part.json", "--status", "open", cwd=scanned
    )
    assert (done.returncode, done.stdout) == (0, "")
    path = scanned / "part.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = json.loads(path.read_text())
    assert {line["detector"] for line in document["findings"]} == {"USA_SOCIAL_SECURITY_NUMBER"}
    assert document["selection"] == {"type": ["USA_*", "NO_SUCH"], "status": ["open"]}
    assert SSN not in path.read_text()


@pytest.mark.parametrize(
    "args, says",
    [
        (["none"], "none: there is no such run folder, here or in reports/"),
        (["data"], "this is no run folder"),
        (["last", "--format", "pdf"], "unknown format 'pdf'; there are json, jsonl, csv"),
        (["last", "--severity", "bad"], "--severity bad: there are"),
    ],
)
def test_what_is_wrong_is_said(scanned: Path, args: list[str], says: str) -> None:
    done = run("report", *args, cwd=scanned)
    assert done.returncode == 2
    assert says in done.stderr


def test_no_run_yet(tmp_path: Path) -> None:
    done = run("report", "last", cwd=tmp_path)
    assert (done.returncode, "no finished run" in done.stderr) == (2, True)


def test_a_broken_run_is_said(scanned: Path) -> None:
    folder = scanned / "killed"
    folder.mkdir()
    whole = (scanned / "reports/20260101T000000Z-aaaaaa/findings.jsonl").read_bytes()
    (folder / "findings.jsonl").write_bytes(whole[:-5])
    done = run("report", "killed", "--format", "jsonl", cwd=scanned)
    assert done.returncode == 0
    assert "the run did not come to its end" in done.stderr
    assert "findings.jsonl: 1 broken" in done.stderr


def test_an_unknown_format_is_told_before_anything_is_read(scanned: Path) -> None:
    done = run("scan", "data", "--format", "csv,pdf", "--output", "other", cwd=scanned)
    assert done.returncode == 2
    assert "unknown format 'pdf'" in done.stderr
    assert not (scanned / "other").exists()
