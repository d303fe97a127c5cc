"""The run folder: every file of a run behind one writer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from classifier.model import Alert, ObjectResult
from classifier.report.alerts_jsonl import AlertsJsonl
from classifier.report.buckets_csv import BucketsCsv
from classifier.report.buckets_jsonl import BucketsJsonl
from classifier.report.findings_csv import FindingsCsv
from classifier.report.findings_jsonl import FindingsJsonl
from classifier.report.objects_jsonl import ObjectsJsonl
from classifier.report.records import BucketRecord, FindingRecord, Summary
from classifier.report.sink import make_folder
from classifier.report.summary_json import SummaryJson
from classifier.report.writer import Writer

ALWAYS: tuple[Callable[[], Writer], ...] = (
    FindingsJsonl,
    AlertsJsonl,
    BucketsJsonl,
    ObjectsJsonl,
    FindingsCsv,
    BucketsCsv,
    SummaryJson,
)
# What `--format` adds to the folder; json, jsonl and csv are there always.
FORMATS: Mapping[str, tuple[Callable[[], Writer], ...]] = {"json": (), "jsonl": (), "csv": ()}


class RunFolder(Writer):
    """Passes every record to the writer of each file. Entering it makes the folder and starts all files."""

    name = ""

    def __init__(self, folder: Path, formats: Collection[str] = ()) -> None:
        self.folder = folder
        added = [make for name in formats for make in FORMATS[name]]
        self._writers = [make() for make in dict.fromkeys([*ALWAYS, *added])]

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, in the order they are described in reports/README.md."""
        return tuple(writer.name for writer in self._writers)

    def __enter__(self) -> Self:
        make_folder(self.folder)
        try:
            self.open(self.folder)
        except BaseException:
            self.close()
            raise
        return self

    def open(self, folder: Path) -> None:
        for writer in self._writers:
            writer.open(folder)

    def finding(self, record: FindingRecord) -> None:
        for writer in self._writers:
            writer.finding(record)

    def object(self, result: ObjectResult) -> None:
        for writer in self._writers:
            writer.object(result)

    def alert(self, alert: Alert) -> None:
        for writer in self._writers:
            writer.alert(alert)

    def bucket(self, record: BucketRecord) -> None:
        for writer in self._writers:
            writer.bucket(record)

    def summary(self, summary: Summary) -> None:
        for writer in self._writers:
            writer.summary(summary)

    def close(self) -> None:
        with ExitStack() as stack:
            for writer in reversed(self._writers):
                stack.callback(writer.close)
