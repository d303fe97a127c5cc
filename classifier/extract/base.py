"""What a format is: it recognises a part by its head, and turns it into chunks and problems.

A new format is one module with one subclass of `Format`, and one line in `registry.FORMATS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Head, Part
from classifier.model import Chunk, Problem

Item: TypeAlias = Chunk | Problem


@dataclass(frozen=True, slots=True)
class Work:
    """What the formats share while one object is read.

    `read` is `registry.read`: it extracts a part found inside another one, whatever its format.
    """

    limits: Limits
    budget: Budget
    read: Callable[[Part, Work], Iterator[Item]]


# Yields the part's text, and a problem for whatever of it could not be read. May raise anything for a
# malformed part: the caller makes a problem of it.
Reader: TypeAlias = Callable[[Part, Work], Iterator[Item]]


class Format(ABC):
    """One file format."""

    name: str

    @abstractmethod
    def recognise(self, head: Head) -> Reader | None:
        """Return what reads a part that starts with `head`; None when it is not of this format."""
