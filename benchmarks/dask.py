"""One worker of a Dask cluster against two: objects a second, and whether they find the same.

The objects are files of this machine, so that no server shares the cores with the workers. What counts is
measured from the first shard handed out to the last result; detectors are loaded before.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from classifier import config, run
from tests.servers.daskcluster import dask_cluster

OBJECTS = int(os.environ.get("BENCH_OBJECTS", "4000"))
BAR = 1.7


def fill(root: Path) -> None:
    """Logs of 32 KB, one line in some of them with an e-mail address."""
    rng = random.Random(1)
    for number in range(OBJECTS):
        folder = root / f"{number // 200:03}"
        folder.mkdir(exist_ok=True)
        lines = [
            f"2026-05-04T03:02:{rng.randrange(60):02} INFO request={rng.getrandbits(128):032x} "
            f"ms={rng.randrange(900)} path=/v1/orders/{rng.randrange(10**7)}"
            + (f" user=u{rng.randrange(10**6)}@larkfield-co.com" if rng.random() < 0.003 else "")
            for _ in range(330)
        ]
        (folder / f"{number:06}.log").write_text("\n".join(lines))


def scanned(root: Path, folder: Path, address: str) -> tuple[float, list[Any]]:
    """Scan on the cluster; return objects a second and the findings."""
    flags = {"output": str(folder), "store": "none", "engine": "dask", "scheduler": address}
    targets = sorted(str(path) for path in root.iterdir())
    start = time.perf_counter()
    summary = run.scan(targets, config.load(flags), console=Console(quiet=True), quiet=True)
    seconds = time.perf_counter() - start
    assert summary.coverage.complete == OBJECTS, summary.coverage
    found = [json.loads(line) for line in (folder / "findings.jsonl").read_text("utf-8").splitlines()]
    return OBJECTS / seconds, [f | {"run_id": "", "first_seen": ""} for f in found]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks dask")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    key = {"S3_CLASSIFIER_FINGERPRINT_KEY": "5a" * 32}
    os.environ |= key
    ratios: list[float] = []
    alike = True
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "objects"
        root.mkdir()
        fill(root)
        with dask_cluster(1, key) as one, dask_cluster(2, key) as two:
            for cluster in (one, two):
                scanned(root, Path(name) / "warm", cluster.address)
            for pair in range(options.pairs):
                alone, found = scanned(root, Path(name) / f"one{pair}", one.address)
                both, same = scanned(root, Path(name) / f"two{pair}", two.address)
                alike &= found == same
                ratios.append(both / alone)
                print(
                    f"one worker {alone:,.0f} objects/s, two {both:,.0f}: ratio {ratios[-1]:.2f}", flush=True
                )
    ratio = statistics.median(ratios)
    print(
        f"{OBJECTS:,} objects: median ratio {ratio:.2f} (at least {BAR} on two idle cores), "
        f"findings {'the same' if alike else 'DIFFERENT'}"
    )
    sys.exit(not alike or ratio < BAR)


if __name__ == "__main__":
    main()
