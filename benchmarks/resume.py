"""kill -9 at random moments: what a resumed scan reports, against an unbroken one.

A bucket on the Ceph object gateway, scanned by the command as a user would. Each round kills a scan at a
random moment of its life, resumes it, and compares findings, objects and totals; how much was read twice is
printed, too. Fails where one round differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.servers import radosgw as ceph

OBJECTS = int(os.environ.get("BENCH_OBJECTS", "3000"))
BUCKET = "bench-resume"
PROGRAM = [sys.executable, "-c", "from classifier.cli import main; main()", "scan", "-q"]
PASSING = ("run_id", "first_seen", "last_seen", "status")


def lines(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    found = [json.loads(line) for line in text.decode().splitlines()]
    return [{name: value for name, value in line.items() if name not in PASSING} for line in found]


def reported(folder: Path) -> dict[str, Any]:
    """What the report says that does not depend on when it was made."""
    names = ("findings.jsonl", "objects.jsonl.gz", "alerts.jsonl", "buckets.jsonl")
    totals = json.loads((folder / "summary.json").read_text("utf-8"))["totals"]
    return {name: lines(folder / name) for name in names} | {"totals": totals}


def kept(store: Path) -> int:
    """Objects in the store."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as db:
            return int(db.execute("SELECT count(*) FROM objects").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def state(store: Path) -> str:
    """The state of the run in the store; "" where there is none yet."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as db:
            found = db.execute("SELECT state FROM runs").fetchone()
            return str(found[0]) if found else ""
    except sqlite3.OperationalError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks resume")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    server = ceph.start(os.getpid())
    os.environ |= {
        "AWS_ACCESS_KEY_ID": server.alice.access_key,
        "AWS_SECRET_ACCESS_KEY": server.alice.secret_key,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server.endpoint,
        "S3_CLASSIFIER_FINGERPRINT_KEY": "5a" * 32,
        "S3_CLASSIFIER_WORKERS": str(options.workers),
    }
    client = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, max_pool_connections=32))
    client.create_bucket(Bucket=BUCKET)

    def put(number: int) -> None:
        person = f"u{number}@larkfield-co.com, SSN 536-22-{1000 + number % 9000}\n" if number % 3 == 0 else ""
        body = (person + "2026-05-04 INFO path=/v1/orders\n" * 60).encode()
        client.put_object(Bucket=BUCKET, Key=f"logs/{number % 11}/{number:05}.log", Body=body)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(put, range(OBJECTS)))
    with tempfile.TemporaryDirectory() as root:
        unbroken = Path(root) / "unbroken"
        started = time.perf_counter()
        args = [f"s3://{BUCKET}", "--output", str(unbroken), "--store", str(Path(root) / "unbroken.db")]
        subprocess.run([*PROGRAM, *args], check=True)
        seconds = time.perf_counter() - started
        whole = reported(unbroken)
        print(f"unbroken: {OBJECTS:,} objects, {len(whole['findings.jsonl']):,} findings in {seconds:.1f} s")
        alike = rounds = 0
        while rounds < options.kills:
            folder, store = Path(root) / f"run{rounds}", Path(root) / f"{rounds}.db"
            moment = rng.uniform(0, seconds)
            process = subprocess.Popen(
                [*PROGRAM, f"s3://{BUCKET}", "--output", str(folder), "--store", str(store)]
            )
            try:
                process.wait(moment)
                continue  # it was quicker than the first
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            if state(store) == "complete":
                continue  # nothing was left to do
            rounds += 1
            held = kept(store)
            if state(store):
                again = ["--resume", "last", "--store", str(store)]
            else:  # there is nothing to resume yet
                again = [f"s3://{BUCKET}", "--output", str(folder), "--store", str(store)]
            subprocess.run([*PROGRAM, *again], check=True)
            same = reported(folder) == whole
            alike += same
            print(
                f"killed after {moment:5.1f} s with {held:5,} objects kept: "
                f"{'the same report' if same else 'DIFFERENT'}",
                flush=True,
            )
    print(f"{alike} of {options.kills} resumed runs have the report of an unbroken one (all)")
    sys.exit(alike != options.kills)


if __name__ == "__main__":
    main()
