"""`notify` and `scan --notify`, as a user runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify.servers import Web, web_server
from tests.run.command import PROGRAM, TIMEOUT, environment

ON = "on: [started, finished, failed, finding]"
SSN = "-".join(("536", "22", "8726"))


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = environment(None, XDG_STATE_HOME=str(cwd / "state"))
    return subprocess.run(
        [*PROGRAM, *args], cwd=cwd, env=env, capture_output=True, text=True, timeout=TIMEOUT
    )


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with web_server() as found:
        yield found


@pytest.fixture
def work(tmp_path: Path, web: Web) -> Path:
    web.posts.clear()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people.txt").write_text(f"SSN {SSN}\n")
    (tmp_path / "notify.yaml").write_text(
        "channels:\n"
        f"  - {{type: webhook, url: '{web.url}/hush', severity: low, {ON}}}\n"
        "  - {type: emf, path: metrics.jsonl}\n"
    )
    return tmp_path


def test_a_scan_tells_what_it_found_once(work: Path, web: Web) -> None:
    for _ in range(2):
        done = run("scan", "data", "--notify", "notify.yaml", "--quiet", cwd=work)
        assert (done.returncode, done.stderr) == (0, "")
    kinds = [post["kind"] for _, _, post in web.posts]
    assert kinds == ["started", "finished", "finding", "started", "finished"]
    assert SSN not in json.dumps(web.posts)
    assert (work / "metrics.jsonl").read_text().count('"SensitiveObjects":1,') == 2


def test_what_a_channel_does_not_take_is_a_note_of_the_run(work: Path) -> None:
    (work / "notify.yaml").write_text(
        "attempts: 1\nchannels:\n  - {type: webhook, url: 'http://127.0.0.1:9/hush'}\n"
    )
    done = run("scan", "data", "--notify", "notify.yaml", "--output", "out", cwd=work)
    assert done.returncode == 0
    (note,) = json.loads((work / "out" / "summary.json").read_text())["notes"]
    assert note.startswith("Notification: webhook 127.0.0.1: 0 sent, 1 not sent: 127.0.0.1 cannot be reached")
    assert "cannot be reached" in " ".join(done.stdout.split())
    assert "hush" not in done.stdout + done.stderr + note


def test_a_scan_that_fails_is_told(work: Path, web: Web) -> None:
    (work / "in-the-way").write_text("a file")
    done = run("scan", "data", "--notify", "notify.yaml", "--output", "in-the-way", cwd=work)
    assert done.returncode == 4
    assert [post["kind"] for _, _, post in web.posts] == ["started", "failed"]
    assert "the report cannot be written" in web.posts[1][2]["text"]


def test_a_past_run(work: Path, web: Web) -> None:
    assert run("scan", "data", "--output", "out", "--quiet", cwd=work).returncode == 0
    dry = run("notify", "out", "--config", "notify.yaml", "--dry-run", cwd=work)
    assert (dry.returncode, web.posts) == (0, [])
    rows = [json.loads(line) for line in dry.stdout.splitlines()]
    assert [row["kind"] for row in rows] == ["finished", "finding", "finished"]
    assert SSN not in dry.stdout
    assert "hush" not in dry.stdout
    first = run("notify", "out", "--config", "notify.yaml", cwd=work)
    assert first.returncode == 0
    assert first.stdout.splitlines()[0] == "webhook 127.0.0.1: 2 sent"
    again = run("notify", "out", "--config", "notify.yaml", cwd=work)
    assert again.stdout.splitlines()[0] == "webhook 127.0.0.1: 0 sent, 2 told before"
    assert [post for _, _, post in web.posts] == [row["payload"] for row in rows[:2]]


@pytest.mark.parametrize(
    "args, says",
    [
        (["scan", "data", "--notify", "none.yaml"], "none.yaml"),
        (["scan", "data", "--notify", "notify.yaml", "--output", "-"], "needs a run folder"),
        (["notify", "none", "--config", "notify.yaml"], "no such run folder"),
    ],
)
def test_what_is_wrong_is_said_first(work: Path, args: list[str], says: str) -> None:
    done = run(*args, cwd=work)
    assert (done.returncode, says in done.stderr) == (2, True)
