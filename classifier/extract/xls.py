"""What is in an XLS workbook ([MS-XLS]) beside its cells: text boxes, comments, headers, charts, names.

Strings are read where their records have them; a text that goes on in CONTINUE records is put together.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract import ole
from classifier.extract.base import Item
from classifier.extract.flow import Flow
from classifier.extract.part import Part
from classifier.extract.pieces import Piece, prose
from classifier.model import Problem, Reason

_TXO, _CONTINUE, _NOTE = 0x01B6, 0x003C, 0x001C
_HEADER, _FOOTER, _SERIES_TEXT, _SHEET, _WRITER = 0x0014, 0x0015, 0x100D, 0x0085, 0x005C
_FILE_PASS, _BOF = 0x002F, 0x0809
_ENTRIES = 1_000_000


def read(storage: ole.Storage, part: Part) -> Iterator[Item]:
    """Yield the texts of records that are no cells, the properties, and embedded objects."""
    name = next((n for n in ("Workbook", "WORKBOOK", "Book", "BOOK") if storage.has(n)), "")
    data = storage.read(name) if name else b""
    problems: list[Problem] = []
    inner = Part(part.member(name), name, part.depth + 1, iter([]))
    yield from prose(inner, "xls", _texts(data, inner, problems), storage.work.limits)
    yield from problems
    flow = Flow(part.label, "xls", storage.work.limits.chunk_bytes)
    ole.properties(storage, flow)
    yield from flow.rest()
    yield from ole.embedded(storage, part, [(folder,) for folder in storage.folders])


def _texts(data: bytes, part: Part, problems: list[Problem]) -> Iterator[Piece]:
    old = False
    at = count = 0
    wanted = 0  # characters that the present text box still has in CONTINUE records
    box: list[str] = []
    while at + 4 <= len(data) and count < _ENTRIES:
        kind = int.from_bytes(data[at : at + 2], "little")
        size = int.from_bytes(data[at + 2 : at + 4], "little")
        body = data[at + 4 : at + 4 + size]
        if wanted and kind == _CONTINUE and body:
            text = body[1:].decode("utf-16-le" if body[0] & 1 else "cp1252", "replace")[:wanted]
            box.append(text)
            wanted -= max(len(text), 1)
        elif box:
            yield Piece("".join(box).replace("\r", "\n"))
            box, wanted = [], 0
        if kind == _BOF and len(body) >= 2:
            old = int.from_bytes(body[:2], "little") < 0x0600
        elif kind == _FILE_PASS:
            problems.append(Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted", lost=False))
            return
        elif kind == _TXO and len(body) >= 12:
            wanted = int.from_bytes(body[10:12], "little")
        elif kind == _NOTE and old and len(body) > 6:
            yield Piece(body[6:].decode("cp1252", "replace"), names=("comment",))
        elif kind == _NOTE and len(body) > 11:
            yield Piece(_string(body[8:], wide=True, old=False), names=("author",))
        elif kind in (_HEADER, _FOOTER):
            yield Piece(_string(body, wide=not old, old=old))
        elif kind == _SERIES_TEXT and len(body) > 3:
            yield Piece(_short(body[2:], old))
        elif kind == _SHEET and len(body) > 7:
            yield Piece(_short(body[6:], old), names=("sheet",))
        elif kind == _WRITER:
            yield Piece(_string(body, wide=not old, old=old).strip(), names=("user name",))
        at += 4 + size
        count += 1
    if box:
        yield Piece("".join(box))


def _string(body: bytes, wide: bool, old: bool) -> str:
    """A string with its length in two bytes (in one, in the workbooks of before 97)."""
    if old:
        return body[1 : 1 + body[0]].decode("cp1252", "replace") if body else ""
    if len(body) < 3:
        return ""
    count = int.from_bytes(body[:2], "little")
    if body[2] & 1:
        return body[3 : 3 + 2 * count].decode("utf-16-le", "replace")
    return body[3 : 3 + count].decode("cp1252", "replace")


def _short(body: bytes, old: bool) -> str:
    """A string with its length in one byte."""
    if old:
        return body[1 : 1 + body[0]].decode("cp1252", "replace")
    if len(body) < 2:
        return ""
    if body[1] & 1:
        return body[2 : 2 + 2 * body[0]].decode("utf-16-le", "replace")
    return body[2 : 2 + body[0]].decode("cp1252", "replace")
