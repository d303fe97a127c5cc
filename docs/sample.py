"""Write the run that docs/reports.md shows, and what the page's commands print of it.

    python docs/sample.py           the outputs anew, from docs/examples/run
    python docs/sample.py --scan    the run too, from the demo's account

The run is of one prefix of the demo, with two located occurrences a finding.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reports.md"
RUN = ROOT / "docs" / "examples" / "run"
TARGET = "s3://larkfield-customer-exports/exports/payments/"
_BLOCK = re.compile(r"(^```console\n)(\$ [^\n]*\n)(.*?)(^```$)", re.M | re.S)


def scan() -> None:
    """Scan the prefix of the demo's account, and keep the run without what is this machine's."""
    from rich.console import Console

    from classifier import config, demo, run

    with demo.embedded_server() as server:
        demo.seed(server)
        with server.environment():
            settings = config.Settings.model_construct(
                output=str(RUN), endpoint_url=server.endpoint_url, max_occurrences=2, store=""
            )
            run.scan([TARGET], settings, quiet=True, console=Console(stderr=True))
    path = RUN / "summary.json"
    summary = json.loads(path.read_text("utf-8"))
    shown = json.dumps({**summary, "settings": {"max_occurrences": 2}}, indent=2, ensure_ascii=False)
    path.write_text(shown + "\n", "utf-8")
    for file in RUN.iterdir():
        file.chmod(0o644)


def printed(command: str) -> str:
    """Return what a command of the page prints, run where the examples are."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "docs").mkdir()
        (work / "docs" / "examples").symlink_to(ROOT / "docs" / "examples")
        program = work / "s3-classifier"
        start = "from classifier.cli import main; main()"
        program.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{start}' \"$@\"\n")
        program.chmod(0o755)
        interpreter = work / "python"
        interpreter.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        interpreter.chmod(0o755)
        found = f"{work}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": found, "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(  # noqa: S603 - the page's own commands
            ["/bin/sh", "-c", command], cwd=work, env=environment, check=True, capture_output=True, text=True
        )
    return done.stdout.rstrip() + "\n"


def main() -> None:
    if "--scan" in sys.argv[1:]:
        scan()
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        _BLOCK.sub(lambda found: found[1] + found[2] + printed(found[2][2:].strip()) + found[4], text),
        "utf-8",
    )


if __name__ == "__main__":
    main()
