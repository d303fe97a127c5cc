"""buckets.jsonl: a line per bucket, with its posture, who can reach it, and its risk with all terms."""

from __future__ import annotations

from classifier.report.lines import LineWriter
from classifier.report.records import BucketRecord


class BucketsJsonl(LineWriter):
    """Writes each bucket (reports/schema/buckets.json); `posture` is what offline evaluation reads back."""

    name = "buckets.jsonl"

    def bucket(self, record: BucketRecord) -> None:
        result = record.result
        posture, verdict, error = result.posture, result.verdict, result.error
        self.write(
            {
                "run_id": record.run_id,
                "bucket": result.target.bucket,
                "target": str(result.target),
                "account": posture.account if posture else None,
                "region": posture.region if posture else None,
                "risk": result.risk.to_json(),
                "access": verdict.to_json() if verdict else None,
                "posture": posture.to_json() if posture else None,
                "coverage": result.coverage.to_json(),
                "sensitive_objects": result.sensitive_objects,
                "detectors": dict(sorted(result.detectors.items())),
                "categories": dict(sorted(result.categories.items())),
                "sensitivity": result.sensitivity,
                "override": None if result.override is None else dict(result.override),
                "prefixes": [
                    {"prefix": name, "risk": score.to_json()} for name, score in result.prefixes.items()
                ],
                "traits": dict(sorted(result.traits.items())),
                "checks": [check.to_json() for check in result.checks],
                "alerts": record.alerts,
                "sampling": dict(result.sampling),
                "error": {"reason": error.reason, "detail": error.detail} if error else None,
            }
        )
