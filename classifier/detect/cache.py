"""What was built, kept on disk between processes; every failure of the disk only means building it again.

Nobody else's file is read: a database goes to a library that trusts it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_DIGEST = hashlib.sha256().digest_size
_NAME = re.compile(r"[0-9a-f]{64}")
_DAY = 86_400
_KEPT = 60 * _DAY  # seconds that a file stays without being used


def folder() -> Path:
    """Return the user's cache folder for this program (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "s3-classifier"


def key(*parts: bytes) -> str:
    """Return a file name for what `parts` stand for."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def load(name: str) -> bytes | None:
    """Return what was stored under `name`; None where there is nothing, or not what was stored."""
    try:
        path = folder() / name
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            found = os.fstat(file.fileno())
            if not _ours(found):
                return None
            content = file.read()
        if time.time() - found.st_mtime > _DAY:
            os.utime(path)
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return None
    digest, payload = content[:_DIGEST], content[_DIGEST:]
    return payload if hashlib.sha256(payload).digest() == digest else None


def store(name: str, payload: bytes) -> None:
    """Keep `payload` under `name` where the cache can be written, whole or not at all, for this user only."""
    try:
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=folder())
    except (OSError, RuntimeError):
        return
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(hashlib.sha256(payload).digest() + payload)
        Path(temporary).replace(folder() / name)
        _forget(time.time() - _KEPT)
    except OSError:
        Path(temporary).unlink(missing_ok=True)


def _ours(found: os.stat_result) -> bool:
    """Whether a file is one that nobody but this user could have written."""
    mine = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
    return mine and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _forget(since: float) -> None:
    """Remove what was not used since then (POSIX time): it was built from packs that have changed."""
    for path in folder().iterdir():
        if _NAME.fullmatch(path.name):
            with suppress(OSError):
                if path.stat().st_mtime < since:
                    path.unlink()
