"""What a format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from classifier.report.past import PastRun
from classifier.report.selection import Selection

Render: TypeAlias = Callable[[PastRun, Selection, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to show a run.

    `render` reads the run's files once, or once for each kind of record, and writes what the selection lets
    through to the stream, keeping nothing that grows with the run. `filename` is its file in a run folder;
    with `kept` that file is in every run folder anyway. `binary`: not for a terminal.
    """

    name: str
    filename: str
    title: str
    render: Render
    kept: bool = False
    binary: bool = False
