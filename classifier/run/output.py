"""Where a command's text goes: standard output, or a file of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from classifier.errors import OutputError


@contextmanager
def text_output(path: str) -> Iterator[TextIO]:
    """Give the stream for `path` (`-`: standard output); a file is made with mode 0600 and replaced if there.

    Raises OutputError when it cannot be written.
    """
    if path == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            yield out
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; choose another --output") from None
