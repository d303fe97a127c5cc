"""`runs`, `diff`, `timeline`, `alerts list`: what the store remembers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError
from classifier.visible import visible

Format = Annotated[str, typer.Option("--format", help="text for people, json for programs.")]
RunId = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run's id, the beginning of it, last, or last~1 (the one before)."),
]

runs = typer.Typer(help="The runs that the store knows.", invoke_without_command=True)


def settings_of(store: str | None, settings_file: options.Config, output_format: str) -> config.Settings:
    """Return the settings that say where the store is. Raises UsageError."""
    if output_format not in ("text", "json"):
        raise UsageError(f"--format {output_format}: there are text and json")
    return config.load({"store": store}, settings_file)


def _print(table: Table) -> None:
    options.Screen(width=180, highlight=False, markup=False).print(table)


@runs.callback()
def list_(
    context: typer.Context,
    store: options.Store = None,
    output_format: Format = "text",
    settings_file: options.Config = None,
) -> None:
    """List the runs that the store knows, the last first; `runs show RUN` shows one."""
    if context.invoked_subcommand is not None:
        return
    with run.opened(settings_of(store, settings_file, output_format)) as opened:
        found = run.run_list(opened)
    if output_format == "json":
        for one in found:
            typer.echo(json.dumps(run.run_json(one)))
        return
    table = Table("run", "started", "state", "exit", "findings", "targets", box=None, pad_edge=False)
    for one in found:
        told = run.run_json(one)
        code = "" if one.exit_code is None else str(one.exit_code)
        count = told["totals"].get("findings", "")
        targets = visible(", ".join(one.targets[:3]) + ", …" * (len(one.targets) > 3))
        table.add_row(one.run_id, one.started, one.state, code, str(count), targets)
    _print(table)


@runs.command("show")
def show(
    run_id: RunId,
    store: options.Store = None,
    output_format: Format = "text",
    settings_file: options.Config = None,
) -> None:
    """Show a run: its settings, its folder, and what it found of each target."""
    with run.opened(settings_of(store, settings_file, output_format)) as opened:
        told = run.run_details(opened, run_id)
    if output_format == "json":
        typer.echo(json.dumps(told, indent=2))
        return
    for name in ("run_id", "state", "started", "ended", "exit_code", "version", "folder"):
        typer.echo(f"{name:<10} {visible(str(told[name]))}")
    for name, value in told["settings"].items():
        typer.echo(f"{'setting':<10} {name} = {visible(json.dumps(value))}")
    names = ("target", "risk", "objects", "sensitive_objects", "alerts", "error")
    table = Table("target", "risk", "objects", "sensitive", "alerts", "error", box=None, pad_edge=False)
    for row in told["found"]:
        table.add_row(*("" if row[name] is None else visible(str(row[name])) for name in names))
    _print(table)


def diff(
    before: RunId,
    after: Annotated[str, typer.Argument(metavar="[RUN]", help="A later run.")] = "last",
    store: options.Store = None,
    output_format: Format = "text",
    settings_file: options.Config = None,
) -> None:
    """Tell what is different in a later run: what became public, what appeared, moved or was fixed.

    Exit code: 0 when nothing differs, 1 when something does, 2 usage, 4 error.
    """
    with run.opened(settings_of(store, settings_file, output_format)) as opened:
        found = run.drift(run.state_of(opened, before), run.state_of(opened, after))
    typer.echo(json.dumps(found.to_json(), indent=2) if output_format == "json" else run.diff_text(found))
    raise typer.Exit(1 if found.edits else 0)


def timeline(
    bucket: Annotated[str, typer.Argument(metavar="BUCKET", help="A bucket's name.")],
    store: options.Store = None,
    output_format: Format = "text",
    settings_file: options.Config = None,
) -> None:
    """Print a bucket's configuration through time, and what changed; in JSON a line for each state."""
    name = bucket.removeprefix("s3://").rstrip("/")
    with run.opened(settings_of(store, settings_file, output_format)) as opened:
        items = list(run.timeline(opened, name))
    for item in items:
        if output_format == "json":
            typer.echo(json.dumps(item))
        else:
            typer.echo(run.timeline_text(item))


def alerts(
    packs: options.Rules = None,
    status: Annotated[
        str | None, typer.Option("--status", help="Only: new, open, reopened, suppressed or fixed.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", help="Only at or over: low, medium, high, critical.")
    ] = None,
    category: Annotated[str | None, typer.Option("--category", help="Only of this category.")] = None,
    store: options.Store = None,
    output_format: Format = "text",
    settings_file: options.Config = None,
) -> None:
    """List the alerts that the store knows: new, open, reopened, suppressed, and what is fixed.

    new is what the last run over a target raised first, fixed what it raised no more. --rules names your
    packs with suppressions.
    """
    settings = settings_of(store, settings_file, output_format)
    rules = run.rules_of(tuple(packs) if packs else settings.rules)
    with run.opened(settings) as opened:
        lives = run.alert_lives(opened, rules, datetime.now(UTC).date())
    found = run.chosen_lives(lives, status, severity, category)
    if output_format == "json":
        for life in found:
            typer.echo(json.dumps(life.to_json()))
        return
    table = Table("status", "severity", "category", "bucket", "first seen", "alert", box=None, pad_edge=False)
    for life in found:
        one = life.alert
        band = f"{one.severity:g} {one.band}"
        texts = (life.status, band, one.category, one.bucket, life.first_seen, one.narrative)
        table.add_row(*map(visible, texts))
    _print(table)
