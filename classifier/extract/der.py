"""DER (ITU-T X.690): the elements of certificates and keys, with their offsets, as far as names and kinds
go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_DEPTH = 24
_ELEMENTS = 100_000
SEQUENCE, INTEGER, OCTETS, OID = 0x30, 0x02, 0x04, 0x06
_STRINGS = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin_1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
    0x81: "ascii",  # of a subjectAltName (RFC 5280, 4.2.1.6): an address,
    0x82: "ascii",  # a host
    0x86: "ascii",  # and a URI
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, the bounds of its content, and the elements around it."""

    tag: int
    start: int
    end: int
    depth: int


def elements(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Element]:
    """Yield the elements from `start` on, those in others after these; stops where there is no more DER.

    Octet strings that hold a sequence are looked into.
    """
    stack = [(start, len(data) if end is None else end, 0)]
    for _ in range(_ELEMENTS):
        if not stack:
            return
        at, last, depth = stack.pop()
        if at >= last:
            continue
        found = header(data, at, last)
        if found is None:
            continue
        tag, first, after = found
        stack.append((after, last, depth))
        yield Element(tag, first, after, depth)
        holds = tag & 0x20 or (
            tag == OCTETS and data[first : first + 1] == b"\x30" and _fits(data, first, after)
        )
        if holds and depth < _DEPTH:
            stack.append((first, after, depth + 1))


def header(data: bytes, at: int, last: int) -> tuple[int, int, int] | None:
    """Return tag and bounds of the content of the element at `at`; None where there is none before `last`."""
    if at + 2 > last or data[at] & 0x1F == 0x1F:
        return None
    size, first = data[at + 1], at + 2
    if size & 0x80:
        width = size & 0x7F
        if not 1 <= width <= 4 or first + width > last:
            return None
        size, first = int.from_bytes(data[first : first + width], "big"), first + width
    return None if first + size > last else (data[at], first, first + size)


def _fits(data: bytes, at: int, last: int) -> bool:
    found = header(data, at, last)
    return found is not None and found[2] == last


def dotted(raw: bytes) -> str:
    """Return an object identifier in numbers and dots."""
    if not raw:
        return ""
    numbers = [str(min(raw[0] // 40, 2)), str(raw[0] - 40 * min(raw[0] // 40, 2))]
    value = 0
    for byte in raw[1:]:
        value = value << 7 | byte & 127
        if not byte & 128:
            numbers.append(str(value))
            value = 0
    return ".".join(numbers)


def text(data: bytes, element: Element) -> tuple[str, str] | None:
    """Return a string and its codec; None where the element is none."""
    codec = _STRINGS.get(element.tag)
    if codec is None:
        return None
    shown = data[element.start : element.end].decode(codec, "replace")
    return (shown, codec) if shown.strip() and shown.isprintable() else None
