"""`trail`: alerts from the logs of what was done."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError
from classifier.model import Severity
from classifier.visible import visible


def trail(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="CloudTrail files or S3 server access logs: files, folders or s3:// prefixes.",
        ),
    ],
    trail_config: Annotated[
        Path | None,
        typer.Option("--trail-config", help="What is known (YAML): tor_list, trusted_ips, known_accounts, …"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Leave out what was before: a date or time, UTC unless it says."),
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Leave out what was then or later.")] = None,
    output_format: Annotated[str, typer.Option("--format", help="jsonl: a line an alert.")] = "jsonl",
    output: options.Destination = "-",
    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", help="Exit 1 on an alert at or over this level."),
    ] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    no_sign_request: options.NoSignRequest = None,
    role_arn: options.RoleArn = None,
    settings_file: options.Config = None,
) -> None:
    """Alerts on what was done, from CloudTrail's log files and S3 server access logs.

    What was read, what was not and which categories were evaluated is said on standard error. Exit code: 0
    clean, 1 an alert at or over --fail-on, 2 usage, 3 partial (a file could not be read), 4 error.
    """
    if output_format != "jsonl":
        raise UsageError(f"--format {output_format}: there is jsonl")
    settings = config.load(
        {
            "fail_on": fail_on,
            "profile": profile,
            "region": region,
            "endpoint_url": endpoint_url,
            "no_sign_request": no_sign_request or None,
            "role_arn": role_arn,
        },
        settings_file,
    )
    found = run.trail_alerts(sources, settings, trail_config, since, until)
    with run.text_output(output) as out:
        for alert in found.alerts:
            out.write(run.alert_line(alert))
    counts = found.counts
    said = [
        f"{counts.events:,} events of {counts.files:,} files, {counts.duplicates:,} twice, "
        f"{counts.services:,} of AWS services left out; {len(found.alerts):,} alerts",
        f"evaluated: {', '.join(found.categories)}",
        *found.notes,
    ]
    for line in said:
        options.console(stderr=True).print(visible(line), markup=False, highlight=False, soft_wrap=True)
    level: Severity | None = settings.fail_on
    if level is not None and any(alert.band.rank >= level.rank for alert in found.alerts):
        raise typer.Exit(1)
    raise typer.Exit(3 if found.unread else 0)
