"""Listing: processor time a key beside boto3's paginator, and the memory of a bucket of ten million keys.

The server gives canned pages from a process of its own, so that only the client's time is counted. `--keys N`
sets the keys of the large listing, `--compare N` those that both list.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time

import boto3
from botocore.config import Config

from benchmarks.canned import canned
from classifier import config, crawl

TIMES, MOST_MB = 15, 400


def boto3_seconds(address: str) -> tuple[int, float]:
    client = boto3.client("s3", endpoint_url=address, config=Config(s3={"addressing_style": "path"}))
    count = 0
    before = time.process_time()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="canned"):
        count += len(page.get("Contents", ()))
    return count, time.process_time() - before


def our_seconds(address: str, threads: int = 1) -> tuple[int, float]:
    with crawl.Connection(config.load({"endpoint_url": address})) as connection:
        before = time.process_time()
        count = sum(1 for _ in crawl.list_objects(connection, "canned", "us-east-1", "", threads))
        return count, time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--keys", type=int, default=10_000_000)
    parser.add_argument("--compare", type=int, default=100_000)
    given = parser.parse_args(sys.argv[1:])
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "canned" * 3,
        "AWS_SECRET_ACCESS_KEY": "canned" * 6,
        "AWS_REGION": "us-east-1",
    }
    with canned(given.compare, 10) as address:
        our_seconds(address)
        ratios = []
        for _ in range(3):
            theirs, ours = boto3_seconds(address), our_seconds(address)
            assert theirs[0] == ours[0] == given.compare
            ratios.append(theirs[1] / ours[1])
            print(
                f"boto3 {theirs[1] / theirs[0] * 1e6:.1f} us of a processor a key, "
                f"ours {ours[1] / ours[0] * 1e6:.1f}: {ratios[-1]:.1f} times fewer"
            )
    with canned(given.keys, 1_000) as address:
        start = time.perf_counter()
        count, seconds = our_seconds(address, config.load({}).listers)
        elapsed = time.perf_counter() - start
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    each = seconds / count * 1e6
    print(f"{count:,} keys: {count / elapsed:,.0f} keys/s, {each:.1f} us a key, peak {peak:.0f} MB")
    middle = sorted(ratios)[1]
    print(f"median {middle:.1f} times (at least {TIMES}), {peak:.0f} MB (under {MOST_MB})")
    sys.exit(0 if middle >= TIMES and peak < MOST_MB and count == given.keys else 1)


if __name__ == "__main__":
    main()
