"""Text as bytes to search, and the way back to the source's own byte offsets.

UTF-8 is handed on as it is. Any other encoding is transcoded in small steps; each step leaves a mark (offset
in the UTF-8 text, offset in the source), and a location re-encodes the stretch between a mark and the match.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from classifier.extract.encoding import Encoding

# A step's UTF-8 text must be shorter than the right margin of a window (16 KiB), so that every window holds a
# mark: no byte of any supported encoding becomes more than three.
_STEP = 4096


class ByteMap(Protocol):
    """Maps offsets in one window's data to offsets in the source's bytes."""

    def source(self, data: bytes, offset: int) -> int:
        """Return the source offset of the character at `data[offset]`."""


class TextStream(Protocol):
    """A part's text as UTF-8 (or unknown, ASCII-compatible) bytes.

    `errors` is the handler with which any piece of it decodes as UTF-8.
    """

    errors: str

    def blocks(self) -> Iterator[bytes]:
        """Yield the text in order."""

    def map(self, start: int, end: int) -> ByteMap:
        """Return the map for the text's bytes from `start` to `end`; `start` must not go back."""


def open_text(blocks: Iterator[bytes], encoding: Encoding) -> TextStream:
    """Return the text of `blocks` in `encoding`."""
    if encoding.codec is None:
        return _Raw(blocks, encoding.bom)
    return _Transcoded(blocks, encoding.codec, encoding.bom)


@dataclass(frozen=True, slots=True)
class _Shift:
    base: int

    def source(self, data: bytes, offset: int) -> int:
        return self.base + offset


class _Raw:
    errors = "surrogateescape"

    def __init__(self, blocks: Iterator[bytes], bom: int) -> None:
        self._blocks = blocks
        self._bom = bom

    def blocks(self) -> Iterator[bytes]:
        return _without(self._blocks, self._bom) if self._bom else self._blocks

    def map(self, start: int, end: int) -> ByteMap:
        return _Shift(self._bom + start)


@dataclass(frozen=True, slots=True)
class _Marks:
    """`text` are the marks' offsets in the window's data, `origin` those in the source."""

    text: list[int]
    origin: list[int]
    codec: str
    errors: str

    def source(self, data: bytes, offset: int) -> int:
        index = bisect_right(self.text, offset) - 1
        if index >= 0:
            return self.origin[index] + self._length(data[self.text[index] : offset])
        return self.origin[0] - self._length(data[offset : self.text[0]])

    def _length(self, piece: bytes) -> int:
        try:
            return len(piece.decode("utf-8", "surrogatepass").encode(self.codec, self.errors))
        except UnicodeError:  # an offset inside a character
            return len(piece.decode("utf-8", "replace").encode(self.codec, "replace"))


class _Transcoded:
    errors = "surrogatepass"

    def __init__(self, blocks: Iterator[bytes], codec: str, bom: int) -> None:
        self._blocks = blocks
        self._codec = codec
        self._bom = bom
        self._handler = "surrogatepass" if codec.startswith("utf") else "surrogateescape"
        self._text = [0]
        self._origin = [bom]

    def blocks(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self._codec)(self._handler)
        fed = self._bom
        done = 0
        for block in _without(self._blocks, self._bom):
            pieces = []
            for start in range(0, len(block), _STEP):
                step = block[start : start + _STEP]
                try:
                    text = decoder.decode(step)
                except UnicodeDecodeError:  # no code point at all: its width is kept, its value is not
                    decoder.errors = "replace"
                    text = decoder.decode(step)
                    decoder.errors = self._handler
                piece = text.encode("utf-8", "surrogatepass")
                pieces.append(piece)
                fed += len(step)
                done += len(piece)
                self._text.append(done)
                self._origin.append(fed - len(decoder.getstate()[0]))
            yield b"".join(pieces)
        # The decoders' own final call drops valid bytes after an invalid lead byte; a plain decode does not.
        rest = decoder.getstate()[0]
        if rest:
            handler = "replace" if self._handler == "surrogatepass" else self._handler
            piece = rest.decode(self._codec, handler).encode("utf-8", "surrogatepass")
            self._text.append(done + len(piece))
            self._origin.append(fed)
            yield piece

    def map(self, start: int, end: int) -> ByteMap:
        first = max(bisect_right(self._text, start) - 1, 0)
        del self._text[:first], self._origin[:first]
        inside = bisect_right(self._text, start - 1)
        last = bisect_right(self._text, end)
        return _Marks(
            [offset - start for offset in self._text[inside:last]],
            self._origin[inside:last],
            self._codec,
            self._handler,
        )


def _without(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield `blocks` without their first `size` bytes."""
    for block in blocks:
        if size >= len(block):
            size -= len(block)
        elif size:
            yield block[size:]
            size = 0
        else:
            yield block
