"""The command line: parse, call `classifier.run`, print."""

from __future__ import annotations

import os
import sys
import traceback

import typer
from rich.console import Console

from classifier.cli import access, demo, detectors, extract, scan
from classifier.errors import ClassifierError

app = typer.Typer(
    name="s3-classifier",
    help="Finds sensitive data in S3 buckets, works out who can reach it, and says what to fix first.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("scan")(scan.scan)
app.command("access")(access.access)
app.command("extract")(extract.extract)
app.add_typer(detectors.app, name="detectors")
app.command("demo")(demo.demo)


def main() -> None:
    """Run the command line and exit with the code of docs/contracts.md."""
    try:
        app()
    except ClassifierError as error:
        Console(stderr=True, soft_wrap=True).print(
            f"s3-classifier: {error}", style="red", markup=False, highlight=False
        )
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of standard output went away; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(4)
    except Exception as error:  # noqa: BLE001 - the message may hold content that was read: show the place only
        traceback.print_tb(error.__traceback__)
        print(  # noqa: T201
            f"s3-classifier: internal error: {type(error).__name__} at the place above; please report it",
            file=sys.stderr,
        )
        sys.exit(4)
