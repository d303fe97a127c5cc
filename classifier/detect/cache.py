"""Compiled databases kept on disk between processes; every failure of the disk only means compiling again."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

_DIGEST = hashlib.sha256().digest_size


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
        content = (folder() / name).read_bytes()
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
    except OSError:
        Path(temporary).unlink(missing_ok=True)
