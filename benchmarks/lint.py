"""`detectors lint` over the shipped packs: no mistake, and no coarse expression that slows every scan down.

Each coarse expression that is run over every byte must alone do 500 MB a second of the processor's time on
code, an access log, JSON Lines, prose and a dense table. Beside them stands what those of the secrets do
together, and how often they fire. Exit code 1 where there is a mistake or a slow one.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from benchmarks import secrets
from benchmarks.engine import table
from classifier import run
from classifier.detect import shipped_packs
from classifier.detect.lint import everywhere, rate
from classifier.detect.prefilter import scanner

LEAST = 500.0  # MB/s
SIZE = 1 << 20
_ROUNDS = 5  # of what seems too slow: other processes run too


def main() -> int:
    began = time.process_time()
    lines, count, errors = run.lint_detectors(())
    spent = time.process_time() - began
    for line in lines:
        print(line)
    print(f"{count} detectors: {errors} errors, {len(lines) - errors} smells, {spent:.0f} s of CPU")
    rng = random.Random(7)
    texts = {
        "code": secrets.code(SIZE),
        "access log": secrets.access_log(SIZE, rng),
        "JSON Lines": secrets.json_lines(SIZE, rng),
        "prose": secrets.prose(SIZE),
        secrets.DENSE: table(SIZE, rng),
    }
    detectors = shipped_packs()
    rates = sorted(
        (_rate(expression, text, caseless=caseless), kind, owners[0].id)
        for (expression, caseless), owners in everywhere(detectors).items()
        for kind, text in texts.items()
    )
    print(f"the slowest coarse expressions, alone, MB/s (limit {LEAST:.0f}):")
    for speed, kind, name in rates[:10]:
        print(f"  {speed:6.0f} {name} on {kind}")
    together(texts)
    return int(errors > 0 or rates[0][0] < LEAST)


def _rate(expression: bytes, text: bytes, *, caseless: bool) -> float:
    best = 0.0
    for _ in range(_ROUNDS):
        best = max(best, rate(expression, text, caseless=caseless))
        if best >= 2 * LEAST:
            break
    return best


def together(texts: dict[str, bytes]) -> None:
    """Print how fast all expressions of secrets together run over the texts, and which fire most."""
    owners = everywhere(secrets.secrets_of(shipped_packs()))
    names = [detectors[0].id for detectors in owners.values()]
    scan = scanner(tuple(owners))
    if scan is None:
        return
    print(f"the {len(owners)} of secrets together, MB/s, hits a MB and what fires most:")
    for kind, text in texts.items():
        numbers: list[int] = []
        scan(text, lambda number, *_, add=numbers.append: add(number))
        best = float("inf")
        for _ in range(_ROUNDS):
            began = time.thread_time()
            scan(text, None)
            best = min(best, time.thread_time() - began)
        most = ", ".join(f"{names[number]} {times}" for number, times in Counter(numbers).most_common(4))
        print(f"  {len(text) / 1e6 / best:6.0f} {kind}: {len(numbers) / len(text) * 1e6:.0f} hits; {most}")


if __name__ == "__main__":
    sys.exit(main())
