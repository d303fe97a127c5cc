"""Runs of base64 and of hexadecimal digits that become text when they are decoded.

Numpy looks at every byte; Python only at runs that begin as text, or as compressed data. Base64 is that of
RFC 4648 (sections 4 and 5), also in lines of one length as in MIME (RFC 2045) and PEM (RFC 7468); what it
holds may be UTF-8, UTF-16LE (as PowerShell takes a command), gzip (RFC 1952) or zlib (RFC 1950).
"""

from __future__ import annotations

import binascii
import re
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from classifier.detect.layers import OVERLAP, PIECE, Coded, Escapes, Onward, Piece
from classifier.detect.prefilter import scanner

KIND = "run"
BASE64 = 24  # characters of the shortest run of base64 that is decoded
HEX = 32
INFLATED = 256 << 10  # bytes of compressed data that are looked at
_LEFT, _RIGHT = 80, 16  # bytes of the line around a run that are shown with its text
_LINE = 56  # characters of the shortest line from which a run goes on in the next one
_SHORTEST = 16  # bytes of text

_LITTLE = 32 << 10  # bytes of a text that numpy takes longer to begin with than Hyperscan to search

_ANY = rb"[A-Za-z0-9+/_-]{%d}" % BASE64
_RUN = re.compile(_ANY)
_STANDARD = re.compile(rb"[A-Za-z0-9+/]*")
_URL_SAFE = re.compile(rb"[A-Za-z0-9_-]*")
_DIGITS = re.compile(rb"[0-9A-Fa-f]*")
_DIGITS_ALONE = re.compile(rb"[0-9a-f]{24}|[0-9A-F]{24}")  # a digest or an id: no base64 of a text has them
_BREAK = re.compile(rb"(?:\r?\n|(?:\\r)?\\n)[ \t]{0,64}")
_PADDING = re.compile(rb"={0,2}")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_CUT = re.compile(  # a character of UTF-8 without its beginning or without its end
    rb"\A[\x80-\xbf]{1,3}|(?:[\xc0-\xff]|[\xe0-\xff][\x80-\xbf]|[\xf0-\xff][\x80-\xbf]{2})\Z"
)
_PLAIN = bytes((*b"\t\n\r\f", *range(0x20, 0x7F)))
_HIGH = bytes(range(0x80, 0x100))

_WORD = 8
# An even byte as it is, an odd one with its highest bit turned, upside down: so all that have a bit in common
# with the characters of a run stand together, and hardly any of those that separate words do.
_TURN, _SHIFT, _LAST = np.uint8(127), np.uint8(249), np.uint8(201)
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
_BEGINS = np.array([bool(kind & (_FIRST | _HIGH_DIGIT)) for kind in _CLASSES])
_HEXADECIMAL = re.compile(rb"(?:[0234567][0-9A-Fa-f]){4}")
_ZLIB_HEADS = (b"x\x01", b"x\x5e", b"x\x9c", b"x\xda")


def _of(*kinds: int) -> bytes:
    """Return an expression of characters that can be the given, one after the other."""
    sets = (bytes(char for char, known in enumerate(_CLASSES) if known & kind == kind) for kind in kinds)
    return b"".join(b"[" + re.escape(chars) + b"]" for chars in sets)


# What a run that is decoded begins with, as `_likely` has it, and how many characters of it are before what
# is decoded, and in all.
_HEADS = (
    (_of(*(_FIRST, _SECOND, _THIRD, _IN) * 4), 0, 16),
    (_of(*(_FIRST, _IN, _IN, _IN, _ZERO, _IN, _IN, _ZERO) * 2), 0, 16),
    (_of(*(_DIGIT | _HIGH_DIGIT, _DIGIT) * 8), 0, 16),
    (b"0x" + _of(*(_DIGIT | _HIGH_DIGIT, _DIGIT) * 4), 2, 10),
    (b"H4sI", 0, 4),
    (b"e" + _of(_LEVEL), 0, 2),
)


class RunStarts:
    """Finds where runs begin that begin as text when they are decoded, or as compressed data.

    To be used by one thread at a time.
    """

    def __init__(self, *, compiled: bool = True) -> None:
        """Make it ready; `compiled`: with Hyperscan, where there is one."""
        self._any = scanner(((_ANY, False),), once=True) if compiled else None
        heads = tuple((b"(?:^|[^A-Za-z0-9+/_-])" + head, False) for head, _, _ in _HEADS)
        self._heads = scanner(heads) if compiled else None
        self._found: set[int] = set()
        self._turned = np.empty(0, np.uint8)
        self._parted = np.empty(0, np.bool_)

        def note(number: int, start: int, end: int, flags: int, context: object) -> None:
            _, before, size = _HEADS[number]
            self._found.add(end - size + before)

        self._note = note

    def __call__(self, data: bytes) -> list[int]:
        """Return in order where they begin. It may name too short ones, and such that are no text."""
        if not self._has_run(data):
            return []
        if len(data) < _LITTLE and self._heads is not None:
            self._found.clear()
            self._heads(data, self._note)
            return sorted(self._found)
        starts = self._begun(data)
        starts = starts[: np.searchsorted(starts, len(data) - BASE64, "right")]
        content = np.frombuffer(data, np.uint8)
        begins = content[starts]
        other = (begins == ord("H")) | (begins == ord("e")) | (begins == ord("0"))
        starts = starts[other | _BEGINS[begins] & _BEGINS[content[starts + _WORD]]]
        return _likely(data, starts) if starts.size else []

    def _has_run(self, data: bytes) -> bool:
        if self._any is None:
            return _RUN.search(data) is not None
        self._found.clear()
        self._any(data, self._note)
        return bool(self._found)

    def _begun(self, data: bytes) -> NDArray[np.int64]:
        """Return in order where the runs of BASE64 characters and more begin, and other places.

        In each such run there are two whole words. Three passes over all bytes tell nearly all other words.
        """
        words = np.frombuffer(data, _U8, len(data) // _WORD)
        size = words.nbytes
        if len(self._turned) < size:
            self._turned, self._parted = np.empty(size, np.uint8), np.empty(size, np.bool_)
        turned, parted = self._turned[:size], self._parted[:size]
        np.multiply(words.view(np.uint8), _TURN, out=turned)
        turned += _SHIFT
        np.greater(turned, _LAST, out=parted)
        whole = parted.view(_U8) == 0
        firsts = np.flatnonzero(whole[1:] & whole[:-1])
        before = words[firsts - 1].tobytes().translate(_CLASSES)
        others = ~np.frombuffer(before, _U8) & _ALL_IN  # what in the word before is in no run
        if firsts.size and not firsts[0]:
            others[0] = _ALL_IN
        begun = np.flatnonzero(others)
        bits = np.frexp(others[begun].astype(np.float64))[1].astype(np.int64)  # up to the last of them
        starts: NDArray[np.int64] = (firsts[begun] - 1) * _WORD + (bits + 7) // 8
        return starts


def _likely(data: bytes, starts: NDArray[np.int64]) -> list[int]:
    """Return where of the `starts` of runs it seems to be text or compressed data."""
    heads = _unaligned(data)[np.concatenate((starts, starts + _WORD))]
    head, then = np.frombuffer(heads.tobytes().translate(_CLASSES), _U8).reshape(2, -1)
    both, begins = head & then, heads[: starts.size]
    likely = (both & _TEXT) == _TEXT
    likely |= (both & _WIDE) == _WIDE
    likely |= (both & _HEX_TEXT) == _HEX_TEXT
    likely |= (begins & _FOUR) == _GZIP
    likely |= ((begins & _ONE) == _ZLIB) & ((head & _LEVELS) != 0)
    found: set[int] = set(starts[likely].tolist())
    for start in starts[(begins & _TWO) == _ZERO_X].tolist():
        if _HEXADECIMAL.match(data, start + 2) is not None:
            found.add(start + 2)
    return sorted(found)


def _unaligned(data: bytes) -> NDArray[np.uint64]:
    """Return the eight bytes at each offset as one number."""
    return np.ndarray((len(data) - _WORD + 1,), _U8, data, strides=(1,))


def runs(
    data: bytes, starts: Iterable[int], first: int, onward: Onward | None, covered: int
) -> Iterator[Piece]:
    """Yield in order the decoded runs that begin at `first` or later, none of which begins before `covered`.

    `starts` are where they may begin, `onward` says where an earlier run goes on.
    """
    for follow in (onward, *starts):
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
    if (piece := _hexadecimal(data, start, HEX)) is not None or _DIGITS_ALONE.match(data, start) is not None:
        return piece
    return _base64(data, start, BASE64)


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
    """Return whether nearly all of `text` is printable, in ASCII or UTF-8; it may be cut in a character."""
    others = text.translate(None, _PLAIN)
    if not others:
        return bool(text)
    few = len(text) // 50
    if len(others.translate(None, _HIGH)) > few:
        return False
    cut = sum(len(match[0]) for match in _CUT.finditer(text))
    return len(text) - len(text.decode("utf-8", "ignore").encode()) <= few + cut
