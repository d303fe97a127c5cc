"""The run folder: every file of a run behind one writer."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from classifier.model import Alert, ObjectResult
from classifier.report.alerts_jsonl import AlertsJsonl
from classifier.report.buckets_csv import BucketsCsv
from classifier.report.buckets_jsonl import BucketsJsonl
from classifier.report.catalog import CatalogJson
from classifier.report.findings_csv import FindingsCsv
from classifier.report.findings_jsonl import FindingsJsonl
from classifier.report.formats import FORMATS, Format
from classifier.report.objects_jsonl import ObjectsJsonl
from classifier.report.records import BucketRecord, FindingRecord, Summary
from classifier.report.sink import make_folder
from classifier.report.summary_json import SummaryJson
from classifier.report.writer import Writer

WRITERS: tuple[Callable[[], Writer], ...] = (
    FindingsJsonl,
    AlertsJsonl,
    BucketsJsonl,
    ObjectsJsonl,
    FindingsCsv,
    BucketsCsv,
    CatalogJson,
    SummaryJson,
)


# How summary_json begins a file.
_SUMMARY = re.compile(rb'\{\n  "run_id": "[^"\n]{1,64}",\n  "version": "')


def names_in(folder: Path) -> frozenset[str]:
    """Return the names of a run's files where `folder` is a run folder of ours; else none."""
    try:
        handle = os.open(folder / SummaryJson.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            ours = _SUMMARY.match(file.read(1 << 10))
    except OSError:  # most folders have no such file
        return frozenset()
    return frozenset(_names()) if ours else frozenset()


def _names() -> list[str]:
    """Every name that a file of a run folder may have."""
    return list(
        dict.fromkeys([*(make().name for make in WRITERS), *(one.filename for one in FORMATS.values())])
    )


class RunFolder(Writer):
    """Passes every record to the writer of each file. Entering it makes the folder and starts all files.

    `formats` are those that are rendered into the folder when the run is over.
    """

    name = ""

    def __init__(self, folder: Path, formats: Sequence[Format] = ()) -> None:
        self.folder = folder
        self.formats = tuple(one for one in formats if not one.kept)
        self._writers = [make() for make in WRITERS]

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files, in the order they are described in reports/README.md."""
        rendered = (one.filename for one in self.formats)
        return (*(writer.name for writer in self._writers), *rendered)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a run's files may have, also those of formats that this run is not asked for."""
        return tuple(_names())

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
