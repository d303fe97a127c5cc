"""`detectors`: the pattern packs."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from classifier import run
from classifier.cli import options

app = typer.Typer(help="List, show, test and lint the detectors.", no_args_is_help=True)


@app.command("list")
def list_(detectors: options.Detectors = None, packs: options.Pack = None) -> None:
    """List the detectors that a selection holds (all when none is given)."""
    table = Table("id", "category", "tier", "recommended", "title", box=None, pad_edge=False)
    for row in run.detector_rows(detectors or "all", tuple(packs or ())):
        table.add_row(*row)
    options.Screen(width=140, highlight=False).print(table)


@app.command("show")
def show(detector: str, packs: options.Pack = None) -> None:
    """Show one detector as its pack defines it, and where."""
    typer.echo(run.detector_text(detector, tuple(packs or ())))


@app.command("test")
def examples(detectors: options.Detectors = None, packs: options.Pack = None) -> None:
    """Run the detectors on their own positive and negative examples; exit 1 when one fails."""
    failures, count = run.test_detectors(detectors or "all", tuple(packs or ()))
    for line in failures:
        typer.echo(line)
    typer.echo(f"{count - len({line.split(':')[0] for line in failures})} of {count} detectors pass")
    raise typer.Exit(1 if failures else 0)


@app.command("lint")
def lint(packs: options.Pack = None) -> None:
    """Look for mistakes and smells in the packs of your own, or in the shipped ones; exit 1 on a mistake.

    Each line says file and line. Mistakes: what a scan would refuse, failing examples, matches that a scan
    would miss, and expressions that slow every scan down. Smells: duplicates, expressions that fire often or
    have no end, and sources that nobody can look up.
    """
    lines, count, errors = run.lint_detectors(tuple(packs or ()))
    for line in lines:
        typer.echo(line)
    typer.echo(f"{count} detectors: {errors} errors, {len(lines) - errors} smells")
    raise typer.Exit(1 if errors else 0)


@app.command("hash-list")
def hash_list(
    source: Annotated[
        str, typer.Argument(metavar="FILE", help="A CSV file with a header; - is standard input.")
    ],
    column: Annotated[str, typer.Option("--column", help="The column: its name, or its number from 1.")],
    normalize: Annotated[
        str,
        typer.Option(
            "--normalize",
            help="What counts of a value: digits, alnum (letters and digits), lower (any case), none (all).",
        ),
    ] = "lower",
    output: options.Destination = "-",
) -> None:
    """Make a list of salted hashes of a column's values, for a detector with `listed: {hashes: FILE}`.

    The values are written nowhere. Who has the list can still try values against it, and finds those of few
    digits: keep it as carefully as the column.
    """
    with run.text_output(output) as out:
        run.hash_list(source, column, normalize, out)
