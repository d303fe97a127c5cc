"""Many small objects: a scan's rate against the rate at which the bare obstore client reads them.

The same process, the same Ceph object gateway on this machine, the two in turn; the ratio of each pair and
their median are printed. The scan does everything: posture, listing, reading, detection, report.
"""

from __future__ import annotations

import io
import os
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import obstore
from botocore.config import Config
from obstore.store import S3Store
from rich.console import Console

from classifier import config, run
from tests.servers import radosgw as ceph

OBJECTS = int(os.environ.get("BENCH_OBJECTS", "20000"))
SIZE = 4_096
PAIRS = 3
READERS = 16
BUCKET = "bench-small"


def body(rng: random.Random) -> bytes:
    """An object of service log lines; one in ten holds an e-mail address."""
    out = io.StringIO()
    while out.tell() < SIZE:
        person = f" user=u{rng.randrange(10**6)}@larkfield-co.com" if rng.random() < 0.003 else ""
        out.write(
            f"2026-05-04T03:02:{rng.randrange(60):02} INFO request={rng.getrandbits(128):032x} "
            f"ms={rng.randrange(900)} path=/v1/orders/{rng.randrange(10**7)}{person}\n"
        )
    return out.getvalue()[:SIZE].encode()


def bare(store: S3Store, keys: list[str]) -> float:
    """Read every object and throw it away; return objects a second."""
    start = time.perf_counter()
    with ThreadPoolExecutor(READERS) as threads:
        for data in threads.map(lambda key: obstore.get(store, key).bytes(), keys):
            assert len(data) == SIZE
    return len(keys) / (time.perf_counter() - start)


def scanned(endpoint: str, folder: Path) -> float:
    """Scan the bucket in this process; return objects a second."""
    settings = config.load(
        {
            "endpoint_url": endpoint,
            "output": str(folder),
            "store": f"{folder}.db",
            "workers": 1,
            "read_ahead": READERS,
        }
    )
    start = time.perf_counter()
    outcome = run.scan([f"s3://{BUCKET}"], settings, console=Console(quiet=True), quiet=True)
    seconds = time.perf_counter() - start
    assert outcome.coverage.complete == OBJECTS, outcome.coverage
    return OBJECTS / seconds


def main() -> None:
    server = ceph.start(os.getpid())
    rng = random.Random(1)
    keys = [f"logs/{i // 1000:03}/{i:06}.log" for i in range(OBJECTS)]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": server.alice.access_key,
        "AWS_SECRET_ACCESS_KEY": server.alice.secret_key,
        "AWS_REGION": "us-east-1",
    }
    client = boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=32),
    )
    client.create_bucket(Bucket=BUCKET)
    bodies = [(key, body(rng)) for key in keys]
    with ThreadPoolExecutor(READERS) as threads:
        list(threads.map(lambda item: client.put_object(Bucket=BUCKET, Key=item[0], Body=item[1]), bodies))
    store = S3Store(
        BUCKET,
        endpoint=server.endpoint,
        region="us-east-1",
        access_key_id=server.alice.access_key,
        secret_access_key=server.alice.secret_key,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for pair in range(PAIRS):
            reading = bare(store, keys)
            scanning = scanned(server.endpoint, Path(folder) / str(pair))
            ratios.append(scanning / reading)
            print(f"bare obstore {reading:,.0f} objects/s, scan {scanning:,.0f}: ratio {ratios[-1]:.2f}")
    print(
        f"{OBJECTS:,} objects of {SIZE:,} bytes: median ratio {statistics.median(ratios):.2f} (at least 0.33)"
    )


if __name__ == "__main__":
    main()
