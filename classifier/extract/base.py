"""What a format is: it recognises a part by its head, and turns it into chunks and problems.

A new format is one module with one subclass of `Format`, and one line in `registry.FORMATS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Head, Part
from classifier.model import Chunk, Mismatch, Problem

Item: TypeAlias = Chunk | Problem | Mismatch


@dataclass(frozen=True, slots=True)
class Work:
    """What the formats share while one object is read.

    `read` is `registry.read`: it extracts a part found inside another one, whatever its format. `apart` says
    that this is an extraction worker, where nothing is handed to another one.
    """

    limits: Limits
    budget: Budget
    read: Callable[[Part, Work], Iterator[Item]]
    apart: bool = False


# Yields the part's text, and a problem for whatever of it could not be read. May raise anything for a
# malformed part: the caller makes a problem of it.
Reader: TypeAlias = Callable[[Part, Work], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What docs/formats.md says of a format; short texts."""

    title: str  # as people call it, "Parquet"
    group: str  # the heading that it stands under, one of GROUPS
    extensions: tuple[str, ...]  # in lower case, without the dot: what a name promises
    recognised: str  # by what in the bytes
    library: str  # what reads it: a module of the standard library, a package, or "own"
    location: str  # fields of `model.Location` that lead back to a value
    limits: str = ""  # those that are its own
    unread: str = ""  # what is in such files and is not read
    macie: bool = False  # whether Amazon Macie reads it
    extra: str = ""  # the extra of the package that it needs, else ""


GROUPS = (
    "Text and structured text",
    "Tables and databases",
    "Documents",
    "Mail and calendars",
    "Images and health",
    "Keys and certificates",
    "Compression and archives",
    "Other binary files",
)


class Format(ABC):
    """One file format.

    An `isolated` one is read in an extraction worker, a process that may run out of its memory or time, or
    crash: whatever is parsed by compiled code or may take long for a hostile file. It imports its library in
    its reader, not at the top of its module: the scanner's own process never needs it.
    """

    name: ClassVar[str]  # of its chunks
    facts: ClassVar[Facts]
    isolated: ClassVar[bool] = False
    pictures: ClassVar[bool] = False  # may be in it: with the extra ocr its worker has more memory and time

    @abstractmethod
    def recognise(self, head: Head) -> Reader | None:
        """Return what reads a part that starts with `head`; None when it is not of this format."""


class Unreadable(Exception):
    """Raised by a reader that cannot go on: becomes a problem of the part.

    `lost` need not be told: it is whether anything of the part was read before.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem
