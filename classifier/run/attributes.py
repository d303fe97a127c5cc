"""What stands beside an object's content: its key, its tags and its user metadata, as chunks to search."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.detect import Classifier
from classifier.detect.engine import ObjectScan
from classifier.model import Chunk, Field, Location, S3Object

KEY = "key"
_BATCH = 1 << 14  # bytes of keys that are searched together: within what is read of prose for names
# Words of a name are joined by these: `jane_doe`, `jane-doe`. A dash between digits is part of a number.
_JOINED = re.compile(r"_+|(?<=[^\W\d_])-+(?=[^\W\d_])|\.(?=[A-Za-z0-9]{1,5}\Z)")


@dataclass(frozen=True, slots=True)
class AttributeLocator:
    """Locates in the text of an attribute; `start` is where that begins in the chunk."""

    attribute: str
    start: int = 0
    names: tuple[str, ...] = ()

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start - self.start, byte_end=end - self.start, attribute=self.attribute)

    def enclosing(self, start: int, end: int) -> Field | None:
        return Field(self.names, self.start, max(end, self.start)) if self.names else None

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None

    def cells(self, column: int) -> NDArray[np.int64] | None:
        return None


def key_text(key: str) -> bytes:
    """Return a key as text to search, of the same length: folders and the words of a name apart."""
    parts = [part if "@" in part else _JOINED.sub(_spaces, part) for part in key.split("/")]
    return " ".join(parts).encode("utf-8", "surrogatepass")


def _spaces(found: re.Match[str]) -> str:
    return " " * len(found[0])


def key_chunk(key: str) -> Chunk:
    """Return an object's key as a chunk."""
    data = key_text(key)
    return Chunk(KEY, "text", data, 0, len(data), AttributeLocator(KEY))


def telling(classifier: Classifier, objects: Sequence[S3Object]) -> set[int]:
    """Return the places of the objects whose keys may have something in them, searching many at a time."""
    found: set[int] = set()
    texts: list[bytes] = []
    first = size = 0
    for number, obj in enumerate(objects):
        text = key_text(obj.key)
        if texts and size + len(text) > _BATCH:
            found.update(first + place for place in _searched(classifier, texts))
            texts, first, size = [], number, 0
        texts.append(text)
        size += len(text) + 2
    if texts:
        found.update(first + place for place in _searched(classifier, texts))
    return found


def _searched(classifier: Classifier, texts: list[bytes]) -> Iterator[int]:
    starts: list[int] = []
    offset = 0
    for text in texts:
        starts.append(offset)
        offset += len(text) + 2
    data = b"\n\n".join(texts)
    scan = ObjectScan(classifier, 0)
    scan.feed(Chunk(KEY, "text", data, 0, len(data), AttributeLocator(KEY)))
    for tally in scan.result():
        for occurrence in tally.occurrences:
            yield bisect_right(starts, occurrence.location.byte_start or 0) - 1


def named_chunks(kind: str, values: Mapping[str, str], classifier: Classifier) -> Iterator[Chunk]:
    """Yield tags or user metadata as chunks; `kind` is `tag` or `metadata`."""
    for name, value in sorted(values.items()):
        label = f"{name}: ".encode("utf-8", "surrogatepass")
        data = label + value.encode("utf-8", "surrogatepass")
        attribute = f"{kind}:{classifier.redact(name)}"
        locator = AttributeLocator(attribute, len(label), (name,))
        yield Chunk(attribute, "text", data, 0, len(data), locator)
