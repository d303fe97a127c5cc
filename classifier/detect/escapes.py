"""Text in which characters are written as escapes: stretches of it, with every escape replaced.

Percent-encoding is that of RFC 3986 (section 2.1), escapes in strings are RFC 8259's (section 7) and C's
`\\x41`, character references HTML's, quoted-printable RFC 2045's (section 6.7), and a list of numbers of two
hexadecimal digits is how a program's source has bytes.

Escapes close to each other make a stretch. It begins with one of those that count: of a character that a
secret, or what stands around one, may have. Spaces and letters of other scripts do not count. Most stretches
are in a link or an expression and have nothing that could be a value: those are left as they are.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from classifier.detect.derive import CORES
from classifier.detect.layers import OVERLAP, PIECE, Escapes, Mark, Onward, Piece
from classifier.detect.prefilter import scanner

_BEFORE, _AFTER = 80, 80  # bytes of text that are shown around a stretch
_WORD_BEFORE, _WORD_AFTER = 160, 512  # bytes at most where these are in the middle of a word
_WORD = re.compile(rb"[^\s\"'<>]{0,%d}" % _WORD_AFTER)
_TO_BREAK = bytes.maketrans(b" \t\r\"'<>", b"\n" * 7)  # what a word ends at
_MOST = PIECE - _AFTER - _WORD_AFTER  # bytes from a piece's first escape to its last
_SMALL = 4 << 10  # bytes of a text that `re` has searched before anything faster begins
_DENSE = 64  # bytes for each hit up to which it pays to search the whole text
_MEMO = 4096  # escapes that are remembered with what they stand for
_PLAIN_RUN = re.compile(rb"[A-Za-z0-9+/_-]*")
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}

# One class after the other takes Hyperscan a third of the time of one alternative a notation.
_COARSE = rb"[%\\&][0-7ux#aq/][0-9A-Fa-fmpuxX\\]"
_COARSE_SIZE = 3
_NUMBERS = rb"0x[0-7][0-9A-Fa-f],\s{0,32}0x"
_NUMBER = 40  # bytes at most from a number to the end of the next one's sign
# Hyperscan finds literals at once only where each is one by itself, and no expression is among them.
_LITERALS = (rb"0x", rb"=3D", rb"[^= \t\r\n]=\n", rb"[^= \t\r\n]=\r\n")
_BACK = (3, 2, 3)  # bytes from where an escape of quoted-printable begins to the end of its literal

_SHORTEST = 8  # bytes of words with an escape that could be a value
_LETTERS = b"a" * 20  # a word so long may be a value even if it has no digit
_KINDS = bytes.maketrans(
    b"123456789ABCDEFGHIJKLMNOPQRSTUVWXYZbcdefghijklmnopqrstuvwxyz_-", b"0" * 9 + b"a" * 53
)
_NAMES = re.compile("|".join(CORES).encode())


@dataclass(frozen=True, slots=True)
class Notation:
    """One way to write escapes.

    `counts` matches the escapes that count, which begin with `sign`, `escape` all of them. A stretch ends
    where no other one that counts follows within `gap` bytes, and has `least` of them. `hides` matches those
    of letters, digits and the signs of other escapes; None where all count as such.
    """

    name: str
    sign: bytes
    counts: re.Pattern[bytes]
    escape: re.Pattern[bytes]
    decoded: Callable[[re.Match[bytes]], bytes]
    hides: re.Pattern[bytes] | None = None
    gap: int = 160
    least: int = 1
    lines: bool = False  # whether what is around a stretch may be in other lines
    holds: Callable[[bytes, int], bool] | None = None  # whether an escape that counts is one
    known: dict[bytes, bytes] = field(default_factory=dict, repr=False, compare=False)

    def char(self, match: re.Match[bytes]) -> bytes:
        """Return what an escape stands for."""
        char = self.known.get(match[0])
        if char is None:
            if len(self.known) >= _MEMO:
                self.known.clear()
            char = self.known[match[0]] = self.decoded(match)
        return char


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


_HIDDEN = rb"(?:25|3[0-9]|[46][0-9A-Fa-f]|5[0-9AaCcFf]|7[0-9Aa])"

_PERCENT = Notation(
    "percent",
    b"%",
    re.compile(rb"%(?:[3-7][0-9A-Fa-f]|2[1-9A-Fa-f]|0[AaDd])"),
    re.compile(rb"%([0-9A-Fa-f]{2})"),
    _hexadecimal,
    re.compile(rb"%" + _HIDDEN),
)
_STRING = Notation(
    "string",
    b"\\",
    re.compile(rb"\\(?:(?<=:\\/\\)/|u00(?:[2-7][0-9A-Fa-f]|0[AaDd])|x(?:[2-7][0-9A-Fa-f]|0[AaDd]))"),
    re.compile(rb"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([\"'\\/bfnrt]))"),
    _in_string,
    re.compile(rb"\\(?:u00|x)" + _HIDDEN),
)
_REFERENCE = Notation(
    "reference",
    b"&",
    re.compile(rb"&(?:amp|quot|apos|#[0-9]{2,3}|#[xX][2-7][0-9A-Fa-f]);"),
    re.compile(rb"&(?:amp|quot|apos|lt|gt|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});"),
    _reference,
    re.compile(rb"&#(?!(?:3[489]|[xX]2[267]);)"),
)
_QUOTED = Notation(
    "quoted-printable",
    b"=",
    re.compile(rb"=(?:3D|\r?\n)"),
    re.compile(rb"=(?:([0-9A-F]{2})|\r?\n)"),
    _quoted,
    re.compile(rb"=(?:40|25|26|5C)"),
    lines=True,
    holds=_is_quoted,
)
_LIST = Notation(
    "list",
    b"0x",
    re.compile(rb"0x(?:[2-7][0-9A-Fa-f]|0[9AaDd])\b(?:,\s{0,32})?"),
    re.compile(rb"0x([0-9A-Fa-f]{2})\b(?:,\s{0,32})?"),
    _hexadecimal,
    gap=0,
    least=16,
)
NOTATIONS = (_PERCENT, _STRING, _REFERENCE, _QUOTED, _LIST)
_OF_CHARACTERS = (_PERCENT, _STRING, _REFERENCE)

_Found: TypeAlias = list[re.Match[bytes]]


class _Ends:
    """Finds where the matches of some expressions end, in order. There are none without Hyperscan."""

    def __init__(self, *expressions: bytes) -> None:
        self._scan = scanner(tuple((expression, False) for expression in expressions))
        self._ends: list[list[int]] = [[] for _ in expressions]
        adds = [ends.append for ends in self._ends]

        def note(number: int, start: int, end: int, flags: int, context: object) -> None:
            adds[number](end)

        self._note = note

    def __call__(self, data: bytes) -> list[list[int]]:
        """Return them by expression; they are forgotten at the next call."""
        for ends in self._ends:
            ends.clear()
        if self._scan is not None:
            self._scan(data, self._note)
        return self._ends


class Signs:
    """Finds the escapes that count, of all notations. To be used by one thread at a time."""

    def __init__(self, *, compiled: bool = True) -> None:
        """Make it ready; `compiled`: with Hyperscan, where there is one."""
        self._compiled = compiled and scanner(((_COARSE, False),)) is not None
        if self._compiled:
            self._coarse, self._numbers, self._literals = _Ends(_COARSE), _Ends(_NUMBERS), _Ends(*_LITERALS)

    def __call__(self, data: bytes) -> Iterator[tuple[Notation, _Found]]:
        """Yield the notations that `data` has, with their escapes that count, in order.

        It may leave out such as cannot be part of a stretch.
        """
        if present := [notation for notation in _OF_CHARACTERS if notation.sign in data]:
            if self._compiled and len(data) >= _SMALL:
                yield from self._of_characters(data, present)
            else:
                yield from _all(data, present)
        if not self._compiled:
            yield from _all(data, [notation for notation in (_QUOTED, _LIST) if notation.sign in data])
            return
        places: list[int] = []
        if _QUOTED.sign in data:
            signs, *ends = self._literals(data)
            places = sorted(end - back for back, of in zip(_BACK, ends, strict=True) for end in of)
        else:
            (signs,) = self._numbers(data)
        numbers = _numbers(data, signs)  # before others are asked for: by then `signs` are of another text
        if found := _matches(_QUOTED, data, places):
            yield _QUOTED, found
        if numbers:
            yield _LIST, numbers

    def _of_characters(self, data: bytes, present: Sequence[Notation]) -> Iterator[tuple[Notation, _Found]]:
        (ends,) = self._coarse(data)
        if len(ends) * _DENSE > len(data):
            yield from _all(data, present)
            return
        places: dict[int, list[int]] = {notation.sign[0]: [] for notation in present}
        for end in ends:
            place = end - _COARSE_SIZE
            # of `:\\/\\/` the second one counts
            places[data[place]].append(place + 2 if data[place + 1] == ord("/") else place)
        for notation in present:
            if found := _matches(notation, data, places[notation.sign[0]]):
                yield notation, found


def _all(data: bytes, notations: Iterable[Notation]) -> Iterator[tuple[Notation, _Found]]:
    for notation in notations:
        if found := list(notation.counts.finditer(data)):
            yield notation, found


def _matches(notation: Notation, data: bytes, places: Iterable[int]) -> _Found:
    """Return the escapes that count at the places where one may be."""
    match = notation.counts.match
    return [found for place in places if (found := match(data, place)) is not None]


def _numbers(data: bytes, ends: Sequence[int]) -> _Found:
    """Return the numbers of the lists that are long enough; each of `ends` is where a number's sign does."""
    found: _Found = []
    first = 0
    for after, end in enumerate(ends, 1):
        if after < len(ends) and ends[after] - end <= _NUMBER:
            continue
        if after - first >= _LIST.least - 1:  # of the first number there may be none
            found += _LIST.counts.finditer(data, max(ends[first] - _NUMBER, 0), min(end + _NUMBER, len(data)))
        first = after
    return found


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
    whole = True  # whether the piece is all of a stretch
    for match in counting:
        place, end = match.span()
        if notation.holds is not None and not notation.holds(data, place):
            continue
        near = place - last <= notation.gap
        if places and not near:
            if len(places) >= notation.least:
                piece = _piece(data, notation, places[0], last, None, whole=whole)
                if piece is not None:
                    yield piece
            places = []
        if places and end - places[0] > _MOST:
            again = next(at for at in places if at - places[0] >= _MOST - OVERLAP)
            piece = _piece(data, notation, places[0], last, (again, notation.name), whole=False)
            if piece is not None:
                yield piece
            places, whole = [at for at in places if at >= again], False
        if places or place == resumes or (place >= first and not near):
            if not places:
                whole = place != resumes
            places.append(place)
        last = end
    if len(places) >= max(notation.least, 1):
        piece = _piece(data, notation, places[0], last, None, whole=whole)
        if piece is not None:
            yield piece


def _piece(
    data: bytes, notation: Notation, start: int, end: int, onward: Onward | None, *, whole: bool
) -> Piece | None:
    """Return the decoded text of `data[start:end]` and what is around it.

    None where it is a `whole` stretch and has nothing that could be a value.
    """
    low, high = max(start - _BEFORE, 0), min(end + _AFTER, len(data))
    if not notation.lines:
        low = max(low, data.rfind(b"\n", low, start) + 1)
        if (line_end := data.find(b"\n", end, high)) >= 0:
            high = line_end
    farthest = max(start - _WORD_BEFORE, 0)
    words = farthest + data[farthest:start].translate(_TO_BREAK).rfind(b"\n") + 1
    word = _WORD.match(data, end)
    words_end = end if word is None else word.end()
    low, high = min(low, words), max(high, words_end)
    if whole and not _may_hold(data, notation, (start, end), (words, words_end), (low, high)):
        return None
    parts: list[bytes] = []
    marks: list[Mark] = []
    at, size, char_of = low, 0, notation.char
    for match in notation.escape.finditer(data, low, high):
        first, last = match.span()
        char = char_of(match)
        size += first - at
        marks.append((size, size + len(char), first, last))
        parts += (data[at:first], char)
        size += len(char)
        at = last
    parts.append(data[at:high])
    return Piece(notation.name, start, end, b"".join(parts), Escapes(low, marks, start), onward)


def _may_hold(
    data: bytes, notation: Notation, span: tuple[int, int], words: tuple[int, int], shown: tuple[int, int]
) -> bool:
    """Whether the words of a stretch may be a value or a name of one, or hide what they are.

    A value has a digit, or an `@` as addresses and passwords in links have, or is long, or what is around it
    names a secret.
    """
    if notation.hides is None:
        return True
    if words[1] - words[0] < _SHORTEST:
        return False
    if notation.hides.search(data, *span) is not None:
        return True
    kinds = notation.escape.sub(b" ", data[slice(*words)]).translate(_KINDS)
    if b"0" in kinds or b"@" in kinds or _LETTERS in kinds:
        return True
    return _NAMES.search(data[slice(*shown)].lower()) is not None
