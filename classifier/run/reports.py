"""Reports of a run that is over, in any format."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from classifier import report
from classifier.errors import UsageError
from classifier.run.catalog import present
from classifier.run.content import REPORTS
from classifier.visible import visible

LAST = "last"


def past_run(name: str) -> report.PastRun:
    """Return a run: a run folder, the name of one under reports/, or `last`, the newest there.

    Raises UsageError.
    """
    if name == LAST and not Path(name).is_dir():
        return report.PastRun.open(_newest(), present)
    folder = next((path for path in (Path(name), REPORTS / name) if path.is_dir()), None)
    if folder is None:
        raise UsageError(f"{visible(name)}: there is no such run folder, here or in {REPORTS}/")
    return report.PastRun.open(folder, present)


def render_past(
    name: str, output_format: str, selection: report.Selection, output: str = "-"
) -> tuple[Path, list[str]]:
    """Render the run `name` to the file `output` (`-`: standard output).

    Return its folder, and what of it was missing or broken. Raises UsageError and OutputError.
    """
    (chosen,) = report.chosen_formats([output_format])
    run = past_run(name)
    if output == "-" and chosen.binary and sys.stdout.isatty():
        raise UsageError(f"--format {chosen.name} is not for a terminal: give --output FILE")
    with _sink(output) as out, report.writing("standard output" if output == "-" else output):
        chosen.render(run, selection, out)
    return run.folder, run.notes


def render_formats(folder: str, formats: Iterable[report.Format]) -> None:
    """Render into the folder of a run what every run folder has not anyway. Raises OutputError."""
    asked = [one for one in formats if not one.kept]
    if not folder or not asked:
        return
    run = report.PastRun.open(Path(folder))
    for one in asked:
        path = run.folder / one.filename
        with report.writing(path), report.create(path) as out:
            one.render(run, report.EVERYTHING, out)


def format_rows() -> list[tuple[str, str, str]]:
    """Return every format's name, file in a run folder and title."""
    return [(one.name, one.filename, one.title) for one in report.FORMATS.values()]


@contextmanager
def _sink(output: str) -> Iterator[BinaryIO]:
    if output == "-":
        yield sys.stdout.buffer
        with report.writing("standard output"):
            sys.stdout.buffer.flush()
        return
    with report.create(Path(output)) as out:
        yield out


def _newest() -> Path:
    runs = []
    for folder in REPORTS.glob("*"):
        try:
            with (folder / "summary.json").open("rb") as file:
                started = json.load(file)["started"]
        except (OSError, ValueError, KeyError, TypeError):  # under way, or cut short
            continue
        runs.append((str(started), os.fspath(folder)))
    if not runs:
        raise UsageError(f"{LAST}: there is no finished run in {REPORTS}/; name a run folder")
    return Path(max(runs)[1])
