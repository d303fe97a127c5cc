"""`access`: who can do what with a bucket, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError


def access(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="TARGET", help="s3://bucket or a bucket's ARN.")
    ] = None,
    snapshot: Annotated[
        Path | None,
        typer.Option("--snapshot", help="Bucket snapshots (JSON Lines) to evaluate offline, a line each."),
    ] = None,
    output_format: Annotated[
        str, typer.Option("--format", help="text for people, jsonl for programs.")
    ] = "text",
    fix: Annotated[
        bool, typer.Option("--fix", help="Also the commands (AWS CLI, Terraform) that close what is open.")
    ] = False,
    output: options.Destination = "-",
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    no_sign_request: options.NoSignRequest = None,
    role_arn: options.RoleArn = None,
    external_id: options.ExternalId = None,
    role_session_name: options.RoleSessionName = None,
    mfa_serial: options.MfaSerial = None,
    settings_file: options.Config = None,
) -> None:
    """Tell who can reach a bucket, through which statement or grant, with a request that shows it.

    Exit code: 0 done, 2 usage, 3 partial (something could not be read), 4 error.
    """
    if bool(targets) == bool(snapshot):
        raise UsageError("access needs either targets (s3://bucket) or --snapshot FILE, not both")
    if output_format not in ("text", "jsonl"):
        raise UsageError(f"--format {output_format}: there are text and jsonl")
    if snapshot is not None:
        answers = run.access_offline(snapshot)
    else:
        settings = config.load(
            {
                "profile": profile,
                "region": region,
                "endpoint_url": endpoint_url,
                "no_sign_request": no_sign_request or None,
                "role_arn": role_arn,
                "external_id": external_id,
                "role_session_name": role_session_name,
                "mfa_serial": mfa_serial,
            },
            settings_file,
        )
        answers = run.access_live(targets or [], settings, options.ask)
    with run.text_output(output) as out:
        console = options.Screen(file=out, width=110, highlight=False)
        open_ones = 0
        for answer in answers:
            open_ones += run.undecided(answer)
            if output_format == "jsonl":
                out.write(run.verdict_line(answer))
            else:
                run.show_verdict(answer, console, fix=fix)
    raise typer.Exit(3 if open_ones else 0)
