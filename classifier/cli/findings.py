"""`findings`: those of a run, one of them, and its values for the person at the terminal."""

from __future__ import annotations

import json
import sys
from itertools import islice
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError
from classifier.visible import visible

app = typer.Typer(help="List, show and reveal the findings of a run.", no_args_is_help=True)

Run = Annotated[str, typer.Option("--run", help="A run folder, its name under reports/, or last.")]
FindingId = Annotated[str, typer.Argument(metavar="ID", help="A finding's id, or how it begins.")]
Format = Annotated[str, typer.Option("--format", help="text for people, json for programs.")]


@app.command("list")
def list_(
    past: Annotated[
        str, typer.Argument(metavar="RUN", help="A run folder, its name under reports/, or last.")
    ] = "last",
    output_format: Format = "text",
    most: Annotated[int, typer.Option("--most", min=1, help="Rows of text.")] = 100,
    severity: options.Severities = None,
    category: options.Categories = None,
    bucket: options.Buckets = None,
    types: options.Types = None,
    status: options.Statuses = None,
) -> None:
    """List the findings of a run, in the order of its report; json has a line for each."""
    _checked(output_format)
    selection = options.selection(severity, category, bucket, types, status)
    if output_format == "json":
        run.render_past(past, "jsonl", selection)
        return
    found = run.past_run(past)
    lines = selection.findings(found)
    table = Table("id", "severity", "risk", "type", "count", "status", "object", box=None, pad_edge=False)
    for line in islice(lines, most):
        where = f"s3://{line['bucket']}/{line['key']}" if line["bucket"] else line["key"]
        cells = (
            line["finding_id"][:12], line["severity"], str(line["risk"]), line["detector"],
            f"{line['count']:,}", line["status"], where,
        )  # fmt: skip
        table.add_row(*(Text(visible(cell)) for cell in cells))
    options.Screen(width=180, highlight=False).print(table)
    left = sum(1 for _ in lines)
    for note in [*found.notes, *([f"{left:,} more: give --most, or filters"] if left else [])]:
        options.console(stderr=True).print(Text(visible(note), "yellow"), soft_wrap=True)


@app.command("show")
def show(finding: FindingId, past: Run = "last", output_format: Format = "text") -> None:
    """Show a finding: what, where, who reaches it, and what to do. Values are masked."""
    _checked(output_format)
    found = run.past_run(past)
    line = run.finding(found, finding)
    if output_format == "json":
        typer.echo(json.dumps(line))
        return
    detector, exposure = line["detector"], line["exposure"]
    where = f"s3://{line['bucket']}/{line['key']}" if line["bucket"] else line["key"]
    rows = [
        ("finding", line["finding_id"]),
        ("type", f"{found.catalog.title(detector)} ({detector})"),
        ("object", where),
        ("version", line["version_id"] or ""),
        ("severity", f"{line['severity']}; risk {line['risk']} of 100; {line['status']}"),
        ("matches", f"{line['count']:,}{'' if line['count_is_exact'] else ' or more'}; {line['tier']}"),
        ("exposure", " ".join([exposure["level"], *exposure["principals"]])),
        ("remediation", found.catalog.remediation(detector)),
    ]
    for name, text in rows:
        if text:
            typer.echo(f"{name:<12} {visible(str(text))}")
    for one in line["occurrences"]:
        place = "; ".join(f"{name} {value}" for name, value in one["location"].items())
        typer.echo(f"{'at':<12} {visible(place)}: {visible(one['masked'])}")


@app.command("reveal")
def reveal(
    finding: FindingId,
    past: Run = "last",
    yes: Annotated[bool, typer.Option("--yes", help="Yes, show the values: needed every time.")] = False,
    values: Annotated[int, typer.Option("--values", min=1, max=100, help="Values shown.")] = 5,
    context: Annotated[
        int, typer.Option("--context", min=0, max=200, help="Bytes shown before and after each.")
    ] = 30,
    force: Annotated[bool, typer.Option("--force", help="Even where the output is no terminal.")] = False,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    no_sign_request: options.NoSignRequest = None,
    role_arn: options.RoleArn = None,
    external_id: options.ExternalId = None,
    settings_file: options.Config = None,
) -> None:
    """Read a finding's object again, now, and show its values on the terminal.

    Nothing is kept but a line in audit.jsonl of the user's state folder: who looked at what, and when. The
    detectors and the connection are those of the run, unless options say otherwise. Exit code: 0 shown, 2
    usage, 3 the object no longer holds what was found, 4 it cannot be read.
    """
    if not yes:
        raise UsageError("reveal shows sensitive values: give --yes")
    if not force and not sys.stdout.isatty():
        raise UsageError("reveal is for a terminal; --force writes the values to whatever takes the output")
    flags = {
        "profile": profile,
        "region": region,
        "endpoint_url": endpoint_url,
        "no_sign_request": no_sign_request or None,
        "role_arn": role_arn,
        "external_id": external_id,
    }
    settings = config.load(run.settings_of(run.past_run(past), flags), settings_file)
    found = run.reveal(past, finding, settings, values, context)
    for line in run.shown(found):
        typer.echo(line)
    if not found:
        said = "nothing of it was found: the object has changed, or the run had another fingerprint key"
        options.console(stderr=True).print(said, soft_wrap=True)
        raise typer.Exit(3)


def _checked(output_format: str) -> None:
    if output_format not in ("text", "json"):
        raise UsageError(f"--format {output_format}: there are text and json")
