"""Text in which characters are written as escapes: stretches of it, with every escape replaced.

Percent-encoding is that of RFC 3986 (section 2.1), escapes in strings are RFC 8259's (section 7) and C's
`\\x41`, character references HTML's, quoted-printable RFC 2045's (section 6.7), and a list of numbers of two
hexadecimal digits is how a program's source has bytes.

Escapes close to each other make a stretch. It begins with one of those that count: of a character that a
secret, or what stands around one, may have. Spaces and letters of other scripts do not count.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from classifier.detect.layers import OVERLAP, PIECE, Escapes, Onward, Piece
from classifier.detect.prefilter import scanner

_BEFORE, _AFTER = 80, 80  # bytes of text that are shown around a stretch
_WORD_BEFORE, _WORD_AFTER = 160, 512  # bytes at most where these are in the middle of a word
_WORD = re.compile(rb"[^\s\"'<>]{0,%d}" % _WORD_AFTER)
_BORDERS = (b" ", b"\t", b"\n", b"\r", b'"', b"'", b"<", b">")
_MOST = PIECE - _AFTER - _WORD_AFTER  # bytes from a piece's first escape to its last
_LONGEST = 12  # bytes of an escape that counts
_PLAIN_RUN = re.compile(rb"[A-Za-z0-9+/_-]*")
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Notation:
    """One way to write escapes.

    `counts` matches the escapes that count, which begin with `sign`, `escape` all of them; `coarse` matches
    where one may be. A stretch ends where no other one that counts follows within `gap` bytes, and has
    `least` of them.
    """

    name: str
    sign: bytes
    coarse: tuple[bytes, ...]
    counts: re.Pattern[bytes]
    escape: re.Pattern[bytes]
    decoded: Callable[[re.Match[bytes]], bytes]
    gap: int = 160
    least: int = 1
    lines: bool = False  # whether what is around a stretch may be in other lines
    holds: Callable[[bytes, int], bool] | None = None  # whether an escape that counts is one


def _hexadecimal(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),))


def _in_string(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return chr(int(match[1], 16)).encode("utf-8", "replace")
    if match[2] is not None:
        return bytes((int(match[2], 16),))
    return _SHORT.get(match[3], match[3])


def _reference(match: re.Match[bytes]) -> bytes:
    return html.unescape(match[0].decode("ascii")).encode("utf-8", "replace")


def _quoted(match: re.Match[bytes]) -> bytes:
    return b"" if match[1] is None else bytes((int(match[1], 16),))


def _is_quoted(data: bytes, start: int) -> bool:
    """Whether `data[start]` is no end of a line, or one as quoted-printable has it in a word.

    Such a line has 76 characters at most. It is no rule of equals signs, and no base64 with its padding.
    """
    if data[start + 1] == ord("3"):
        return True
    line = data[data.rfind(b"\n", max(start - 80, 0), start) + 1 : start]
    return 60 <= len(line) <= 76 and line[-1] not in b"= \t" and _PLAIN_RUN.fullmatch(line) is None


NOTATIONS = (
    Notation(
        "percent",
        b"%",
        (rb"%(?:[3-7][0-9A-Fa-f]|2[1-9A-Fa-f]|0[AaDd])",),
        re.compile(rb"%(?:[3-7][0-9A-Fa-f]|2[1-9A-Fa-f]|0[AaDd])"),
        re.compile(rb"%([0-9A-Fa-f]{2})"),
        _hexadecimal,
    ),
    Notation(
        "string",
        b"\\",
        (rb":\\/\\/", rb"\\(?:u00[0-7]|x[0-7])"),
        re.compile(rb"\\(?:(?<=:\\/\\)/|u00(?:[2-7][0-9A-Fa-f]|0[AaDd])|x(?:[2-7][0-9A-Fa-f]|0[AaDd]))"),
        re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\"'\\/bfnrt]))"),
        _in_string,
    ),
    Notation(
        "reference",
        b"&",
        (rb"&(?:amp|quot|apos|#[0-9]{2,3}|#[xX][2-7][0-9A-Fa-f]);",),
        re.compile(rb"&(?:amp|quot|apos|#[0-9]{2,3}|#[xX][2-7][0-9A-Fa-f]);"),
        re.compile(rb"&(?:amp|quot|apos|lt|gt|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"),
        _reference,
    ),
    Notation(
        "quoted-printable",
        b"=",
        (rb"=3D", rb"=\r?\n"),
        re.compile(rb"=(?:3D|\r?\n)"),
        re.compile(rb"=(?:([0-9A-F]{2})|\r?\n)"),
        _quoted,
        lines=True,
        holds=_is_quoted,
    ),
    Notation(
        "list",
        b"0x",
        (rb"0x[0-7][0-9A-Fa-f],\s{0,32}0x",),
        re.compile(rb"0x(?:[2-7][0-9A-Fa-f]|0[9AaDd])\b(?:,\s{0,32})?"),
        re.compile(rb"0x([0-9A-Fa-f]{2})\b(?:,\s{0,32})?"),
        _hexadecimal,
        gap=0,
        least=16,
    ),
)


_SIGNS = tuple(notation.sign[-1:] for notation in NOTATIONS)  # each in a time that does not count


class Signs:
    """Finds the escapes that count, of all notations at once. To be used by one thread at a time."""

    def __init__(self, *, compiled: bool = True) -> None:
        """Make it ready; `compiled`: with Hyperscan, where there is one."""
        self._owners = [number for number, notation in enumerate(NOTATIONS) for _ in notation.coarse]
        expressions = tuple((expression, False) for notation in NOTATIONS for expression in notation.coarse)
        self._scan = scanner(expressions) if compiled else None

    def __call__(self, data: bytes) -> list[list[re.Match[bytes]]]:
        """Return for each notation the escapes that count, in order."""
        if not any(sign in data for sign in _SIGNS):
            return [[] for _ in NOTATIONS]
        if self._scan is None:
            return [list(n.counts.finditer(data)) if n.sign in data else [] for n in NOTATIONS]
        hits: list[list[int]] = [[] for _ in NOTATIONS]
        adds, owners = [places.append for places in hits], self._owners

        def note(number: int, start: int, end: int, flags: int, context: object) -> None:
            adds[owners[number]](end)

        self._scan(data, note)
        return [
            list(_matches(notation, data, ends)) if ends else []
            for notation, ends in zip(NOTATIONS, hits, strict=True)
        ]


def _matches(notation: Notation, data: bytes, ends: list[int]) -> Iterator[re.Match[bytes]]:
    if notation.least > 1:  # the hits are of some
        yield from notation.counts.finditer(data)
        return
    known = -1
    for end in sorted(ends):
        place = data.rfind(notation.sign, max(end - _LONGEST, 0), end)
        if place > known and (match := notation.counts.match(data, place)) is not None:
            yield match
            known = place


def stretches(
    data: bytes,
    notation: Notation,
    counting: Sequence[re.Match[bytes]],
    first: int,
    onward: Onward | None,
) -> Iterator[Piece]:
    """Yield in order the decoded stretches of `data` that begin at `first` or later.

    `counting` are the escapes that count, all of them; `onward` says where an earlier stretch goes on.
    """
    resumes = -1 if onward is None else onward[0]
    places: list[int] = []  # of the escapes in the piece; empty where no piece is open
    last = -notation.gap - 1
    for match in counting:
        place, end = match.span()
        if notation.holds is not None and not notation.holds(data, place):
            continue
        near = place - last <= notation.gap
        if places and not near:
            if len(places) >= notation.least:
                yield _piece(data, notation, places[0], last, None)
            places = []
        if places and end - places[0] > _MOST:
            again = next(at for at in places if at - places[0] >= _MOST - OVERLAP)
            yield _piece(data, notation, places[0], last, (again, notation.name))
            places = [at for at in places if at >= again]
        if places or place == resumes or (place >= first and not near):
            places.append(place)
        last = end
    if len(places) >= max(notation.least, 1):
        yield _piece(data, notation, places[0], last, None)


def _piece(data: bytes, notation: Notation, start: int, end: int, onward: Onward | None) -> Piece:
    """Return the decoded text of `data[start:end]` and what is around it."""
    low, high = max(start - _BEFORE, 0), min(end + _AFTER, len(data))
    if not notation.lines:
        low = max(low, data.rfind(b"\n", low, start) + 1)
        high = end + len(data[end:high].partition(b"\n")[0])
    farthest = max(start - _WORD_BEFORE, 0)
    low = min(low, max(farthest, *(data.rfind(border, farthest, start) + 1 for border in _BORDERS)))
    word = _WORD.match(data, end)
    high = max(high, end if word is None else word.end())
    parts: list[bytes] = []
    marks: list[tuple[int, int, int, int]] = []
    at, size = low, 0
    for match in notation.escape.finditer(data, low, high):
        first, last = match.span()
        char = notation.decoded(match)
        size += first - at
        marks.append((size, size + len(char), first, last))
        parts += (data[at:first], char)
        size += len(char)
        at = last
    parts.append(data[at:high])
    return Piece(notation.name, start, end, b"".join(parts), Escapes(low, marks, start), onward)
