"""`report`: a run that is over, in another format, or a part of it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from classifier import run
from classifier.cli import options
from classifier.cli.scan import FORMATS
from classifier.report import Selection
from classifier.visible import visible


def report(
    past: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, its name under reports/, or last: the newest.")
    ],
    output_format: Annotated[str, typer.Option("--format", help=f"One of: {FORMATS}.")] = "json",
    output: options.Destination = "-",
    severity: Annotated[
        list[str] | None,
        typer.Option(
            "--severity", metavar="LEVEL", help="Only these: critical, high, medium, low, informational."
        ),
    ] = None,
    category: Annotated[
        list[str] | None,
        typer.Option("--category", help="Only these, of data (CREDENTIALS) or of alerts (Open permissions)."),
    ] = None,
    bucket: Annotated[
        list[str] | None, typer.Option("--bucket", help="Only these buckets; * and ? stand for any text.")
    ] = None,
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only these detectors and alert rules; * and ? stand for any text."),
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", help="Only these: new, open, fixed, suppressed.")
    ] = None,
) -> None:
    """Show a past run in a format, whole or in part.

    A filter may be given more than once, and takes several values with commas: any of them passes. What of
    the run folder is missing or broken is said on standard error. Exit code: 0 done, 2 usage, 4 error.
    """
    asked = [_split(values) for values in (severity, category, bucket, types, status)]
    _, notes = run.render_past(past, output_format, Selection.of(*asked), output)
    for note in notes:
        options.console(stderr=True).print(Text(visible(note), "yellow"), soft_wrap=True)


def _split(values: list[str] | None) -> list[str]:
    return [part.strip() for value in values or [] for part in value.split(",") if part.strip()]
