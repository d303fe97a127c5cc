"""What the scanner sees in a file, as JSON lines: for looking at files of one's own."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import tee
from pathlib import Path
from typing import TextIO, TypeAlias

from classifier import crawl, extract, report
from classifier.config import Settings
from classifier.errors import ReadFailure
from classifier.model import JSON, ByteSource, Mismatch, Problem, Reason, S3Object, Status, Target
from classifier.run.worker import limits

_Opened: TypeAlias = tuple[S3Object, ByteSource | ReadFailure]


def extract_lines(targets: Sequence[str], settings: Settings, out: TextIO, own: Collection[Path] = ()) -> int:
    """Write a line for each chunk (`path`, `part`, `format`, `location`, `text`) and one for each object
    (`path`, `status`, `reason`) to `out`; return the exit code, 3 when something could not be read.

    The `own` files, which `out` writes, are in no target.

    Raises UsageError or AccessFailure before the first line.
    """
    parsed = [crawl.parse_target(text) for text in targets]
    bounds = limits(settings)
    code = 0
    for target in parsed:
        with _objects(target, settings, own) as objects:
            for obj, opened in objects:
                for line in _lines(target, obj, opened, bounds):
                    if line.get("reason") not in (None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION):
                        code = 3
                    out.write(json.dumps(line, ensure_ascii=True) + "\n")
    return code


@contextmanager
def _objects(target: Target, settings: Settings, own: Collection[Path]) -> Iterator[Iterator[_Opened]]:
    """Give the target's objects in order; the connection that they need lasts as long as the context."""
    if target.is_local:
        listed, readable = _choose(crawl.list_local(target, own, report.names_in))
        yield _joined(listed, crawl.open_local(target, readable))
        return
    with crawl.Connection(settings) as connection:
        connection.check()
        region = connection.bucket_region(target.bucket)
        with crawl.ObjectReader(connection.handover(), target.bucket, region, settings) as reader:
            listed, readable = _choose(crawl.list_objects(connection, target.bucket, region, target.prefix))
            yield _joined(listed, crawl.prefetch(reader, readable, settings.read_ahead))


def _choose(objects: Iterator[S3Object]) -> tuple[Iterator[S3Object], Iterator[S3Object]]:
    """Return all objects, and those that there is something to read in."""
    listed, again = tee(objects)
    return listed, (obj for obj in again if crawl.skip_reason(obj) is None)


def _joined(listed: Iterator[S3Object], opened: Iterator[_Opened]) -> Iterator[_Opened]:
    for obj in listed:
        problem = crawl.skip_reason(obj)
        yield next(opened) if problem is None else (obj, ReadFailure(problem.reason, problem.detail))


def _lines(
    target: Target, obj: S3Object, opened: ByteSource | ReadFailure, bounds: extract.Limits
) -> Iterator[dict[str, JSON]]:
    path = obj.key if target.is_local else f"s3://{obj.bucket}/{obj.key}"
    problems: list[Problem] = []
    seen = False
    try:
        if isinstance(opened, ReadFailure):
            raise opened
        for item in extract.extract(obj.key, opened, bounds):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            if isinstance(item, Mismatch):
                continue
            seen = True
            core = item.data[item.core_start : item.core_end]
            yield {
                "path": path,
                "part": item.part,
                "format": item.format,
                "location": item.locator.locate(item.core_start, item.core_end).to_json(),
                "text": core.decode("utf-8", "replace"),
            }
    except ReadFailure as failure:
        problems.append(Problem(None, failure.reason, failure.detail))
    status = Status.COMPLETE if not problems else Status.PARTIAL if seen else Status.SKIPPED
    yield {"path": path, "status": status, "reason": problems[0].reason if problems else None}
