"""`detectors lint` over the shipped packs: no mistake, and no coarse expression that slows every scan down.

The rate of each coarse expression alone is compared with that of a literal one on the same text in the same
run. Exit code 1 where there is a mistake.
"""

from __future__ import annotations

import sys
import time

from classifier import run
from classifier.detect import shipped_packs
from classifier.detect.lint import SLOW, speed


def main() -> int:
    began = time.process_time()
    lines, count, errors = run.lint_detectors(())
    spent = time.process_time() - began
    for line in lines:
        print(line)
    print(f"{count} detectors: {errors} errors, {len(lines) - errors} smells, {spent:.0f} s of CPU")
    expressions = {(d.coarse.encode(), d.caseless): d.id for d in shipped_packs() if d.coarse is not None}
    rates = sorted((speed(text, caseless=caseless), name) for (text, caseless), name in expressions.items())
    print(f"the slowest coarse expressions, as shares of the rate of a literal one (limit {SLOW}):")
    for rate, name in rates[:5]:
        print(f"  {rate:.3f} {name}")
    return int(errors > 0)


if __name__ == "__main__":
    sys.exit(main())
