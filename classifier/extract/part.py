"""A part: an object or an archive member that waits to be read, with a first look at its bytes."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from classifier.extract import magic
from classifier.extract.encoding import Encoding, detect
from classifier.extract.seekable import Held, SourceFile, Spooled
from classifier.model import ByteSource
from classifier.visible import visible

HEAD_BYTES = 1 << 16  # what the formats are recognised by
_HELD = 1 << 23  # a copy past this goes to a file
_MIN_BLOCK = 1 << 16  # smaller blocks are joined: a source may hand on single bytes


class Head:
    """The first bytes of a part (at most `HEAD_BYTES`), and what they say about it.

    `complete` says that there is nothing beyond them. `name` is the key's or member's, a hint only.
    """

    def __init__(self, sample: bytes, complete: bool, name: str) -> None:
        self.sample = sample
        self.complete = complete
        self.name = name

    @cached_property
    def extension(self) -> str:
        """The name's last suffix in lower case, without the dot."""
        base = self.name.rpartition("/")[2]
        return base.rpartition(".")[2].lower() if "." in base else ""

    @cached_property
    def binary(self) -> str:
        """The name of the known binary format that the sample starts with; "" when it may be text."""
        return magic.known(self.sample) or ("" if self.encoding is not None else magic.UNKNOWN)

    @cached_property
    def encoding(self) -> Encoding | None:
        """How the sample's text is encoded; None where it is not text."""
        return detect(self.sample, self.complete)

    @cached_property
    def text(self) -> bytes:
        """The sample as UTF-8, without byte order mark; invalid bytes are left as they are."""
        encoding = self.encoding
        if encoding is None:
            return b""
        if encoding.codec is None:
            return self.sample[encoding.bom :] if encoding.bom else self.sample
        return self.sample[encoding.bom :].decode(encoding.codec, "replace").encode()

    @cached_property
    def first(self) -> bytes:
        """The text's first byte that is no white space; empty where it does not come soon."""
        return self.text[:1024].lstrip()[:1]


class Part:
    """One object or member.

    `label` is the member path for locations (None for the object itself), `depth` the number of archives
    around it, `source` opens random access, or returns None where there is none. `blocks` is consumed once.
    """

    def __init__(
        self,
        label: str | None,
        name: str,
        depth: int,
        blocks: Iterator[bytes],
        source: Callable[[], ByteSource | None] = lambda: None,
    ) -> None:
        self.label = label
        self.name = name
        self.depth = depth
        self.source = source
        self._blocks = blocks
        self._random: ByteSource | None = None
        self._peeked: bytes | None = None
        self._ended = False

    @cached_property
    def head(self) -> Head:
        """The first look; raises what the blocks raise."""
        taken: list[bytes] = []
        size = 0
        for block in self._blocks:
            taken.append(block)
            size += len(block)
            if size >= HEAD_BYTES:
                break
        else:
            self._ended = True
        self._peeked = taken[0] if len(taken) == 1 else b"".join(taken)
        sample = self._peeked if size <= HEAD_BYTES else self._peeked[:HEAD_BYTES]
        return Head(sample, self._ended and size <= HEAD_BYTES, self.name)

    def stream(self) -> Iterator[bytes]:
        """Yield all of the part's bytes once, in blocks that are not small (the last one may be)."""
        if self._peeked is None:
            _ = self.head
        if self._peeked:
            first, self._peeked = self._peeked, b""
            yield first
            del first
        if self._ended:
            return
        held: list[bytes] = []
        size = 0
        for block in self._blocks:
            held.append(block)
            size += len(block)
            if size >= _MIN_BLOCK:
                yield held[0] if len(held) == 1 else b"".join(held)
                held.clear()
                size = 0
        if size:
            yield b"".join(held)

    def random(self, most: int) -> ByteSource | None:
        """Return random access to the part's bytes; None where it would take a copy of more than `most`.

        A part that has none of its own (a compressed member) is copied: a small one to memory, a larger one
        to an unnamed temporary file. The stream is used up then.
        """
        if self._random is None:
            source = self.source()
            self._random = source if source is not None else self._copy(most)
        return self._random

    def open(self, most: int) -> io.BufferedReader | None:
        """Return the part as a seekable file for a library to read; None as for `random`."""
        source = self.random(most)
        return None if source is None else io.BufferedReader(SourceFile(source), 1 << 16)

    @contextmanager
    def path(self, most: int) -> Iterator[Path | None]:
        """Give the part as a named file (mode 0600), removed afterwards; None for more than `most` bytes."""
        with tempfile.NamedTemporaryFile(prefix="part-") as file:
            size = 0
            for block in self.stream():
                size += len(block)
                if size > most:
                    yield None
                    return
                file.write(block)
            file.flush()
            yield Path(file.name)

    def whole(self, most: int) -> bytes | None:
        """Return all of the part's bytes; None when they are more than `most`."""
        pieces: list[bytes] = []
        size = 0
        for block in self.stream():
            size += len(block)
            if size > most:
                return None
            pieces.append(block)
        return b"".join(pieces)

    def _copy(self, most: int) -> ByteSource | None:
        held = bytearray()
        stream = self.stream()
        for block in stream:
            held += block
            if len(held) > _HELD:
                break
        else:
            return Held(held)
        spooled = Spooled()
        spooled.add(held)
        for block in stream:
            if spooled.size + len(block) > most:
                return None
            spooled.add(block)
        return spooled if spooled.size <= most else None

    def member(self, name: str) -> str:
        """The label of a member `name` of this part: only a name, never a path to follow."""
        shown = visible(name)
        return shown if self.label is None else f"{self.label}!/{shown}"
