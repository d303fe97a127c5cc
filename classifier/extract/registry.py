"""The formats in the order in which they are tried, and what reads a part with the first that fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from classifier.errors import ReadFailure
from classifier.extract import isolation, ocr
from classifier.extract.avro import Avro
from classifier.extract.base import Format, Item, Reader, Unreadable, Work
from classifier.extract.cab import Cab
from classifier.extract.columnar import Arrow, Orc, Parquet
from classifier.extract.compound import Compound
from classifier.extract.compressed import (
    Brotli,
    Bzip2,
    Lz4,
    LzmaAlone,
    Snappy,
    UnixCompress,
    Xz,
    Zstandard,
)
from classifier.extract.contentlines import ICalendar, VCard
from classifier.extract.dbf import Dbf
from classifier.extract.dicom import Dicom
from classifier.extract.doc import Doc
from classifier.extract.git import GitPack
from classifier.extract.gzipped import Gzip
from classifier.extract.image import Picture
from classifier.extract.iso import Iso
from classifier.extract.iwork import Iwa, IWork
from classifier.extract.json_text import JsonDocument, JsonLines
from classifier.extract.keys import Der, Keystore, Pem
from classifier.extract.mail import Mail, Mailbox
from classifier.extract.markup import Html, Xml
from classifier.extract.messages import X12, Hl7
from classifier.extract.msg import Msg
from classifier.extract.odf import Odp, Odt
from classifier.extract.onenote import OneNote
from classifier.extract.ooxml import Docx, Pptx, Vsdx
from classifier.extract.part import Head, Part
from classifier.extract.pdf import Pdf
from classifier.extract.ppt import Ppt
from classifier.extract.rar import Rar
from classifier.extract.rtf import RichText
from classifier.extract.sevenzip import SevenZip
from classifier.extract.spreadsheet import Ods, Xls, Xlsx
from classifier.extract.sql import Sql
from classifier.extract.sqlite import Sqlite
from classifier.extract.strings import Strings
from classifier.extract.table import Table
from classifier.extract.tarred import Tar
from classifier.extract.text import Text
from classifier.extract.unixarchives import Ar, Cpio
from classifier.extract.unsupported import Unsupported
from classifier.extract.zipped import Zip
from classifier.model import Chunk, Mismatch, Problem, Reason

FORMATS: tuple[Format, ...] = (
    # one line a format; what is tried first is what is most specific
    Docx(),
    Pptx(),
    Vsdx(),
    Odt(),
    Odp(),
    Xlsx(),
    Ods(),
    IWork(),
    Iwa(),
    Zip(),
    Gzip(),
    Bzip2(),
    Xz(),
    Zstandard(),
    Lz4(),
    Snappy(),
    UnixCompress(),
    LzmaAlone(),
    Brotli(),
    Tar(),
    SevenZip(),
    Rar(),
    Cab(),
    Ar(),
    Cpio(),
    Iso(),
    GitPack(),
    Sqlite(),
    Parquet(),
    Orc(),
    Arrow(),
    Avro(),
    Dbf(),
    Pdf(),  # may have something before it: after what is known by its first bytes
    Keystore(),
    Strings(),
    Xls(),
    Doc(),
    Ppt(),
    Msg(),
    Compound(),
    RichText(),
    OneNote(),
    Picture(),
    Dicom(),
    Der(),
    Unsupported(),
    Mail(),
    Mailbox(),
    VCard(),
    ICalendar(),
    Pem(),
    Hl7(),
    X12(),
    Html(),
    Xml(),
    Sql(),
    JsonLines(),
    JsonDocument(),
    Table(),
    Text(),
)


def read(part: Part, work: Work) -> Iterator[Item]:
    """Yield the text of `part` and the problems with it; nothing for an empty part.

    Raises only errors.ReadFailure, from the source, and MemoryError in an extraction worker. Whatever else
    goes wrong is the part's own problem; the error's message is not shown, since it may hold content.
    """
    came = False
    try:
        if not part.head.sample:
            return
        chosen, reader = _reader(part.head)
        mismatch = _mismatch(part, chosen)
        if mismatch is not None:
            yield mismatch
        if chosen.isolated and not work.apart:
            bounds = ocr.allowance(work.limits) if chosen.pictures else work.limits
            items = isolation.read(part, replace(work, limits=bounds))
        else:
            items = reader(part, work)
        for item in items:
            came = came or isinstance(item, Chunk)
            yield item
    except ReadFailure:
        raise
    except Unreadable as error:
        told = error.problem
        yield Problem(told.part, told.reason, told.detail, lost=not came)
    except MemoryError:
        if work.apart:
            raise
        yield Problem(part.label, Reason.MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT, "MemoryError", lost=not came)
    except Exception as error:  # noqa: BLE001 - a hostile file must not end the run
        yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, type(error).__name__, lost=not came)


def _reader(head: Head) -> tuple[Format, Reader]:
    for candidate in FORMATS:
        reader = candidate.recognise(head)
        if reader is not None:
            return candidate, reader
    raise LookupError("no format claims the part")


@cache
def _promised() -> dict[str, frozenset[str]]:
    """The titles of the formats that each extension promises."""
    promised: dict[str, set[str]] = {}
    for known in FORMATS:
        for extension in known.facts.extensions:
            promised.setdefault(extension, set()).add(known.name)
    return {extension: frozenset(names) for extension, names in promised.items()}


def _mismatch(part: Part, chosen: Format) -> Mismatch | None:
    """Return what the name promises in vain; texts are not told apart from each other."""
    extension = part.head.extension
    promised = _promised().get(extension)
    if promised is None or chosen.name in promised:
        return None
    found = part.head.binary or chosen.name
    if found == extension or (not part.head.binary and promised & _TEXTS):
        return None
    return Mismatch(part.label, extension, found)


_TEXTS = frozenset(known.name for known in FORMATS if known.facts.group == "Text and structured text")
