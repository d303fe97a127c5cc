"""What is known of a bucket's content: the findings of an earlier run, or of a sample that is read now."""

from __future__ import annotations

import gzip
import hashlib
import heapq
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path

from rich.console import Console

from classifier import crawl, report
from classifier.config import Settings, fingerprint_key
from classifier.errors import TargetError, UsageError
from classifier.model import JSON, ObjectResult, S3Object, Severity, Target
from classifier.run.lists import prepare
from classifier.run.plan import shards
from classifier.run.pool import results
from classifier.run.progress import meter
from classifier.run.totals import NOT_A_GAP
from classifier.run.worker import WorkerSpec

REPORTS = Path("reports")
LISTED_AT_MOST = 20_000  # objects, of which the sample is taken
_BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Fact:
    """What a detector found in an object; `confidence` is its best match's."""

    detector: str
    severity: Severity
    count: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Seen:
    """An object with what was found in it. `unread`: not all of it could be read."""

    key: str
    facts: tuple[Fact, ...]
    unread: bool


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run folder that has the bucket; `rows` are the bucket's in its summary, one a target."""

    folder: Path
    summary: JSON
    rows: tuple[JSON, ...]

    @property
    def prefixes(self) -> list[str]:
        """The prefixes that were listed to their end."""
        return [_prefix(row) for row in self.rows if row["error"] is None]

    def content(self, now: datetime) -> report.Content:
        """Return where the findings come from."""
        finished = str(self.summary["finished"])
        age = now - datetime.strptime(finished, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        parts = [row["coverage"] for row in self.rows]
        return report.Content(
            source="run",
            run_id=str(self.summary["run_id"]),
            folder=str(self.folder),
            finished=finished,
            age_seconds=max(0, int(age.total_seconds())),
            target=", ".join(str(row["target"]) for row in self.rows),
            objects=sum(part["objects"] for part in parts),
            read=sum(part["complete"] + part["partial"] for part in parts),
            sensitive=sum(row["sensitive_objects"] for row in self.rows),
        )

    def seen(self, bucket: str, prefix: str) -> Iterator[Seen]:
        """Yield the objects under `prefix` in which something was found or left unread.

        An object with findings that was not read whole comes twice. Raises UsageError.
        """
        try:
            with (self.folder / "findings.jsonl").open(encoding="utf-8") as lines:
                records = (json.loads(line) for line in lines)
                for (where, key), group in groupby(records, lambda item: (item["bucket"], item["key"])):
                    if where == bucket and key.startswith(prefix):
                        yield Seen(key, tuple(_fact(item) for item in group), unread=False)
            with gzip.open(self.folder / "objects.jsonl.gz", "rt", encoding="utf-8") as lines:
                for item in map(json.loads, lines):
                    gaps = any(problem["reason"] not in NOT_A_GAP for problem in item["problems"])
                    if gaps and item["bucket"] == bucket and item["key"].startswith(prefix):
                        yield Seen(item["key"], (), unread=True)
        except _BROKEN as error:
            raise UsageError(_unusable(self.folder, error)) from None


def earlier_run(bucket: str, endpoint: str | None, wanted: str | None) -> EarlierRun | None:
    """Return the run `wanted` (a run folder or its name under reports/), or the newest one with the bucket.

    Raises UsageError where the one that is wanted is no run folder or has not the bucket.
    """
    if wanted is not None:
        folder = next((path for path in (Path(wanted), REPORTS / wanted) if path.is_dir()), None)
        if folder is None:
            raise UsageError(f"--findings {wanted}: there is no such run folder, here or in {REPORTS}/")
        try:
            found = _run(folder, bucket)
        except _BROKEN as error:
            raise UsageError(_unusable(folder, error)) from None
        if found is None:
            raise UsageError(f"--findings {wanted}: that run has not scanned the bucket {bucket}")
        return found
    runs: list[EarlierRun] = []
    for folder in sorted(REPORTS.glob("*")):
        try:
            found = _run(folder, bucket) if (folder / "summary.json").is_file() else None
            if found is not None and found.summary["settings"].get("endpoint_url") == endpoint:
                runs.append(found)
        except _BROKEN:  # a run that is under way or was cut short is no source
            continue
    return max(runs, key=lambda run: (str(run.summary["started"]), str(run.folder)), default=None)


def _run(folder: Path, bucket: str) -> EarlierRun | None:
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    rows = tuple(row for row in summary["buckets"] if row["bucket"] == bucket)
    for row in rows:
        _prefix(row)
    return EarlierRun(folder, summary, rows) if rows and summary["finished"] else None


def _prefix(row: JSON) -> str:
    return str(row["target"]).removeprefix(f"s3://{row['bucket']}/")


def _fact(item: JSON) -> Fact:
    return Fact(
        str(item["detector"]), Severity(item["severity"]), int(item["count"]), float(item["confidence"])
    )


def _unusable(folder: Path, error: BaseException) -> str:
    return f"{folder}: cannot be read as a run folder ({type(error).__name__}); scan again, or give --fresh"


@dataclass(slots=True)
class Sample:
    """Some of the bucket's objects, read now.

    They are those that are `reached` under `scopes` (prefixes, or keys where exact).
    """

    connection: crawl.Connection
    settings: Settings
    target: Target
    region: str | None
    scopes: list[tuple[str, bool]]
    reached: Callable[[str], bool]
    wanted: int  # objects to read
    listed: int = 0
    read: int = 0
    sensitive: int = 0
    whole: bool = True
    note: str = ""
    said: list[str] = field(default_factory=list)

    def seen(self, console: Console, quiet: bool) -> Iterator[Seen]:
        """Read the sample and yield the objects in which something was found or left unread."""
        with meter(console, quiet) as progress:
            chosen = self._chosen()
            progress.found(len(chosen), sum(obj.size for obj in chosen))
            progress.listed()
            for result in self._scanned(chosen, progress.done):
                gaps = any(problem.reason not in NOT_A_GAP for problem in result.problems)
                self.read += not gaps or result.bytes_scanned > 0
                self.sensitive += bool(result.findings)
                facts = tuple(Fact(f.detector, f.severity, f.count, f.confidence) for f in result.findings)
                if facts or gaps:
                    yield Seen(result.obj.key, facts, gaps)

    def content(self) -> report.Content:
        """Return what was read, once it was."""
        notes = [*([self.note] if self.note else []), *self.said]
        if not self.whole and not self.note:
            more = "at least " if self.listed >= LISTED_AT_MOST else ""
            notes.append(
                f"a sample: {self.wanted:,} objects of {more}{self.listed:,};"
                " --sample takes more, and scan all"
            )
        return report.Content(
            source="sample",
            target=str(self.target),
            objects=self.listed,
            read=self.read,
            sensitive=self.sensitive,
            whole=self.whole,
            notes=tuple(notes),
        )

    def _chosen(self) -> list[S3Object]:
        """Return the objects to read: spread over all that are listed, the same ones each time."""
        objects = islice(self._objects(), LISTED_AT_MOST)
        chosen = heapq.nsmallest(self.wanted, objects, key=lambda obj: _place(obj.key))
        self.whole = self.whole and self.listed <= self.wanted and self.listed < LISTED_AT_MOST
        return sorted(chosen, key=lambda obj: obj.key)

    def _objects(self) -> Iterator[S3Object]:
        try:
            for scope, exact in self.scopes:
                found: Iterable[S3Object] = crawl.list_objects(
                    self.connection, self.target.bucket, self.region, scope
                )
                for obj in islice(found, 1) if exact else found:
                    if self.reached(obj.key) and (not exact or obj.key == scope):
                        self.listed += 1
                        yield obj
        except TargetError as error:
            self.whole = False
            self.note = str(error)

    def _scanned(self, chosen: list[S3Object], done: Callable[[int, int], None]) -> Iterator[ObjectResult]:
        if not chosen:
            return
        lists, said = prepare(self.settings, lambda: self.connection)
        self.said += said
        handover, key = self.connection.handover(), fingerprint_key(self.settings)
        spec = WorkerSpec(secrets.token_hex(8), self.settings, handover, key, lists=lists)
        for _, found in results(spec, shards(0, self.target, self.region, chosen), done):
            yield from found


def _place(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
