"""`report`: a run that is over, in another format, or a part of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from classifier import run
from classifier.cli import options
from classifier.cli.scan import FORMATS
from classifier.visible import visible


def report(
    past: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, its name under reports/, or last: the newest.")
    ],
    output_format: Annotated[str, typer.Option("--format", help=f"One of: {FORMATS}.")] = "json",
    output: options.Destination = "-",
    severity: options.Severities = None,
    category: options.Categories = None,
    bucket: options.Buckets = None,
    types: options.Types = None,
    status: options.Statuses = None,
) -> None:
    """Show a past run in a format, whole or in part.

    A filter may be given more than once, and takes several values with commas: any of them passes. What of
    the run folder is missing or broken is said on standard error. Exit code: 0 done, 2 usage, 4 error.
    """
    selection = options.selection(severity, category, bucket, types, status)
    _, notes = run.render_past(past, output_format, selection, output)
    for note in notes:
        options.console(stderr=True).print(Text(visible(note), "yellow"), soft_wrap=True)
