"""findings.csv: a row per object × detector, with one masked sample."""

from __future__ import annotations

from collections.abc import Mapping

from classifier.model import JSON, Location
from classifier.report.catalog import Catalog
from classifier.report.records import FindingRecord, timestamp
from classifier.report.table import Cell, TableWriter

COLUMNS = (
    "run_id",
    "finding_id",
    "account",
    "region",
    "bucket",
    "key",
    "version_id",
    "etag",
    "size",
    "last_modified",
    "storage_class",
    "data_class",
    "detector_id",
    "type",
    "count",
    "count_is_exact",
    "confidence",
    "tier",
    "masked_sample",
    "location",
    "exposure",
    "public",
    "principal_exposed_to",
    "risk_score",
    "band",
    "severity",
    "status",
    "first_seen",
    "last_seen",
    "remediation",
)


class FindingsCsv(TableWriter):
    """Writes each finding as a row (columns: reports/README.md)."""

    name = "findings.csv"
    columns = COLUMNS

    def finding(self, record: FindingRecord) -> None:
        finding = record.finding
        obj = finding.obj
        first = finding.occurrences[0] if finding.occurrences else None
        self.row(
            {
                "run_id": record.run_id,
                "finding_id": record.finding_id,
                "account": record.account,
                "region": record.region,
                "bucket": obj.bucket,
                "key": obj.key,
                "version_id": obj.version_id,
                "etag": obj.etag,
                "size": obj.size,
                "last_modified": None if obj.last_modified is None else timestamp(obj.last_modified),
                "storage_class": obj.storage_class,
                "data_class": finding.category,
                "detector_id": finding.detector,
                "type": record.title,
                "count": finding.count,
                "count_is_exact": finding.count_is_exact,
                "confidence": finding.confidence,
                "tier": finding.tier,
                "masked_sample": first.masked if first else None,
                "location": describe(first.location) if first else None,
                "exposure": record.exposure["level"],
                "public": record.exposure["public"],
                "principal_exposed_to": " ".join(record.exposure["principals"]),
                "risk_score": record.risk.score,
                "band": record.risk.band,
                "severity": finding.severity,
                "status": record.status,
                "first_seen": record.first_seen,
                "last_seen": record.last_seen,
                "remediation": record.remediation,
            }
        )


def row_of(
    line: Mapping[str, JSON],
    obj: Mapping[str, JSON] | None,
    place: tuple[str | None, str | None],
    seen: str | None,
    catalog: Catalog,
) -> dict[str, Cell]:
    """Return the row of a line of findings.jsonl, the same as the writer's.

    `obj` is the object's line, `place` its account and region, `seen` when the run saw it.
    """
    first = line["occurrences"][0] if line["occurrences"] else None
    known = obj or {}
    exposure = line["exposure"]
    detector = line["detector"]
    return {
        "run_id": line["run_id"],
        "finding_id": line["finding_id"],
        "account": place[0],
        "region": place[1],
        "bucket": line["bucket"],
        "key": line["key"],
        "version_id": line["version_id"],
        "etag": line["etag"],
        "size": line["size"],
        "last_modified": known.get("last_modified"),
        "storage_class": known.get("storage_class"),
        "data_class": line["category"],
        "detector_id": detector,
        "type": catalog.title(detector),
        "count": line["count"],
        "count_is_exact": line["count_is_exact"],
        "confidence": line["confidence"],
        "tier": line["tier"],
        "masked_sample": first["masked"] if first else None,
        "location": placed(first["location"]) if first else None,
        "exposure": exposure["level"],
        "public": exposure["public"],
        "principal_exposed_to": " ".join(exposure["principals"]),
        "risk_score": line["risk"],
        "band": catalog.band(line["risk"]),
        "severity": line["severity"],
        "status": line["status"],
        "first_seen": line["first_seen"],
        "last_seen": line.get("last_seen") or seen,
        "remediation": catalog.remediation(detector),
    }


def describe(location: Location) -> str:
    """Return a location on one line, such as `part a.csv; row 3; column 2; column name ssn`."""
    return placed(location.to_json())


def placed(location: Mapping[str, JSON]) -> str:
    """Return what a line says of a location, on one line."""
    known = dict(location)
    start, end = known.pop("byte_start", None), known.pop("byte_end", None)
    pieces = [f"{name.replace('_', ' ')} {value}" for name, value in known.items()]
    if start is not None:
        pieces.append(f"bytes {start}-{end}" if end is not None else f"byte {start}")
    return "; ".join(pieces)
