"""`runs`, `diff`, `timeline`: what the store remembers."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from classifier import run
from classifier.cli import options


def runs(store: options.Store = None) -> None:
    """List the runs that the store knows, the last first."""
    table = Table("run", "started", "state", "targets", "exit", box=None, pad_edge=False)
    for row in run.run_list(store):
        table.add_row(*row)
    options.Screen(width=160, highlight=False).print(table)


def diff(
    before: Annotated[str, typer.Argument(help="A run's id, or a beginning of it.")],
    after: Annotated[str, typer.Argument(help="A later run's; last is the one that began last.")] = "last",
    store: options.Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="All differences, as JSON.")] = False,
) -> None:
    """Tell what is different in a later run: what became public, what appeared, moved or was fixed.

    Exit code: 0 when nothing differs, 1 when something does.
    """
    found = run.run_diff(store, before, after)
    typer.echo(json.dumps(found.to_json()) if as_json else run.diff_text(found))
    raise typer.Exit(1 if found.edits else 0)


def timeline(
    bucket: Annotated[str, typer.Argument(help="A bucket's name.")], store: options.Store = None
) -> None:
    """Print a bucket's configuration through time: a JSON line for each state, with what changed."""
    for item in run.bucket_timeline(store, bucket):
        typer.echo(json.dumps(item))
