"""What stops a release: the Action, the hook and the image, as far as they run here."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SECRET = "aws_access_key_id = AKIAQ7XMPLZ4WT2VRN5D\n"
SECRET += "aws_secret_access_key = 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\n"


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with the program as it is installed, and a pip that has nothing to do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "s3-classifier"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c "{START}" "$@"\n')
    python = folder / "python3"
    python.write_text("#!/bin/sh\n[ \"$1 $2\" = '-m pip' ] || exit 9\n")
    for file in (program, python):
        file.chmod(0o755)
    return folder


START = "from classifier.cli import main; main()"


def run(command: str, programs: Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    full = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(cwd / "c"),
        **environment,
    }
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", command], cwd=cwd, env=full, capture_output=True, text=True
    )


def steps(**inputs: str) -> list[tuple[str, dict[str, str]]]:
    """The Action's steps: each command with its environment, `inputs` over the defaults."""
    action = read("action.yml")
    values = {name: told["default"] for name, told in action["inputs"].items()} | inputs
    assert action["runs"]["using"] == "composite"
    found = []
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in a script runs as a part of it"
        names = {
            name: re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text) for name, text in step["env"].items()
        }
        found.append((step["run"], {name: values[told[1]] for name, told in names.items() if told}))
        assert len(found[-1][1]) == len(step["env"])
    return found


@pytest.mark.parametrize("content, code", [(SECRET, 1), ("nothing to see\n", 0)])
def test_the_action_stops_at_its_level(tmp_path: Path, programs: Path, content: str, code: int) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "settings.ini").write_text(content)
    page = tmp_path / "page.md"
    (install, its), (scan, own) = steps(target="settings.ini", format="json,sarif,markdown")
    assert run(install, programs, work, **its).returncode == 0
    done = run(scan, programs, work, **own, GITHUB_STEP_SUMMARY=str(page))
    assert done.returncode == code, done.stderr
    assert (work / "s3-classifier-report" / "report.sarif").exists()
    assert page.read_text("utf-8").startswith("# Sensitive data report")
    assert "wJ7rXk2mQpL9" not in page.read_text("utf-8") + done.stdout + done.stderr


@pytest.mark.parametrize("content, code", [(SECRET, 1), ("nothing to see\n", 0)])
def test_the_hook_stops_a_commit(tmp_path: Path, programs: Path, content: str, code: int) -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    assert set(hook) >= {"id", "name", "entry", "language"}
    (tmp_path / "a.ini").write_text(content)
    (tmp_path / "b.txt").write_text("fine\n")
    done = run(f"{hook['entry']} a.ini b.txt", programs, tmp_path)
    assert done.returncode == code, done.stderr
    assert "wJ7rXk2mQpL9" not in done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"a.ini", "b.txt", "bin", "c"}


def test_the_image_runs_without_rights() -> None:
    lines = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    told = [line for line in lines if line and not line.startswith("#")]
    assert told[-1] == 'ENTRYPOINT ["/opt/s3-classifier/bin/s3-classifier"]'
    users = [line.split()[1] for line in told if line.startswith("USER ")]
    assert users
    assert users[-1] not in ("root", "0")
    assert not [line for line in told if line.startswith(("ADD ", "EXPOSE "))]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".git", ".venv"} <= set(ignored)
