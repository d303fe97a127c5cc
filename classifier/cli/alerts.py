"""`alerts`: the rules that raise alerts."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from classifier import run
from classifier.cli import history, options

app = typer.Typer(
    help="The rules that raise alerts, and the alerts that the store knows.", no_args_is_help=True
)
rules = typer.Typer(help="List, show and test the rules that raise alerts.", no_args_is_help=True)
app.add_typer(rules, name="rules")
app.command("list")(history.alerts)

Match = Annotated[
    str, typer.Argument(metavar="[ID|CATEGORY]", help="An id, with * for any letters, or a category.")
]


@rules.command("list")
def list_(match: Match = "*", packs: options.Rules = None) -> None:
    """List the rules: the shipped ones and those of --rules."""
    table = Table("id", "category", "index", "severity", "on", "title", box=None, pad_edge=False)
    for row in run.rule_rows(tuple(packs or ()), match):
        table.add_row(*row)
    options.Screen(width=160, highlight=False).print(table)


@rules.command("show")
def show(rule: str, packs: options.Rules = None) -> None:
    """Show one rule as its pack defines it, and where."""
    typer.echo(run.rule_text(rule, tuple(packs or ())))


@rules.command("test")
def examples(match: Match = "*", packs: options.Rules = None) -> None:
    """Run the tests that stand in the rules; exit 1 when one fails, 2 when a rule is wrong."""
    failures, tests, tested = run.try_rules(tuple(packs or ()), match)
    for line in failures:
        typer.echo(line)
    typer.echo(f"{tests - len(failures)} of {tests} tests pass, of {tested} rules")
    raise typer.Exit(1 if failures else 0)
