"""Values of one's own, known by salted hashes only: made from a column, and found again in a text.

A list is a text file: a line of JSON that says how it was made, then a hash a line, in order, so that nothing
tells which row a value stood in. A hash is the first 16 bytes of HMAC-SHA-256 (RFC 2104) of the normalised
value under the list's own random salt. Whoever has the list can try values against it: a value of few digits
is guessed that way, so the list is to be kept as its values are.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from classifier.detect.confirm import Hit
from classifier.detect.detector import Normalize
from classifier.detect.mask import normalised
from classifier.detect.spans import Span
from classifier.detect.words import LONGEST, Offsets, Words, lowered, spaced
from classifier.errors import PackError, UsageError

FORMAT = "s3-classifier hash list"
VERSION = 1
HASH_BYTES = 16
SALT_BYTES = 32
_MOST_WORDS = 12  # of a value
_GAP = 3  # bytes between two words of a value of digits, or of digits and letters
_JOINTS = frozenset(b" -./()+_#:")
_REMEMBERED = 1 << 16
_LINE = re.compile(rb"[0-9a-f]{%d}" % (2 * HASH_BYTES))
_NO_DIGIT = re.compile(rb"[^0-9]*")
_NO_SIGN = re.compile(rb"[\x00-/:-@\[-`{-\x7f]*")
_BATCH = 10_000  # values
_LEAST = 4  # characters of a value: fewer are found everywhere


def made(values: Iterable[str], normalize: Normalize, salt: bytes = b"") -> Iterator[bytes]:
    """Yield the lines of a list of the values, without line breaks; empty values are left out.

    `salt` is SALT_BYTES random bytes of its own unless given. Raises UsageError for a value that is too short
    or too long to be looked for, by its number, without the value, and where there are none.
    """
    salt = salt or secrets.token_bytes(SALT_BYTES)
    found: set[bytes] = set()
    sizes: set[int] = set()
    counts: set[int] = set()
    kinds: set[int] = set()
    for first, batch in _batches(values):
        for number, (plain, count) in enumerate(_plains(batch, normalize), first):
            if not plain and not batch[number - first].strip():
                continue
            if len(plain) < _LEAST:
                raise UsageError(
                    f"value {number}: has fewer than {_LEAST} letters and digits; leave such rows out"
                )
            if len(plain) > LONGEST or count > _MOST_WORDS:
                raise UsageError(f"value {number}: has more than {LONGEST:,} bytes or {_MOST_WORDS} words")
            found.add(_hash(salt, plain))
            sizes.add(len(plain))
            counts.add(count)
            kinds.add(_kind(plain))
    if not found:
        raise UsageError("there are no values in this column")
    header = {
        "format": FORMAT, "version": VERSION, "algorithm": "hmac-sha256", "salt": salt.hex(),
        "normalize": normalize, "bytes": sorted(sizes), "words": sorted(counts), "kinds": sorted(kinds),
        "count": len(found),
    }  # fmt: skip
    yield json.dumps(header).encode()
    yield from sorted(value.hex().encode() for value in found)


def _batches(values: Iterable[str]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the values many at a time, on one line each, with the number of the first."""
    iterator = iter(values)
    number = 1
    while batch := list(islice(iterator, _BATCH)):
        yield number, [b" ".join(value.encode("utf-8", "surrogateescape").splitlines()) for value in batch]
        number += len(batch)


def _plains(values: Sequence[bytes], normalize: Normalize) -> Iterator[tuple[bytes, int]]:
    """Yield what is hashed of each value, and how many words that has.

    Of digits, or of letters and digits, it is those; of a text what is from the first to the last of them.
    """
    if normalize in ("digits", "alnum"):
        no_sign = _NO_DIGIT if normalize == "digits" else _NO_SIGN
        yield from (
            (b"" if no_sign.fullmatch(value) else normalised(value, normalize), 1) for value in values
        )
        return
    text = spaced(b"\n".join(values), lines=True)
    text = lowered(text) if normalize == "lower" else text
    words = Words(text)
    breaks = np.flatnonzero(words.data == ord("\n"))
    firsts = np.searchsorted(words.starts, np.concatenate(([0], breaks + 1)))
    lasts = np.append(firsts[1:], len(words.starts))
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        yield (text[words.starts[first] : words.ends[last - 1]] if last > first else b""), last - first


def _hash(salt: bytes, plain: bytes) -> bytes:
    return hmac.digest(salt, plain, "sha256")[:HASH_BYTES]


def _kind(plain: bytes) -> int:
    """Return 1 for a value with digits, plus 2 for one with letters."""
    digits = any(48 <= byte < 58 for byte in plain)
    letters = any(byte >= 0x80 or chr(byte).isalpha() for byte in plain)
    return digits + 2 * letters


class HashList:
    """The hashes of a list, ready for values to be tried."""

    def __init__(self, name: str, content: bytes) -> None:
        """Take the content of a list, `name` in messages. Raises PackError."""
        first, _, rest = content.partition(b"\n")
        header = _header(name, first)
        self._salt = bytes.fromhex(header["salt"])
        self._normalize: Normalize = header["normalize"]
        self._sizes: Sequence[int] = sorted(set(header["bytes"]))
        self._counts: Sequence[int] = sorted(set(header["words"]))
        self._kinds = np.zeros(4, dtype=np.bool_)
        self._kinds[header["kinds"]] = True
        lines = rest.split()
        for number, line in enumerate(lines, 2):
            if not _LINE.fullmatch(line):
                raise PackError(f"{name}:{number}: is no hash of {2 * HASH_BYTES} hexadecimal digits")
        if len(lines) != header["count"]:
            raise PackError(f"{name}:1: has {len(lines):,} hashes, and should have {header['count']:,}")
        pairs = np.frombuffer(bytes.fromhex(b"".join(lines).decode()), dtype=">u8").reshape(-1, 2)
        pairs = pairs.astype(np.uint64)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        self._heads, self._tails = pairs[order, 0], pairs[order, 1]
        self._known: dict[bytes, bool] = {}
        self._last: bytes | None = None
        self._spans: dict[int, int] = {}

    def __repr__(self) -> str:
        return f"HashList({len(self._heads)} values)"

    def __len__(self) -> int:
        return len(self._heads)

    def starts(self, data: bytes) -> Offsets:
        """Return where values of the list stand in the text, in order."""
        return np.array(sorted(self._found(data)), dtype=np.int64)

    def at(self, data: bytes, hits: Hit) -> list[Span]:
        """Return the longest value at each of the places that has one (None: anywhere), in order."""
        found = self._found(data)
        places = sorted(found) if hits is None else sorted(set(map(int, hits)) & found.keys())
        return [(start, start, found[start]) for start in places]

    def _found(self, data: bytes) -> dict[int, int]:
        if self._last is not data:
            self._last, self._spans = data, {}
            signs = self._normalize in ("digits", "alnum")  # which are not wrapped
            text = data if signs else spaced(lowered(data) if self._normalize == "lower" else data)
            starts, ends = self._candidates(text)
            values = [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
            if signs:
                values = [normalised(value, self._normalize) for value in values]
            real = self._on_list(values)
            for start, end in zip(starts[real].tolist(), ends[real].tolist(), strict=True):
                self._spans[start] = max(end, self._spans.get(start, 0))
        return self._spans

    def _on_list(self, plains: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which of the normalised values are on the list."""
        known = self._known
        fresh = list({plain for plain in plains if plain not in known})
        if fresh:
            digests = b"".join(_hash(self._salt, plain) for plain in fresh)
            pairs = np.frombuffer(digests, dtype=">u8").reshape(-1, 2).astype(np.uint64)
            at = np.minimum(np.searchsorted(self._heads, pairs[:, 0]), len(self._heads) - 1)
            hit = (self._heads[at] == pairs[:, 0]) & (self._tails[at] == pairs[:, 1])
            if len(known) + len(fresh) > _REMEMBERED:
                kept = {plain: known[plain] for plain in set(plains) & known.keys()}
                known = self._known = kept
            known.update(zip(fresh, hit.tolist(), strict=True))
        return np.fromiter((known[plain] for plain in plains), dtype=np.bool_, count=len(plains))

    def _candidates(self, text: bytes) -> tuple[Offsets, Offsets]:
        """Return where stretches of whole words begin and end that have the size and kind of a value."""
        words = Words(text)
        if self._normalize in ("digits", "alnum"):
            return self._joined(text, words)
        digits, letters = words.digits(), words.letters()
        fits = np.zeros(max(self._sizes) + 2, dtype=np.bool_)
        fits[list(self._sizes)] = True
        found = [(words.starts[:0], words.ends[:0])]
        for count in self._counts:
            starts, ends = words.starts[: max(len(words.starts) - count + 1, 0)], words.ends[count - 1 :]
            sizes = np.minimum(ends - starts, len(fits) - 1)
            kinds = (digits[ends] > digits[starts]) + 2 * (letters[ends] > letters[starts])
            fitting = fits[sizes] & self._kinds[kinds]
            found.append((starts[fitting], ends[fitting]))
        return _together(found)

    def _joined(self, text: bytes, words: Words) -> tuple[Offsets, Offsets]:
        """Return the stretches with so many digits, or digits and letters, whatever marks are between."""
        starts, ends = words.starts, words.ends
        if not len(starts):
            return starts, ends
        digits, letters = words.digits(), words.letters()
        signs = digits if self._normalize == "digits" else digits + letters
        gaps = np.append(starts[1:] - ends[:-1], 0)
        joint = np.zeros(256, dtype=np.bool_)
        joint[list(_JOINTS)] = True
        marks = np.concatenate(([0], np.cumsum(~joint[words.data] & (signs[1:] == signs[:-1]))))
        apart = np.zeros(len(starts), dtype=np.bool_)
        apart[:-1] = (gaps[:-1] > _GAP) | (marks[starts[1:]] > marks[ends[:-1]])
        if self._normalize == "digits":
            other = letters[ends] > letters[starts]
            apart |= other
            apart[:-1] |= other[1:]
        broken = np.concatenate(([0], np.cumsum(apart)))  # borders that no value goes over, before each word
        found = [(starts[:0], ends[:0])]
        totals = signs[ends]
        for size in self._sizes:
            wanted = signs[starts] + size
            last = np.minimum(np.searchsorted(totals, wanted), len(ends) - 1)
            first = np.arange(len(starts))
            fitting = (totals[last] == wanted) & (last >= first) & (last - first < _MOST_WORDS)
            fitting &= broken[last] == broken[first]
            if self._normalize == "digits":
                fitting &= letters[ends[last]] == letters[starts]
            kinds = (digits[ends[last]] > digits[starts]) + 2 * (letters[ends[last]] > letters[starts])
            fitting &= self._kinds[kinds]
            found.append((starts[fitting], ends[last[fitting]]))
        return _together(found)


def _together(parts: Sequence[tuple[Offsets, Offsets]]) -> tuple[Offsets, Offsets]:
    return np.concatenate([starts for starts, _ in parts]), np.concatenate([ends for _, ends in parts])


def _header(name: str, line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
        numbers = [*header["bytes"], *header["words"], *header["kinds"], header["count"]]
        right = (
            (header["format"], header["version"], header["algorithm"]) == (FORMAT, VERSION, "hmac-sha256")
            and header["normalize"] in get_args(Normalize)
            and len(bytes.fromhex(header["salt"])) >= SALT_BYTES // 2
            and all(type(number) is int and number >= 0 for number in numbers)
            and header["bytes"] and max(header["bytes"]) <= LONGEST
            and header["words"] and min(header["words"]) >= 1 and max(header["words"]) <= _MOST_WORDS
            and header["kinds"] and max(header["kinds"]) <= 3
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, RecursionError):
        right = False
    if not right:
        raise PackError(f"{name}:1: is no list of hashes; `s3-classifier detectors hash-list` makes one")
    return header  # type: ignore[no-any-return]
