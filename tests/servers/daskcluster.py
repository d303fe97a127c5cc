"""A Dask scheduler with workers, in processes of their own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_PROGRAM = """
import logging, sys
from distributed import LocalCluster
if __name__ == "__main__":
    cluster = LocalCluster(
        n_workers=int(sys.argv[1]), threads_per_worker=1, processes=True, dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    cluster.close()
"""


@dataclass(frozen=True)
class DaskCluster:
    """`process` holds the scheduler and the workers' nannies: they end with it."""

    address: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def dask_cluster(workers: int, environment: dict[str, str] | None = None) -> Iterator[DaskCluster]:
    """Run a scheduler on a free port of the loopback interface, and workers of one thread each."""
    own = dict(os.environ) | {"DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "1h"} | (environment or {})
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(workers)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=own,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address, "the cluster did not start"
        yield DaskCluster(address, process)
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
