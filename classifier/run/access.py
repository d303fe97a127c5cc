"""Access verdicts, live or over exported snapshots, and how they read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.text import Text

from classifier import access, crawl, report
from classifier.config import Settings
from classifier.errors import UsageError
from classifier.model import JSON, Verdict
from classifier.visible import visible


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict and the snapshot it is of (empty for a line that holds none)."""

    verdict: Verdict
    snapshot: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def unreadable(self) -> dict[str, str]:
        """The operations that failed, with their error codes ("" where the snapshot does not tell)."""
        listed, errors = self.snapshot.get("Unreadable"), self.snapshot.get("UnreadableErrors")
        codes = errors if isinstance(errors, Mapping) else {}
        return {str(name): str(codes.get(name, "")) for name in listed} if isinstance(listed, list) else {}


def access_live(
    targets: Sequence[str], settings: Settings, prompt: Callable[[str], str] | None = None
) -> Iterator[Answer]:
    """Read each bucket's posture and yield its answer; `prompt` asks the user for a role's MFA code.

    Raises UsageError for a target that is no bucket, AccessFailure when nothing can be asked at all.
    """
    parsed = [crawl.parse_target(text) for text in targets]
    for target in parsed:
        if target.is_local:
            raise UsageError(f"{target}: access looks at buckets; give s3://bucket")
    connection = crawl.Connection(settings, prompt=prompt)
    connection.check()
    for target in parsed:
        snapshot = crawl.read_posture(connection, target.bucket).to_json()
        yield Answer(access.evaluate(snapshot), snapshot)


def access_offline(path: Path) -> Iterator[Answer]:
    """Yield an answer for each line of a file of bucket snapshots, in order, also for lines that are broken.

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


def _offline(line: str, number: int) -> Answer:
    try:
        snapshot = json.loads(line)
    except (ValueError, RecursionError):
        snapshot = None
    if not isinstance(snapshot, dict):
        return _no_snapshot(f"line {number} is not a JSON object")
    posture = snapshot.get("posture")
    chosen = posture if isinstance(posture, dict) else snapshot
    if not isinstance(chosen.get("Bucket"), str):
        return _no_snapshot(f"line {number} is no bucket snapshot")
    return Answer(access.evaluate(chosen), chosen)


def _no_snapshot(problem: str) -> Answer:
    return Answer(Verdict("", None, "unknown", "unknown", problems=(problem,)))


def undecided(answer: Answer) -> bool:
    """Whether something that could not be read or parsed leaves the verdict open."""
    verdict = answer.verdict
    return "unknown" in (verdict.public, verdict.shared, verdict.decision)


def verdict_line(answer: Answer) -> str:
    """The verdict as a JSON line."""
    return json.dumps(answer.verdict.to_json(), ensure_ascii=True) + "\n"


def show_verdict(answer: Answer, console: Console, *, fix: bool = False) -> None:
    """Print the verdict as an engineer would tell it; with `fix` the commands that change it."""
    steps = access.remedies(answer.snapshot, answer.verdict)
    owner = str(answer.snapshot.get("AccountId") or "")
    for line in report.told(answer.verdict, answer.unreadable, steps, whole=fix, owner=owner):
        console.print(Text(visible(line)), soft_wrap=True)
