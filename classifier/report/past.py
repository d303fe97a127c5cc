"""A run that is over: its folder, read back line by line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from classifier.errors import UsageError
from classifier.model import JSON
from classifier.report.catalog import Catalog
from classifier.report.records import timestamp
from classifier.visible import visible

_OBJECTS = "objects.jsonl.gz"
_LINES = ("findings.jsonl", "alerts.jsonl", "buckets.jsonl", _OBJECTS)
_BROKEN_STREAM = (EOFError, gzip.BadGzipFile, zlib.error)
_Line = dict[str, JSON] | None
Fallback = Callable[[Mapping[str, JSON]], Catalog]


class PastRun:
    """A run folder. Records come as they stand in its files (reports/schema/), one at a time.

    A run that was killed has no summary, and its files may end in the middle of a line. What is missing or
    broken is left out and said in `notes`, once for each file.
    """

    def __init__(
        self, folder: Path, summary: dict[str, JSON], catalog: Catalog, notes: dict[str, str]
    ) -> None:
        self.folder = folder
        self.summary = summary
        self.catalog = catalog
        self._notes = notes

    @classmethod
    def open(cls, folder: Path, catalog: Fallback | None = None) -> PastRun:
        """Return the run in `folder`; where it has no catalog, `catalog` makes one, given the summary.

        Raises UsageError where it is no run folder.
        """
        if not folder.is_dir():
            raise UsageError(f"{visible(str(folder))}: there is no such run folder")
        notes: dict[str, str] = {}
        summary = _document(folder / "summary.json", notes)
        if not isinstance(summary.get("run_id"), str):
            if not any((folder / name).is_file() for name in _LINES):
                raise UsageError(f"{visible(str(folder))}: this is no run folder: it has no summary.json")
            notes["summary.json"] = "summary.json is missing or broken: the run did not come to its end"
            summary = {}
        found = _document(folder / "catalog.json", notes)
        try:
            known = Catalog.from_json(found) if found else Catalog() if catalog is None else catalog(summary)
        except (TypeError, ValueError):
            known = Catalog()
        return cls(folder, summary, known, notes)

    @property
    def notes(self) -> list[str]:
        """What was missing or broken in what has been read so far, in words."""
        return list(self._notes.values())

    @property
    def run_id(self) -> str:
        """The run's id; of a run without summary the folder's name."""
        return str(self.summary.get("run_id") or self.folder.resolve().name)

    @property
    def finished(self) -> str:
        """When the run ended, RFC 3339 in UTC; without a summary when its lines were last written."""
        told = self.summary.get("finished")
        if told:
            return str(told)
        times = [path.stat().st_mtime for name in _LINES if (path := self.folder / name).is_file()]
        return timestamp(datetime.fromtimestamp(max(times, default=0), UTC))

    def findings(self) -> Iterator[dict[str, JSON]]:
        """Yield the lines of findings.jsonl, in order."""
        return self._lines("findings.jsonl")

    def alerts(self) -> Iterator[dict[str, JSON]]:
        """Yield the lines of alerts.jsonl, most urgent first."""
        return self._lines("alerts.jsonl")

    def buckets(self) -> Iterator[dict[str, JSON]]:
        """Yield the lines of buckets.jsonl."""
        return self._lines("buckets.jsonl")

    def objects(self) -> Iterator[dict[str, JSON]]:
        """Yield the lines of objects.jsonl.gz, in the order of the findings."""
        return self._lines(_OBJECTS)

    def joined(self, findings: Iterable[dict[str, JSON]]) -> Iterator[tuple[dict[str, JSON], _Line]]:
        """Yield some findings, in the file's order, each with its object's line; None where there is none."""
        objects = self.objects()
        now: _Line = None
        for finding in findings:
            if finding.get("status") == "fixed":  # its object may be gone
                yield finding, None
                continue
            wanted = _identity(finding)
            while now is None or _identity(now) != wanted:
                now = next(objects, None)
                if now is None:
                    break
            yield finding, now

    @cached_property
    def places(self) -> dict[str, tuple[str | None, str | None]]:
        """The account and region of each bucket."""
        return {
            str(line.get("bucket", "")): (line.get("account"), line.get("region")) for line in self.buckets()
        }

    def _lines(self, name: str) -> Iterator[dict[str, JSON]]:
        path = self.folder / name
        broken = 0
        first = number = 0
        end = ""
        try:
            with _opened(path) as file:
                for number, line in enumerate(file, 1):
                    try:
                        record = json.loads(line)
                    except (ValueError, RecursionError):
                        record = None
                    if isinstance(record, dict):
                        yield record
                    else:
                        broken += 1
                        first = first or number
        except _BROKEN_STREAM:
            end = f"{name} breaks off after line {number:,}"
        except OSError as error:
            end = f"{name} cannot be read: {error.strerror or type(error).__name__}"
        if end or broken:
            lines = f"{name}: {broken:,} broken, the first in line {first:,}" if broken else ""
            self._notes[name] = "; ".join(part for part in (end, lines) if part)


def _identity(line: Mapping[str, JSON]) -> tuple[JSON, ...]:
    return line.get("bucket"), line.get("key"), line.get("version_id")


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _document(path: Path, notes: dict[str, str]) -> dict[str, JSON]:
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        notes[path.name] = f"{path.name} cannot be read ({type(error).__name__})"
        return {}
    return record if isinstance(record, dict) else {}
