"""Files of a run folder: private to the user, never through a link, with errors that say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from classifier.errors import OutputError

_ADVICE = {
    errno.ENOSPC: "the disk is full: free some space or choose another folder with --output",
    errno.EDQUOT: "your disk quota is used up: free some space or choose another folder with --output",
    errno.EACCES: "you may not write there: choose another folder with --output",
    errno.EPERM: "you may not write there: choose another folder with --output",
    errno.EROFS: "the file system is read-only: choose another folder with --output",
    errno.ENOTDIR: "a part of the path is a file: choose another folder with --output",
    errno.EEXIST: "a file of that name is in the way: choose another folder with --output",
    errno.EISDIR: "a folder of that name is in the way: choose another folder with --output",
    errno.ELOOP: "a symbolic link is in the way, which is not followed: remove it",
    errno.EPIPE: "the reading end was closed before the report was complete",
}


@contextmanager
def writing(path: Path | str) -> Iterator[None]:
    """Turn an OSError into an OutputError that names `path` and what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = _ADVICE.get(error.errno or 0, "choose another folder with --output")
        raise OutputError(f"{path}: the report cannot be written ({reason}); {advice}") from None


def make_folder(folder: Path) -> None:
    """Make the run folder, open to the user alone (mode 0700); one that is there is taken as it is.

    Raises OutputError.
    """
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if not folder.is_dir():
                raise


def create(path: Path) -> BinaryIO:
    """Open `path` for writing, empty and with mode 0600, buffered. Raises OutputError; follows no link."""
    with writing(path):
        flags = (
            os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        )
        handle = os.open(path, flags, 0o600)
        os.fchmod(handle, 0o600)
        return os.fdopen(handle, "wb")


def appended(path: Path) -> BinaryIO:
    """Open `path` for writing at its end; a new file has mode 0600. Raises OutputError; follows no link."""
    with writing(path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        return os.fdopen(os.open(path, flags, 0o600), "ab")


def private_folder(folder: Path) -> None:
    """Make a folder of the user's alone (mode 0700), with what is above it. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
