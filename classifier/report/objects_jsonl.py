"""objects.jsonl.gz: a line for every object in scope, clean and failed ones too."""

from __future__ import annotations

import gzip
from typing import BinaryIO, cast

from classifier.model import JSON, ObjectResult
from classifier.report.lines import LineWriter
from classifier.report.records import timestamp
from classifier.report.sink import writing


def _disguised(result: ObjectResult) -> dict[str, JSON]:
    rows = [
        {"part": item.part, "extension": item.extension, "format": item.format} for item in result.mismatches
    ]
    return {"mismatches": rows} if rows else {}


class ObjectsJsonl(LineWriter):
    """Writes what became of each object (reports/schema/objects.json).

    gzip (RFC 1952) without a time or file name in its header: the same run makes the same bytes.
    """

    name = "objects.jsonl.gz"

    def __init__(self) -> None:
        super().__init__()
        self._file: BinaryIO | None = None

    def _start(self, out: BinaryIO) -> BinaryIO:
        self._file = out
        return cast(BinaryIO, gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0))

    def object(self, result: ObjectResult) -> None:
        obj = result.obj
        allowed = {"allow_listed": dict(result.allowed)} if result.allowed else {}
        self.write(
            {
                "bucket": obj.bucket,
                "key": obj.key,
                "version_id": obj.version_id,
                "etag": obj.etag,
                "size": obj.size,
                "last_modified": None if obj.last_modified is None else timestamp(obj.last_modified),
                "storage_class": obj.storage_class,
                "status": result.status,
                "reason": result.reason,
                "detail": result.detail,
                "bytes_scanned": result.bytes_scanned,
                "problems": [
                    {"part": item.part, "reason": item.reason, "detail": item.detail, "lost": item.lost}
                    for item in result.problems
                ],
                "detectors": {finding.detector: finding.count for finding in result.findings},
                "risk": None if result.risk is None else result.risk.to_json(),
                "columns": [column.to_json() for column in result.columns],
                "health": None if result.health is None else result.health.to_json(),
                **allowed,
                **({} if result.prose is None else {"prose": result.prose.to_json()}),
                **_disguised(result),
                **({"traits": list(result.traits)} if result.traits else {}),
            }
        )

    def close(self) -> None:
        file, self._file = self._file, None
        try:
            super().close()
        finally:
            if file is not None:
                with writing(self._path):
                    file.close()
