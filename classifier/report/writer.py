"""The interface of every report format."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from classifier.model import Alert, ObjectResult
from classifier.report.records import BucketRecord, FindingRecord, Summary


class Writer:
    """Takes a run's records as they come and keeps none; a format overrides what it has a place for.

    `name` is the file it writes in the run folder. The order is: `open`, any number of findings, objects,
    alerts and buckets, at most one `summary`, `close`, which leaving the writer as a context does. Every
    method raises OutputError.
    """

    name: str

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self, folder: Path) -> None:
        """Start the file in the run folder, which exists."""

    def finding(self, record: FindingRecord) -> None:
        """Write an object × detector."""

    def object(self, result: ObjectResult) -> None:
        """Write what became of an object in scope."""

    def alert(self, alert: Alert) -> None:
        """Write an alert."""

    def bucket(self, record: BucketRecord) -> None:
        """Write a bucket at its end."""

    def summary(self, summary: Summary) -> None:
        """Write the run at its end."""

    def close(self) -> None:
        """Finish the file; harmless when it was never opened or is closed already."""
