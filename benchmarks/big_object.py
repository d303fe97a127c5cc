"""One big object: the peak memory of a scan, and its rate against counting the lines of the same file."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GIGABYTES = float(os.environ.get("BENCH_GIGABYTES", "5"))
BLOCK_ROWS = 100_000


def write(path: Path) -> int:
    """Write a customer table of about GIGABYTES; return its rows."""
    rng = random.Random(1)
    rows = 0
    blocks = []
    for _ in range(8):
        lines = []
        for _ in range(BLOCK_ROWS):
            number = rng.randrange(10**9)
            lines.append(
                f"{number},{rng.choice('ABCDEF')}{number % 977},{rng.uniform(1, 900):.2f},"
                f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02},"
                f"{rng.getrandbits(128):032x},c{number}@larkfield-co.com,"
                f"+1 (415) 555-{number % 10**4:04},open\n"
            )
        blocks.append("".join(lines).encode())
    with path.open("wb") as out:
        out.write(b"order_id,sku,amount,date,trace,email,phone,state\n")
        while out.tell() < GIGABYTES * 1e9:
            out.write(blocks[rows // BLOCK_ROWS % len(blocks)])
            rows += BLOCK_ROWS
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        rows = write(path)
        size = path.stat().st_size
        start = time.perf_counter()
        with path.open("rb") as data:
            while data.read(1 << 20).count(b"\n"):
                pass
        counting = time.perf_counter() - start
        out = Path(folder) / "run"
        program = (
            "import resource, sys; from classifier.cli import app\n"
            "try: app(sys.argv[1:])\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        start = time.perf_counter()
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                program,
                "scan",
                str(path),
                "--output",
                str(out),
                "--store",
                "none",
                "--workers",
                "1",
                "--quiet",
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        scanning = time.perf_counter() - start
        peak = int(done.stderr.split()[-1]) / 1024
        counts = {f["detector"]: f["count"] for f in map(json.loads, (out / "findings.jsonl").open())}
    print(f"{size / 1e9:.1f} GB, {rows:,} rows: peak {peak:,.0f} MiB (under 600)")
    print(f"{size / scanning / 1e6:,.0f} MB/s, {scanning / counting:.1f} times as long as counting the lines")
    print(f"found {counts}")


if __name__ == "__main__":
    main()
