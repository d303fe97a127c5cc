"""A chunk's bytes as the characters that recognizers see, with the way back."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from classifier.detect.spans import Offsets

_CONTINUES = 0xC0
_CONTINUED = 0x80
_ODD = 0x1C, 0x1F


class Text:
    """Bytes, mostly UTF-8, as characters; a byte that belongs to none is one by itself, and no letter."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.ascii = data.isascii()
        self.text = data.decode("ascii" if self.ascii else "utf-8", "surrogateescape")

    @cached_property
    def odd(self) -> Offsets:
        """The characters that are not ASCII, or that are spaces for some tools and for others not."""
        data = np.frombuffer(self.valid, dtype=np.uint8)
        places = np.flatnonzero((data >= _CONTINUED) | ((data >= _ODD[0]) & (data <= _ODD[1])))
        return np.unique(self.chars(places)).astype(np.int64)

    def places(self, wanted: frozenset[int]) -> Offsets:
        """Return the characters that are one of the bytes of ASCII, in order."""
        data = np.frombuffer(self.valid, dtype=np.uint8)
        return self.chars(np.flatnonzero(np.isin(data, list(wanted))))

    @cached_property
    def valid(self) -> bytes:
        """The same as UTF-8 throughout: a byte that is none is a question mark, in its place."""
        return self.data if self.ascii else self.text.encode("utf-8", "replace")

    @cached_property
    def _starts(self) -> Offsets:
        """Where each character begins, and where the last one ends."""
        data = np.frombuffer(self.valid, dtype=np.uint8)
        return np.append(np.flatnonzero((data & _CONTINUES) != _CONTINUED), len(data)).astype(np.int64)

    def byte(self, char: int) -> int:
        """Return where the character of that number begins, in bytes."""
        return char if self.ascii else int(self._starts[char])

    def char(self, byte: int) -> int:
        """Return the number of the first character that begins at that byte or after it."""
        return byte if self.ascii else int(np.searchsorted(self._starts, byte))

    def chars(self, places: Offsets) -> Offsets:
        """Return the numbers of the characters that have the bytes at `places`."""
        if self.ascii:
            return places.astype(np.int64)
        return (np.searchsorted(self._starts, places, side="right") - 1).astype(np.int64)
