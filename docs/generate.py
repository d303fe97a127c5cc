"""Write the pages that are made from the program: docs/cli.md."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).with_name("cli.md")
COMMANDS = (
    (),
    ("scan",),
    ("access",),
    ("check",),
    ("extract",),
    ("detectors",),
    ("detectors", "list"),
    ("detectors", "show"),
    ("detectors", "test"),
    ("demo",),
)


def help_of(command: tuple[str, ...]) -> str:
    """Return what the program prints for `COMMAND --help` on a terminal 100 columns wide."""
    program = "import sys; sys.argv[0] = 's3-classifier'; from classifier.cli import main; main()"
    environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1"}
    done = subprocess.run(  # noqa: S603 - this interpreter, on our own program
        [sys.executable, "-c", program, *command, "--help"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def cli_page() -> str:
    """Return docs/cli.md: the help of every command."""
    lines = ["# Commands", "", "Made from the program by `make docs`; a test compares the two.", ""]
    for command in COMMANDS:
        lines += [f"## {' '.join(('s3-classifier', *command))}", "", "```text", help_of(command), "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(cli_page(), "utf-8")
    print(f"wrote {PAGE.name}")
