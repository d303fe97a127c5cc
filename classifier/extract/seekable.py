"""Random access to bytes as a file, through a small cache of blocks."""

from __future__ import annotations

import io
import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from classifier.model import ByteSource

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_BLOCK = 1 << 18
_KEPT = 16


class SourceFile(io.RawIOBase):
    """A read-only binary file over a `ByteSource`; holds at most 4 MiB of it.

    Reads raise what the source raises (errors.ReadFailure).
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._position = 0
        self._cache: OrderedDict[int, bytes] = OrderedDict()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise OSError("seek before the start")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        left = max(self._source.size - self._position, 0)
        wanted = left if size is None or size < 0 else min(size, left)
        pieces: list[bytes] = []
        while wanted:
            number, inside = divmod(self._position, _BLOCK)
            piece = self._block(number)[inside : inside + wanted]
            if not piece:
                break
            pieces.append(piece)
            wanted -= len(piece)
            self._position += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read(-1)

    def _block(self, number: int) -> bytes:
        if number in self._cache:
            self._cache.move_to_end(number)
        else:
            self._cache[number] = self._source.read(number * _BLOCK, _BLOCK)
            if len(self._cache) > _KEPT:
                self._cache.popitem(last=False)
        return self._cache[number]


class Held:
    """A `ByteSource` over bytes in memory."""

    def __init__(self, data: bytearray) -> None:
        self._data = memoryview(data)
        self.size = len(data)

    def blocks(self) -> Iterator[bytes]:
        yield bytes(self._data)

    def read(self, start: int, length: int) -> bytes:
        return bytes(self._data[start : start + length])


class Spooled:
    """A `ByteSource` over a temporary file that has no name (or no other reader): it goes with the object."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="part-")  # noqa: SIM115 - closed with this object
        self.size = 0

    def __del__(self) -> None:
        self._file.close()

    def add(self, data: bytes | bytearray) -> None:
        """Append; all of it is added before the first read."""
        self._file.write(data)
        self.size += len(data)

    def blocks(self) -> Iterator[bytes]:
        for start in range(0, self.size, _BLOCK):
            yield self.read(start, _BLOCK)

    def read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)


class Slice:
    """A `ByteSource` over a stretch of another one."""

    def __init__(self, source: ByteSource, start: int, size: int) -> None:
        self._source = source
        self._start = start
        self.size = size

    def blocks(self) -> Iterator[bytes]:
        for start in range(0, self.size, _BLOCK):
            yield self.read(start, _BLOCK)

    def read(self, start: int, length: int) -> bytes:
        return self._source.read(self._start + start, max(min(length, self.size - start), 0))
