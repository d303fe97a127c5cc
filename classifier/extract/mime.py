"""Internet messages (RFC 5322) and their parts (RFC 2045 to 2047, 2231), with the bytes that each value
stands at.

Headers and plain bodies are located in the message's own bytes, whatever their transfer encoding; a body in
HTML and an attachment are parts of their own, read by their formats.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header
from urllib.parse import unquote_to_bytes

import numpy as np

from classifier.extract.base import Item, Work
from classifier.extract.encoding import detect
from classifier.extract.flow import Flow
from classifier.extract.part import Part
from classifier.model import Problem, Reason

_DEPTH = 32  # multiparts in each other
_HEADERS = 1 << 20  # bytes of the headers of one part
_HEADER = re.compile(rb"([!-9;-~]{1,76})[ \t]*:[ \t]?([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)\r?\n?")
_PARAMETER = re.compile(r';\s*([A-Za-z0-9_-]+)(\*?\d*\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]*)')
_ESCAPES = re.compile(rb"(?:=(?:[0-9A-Fa-f]{2}|[ \t]*(?:\r?\n|\Z)))+")
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_STEP = 1 << 16
_MEDIA_NAMES = {"html": "body.html", "rtf": "body.rtf", "calendar": "body.ics", "x-vcard": "body.vcf"}


@dataclass(slots=True)
class _Entity:
    """One part's headers that say how to read it."""

    media: str = "text/plain"
    charset: str = ""
    encoding: str = ""
    boundary: bytes = b""
    name: str = ""
    attached: bool = False
    parameters: dict[str, str] = field(default_factory=dict)


class Message:
    """Reads one message of `data[start:end]`, whose byte 0 is at `base` in the part, into a flow.

    `members` counts the parts that are handed on, which have no name of their own.
    """

    def __init__(self, data: bytes, base: int, flow: Flow, part: Part, work: Work) -> None:
        self._data = data
        self._base = base
        self._flow = flow
        self._part = part
        self._work = work
        self._members = 0

    def read(self, start: int, end: int, depth: int = 0) -> Iterator[Item]:
        """Yield the chunks of headers and bodies, and whatever is attached."""
        entity, body = self._headers(start, end)
        yield from self._flow.ready()
        yield from self._body(entity, body, end, depth)

    def _headers(self, start: int, end: int) -> tuple[_Entity, int]:
        entity = _Entity()
        at, limit = start, min(end, start + _HEADERS)
        data = self._data
        while at < limit:
            if data.startswith((b"\r\n", b"\n"), at):
                at = data.index(b"\n", at) + 1
                break
            found = _HEADER.match(data, at, limit)
            if found is None:
                if at == start and data.startswith((b"From ", b">From "), at):
                    following = data.find(b"\n", at, limit) + 1
                    self._flow.put(_decoded(data[at : following or limit], ""), self._base + at)
                    at = following or limit
                    continue
                break
            self._header(entity, found)
            at = found.end()
        self._flow.line()
        return entity, at

    def _header(self, entity: _Entity, found: re.Match[bytes]) -> None:
        name = found[1].decode("ascii", "replace")
        raw = found[2]
        at = self._base + found.start(2)
        if b"=?" in raw:
            self._flow.value((name,), _unworded(raw), at, len(raw))
        elif raw.isascii() and b"\n" not in raw:
            self._flow.value((name,), raw.decode("ascii"), at)
        else:
            text = _decoded(raw, "")
            unfolded = re.sub(r"\r?\n[ \t]", " ", text)
            self._flow.value((name,), unfolded, at, len(raw))
        lower = name.lower()
        if lower == "content-type":
            value = re.sub(r"\r?\n", "", _unworded(raw))
            entity.media = value.split(";", 1)[0].strip().lower() or "text/plain"
            entity.parameters = _parameters(value)
            entity.charset = entity.parameters.get("charset", "")
            entity.boundary = entity.parameters.get("boundary", "").encode("utf-8", "replace")
            entity.name = entity.name or entity.parameters.get("name", "")
        elif lower == "content-transfer-encoding":
            entity.encoding = raw.strip().lower().decode("ascii", "replace")
        elif lower == "content-disposition":
            value = re.sub(r"\r?\n", "", _unworded(raw))
            entity.attached = value.strip().lower().startswith("attachment")
            entity.name = _parameters(value).get("filename", "") or entity.name

    def _body(self, entity: _Entity, start: int, end: int, depth: int) -> Iterator[Item]:
        kind, _, sub = entity.media.partition("/")
        if kind == "multipart" and entity.boundary:
            if depth >= _DEPTH:
                yield Problem(
                    self._part.label,
                    Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT,
                    "multiparts in each other",
                    lost=False,
                )
                return
            for first, last in self._parts(entity.boundary, start, end):
                if self._work.budget.spent:
                    return
                if first is None:
                    self._text(entity, last[0], last[1])
                    yield from self._flow.ready()
                else:
                    yield from self.read(first, last[1], depth + 1)
            return
        plain = entity.encoding in ("", "7bit", "8bit", "binary")
        if entity.media == "message/rfc822" and plain:
            if depth >= _DEPTH:
                yield Problem(self._part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT, lost=False)
                return
            self._flow.line()
            yield from self.read(start, end, depth + 1)
            return
        if (
            kind in ("text", "message")
            and (sub not in _MEDIA_NAMES)
            and not (entity.attached and entity.name)
        ):
            self._text(entity, start, end)
            yield from self._flow.ready()
            return
        yield from self._member(entity, start, end, sub)

    def _parts(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int | None, tuple[int, int]]]:
        """Yield the bounds of a multipart's parts; those of text before and after them without a start."""
        data = self._data
        mark = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
        before: int | None = None
        at = start
        first = max(start - 2, 0)
        for found in mark.finditer(data, first, end):
            if found.end() <= start:
                continue
            border = max(found.start(), start)
            if before is None:
                if border > at:
                    yield None, (at, border)
            else:
                yield before, (before, border)
            following = data.find(b"\n", found.end(), end)
            at = before = end if following < 0 else following + 1
            if found[1]:
                before = None
                break
        if before is not None:
            yield before, (before, end)
        elif at < end:
            yield None, (at, end)

    def _text(self, entity: _Entity, start: int, end: int) -> None:
        """Put a body of text, as it reads without its transfer encoding."""
        flow = self._flow
        flow.line()
        if entity.encoding == "quoted-printable":
            self._quoted(entity, start, end)
        elif entity.encoding == "base64":
            raw, places = _base64(self._data[start:end])
            codec = _codec(raw[: 1 << 14], entity.charset)
            at = 0
            for line in raw.splitlines(keepends=True):
                first = self._base + start + int(places[at // 3 * 4]) if at // 3 * 4 < len(places) else -1
                last = min((at + len(line) - 1) // 3 * 4 + 3, len(places) - 1)
                flow.put(
                    line.decode(codec, "replace"), first, self._base + start + int(places[last]) + 1 - first
                )
                at += len(line)
        else:
            codec = _codec(self._data[start : min(end, start + (1 << 14))], entity.charset)
            for at, raw in _lines(self._data, start, end):
                self._plain(raw, at, codec)
        flow.line()

    def _plain(self, raw: bytes, at: int, codec: str) -> None:
        text = raw.decode(codec, "replace")
        exact = (codec == "utf-8" and "\ufffd" not in text) or text.encode(codec, "replace") == raw
        self._flow.put(text, self._base + at, -1 if exact else len(raw), codec)

    def _quoted(self, entity: _Entity, start: int, end: int) -> None:
        raw = self._data[start:end]
        codec = _codec(_unquoted(raw[: 1 << 14]), entity.charset)
        at = 0
        for found in _ESCAPES.finditer(raw):
            if found.start() > at:
                self._plain(raw[at : found.start()], start + at, codec)
            at = found.end()
            written = found[0]
            held = bytes(int(digits, 16) for digits in _HEX.findall(written))
            self._flow.put(held.decode(codec, "replace"), self._base + start + found.start(), len(written))
        self._plain(raw[at:], start + at, codec)

    def _member(self, entity: _Entity, start: int, end: int, sub: str) -> Iterator[Item]:
        work, part = self._work, self._part
        if not work.budget.member():
            return
        if part.depth >= work.limits.archive_depth:
            yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
            return
        raw = self._data[start:end]
        if entity.encoding == "base64":
            raw = _base64(raw)[0]
        elif entity.encoding == "quoted-printable":
            raw = _unquoted(raw)
        elif entity.encoding in ("x-uuencode", "uuencode", "x-uue"):
            raw = _uudecoded(raw)
        if sub in _MEDIA_NAMES and entity.charset.lower() not in ("", "utf-8", "us-ascii"):
            codec = _codec(raw[: 1 << 14], entity.charset)
            raw = raw.decode(codec, "replace").encode()
        raw = raw[: work.budget.expand(len(raw))]
        self._members += 1
        name = entity.name or _MEDIA_NAMES.get(sub, f"part{self._members}")
        if raw.strip():
            yield from work.read(Part(part.member(name), name, part.depth + 1, iter([raw])), work)


def _lines(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield stretches of whole lines and where they start."""
    while start < end:
        stop = min(start + _STEP, end)
        if stop < end:
            stop = data.rfind(b"\n", start, stop) + 1 or stop
        yield start, data[start:stop]
        start = stop


def _codec(sample: bytes, charset: str) -> str:
    """Return the codec of a body: the one that is told, where Python has it and it is one of text."""
    name = charset.strip().strip("'\"").lower()
    if name and name not in ("us-ascii", "ascii", "unknown-8bit", "default"):
        try:
            if isinstance(b"".decode(name), str):
                return "cp1252" if name in ("iso-8859-1", "latin1") else name
        except (LookupError, UnicodeError, ValueError):
            pass
    if sample.isascii():
        return "utf-8"
    encoding = detect(sample, False)
    return encoding.codec if encoding is not None and encoding.codec else "utf-8"


def _decoded(raw: bytes, charset: str) -> str:
    return raw.decode(_codec(raw, charset), "replace")


def _unworded(raw: bytes) -> str:
    """A header's value with its encoded words decoded (RFC 2047), unfolded."""
    text = re.sub(r"\r?\n[ \t]+", " ", _decoded(raw, ""))
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
    except (ValueError, binascii.Error, LookupError):
        return text
    out: list[str] = []
    for piece, charset in pieces:
        if isinstance(piece, str):
            out.append(piece)
        else:
            out.append(piece.decode(_codec(piece, charset or ""), "replace"))
    return "".join(out)


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a header's value, continued and encoded ones too (RFC 2231)."""
    found: dict[str, str] = {}
    extended: dict[str, list[tuple[int, str, bool]]] = {}
    for name, mark, raw in _PARAMETER.findall(value):
        text = re.sub(r"\\(.)", r"\1", raw[1:-1]) if raw.startswith('"') else raw
        if mark:
            digits = mark.strip("*")
            extended.setdefault(name.lower(), []).append((int(digits or 0), text, mark.endswith("*")))
        else:
            found.setdefault(name.lower(), text)
    for name, pieces in extended.items():
        pieces.sort(key=lambda piece: piece[0])
        charset, out = "utf-8", b""
        for number, (_, text, encoded) in enumerate(pieces):
            if encoded and number == 0 and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            out += unquote_to_bytes(text) if encoded else text.encode()
        found[name] = out.decode(_codec(out, charset), "replace")
    return found


def _base64(raw: bytes) -> tuple[bytes, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return what base64 decodes to, and where its characters stand."""
    codes = np.frombuffer(raw, np.uint8)
    table = np.zeros(256, np.bool_)
    table[list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")] = True
    places = np.flatnonzero(table[codes]).astype(np.int64)
    digits = codes[places].tobytes()
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)), places


def _unquoted(raw: bytes) -> bytes:
    return binascii.a2b_qp(raw)


def _uudecoded(raw: bytes) -> bytes:
    out = bytearray()
    for line in raw.splitlines():
        if line.startswith((b"begin ", b"end")) or not line:
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(out)
