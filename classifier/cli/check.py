"""`check`: before a bucket is opened, what that would expose."""

from __future__ import annotations

from typing import Annotated

import typer

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError


def check(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="s3://bucket[/prefix] or a bucket's ARN.")],
    policy: Annotated[
        str | None, typer.Option("--policy", help="File of the bucket policy to be; none = without one.")
    ] = None,
    acl: Annotated[
        str | None,
        typer.Option(
            "--acl",
            help="Canned ACL of the bucket to be: private, public-read, public-read-write, "
            "authenticated-read, log-delivery-write.",
        ),
    ] = None,
    public_access_block: Annotated[
        str | None,
        typer.Option(
            "--public-access-block",
            help="File of the bucket's PublicAccessBlockConfiguration to be (JSON); none = without one.",
        ),
    ] = None,
    ownership: Annotated[
        str | None,
        typer.Option(
            "--ownership",
            help="Object ownership to be: BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter; none.",
        ),
    ] = None,
    findings: Annotated[
        str | None,
        typer.Option(
            "--findings",
            help="Run folder, or its name under reports/; the newest with the bucket if not given.",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Read a sample of the objects now, whatever runs there are.")
    ] = False,
    sample: Annotated[
        int, typer.Option("--sample", min=1, help="Objects read where there is no run, or with --fresh.")
    ] = run.SAMPLE,
    most: Annotated[int, typer.Option("--most", min=1, help="Objects listed, worst first.")] = run.MOST,
    output_format: Annotated[
        str, typer.Option("--format", help="text for people, json for programs.")
    ] = "text",
    output: options.Destination = "-",
    detectors: options.Detectors = None,
    packs: options.Pack = None,
    recognizers: options.Recognizers = None,
    allow_lists: options.AllowList = None,
    allow_list_optional: options.AllowListOptional = None,
    max_object_bytes: Annotated[
        int | None, typer.Option("--max-object-bytes", help="Read no more than this of an object; 0 = all.")
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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Tell what sensitive data a change of a bucket's access would expose; without options, as it is.

    Nothing is changed. Exit code: 0 nothing sensitive is exposed, 1 sensitive objects would be (or are, and
    would stay) within reach of the public or of accounts that are not in known_accounts, 2 usage, or S3
    would refuse the change, 3 partial or unknown (something that outsiders would reach could not be
    read), 4 error.
    """
    if output_format not in ("text", "json"):
        raise UsageError(f"--format {output_format}: there are text and json")
    settings = config.load(
        {
            "detectors": detectors,
            "packs": tuple(packs) if packs else None,
            "recognizers": tuple(recognizers) if recognizers else None,
            "allow_lists": tuple(allow_lists) if allow_lists else None,
            "allow_list_optional": allow_list_optional or None,
            "max_object_bytes": max_object_bytes,
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
    request = run.Request(
        target,
        policy=policy,
        acl=acl,
        public_access_block=public_access_block,
        ownership=ownership,
        findings=findings,
        fresh=fresh,
        sample=sample,
        most=most,
    )
    found = run.check(
        request, settings, console=options.console(stderr=True), quiet=quiet, prompt=options.ask
    )
    with run.text_output(output) as out:
        if output_format == "json":
            out.write(run.check_json(found))
        else:
            run.check_text(found, options.Screen(file=out, width=110, highlight=False))
    raise typer.Exit(found.exit_code)
