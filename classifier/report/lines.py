"""JSON Lines (jsonlines.org): one JSON text (RFC 8259) a line, UTF-8."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from classifier.model import JSON, Finding, Target
from classifier.report.records import FindingRecord
from classifier.report.sink import create, writing
from classifier.report.writer import Writer
from classifier.visible import escaped, in_json

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def encode(record: Mapping[str, JSON]) -> bytes:
    """Return `record` as one line of JSON without its newline, keys in the order given.

    Characters that end a line for some readers, drive a terminal or reorder text, and lone surrogates (bytes
    of a local file name that are no UTF-8) are written as JSON escapes: a reader gets the same text back.
    Raises ValueError for NaN and infinities.
    """
    return escaped(_ENCODER.encode(record), in_json).encode()


def finding_id(finding: Finding, target: Target) -> str:
    """Return the id of an object × detector: the same in every run, 32 hexadecimal digits.

    A local object's key is below its target, which is part of what identifies it, then.
    """
    obj = finding.obj
    place = target.path if target.is_local else obj.bucket
    return _identified(place, obj.key, obj.version_id, finding.detector)


def finding_id_of(place: str, line: Mapping[str, JSON]) -> str:
    """Return the id that a line of findings.jsonl has if its object is in a bucket, or below a path."""
    return _identified(place, line["key"], line["version_id"], line["detector"])


def _identified(*parts: str | None) -> str:
    return hashlib.sha256(encode({"": list(parts)})).hexdigest()[:32]


def finding_line(record: FindingRecord) -> dict[str, JSON]:
    """Return the record of findings.jsonl."""
    finding = record.finding
    obj = finding.obj
    return {
        "run_id": record.run_id,
        "finding_id": record.finding_id,
        "bucket": obj.bucket,
        "key": obj.key,
        "version_id": obj.version_id,
        "etag": obj.etag,
        "size": obj.size,
        "detector": finding.detector,
        "category": finding.category,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "tier": finding.tier,
        "count": finding.count,
        "count_is_exact": finding.count_is_exact,
        "occurrences": [occurrence.to_json() for occurrence in finding.occurrences],
        "occurrences_truncated": finding.occurrences_truncated,
        "risk": record.risk.score,
        "exposure": dict(record.exposure),
        "first_seen": record.first_seen,
        "status": record.status,
        **({"attributes": dict(record.attributes)} if record.attributes else {}),
    }


class LineWriter(Writer):
    """A file of JSON lines; a format says which records become lines."""

    def __init__(self) -> None:
        self._path = Path(self.name)
        self._out: BinaryIO | None = None

    def open(self, folder: Path) -> None:
        self._path = folder / self.name
        self._out = self._start(create(self._path))

    def _start(self, out: BinaryIO) -> BinaryIO:
        return out

    def write(self, record: Mapping[str, JSON]) -> None:
        """Write one line. Raises OutputError."""
        assert self._out is not None, "open comes first"
        with writing(self._path):
            self._out.write(encode(record) + b"\n")

    def close(self) -> None:
        out, self._out = self._out, None
        if out is not None:
            with writing(self._path):
                out.close()
