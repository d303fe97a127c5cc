"""The gate in front: which lines of a text may be prose of people, and in which units they are read.

A unit is a run of such lines, or a piece of a long one. Where units begin and end follows from the text, from
its beginning on, never from how it is cut into chunks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LONGEST = 1_200  # bytes of a unit; a line may be longer and is cut at a space
_LINES = 12  # of a unit
_BLOCK = 240  # bytes of a unit that goes on after a blank line
_LEAST = 3  # letters of a line that is looked at
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" + bytes(range(0x80, 0x100))
_PLAIN = _LETTERS + b" \t\r\n0123456789.,:;'-!?()\"/"
# What programs, configuration and logs are full of; each one weighs as much as 40 bytes of text.
_SIGNS = re.compile(
    rb"\w\(\w*\)|\w\(\w+[,=.]|[{};]\s*$|=>|->|::|[A-Za-z0-9]_[A-Za-z0-9]|</?[a-zA-Z!]|(?<!\w)--?[a-z]{2,}|\$[\w{(]"
    rb"|==|!=|&&|\|\||\+=|`|\w=[\"'\w/$]|[\"']\s*:\s*[\"'\[{\d]|^\s*[#@%]\w|^\s*(?://|/\*|\*\s)|\bself\b|0x[0-9a-fA-F]{2}"
    rb"|\b[a-z]+[A-Z][a-z]|\w\.(?:py|js|ts|c|h|html?|json|ya?ml|xml|css|sh|txt|md|rst|cfg|conf|so|go|rs|rb|java)\b"
    rb"|\b(?:def|return|import|elif|endif|null|None|const|void|struct|include|printf|stdin|stdout|argv|usr|etc/)\b"
    rb"|\[[A-Z]{4,5}\]|\b(?:INFO|WARN|DEBUG|ERROR|TRACE)\b|\b\d+\.\d+\.\d+\b"
)
_WEIGHT = 40
_CODE = re.compile(
    rb"^\s*(?:(?:public|private|protected|static|final|abstract|export|async)\s+\w|class\s+\w+\s*[:({]|from\s+[\w.]+\s+import"
    rb"|(?:if|for|while|elif|else|try|except|with)\b.*:\s*$|(?:let|var|const|val)\s+\w+\s*=|[\w.-]+\s*=\s*\S"
    rb"|\d{4}-\d\d-\d\d[T ]\d\d:"
    rb"|\S+ - \S+ \[\d\d/|#include|@\w+|[A-Z_]{3,}=|SELECT |INSERT |UPDATE |CREATE |\.\. )"
)
_WORD = re.compile(rb"[A-Za-z\x80-\xff]{2,}")


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of a chunk that is read at once. `start` is where it begins in the chunk's data.

    `label` is the name that a format gives the value (a JSON key, a column's), "" in plain text.
    """

    start: int
    data: bytes = field(repr=False)
    label: str = ""


def is_prose(line: bytes) -> bool:
    """Return whether the line may have somebody's name in a sentence, a form or a list."""
    if len(line) - len(line.translate(None, _LETTERS)) < _LEAST:
        return False
    odd = len(line.translate(None, _PLAIN))
    if odd * 10 > len(line) + 30 or _CODE.search(line) is not None:
        return False
    signs = len(_SIGNS.findall(line))
    if signs and signs * _WEIGHT > len(line):
        return False
    digits = len(line) - len(line.translate(None, b"0123456789"))
    return digits * 2 < len(line) and _WORD.search(line) is not None


def units(data: bytes, start: int, stop: int, newline: bytes) -> Iterator[Unit]:
    """Yield the units that begin in `data[start:stop]`, in order; `start` begins one, or a line.

    Bytes after `stop` are those that the last one may reach into.
    """
    at, first, last, lines = start, -1, -1, 0
    while at < len(data) and (at < stop or first >= 0):
        end = data.find(newline, at)
        after = len(data) if end < 0 else end + 1
        end = len(data) if end < 0 else end
        if after - at > LONGEST:  # a line too long for a unit: a piece of it
            end = after = _cut(data, at)
        line = data[at:end]
        good = is_prose(line)
        if (
            first >= 0
            and not good
            and not line.strip()
            and last - first < _BLOCK
            and at - last <= len(newline)
        ):
            at = after  # a blank line in a letter's head or a form
            continue
        if first >= 0 and (not good or last - first + end - at > LONGEST or lines >= _LINES):
            yield Unit(first, data[first:last])
            first = -1
            if at >= stop:
                return
        if good:
            if first < 0:
                first, lines = at, 0
            last = end
            lines += 1
        at = after
    if first >= 0:
        yield Unit(first, data[first:last])


def _cut(data: bytes, at: int) -> int:
    """Return where a piece of a long line ends: after a sentence, a word, or a character."""
    for mark, least in ((b". ", LONGEST // 2), (b" ", 1)):
        end = data.rfind(mark, at + least, at + LONGEST)
        if end > at:
            return end + 1
    end = at + LONGEST
    while end > at + 1 and end < len(data) and data[end] & 0xC0 == 0x80:
        end -= 1
    return end


def signs(text: bytes) -> int:
    """Return how many signs of code, configuration or logs there are in the text."""
    return sum(len(_SIGNS.findall(line)) + bool(_CODE.search(line)) for line in text.splitlines())
