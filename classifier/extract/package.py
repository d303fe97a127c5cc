"""ZIP packages of XML: OOXML (ECMA-376 part 2), Visio, ODF (part 2), iWork.

Each XML part of a package is read for its text by its vocabulary, every other part (pictures, embedded files)
by its own format. A location is a byte range in the part; of slides and drawings also their number.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from xml.parsers import expat

from classifier.extract import vocabularies
from classifier.extract.base import Item, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Part
from classifier.extract.xml_text import Vocabulary, XmlText
from classifier.extract.zip_directory import Directory
from classifier.extract.zipped import _Expanded
from classifier.model import ByteSource, Location, Problem, Reason

_ENTRIES = 100_000  # members of which the names are held
_SMALL = 1 << 22  # bytes of a part that is read for the order of the others
_RATIO = 200  # a member that expands more than this, beyond the size below, is a bomb
_RATIO_FROM = 10 << 20
_CELLS = ("ods", "content.xml")  # read as a table
_XML = (".xml", ".rels", ".vml")
_WITHOUT_TEXT = re.compile(
    r"\[Content_Types\]\.xml|(?:word|ppt|visio)/(?:.*/)?(?:styles|stylesWithEffects|fontTable|webSettings|"
    r"numbering|tableStyles|viewProps|presProps|windows|theme\d*|themeOverride\d*)\.xml|META-INF/manifest\.xml"
    r"|xl/(?:.*/)?(?:styles|theme\d*|themeOverride\d*|calcChain|sharedStrings|metadata)\.xml"  # cells
    r"|xl/(?:worksheets|dialogsheets|chartsheets|macrosheets)/[^/]+\.(?:xml|bin)|xl/[^/]+\.bin"
)
_PAGED = re.compile(r"(?:ppt/slides/slide|ppt/notesSlides/notesSlide|visio/pages/page)(\d{1,6})\.xml")
_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml")


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of package: its name, and the vocabularies of its members, by how their names begin."""

    name: str
    vocabulary: Mapping[str, Vocabulary]
    default: Vocabulary


_OOXML = {"docProps/": vocabularies.PROPERTIES, "customXml/": vocabularies.OWN_DATA}
DOCX = Kind("docx", _OOXML, vocabularies.OOXML)
PPTX = Kind("pptx", _OOXML, vocabularies.OOXML)
VSDX = Kind("vsdx", _OOXML, vocabularies.OOXML)
ODT = Kind("odt", {"meta.xml": vocabularies.PROPERTIES}, vocabularies.ODF)
ODP = Kind("odp", {"meta.xml": vocabularies.PROPERTIES}, vocabularies.ODF)
PAGES = Kind("pages", {}, vocabularies.IWORK)

_MIME_TYPES = (
    (b"application/vnd.oasis.opendocument.presentation", ODP),
    (b"application/vnd.oasis.opendocument.graphics", ODP),
    (b"application/vnd.oasis.opendocument.text", ODT),
    (b"application/vnd.sun.xml.writer", ODT),
    (b"application/vnd.sun.xml.impress", ODP),
)


def kind_of(sample: bytes) -> Kind | None:
    """Return the kind of package that starts with `sample`, by the names of its first members."""
    if not sample.startswith(b"PK\x03\x04"):
        return None
    for mime, kind in _MIME_TYPES:
        if mime in sample[:256]:
            return kind
    for folder, kind in ((b"word/", DOCX), (b"ppt/", PPTX), (b"visio/", VSDX)):
        at = sample.find(folder)
        if at >= 30 and b"PK\x03\x04" in sample[max(at - 30, 0) : at]:
            return kind
    return None


def reading(kind: Kind, part: Part, work: Work) -> Iterator[Item]:
    """Yield what is in the package that `part` is."""
    if part.depth > work.limits.archive_depth:
        raise Unreadable(Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT))
    source = part.random(work.limits.spool_bytes)
    if source is None:
        raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a package this large"))
    try:
        yield from read(kind, part, source, work)
    except zipfile.BadZipFile as error:
        raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no readable ZIP directory")) from error


def kind_of_names(names: Iterable[str]) -> Kind | None:
    """Return the kind of package that has members of these names."""
    for name in names:
        for folder, kind in (("word/", DOCX), ("ppt/", PPTX), ("visio/", VSDX)):
            if name.startswith(folder):
                return kind
        if name in ("index.xml", "Index/Document.iwa", "index.apxl"):
            return PAGES
    return None


def read(kind: Kind, part: Part, source: ByteSource, work: Work) -> Iterator[Item]:
    """Yield the text of every part of the package in `source`.

    Raises zipfile.BadZipFile where it has no directory.
    """
    directory = Directory(source)
    with directory.archive() as archive:
        entries: list[zipfile.ZipInfo] = []
        broken = False
        try:
            for info in directory.entries():
                if len(entries) >= _ENTRIES or not work.budget.member():
                    break
                entries.append(info)
        except zipfile.BadZipFile:
            broken = True
        pages = _Pages(archive, entries, work) if kind is PPTX else None
        # Text first: what is embedded may take all the time there is.
        entries.sort(key=lambda info: not info.orig_filename.lower().endswith(_XML))
        for info in entries:
            if work.budget.spent:
                return
            name = info.orig_filename
            if info.file_size == 0 or _WITHOUT_TEXT.fullmatch(name) or (kind.name, name) == _CELLS:
                continue
            label = part.member(name)
            if info.flag_bits & 0x41:
                yield Problem(label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, "encrypted")
                continue
            stream = _Expanded(archive, info, work.budget)
            blocks = _Measured(stream, info)
            if name.lower().endswith(_XML):
                page = pages.of(name) if pages is not None else _number(name)
                yield from _xml(kind, label, name, blocks, page, work)
            else:
                inner = Part(label, name, part.depth + 1, iter(blocks), partial(stream.stored_in, source))
                yield from work.read(inner, work)
            if stream.unsupported:
                yield Problem(label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, stream.unsupported)
            elif stream.fault:
                yield Problem(label, Reason.MALFORMED_FILE, stream.fault, lost=not stream.size)
            elif blocks.over:
                yield Problem(label, Reason.OOXML_UNCOMPRESSED_RATIO_EXCEEDS_LIMIT, lost=False)
        if broken or not entries:
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken ZIP directory", lost=not entries)


class _Measured:
    """Iterates over a member's blocks, as long as its compressed size lets expect so many; see `over`."""

    def __init__(self, stream: _Expanded, info: zipfile.ZipInfo) -> None:
        self._stream = stream
        self._allowed = max(_RATIO_FROM, info.compress_size * _RATIO)
        self.over = False

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for block in self._stream:
            size += len(block)
            if size > self._allowed:
                self.over = True
                return
            yield block


def _xml(
    kind: Kind, label: str, name: str, blocks: Iterable[bytes], page: int | None, work: Work
) -> Iterator[Item]:
    chosen = next((v for prefix, v in kind.vocabulary.items() if name.startswith(prefix)), kind.default)
    flow = Flow(label, kind.name, work.limits.chunk_bytes)
    flow.place(Location(page=page))
    yield from XmlText(flow, chosen, work.limits.json_depth).read(blocks)
    yield from flow.rest()


def _number(name: str) -> int | None:
    found = _PAGED.fullmatch(name)
    return int(found[1]) if found else None


class _Pages:
    """The numbers of slides, in the order in which they are shown, and of the notes to them."""

    def __init__(self, archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], work: Work) -> None:
        self._archive = archive
        self._work = work
        self._entries = {info.orig_filename: info for info in entries}
        self._numbers: dict[str, int] = {}
        targets = dict(self._relations("ppt/presentation.xml"))
        order: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name.rpartition(":")[2] == "sldId":
                order.extend(value for key, value in attributes.items() if key.endswith(":id"))

        self._parse("ppt/presentation.xml", start)
        for number, identifier in enumerate(order, 1):
            slide = targets.get(identifier, "")
            self._numbers.setdefault(slide, number)
            for _, target in self._relations(slide):
                if target not in self._numbers and ("/notesSlides/" in target or "/comments/" in target):
                    self._numbers[target] = number

    def of(self, name: str) -> int | None:
        return self._numbers.get(name) or _number(name)

    def _relations(self, name: str) -> list[tuple[str, str]]:
        folder, _, base = name.rpartition("/")
        found: list[tuple[str, str]] = []

        def start(element: str, attributes: dict[str, str]) -> None:
            if element.rpartition(":")[2] == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, attributes.get("Target", "")))
                found.append((attributes.get("Id", ""), target.lstrip("/")))

        self._parse(f"{folder}/_rels/{base}.rels", start)
        return found

    def _parse(self, name: str, start: object) -> None:
        info = self._entries.get(name)
        if info is None or info.flag_bits & 0x41:
            return
        data = bytearray()
        for block in _Expanded(self._archive, _copy(info), self._work.budget):
            data += block
            if len(data) > _SMALL:
                return
        parser = expat.ParserCreate()
        parser.DefaultHandler = lambda _: None
        parser.StartElementHandler = start  # type: ignore[assignment]
        try:
            parser.Parse(bytes(data), True)
        except expat.ExpatError:
            return


def _copy(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """A second entry of the same member: what opens one takes its checksum away."""
    other = zipfile.ZipInfo(info.filename)
    for field in ("flag_bits", "compress_type", "CRC", "file_size", "compress_size", "header_offset"):
        setattr(other, field, getattr(info, field))
    return other
