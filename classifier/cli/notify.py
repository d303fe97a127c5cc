"""`notify`: messages about a run that is over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier import run
from classifier.cli import options
from classifier.errors import AccessFailure
from classifier.visible import visible


def notify(
    past: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, its name under reports/, or last: the newest.")
    ],
    channels: Annotated[Path, typer.Option("--config", help="Where messages go (YAML).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, a JSON line a message; send nothing.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Send also what was told before.")] = False,
) -> None:
    """Send messages about a past run: what is new to each channel.

    Exit code: 0 sent, or nothing to send; 2 usage, 4 a channel did not take all of its messages.
    """
    if dry_run:
        run.print_previews(run.preview_past(past, channels, again=again))
        return
    outcomes = run.notify_past(past, channels, again=again)
    for outcome in outcomes:
        options.console().print(visible(str(outcome)), markup=False, highlight=False, soft_wrap=True)
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(AccessFailure.exit_code)
