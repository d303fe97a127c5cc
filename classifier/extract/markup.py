"""HTML (WHATWG, living standard) and XML 1.0 as text: between tags, in attributes, comments and scripts.

Tags are found one after the other and no tree is made: neither depth nor size is a matter of memory, no
entity is looked up but the predefined ones, nothing is fetched, and each piece of text knows its byte
offsets.
"""

from __future__ import annotations

import html
import re
from collections.abc import Generator, Iterator
from functools import partial

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.encoding import RAW, Encoding
from classifier.extract.part import Head, Part
from classifier.extract.pieces import Piece, prose, source_length
from classifier.extract.transcode import ByteMap, open_text
from classifier.model import Location, Problem, Reason

_STEP = 1 << 18
_LONGEST = 1 << 20  # bytes of one tag, comment or stretch of text; longer ones are cut
_TOKEN = re.compile(
    rb"<!--(?P<comment>.*?)(?:-->|\Z)"
    rb"|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    rb"|<(?P<other>[!?](?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>"
    rb"|<(?P<close>/?)(?P<name>[A-Za-z_\x80-\xff][^\s/>]*+)"
    rb"(?P<attributes>(?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL,
)
_ENTITY = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_RAW_TEXT = {
    name: re.compile(rb"</" + name + rb"(?=[\s/>])", re.IGNORECASE)
    for name in (b"script", b"style", b"textarea", b"title", b"xmp")
}
_ESCAPED = (_RAW_TEXT[b"textarea"], _RAW_TEXT[b"title"])
# Tags that are within a line of text: what is on both sides of them is one word.
_INLINE = frozenset(
    b"a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rb rp rt rtc "
    b"ruby s samp small span strike strong sub sup time tt u var wbr".split()
)
_CELLS = frozenset((b"td", b"th"))
_PLAIN = re.compile(rb"(?i)\?xml[\s?]|!doctype\s+\w+\s*(?:public\b|system\b|$)")
_TAIL = 64  # bytes that an entity or the end of a script may still need
_MARK = 512  # bytes of text between two offsets in another encoding
_NAMES = 3  # elements around a text that name it
_MENDED = 8  # elements that one end tag may end
_MARKED_XML = re.compile(rb"\s*+<\?xml[\s?]")
_HTML_START = re.compile(
    rb"(?is)\s*+(?:<!--.*?-->\s*+)*+(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<(?:script|title|meta|div|table|p|h1|center|iframe)\b[^<]*>)"
)
_XML_START = re.compile(
    rb"(?s)\s*+(?:<!--.*?-->\s*+|<\?.*?\?>\s*+|<!DOCTYPE(?:[^\[<>]|\[.*?\]\s*>)*+>?\s*+)*+<[A-Za-z_][\w.:-]*+"
    rb"(?:\s+[\w.:-]++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+\s*+/?>"
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{2,40})[\"']")
_META = re.compile(rb"(?i)<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9._-]{2,40})")


class Html(Format):
    """The text of a page, with what its tags, comments and scripts hold."""

    name = "html"
    facts = Facts(
        title="HTML, XHTML",
        group="Text and structured text",
        extensions=("html", "htm", "xhtml", "shtml"),
        recognised="a document type or one of the first tags",
        library="own tokenizer",
        location="byte offsets, line",
        limits="a tag, comment or paragraph of 1 MiB (longer ones are cut)",
        unread="nothing; scripts and styles are text",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        if head.first != b"<" or head.binary:
            return None
        return partial(_read, self.name, True) if _HTML_START.match(head.text[:4096]) else None


class Xml(Format):
    """The text and the attributes of a document, each with the element that it is in."""

    name = "xml"
    facts = Facts(
        title="XML, RSS, SVG, plist, KML",
        group="Text and structured text",
        extensions=("xml", "svg", "rss", "atom", "plist", "kml", "gpx", "xsd", "xsl", "xslt", "wsdl", "pom"),
        recognised="an XML declaration, or a first element",
        library="own tokenizer",
        location="byte offsets, line, path of elements",
        limits="depth (paths end there, the text is searched); a tag or text of 1 MiB (longer ones are cut)",
        unread="entities that the document declares are not replaced; their declarations are text",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        if head.first != b"<" or head.binary:
            return None
        text = head.text[:16384]
        return partial(_read, self.name, False) if _MARKED_XML.match(text) or _XML_START.match(text) else None


def _read(name: str, is_html: bool, part: Part, work: Work) -> Iterator[Item]:
    encoding = _declared(part.head, is_html)
    yield from prose(part, name, _Tokens(part, work, encoding, is_html).pieces(), work.limits)


def _declared(head: Head, is_html: bool) -> Encoding:
    """Return the encoding: what the bytes show goes before what the document says."""
    found = head.encoding or RAW
    said = (_META if is_html else _DECLARED).search(head.text[:2048])
    if found.bom or (found.codec or "").startswith("utf") or said is None or head.sample.isascii():
        return found
    from codecs import lookup

    try:
        codec = lookup(said.group(1).decode("ascii")).name
        head.sample[:4096].decode(codec, "ignore")
    except (LookupError, ValueError):
        return found
    if codec == "utf-8":
        return found
    if codec in ("iso8859-1", "ascii"):
        codec = "cp1252"  # as browsers read it
    return found if found.codec is None and _is_utf8(head.sample) else Encoding(codec)


def _is_utf8(sample: bytes) -> bool:
    try:
        sample[: len(sample) - 3].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(sample) - 8
    return True


class _Tokens:
    """One document's tokens as pieces."""

    def __init__(self, part: Part, work: Work, encoding: Encoding, is_html: bool) -> None:
        self._part = part
        self._limit = work.limits.json_depth
        self._codec = encoding.codec or ""
        self._text = open_text(part.stream(), encoding)
        self._handler = self._text.errors
        self._is_html = is_html
        self._path: list[str] = []
        self._deeper = 0
        self._too_deep = False
        self._runs: list[tuple[int, bytes]] = []  # of the paragraph under way: source offset, text
        self._line = self._run_line = 1
        self._raw: re.Pattern[bytes] | None = None  # what ends the script that is open
        self._buffer = b""
        self._counted = 0  # how far lines were counted in the buffer
        self._map: ByteMap | None = None

    def pieces(self) -> Iterator[Piece | Problem]:
        blocks = self._text.blocks()
        base, ended = 0, False
        while not ended:
            gathered = [self._buffer]
            size = 0
            while size < _STEP and not ended:
                block = next(blocks, None)
                ended = block is None
                gathered.append(block or b"")
                size += len(gathered[-1])
            self._buffer = b"".join(gathered)
            self._map = self._text.map(base, base + len(self._buffer))
            self._counted = 0
            done = yield from self._tokens(ended)
            self._count(done)
            base += done
            self._buffer = self._buffer[done:]
        yield from self._flush()

    def _tokens(self, ended: bool) -> Generator[Piece | Problem, None, int]:
        """Yield the pieces of the buffer and return how much of it is done with."""
        buffer, at = self._buffer, 0
        while at < len(buffer):
            if self._raw is not None:
                found = self._raw.search(buffer, at)
                escaped = self._raw in _ESCAPED
                if found is None:
                    end = len(buffer) if ended else max(len(buffer) - _TAIL, at)
                    self._add(at, end, entities=escaped)
                    return end
                self._add(at, found.start(), entities=escaped)
                at, self._raw = found.start(), None
            token = _TOKEN.search(buffer, at)
            if token is None or (not ended and token.end() == len(buffer) and token["name"] is None):
                end = len(buffer) if ended else self._safe_end(at)
                self._add(at, end)
                return end
            self._add(at, token.start())
            yield from self._token(token)
            at = token.end()
        return at

    def _safe_end(self, at: int) -> int:
        """Return where the text ends that can be taken before more is read: nothing is cut in two."""
        buffer = self._buffer
        end = buffer.rfind(b"<", at)
        if end < 0:
            end = len(buffer)
            amp = buffer.rfind(b"&", max(end - _TAIL, at))
            end = amp if amp >= 0 else end
            while end > at and end < len(buffer) and buffer[end] & 0xC0 == 0x80:
                end -= 1
        return end if len(buffer) - end <= _LONGEST else len(buffer)

    def _token(self, token: re.Match[bytes]) -> Iterator[Piece | Problem]:
        kind = token.lastgroup
        if kind == "comment":
            yield from self._apart(*token.span("comment"))
        elif kind == "cdata":
            self._add(*token.span("cdata"), entities=False)
        elif kind == "other":
            if not _PLAIN.match(token["other"]):
                yield from self._apart(*token.span("other"))
        else:
            yield from self._tag(token)

    def _tag(self, token: re.Match[bytes]) -> Iterator[Piece | Problem]:
        name, closes = token["name"], bool(token["close"])
        if self._is_html:
            name = name.lower()
            if name in _CELLS:
                if closes:
                    self._runs.append((-1, b"\t"))
            elif name not in _INLINE:
                yield from self._flush()
        else:
            yield from self._flush()
        attributes = token["attributes"]
        if attributes and not closes and b"=" in attributes:
            yield from self._apart(*token.span("attributes"))
        if self._is_html:
            if not closes:
                self._raw = _RAW_TEXT.get(name)
        elif closes:
            self._leave(name)
        elif not attributes.endswith(b"/"):
            yield from self._enter(name)

    def _enter(self, name: bytes) -> Iterator[Problem]:
        if len(self._path) < self._limit:
            self._path.append(name.decode("utf-8", "replace"))
            return
        self._deeper += 1
        if not self._too_deep:
            self._too_deep = True
            detail = "searched without paths there"
            yield Problem(self._part.label, Reason.JSON_NESTING_LEVEL_OVER_LIMIT, detail, lost=False)

    def _leave(self, name: bytes) -> None:
        if self._deeper:
            self._deeper -= 1
        elif self._path and name.decode("utf-8", "replace") in self._path[-_MENDED:]:
            while self._path.pop() != name.decode("utf-8", "replace"):
                pass

    def _add(self, start: int, end: int, entities: bool = True) -> None:
        """Add a stretch of the buffer to the paragraph."""
        if start >= end or (not self._runs and self._buffer[start:end].isspace()):
            return
        if not self._runs:
            self._count(start)
            self._run_line = self._line
        at = start
        if entities and self._buffer.find(b"&", start, end) >= 0:
            for entity in _ENTITY.finditer(self._buffer, start, end):
                text = html.unescape(entity.group().decode("ascii")).encode("utf-8", "replace")
                self._run(at, entity.start())
                self._runs.append((self._source(entity.start()), text))
                at = entity.end()
        self._run(at, end)

    def _run(self, start: int, end: int) -> None:
        step = _MARK if self._codec else end - start
        while start < end:
            after = min(start + step, end)
            while after < end and self._buffer[after] & 0xC0 == 0x80:
                after += 1
            self._runs.append((self._source(start), self._buffer[start:after]))
            start = after

    def _source(self, offset: int) -> int:
        assert self._map is not None
        return self._map.source(self._buffer, offset)

    def _count(self, offset: int) -> None:
        if offset > self._counted:
            self._line += self._buffer.count(b"\n", self._counted, offset)
            self._counted = offset

    def _apart(self, start: int, end: int) -> Iterator[Piece]:
        """Yield a stretch that is not part of the paragraph: a comment, attributes."""
        runs, line = self._runs, self._run_line
        self._runs = []
        self._add(start, end)
        yield from self._flush()
        self._runs, self._run_line = runs, line

    def _flush(self) -> Iterator[Piece]:
        """Yield the paragraph."""
        runs, self._runs = self._runs, []
        text: list[bytes] = []
        marks: list[tuple[int, int]] = []
        size = 0
        for source, run in runs:
            if source >= 0:
                marks.append((size, source))
            text.append(run)
            size += len(run)
        whole = b"".join(text)
        kept = whole.strip()
        if not kept:
            return
        shift = len(whole) - len(whole.lstrip())
        line = self._run_line + whole.count(b"\n", 0, shift)
        if shift:
            marks = _shifted(marks, shift, self._codec, self._handler, whole)
        first = marks[0][1] if marks else None
        yield Piece(
            kept.decode("utf-8", self._handler),
            Location(byte_start=first, line=line),
            tuple(self._path[-_NAMES:]),
            marks=tuple(marks),
            codec=self._codec,
        )


def _shifted(
    marks: list[tuple[int, int]], shift: int, codec: str, handler: str, whole: bytes
) -> list[tuple[int, int]]:
    """Return the marks of a text without its first `shift` bytes, which are white space."""
    before = [mark for mark in marks if mark[0] <= shift]
    if not before:
        return [(text - shift, source) for text, source in marks]
    text, source = before[-1]
    skipped = source_length(whole[text:shift], codec)
    return [(0, source + skipped), *((at - shift, origin) for at, origin in marks if at > shift)]
