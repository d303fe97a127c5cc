"""Sources of one object's bytes: in memory, or read as needed and resumed where a connection broke."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from classifier.errors import ReadFailure
from classifier.model import Reason

BLOCK = 1 << 20


class Broken(ReadFailure):
    """The connection failed; reading on from the same place may work."""


class NoRanges(ReadFailure):
    """The server gives no part of the object, only the whole."""


class MemorySource:
    """A small object that has been read whole."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def blocks(self) -> Iterator[bytes]:
        """Yield the content at once."""
        if self._data:
            yield self._data

    def read(self, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start`."""
        return self._data[start : start + length]


class ResumedSource(ABC):
    """A large object: streamed, and after a break streamed on from the byte where it broke.

    A break that follows less than one block of progress counts as a try; after `tries` of these in a row it
    is the object's failure; so is one that the server does not let go on. Content that is longer than listed
    is another version of the object.
    """

    def __init__(self, size: int, tries: int) -> None:
        self.size = size
        self.most = size  # that `blocks` gives
        self._tries = tries

    @abstractmethod
    def _stream(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of [start, end). Raises Broken where going on may help, NoRanges where the server
        knows no `start`, else ReadFailure.
        """

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in order, in blocks of about a MiB. Raises ReadFailure.

        The first block is a request of its own: for many formats its reader then goes on by random access.
        """
        end = min(self.most, self.size)
        yield from self._resumed(0, min(BLOCK, end))
        yield from self._resumed(BLOCK, end)

    def stretch(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes of [start, end) by one request. Raises ReadFailure."""
        return self._resumed(start, min(end, self.size))

    def read(self, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start`. Raises ReadFailure."""
        end = min(start + length, self.size)
        return b"".join(self._resumed(start, end)) if start < end else b""

    def _resumed(self, start: int, end: int) -> Iterator[bytes]:
        position, tried_at, tries = start, start, 0
        cause: ReadFailure | None = None
        while position < end:
            try:
                for block in self._stream(position, end):
                    position += len(block)
                    if position > end:
                        raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "LongerThanListed")
                    yield block
                if position < end:
                    raise Broken(Reason.TIME_CUT_OFF_REACHED, "IncompleteRead")
            except NoRanges as error:
                cause = cause or error
                raise ReadFailure(cause.reason, cause.detail) from None
            except Broken as error:
                cause = error
                tries = 1 if position - tried_at >= BLOCK else tries + 1
                tried_at = position
                if tries >= self._tries:
                    raise ReadFailure(error.reason, error.detail) from None
