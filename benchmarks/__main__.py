"""Run every benchmark, or those that are named: `python -m benchmarks small_objects`.

Options after the names go to each of them: `python -m benchmarks access --cases FILE`.
"""

from __future__ import annotations

import runpy
import sys
from itertools import takewhile

ALL = (
    "lint",
    "startup",
    "engine",
    "secrets",
    "precision",
    "benign",
    "tables",
    "health",
    "names",
    "small_objects",
    "big_object",
    "listing",
    "resume",
    "dask",
    "sampling",
    "access",
    "posture",
    "reports",
    "trail",
    "extract",
    "pdf",
    "ocr",
)

if __name__ == "__main__":
    given = sys.argv[1:]
    names = list(takewhile(lambda word: not word.startswith("-"), given))
    failed = 0
    for name in names or ALL:
        sys.argv = [name, *given[len(names) :]]
        print(f"## {name}")
        try:
            runpy.run_module(f"benchmarks.{name}", run_name="__main__")
        except SystemExit as ended:
            failed = failed or int(ended.code not in (None, 0))
    sys.exit(failed)
