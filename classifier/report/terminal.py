"""What the run found, for a person at a terminal: what to fix first, where, and what was not read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from classifier.model import Severity
from classifier.report.records import BucketRow, Summary
from classifier.visible import visible

TOP_ALERTS = 10
TOP_BUCKETS = 20
TOLDWHAT_TO_DO = 3  # alerts with the first step of their remediation
LONGEST_PATH = 40

_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFORMATIONAL: "dim",
}
_ACCESS = {
    ("public", None): ("public", "bold red"),
    ("unknown", None): ("unknown", "yellow"),
    (None, "external"): ("external", "red"),
    (None, "unknown"): ("unknown", "yellow"),
    (None, "internal"): ("internal", ""),
}
# What a reader can do about a reason code (Amazon Macie's ClassificationResultStatus.reason).
WHAT_TO_DO = {
    "ARCHIVE_CONTAINS_UNPROCESSED_FILES": "see the members' own reasons in objects.jsonl.gz",
    "ARCHIVE_EXCEEDS_SIZE_LIMIT": "raise the archive limits",
    "ARCHIVE_NESTING_LEVEL_OVER_LIMIT": "raise max_archive_depth",
    "ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT": "raise max_expanded_bytes",
    "ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT": "raise max_archive_members",
    "FILE_EXCEEDS_SIZE_LIMIT": "raise --depth, or max_object_bytes (0 = no limit)",
    "INVALID_ENCRYPTION": "encrypted with a customer's key (SSE-C) or a password; decrypt a copy to scan it",
    "INVALID_KMS_KEY": "allow kms:Decrypt on the object's key, or enable the key",
    "INVALID_OBJECT_STATE": "archived storage class: restore the object to scan it",
    "JSON_NESTING_LEVEL_OVER_LIMIT": "raise max_json_depth",
    "MALFORMED_FILE": "broken or of another type than it seems; look at it by hand",
    "MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT": "broken, or over a limit; look at it by hand",
    "NO_SUCH_BUCKET_AVAILABLE": "check the bucket's name, region and account",
    "OBJECT_VERSION_MISMATCH": "changed while it was read; scan again",
    "OOXML_UNCOMPRESSED_RATIO_EXCEEDS_LIMIT": "suspiciously compressible document; look at it by hand",
    "OOXML_UNCOMPRESSED_SIZE_EXCEEDS_LIMIT": "raise max_expanded_bytes",
    "PERMISSION_DENIED": "allow s3:GetObject and s3:ListBucket to the scanning identity",
    "SOURCE_OBJECT_NO_LONGER_AVAILABLE": "deleted while the scan ran; nothing to do",
    "TIME_CUT_OFF_REACHED": "not sampled, past a cap, or no answer in time; scan deeper, or again",
    "UNABLE_TO_PARSE_FILE": "broken or of another type than it seems; look at it by hand",
    "UNSUPPORTED_FILE_TYPE_EXCEPTION": "a format without text that this version can read",
}


def render_summary(summary: Summary, console: Console) -> None:
    """Print a run: headline, alerts, buckets by risk, what was not covered, and the files."""
    _headline(summary, console)
    _alerts(summary, console)
    _buckets(summary.buckets, console)
    _not_covered(summary, console)
    for note in summary.notes:
        console.print(Text(visible(note), "yellow"))
    if summary.folder:
        files = ", ".join(summary.files)
        console.print()
        console.print(Text.assemble(("Report: ", "bold"), visible(summary.folder)), soft_wrap=True)
        if files:
            console.print(Text(f"  {files}", "dim"))


def _headline(summary: Summary, console: Console) -> None:
    coverage = summary.coverage
    console.print()
    console.print(
        Text.assemble(
            ("Risk ", "bold"),
            (f" {summary.risk.score:g} {summary.risk.band} ", _STYLES[summary.risk.band]),
            f"  {_count(summary.sensitive_objects, 'sensitive object')} of {coverage.objects:,}, "
            f"{_count(summary.findings, 'finding')}, {_count(summary.alerts_total, 'alert')}, "
            f"{_count(len(summary.buckets), 'target')}, {decimal(coverage.bytes_read)} read",
        )
    )


def _alerts(summary: Summary, console: Console) -> None:
    alerts, total = summary.alerts, summary.alerts_total
    console.print()
    if not alerts:
        console.print(Text("No alerts.", "green"))
        return
    table = Table(title="Fix first", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in ("Severity", "Category"):
        table.add_column(column, no_wrap=True)
    table.add_column("Bucket", overflow="fold")
    table.add_column("Why", overflow="fold", ratio=1)
    local = _local(summary.buckets)
    for place, alert in enumerate(alerts[:TOP_ALERTS]):
        why = Text(visible(first_sentence(alert.narrative)))
        first_line, _, _ = alert.remediation.partition("\n")
        if place < TOLDWHAT_TO_DO:
            why.append(f"\n{visible(first_sentence(first_line))}", "dim")
        table.add_row(
            Text(f"{alert.severity:.1f} {alert.band}", _STYLES[alert.band]),
            Text(alert.category),
            Text(visible(alert.bucket) or local),
            why,
        )
    console.print(table)
    if total > min(len(alerts), TOP_ALERTS):
        console.print(Text(f"and {total - min(len(alerts), TOP_ALERTS):,} more in alerts.jsonl", "dim"))


def _local(rows: Sequence[BucketRow]) -> str:
    """Return what stands for the bucket of an alert about a local target: its path, if there is but one."""
    paths = [visible(row.target) for row in rows if not row.bucket]
    if len(paths) != 1:
        return "(local)"
    path = paths[0]
    return path if len(path) <= LONGEST_PATH else f"…{path[1 - LONGEST_PATH :]}"


def first_sentence(text: str) -> str:
    """Return `text` up to its first full stop that ends a sentence."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0]


def _buckets(rows: Sequence[BucketRow], console: Console) -> None:
    if not rows:
        return
    console.print()
    table = Table(
        title="Buckets by risk", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0)
    )
    table.add_column("Risk", justify="right", no_wrap=True)
    table.add_column("Bucket", overflow="fold")
    table.add_column("Access", no_wrap=True)
    table.add_column("Sensitive", justify="right", no_wrap=True)
    table.add_column("Most found", overflow="fold", ratio=1)
    for row in rows[:TOP_BUCKETS]:
        table.add_row(
            Text(_interval(row), _STYLES[row.risk.band]),
            Text(visible(row.bucket or row.target)),
            Text(*_access(row)),
            Text(f"{row.sensitive_objects:,} of {row.coverage.objects:,}"),
            _found(row),
        )
    console.print(table)
    if len(rows) > TOP_BUCKETS:
        console.print(Text(f"and {len(rows) - TOP_BUCKETS:,} more in buckets.jsonl", "dim"))


def _interval(row: BucketRow) -> str:
    risk = row.risk
    return f"{risk.score:g}" if risk.low == risk.high else f"{risk.score:g} ({risk.low:g}–{risk.high:g})"


def _access(row: BucketRow) -> tuple[str, str]:
    if row.public is None:
        return ("unknown", "yellow") if row.bucket else ("local", "")
    found = _ACCESS.get((row.public, None)) or _ACCESS.get((None, row.shared))
    return found or ("private", "green")


def _found(row: BucketRow) -> Text:
    types = ", ".join(f"{name} {count:,}" for name, count in row.types)
    if row.error is None:
        return Text(types)
    if not _read(row):
        return Text(f"not scanned: {visible(row.error)}", "red")
    return Text.assemble((f"partly scanned: {visible(row.error)}", "yellow"), f"; {types}" if types else "")


def _read(row: BucketRow) -> bool:
    """Whether any object of the target was read."""
    return row.coverage.complete + row.coverage.partial > 0


def _not_covered(summary: Summary, console: Console) -> None:
    coverage = summary.coverage
    failed = [row for row in summary.buckets if row.error is not None]
    if not (coverage.partial or coverage.skipped or failed):
        return
    unread = sum(not _read(row) for row in failed)
    parts = [f"{_count(coverage.skipped, 'object')} skipped, {coverage.partial:,} read in part"]
    parts += [f"{_count(unread, 'target')} not scanned"] if unread else []
    parts += [f"{_count(len(failed) - unread, 'target')} partly scanned"] if unread < len(failed) else []
    console.print()
    console.print(Text(f"Not covered: {', '.join(parts)}", "bold yellow"), soft_wrap=True)
    if not coverage.reasons:
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Objects", justify="right", no_wrap=True)
    table.add_column("Reason", overflow="fold")
    table.add_column("What to do", overflow="fold", ratio=1)
    for reason, count in sorted(coverage.reasons.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"{count:,}", Text(visible(reason)), Text(WHAT_TO_DO.get(reason, "")))
    console.print(table)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
