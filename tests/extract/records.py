"""The same 200 made-up people in each format, and where each value of theirs is in the file.

A maker returns the bytes and a function that reads a value back from a location, as an independent reader of
the format would find it there; "" where the location leads to nothing.
"""

from __future__ import annotations

import csv
import email.message
import io
import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

from classifier.model import Location

FIELDS = ("id", "full name", "email", "ssn")
PEOPLE = [
    (
        str(n),
        f"Zoë & Bob Müller-{n:03d}",
        f"person.{n:03d}@mail-{n % 7}.example",
        f"{n + 100}-{n % 89 + 10}-{n + 1000}",
    )
    for n in range(200)
]
VALUES = [value for person in PEOPLE for value in person[2:]]
ReadBack = Callable[[Location], str]
Made = tuple[bytes, ReadBack]


def _bytes(data: bytes, encoding: str = "utf-8") -> Made:
    def back(at: Location) -> str:
        return data[at.byte_start or 0 : at.byte_end or 0].decode(encoding)

    return data, back


def _person(row: int | None, name: str | None, first: int) -> str:
    """The value in a row (counted from `first`) and a column."""
    if row is None or name not in FIELDS or not 0 <= row - first < len(PEOPLE):
        return ""
    return PEOPLE[row - first][FIELDS.index(name)]


def _rows(data: bytes, first: int = 1) -> Made:
    return data, lambda at: _person(at.row, at.column_name, first)


def _sheet(data: bytes) -> Made:
    def back(at: Location) -> str:
        sheet, _, cell = (at.cell or "").partition("!")
        column = "ABCD".find(cell[:1])
        if sheet != "People" or column < 0 or at.column_name != FIELDS[column]:
            return ""
        return _person(int(cell[1:]), FIELDS[column], 2)

    return data, back


def _package(data: bytes) -> Made:
    def back(at: Location) -> str:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.read((at.part or "").rpartition("!/")[2])
        return part[at.byte_start or 0 : at.byte_end or 0].decode()

    return data, back


def delimited(delimiter: str) -> Made:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([FIELDS, *PEOPLE])
    return _bytes(out.getvalue().encode())


def json_document() -> Made:
    return _bytes(
        json.dumps({"people": [dict(zip(FIELDS, p, strict=True)) for p in PEOPLE]}, indent=1).encode()
    )


def json_lines() -> Made:
    return _bytes("".join(json.dumps(dict(zip(FIELDS, p, strict=True))) + "\n" for p in PEOPLE).encode())


def xml() -> Made:
    rows = "".join(
        f"<person id='{p[0]}'><name>{escape(p[1])}</name><email>{p[2]}</email><ssn>{p[3]}</ssn></person>\n"
        for p in PEOPLE
    )
    return _bytes(f'<?xml version="1.0" encoding="UTF-8"?>\n<people>\n{rows}</people>\n'.encode())


def page() -> Made:
    head = "".join(f"<th>{name}</th>" for name in FIELDS)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in p) + "</tr>\n" for p in PEOPLE)
    return _bytes(
        f"<!DOCTYPE html>\n<html><body><table><tr>{head}</tr>\n{rows}</table></body></html>".encode()
    )


def _zip(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def _types(main: str, kind: str) -> dict[str, str]:
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/{main}" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_REL}/officeDocument" Target="{main}"/></Relationships>',
    }


def xlsx() -> Made:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    rows = "".join(
        f'<row r="{n}">'
        + "".join(
            f'<c r="{"ABCD"[c]}{n}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for c, cell in enumerate(row)
        )
        + "</row>"
        for n, row in enumerate([FIELDS, *PEOPLE], 1)
    )
    return _sheet(
        _zip(
            _types("xl/workbook.xml", kind)
            | {
                "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets>'
                '<sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>',
                "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
                f'<Relationship Id="r1" Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/>'
                "</Relationships>",
                "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>'
                "</worksheet>",
            }
        )
    )


def ods() -> Made:
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in [FIELDS, *PEOPLE]
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), mime, zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content xmlns:office="{urn}:office:1.0" '
            f'xmlns:table="{urn}:table:1.0" xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="People">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        )
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{urn}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{mime}"/></manifest:manifest>',
        )
    return _sheet(out.getvalue())


def xls() -> Made:
    """BIFF8 records ([MS-XLS]) in a compound file ([MS-CFB]) of one stream."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def text(value: str, size: str) -> bytes:
        return struct.pack(size, len(value)) + b"\1" + value.encode("utf-16-le")

    start = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x1000, 1997, 0, 0))
    start += record(0x42, struct.pack("<H", 1200))
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x1000, 1997, 0, 0))
    for row, cells in enumerate([FIELDS, *PEOPLE]):
        for column, cell in enumerate(cells):
            sheet += record(0x204, struct.pack("<HHH", row, column, 0) + text(cell, "<H"))
    sheet += record(0x0A, b"")
    size = len(start) + 4 + 8 + 2 * len("People") + 4
    start += record(0x85, struct.pack("<IBB", size, 0, 0) + text("People", "<B")) + record(0x0A, b"")
    return _sheet(compound({"Workbook": start + sheet}))


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file with streams of at least 4,096 bytes (padded)."""
    free, last, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    body, fat, entries = b"", [], []
    for name, content in streams.items():
        padded = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
        first, count = len(fat), len(padded) // 512
        fat += [*range(first + 1, first + count), last]
        entries.append((name, first, len(padded)))
        body += padded
    directory_at = len(fat)
    folder = _entry("Root Entry", 5, free, 1, last, 0)
    for number, (name, first, length) in enumerate(entries, 1):
        folder += _entry(name, 2, number + 1 if number < len(entries) else free, free, first, length)
    folder = folder.ljust(-(-len(folder) // 512) * 512, b"\0")
    fat += [*range(directory_at + 1, directory_at + len(folder) // 512), last]
    sectors = 1
    while (len(fat) + sectors) * 4 > sectors * 512:
        sectors += 1
    fats = list(range(len(fat), len(fat) + sectors))
    fat += [fat_sector] * sectors
    table = b"".join(struct.pack("<I", number) for number in fat).ljust(sectors * 512, b"\xff")
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, sectors, directory_at, 0, 4096, last, 0, last, 0
    )
    header += b"".join(struct.pack("<I", number) for number in [*fats, *[free] * (109 - len(fats))])
    return header + body + folder + table


def _entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le").ljust(64, b"\0")
    ends = struct.pack("<HBBIII", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return raw + ends + bytes(36) + struct.pack("<IQ", start, size)


def _table() -> object:
    import pyarrow

    return pyarrow.table({name: [p[i] for p in PEOPLE] for i, name in enumerate(FIELDS)})


def parquet() -> Made:
    import pyarrow.parquet

    out = io.BytesIO()
    pyarrow.parquet.write_table(_table(), out, row_group_size=64)
    return _rows(out.getvalue())


def orc() -> Made:
    import pyarrow.orc

    out = io.BytesIO()
    pyarrow.orc.write_table(_table(), out)
    return _rows(out.getvalue())


def feather() -> Made:
    import pyarrow.feather

    out = io.BytesIO()
    pyarrow.feather.write_feather(_table(), out)
    return _rows(out.getvalue())


def avro() -> Made:
    """Names in Avro have no spaces: the column "full name" is another one there, and is not asked for."""
    import fastavro

    names = [name.replace(" ", "_") for name in FIELDS]
    schema = {"type": "record", "name": "p", "fields": [{"name": name, "type": "string"} for name in names]}
    out = io.BytesIO()
    fastavro.writer(out, fastavro.parse_schema(schema), [dict(zip(names, p, strict=True)) for p in PEOPLE])
    return _rows(out.getvalue())


def sqlite() -> Made:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.db"
        database = sqlite3.connect(path)
        database.execute('CREATE TABLE people (id, "full name", email, ssn)')
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", PEOPLE)
        database.commit()
        database.close()
        return _rows(path.read_bytes())


def sql() -> Made:
    rows = ",\n".join(
        "(" + ", ".join("'" + cell.replace("'", "''") + "'" for cell in p) + ")" for p in PEOPLE
    )
    columns = ",\n".join(f'  "{name}" text' for name in FIELDS)
    text = f"CREATE TABLE people (\n{columns}\n);\nINSERT INTO people VALUES\n{rows};\n"
    return _bytes(text.encode())


def docx() -> Made:
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    rows = "".join(
        "<w:tr>"
        + "".join(f"<w:tc><w:p><w:r><w:t>{escape(c)}</w:t></w:r></w:p></w:tc>" for c in p)
        + "</w:tr>"
        for p in [FIELDS, *PEOPLE]
    )
    body = f'<w:document xmlns:w="{main}"><w:body><w:tbl>{rows}</w:tbl></w:body></w:document>'
    return _package(_zip(_types("word/document.xml", kind) | {"word/document.xml": body}))


def pptx() -> Made:
    draw = "http://schemas.openxmlformats.org/drawingml/2006/main"
    show = "http://schemas.openxmlformats.org/presentationml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    lines = "".join(f"<a:p><a:r><a:t>{escape(' | '.join(p))}</a:t></a:r></a:p>" for p in PEOPLE)
    shape = f"<p:sp><p:txBody>{lines}</p:txBody></p:sp>"
    slide = f'<p:sld xmlns:p="{show}" xmlns:a="{draw}"><p:cSld><p:spTree>{shape}</p:spTree></p:cSld></p:sld>'
    return _package(
        _zip(
            _types("ppt/presentation.xml", kind)
            | {
                "ppt/presentation.xml": f'<p:presentation xmlns:p="{show}" xmlns:r="{_REL}"><p:sldIdLst>'
                '<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
                "ppt/_rels/presentation.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
                f'<Relationship Id="r1" Type="{_REL}/slide" Target="slides/slide1.xml"/></Relationships>',
                "ppt/slides/slide1.xml": slide,
            }
        )
    )


def rtf() -> Made:
    lines = "".join(" | ".join(p).replace("ë", "\\'eb").replace("ü", "\\'fc") + "\\par\n" for p in PEOPLE)
    return _bytes(("{\\rtf1\\ansi\\ansicpg1252 " + lines + "}").encode("cp1252"), "cp1252")


def pdf() -> Made:
    """Four pages of 50 lines each, 14 points apart; what is read back is the line that the box is on."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>")
    kids = []
    for first in range(0, 200, 50):
        lines = b"".join(
            b"(" + f"{p[0]} {p[2]} {p[3]}".encode() + b") Tj T*\n" for p in PEOPLE[first : first + 50]
        )
        stream = b"BT /F1 9 Tf 14 TL 50 780 Td\n" + lines + b"ET"
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
            b"/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>" % len(objects)
        )
        kids.append(len(objects))
    objects[1] = b"<</Type/Pages/Count 4/Kids[%s]>>" % b" ".join(b"%d 0 R" % kid for kid in kids)
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)

    def back(at: Location) -> str:
        if at.page is None or at.box is None:
            return ""
        middle = (at.box[1] + at.box[3]) / 2
        line = round((780 - middle) / 14)
        return " ".join(PEOPLE[(at.page - 1) * 50 + line]) if 0 <= line < 50 else ""

    return out, back


def _message(people: list[tuple[str, ...]]) -> bytes:
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "hr@corp.example", "all@corp.example", "People"
    message.set_content("\n".join(f"{p[0]} | {p[2]} | {p[3]}" for p in people), cte="7bit")
    return message.as_bytes()


def eml() -> Made:
    return _bytes(_message(list(PEOPLE)))


def mbox() -> Made:
    out = b""
    for first in range(0, 200, 20):
        out += (
            b"From hr@corp.example Mon Jan  5 10:00:00 2026\n"
            + _message(list(PEOPLE[first : first + 20]))
            + b"\n"
        )
    return _bytes(out)


MAKERS: dict[str, Callable[[], Made]] = {
    "csv": lambda: delimited(","),
    "tsv": lambda: delimited("\t"),
    "json": json_document,
    "jsonl": json_lines,
    "xml": xml,
    "html": page,
    "xlsx": xlsx,
    "xls": xls,
    "ods": ods,
    "parquet": parquet,
    "orc": orc,
    "avro": avro,
    "feather": feather,
    "sqlite": sqlite,
    "sql": sql,
    "pdf": pdf,
    "docx": docx,
    "rtf": rtf,
    "pptx": pptx,
    "eml": eml,
    "mbox": mbox,
}
