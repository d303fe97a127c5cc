"""PDF (ISO 32000): the text of each page with its place, annotations, form fields, attachments, properties.

pypdfium2 reads it, a page at a time. A location is the page and a box on it; a link or form field has
that of its annotation. Scripts are never run, and nothing outside the file is fetched.
"""

from __future__ import annotations

import ctypes
import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.extract import ocr, salvage
from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.extract.vocabularies import OWN_DATA
from classifier.extract.xml_text import XmlText
from classifier.model import Location, Problem, Reason

if TYPE_CHECKING:
    import pypdfium2

Box: TypeAlias = tuple[float, float, float, float]

_HELD = 64 << 20  # a larger file is read in pieces
_ANNOTATIONS = 5000  # of a page
_STRING = 1 << 22  # bytes of one string of an annotation or form
_ATTACHMENT = 256 << 20
_OUTLINE = 10_000
_TAIL = 100  # pages that are read from the end of a document with more than the limit
_PASSWORD = 4  # FPDF_ERR_PASSWORD
_UNMAPPED = re.compile("[\ufffe\uffff\x00\x02\x03]")
_BETWEEN = re.compile("(?<=\\d)[\x02\ufffe]|[\x02\ufffe](?=\\d)")
_SIGNS = {0x02: "\u00ad", 0xFFFE: "\u00ad", 0xFFFF: " ", 0x00: " ", 0x03: " "}
_XMP = re.compile(rb"<x:xmpmeta\b.{0,1048576}?</x:xmpmeta>", re.DOTALL)
_KEYS = (b"Contents", b"T", b"Subj", b"RC", b"DA", b"NM", b"Desc")
_NAMES = {"Contents": "Comment", "T": "Author", "Subj": "Subject"}
_WIDGET = 20  # FPDF_ANNOT_WIDGET
_IMAGE = 3  # FPDF_PAGEOBJ_IMAGE


class Pdf(Format):
    """A PDF document."""

    name = "pdf"
    isolated = True
    pictures = True
    facts = Facts(
        title="PDF",
        group="Documents",
        extensions=("pdf",),
        recognised="%PDF- in the first 1,024 bytes",
        library="pypdfium2",
        location="page and box (in points); attachments by part",
        limits="pages",
        unread="text of pictures without the extra ocr",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if b"%PDF-" in head.sample[:1024] and not head.sample.startswith(b"PK") else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        import pypdfium2 as pdfium

        file = part.open(work.limits.spool_bytes)
        if file is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a PDF this large"))
        head = file.read(_HELD + 1)
        source: Any = head if len(head) <= _HELD else file
        try:
            document = pdfium.PdfDocument(source)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) == _PASSWORD:
                raise Unreadable(Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted")) from error
            yield from salvage.streams(part, head, self.name, work)
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken PDF", lost=False)
            return
        try:
            yield from _Document(document, part, work).read(head)
        finally:
            document.close()


class _Document:
    def __init__(self, document: pypdfium2.PdfDocument, part: Part, work: Work) -> None:
        import pypdfium2.raw as raw

        self._document = document
        self._part = part
        self._work = work
        self._raw: Any = raw
        self._flow = Flow(part.label, "pdf", work.limits.chunk_bytes)
        self._attached: list[tuple[str, Any]] = []
        self._fields = False
        self._scanned: list[int] = []
        self._boxes = _Boxes(raw)

    def read(self, head: bytes) -> Iterator[Item]:
        import logging

        import pypdfium2 as pdfium

        flow, part = self._flow, self._part
        logging.getLogger("pypdfium2").disabled = True
        try:
            self._fields = bool(self._document.init_forms())
        except pdfium.PdfiumError:
            self._fields = False
        count = len(self._document)
        limit = self._work.limits.pages
        pages = list(range(min(count, limit)))
        if count > limit:
            pages = [*range(limit - min(_TAIL, limit // 2)), *range(count - min(_TAIL, limit // 2), count)]
        broken = 0
        for index in pages:
            try:
                page = self._document[index]
            except pdfium.PdfiumError:
                broken += 1
                continue
            try:
                self._page(page, index + 1)
            except pdfium.PdfiumError:
                broken += 1
            finally:
                page.close()
            yield from flow.ready()
        flow.place(Location())
        self._properties(head)
        yield from flow.rest()
        yield from self._forms()
        yield from self._attachments()
        if not count or (pages and broken == len(pages)):
            yield from salvage.streams(part, head, "pdf", self._work)
        if broken or not count:
            yield Problem(part.label, Reason.MALFORMED_FILE, "pages that cannot be read", lost=not flow.came)
        if count > limit:
            yield Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, f"more than {limit} pages", lost=False)
        if self._scanned:
            yield from ocr.pages(self._document, self._scanned, part, self._work)

    def _page(self, page: pypdfium2.PdfPage, number: int) -> None:
        flow = self._flow
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_range()
            if text.strip():
                self._lines(text, text_page, number)
            elif self._has_picture(page):
                self._scanned.append(number)
        finally:
            text_page.close()
        self._annotations(page, number)
        flow.line()

    def _lines(self, text: str, text_page: pypdfium2.PdfTextPage, number: int) -> None:
        """Put a page's text: a box around each line, and around what may be a value in it."""
        flow = self._flow
        if text_page.count_chars() == len(text):
            index_of = None
        else:
            convert, page = self._raw.FPDFText_GetCharIndexFromTextIndex, text_page.raw
            index_of = lambda at: convert(page, at)  # noqa: E731
        starts, which, corners = _boxed(text)
        if not starts.size:
            flow.put(text)
            return
        characters = corners.tolist()
        asked = characters if index_of is None else [index_of(at) for at in characters]
        at = self._boxes.of(text_page, asked)
        flow.place(Location(page=number))
        flow.put_boxed(_shown(text), starts, which, at)

    def _has_picture(self, page: pypdfium2.PdfPage) -> bool:
        raw = self._raw
        count = min(raw.FPDFPage_CountObjects(page), 1000)
        return any(
            raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page, number)) in (_IMAGE, 5)
            for number in range(count)
        )

    def _annotations(self, page: pypdfium2.PdfPage, number: int) -> None:
        raw, flow = self._raw, self._flow
        count = min(raw.FPDFPage_GetAnnotCount(page), _ANNOTATIONS)
        for index in range(count):
            annotation = raw.FPDFPage_GetAnnot(page, index)
            if not annotation:
                continue
            try:
                flow.place(Location(page=number, box=self._rectangle(annotation)))
                if raw.FPDFAnnot_GetSubtype(annotation) == _WIDGET:
                    self._field(annotation)
                    continue
                for key in _KEYS[:3]:
                    text = self._string(
                        lambda b, n, a=annotation, k=key: raw.FPDFAnnot_GetStringValue(a, k, b, n)
                    )
                    flow.value((_NAMES[key.decode()],), text)
                self._link(annotation)
                attached = raw.FPDFAnnot_GetFileAttachment(annotation)
                if attached:
                    self._attached.append((f"page{number}", attached))
            finally:
                raw.FPDFPage_CloseAnnot(annotation)

    def _field(self, annotation: Any) -> None:
        if not self._fields:
            return
        raw, env = self._raw, self._document.formenv
        name = self._string(lambda b, n: raw.FPDFAnnot_GetFormFieldName(env, annotation, b, n))
        other = self._string(lambda b, n: raw.FPDFAnnot_GetFormFieldAlternateName(env, annotation, b, n))
        value = self._string(lambda b, n: raw.FPDFAnnot_GetFormFieldValue(env, annotation, b, n))
        names = tuple(word for word in (name, other) if word)
        self._flow.value(names, value)
        for option in range(min(raw.FPDFAnnot_GetOptionCount(env, annotation), 500)):
            label = self._string(
                lambda b, n, o=option: raw.FPDFAnnot_GetOptionLabel(env, annotation, o, b, n)
            )
            self._flow.value(names, label)

    def _link(self, annotation: Any) -> None:
        raw = self._raw
        link = raw.FPDFAnnot_GetLink(annotation)
        action = raw.FPDFLink_GetAction(link) if link else None
        if not action:
            return
        size = min(raw.FPDFAction_GetURIPath(self._document, action, None, 0), _STRING)
        if size > 1:
            buffer = ctypes.create_string_buffer(size)
            raw.FPDFAction_GetURIPath(self._document, action, buffer, size)
            self._flow.value(("Link",), buffer.value.decode("utf-8", "replace"))

    def _rectangle(self, annotation: Any) -> Box | None:
        rectangle = self._raw.FS_RECTF()
        if not self._raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rectangle)):
            return None
        low, high = sorted((rectangle.bottom, rectangle.top))
        return (round(rectangle.left, 1), round(low, 1), round(rectangle.right, 1), round(high, 1))

    def _string(self, get: Callable[..., int]) -> str:
        """Return a UTF-16 string of pdfium's, which is asked for its size first."""
        size = min(get(None, 0), _STRING)
        if size <= 2:
            return ""
        buffer = ctypes.create_string_buffer(size)
        get(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
        return buffer.raw[: size - 2].decode("utf-16-le", "replace").replace("\r", "\n")

    def _properties(self, head: bytes) -> None:
        flow = self._flow
        for name, value in self._document.get_metadata_dict(skip_empty=True).items():
            flow.value((name,), value)
        for number, mark in enumerate(self._document.get_toc(max_depth=15)):
            if number >= _OUTLINE:
                break
            flow.line()
            flow.put(mark.get_title())
        flow.line()
        for found in _XMP.finditer(head):
            xmp = Flow(None, "pdf", 1 << 30)
            for _ in XmlText(xmp, OWN_DATA, 64).read([found[0]]):
                pass
            for chunk in xmp.rest():
                flow.put(chunk.data.decode("utf-8", "replace"), found.start(), len(found[0]))
            break

    def _forms(self) -> Iterator[Item]:
        """XFA forms: packets of XML, in which the values are."""
        raw, work = self._raw, self._work
        for index in range(min(max(raw.FPDF_GetXFAPacketCount(self._document), 0), 100)):
            needed = ctypes.c_ulong()
            raw.FPDF_GetXFAPacketContent(self._document, index, None, 0, ctypes.byref(needed))
            size = needed.value
            if not 0 < size <= _ATTACHMENT:
                continue
            buffer = ctypes.create_string_buffer(size)
            if raw.FPDF_GetXFAPacketContent(self._document, index, buffer, size, ctypes.byref(needed)):
                data = buffer.raw[: work.budget.expand(size)]
                flow = Flow(self._part.member(f"xfa{index}.xml"), "pdf", work.limits.chunk_bytes)
                yield from XmlText(flow, OWN_DATA, work.limits.json_depth).salvaging([data])
                yield from flow.rest()

    def _attachments(self) -> Iterator[Item]:
        raw, work, part = self._raw, self._work, self._part
        count = min(max(raw.FPDFDoc_GetAttachmentCount(self._document), 0), 10_000)
        found = [("attachment", raw.FPDFDoc_GetAttachment(self._document, index)) for index in range(count)]
        seen: set[bytes] = set()
        for fallback, attached in [*found, *self._attached]:
            if not attached or work.budget.spent or not work.budget.member():
                continue
            if part.depth >= work.limits.archive_depth:
                yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
                return
            name = self._string(lambda b, n, a=attached: raw.FPDFAttachment_GetName(a, b, n)) or fallback
            needed = ctypes.c_ulong()
            raw.FPDFAttachment_GetFile(attached, None, 0, ctypes.byref(needed))
            label = part.member(name)
            if needed.value > _ATTACHMENT:
                yield Problem(label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "an attachment this large")
                continue
            buffer = ctypes.create_string_buffer(max(needed.value, 1))
            if not raw.FPDFAttachment_GetFile(attached, buffer, needed.value, ctypes.byref(needed)):
                continue
            data = buffer.raw[: work.budget.expand(needed.value)]
            key = data[:4096] + len(data).to_bytes(8, "big")
            if data and key not in seen:
                seen.add(key)
                yield from work.read(Part(label, name, part.depth + 1, iter([data])), work)


def _shown(text: str) -> str:
    """A page's text without pdfium's signs for a hyphen at a line's end and for what has no character."""
    return _BETWEEN.sub("-", text).translate(_SIGNS) if _UNMAPPED.search(text) else text


def _boxed(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return what of a page's text is to have a box: a line, and in it what may be a value.

    That is all from a line's first word with a digit or an at sign, where most values are, to the last one.
    The result is where which box begins to hold, and the first and last character of each box.
    """
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    ended = (codes == 10) | (codes == 13)
    turns = np.flatnonzero(np.diff(ended, prepend=True, append=True))
    first, last = turns[0::2], turns[1::2]
    telling = np.flatnonzero(((codes >= 48) & (codes <= 57)) | (codes == 64))
    lowest, highest = np.searchsorted(telling, first), np.searchsorted(telling, last)
    line = np.flatnonzero(highest > lowest)
    space = np.flatnonzero((codes == 32) | (codes == 9) | (codes == 160) | ended)
    border = np.concatenate(([-1], space, [len(codes)]))
    begin = np.maximum(border[np.searchsorted(space, telling[lowest[line]])] + 1, first[line])
    end = np.minimum(border[np.searchsorted(space, telling[highest[line] - 1]) + 1], last[line])
    starts = np.concatenate((first, begin, end))
    which = np.concatenate((np.arange(first.size), first.size + np.arange(line.size), line))
    order = np.argsort(starts, kind="stable")
    corners = np.column_stack((np.concatenate((first, begin)), np.concatenate((last, end)) - 1)).ravel()
    return starts[order], which[order], corners


class _Boxes:
    """Asks pdfium for the boxes of characters, with as little as possible between two questions."""

    def __init__(self, raw: Any) -> None:
        prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        self._get = prototype(ctypes.cast(raw.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0)

    def of(self, text_page: pypdfium2.PdfTextPage, characters: list[int]) -> NDArray[np.float32]:
        """Return the boxes of characters: left, top, right, bottom, as FS_RECTF has them."""
        boxes = np.full((len(characters), 4), np.nan, np.float32)
        page = ctypes.cast(text_page.raw, ctypes.c_void_p).value
        get, at = self._get, boxes.ctypes.data
        asked = map(get, repeat(page), characters, range(at, at + 16 * len(characters), 16))
        deque(asked, maxlen=0)
        return boxes
