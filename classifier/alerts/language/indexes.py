"""The three indexes that rules look at, and where a record of each has what an alert says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from classifier.alerts.language.fields import Path, Record, values_at
from classifier.model import JSON


@dataclass(frozen=True, slots=True)
class Index:
    """A kind of records. The paths are tried in their order; the first that leads to a text counts."""

    name: str
    about: str
    id: tuple[Path, ...]
    time: tuple[Path, ...]
    bucket: tuple[Path, ...]
    key: tuple[Path, ...]
    actor: tuple[Path, ...]
    anchors: tuple[Path, ...]  # fields by whose values most rules ask first, the best one first


CLOUDTRAIL = Index(
    "cloudtrail",
    "a CloudTrail event, as its JSON has it",
    id=(("eventID",),),
    time=(("eventTime",),),
    bucket=(("requestParameters", "bucketName"), ("requestParameters", "Bucket")),
    key=(("requestParameters", "key"), ("requestParameters", "Key")),
    actor=(
        ("userIdentity", "arn"),
        ("userIdentity", "principalId"),
        ("userIdentity", "invokedBy"),
        ("userIdentity", "accountId"),
        ("sourceIPAddress",),
    ),
    anchors=(("eventName",),),
)
BUCKETS = Index(
    "buckets",
    "a bucket's snapshot, with what was concluded from it and found in the bucket",
    id=(("Bucket",),),
    time=(),
    bucket=(("Bucket",),),
    key=(),
    actor=(),
    anchors=(),
)
FINDINGS = Index(
    "findings",
    "a finding: an object and a detector, as findings.jsonl has it, with facts of the object and its bucket",
    id=(("finding_id",),),
    time=(),
    bucket=(("bucket",),),
    key=(("key",),),
    actor=(),
    anchors=(
        ("traits",),
        ("data_policy", "allowed"),
        ("data_policy", "region_allowed"),
        ("data_policy", "kept_too_long"),
        ("detector",),
    ),
)
INDEXES: Mapping[str, Index] = {index.name: index for index in (CLOUDTRAIL, BUCKETS, FINDINGS)}


def first_text(data: Mapping[str, JSON], paths: tuple[Path, ...]) -> str | None:
    """Return the first text that one of the paths leads to."""
    for path in paths:
        for value in values_at(data, path):
            if isinstance(value, str) and value:
                return value
    return None


def record_of(index: Index, data: Mapping[str, JSON], unknown: frozenset[str] = frozenset()) -> Record:
    """Return a record with its id and time; a time that cannot be read is none."""
    stamp = first_text(data, index.time) or ""
    return Record(data, first_text(data, index.id) or "", seconds(stamp), stamp, unknown)


def seconds(stamp: str) -> float | None:
    """Return an ISO 8601 time as seconds since 1970; None for what is none. Without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
