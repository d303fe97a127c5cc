"""Archives that are read from front to back: a cursor over blocks, and the members it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from classifier.extract.base import Item, Work
from classifier.extract.part import Part
from classifier.extract.seekable import Slice
from classifier.model import ByteSource, Problem, Reason


class Ended(Exception):
    """The bytes end where more should come."""


class Tape:
    """Reads blocks in stretches; `at` is the offset of what comes next."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._held = b""
        self.at = 0

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer only at the end."""
        return b"".join(self.blocks(size))

    def need(self, size: int) -> bytes:
        """Return the next `size` bytes; raises Ended."""
        data = self.take(size)
        if len(data) < size:
            raise Ended
        return data

    def blocks(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes, fewer only at the end."""
        while size > 0:
            if not self._held:
                self._held = next(self._blocks, b"")
                if not self._held:
                    return
            piece = self._held[:size]
            self._held = self._held[size:] if len(self._held) > size else b""
            self.at += len(piece)
            size -= len(piece)
            yield piece

    def skip_to(self, offset: int) -> None:
        """Go forward to `offset`; raises Ended where there is no such place."""
        for _ in self.blocks(offset - self.at):
            pass
        if self.at < offset:
            raise Ended


def member(
    part: Part,
    work: Work,
    name: str,
    blocks: Iterator[bytes],
    source: Callable[[], ByteSource | None] = lambda: None,
) -> Iterator[Item]:
    """Yield what a member holds; `blocks` are its bytes, `source` opens random access to them."""
    yield from work.read(Part(part.member(name), name, part.depth + 1, blocks, source), work)


def stored(part: Part, start: int, size: int) -> Callable[[], ByteSource | None]:
    """Return what opens random access to a member that lies in `part` as it is."""

    def open_slice() -> ByteSource | None:
        source = part.source()
        return None if source is None or start + size > source.size else Slice(source, start, size)

    return open_slice


def charged(blocks: Iterator[bytes], work: Work) -> Iterator[bytes]:
    """Yield `blocks` as far as the budget of decompressed bytes goes."""
    for block in blocks:
        allowed = work.budget.expand(len(block))
        if allowed:
            yield block[:allowed]
        if allowed < len(block):
            return


def too_deep(part: Part, work: Work) -> Iterator[Problem]:
    """Yield a problem where an archive is in too many others."""
    if part.depth >= work.limits.archive_depth:
        yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
