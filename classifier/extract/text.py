"""Plain text in any encoding: the format of whatever no other format claims."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.encoding import RAW
from classifier.extract.lines import Lines
from classifier.extract.part import Head, Part
from classifier.extract.transcode import open_text
from classifier.extract.window import cut_at, line_end, windows
from classifier.model import Chunk, Field, Location


class TextLocator:
    """Locates by byte offsets, line, and character in the line."""

    __slots__ = ("_lines", "_part")

    def __init__(self, lines: Lines, part: str | None) -> None:
        self._lines = lines
        self._part = part

    def locate(self, start: int, end: int) -> Location:
        first, last = self._lines.bytes(start, end)
        return Location(
            part=self._part,
            byte_start=first,
            byte_end=last,
            line=self._lines.line(start),
            column=self._lines.column(start),
        )

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None

    def cells(self, column: int) -> NDArray[np.int64] | None:
        return None


class Text(Format):
    """Lines of text."""

    name = "text"
    facts = Facts(
        title="Plain text, source code, logs, YAML, TOML, INI, properties, .env, in any encoding",
        group="Text and structured text",
        extensions=(
            "txt",
            "log",
            "md",
            "yaml",
            "yml",
            "toml",
            "ini",
            "properties",
            "env",
            "cfg",
            "conf",
            "py",
        ),
        recognised="whatever is mostly characters",
        library="own; charset-normalizer for legacy encodings",
        location="byte offsets, line, column",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        head = part.head
        newline = line_end(head.text)
        text = open_text(part.stream(), head.encoding or RAW)
        for window in windows(text.blocks(), work.limits.chunk_bytes, cut_at(newline), newline, text.errors):
            locator = TextLocator(Lines(window, text, newline), part.label)
            yield Chunk(part.label, self.name, window.data, window.core_start, window.core_end, locator)
