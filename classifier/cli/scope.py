"""Options that say what a scan reads, and what it may take: those of `scan` and of `plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Include = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="RULE",
        help="What is in scope: prefix:, glob:, ext:, size:>1MiB, date:>=2026-01-31, class:, tag:NAME=VALUE, "
        "type:text/*; may be repeated.",
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="RULE", help="What is out of scope, in the same words; may be repeated."
    ),
]
Depth = Annotated[
    str | None,
    typer.Option(
        "--depth",
        help="quick, standard, deep or full (the default): objects of each kind, and how much of large ones.",
    ),
]
SampleObjects = Annotated[
    str | None,
    typer.Option("--sample-objects", metavar="N%", help="Percent of the objects of each kind, at the most."),
]
Seed = Annotated[str | None, typer.Option("--seed", help="Seed of what is chosen at random.")]
SameContentOnce = Annotated[
    bool | None,
    typer.Option(
        "--same-content-once/--every-copy",
        help="Read objects of the same ETag, size and type once; so it is unless the depth is full.",
    ),
]
NoncurrentVersions = Annotated[
    bool | None,
    typer.Option("--noncurrent-versions", help="Noncurrent versions and delete markers too."),
]
Tags = Annotated[bool | None, typer.Option("--tags", help="Search tags too: a request more for each object.")]
Inventory = Annotated[
    str | None,
    typer.Option(
        "--inventory",
        metavar="MANIFEST|auto",
        help="S3 Inventory in place of listing: its manifest.json (s3:// or a file), or the bucket's own.",
    ),
]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", help="US dollars of requests and bytes; then it ends, exit 3.")
]
MaxBytes = Annotated[int | None, typer.Option("--max-bytes", help="Stored bytes that are read.")]
MaxRequests = Annotated[int | None, typer.Option("--max-requests", help="Requests that are sent.")]
MaxTime = Annotated[float | None, typer.Option("--max-time", help="Seconds.")]
BucketMaxCost = Annotated[
    float | None, typer.Option("--bucket-max-cost", help="The same of each bucket: dollars,")
]
BucketMaxBytes = Annotated[int | None, typer.Option("--bucket-max-bytes", help="stored bytes,")]
BucketMaxRequests = Annotated[int | None, typer.Option("--bucket-max-requests", help="requests,")]
BucketMaxTime = Annotated[float | None, typer.Option("--bucket-max-time", help="and seconds.")]
TransferPrice = Annotated[
    float | None,
    typer.Option("--transfer-price", help="US dollars a GB that leaves the bucket's region; 0 from within."),
]
Prices = Annotated[Path | None, typer.Option("--prices", help="Prices (YAML) in place of the shipped ones.")]


def percent(text: str | None) -> str | None:
    """Return the number of `N%`, for the settings to read."""
    return None if text is None else text.strip().removesuffix("%")
