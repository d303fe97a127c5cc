"""What other secret scanners find, and how fast; benchmarks/secrets.py runs it in each tool's environment.

    python secrets_peers.py TOOL speed FILE       {"bytes", "seconds", "found"}
    python secrets_peers.py TOOL find < CASES     a line a case: [[secret, rule], ...]
    python secrets_peers.py TOOL count FOLDER     the number of findings below it

Seconds are of CPU, threads and processes included, for the search alone: what a tool needs to start is
measured on an empty file and taken off. A case is {"text": …}. Nothing is sent anywhere: validation is off.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Found = list[tuple[str, str]]
Search = Callable[[bytes], Found]
SearchAll = Callable[[Path], dict[str, Found]]

MIB = 1 << 20
DOUBLINGS = 6  # of a file whose search takes less than LEAST of the time to start
LEAST = 0.3
BIN = Path(sys.executable).parent


def kingfisher() -> Search:
    """Scanner.scan of the SDK on chunks of 1 MiB, base64 off."""
    import kingfisher_sdk

    scanner = kingfisher_sdk.Scanner(base64=False)

    def search(data: bytes) -> Found:
        found: Found = []
        for start in range(0, len(data), MIB):
            chunk = data[start : start + MIB]
            for finding in scanner.scan(chunk):
                if finding.visible:
                    told = finding.to_dict()
                    where = told["location"]
                    secret = chunk[where["start_offset"] : where["end_offset"]]
                    found.append((secret.decode(errors="replace"), f"{told['rule_id']} {told['rule_name']}"))
        return found

    return search


def betterleaks() -> Search:
    """scan_string."""
    import betterleaks

    def search(data: bytes) -> Found:
        return [
            (finding["secret"], f"{finding['rule_id']} {finding['description']}")
            for finding in map(_plain, betterleaks.scan_string(data.decode(errors="replace")))
        ]

    return search


def _plain(finding: Any) -> dict[str, Any]:
    return dict(finding.to_dict())


def detect_secrets() -> SearchAll:
    """scan_file with the default settings, file by file."""
    from detect_secrets.core import scan
    from detect_secrets.settings import default_settings

    def search(folder: Path) -> dict[str, Found]:
        with default_settings() as settings:
            settings.disable_filters("detect_secrets.filters.common.is_ignored_due_to_verification_policies")
            return {
                str(path.relative_to(folder)): [
                    (found.secret_value or "", found.type) for found in scan.scan_file(str(path))
                ]
                for path in folder.rglob("*")
                if path.is_file()
            }

    return search


def credsweeper() -> SearchAll:
    """The command with its model, one process."""

    def search(folder: Path) -> dict[str, Found]:
        report = folder.parent / "report.json"
        report.unlink(missing_ok=True)
        run([BIN / "credsweeper", "--path", folder, "--save-json", report, "--jobs", "1"])
        found: dict[str, Found] = {}
        for item in json.loads(report.read_text()) if report.exists() else ():
            for line in item["line_data_list"]:
                found.setdefault(Path(line["path"]).name, []).append((line["value"] or "", item["rule"]))
        return found

    return search


def gitleaks() -> SearchAll:
    """`gitleaks dir`, on one core."""

    def search(folder: Path) -> dict[str, Found]:
        report = folder.parent / "report.json"
        options = ["--no-banner", "--exit-code", "0", "--report-format", "json", "--report-path", report]
        run([BIN / "gitleaks", "dir", *options, folder])
        found: dict[str, Found] = {}
        for item in json.loads(report.read_text()):
            found.setdefault(Path(item["File"]).name, []).append((item["Secret"], item["RuleID"]))
        return found

    return search


def kingfisher_cli() -> SearchAll:
    """`kingfisher scan` without validation, one thread."""

    def search(folder: Path) -> dict[str, Found]:
        options = ["--no-validate", "--jobs", "1", "--format", "json", "--quiet", "--no-update-check"]
        said = run([BIN / "kingfisher", "scan", *options, folder])
        lines = [line for line in said.splitlines() if line.startswith(b"{")]
        return {"file": [("", "")] * max(0, len(lines))}

    return search


def presidio() -> Search:
    """All pattern recognizers that come with it, of every country, and nothing else; line by line."""
    from presidio_analyzer import PatternRecognizer, predefined_recognizers

    kinds = [kind for kind in vars(predefined_recognizers).values() if isinstance(kind, type)]
    recognizers = [kind() for kind in kinds if issubclass(kind, PatternRecognizer)]

    def search(data: bytes) -> Found:
        found: Found = []
        for line in data.decode(errors="replace").splitlines():
            for recognizer in recognizers:
                for result in recognizer.analyze(line, recognizer.supported_entities, None):
                    found.append((line[result.start : result.end], result.entity_type))
        return found

    return search


def run(command: Iterable[Any]) -> bytes:
    """Run a command on one core, without a network to ask; return what it printed."""
    environment = os.environ | {"GOMAXPROCS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(list(map(str, command)), env=environment, capture_output=True).stdout


TEXTS = {"kingfisher": kingfisher, "betterleaks": betterleaks, "presidio": presidio}
FOLDERS = {
    "kingfisher-cli": kingfisher_cli,
    "gitleaks": gitleaks,
    "credsweeper": credsweeper,
    "detect-secrets": detect_secrets,
}


def cpu() -> float:
    mine, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return mine.ru_utime + mine.ru_stime + others.ru_utime + others.ru_stime


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    began = cpu()
    result = action()
    return cpu() - began, result


def speed(tool: str, path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    if tool in TEXTS:
        search = TEXTS[tool]()
        search(b"nothing\n")
        seconds, found = timed(lambda: search(data))
        return {"bytes": len(data), "seconds": seconds, "found": len(found)}
    search_all = FOLDERS[tool]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        folder.mkdir()
        file = folder / "file.txt"
        file.write_bytes(b"nothing\n")
        search_all(folder)
        idle = min(timed(lambda: search_all(folder))[0] for _ in range(2))
        for _ in range(DOUBLINGS):
            file.write_bytes(data)
            seconds, everything = timed(lambda: search_all(folder))
            if seconds - idle >= LEAST * idle:
                break
            data += data
    found = sum(map(len, everything.values()))
    return {"bytes": len(data), "seconds": max(seconds - idle, 1e-6), "found": found}


def find(tool: str, texts: list[str]) -> list[Found]:
    if tool in TEXTS:
        search = TEXTS[tool]()
        return [search(text.encode(errors="surrogatepass")) for text in texts]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        folder.mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number}.txt").write_text(text + "\n", "utf-8", errors="replace")
        found = FOLDERS[tool]()(folder)
        return [found.get(f"{number}.txt", []) for number in range(len(texts))]


def count(tool: str, folder: Path) -> int:
    """Return how many findings there are in a folder, all files below it."""
    if tool in TEXTS:
        search = TEXTS[tool]()
        return sum(len(search(path.read_bytes())) for path in sorted(folder.rglob("*")) if path.is_file())
    return sum(map(len, FOLDERS[tool]()(folder).values()))


def main() -> None:
    tool, what = sys.argv[1:3]
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever a tool prints is no answer
    if what == "speed":
        print(json.dumps(speed(tool, Path(sys.argv[3]))), file=answers)
        return
    if what == "count":
        print(count(tool, Path(sys.argv[3])), file=answers)
        return
    for found in find(tool, [json.loads(line)["text"] for line in sys.stdin]):
        print(json.dumps(found), file=answers)


if __name__ == "__main__":
    main()
