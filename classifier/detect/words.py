"""The words of a text in bulk: where they are, in one case, and a hash of any stretch of them.

A word is made of letters and digits: ASCII ones, and characters of two bytes in UTF-8 (Latin, Greek,
Cyrillic, Arabic …). Each character of three or four bytes is a word of its own, since scripts such as Chinese
have no spaces.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.errors import PackError

Offsets: TypeAlias = NDArray[np.int64]
Hashes: TypeAlias = NDArray[np.uint64]

LONGEST = 1024
"""Bytes of a stretch at most."""

MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""

_BLOCK = 1 << 17  # bytes that are hashed at a time
_MULTIPLIER = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
_LEADS = (0xC3, 0xD6)  # first bytes of the two-byte letters that have two cases
_SPACES = bytes.maketrans(b"\t\v\f\r", b"    ")


def utf8_text(name: str, content: bytes) -> bytes:
    """Return the content of a list without its byte order mark. Raises PackError where it is not UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PackError(f"{name}:{line}: is not UTF-8 text") from None
    if (nul := content.find(b"\0")) >= 0:
        raise PackError(
            f"{name}:{content.count(bytes([10]), 0, nul) + 1}: is not UTF-8 text: it has zero bytes"
        )
    return content.removeprefix(MARK)


def lowered(text: bytes) -> bytes:
    """Return the text in lower case, in as many bytes: ASCII, and letters of two bytes in both cases."""
    text = text.lower()
    if text.isascii():
        return text
    data = np.frombuffer(text, np.uint8).copy()
    leads = np.flatnonzero((data[:-1] >= _LEADS[0]) & (data[:-1] <= _LEADS[1]) & (data[1:] >> 6 == 2))
    pairs = _lower_pairs()[(data[leads].astype(np.int64) - _LEADS[0]) * 64 + (data[leads + 1] & 0x3F)]
    data[leads], data[leads + 1] = pairs >> 8, pairs & 0xFF
    return data.tobytes()


@lru_cache(maxsize=1)
def _lower_pairs() -> NDArray[np.int64]:
    pairs = []
    for lead in range(_LEADS[0], _LEADS[1] + 1):
        for tail in range(0x80, 0xC0):
            pair = bytes((lead, tail))
            lower = pair.decode().lower().encode()
            pairs.append(int.from_bytes(lower if len(lower) == 2 else pair, "big"))
    return np.array(pairs, dtype=np.int64)


def spaced(text: bytes, *, lines: bool = False) -> bytes:
    """Return the text with a space for every tab, and unless they are `lines` for every line break."""
    spaced = text.translate(_SPACES)
    return spaced if lines else spaced.replace(b"\n", b" ")


class Words:
    """Where the words of a text begin and end."""

    def __init__(self, text: bytes) -> None:
        data = np.frombuffer(text, np.uint8)
        lower = data | np.uint8(0x20)
        digit = (data - np.uint8(48)) < 10
        word = digit | ((lower - np.uint8(97)) < 26) | (data >= 0x80)
        begins = word.copy()
        begins[1:] &= ~word[:-1]
        if not text.isascii():
            wide = data >= 0xE0
            begins |= wide
            after = np.zeros_like(word)  # what stands after a character of three or four bytes
            after[3:] |= wide[:-3] & (data[:-3] < 0xF0)
            after[4:] |= data[:-4] >= 0xF0
            begins |= after & word & (data >> 6 != 2)
        stops = np.flatnonzero(begins | ~word)
        self.starts: Offsets = np.flatnonzero(begins)
        next_stop = np.searchsorted(stops, self.starts, side="right")
        self.ends: Offsets = np.append(stops, len(text))[next_stop]
        self.data = data

    def digits(self) -> NDArray[np.int64]:
        """Return how many digits there are before each byte, and at the end."""
        return _before((self.data - np.uint8(48)) < 10)

    def letters(self) -> NDArray[np.int64]:
        """Return how many bytes of letters there are before each byte, and at the end."""
        data = self.data
        return _before((((data | np.uint8(0x20)) - np.uint8(97)) < 26) | (data >= 0x80))


def _before(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    counts = np.zeros(len(mask) + 1, dtype=np.int64)
    np.cumsum(mask, out=counts[1:])
    return counts


@lru_cache(maxsize=1)
def _tables() -> tuple[Hashes, Hashes, Hashes]:
    """Return a number for each byte, and the powers of the multiplier and of its inverse."""
    size = _BLOCK + LONGEST + 1
    powers = np.full(size, _MULTIPLIER, dtype=np.uint64)
    inverses = np.full(size, pow(_MULTIPLIER, -1, 1 << 64), dtype=np.uint64)
    powers[0] = inverses[0] = 1
    numbers = np.random.default_rng(_MULTIPLIER).integers(1, 1 << 63, size=256, dtype=np.uint64)
    return numbers, np.multiply.accumulate(powers), np.multiply.accumulate(inverses)


def hashes(data: NDArray[np.uint8], starts: Offsets, ends: Offsets) -> Hashes:
    """Return a hash of 64 bits of each stretch of a text, of LONGEST bytes at most; the starts are in order.

    It is a polynomial over the bytes modulo 2**64: equal stretches have equal hashes, and of others few do.
    """
    numbers, powers, inverses = _tables()
    found = np.zeros(len(starts), dtype=np.uint64)
    first = 0
    while first < len(starts):
        low = int(starts[first])
        last = int(np.searchsorted(starts, low + _BLOCK))
        block = data[low : low + _BLOCK + LONGEST]
        sums = np.zeros(len(block) + 1, dtype=np.uint64)
        np.cumsum(numbers[block] * powers[: len(block)], out=sums[1:])
        begin, end = starts[first:last] - low, ends[first:last] - low
        found[first:last] = (sums[end] - sums[begin]) * inverses[begin]
        first = last
    return found
