"""How soon a scan looks at its first byte, with a cold and with a warm cache; and its peak memory.

    python -m benchmarks startup

CPU seconds of whole processes, each case in turn with `python -c "import numpy"`, which is a part of it and
stands for the machine: the limit is a ratio to that. Cold: no database compiled and no detector built, but
Python's own bytecode is there. Exit code 1 where a limit is missed.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.engine import prose, table

RATIO = 7.0  # warm, to the first byte: 0.7 s on a machine that imports numpy in 0.1 s
COLD_RATIO = 60.0
PEAK_MIB = 250
ROUNDS = 7
MIB = 1 << 20

_SCAN = """
import json, resource, sys, time
from classifier.detect.engine import ObjectScan
from classifier.cli import app
seen, real = [], ObjectScan.feed
def feed(self, chunk):
    seen.append(time.process_time())
    return real(self, chunk)
ObjectScan.feed = feed
try:
    app(sys.argv[1:])
finally:
    try:  # what getrusage says begins with the parent's peak
        peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    print(json.dumps([seen[0], time.process_time(), peak]), file=sys.stderr)
"""
_NUMPY = "import time, numpy; print(time.process_time())"


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"XDG_CACHE_HOME": f"{folder}/cache", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}

        def scan(path: Path) -> list[float]:
            places = ["--output", f"{folder}/run", "--store", f"{folder}/store.db"]
            command = [sys.executable, "-c", _SCAN, "scan", str(path), *places, "--quiet"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            return list(map(float, json.loads(done.stderr.splitlines()[-1])))

        def numpy() -> float:
            command = [sys.executable, "-c", _NUMPY]
            return float(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)

        small, large = folder / "small.txt", folder / "large"
        small.write_text("nothing here\n")
        large.mkdir()
        rng = random.Random(3)
        (large / "table.csv").write_bytes(table(24 * MIB, rng))
        (large / "text.txt").write_bytes(prose(24 * MIB, rng))
        for _ in range(2):
            numpy()
            subprocess.run(
                [sys.executable, "-m", "classifier", "--version"],
                env=environment,
                check=True,
                capture_output=True,
            )
        cold = scan(small)[0]
        warm, base = zip(*((scan(small), numpy()) for _ in range(ROUNDS)), strict=True)
        peak = scan(large)[2]
    unit = statistics.median(base)
    ratio = statistics.median(one[0] / other for one, other in zip(warm, base, strict=True))
    first, whole, resident = map(statistics.median, zip(*warm, strict=True))
    print(f"import numpy          {unit:5.2f} s of CPU")
    print(f"first byte, warm      {first:5.2f} s, {ratio:.1f} times that (limit {RATIO:.0f})")
    print(f"first byte, cold      {cold:5.2f} s, {cold / unit:.0f} times that (limit {COLD_RATIO:.0f})")
    print(f"whole scan, one line  {whole:5.2f} s, {resident:.0f} MiB")
    print(f"scan of 48 MiB        peak {peak:.0f} MiB (limit {PEAK_MIB})")
    return int(ratio > RATIO or cold / unit > COLD_RATIO or peak > PEAK_MIB)


if __name__ == "__main__":
    sys.exit(main())
