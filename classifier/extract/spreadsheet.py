"""Spreadsheets: XLSX, XLSB (ECMA-376, [MS-XLSB]), XLS ([MS-XLS]), ODS (OpenDocument 1.3), sheet by sheet.

calamine reads the cells. It lays a sheet out in memory as a rectangle, so what that would take is looked at
first: a sheet that is too large, or has a few cells far apart, is read by `sheet_xml` from front to back.
Everything that is not a cell (comments, headers, text boxes, charts, properties, embedded files) is read from
the package's other parts.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from classifier.extract import ole, package, sheet_xml, vocabularies, xls
from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.cellvalues import shown
from classifier.extract.grid import Sheet, grid
from classifier.extract.part import Head, Part
from classifier.model import ByteSource, Problem, Reason

_SHEETS = 10_000
_TEXTS = {str}
_FILE = 1 << 27  # bytes of a file that calamine holds
_XLSX = package.Kind(
    "xlsx",
    {"docProps/": vocabularies.PROPERTIES, "customXml/": vocabularies.OWN_DATA},
    vocabularies.OOXML,
)
_ODS = package.Kind("ods", {"meta.xml": vocabularies.PROPERTIES}, vocabularies.ODF)


def _facts(title: str, extensions: tuple[str, ...], recognised: str, unread: str) -> Facts:
    return Facts(
        title=title,
        group="Tables and databases",
        extensions=extensions,
        recognised=recognised,
        library="calamine; own",
        location="cell (`Sheet2!C5`), row, column, column name; elsewhere byte offsets in the part",
        limits="files of 128 MiB; sheets of 256 MiB XML, of larger and sparse ones the first 32 MiB",
        unread=unread,
        macie=title.startswith("Excel"),
    )


class Xlsx(Format):
    """An Excel workbook since 2007."""

    name = "xlsx"
    isolated = True
    facts = _facts(
        "Excel (XLSX, XLSM, XLSB)",
        ("xlsx", "xlsm", "xltx", "xltm", "xlsb"),
        "ZIP with members in xl/",
        "macros, number formats of XLSB, fractions",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if _has_folder(head, b"xl/", ("xlsx", "xlsm", "xlsb")) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        yield from _package(part, work, _XLSX)


class Ods(Format):
    """An OpenDocument spreadsheet."""

    name = "ods"
    isolated = True
    facts = _facts(
        "OpenDocument spreadsheet (ODS)", ("ods", "ots", "sxc"), "ZIP with its media type first", "macros"
    )

    def recognise(self, head: Head) -> Reader | None:
        types = (b"application/vnd.oasis.opendocument.spreadsheet", b"application/vnd.sun.xml.calc")
        fits = head.sample.startswith(b"PK\x03\x04") and any(kind in head.sample[:256] for kind in types)
        return self._read if fits else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        yield from _package(part, work, _ODS)


class Xls(Format):
    """An Excel workbook of before 2007."""

    name = "xls"
    isolated = True
    facts = _facts(
        "Excel 5 to 2003 (XLS)", ("xls", "xlt", "xla"), "OLE2 with a stream Workbook or Book", "macros"
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        found = ole.named(sample, "Workbook") or ole.named(sample, "WORKBOOK") or ole.named(sample, "Book")
        named = sample.startswith(ole.MAGIC) and head.extension in ("xls", "xlt") and not head.complete
        return self._read if found or named else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        yield from ole.reading(part, work, read_xls)


def read_xls(storage: ole.Storage, part: Part) -> Iterator[Item]:
    """Yield cells, then what is in records that are no cells, properties and embedded objects."""
    if storage.has("EncryptedPackage"):
        yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted")
        return
    file = storage.file.fp
    file.seek(0)
    yield from _cells(file, part, storage.work, "xls", {})
    yield from xls.read(storage, part)


def _has_folder(head: Head, folder: bytes, extensions: tuple[str, ...]) -> bool:
    sample = head.sample
    if not sample.startswith(b"PK\x03\x04"):
        return False
    at = sample.find(folder)
    if at >= 30 and b"PK\x03\x04" in sample[at - 30 : at]:
        return True
    return head.extension in extensions and b"[Content_Types].xml" in sample


def _package(part: Part, work: Work, kind: package.Kind) -> Iterator[Item]:
    source = part.random(work.limits.spool_bytes)
    if source is None or source.size > _FILE:
        raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a workbook this large"))
    try:
        surveyed = sheet_xml.survey(source, work, part) if kind is _XLSX else {}
        if kind is _ODS:
            sheet_xml.check_content(source, work, part)
        file = part.open(work.limits.spool_bytes)
        yield from _cells(file, part, work, kind.name, surveyed, source)
        for name, seen in surveyed.items():
            if seen.by_hand:
                yield from sheet_xml.cells(source, name, seen, part, work)
            yield from sheet_xml.around(name, seen, part, work)
            if seen.over:
                label = part.member(name)
                yield Problem(label, Reason.OOXML_UNCOMPRESSED_SIZE_EXCEEDS_LIMIT, lost=False)
        if kind is _ODS:
            yield from sheet_xml.notes(source, part, work)
        yield from package.read(kind, part, source, work)
    except zipfile.BadZipFile:
        raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no readable ZIP directory")) from None


def _cells(
    file: Any,
    part: Part,
    work: Work,
    name: str,
    surveyed: dict[str, sheet_xml.Seen],
    source: ByteSource | None = None,
) -> Iterator[Item]:
    """Yield the cells of the sheets that fit in memory; of the others `Seen.by_hand` is set or stays."""
    import python_calamine

    by_title = {seen.title: (member, seen) for member, seen in surveyed.items()}
    if surveyed and all(seen.by_hand for seen in surveyed.values()):
        return
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
        titles = book.sheet_names[:_SHEETS]
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises what it comes across
        for seen in surveyed.values():
            seen.by_hand = True
        if not surveyed:
            encrypted = isinstance(error, python_calamine.PasswordError)
            reason = Reason.UNABLE_TO_PARSE_FILE if encrypted else Reason.MALFORMED_FILE
            yield Problem(part.label, reason, "encrypted" if encrypted else "no readable workbook")
        return
    for index, title in enumerate(titles):
        member, told = by_title.get(title, ("", None))
        if told is not None and told.by_hand:
            continue
        try:
            sheet = book.get_sheet_by_index(index)
            start = sheet.start
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - as above; a sheet of charts or macros is no table
            if told is not None:
                told.by_hand = True
            continue
        if start is None:
            continue
        rows = _rows(sheet)
        if told is not None and source is not None:
            rows = sheet_xml.formatted(source, member, told, rows, start[1], work)
        placed = Sheet(title, cells=True, first_column=start[1] + 1)  # rows begin there, but at row 1
        yield from grid(part, name, placed, rows, work.limits, sheet_xml.is_header)


def _rows(sheet: Any) -> Iterator[Sequence[str]]:
    for row in sheet.iter_rows():
        yield row if set(map(type, row)) == _TEXTS else [shown(value) for value in row]
