"""Where a command's text goes, and room for a run's files."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from classifier.errors import OutputError


@contextmanager
def text_output(path: str) -> Iterator[TextIO]:
    """Give the stream for `path` (`-`: standard output); a file has mode 0600 and is replaced if there.

    Raises OutputError when it cannot be written, or is a symbolic link.
    """
    if path == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            if stat.S_ISREG(os.fstat(handle).st_mode):  # a device's mode is not ours to change
                os.fchmod(handle, 0o600)
            yield out
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another --output") from None


def remove_older(files: Iterable[Path]) -> None:
    """Remove what an earlier run left under the names of this run's files, so that no two runs are mixed.

    Whatever else is in the folder stays, and what is no plain file is left for the writers to refuse. Raises
    OutputError.
    """
    for path in files:
        try:
            if path.is_file() and not path.is_symlink():
                path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{path}: cannot be replaced by this run's: {error.strerror}; choose another --output"
            ) from None
