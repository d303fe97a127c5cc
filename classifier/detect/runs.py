"""Runs of base64 and of hexadecimal digits that become text when they are decoded.

Numpy looks at every byte; Python only at runs that begin as text, or as compressed data. Base64 is that of
RFC 4648 (sections 4 and 5), also in lines of one length as in MIME (RFC 2045) and PEM (RFC 7468); what it
holds may be UTF-8, UTF-16LE (as PowerShell takes a command), gzip (RFC 1952) or zlib (RFC 1950).
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.detect.layers import OVERLAP, PIECE, Coded, Escapes, Onward, Piece

KIND = "run"
BASE64 = 24  # characters of the shortest run of base64 that is decoded
HEX = 32
RUN = rb"[A-Za-z0-9+/_-]{24}"
INFLATED = 256 << 10  # bytes of compressed data that are looked at
_LEFT, _RIGHT = 80, 16  # bytes of the line around a run that are shown with its text
_LINE = 56  # characters of the shortest line from which a run goes on in the next one
_SHORTEST = 16  # bytes of text

_STANDARD = re.compile(rb"[A-Za-z0-9+/]*")
_URL_SAFE = re.compile(rb"[A-Za-z0-9_-]*")
_DIGITS = re.compile(rb"[0-9A-Fa-f]*")
_BREAK = re.compile(rb"(?:\r?\n|(?:\\r)?\\n)[ \t]{0,64}")
_PADDING = re.compile(rb"={0,2}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PLAIN = bytes((*b"\t\n\r\f", *range(0x20, 0x7F)))
_HIGH = bytes(range(0x80, 0x100))

_WORD = 8
_U8 = np.dtype("<u8")
# What a character can be: one bit each.
_IN, _FIRST, _SECOND, _THIRD, _ZERO, _DIGIT, _HIGH_DIGIT, _LEVEL = (1 << bit for bit in range(8))


def _classes() -> bytes:
    """Return for each byte what it can be, in base64 (the first five bits) and in hexadecimal."""
    table = bytearray(256)
    for value, char in enumerate(_ALPHABET):
        table[char] = (
            _IN
            | _FIRST * (8 <= value < 32 or value in (2, 3))  # the first six bits of a printable byte
            | _SECOND * (value & 15 in (0, 2, 3, 4, 5, 6, 7))  # the last four: the first four of one
            | _THIRD * (value & 2 == 0)  # the last two: the first two of one
            | _ZERO * (value == 0)
        )
    for char, like in zip(b"-_", b"+/", strict=True):
        table[char] = table[like]
    for char in b"0123456789abcdefABCDEF":
        table[char] |= _DIGIT
    for char in b"0234567":
        table[char] |= _HIGH_DIGIT
    for char in b"AFJN":  # the second character of zlib's header, which tells the level
        table[char] |= _LEVEL
    return bytes(table)


def _word(values: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(values, "little"))


_CLASSES = _classes()
_ALL_IN = _word(bytes((_IN,) * 8))
_TEXT = _word(bytes((_FIRST, _SECOND, _THIRD, _IN) * 2))
_WIDE = _word(bytes((_FIRST, _IN, _IN, _IN, _ZERO, _IN, _IN, _ZERO)))  # every other byte is 0
_HEX_TEXT = _word(bytes((_DIGIT | _HIGH_DIGIT, _DIGIT) * 4))
_ONE, _TWO, _FOUR = (_word(b"\xff" * size) for size in (1, 2, 4))
_GZIP = _word(b"H4sI")
_ZLIB, _LEVELS = _word(b"e"), _word(bytes((0, _LEVEL)))
_ZERO_X = _word(b"0x")
_ZLIB_HEADS = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")


def run_starts(data: bytes) -> list[int]:
    """Return in order where runs begin that begin as text when they are decoded, or as compressed data.

    It may name runs that are too short, and such that are no text after all.
    """
    classes = data.translate(_CLASSES)
    words = np.frombuffer(classes, _U8, len(data) // _WORD)
    full = (words & _ALL_IN) == _ALL_IN
    if full.size < 2:
        return []
    pairs = full[1:] & full[:-1]  # each run of BASE64 characters has one
    firsts = np.flatnonzero(pairs[1:] & ~pairs[:-1]) + 1
    if pairs[0]:
        firsts = np.concatenate(([0], firsts))
    if not firsts.size:
        return []
    others = ~words[np.maximum(firsts - 1, 0)] & _ALL_IN  # what in the word before is in no run
    length = np.frexp(others.astype(np.float64))[1].astype(np.int64)  # in bits, up to the last of them
    starts = np.where(firsts > 0, (firsts - 1) * _WORD + (length + 7) // 8, 0)
    at, content = _unaligned(classes), _unaligned(data)[starts]
    head, then = at[starts], at[starts + _WORD]
    likely = (head & then & _TEXT) == _TEXT
    likely |= (head & then & _WIDE) == _WIDE
    likely |= (head & then & _HEX_TEXT) == _HEX_TEXT
    likely |= (content & _FOUR) == _GZIP
    likely |= ((content & _ONE) == _ZLIB) & ((head & _LEVELS) != 0)
    hexed = starts[(content & _TWO) == _ZERO_X] + 2
    found = starts[likely]
    if hexed.size:
        found = np.union1d(found, hexed[(at[hexed] & _HEX_TEXT) == _HEX_TEXT])
    answer: list[int] = found.tolist()
    return answer


def _unaligned(data: bytes) -> NDArray[np.uint64]:
    """Return the eight bytes at each offset as one number."""
    return np.ndarray((len(data) - _WORD + 1,), _U8, data, strides=(1,))


def runs(data: bytes, first: int, onward: Onward | None, covered: int) -> Iterator[Piece]:
    """Yield in order the decoded runs that begin at `first` or later, none of which begins before `covered`.

    `onward` says where an earlier run goes on.
    """
    for follow in (onward, *run_starts(data)):
        if isinstance(follow, int):
            piece = _begun(data, follow) if follow >= first and follow >= covered else None
        else:
            piece = None if follow is None else _follows(data, follow)
        while piece is not None:
            yield piece
            covered = piece.end
            piece = None if piece.onward is None else _follows(data, piece.onward)


def _begun(data: bytes, start: int) -> Piece | None:
    """Return the text of the run that begins at `start`; None where there is none."""
    return _hexadecimal(data, start, HEX) or _base64(data, start, BASE64)


def _follows(data: bytes, onward: Onward) -> Piece | None:
    start, kind = onward
    return _hexadecimal(data, start, 0) if kind == "hexadecimal" else _base64(data, start, 0)


def _hexadecimal(data: bytes, start: int, least: int) -> Piece | None:
    limit = start + PIECE
    end = _end(_DIGITS, data, start, limit)
    if end < limit and _end(_STANDARD, data, start, end + 1) > end:
        return None  # all of a run, or none of it
    end -= (end - start) % 2
    if end - start < max(least, 2):
        return None
    onward = (limit - OVERLAP, "hexadecimal") if end == limit else None
    raw = bytes.fromhex(data[start:end].decode("ascii"))
    return _piece(data, (start, end), raw, (1, 2), None, onward, first=least > 0)


def _base64(data: bytes, start: int, least: int) -> Piece | None:
    limit = start + PIECE
    alphabet, end = max(
        ((alphabet, _end(alphabet, data, start, limit)) for alphabet in (_STANDARD, _URL_SAFE)),
        key=lambda item: item[1],
    )
    if end - start < max(least, 2):
        return None
    lines, raw, more = _lines(data, alphabet, start, end, limit)
    end = lines[-1][1]
    onward = None
    if more:
        wanted = (PIECE - OVERLAP) * len(lines) // (end - start) // 2 * 2  # two lines are whole groups
        onward = (limit - OVERLAP if len(lines) == 1 else lines[max(wanted, 1)][0], "base64")
    else:
        end = _end(_PADDING, data, end, end + 2)
    characters = None
    if len(lines) > 1:
        characters = np.concatenate([np.arange(*line, dtype=np.int64) for line in lines])
    return _piece(data, (start, end), raw, (3, 4), characters, onward, first=least > 0)


def _lines(
    data: bytes, alphabet: re.Pattern[bytes], start: int, end: int, limit: int
) -> tuple[list[tuple[int, int]], bytes, bool]:
    """Return the lines of a run, of which `data[start:end]` is the first, and what they decode to.

    The last answer is whether the run goes on after `limit`. All lines have the same length but the last,
    which may be shorter. Each is looked at once: one that is no text, though the first is, is in no run.
    """
    lines, width = [(start, end)], end - start
    raw = [_decoded(data[start:end])]
    if end == limit or width < _LINE or width % 4:
        return lines, raw[0], end == limit
    packed, wide, more = _is_packed(raw[0]), _is_wide(raw[0]), False
    if not packed and not is_text(raw[0].replace(b"\0", b"") if wide else raw[0]):
        return lines, raw[0], False
    while end - start == width and (gap := _BREAK.match(data, end)) is not None:
        start = gap.end()
        end = _end(alphabet, data, start, start + width + 1)
        if not 0 < end - start <= width:
            break
        if end > limit:
            more = True
            break
        line = _decoded(data[start:end])
        if not packed and not is_text(line.replace(b"\0", b"") if wide else line):
            break
        lines.append((start, end))
        raw.append(line)
    return lines, b"".join(raw), more


def _end(pattern: re.Pattern[bytes], data: bytes, start: int, limit: int) -> int:
    match = pattern.match(data, start, limit)
    return start if match is None else match.end()


def _decoded(text: bytes) -> bytes:
    """Return what base64 without padding stands for; a character too many is left out."""
    text = text[: len(text) - (len(text) % 4 == 1)].translate(_TO_STANDARD)
    return binascii.a2b_base64(text + b"=" * (-len(text) % 4))


def _piece(
    data: bytes,
    span: tuple[int, int],
    raw: bytes,
    group: tuple[int, int],
    characters: NDArray[np.int64] | None,
    onward: Onward | None,
    *,
    first: bool,
) -> Piece | None:
    """Return the piece at `span`, which decodes to `raw`, with what stands around it in its line.

    None where it is no text; with no text where it only seems to be compressed. A piece that is not the first
    of its run has nothing before it.
    """
    start, end = span
    wide = None
    if packed := _is_packed(raw):
        body = _inflated(raw)
        group, onward = (0, 0), None
    elif _is_wide(raw):
        body = wide = raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").encode()
        group = (6, 8) if group == (3, 4) else (2, 4)
    else:
        body = raw
    known = characters is not None and not packed  # of several lines each was looked at
    if not (known or is_text(body)) or (first and len(body) < _SHORTEST):
        return Piece(KIND, start, end, b"", Escapes(start, ())) if packed else None
    before = data[max(data.rfind(b"\n", max(start - _LEFT, 0), start) + 1, start - _LEFT, 0) : start]
    if not first or before.endswith(b"0x"):  # digits that follow would seem to go on from there
        before = b""
    after = data[end : end + _RIGHT].partition(b"\n")[0] if onward is None else b""
    layer = Coded(len(before), len(body), start, end, group, characters, wide)
    return Piece(KIND, start, end, before + body + after, layer, onward)


def _is_packed(raw: bytes) -> bool:
    return raw[:3] == b"\x1f\x8b\x08" or raw[:2] in _ZLIB_HEADS


def _is_wide(raw: bytes) -> bool:
    """Return whether it is UTF-16LE of letters that ASCII has."""
    return raw[1:_SHORTEST:2].count(0) >= _SHORTEST // 2 - 1


def _inflated(packed: bytes) -> bytes:
    """Return what compressed data begins with; nothing where it is none."""
    try:
        return zlib.decompressobj(47).decompress(packed, INFLATED)
    except zlib.error:
        return b""


def is_text(text: bytes) -> bool:
    """Return whether nearly all of `text` is printable, in ASCII or UTF-8."""
    others = text.translate(None, _PLAIN)
    if not others:
        return bool(text)
    few = len(text) // 50
    if len(others.translate(None, _HIGH)) > few:
        return False
    return len(text) - len(text.decode("utf-8", "ignore").encode()) <= few + 6
