"""What is left of a sensitive value: a masked sample for people, a keyed fingerprint for machines."""

from __future__ import annotations

import hmac
import re

from classifier.detect.detector import Normalize
from classifier.model import Category

_RUNS = (4, 8, 16, 32)  # lengths of the masked run: enough to tell a PIN from a key, not how long it is
_NOT_DIGITS = re.compile(rb"[^0-9]+")
_NOT_ALNUM = re.compile(rb"[\x00-/:-@\[-`{-\x7f]+")
_DIGITS = 32


def masked(value: bytes, keep: tuple[int, int]) -> str:
    """Return a sample of `value`: its `keep` first and last characters at most, never over a third of it.

    The run in between has one of a few lengths. Characters that do not print (controls, line breaks, marks
    that turn the writing direction, bytes that are no UTF-8) stand as escapes.
    """
    text = value.decode("utf-8", "surrogateescape")
    first, last = keep
    shown = min(len(text) // 3, first + last)
    tail = min(last, max(shown - first, -(-shown * last // (first + last)))) if shown else 0
    head = shown - tail
    hidden = len(text) - shown
    run = "*" * next((length for length in _RUNS if hidden <= length), _RUNS[-1])
    return _printable(text[:head]) + run + _printable(text[len(text) - tail :])


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # a byte that surrogateescape carried
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


def fingerprint(key: bytes, category: Category, value: bytes, normalize: Normalize) -> str:
    """Return the first 32 hexadecimal digits of HMAC-SHA-256 (RFC 2104) over the category and the value.

    The value is normalised first, so that `4111 1111…` and `4111-1111…` are one; the category is part of the
    message and the detector is not, so that two detectors of a category give one value one fingerprint.
    """
    message = category.encode() + b"\x00" + normalised(value, normalize)
    return hmac.digest(key, message, "sha256").hex()[:_DIGITS]


def normalised(value: bytes, how: Normalize) -> bytes:
    """Return what all spellings of a value share: its digits, its letters and digits, its lower case."""
    if how == "digits":
        normal = _NOT_DIGITS.sub(b"", value)
    elif how == "alnum":
        normal = _NOT_ALNUM.sub(b"", value).upper()
    elif how == "lower":
        normal = value.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")
    else:
        normal = value
    return normal or value  # a value without any such character is still itself
