"""An object in memory, cut into blocks of any size, and its extraction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from classifier.extract import Limits, extract
from classifier.model import Chunk, Location, Problem


@dataclass
class Memory:
    """A ByteSource over `data`; `block` bytes at a time."""

    data: bytes
    block: int = 1 << 16
    reads: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.data)

    def blocks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.block):
            yield self.data[start : start + self.block]

    def read(self, start: int, length: int) -> bytes:
        self.reads.append(length)
        return self.data[start : start + length]


@dataclass
class Extracted:
    """What came of an object; `find` looks a text up in the cores, as a scan would."""

    items: list[Chunk | Problem]

    @property
    def chunks(self) -> list[Chunk]:
        return [item for item in self.items if isinstance(item, Chunk)]

    @property
    def problems(self) -> list[Problem]:
        return [item for item in self.items if isinstance(item, Problem)]

    @property
    def text(self) -> bytes:
        return b"".join(chunk.data[chunk.core_start : chunk.core_end] for chunk in self.chunks)

    def find(self, text: str | bytes) -> list[tuple[Chunk, int, int]]:
        wanted = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        found = []
        for chunk in self.chunks:
            at = chunk.data.find(wanted, chunk.core_start)
            while 0 <= at < chunk.core_end:
                found.append((chunk, at, at + len(wanted)))
                at = chunk.data.find(wanted, at + 1)
        return found

    def locate(self, text: str | bytes) -> list[Location]:
        return [chunk.locator.locate(start, end) for chunk, start, end in self.find(text)]

    def only(self, text: str | bytes) -> Location:
        (location,) = self.locate(text)
        return location


Run = Callable[..., Extracted]


@pytest.fixture(scope="session")
def memory() -> type[Memory]:
    return Memory


@pytest.fixture(scope="session")
def run() -> Run:
    """Extract `data` under the key `name`, with `block`-sized blocks and any of the limits."""

    def run_(data: bytes, name: str = "object", block: int = 1 << 16, **limits: float) -> Extracted:
        return Extracted(list(extract(name, Memory(data, block), Limits(**limits))))

    return run_
