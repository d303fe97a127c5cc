"""`scan`: the main job."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from classifier import config, run
from classifier.cli import options, scope

FORMATS = ", ".join(name for name, _, _ in run.format_rows())


def scan(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TARGET", help="s3://bucket[/prefix], a bucket's ARN, file:///dir, or a local path."
        ),
    ] = None,
    all_buckets: Annotated[
        bool, typer.Option("--all-buckets", help="Every bucket that the credentials can list.")
    ] = False,
    template: Annotated[
        str | None,
        typer.Option(
            "--template", help="A scan template: its name in templates/, or its file (docs/contracts.md)."
        ),
    ] = None,
    output: options.Output = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format", help=f"Reports, with commas: {FORMATS}. A run folder has the first three anyway."
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on", help="Exit 1 on a finding or alert at or over: low, medium, high, critical."
        ),
    ] = None,
    detectors: options.Detectors = None,
    packs: options.Pack = None,
    rules: options.Rules = None,
    data_policy: Annotated[
        Path | None,
        typer.Option("--data-policy", help="Which data may lie where, and for how long (YAML)."),
    ] = None,
    risk_overrides: Annotated[
        Path | None,
        typer.Option("--risk-overrides", help="Risk scores set by hand, with who and why (YAML)."),
    ] = None,
    recognizers: options.Recognizers = None,
    allow_lists: options.AllowList = None,
    allow_list_optional: options.AllowListOptional = None,
    max_occurrences: Annotated[
        int | None, typer.Option("--max-occurrences", help="Located occurrences a finding; 0 = all.")
    ] = None,
    max_object_bytes: Annotated[
        int | None, typer.Option("--max-object-bytes", help="Read no more than this of an object; 0 = all.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Worker processes; 0 = as many as the scan is worth.")
    ] = None,
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
    store: options.Store = None,
    accounts: Annotated[
        str | None,
        typer.Option(
            "--accounts",
            metavar="FILE|organization",
            help="Scan every bucket of these accounts: a file with an id a line, or your organization's.",
        ),
    ] = None,
    account_role: Annotated[
        str | None,
        typer.Option("--account-role", metavar="NAME", help="The role to assume in each account."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", help="local (the default), or dask: the workers of a cluster.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="The Dask scheduler, such as tcp://HOST:8786."),
    ] = None,
    incremental: Annotated[
        bool | None,
        typer.Option(
            "--incremental",
            help="Read only what is new or has changed since an earlier run; the rest is in the report too.",
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="RUN|last",
            help="Go on with a run that was ended, with its targets and settings.",
        ),
    ] = None,
    names: Annotated[
        bool | None,
        typer.Option(
            "--names/--no-names", help="Read prose for names and places: the first 32 KiB of an object's."
        ),
    ] = None,
    verify_keys: Annotated[
        bool | None,
        typer.Option(
            "--verify-keys",
            help="Try the AWS key pairs that are found: sends them to AWS STS (GetCallerIdentity), where "
            "their owner sees it in CloudTrail. Off unless given.",
        ),
    ] = None,
    verify_endpoint_url: Annotated[
        str | None,
        typer.Option("--verify-endpoint-url", help="Server to try them against instead of AWS STS (tests)."),
    ] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    no_sign_request: options.NoSignRequest = None,
    role_arn: options.RoleArn = None,
    external_id: options.ExternalId = None,
    role_session_name: options.RoleSessionName = None,
    mfa_serial: options.MfaSerial = None,
    settings_file: options.Config = None,
    notify: Annotated[
        Path | None, typer.Option("--notify", help="Where messages about the run go (YAML).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")] = False,
) -> None:
    """Scan buckets, prefixes or local files for sensitive data and report what to fix first.

    Exit code: 0 clean, 1 a finding or alert at or over --fail-on, 2 usage, 3 partial (a limit or a
    permission left something unread), 4 error.
    """
    settings = config.load(
        {
            "template": template,
            "output": output,
            "formats": tuple(formats.split(",")) if formats else None,
            "fail_on": fail_on,
            "notify": notify,
            "detectors": detectors,
            "packs": tuple(packs) if packs else None,
            "data_policy": data_policy,
            "risk_overrides": risk_overrides,
            "rules": tuple(rules) if rules else None,
            "recognizers": tuple(recognizers) if recognizers else None,
            "allow_lists": tuple(allow_lists) if allow_lists else None,
            "allow_list_optional": allow_list_optional or None,
            "max_occurrences": max_occurrences,
            "max_object_bytes": max_object_bytes,
            "workers": workers,
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
            "store": store,
            "accounts": accounts,
            "account_role": account_role,
            "engine": engine,
            "scheduler": scheduler,
            "incremental": incremental or None,
            "names": names,
            "verify_keys": verify_keys or None,
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
    outcome = run.scan(
        targets or [],
        settings,
        all_buckets=all_buckets,
        resume=resume,
        console=options.console(stderr=True),
        quiet=quiet,
        prompt=options.ask,
        verify_endpoint_url=verify_endpoint_url,
    )
    if not quiet:
        # With findings on standard output the summary goes beside the progress. The report is written by now:
        # where nobody takes the summary, the exit code stays what it is.
        with suppress(OSError):
            run.show(outcome, options.console(stderr=settings.output == "-"))
    if run.INTERRUPTED in outcome.notes:
        options.leave(outcome.exit_code)
    raise typer.Exit(outcome.exit_code)
