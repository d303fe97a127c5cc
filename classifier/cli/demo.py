"""`demo`: an embedded S3 server with a seeded account, scanned for real."""

from __future__ import annotations

from classifier import config, run
from classifier.cli import options
from classifier.errors import UsageError


def demo(output: options.Output = None) -> None:
    """Scan a made-up company's account on an embedded S3 server: no cloud, no keys.

    The server is moto's, on a free port of this machine; the scan is the one of `scan --all-buckets`.
    """
    if output == "-":
        raise UsageError("demo writes a run folder and speaks on standard output; name a folder for --output")
    from classifier import demo as seeded  # boto3, which no other command needs before it runs

    console = options.console()
    with seeded.embedded_server() as server:
        console.print(f"An S3 server with a made-up company's account runs at {server.endpoint_url}.")
        seeded.seed(server)
        with server.environment():
            # The user's own settings are about other accounts.
            settings = config.Settings.model_construct(
                output=output, endpoint_url=server.endpoint_url, store="none"
            )
            outcome = run.scan([], settings, all_buckets=True, console=options.console(stderr=True))
        run.show(outcome, console)
    console.print(
        "\nNext: look at one bucket before you make it public:\n"
        "  s3-classifier scan s3://YOUR-BUCKET --fail-on high\n"
        "or at a folder on this machine:\n"
        "  s3-classifier scan ."
    )
