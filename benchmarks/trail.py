"""Events a CPU-second of `trail`, beside reading the same files with gzip and json alone; peak memory.

    python -m benchmarks trail [--events 100000]

The events are made up: an account's ordinary day of reads, writes and looks at configuration, with a few that
raise alerts, in files of 1,000 records as CloudTrail delivers them. Each side runs in a process of its own.
Exit code 1: fewer than 20,000 events a CPU-second, or less than 0.3 of the plain reading's rate.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

RATE, SHARE, A_FILE = 20_000, 0.3, 1_000
_RARE = ("HeadObject", "ListObjects", "GetBucketAcl", "DescribeInstances")
_NAMES = ("GetObject",) * 12 + ("PutObject",) * 4 + _RARE
_PLAIN = """
import gzip, json, resource, sys
from pathlib import Path
n = 0
for path in sorted(Path(sys.argv[1]).iterdir()):
    n += len(json.loads(gzip.decompress(path.read_bytes()))["Records"])
"""
_OURS = """
import resource, sys
from classifier.config import Settings
from classifier.run import trail_alerts
n = trail_alerts([sys.argv[1]], Settings(), None).counts.events
"""
_END = """
use = resource.getrusage(resource.RUSAGE_SELF)
print(n, use.ru_utime + use.ru_stime, use.ru_maxrss)
"""


def events(count: int) -> Iterator[dict[str, Any]]:
    """Yield so many records."""
    chooser = random.Random(20_260_302)
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    for number in range(count):
        moment += timedelta(seconds=chooser.expovariate(5))
        user = f"user-{chooser.randrange(40)}"
        name = "PutBucketVersioning" if number % 20_000 == 777 else chooser.choice(_NAMES)
        yield {
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": f"AIDA{user}",
                "arn": f"arn:aws:iam::111122223333:user/{user}",
                "accountId": "111122223333",
                "accessKeyId": f"AKIA{user}",
                "userName": user,
            },
            "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": "ec2.amazonaws.com" if name.startswith("Describe") else "s3.amazonaws.com",
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": f"198.51.100.{chooser.randrange(1, 250)}",
            "userAgent": "aws-sdk-java/2.31.9",
            "requestParameters": {
                "bucketName": f"bucket-{chooser.randrange(30)}",
                "key": f"data/2026/03/{chooser.randrange(10**9):09}.parquet",
                **({"VersioningConfiguration": {"Status": "Suspended"}} if "Versioning" in name else {}),
            },
            "responseElements": None,
            "additionalEventData": {"bytesTransferredOut": chooser.randrange(10**6)},
            "requestID": f"{chooser.getrandbits(64):016X}",
            "eventID": f"{chooser.getrandbits(128):032x}",
            "readOnly": name.startswith(("Get", "Head", "List", "Describe")),
            "eventType": "AwsApiCall",
            "managementEvent": not name.endswith("Object"),
            "recipientAccountId": "111122223333",
            "eventCategory": "Data" if name.endswith("Object") else "Management",
        }


def measured(program: str, folder: Path) -> tuple[int, float, float]:
    """Return events, CPU-seconds and peak memory (MB) of a program over the files."""
    done = subprocess.run(
        [sys.executable, "-c", program + _END, str(folder)], check=True, capture_output=True, text=True
    )
    count, seconds, peak = done.stdout.split()
    return int(count), float(seconds), int(peak) / (1 << 10 if sys.platform != "darwin" else 1 << 20)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks trail")
    parser.add_argument("--events", type=int, default=100_000)
    count = parser.parse_args(arguments).events
    with tempfile.TemporaryDirectory() as name:
        folder, part, files = Path(name), [], 0
        for event in events(count):
            part.append(event)
            if len(part) == A_FILE:
                data = gzip.compress(json.dumps({"Records": part}).encode(), 6)
                (folder / f"{files:06}.json.gz").write_bytes(data)
                part, files = [], files + 1
        plain = measured(_PLAIN, folder)
        ours = measured(_OURS, folder)
    rate, other = ours[0] / ours[1], plain[0] / plain[1]
    said = f"{rate:,.0f} events a CPU-second (at least {RATE:,}), peak {ours[2]:.0f} MB"
    print(f"{ours[0]:,} events in {files:,} files: {said}")
    print(f"gzip and json alone: {other:,.0f}; ours is {rate / other:.2f} of it (at least {SHARE})")
    return int(rate < RATE or rate / other < SHARE)


if __name__ == "__main__":
    sys.exit(main())
