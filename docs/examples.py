"""Write what docs/access.md shows: the snapshot of each example as a file, and what the program says of it.

A JSON block is the file that the next command's --snapshot names; what follows a command in its console block
is that command's output.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "access.md"
_EXAMPLE = re.compile(
    r"^```json\n(?P<snapshot>.*?)^```$.*?"
    r"^```console\n\$ (?P<command>s3-classifier access --snapshot (?P<file>\S+)[^\n]*)\n(?P<output>.*?)^```$",
    re.M | re.S,
)


def examples(text: str) -> Iterator[tuple[Path, str]]:
    """Yield the file of each example on the page and its content: the JSON block on one line."""
    for found in _EXAMPLE.finditer(text):
        yield ROOT / found["file"], json.dumps(json.loads(found["snapshot"])) + "\n"


def with_outputs(text: str) -> str:
    """Return the page with each example's output as the program prints it, on 100 columns."""
    return _EXAMPLE.sub(_with_output, text)


def _with_output(found: re.Match[str]) -> str:
    program = "from classifier.cli import main; main()"
    arguments = found["command"].split()[1:]
    done = subprocess.run(  # noqa: S603 - this interpreter, on our own program
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"{found['command']}: {done.stderr}")
    start, end = (place - found.start() for place in found.span("output"))
    return found[0][:start] + done.stdout.strip("\n") + "\n" + found[0][end:]


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    for path, content in examples(page):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    PAGE.write_text(with_outputs(page), "utf-8")
    print(f"wrote {PAGE.name} and its examples")
