"""buckets.csv: a row per bucket."""

from __future__ import annotations

from collections.abc import Mapping

from classifier.report.records import BucketRecord, BucketRow
from classifier.report.table import TableWriter


class BucketsCsv(TableWriter):
    """Writes each bucket as a row (columns: reports/README.md)."""

    name = "buckets.csv"
    columns = (
        "run_id",
        "account",
        "region",
        "bucket",
        "target",
        "public",
        "shared",
        "risk_score",
        "risk_low",
        "risk_high",
        "band",
        "alerts",
        "sensitive_objects",
        "top_types",
        "categories",
        "objects",
        "complete",
        "partial",
        "skipped",
        "bytes_total",
        "bytes_read",
        "bytes_scanned",
        "skip_reasons",
        "error",
    )

    def bucket(self, record: BucketRecord) -> None:
        result = record.result
        row = BucketRow.of(result)
        coverage = result.coverage
        self.row(
            {
                "run_id": record.run_id,
                "account": row.account,
                "region": row.region,
                "bucket": row.bucket,
                "target": row.target,
                "public": row.public,
                "shared": row.shared,
                "risk_score": row.risk.score,
                "risk_low": row.risk.low,
                "risk_high": row.risk.high,
                "band": row.risk.band,
                "alerts": record.alerts,
                "sensitive_objects": row.sensitive_objects,
                "top_types": _counts(dict(row.types)),
                "categories": _counts(result.categories),
                "objects": coverage.objects,
                "complete": coverage.complete,
                "partial": coverage.partial,
                "skipped": coverage.skipped,
                "bytes_total": coverage.bytes_total,
                "bytes_read": coverage.bytes_read,
                "bytes_scanned": coverage.bytes_scanned,
                "skip_reasons": _counts(coverage.reasons),
                "error": row.error,
            }
        )


def _counts(counts: Mapping[str, int]) -> str:
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items(), key=lambda i: (-i[1], i[0])))
