"""What was sent where: so that nothing is told twice, whatever runs in between."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from classifier.errors import StoreError
from classifier.report.sink import private_folder

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
    channel TEXT NOT NULL, fingerprint TEXT NOT NULL, time TEXT NOT NULL, PRIMARY KEY (channel, fingerprint)
) WITHOUT ROWID
"""


def default_path() -> Path:
    """Return the file in the user's folder for state (XDG Base Directory Specification)."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "s3-classifier" / "notified.sqlite3"


class Sent:
    """Fingerprints by channel, in a SQLite file that is the user's alone. Raises StoreError."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or default_path()
        try:
            private_folder(self._path.parent)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            os.close(handle)
            self._database = sqlite3.connect(self._path, timeout=30)
            self._database.execute("PRAGMA journal_mode=WAL")  # no wait for the disk at every message
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self._path}: what was sent cannot be kept ({type(error).__name__}); set XDG_STATE_HOME"
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def has(self, channel: str, fingerprint: str) -> bool:
        """Whether this was sent through this channel."""
        query = "SELECT 1 FROM sent WHERE channel = ? AND fingerprint = ?"
        return self._database.execute(query, (channel, fingerprint)).fetchone() is not None

    def add(self, channel: str, fingerprints: Iterable[str]) -> None:
        """Note what was sent."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        rows = [(channel, one, now) for one in fingerprints]
        try:
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: cannot be written ({type(error).__name__})") from None
