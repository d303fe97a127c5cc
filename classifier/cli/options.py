"""Options that several commands share, spelled as the AWS command line spells them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from classifier.report import STATUSES, Selection

Profile = Annotated[
    str | None,
    typer.Option("--profile", help="Named profile of the AWS configuration files."),
]
Region = Annotated[
    str | None,
    typer.Option("--region", help="Region of the first call; each bucket's own is looked up."),
]
EndpointUrl = Annotated[
    str | None, typer.Option("--endpoint-url", help="Address of an S3-compatible server.")
]
NoSignRequest = Annotated[
    bool | None, typer.Option("--no-sign-request", help="Send unsigned (anonymous) requests.")
]
RoleArn = Annotated[str | None, typer.Option("--role-arn", help="IAM role to assume first.")]
ExternalId = Annotated[str | None, typer.Option("--external-id", help="External id for the role.")]
RoleSessionName = Annotated[
    str | None, typer.Option("--role-session-name", help="Session name for the role.")
]
MfaSerial = Annotated[
    str | None, typer.Option("--mfa-serial", help="MFA device for the role; its code is asked for.")
]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="Settings file (TOML); ./s3-classifier.toml when there is one."),
]
Detectors = Annotated[
    str | None,
    typer.Option("--detectors", help="recommended (the default), all, or a list: ID,…; -ID leaves one out."),
]
Pack = Annotated[
    list[Path] | None,
    typer.Option(
        "--pack", help="Detectors of your own: a pack (YAML) or Amazon Macie's JSON; may be repeated."
    ),
]
Rules = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        help="Alert rules of your own: a pack (YAML), a Sigma rule, or a folder of them; may be repeated.",
    ),
]
Recognizers = Annotated[
    list[str] | None,
    typer.Option(
        "--recognizers",
        metavar="FILE|MODULE:OBJECT|NAME",
        help="Presidio recognizers: a registry (YAML), a Python object, an entry point; may be repeated.",
    ),
]
AllowList = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-list",
        metavar="FILE|s3://BUCKET/KEY",
        help="Values that are not reported: YAML, Macie's JSON, or text with one a line; may be repeated.",
    ),
]
AllowListOptional = Annotated[
    bool | None,
    typer.Option("--allow-list-optional", help="Scan without an allow list that cannot be read; says so."),
]
Output = Annotated[
    str | None,
    typer.Option("--output", "-o", help="Run folder, reports/RUN-ID if not given; - streams findings."),
]
Destination = Annotated[str, typer.Option("--output", "-o", help="File to write; - for standard output.")]

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="FILE|URL|none",
        help="Where runs are kept: a file, postgresql://USER@HOST/DATABASE, or none.",
    ),
]

Severities = Annotated[
    list[str] | None,
    typer.Option(
        "--severity", metavar="LEVEL", help="Only these: critical, high, medium, low, informational."
    ),
]
Categories = Annotated[
    list[str] | None,
    typer.Option("--category", help="Only these, of data (CREDENTIALS) or of alerts (Open permissions)."),
]
Buckets = Annotated[
    list[str] | None, typer.Option("--bucket", help="Only these buckets; * and ? stand for any text.")
]
Types = Annotated[
    list[str] | None,
    typer.Option("--type", help="Only these detectors and alert rules; * and ? stand for any text."),
]
Statuses = Annotated[list[str] | None, typer.Option("--status", help=f"Only these: {', '.join(STATUSES)}.")]

_PLAIN_WIDTH = 120


def selection(*given: list[str] | None) -> Selection:
    """Return the filters of severities, categories, buckets, types and statuses, each with commas too.

    Raises UsageError.
    """
    parts = [[part.strip() for value in one or [] for part in value.split(",")] for one in given]
    return Selection.of(*([part for part in one if part] for one in parts))


class Screen(Console):
    """A console whose user may stop reading: that is a BrokenPipeError, not an exit of rich's own.

    On standard error it is nothing: a scan goes on without anybody who looks at its progress.
    """

    def on_broken_pipe(self) -> None:
        if not self.stderr:
            raise BrokenPipeError
        self.quiet = True


def console(*, stderr: bool = False) -> Console:
    """The console for what people read; off a terminal it is wide enough for the summary's tables."""
    found = Screen(stderr=stderr)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = _PLAIN_WIDTH
    return found


def ask(question: str) -> str:
    """Ask the person at the terminal, on standard error, without showing the answer."""
    return str(typer.prompt(question.rstrip(": "), hide_input=True, err=True))


def settle_output() -> None:
    """Write out what is left for standard output and standard error, or drop it where nobody takes it.

    Else Python would complain at its exit, and exit with a code of its own.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # closed before Python started
            continue
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def leave(code: int) -> NoReturn:
    """End the process now: Python would first wait for threads that wait for a server's answer."""
    settle_output()
    os._exit(code)
