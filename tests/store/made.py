"""Results as a worker sends them, made up."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime

from sqlalchemy import Connection

from classifier.model import (
    Alert,
    AlertCategory,
    BlockSample,
    Category,
    Column,
    Finding,
    Health,
    Location,
    Mismatch,
    ObjectResult,
    Occurrence,
    Problem,
    Prose,
    Reason,
    S3Object,
    Severity,
    Status,
    Tier,
    Verification,
)
from classifier.store import Rated, RunRecord, begin_run

_runs = itertools.count()
MOMENT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def obj(key: str = "a.csv", etag: str = "e1", size: int = 10, version: str | None = None) -> S3Object:
    return S3Object("", key, size, etag, MOMENT, "STANDARD", version)


def finding(of: S3Object, detector: str = "EMAIL_ADDRESS", count: int = 1) -> Finding:
    location = Location(part="in.zip!/x", byte_start=3, byte_end=9, page=2, box=(0.5, 1.0, 2.0, 3.25))
    occurrence = Occurrence(location, "a***", "ab" * 16, 0.75, Verification("live", account="210987654321"))
    return Finding(
        of,
        detector,
        Category.PERSONAL_INFORMATION,
        Severity.MEDIUM,
        0.75,
        Tier.PATTERN,
        count,
        True,
        (occurrence,),
        False,
    )


def result(of: S3Object, *detectors: str, status: Status = Status.COMPLETE) -> ObjectResult:
    problem = Problem("x.zip", Reason.MALFORMED_FILE, "bad", lost=False)
    whole = status is Status.COMPLETE
    return ObjectResult(
        obj=of,
        status=status,
        reason=None if whole else problem.reason,
        detail="" if whole else problem.detail,
        bytes_scanned=of.size,
        problems=() if whole else (problem,),
        findings=tuple(finding(of, name) for name in detectors),
        allowed={"URL": 2},
        columns=(Column("p", 1, None, "first_name", "PERSON", 0.9, ("because", "so")),),
        health=Health(True, False, ("B", "A"), {"z": 1, "a": 2}),
        prose=Prose(5, 6, True),
        mismatches=(Mismatch(None, "txt", "zip"),),
        traits=("contradicts_name",),
        sample=BlockSample(2, ((8, 3),), 65_536, dict.fromkeys(detectors, ((0, 1), (8, 2)))),
        requests=3,
        bytes_read=7,
    )


def rated(of: ObjectResult, risk: float = 10.0) -> tuple[ObjectResult, list[Rated]]:
    return of, [Rated(name_of(item), item, risk, {"level": "private"}) for item in of.findings]


def name_of(item: Finding) -> str:
    return hashlib.sha256(repr((item.obj.key, item.obj.version_id, item.detector)).encode()).hexdigest()[:32]


def begin(db: Connection, run_id: str | None = None, recipe: str = "r1") -> int:
    """Begin a run, with a name of its own."""
    run_id = run_id or f"run-{next(_runs)}"
    return begin_run(
        db,
        RunRecord(
            run_id,
            "2026-03-01T12:00:00Z",
            "0.1.0",
            recipe,
            ["EMAIL_ADDRESS"],
            ["s3://b/"],
            {"workers": 2},
            "f",
        ),
    )


def alert(name: str = "a1", count: int = 1, moment: str = "2026-03-01T12:00:00Z") -> Alert:
    return Alert(
        name,
        AlertCategory.OPEN_PERMISSIONS,
        "public-read",
        "basic",
        8.0,
        Severity.HIGH,
        "b",
        None,
        None,
        moment,
        moment,
        count,
        ("f1",),
        "It is open.",
        ("T1530",),
        "Close it.",
    )
