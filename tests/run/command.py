"""The command line as a user runs it, and what it left behind."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.radosgw import User

PROGRAM = [sys.executable, "-c", "from classifier.cli import main; main()"]
SOMEBODY = User("somebody", "test" * 4, "test" * 8)  # moto takes anyone
TIMEOUT = 300  # seconds: a hang is a failure


def suites_cache() -> Path:
    """Where the commands of this test run keep what they build."""
    return Path(os.environ["XDG_CACHE_HOME"])


def environment(user: User | None, **more: str) -> dict[str, str]:
    """The environment of a user with these credentials (None: without), and nothing else of AWS."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_CLASSIFIER_"))
    }
    clean |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "S3_CLASSIFIER_FINGERPRINT_KEY": "5a" * 32,
        "S3_CLASSIFIER_MAX_ATTEMPTS": "2",
    }
    if user is not None:
        clean |= {"AWS_ACCESS_KEY_ID": user.access_key, "AWS_SECRET_ACCESS_KEY": user.secret_key}
    return clean | more


@dataclass
class Done:
    """A run of the command that has ended; `folder` is its run folder, there or not."""

    code: int
    out: str
    err: str
    folder: Path

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The records of a file of the run folder."""
        data = (self.folder / name).read_bytes()
        text = gzip.decompress(data) if name.endswith(".gz") else data
        return [json.loads(line) for line in text.decode().splitlines()]

    def objects(self) -> dict[str, dict[str, Any]]:
        """The object records by key; each object is there once."""
        records = self.lines("objects.jsonl.gz")
        found = {record["key"]: record for record in records}
        assert len(found) == len(records)
        return found

    def found(self, detector: str = "EMAIL_ADDRESS") -> dict[str, int]:
        """How often the detector found something, by key."""
        return {f["key"]: f["count"] for f in self.lines("findings.jsonl") if f["detector"] == detector}

    def buckets(self) -> dict[str, dict[str, Any]]:
        """The bucket records by target."""
        return {record["target"]: record for record in self.lines("buckets.jsonl")}

    def summary(self) -> dict[str, Any]:
        """summary.json."""
        value: dict[str, Any] = json.loads((self.folder / "summary.json").read_text("utf-8"))
        return value


def scan(
    folder: Path,
    *args: str,
    endpoint: str = "",
    user: User | None = None,
    more: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Done:
    """Run `scan` to its end."""
    server = ["--endpoint-url", endpoint] if endpoint else []
    done = subprocess.run(
        [*PROGRAM, "scan", *server, "--output", str(folder), *args],
        env=environment(user, **(more or {})), cwd=cwd, capture_output=True, timeout=TIMEOUT,
    )  # fmt: skip
    shown = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    assert "Traceback" not in shown[1], shown[1]
    return Done(done.returncode, *shown, folder)
