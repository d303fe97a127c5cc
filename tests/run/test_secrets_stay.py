"""No value leaves the worker that read it: whatever the output, whatever goes wrong."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import secrets
import string
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import pytest

from classifier import cli
from classifier.detect import engine
from classifier.extract import json_text, text
from classifier.report import FORMATS
from classifier.report.findings_jsonl import FindingsJsonl
from classifier.report.stream import FindingStream
from tests.run.command import PROGRAM, TIMEOUT, Done, environment, suites_cache

DRAW = random.Random(secrets.randbits(64))


DETECTORS = {
    "AWS_ACCESS_KEY_ID",
    "AWS_CREDENTIALS",
    "CREDIT_CARD_NUMBER",
    "EMAIL_ADDRESS",
    "POSTGRES_URL_CREDENTIALS",
    "USA_SOCIAL_SECURITY_NUMBER",
}
MAILS = {
    "archive.zip": 2,
    "lines.jsonl": 5,  # one is a name
    "map.json": 5,
    "notes.txt": 1,
    "notes.txt.gz": 1,
    "table.csv": 13,
}


def letters(count: int, alphabet: str = string.ascii_lowercase) -> str:
    return "".join(DRAW.choices(alphabet, k=count))


def mail() -> str:
    return f"{letters(9)}.{letters(7)}@{letters(10)}.com"


def ssn() -> str:
    return f"{DRAW.randrange(201, 665)}-{DRAW.randrange(11, 99)}-{DRAW.randrange(2000, 9999)}"


def card() -> str:
    """A card number with the prefix of a Visa card and a Luhn check digit (ISO/IEC 7812-1)."""
    digits = [4, *(DRAW.randrange(10) for _ in range(14))]
    total = sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def key_id() -> str:
    return "AKIA" + letters(16, string.ascii_uppercase + "234567")


def key() -> str:
    return letters(40, string.ascii_letters + string.digits)


def password() -> str:
    return letters(14, string.ascii_letters + string.digits)


@dataclass
class Canaries:
    """A folder of made-up secrets; `values` are what must not be seen again."""

    folder: Path
    values: dict[str, str]
    drawn: float  # POSIX time


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Canaries:
    drawn = time.time() - 1  # clocks of file systems are coarse
    values = {
        "mail": mail(),
        "ssn": ssn(),
        "card": card(),
        "key id": key_id(),
        "key": key(),
        "password": password(),
        "header mail": mail(),
        "header ssn": ssn(),
        "header card": card(),
        "JSON key mail": mail(),
        "JSON key ssn": ssn(),
        "JSON key key id": key_id(),
        "JSON key password": password(),
        "member mail": mail(),
        "member ssn": ssn(),
    }
    # In names beside these there are other values, so that something is located there.
    values |= {f"cell {n}": mail() for n in range(3)} | {f"leaf {n}": mail() for n in range(4)}
    values |= {f"inside {n}": mail() for n in range(2)}
    v = values
    url = "postgres://app:{}@db.internal.larkfield-co.com:5432/app"
    folder = tmp_path_factory.mktemp("canaries") / "data"
    folder.mkdir()
    (folder / "notes.txt").write_text(
        f"mail {v['mail']}, social security number {v['ssn']}, credit card {v['card']}\n"
        f"aws_access_key_id = {v['key id']}\naws_secret_access_key = {v['key']}\n"
        f"DATABASE_URL={url.format(v['password'])}\n"
    )
    (folder / "notes.txt.gz").write_bytes(gzip.compress((folder / "notes.txt").read_bytes())[:-9])
    with (folder / "table.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow([v["header mail"], v["header ssn"], v["header card"]])
        table.writerows([[v["cell 0"], v["cell 1"], v["cell 2"]]] * 4)
    keys = [v["JSON key mail"], v["JSON key ssn"], v["JSON key key id"], url.format(v["JSON key password"])]
    document = {name: {"email": v[f"leaf {n}"]} for n, name in enumerate(keys)}
    (folder / "map.json").write_text(json.dumps(document))
    (folder / "lines.jsonl").write_text("".join(json.dumps({k: d}) + "\n" for k, d in document.items()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(f"export/{v['member mail']}/a.txt", f"mail {v['inside 0']}\n")
        archive.writestr(f"{v['member ssn']}.csv", f"email,x\n{v['inside 1']},1\n")
        archive.writestr(f"export/{v['member mail']}/a.png", b"\x89PNG\r\n\x1a\n" + bytes(64))
    (folder / "archive.zip").write_bytes(out.getvalue())
    return Canaries(folder, values, drawn)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every folder that a program may write to without being told."""
    base = tmp_path_factory.mktemp("home")
    for name in ("config", "tmp", "state", "data", "shm"):
        (base / name).mkdir()
    return base


def places(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "TMPDIR": str(home / "tmp"),
        "JOBLIB_TEMP_FOLDER": str(home / "shm"),
        "FORCE_COLOR": "1",
        "COLUMNS": "250",
    }


def seen(canaries: Canaries, data: bytes) -> list[str]:
    """The names of the canaries that are in `data`, as they are or as some writer may spell them."""
    found = []
    for name, value in canaries.values.items():
        spelled = {value, json.dumps(value)[1:-1], quote(value, safe=""), value.lower(), value.upper()}
        if name.endswith(("ssn", "card")):
            spelled.add(re.sub(r"\D", "", value))
        if name.endswith("mail"):
            spelled.add(value.partition("@")[0])
        if any(text.encode() in data or text.encode("utf-16-le") in data for text in spelled):
            found.append(name)
    return found


def leaks(canaries: Canaries, *folders: Path, **streams: bytes) -> dict[str, list[str]]:
    """Where canaries are seen: in files (their names too) and in what was printed.

    Looked at besides `folders` is what was cached since there are canaries.
    """
    shown = dict(streams)
    cached = [path for path in suites_cache().rglob(64 * "?") if path.stat().st_mtime >= canaries.drawn]
    for path in chain(cached, *(folder.rglob("*") for folder in folders)):
        shown[str(path)] = str(path).encode()
        if path.is_file():
            data = path.read_bytes()
            shown[f"{path}, content"] = gzip.decompress(data) if path.suffix == ".gz" else data
    return {where: found for where, data in shown.items() if (found := seen(canaries, data))}


def test_a_leak_would_be_seen(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(canaries.values["key"].encode()))
    found = leaks(canaries, tmp_path, out=canaries.values["ssn"].replace("-", "").encode())
    assert found == {"out": ["ssn"], f"{tmp_path / 'a.gz'}, content": ["key"]}


@pytest.mark.parametrize(
    ("output", "args"),
    [
        ("run", ("--format", ",".join(FORMATS), "--detectors", "all", "--max-occurrences", "0")),
        ("run", ("--workers", "2")),
        ("-", ("--format", "jsonl", "--detectors", "all", "--max-occurrences", "0")),
    ],
    ids=["folder", "workers", "stream"],
)
def test_no_output_holds_a_value(
    canaries: Canaries, home: Path, tmp_path: Path, output: str, args: tuple[str, ...]
) -> None:
    settings = environment(None, **places(home))
    del settings["S3_CLASSIFIER_FINGERPRINT_KEY"]  # one is made, and kept
    done = subprocess.run(
        [*PROGRAM, "scan", str(canaries.folder), "--output", output, *args],
        env=settings, cwd=tmp_path, capture_output=True, timeout=TIMEOUT,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr.decode()  # for the broken gzip stream
    assert (home / "config/s3-classifier/fingerprint.key").is_file()
    assert leaks(canaries, tmp_path, home, out=done.stdout, err=done.stderr) == {}
    data = done.stdout if output == "-" else (tmp_path / "run/findings.jsonl").read_bytes()
    findings = [json.loads(line) for line in data.splitlines()]
    assert {f["detector"] for f in findings} >= DETECTORS
    found = {f["key"]: f["count"] for f in findings if f["detector"] == "EMAIL_ADDRESS"}
    assert found == MAILS


class Crash(Exception):
    """A bug whose message holds what was read."""


def crash(*arguments: object, **_: object) -> Iterator[None]:
    """Stand in for any function that is given content."""
    raise Crash(repr(arguments), [bytes(a) for a in arguments if isinstance(a, bytes | memoryview)])


@pytest.fixture
def in_process(
    canaries: Canaries,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Callable[[str], tuple[int, str]]:
    """Scans the canaries in this process, looks for leaks, and returns exit code and what was printed."""
    for name, value in places(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(output: str) -> tuple[int, str]:
        monkeypatch.setattr(
            sys, "argv", ["s3-classifier", "scan", str(canaries.folder), "--output", output, "--workers", "1"]
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfdbinary.readouterr()
        assert leaks(canaries, tmp_path, home, out=out, err=err) == {}
        assert isinstance(ended.value.code, int)
        return ended.value.code, (out + err).decode()

    return run


@pytest.mark.parametrize(
    "place",
    [(engine, "masked"), (engine, "fingerprint"), (text, "windows"), (json_text, "windows")],
    ids=lambda place: f"{place[0].__name__.rpartition('.')[2]}.{place[1]}",
)
def test_a_crash_while_reading_stays_with_the_object(
    in_process: Callable[[str], tuple[int, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[ModuleType, str],
) -> None:
    monkeypatch.setattr(*place, crash)
    assert in_process("run")[0] == 3
    records = Done(3, "", "", tmp_path / "run").objects()
    problems = {(p["reason"], p["detail"]) for r in records.values() for p in r["problems"]}
    assert ("UNABLE_TO_PARSE_FILE", "Crash") in problems


@pytest.mark.parametrize("output", ["run", "-"])
def test_a_crash_of_the_run_shows_the_place_only(
    in_process: Callable[[str], tuple[int, str]],
    canaries: Canaries,
    monkeypatch: pytest.MonkeyPatch,
    output: str,
) -> None:
    def finding(self: object, record: object) -> None:
        try:
            raise Crash(*canaries.values.values())
        except Crash as error:
            raise Crash(canaries.values) from error

    monkeypatch.setattr(FindingsJsonl, "finding", finding)
    monkeypatch.setattr(FindingStream, "finding", finding)
    code, shown = in_process(output)
    assert code == 4
    assert "internal error: Crash" in shown
