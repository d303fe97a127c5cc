"""`plan`: what a scan would take, before it is run."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from classifier import config, run
from classifier.cli import options, scope


def plan(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET", help="As for scan: s3://bucket[/prefix], an ARN, a local path."),
    ] = None,
    all_buckets: Annotated[
        bool, typer.Option("--all-buckets", help="Every bucket that the credentials can list.")
    ] = False,
    output_format: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    include: scope.Include = None,
    exclude: scope.Exclude = None,
    depth: scope.Depth = None,
    sample_objects: scope.SampleObjects = None,
    seed: scope.Seed = None,
    same_content_once: scope.SameContentOnce = None,
    noncurrent_versions: scope.NoncurrentVersions = None,
    tags: scope.Tags = None,
    inventory: scope.Inventory = None,
    max_cost: scope.MaxCost = None,
    max_bytes: scope.MaxBytes = None,
    max_requests: scope.MaxRequests = None,
    max_time: scope.MaxTime = None,
    bucket_max_cost: scope.BucketMaxCost = None,
    bucket_max_bytes: scope.BucketMaxBytes = None,
    bucket_max_requests: scope.BucketMaxRequests = None,
    bucket_max_time: scope.BucketMaxTime = None,
    transfer_price: scope.TransferPrice = None,
    prices: scope.Prices = None,
    max_object_bytes: Annotated[
        int | None, typer.Option("--max-object-bytes", help="Read no more than this of an object; 0 = all.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Worker processes of the scan.")] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    no_sign_request: options.NoSignRequest = None,
    role_arn: options.RoleArn = None,
    external_id: options.ExternalId = None,
    role_session_name: options.RoleSessionName = None,
    mfa_serial: options.MfaSerial = None,
    settings_file: options.Config = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Predict a scan: objects, bytes, requests, time and cost, with Amazon Macie's price beside it.

    Lists and looks at settings as the scan would; reads no object. Exit code: 0, 2 usage, 3 a target could
    not be listed to its end, 4 error.
    """
    if output_format not in ("text", "json"):
        raise typer.BadParameter("text or json", param_hint="--format")
    settings = config.load(
        {
            "include": tuple(include) if include else None,
            "exclude": tuple(exclude) if exclude else None,
            "depth": depth,
            "sample_objects": scope.percent(sample_objects),
            "seed": seed,
            "same_content_once": same_content_once,
            "noncurrent_versions": noncurrent_versions or None,
            "tags": tags or None,
            "inventory": inventory,
            "max_cost": max_cost,
            "max_bytes": max_bytes,
            "max_requests": max_requests,
            "max_time": max_time,
            "bucket_max_cost": bucket_max_cost,
            "bucket_max_bytes": bucket_max_bytes,
            "bucket_max_requests": bucket_max_requests,
            "bucket_max_time": bucket_max_time,
            "transfer_price": transfer_price,
            "prices": prices,
            "max_object_bytes": max_object_bytes,
            "workers": workers,
            "profile": profile,
            "region": region,
            "endpoint_url": endpoint_url,
            "no_sign_request": no_sign_request or None,
            "role_arn": role_arn,
            "external_id": external_id,
            "role_session_name": role_session_name,
            "mfa_serial": mfa_serial,
        },
        settings_file,
    )
    forecasts, used = run.plan(
        targets or [],
        settings,
        all_buckets=all_buckets,
        console=options.console(stderr=True),
        quiet=quiet,
        prompt=options.ask,
    )
    if output_format == "json":
        typer.echo(json.dumps(run.plan_json(forecasts, used, settings), indent=2))
    else:
        run.show_plan(forecasts, used, settings, options.console())
    raise typer.Exit(3 if any(forecast.error for forecast in forecasts) else 0)
