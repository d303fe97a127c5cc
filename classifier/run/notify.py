"""Messages about a run: while it goes on, and of one that is over."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from classifier import report
from classifier.config import Settings
from classifier.errors import StoreError, UsageError
from classifier.model import JSON
from classifier.run.reports import past_run
from classifier.visible import visible

if TYPE_CHECKING:  # imported on first use: most runs tell nobody
    from classifier import notify


class Notifier:
    """Tells the channels of the settings what becomes of a run; without the setting it does nothing.

    Raises ConfigError and UsageError before the run begins; after that nothing that a channel does stops it.
    """

    def __init__(self, settings: Settings, run_id: str) -> None:
        self._run_id = run_id
        self._channels: notify.NotifySettings | None = None
        if settings.notify is not None:
            from classifier import notify

            self._channels = notify.load_channels(settings.notify)
            if settings.output == "-":
                raise UsageError("--notify needs a run folder: name one for --output")

    def started(self, targets: Sequence[str]) -> None:
        """Tell that the run begins."""
        self._deliver({"run_id": self._run_id, "targets": list(targets)})

    def failed(self, why: str) -> None:
        """Tell that the run ended without a report."""
        self._deliver({"run_id": self._run_id}, failed=visible(why))

    def finished(self, summary: report.Summary) -> report.Summary:
        """Tell what the run found; return the summary with what could not be told, in its file too."""
        if self._channels is None or not summary.folder:
            return summary
        told = self._deliver({}, report.PastRun.open(Path(summary.folder)))
        if not told:
            return summary
        noted = replace(summary, notes=[*summary.notes, *(f"Notification: {line}." for line in told)])
        writer = report.SummaryJson()
        writer.open(Path(summary.folder))
        writer.summary(noted)
        return noted

    def _deliver(
        self, facts: dict[str, JSON], past: report.PastRun | None = None, failed: str = ""
    ) -> list[str]:
        """Send, and return what went wrong."""
        if self._channels is None:
            return []
        from classifier import notify

        run = notify.Run(self._run_id, facts, failed=failed) if past is None else _of(past)
        try:
            with notify.Sent() as sent:
                outcomes = notify.deliver(run, self._channels, sent)
        except StoreError as error:
            return [str(error)]
        return [str(outcome) for outcome in outcomes if outcome.error]


def notify_past(name: str, channels: Path, *, again: bool = False) -> list[notify.Outcome]:
    """Send what is new of a past run; return what became of each channel's messages.

    Raises UsageError, ConfigError and StoreError.
    """
    from classifier import notify

    settings = notify.load_channels(channels)
    run = _of(past_run(name))
    with notify.Sent() as sent:
        return notify.deliver(run, settings, sent, again=again)


def preview_past(name: str, channels: Path, *, again: bool = False) -> Iterator[dict[str, JSON]]:
    """Yield what `notify_past` would send. Raises UsageError, ConfigError and StoreError."""
    from classifier import notify

    settings = notify.load_channels(channels)
    run = _of(past_run(name))
    with notify.Sent() as sent:
        yield from notify.previews(run, settings, sent, again=again)


def print_previews(rows: Iterator[dict[str, JSON]]) -> None:
    """Print a line for each message that would be sent."""
    for row in rows:
        with report.writing("standard output"):
            sys.stdout.buffer.write(report.encode(row) + b"\n")
    with report.writing("standard output"):
        sys.stdout.buffer.flush()


def _of(past: report.PastRun) -> notify.Run:
    from classifier import notify

    facts = notify.facts_of(past)
    failed = "" if past.summary else "it did not come to its end"
    return notify.Run(past.run_id, facts, past, failed)
