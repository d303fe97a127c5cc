"""Where an offset in a window is: source bytes, line and column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from classifier.extract.transcode import ByteMap, TextStream
from classifier.extract.window import Window, characters


class Lines:
    """Byte offsets, lines and columns of one window, computed when they are asked for."""

    __slots__ = ("_ends", "_errors", "_map", "_newline", "window")

    def __init__(self, window: Window, text: TextStream, newline: int) -> None:
        self.window = window
        self._newline = newline
        self._map: ByteMap = text.map(window.offset, window.offset + len(window.data))
        self._errors = text.errors
        self._ends: NDArray[np.int64] | None = None

    def bytes(self, start: int, end: int) -> tuple[int, int]:
        """Return the source's byte offsets of `data[start:end]`."""
        data = self.window.data
        return self._map.source(data, start), self._map.source(data, end)

    def ends(self) -> NDArray[np.int64]:
        """The offsets of the line ends from the core's start on."""
        if self._ends is None:
            core = np.frombuffer(self.window.data, np.uint8)[self.window.core_start :]
            self._ends = np.flatnonzero(core == self._newline) + self.window.core_start
        return self._ends

    def line(self, offset: int) -> int:
        """The 1-based line of `data[offset]`."""
        window = self.window
        if offset < window.core_start:
            return window.line - window.data.count(self._newline, offset, window.core_start)
        return window.line + int(np.searchsorted(self.ends(), offset))

    def start(self, offset: int) -> int | None:
        """Where the line of `data[offset]` starts in the data; None where it starts before the core."""
        window = self.window
        before = int(np.searchsorted(self.ends(), offset))
        if before:
            return int(self.ends()[before - 1]) + 1
        return window.core_start if window.column == 0 and offset >= window.core_start else None

    def column(self, offset: int) -> int | None:
        """The 1-based character of `data[offset]` in its line; None in the left margin."""
        window = self.window
        if offset < window.core_start:
            return None
        start = self.start(offset)
        if start is not None:
            return characters(window.data[start:offset], self._errors) + 1
        return window.column + characters(window.data[window.core_start : offset], self._errors) + 1
