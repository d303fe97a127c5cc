"""The XML of a workbook's sheets (ECMA-376 part 1, section 18.3), read without a library.

How large they are, what stands around their cells, and the cells themselves of a sheet that a library would
need too much memory for.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.extract.base import Item, Unreadable, Work
from classifier.extract.dialect import header
from classifier.extract.grid import Sheet, grid
from classifier.extract.part import Part
from classifier.extract.pieces import Piece, prose
from classifier.extract.sheet_formats import Styles, column_number, overlaid
from classifier.extract.zip_directory import Directory
from classifier.extract.zipped import _Expanded
from classifier.model import ByteSource, Problem, Reason

_SHEET = 1 << 28  # bytes of a sheet's XML that a library reads
_HAND = 1 << 25  # and that are read here
_STRINGS = 1 << 26  # and of the workbook's strings
_STYLES = 1 << 23  # and of its styles
_SMALL = 1 << 20
_CELL_BYTES = 32  # that calamine takes for a cell, empty or not
_DENSE = 1 << 28  # bytes that it may take for a sheet
_SPARSE = 20  # cells of the rectangle for one that there is
_SHARED = "xl/sharedStrings.xml"
_RATIO, _RATIO_FROM = 100, 10 << 20
_NAME = re.compile(r"xl/(?:worksheets|dialogsheets|chartsheets|macrosheets)/[^/]+\.xml")
_ENTRY = re.compile(rb"<(?:\w+:)?sheet\b([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b([^>]*)>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_LAST_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=\"(\d{1,7})\"")
_WIDE = re.compile(rb"r=\"[A-Z]{2}")
_COLUMN = re.compile(rb"r=\"([A-Z]{2,3})\d")
_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)"
    rb"|<(?:\w+:)?(row)\b[^>]*?(?:\br=\"(\d{1,7})\"[^>]*)?>",
    re.DOTALL,
)
_PLACE = re.compile(rb"\br=\"([A-Z]{1,3})(\d{1,7})\"")
_KIND = re.compile(rb"\bt=\"(\w+)\"")
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>(.*?)</(?:\w+:)?v>", re.DOTALL)
_ITEM = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_TEXT = re.compile(rb"<(?:\w+:)?t\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?t>)", re.DOTALL)
_BETWEEN = re.compile(rb">([^<>]*[^<>\s][^<>]*)<")
_SAID = re.compile(rb"\b(display|tooltip|prompt|promptTitle|error|errorTitle|location)=\"([^\"]+)\"")
_NOTE = re.compile(
    rb"<office:annotation\b.*?</office:annotation>|<draw:text-box\b.*?</draw:text-box>"
    rb"|<draw:custom-shape\b.*?</draw:custom-shape>",
    re.DOTALL,
)


@dataclass(slots=True)
class Seen:
    """A sheet's part: its name, whether its cells are to be read here, and what stands around them.

    `styles` are there where cells are shown otherwise than as their value.
    """

    title: str
    by_hand: bool = False
    over: bool = False
    around: bytes = b""
    styles: Styles | None = None


def survey(source: ByteSource, work: Work, part: Part) -> dict[str, Seen]:
    """Look at the sheets' sizes; return them by their part's names, in the workbook's order.

    Raises zipfile.BadZipFile, and Unreadable for a workbook that is a bomb.
    """
    found: dict[str, Seen] = {}
    with Directory(source).archive() as archive:
        infos = {info.orig_filename: info for info in Directory(source).entries()}
        titles = _titles(archive, infos, work)
        styles = _styles(archive, infos, work)
        ordered = [*titles, *(name for name in infos if _NAME.fullmatch(name) and name not in titles)]
        for name in ordered:
            info = infos.get(name)
            if info is None or info.flag_bits & 0x41 or not name.endswith(".xml"):
                continue
            seen = found[name] = Seen(titles.get(name, name.rpartition("/")[2].removesuffix(".xml")))
            _measure(archive, info, seen, styles, work)
        strings = infos.get(_SHARED)
        if strings is not None:
            size = sum(map(len, _blocks(archive, strings, work, _STRINGS + 1)))
            if size > _STRINGS or _is_bomb(strings, size):
                for seen in found.values():
                    seen.by_hand = seen.over = True
    return found


def check_content(source: ByteSource, work: Work, part: Part) -> None:
    """Raise Unreadable where the content of an OpenDocument spreadsheet is too much for a library."""
    with Directory(source).archive() as archive:
        for info in Directory(source).entries():
            if info.orig_filename == "content.xml":
                size = sum(map(len, _blocks(archive, info, work, _SHEET + 1)))
                if size > _SHEET or _is_bomb(info, size):
                    reason = Reason.OOXML_UNCOMPRESSED_SIZE_EXCEEDS_LIMIT
                    raise Unreadable(Problem(part.label, reason, "content that is too large"))


def notes(source: ByteSource, part: Part, work: Work) -> Iterator[Item]:
    """Yield the comments and text boxes of an OpenDocument spreadsheet."""
    with Directory(source).archive() as archive:
        for info in Directory(source).entries():
            if info.orig_filename == "content.xml":
                data = b"".join(_blocks(archive, info, work, _SHEET))
                inner = Part(part.member("content.xml"), "content.xml", part.depth + 1, iter([]))
                pieces = (Piece(_plain(found.group())) for found in _NOTE.finditer(data))
                yield from prose(inner, "ods", pieces, work.limits)


def around(name: str, seen: Seen, part: Part, work: Work) -> Iterator[Item]:
    """Yield headers, footers, texts of links and of validations of a sheet."""
    inner = Part(part.member(name), name, part.depth + 1, iter([]))
    pieces = [Piece(_text(match)) for match in _BETWEEN.findall(seen.around)]
    said = [Piece(_text(text), names=(key.decode(),)) for key, text in _SAID.findall(seen.around)]
    yield from prose(inner, "xlsx", [*pieces, *said], work.limits)


def cells(source: ByteSource, name: str, seen: Seen, part: Part, work: Work) -> Iterator[Item]:
    """Yield the cells of a sheet from front to back, up to the limit of its XML."""
    with Directory(source).archive() as archive:
        infos = {info.orig_filename: info for info in Directory(source).entries()}
        strings: list[str] = []
        if _SHARED in infos:
            data = b"".join(_blocks(archive, infos[_SHARED], work, _STRINGS))
            strings = ["".join(map(_text, _TEXT.findall(item))) for item in _ITEM.findall(data)]
            del data
        rows: Iterator[Sequence[str]] = _rows(_blocks(archive, infos[name], work, _HAND), strings)
        if seen.styles is not None:
            rows = overlaid(rows, seen.styles.shown(_blocks(archive, infos[name], work, _HAND)))
        yield from grid(part, "xlsx", Sheet(seen.title, cells=True), rows, work.limits, is_header)


def formatted(
    source: ByteSource, name: str, seen: Seen, rows: Iterator[Sequence[str]], first: int, work: Work
) -> Iterator[Sequence[str]]:
    """Yield the rows of a sheet, with what is shown of their numbers in place of these.

    The rows begin with the column `first`, counted from 0.
    """
    if seen.styles is None:
        yield from rows
        return
    with Directory(source).archive() as archive:
        infos = {info.orig_filename: info for info in Directory(source).entries()}
        yield from overlaid(rows, seen.styles.shown(_blocks(archive, infos[name], work, _SHEET)), first)


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of some rows names columns."""
    return bool(header([list(row) for row in rows]))


def _titles(archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], work: Work) -> dict[str, str]:
    """Return the sheets' titles by their parts' names, in the workbook's order."""
    targets: dict[str, str] = {}
    titles: dict[str, str] = {}
    if "xl/workbook.xml" not in infos or "xl/_rels/workbook.xml.rels" not in infos:
        return titles
    for relation in _RELATION.findall(_small(archive, infos["xl/_rels/workbook.xml.rels"], work)):
        values = _attributes(relation)
        path = posixpath.normpath(posixpath.join("/xl", values.get("Target", ""))).lstrip("/")
        targets[values.get("Id", "")] = path
    for sheet in _ENTRY.findall(_small(archive, infos["xl/workbook.xml"], work)):
        values = _attributes(sheet)
        name = targets.get(next((v for k, v in values.items() if k.endswith(":id")), ""), "")
        if name in infos:
            titles[name] = values.get("name", "")
    return titles


def _styles(archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], work: Work) -> Styles:
    found = []
    for name, most in (("xl/styles.xml", _STYLES), ("xl/workbook.xml", _SMALL)):
        info = infos.get(name)
        found.append(b"" if info is None else b"".join(_blocks(archive, info, work, most)))
    return Styles(*found)


def _attributes(text: bytes) -> dict[str, str]:
    return {
        key.decode("utf-8", "replace"): html.unescape((one or other).decode("utf-8", "replace"))
        for key, one, other in _ATTRIBUTE.findall(text)
    }


def _small(archive: zipfile.ZipFile, info: zipfile.ZipInfo, work: Work) -> bytes:
    return b"".join(_blocks(archive, info, work, _SMALL))


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo, work: Work, most: int) -> Iterator[bytes]:
    """Yield at most so many bytes of a member."""
    copy = zipfile.ZipInfo(info.filename)
    for name in ("flag_bits", "compress_type", "CRC", "file_size", "compress_size", "header_offset"):
        setattr(copy, name, getattr(info, name))
    copy.orig_filename = info.orig_filename
    for block in _Expanded(archive, copy, work.budget):
        yield block[:most]
        most -= len(block)
        if most <= 0:
            return


def _is_bomb(info: zipfile.ZipInfo, size: int) -> bool:
    return size > max(_RATIO_FROM, info.compress_size * _RATIO)


def _measure(archive: zipfile.ZipFile, info: zipfile.ZipInfo, seen: Seen, styles: Styles, work: Work) -> None:
    """Find out what a sheet would take: its last row, its last column, the number of its cells."""
    size = count = last = widest = 0
    width = 26
    carried = b""
    after: list[bytes] = []
    ended = False
    for block in _blocks(archive, info, work, _SHEET + 1):
        size += len(block)
        if _is_bomb(info, size):
            break
        if ended:
            after.append(block)
            continue
        data = carried + block
        count += data.count(b"<c ") + data.count(b":c ")
        if seen.styles is None and styles.among(data):
            seen.styles = styles
        at = max(data.rfind(b"<row "), data.rfind(b":row "))
        if at >= 0 and (found := _LAST_ROW.match(data, data.rfind(b"<", 0, at + 1))) is not None:
            last = max(last, int(found[1]))
        if width > 26 or _WIDE.search(data) is not None:
            width = 27
            widest = max([widest, *(column_number(letters) for letters in set(_COLUMN.findall(data)))])
        end = data.find(b"sheetData>", max(len(carried) - 16, 0))
        if end >= 0 and data[:end].endswith(b"/"):
            ended = True
            after.append(data[end:])
        elif size <= len(block):
            after.append(data[: max(data.find(b"<sheetData"), 0)])
        carried = data[-64:] if len(data) > 64 else data
        count -= carried.count(b"<c ") + carried.count(b":c ")
    seen.around = b"".join(after)[:_SMALL]
    seen.over = size > _SHEET or _is_bomb(info, size)
    area = last * max(width, widest)
    seen.by_hand = seen.over or (area * _CELL_BYTES > _DENSE and area > _SPARSE * max(count, 1))


def _rows(blocks: Iterator[bytes], strings: list[str]) -> Iterator[list[str]]:
    """Yield the rows, also the empty ones before the last that is there."""
    row: list[str] = []
    number, line, column = 1, 0, 0
    held = b""
    for block in blocks:
        held += block
        at = 0
        for cell in _CELL.finditer(held):
            at = cell.end()
            if cell[3]:
                line, column = int(cell[4]) if cell[4] else line + 1, 0
                continue
            place = _PLACE.search(cell[1])
            column += 1
            if place is not None:  # else the place after the one before
                column, line = column_number(place[1]), int(place[2])
            if column > 1 << 14 or line > 1 << 20:
                continue
            while number < line:
                yield row
                row, number = [], number + 1
            text = _shown(cell[1], cell[2] or b"", strings)
            if line == number and text:
                row += [""] * (column - 1 - len(row))
                row.append(text)
        held = held[at:] if len(held) - at < _SMALL else b""
    yield row


def _shown(attributes: bytes, inside: bytes, strings: list[str]) -> str:
    kind = _KIND.search(attributes)
    if kind is not None and kind[1] == b"inlineStr":
        return "".join(map(_text, _TEXT.findall(inside)))
    value = _VALUE.search(inside)
    if value is None:
        return ""
    if kind is not None and kind[1] == b"s":
        index = int(value[1]) if value[1].isdigit() else -1
        return strings[index] if 0 <= index < len(strings) else ""
    return _text(value[1])


def _text(data: bytes) -> str:
    return html.unescape(data.decode("utf-8", "replace"))


def _plain(data: bytes) -> str:
    return "\n".join(_text(piece).strip() for piece in _BETWEEN.findall(data))
