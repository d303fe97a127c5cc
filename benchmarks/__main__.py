"""Run every benchmark, or those that are named: `python -m benchmarks small_objects`."""

from __future__ import annotations

import runpy
import sys

ALL = ("engine", "small_objects", "big_object")

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        sys.argv = [name]
        print(f"## {name}")
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
