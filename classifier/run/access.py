"""Access verdicts, live or over exported snapshots, and how they read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from classifier import access, crawl
from classifier.config import Settings
from classifier.errors import UsageError
from classifier.model import Grant, Verdict
from classifier.report.terminal import visible


def access_live(
    targets: Sequence[str], settings: Settings, prompt: Callable[[str], str] | None = None
) -> Iterator[Verdict]:
    """Read each bucket's posture and yield its verdict; `prompt` asks the user for a role's MFA code.

    Raises UsageError for a target that is no bucket, AccessFailure when nothing can be asked at all.
    """
    parsed = [crawl.parse_target(text) for text in targets]
    for target in parsed:
        if target.is_local:
            raise UsageError(f"{target}: access looks at buckets; give s3://bucket")
    connection = crawl.Connection(settings, prompt=prompt)
    connection.check()
    for target in parsed:
        yield access.evaluate(crawl.read_posture(connection, target.bucket).to_json())


def access_offline(path: Path) -> Iterator[Verdict]:
    """Yield a verdict for each line of a file of bucket snapshots, in order, also for lines that are broken.

    A bucket record of a run's buckets.jsonl is read too (its `posture`). Raises UsageError when the file
    cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _offline(line, number)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _offline(line: str, number: int) -> Verdict:
    try:
        snapshot = json.loads(line)
    except (ValueError, RecursionError):
        snapshot = None
    if not isinstance(snapshot, dict):
        return Verdict("", None, "unknown", "unknown", problems=(f"line {number} is not a JSON object",))
    posture = snapshot.get("posture")
    chosen = posture if isinstance(posture, dict) else snapshot
    if not isinstance(chosen.get("Bucket"), str):
        return Verdict("", None, "unknown", "unknown", problems=(f"line {number} is no bucket snapshot",))
    return access.evaluate(chosen)


def undecided(verdict: Verdict) -> bool:
    """Whether something that could not be read or parsed leaves the verdict open."""
    return "unknown" in (verdict.public, verdict.shared, verdict.decision)


def verdict_line(verdict: Verdict) -> str:
    """The verdict as a JSON line."""
    return json.dumps(verdict.to_json(), ensure_ascii=True) + "\n"


def show_verdict(verdict: Verdict, console: Console) -> None:
    """Print the verdict as an engineer would tell it: who, what, through which statement, what holds back."""
    for line in _told(verdict):
        console.print(Text(visible(line)))


def _told(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.bucket or '(no bucket)'}: {verdict.public.replace('_', ' ')}, {_SHARED[verdict.shared]}"
    for grant in verdict.grants:
        yield "  " + _sentence(grant)
    if verdict.latent:
        yield f"  held back by {', '.join(verdict.blocked_by) or 'Block Public Access'}:"
        for grant in verdict.latent:
            yield "    " + _sentence(grant)
    for item in verdict.confused_deputy:
        yield f"  confused deputy: {json.dumps(dict(item), sort_keys=True)}"
    for problem in verdict.problems:
        yield f"  not decided: {problem}"


_SHARED = {
    "external": "shared outside the organization",
    "internal": "shared inside the organization",
    "not_shared": "not shared",
    "unknown": "sharing unknown",
}


def _sentence(grant: Grant) -> str:
    where = f"under {grant.prefix!r}" if grant.prefix and not grant.exact_key else "on the whole bucket"
    if grant.exact_key:
        where = f"on the object {grant.prefix!r}"
    because = " ".join(
        f"{name} {value}" if name != "kind" else str(value)
        for name, value in grant.because.items()
        if value is not None
    )
    may = "can" if grant.decision == "allowed" else "might"
    return f"{grant.principal} {may} {', '.join(grant.actions)} {where} ({because})"
