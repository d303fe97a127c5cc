"""`detectors hash-list`: a column's values as salted hashes; the values are written nowhere."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO, get_args

from classifier import detect
from classifier.errors import UsageError

_MOST_CELL = 1 << 20  # characters
_DELIMITERS = ",;\t|"


def hash_list(source: str, column: str, normalize: str, out: TextIO) -> None:
    """Write the list of hashes of a CSV file's column, named by its header or its number from 1.

    `source` is a path, `-` is standard input. Raises UsageError for a file or column that is not there and
    for values that cannot be looked for; messages name rows, not values.
    """
    how = next((name for name in get_args(detect.Normalize) if name == normalize), None)
    if how is None:
        raise UsageError(f"--normalize {normalize}: there are {', '.join(get_args(detect.Normalize))}")
    with _opened(source) as file:
        try:
            for line in detect.made(_cells(source, file, column), how):
                out.write(line.decode() + "\n")
        except (csv.Error, UnicodeDecodeError) as error:
            kind = "UTF-8 text" if isinstance(error, UnicodeDecodeError) else "a CSV file"
            raise UsageError(f"{source}: is not {kind}") from None
        except UsageError as error:
            raise UsageError(f"{source}: {error}") from None


@contextmanager
def _opened(source: str) -> Iterator[TextIO]:
    if source == "-":
        yield sys.stdin
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(source).open(encoding="utf-8-sig", newline=""))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no path"
            raise UsageError(f"{source}: cannot be read: {reason}") from None
        yield file


def _cells(source: str, file: TextIO, column: str) -> Iterator[str]:
    csv.field_size_limit(_MOST_CELL)
    first = file.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    names = [name.strip().lower() for name in header]
    wanted = column.strip().lower()
    if wanted in names:
        place = names.index(wanted)
    elif wanted.isdigit() and 1 <= int(wanted) <= len(names):
        place = int(wanted) - 1
    else:
        raise UsageError(f"there is no column {column!r}: give its name in the first line, or its number")
    for row in csv.reader(file, delimiter=delimiter):
        yield row[place] if place < len(row) else ""
