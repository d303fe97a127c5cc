"""Every command in the README and the docs is run, page by page; where a page shows output, it is compared.

A page's commands run in one scratch folder with the files of docs/examples, against an embedded S3 server
that holds the demo's account.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from classifier import demo

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
HERE = "<< 'END'"
SET_UP = ("make ", "git clone", "cd ", "pip install", "python3 -m venv")


def steps(page: Path) -> list[tuple[str, str]]:
    """The page's (command, shown output) pairs; `\\` joins lines, and a here-document ends with END."""
    found: list[tuple[str, str]] = []
    for block in BLOCK.findall(page.read_text("utf-8")):
        document = False
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append((line[2:], ""))
                document = line.endswith(HERE)
            elif document:
                found[-1] = (f"{found[-1][0]}\n{line}", "")
                document = line != "END"
            else:
                command, output = found.pop()
                found.append((command, f"{output}{line}\n"))
    return found


def test_the_pages_show_commands() -> None:
    assert sum(len(steps(page)) for page in PAGES) >= 10


@pytest.mark.parametrize("page", [p for p in PAGES if steps(p)], ids=lambda p: p.name)
def test_commands_of_the_page_run(page: Path, tmp_path: Path) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = bin_folder / "s3-classifier"
    program.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'from classifier.cli import main; main()' \"$@\"\n"
    )
    program.chmod(0o755)
    interpreter = bin_folder / "python"
    interpreter.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    interpreter.chmod(0o755)
    work = tmp_path / "work"
    shutil.copytree(ROOT / "docs" / "examples", work / "docs" / "examples")
    with demo.embedded_server() as server:
        demo.seed(server)
        with server.environment():
            environment = dict(os.environ) | {
                "PATH": f"{bin_folder}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "HOME": str(tmp_path),
                "AWS_ENDPOINT_URL": server.endpoint_url,
                "COLUMNS": "100",
            }
        for command, shown in steps(page):
            if command.startswith(SET_UP):
                _known_target(command)
                continue
            done = subprocess.run(
                ["sh", "-c", command], cwd=work, env=environment, capture_output=True, text=True, timeout=300
            )
            assert done.returncode in (0, 1, 3), f"$ {command}\n{done.stdout}{done.stderr}"
            if shown:
                assert done.stdout.strip() == shown.strip(), f"$ {command}"


def _known_target(command: str) -> None:
    """A make command in the docs names targets that the Makefile has."""
    words = shlex.split(command)
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text("utf-8")
        for target in words[1:]:
            assert re.search(rf"^{re.escape(target)}:", makefile, re.M), f"make {target}"
