"""`macie-results`: sensitive data discovery results as Amazon Macie stores them: JSON Lines in gzip.

A record for every object in scope, clean and unread ones too, with up to 1,000 places a detector:
https://docs.aws.amazon.com/macie/latest/user/discovery-results-repository-s3.html
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.formats.asff import NO_ACCOUNT, NO_REGION
from classifier.report.formats.macie import buckets_of, classification, object_of, sensitive
from classifier.report.formats.words import known, partition, stable_uuid
from classifier.report.lines import encode
from classifier.report.past import PastRun
from classifier.report.selection import Selection

MOST = 1_000  # located occurrences a detector
_Lines = list[dict[str, JSON]]


def render(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write the records, without a time in gzip's header: the same run makes the same bytes."""
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as packed:
        for record in results_of(run, selection):
            packed.write(encode(record) + b"\n")


def results_of(run: PastRun, selection: Selection) -> Iterator[dict[str, JSON]]:
    """Yield a record for each object; with a filter of findings, of those with findings that pass."""
    buckets = buckets_of(run)
    partly = bool(selection.severities or selection.categories or selection.types or selection.statuses)
    groups = groupby(selection.findings(run), _identity)
    waiting = _next(groups)
    for obj in selection.in_buckets(run.objects()):
        while waiting and waiting[1][0].get("status") == "fixed" and waiting[0] != _identity(obj):
            waiting = _next(groups)
        if waiting and waiting[0] == _identity(obj):
            yield sensitive(waiting[1], obj, buckets.get(obj["bucket"]), run, MOST)
            waiting = _next(groups)
        elif not partly:
            yield _clean(obj, buckets.get(obj["bucket"]), run)


def _next(groups: Iterator[tuple[JSON, Iterator[dict[str, JSON]]]]) -> tuple[JSON, _Lines] | None:
    found = next(groups, None)
    return None if found is None else (found[0], list(found[1]))


def _identity(line: Mapping[str, JSON]) -> tuple[JSON, ...]:
    return line["bucket"], line["key"], line["version_id"]


def _clean(obj: Mapping[str, JSON], bucket: Mapping[str, JSON] | None, run: PastRun) -> dict[str, JSON]:
    """Return the record of an object in which nothing was found, or which was not read."""
    account, region = run.places.get(obj["bucket"], (None, None))
    time = run.summary.get("started") or run.finished
    return known(
        {
            "schemaVersion": "1.0",
            "id": stable_uuid(obj["bucket"], obj["key"], obj["version_id"] or ""),
            "accountId": account or NO_ACCOUNT,
            "partition": partition(region),
            "region": region or NO_REGION,
            "category": "CLASSIFICATION",
            "createdAt": time,
            "updatedAt": time,
            "classificationDetails": classification([], obj, run, MOST),
            "resourcesAffected": {"s3Bucket": bucket, "s3Object": object_of(obj, obj, region, None)},
        }
    )
