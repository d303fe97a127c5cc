"""The command line: parse, call `classifier.run`, print."""

from __future__ import annotations

import gc
import sys
import traceback
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from classifier.cli import (
    access,
    alerts,
    check,
    demo,
    detectors,
    extract,
    findings,
    history,
    notify,
    options,
    plan,
    report,
    scan,
    trail,
)
from classifier.errors import ClassifierError
from classifier.visible import visible


class _Commands(TyperGroup):
    """Takes out of typer's hands what it would end with exit code 1, that of a finding, or 130."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise _ReaderGone from None
        except KeyboardInterrupt:
            raise ClassifierError("interrupted before there was a report; run again") from None


class _ReaderGone(Exception):
    """Whoever read standard output has had enough: nothing to complain about."""


app = typer.Typer(
    name="s3-classifier",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command("scan")(scan.scan)
app.command("plan")(plan.plan)
app.command("access")(access.access)
app.command("check")(check.check)
app.command("report")(report.report)
app.add_typer(findings.app, name="findings")
app.command("notify")(notify.notify)
app.command("trail")(trail.trail)
app.command("extract")(extract.extract)
app.add_typer(history.runs, name="runs")
app.command("diff")(history.diff)
app.command("timeline")(history.timeline)
app.add_typer(detectors.app, name="detectors")
app.add_typer(alerts.app, name="alerts")
app.command("demo")(demo.demo)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"s3-classifier {version('s3-classifier')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Finds sensitive data in S3 buckets, works out who can reach it, and says what to fix first."""


def main() -> None:
    """Run the command line and exit with the code of docs/contracts.md."""
    gc.freeze()  # what is imported stays: not to be looked through at every collection
    try:
        app()
    except _ReaderGone:
        sys.exit(ClassifierError.exit_code)
    except ClassifierError as error:
        if not isinstance(error.__context__, BrokenPipeError):
            _complain(Text(f"s3-classifier: {visible(str(error))}", "red"))
        sys.exit(error.exit_code)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - obstore's PanicException is no Exception
        # The message may hold content that was read: show the place only.
        place = "".join(traceback.format_tb(error.__traceback__))
        kind = type(error).__name__
        _complain(Text(f"{place}s3-classifier: internal error: {kind} at the place above; please report it"))
        sys.exit(ClassifierError.exit_code)
    finally:
        options.settle_output()


def _complain(text: Text) -> None:
    """Print on standard error, if anybody listens: the exit code says it too."""
    with suppress(OSError):
        options.console(stderr=True).print(text, soft_wrap=True)
