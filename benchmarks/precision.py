"""False alarms: credentials found where there are none, beside other secret scanners.

    python -m benchmarks precision [--mb 50] [--show 20] [--no-peers] [--allow-missing]

Two trees of well-kept sources (spaCy and Django, pinned, from the package registry) and made-up logs of
services (`service_logs`) are scanned with the command as a user runs it. What counts is of category
CREDENTIALS and severity Medium or more: no finding (object × detector) in the sources, less than one match
a MB in the logs. What is Low, which nobody is alerted to, is shown beside it. --show lists our first alarms:
place, detector, what is left of the value. Slow tools get the beginning of the logs. Exit code 1: a limit is
missed, or a tool (without --allow-missing).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.sdists import unpacked
from benchmarks.secrets import PEERS, Missing, call
from benchmarks.service_logs import write_logs

MB = 1_000_000
SOURCES = {
    "spacy==3.8.13": "eb7c03c2bb16593c34d4c91974118f0931c6e6969dbfe895b1a026c6714176cf",
    "django==5.2.8": "23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f",
}
MOST_IN_SOURCES = 0  # findings of severity Medium or more
MOST_A_MB = 1.0
OF_NOTE = {"Medium", "High", "Critical"}
# MB of logs that a tool gets at the most; who is not named gets no logs and no sources.
MOST_OF_LOGS = {
    "kingfisher": 50.0,
    "betterleaks": 8.0,
    "gitleaks": 50.0,
    "credsweeper": 2.0,
    "detect-secrets": 2.0,
}
OURS = "s3-classifier"


@dataclass(frozen=True, slots=True)
class Alarms:
    """Our findings of credentials in one place: records of findings.jsonl."""

    findings: list[dict[str, Any]]

    @property
    def of_note(self) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if finding["severity"] in OF_NOTE]

    @property
    def low(self) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if finding["severity"] not in OF_NOTE]

    def __str__(self) -> str:
        return f"{matches(self.of_note)} (Low: {matches(self.low)})"


def matches(findings: list[dict[str, Any]]) -> int:
    return sum(finding["count"] for finding in findings)


def scanned(place: Path, folder: Path) -> Alarms:
    """Scan `place` with the command, its report in `folder`. Raises CalledProcessError."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("S3_CLASSIFIER_")}
    root = str(Path(__file__).resolve().parents[1])
    command = [
        sys.executable,
        "-m",
        "classifier",
        "scan",
        str(place),
        "--output",
        "run",
        "--store",
        "none",
        "--quiet",
    ]
    done = subprocess.run(
        command, cwd=folder, env={**variables, "PYTHONPATH": root}, capture_output=True, text=True
    )
    if done.returncode not in (0, 3):  # 3: a broken file among those of the tests of a project
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    records = map(json.loads, (folder / "run" / "findings.jsonl").read_text("utf-8").splitlines())
    return Alarms([record for record in records if record["category"] == "CREDENTIALS"])


def show(title: str, alarms: Alarms, most: int) -> None:
    """Print our alarms by detector, and the first of them."""
    counts: Counter[tuple[str, str]] = Counter()
    for finding in alarms.findings:
        counts[finding["detector"], finding["severity"]] += finding["count"]
    if not counts:
        return
    print(f"\nOurs in {title}\n\n| detector | severity | matches |\n|---|---|---|")
    for (detector, severity), count in counts.most_common():
        print(f"| {detector} | {severity} | {count} |")
    ordered = sorted(alarms.findings, key=lambda finding: finding["severity"] not in OF_NOTE)
    for finding in ordered[:most]:
        for occurrence in finding["occurrences"][:2]:
            where = occurrence["location"]
            place = ":".join(str(p) for p in (finding["key"], where.get("part"), where.get("line")) if p)
            print(f"  {finding['severity']} {finding['detector']} {place} {occurrence['masked']}")


def beginning(logs: list[Path], most: float, folder: Path) -> tuple[Path, int]:
    """Return a folder with the beginnings of the logs, `most` MB in all, and how many bytes that is."""
    size = sum(path.stat().st_size for path in logs)
    share = min(1.0, most * MB / size)
    folder.mkdir()
    total = 0
    for path in logs:
        data = path.read_bytes()
        data = data[: data.rfind(b"\n", 0, int(len(data) * share)) + 1]
        (folder / path.name).write_bytes(data)
        total += len(data)
    return folder, total


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks precision")
    parser.add_argument("--mb", type=float, default=50, help="size of the logs")
    parser.add_argument("--show", type=int, default=20, help="findings of ours to list a place")
    parser.add_argument("--no-peers", action="store_true", help="ours only")
    parser.add_argument("--allow-missing", action="store_true", help="go on without a tool")
    options = parser.parse_args()

    missing, missed = Missing(), 0
    rows: dict[str, list[str]] = {OURS: []}
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        trees = unpacked(SOURCES, base)
        (base / "logs").mkdir()
        logs = write_logs(base / "logs", int(options.mb * MB))
        size = sum(path.stat().st_size for path in logs)
        for number, (title, place) in enumerate({**trees, "the logs": base / "logs"}.items()):
            (base / f"report{number}").mkdir()
            alarms = scanned(place, base / f"report{number}")
            show(title, alarms, options.show)
            if place in trees.values():
                missed += len(alarms.of_note) > MOST_IN_SOURCES
                rows[OURS].append(str(alarms))
            else:
                rate, low = (n / (size / MB) for n in (matches(alarms.of_note), matches(alarms.low)))
                missed += rate >= MOST_A_MB
                rows[OURS].append(f"{rate:.2f} (Low: {low:.1f})")
        for peer, _ in PEERS if not options.no_peers else ():
            if peer.name not in MOST_OF_LOGS:
                continue
            most = MOST_OF_LOGS[peer.name]
            some, total = beginning(logs, most, base / f"logs of {peer.name}")
            try:
                found = [int(call(peer, "count", str(tree))) for tree in trees.values()]
                in_logs = int(call(peer, "count", str(some)))
            except (subprocess.CalledProcessError, OSError) as error:
                missing.note(peer, error)
                continue
            rows[peer.title] = [*map(str, found), f"{in_logs / (total / MB):.2f}"]
    print(f"\nCredentials found in sources (number) and in {size / MB:.0f} MB of made-up logs (a MB)")
    print("\n| | " + " | ".join([*SOURCES, "logs"]) + " |\n|---|" + "---|" * (len(SOURCES) + 1))
    for tool, cells in rows.items():
        print(f"| {tool} | " + " | ".join(cells) + " |")
    print(f"\n{missed} limits missed" + (f"; missing: {', '.join(missing)}" if missing else ""))
    return int(missed > 0 or (bool(missing) and not options.allow_missing))


if __name__ == "__main__":
    sys.exit(main())
