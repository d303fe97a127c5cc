"""The first rows of tables, by column: what `model.TableHead` is made of."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.model import TableHead

ROWS = 100  # that a column is judged by
COLUMNS = 512  # of a table that are judged
LONGEST = 256  # characters of a cell that are looked at


def table_head(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> TableHead:
    """Return the head of a table of `width` columns that begins with `rows`, which are without the header."""
    width = min(width, COLUMNS)
    columns = [
        tuple(row[number].strip()[:LONGEST] if number < len(row) else "" for row in rows[:ROWS])
        for number in range(width)
    ]
    return TableHead(tuple(names[:width]), tuple(columns))
