"""`extract`: what the scanner sees in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError


def extract(
    targets: Annotated[
        list[str],
        typer.Argument(metavar="TARGET", help="A local file or folder, or s3://bucket[/prefix]."),
    ],
    output_format: Annotated[str, typer.Option("--format", help="jsonl, the only one.")] = "jsonl",
    output: options.Destination = "-",
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    no_sign_request: options.NoSignRequest = None,
    settings_file: options.Config = None,
) -> None:
    """Print what the scanner sees: a JSON line a stretch of text, and one a file with its status.

    This prints content. It is for looking at files of your own, not for reports.
    Exit code: 0 all read, 2 usage, 3 something could not be read, 4 error.
    """
    if output_format != "jsonl":
        raise UsageError(f"--format {output_format}: there is only jsonl")
    settings = config.load(
        {
            "profile": profile,
            "region": region,
            "endpoint_url": endpoint_url,
            "no_sign_request": no_sign_request or None,
        },
        settings_file,
    )
    with run.text_output(output) as out:
        raise typer.Exit(run.extract_lines(targets, settings, out, () if output == "-" else (Path(output),)))
