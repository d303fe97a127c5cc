"""Rendering a run of many findings in every format: findings a CPU-second, and peak memory.

    python -m benchmarks reports [--findings 200000] [--format NAME …]

The run is made up: ten buckets, an object for every two findings, three located occurrences each. Every
format is rendered in a process of its own, once for the whole run and once for a tenth of it: `growth` is how
much more memory the whole took. Exit code 1: fewer than 20,000 findings a CPU-second in JSON Lines or CSV, or
a growth of more than 50 MB in any format.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from classifier.model import (
    BucketResult,
    Category,
    Coverage,
    Finding,
    Location,
    ObjectResult,
    Occurrence,
    Posture,
    RiskScore,
    S3Object,
    Severity,
    Status,
    Target,
    Tier,
)
from classifier.report import EVERYTHING, FORMATS, BucketRecord, FindingRecord, PastRun, RunFolder, finding_id

FINDINGS, PER_SECOND, MEGABYTES = 200_000, 20_000, 50
FAST = ("jsonl", "csv")
BUCKETS = [f"data-{number}" for number in range(10)]
KINDS = (
    ("EMAIL_ADDRESS", Category.PERSONAL_INFORMATION),
    ("CREDIT_CARD_NUMBER", Category.FINANCIAL_INFORMATION),
)
RISK = RiskScore(45.5, 45.5, 50.0, Severity.MEDIUM, {"content": 0.5}, "1.0.0")
EXPOSURE = {"level": "private", "at_most": "private", "public": False, "principals": [], "because": {}}
TIME = "2026-01-02T03:04:05Z"


def write(folder: Path, findings: int) -> float:
    """Write a run folder; return the CPU-seconds."""
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    began = time.process_time()
    with RunFolder(folder) as writer:
        for number in range(findings // len(KINDS)):
            bucket = BUCKETS[number * len(BUCKETS) * len(KINDS) // findings % len(BUCKETS)]
            obj = S3Object(
                bucket, f"exports/2026/{number:08d}/customers.csv", 50_000 + number, "0f343b09", moment
            )
            found = tuple(finding(obj, number, *kind) for kind in KINDS)
            writer.object(ObjectResult(obj, Status.COMPLETE, None, "", obj.size, (), found))
            for one in found:
                writer.finding(
                    FindingRecord(
                        "r1",
                        finding_id(one, Target(bucket)),
                        one,
                        RISK,
                        EXPOSURE,
                        TIME,
                        TIME,
                        "1" * 12,
                        "eu-west-1",
                    )
                )
        for bucket in BUCKETS:
            posture = Posture(bucket, "1" * 12, "eu-west-1", {"Bucket": bucket}, {})
            result = BucketResult(Target(bucket), posture, None, Coverage(), RISK, {}, {}, 1)
            writer.bucket(BucketRecord("r1", result))
    return time.process_time() - began


def finding(obj: S3Object, number: int, detector: str, category: Category) -> Finding:
    places = (
        Location(row=2 + n, column=1, column_name="mail", byte_start=n, byte_end=n + 9) for n in range(3)
    )
    return Finding(
        obj, detector, category, Severity.HIGH, 0.9, Tier.PATTERN, 120, True,
        tuple(Occurrence(place, "****@example.org", f"{number:032x}", 0.9) for place in places), True,
    )  # fmt: skip


def render(name: str, folder: Path) -> None:
    """Render one format into a file; print the CPU-seconds, the peak in MB, and the bytes."""
    began = time.process_time()
    path = folder / "rendered"
    with path.open("wb") as out:
        FORMATS[name].render(PastRun.open(folder), EVERYTHING, out)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scale = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(time.process_time() - began, peak / scale, path.stat().st_size)


def measured(name: str, folder: Path) -> tuple[float, float, int]:
    """Render in a process of its own; return what it printed."""
    program = "import sys; from pathlib import Path; from benchmarks.reports import render; "
    program += "render(sys.argv[1], Path(sys.argv[2]))"
    command = [sys.executable, "-c", program, name, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, peak, size = done.stdout.split()
    return float(seconds), float(peak), int(size)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--findings", type=int, default=FINDINGS)
    parser.add_argument("--format", action="append", choices=list(FORMATS))
    asked = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        whole, tenth = Path(temporary) / "whole", Path(temporary) / "tenth"
        cpu = write(whole, asked.findings)
        write(tenth, asked.findings // 10)
        print(f"the run folder itself: {asked.findings / cpu:,.0f} findings a CPU-second (all its files)")
        for name in asked.format or FORMATS:
            seconds, peak, size = measured(name, whole)
            growth = peak - measured(name, tenth)[1]
            rate = asked.findings / seconds
            bad = growth > MEGABYTES or (name in FAST and rate < PER_SECOND)
            failed |= bad
            told = f"{rate:8,.0f} findings a CPU-second, peak {peak:4.0f} MB, growth {growth:5.1f} MB"
            print(f"{name:14} {told}, {size / 1e6:6.1f} MB{'  FAILED' if bad else ''}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
