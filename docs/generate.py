"""Write the pages that are made from the program: docs/cli.md, docs/detectors.md."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from classifier.detect import Detector, shipped_packs
from classifier.model import Category

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
    ("detectors", "lint"),
    ("detectors", "hash-list"),
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


def detectors_page(detectors: Sequence[Detector]) -> str:
    """Return docs/detectors.md: every shipped detector, by category and pack."""
    lines = [
        "# Detectors",
        "",
        f"The {len(detectors):,} shipped detectors. Made from the packs in `patterns/` by `make docs`; a",
        "test compares the two. `s3-classifier detectors show ID` shows one whole, and",
        "[writing-detectors.md](writing-detectors.md) adds your own. Severity is that of 1, 2–99 and 100 or",
        "more occurrences in an object. What is not recommended runs with `--detectors all` or by its id.",
        "",
        "| category | pack | detectors |",
        "|---|---|---|",
    ]
    ordered = sorted(detectors, key=lambda d: (list(Category).index(d.category), d.file.name, d.id))
    groups = [(key, list(group)) for key, group in groupby(ordered, lambda d: (d.category, d.file.name))]
    for (category, file), group in groups:
        lines.append(f"| {category} | [{file}](../patterns/{file}) | {len(group)} |")
    for (category, file), group in groups:
        lines += [
            "",
            f"## {category}: {file}",
            "",
            "| id | title | tier | severity | source |",
            "|---|---|---|---|---|",
        ]
        lines += map(_row, group)
    return "\n".join([*lines, ""])


def _row(detector: Detector) -> str:
    severity = list(dict.fromkeys(detector.severity))
    shown = severity[0] if len(severity) == 1 else ", ".join(detector.severity)
    name = f"`{detector.id}`" + ("" if detector.recommended else " (not recommended)")
    source = detector.source.partition("://")[2].partition("/")[0]
    title = detector.title.replace("|", "\\|")
    return f"| {name} | {title} | {detector.tier} | {shown} | [{source}]({detector.source}) |"


PAGES = {"cli.md": cli_page, "detectors.md": lambda: detectors_page(shipped_packs())}


if __name__ == "__main__":
    for name, page in PAGES.items():
        Path(__file__).with_name(name).write_text(page(), "utf-8")
        print(f"wrote {name}")
