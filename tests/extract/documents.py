"""Small documents, written by hand from their formats' definitions."""

from __future__ import annotations

import base64
import io
import quopri
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of these members, in this order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def word(body: str, namespaces: str = "") -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<w:document xmlns:w="{W}" {namespaces}><w:body>{body}</w:body></w:document>'


def paragraph(*runs: str) -> str:
    """A paragraph whose text is cut into runs, as Word cuts it."""
    return (
        "<w:p>"
        + "".join(f"<w:r><w:rPr/><w:t xml:space='preserve'>{escape(r)}</w:t></w:r>" for r in runs)
        + "</w:p>"
    )


def docx(body: str, others: Mapping[str, str | bytes] | None = None) -> bytes:
    return package(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "word/document.xml": word(body),
            **(others or {}),
        }
    )


def slide(lines: Sequence[str]) -> str:
    body = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in lines)
    return (
        f'<p:sld xmlns:p="{P}" xmlns:a="{A}"><p:cSld><p:spTree><p:sp><p:txBody>{body}</p:txBody></p:sp>'
        "</p:spTree></p:cSld></p:sld>"
    )


def pptx(slides: Sequence[Sequence[str]], others: Mapping[str, str | bytes] | None = None) -> bytes:
    """A presentation that shows its slides in this order; the files are numbered the other way round."""
    count = len(slides)
    order = "".join(f'<p:sldId id="{256 + n}" r:id="rId{n}"/>' for n in range(count))
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="slide" Target="slides/slide{count - n}.xml"/>' for n in range(count)
    )
    presentation = f'<p:presentation xmlns:p="{P}" xmlns:r="{R}">{order}</p:presentation>'
    return package(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "ppt/presentation.xml": presentation,
            "ppt/_rels/presentation.xml.rels": f'<R xmlns="{PACKAGE}/relationships">{relations}</R>',
            **{f"ppt/slides/slide{count - n}.xml": slide(lines) for n, lines in enumerate(slides)},
            **(others or {}),
        }
    )


def odt(body: str, others: Mapping[str, str | bytes] | None = None) -> bytes:
    spaces = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml",
            f"<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>",
        )
        for name, content in (others or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def rtf(lines: Sequence[str]) -> bytes:
    return b"{\\rtf1\\ansi\\ansicpg1252\\uc1 " + b"\\par\r\n".join(rtf_text(line) for line in lines) + b"}"


def rtf_text(text: str) -> bytes:
    out = []
    for char in text:
        if char in "\\{}":
            out.append("\\" + char)
        elif ord(char) < 128:
            out.append(char)
        else:
            units = struct.unpack(f"<{len(char.encode('utf-16-le')) // 2}h", char.encode("utf-16-le"))
            out.extend(f"\\u{unit}?" for unit in units)
    return "".join(out).encode("ascii")


def mail(text: str, encoding: str = "8bit", subject: str = "Records", more: bytes = b"") -> bytes:
    """A message of one part in this transfer encoding."""
    raw = text.replace("\n", "\r\n").encode()
    body = {
        "8bit": lambda: raw,
        "quoted-printable": lambda: quopri.encodestring(text.encode()).replace(b"\n", b"\r\n"),
        "base64": lambda: base64.encodebytes(raw).replace(b"\n", b"\r\n"),
    }[encoding]()
    return (
        (
            f"From: Ann <ann@mail.example>\r\nTo: Bob <bob@mail.example>\r\nSubject: {subject}\r\n"
            "Date: Mon, 5 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
        ).encode()
        + more
        + b"\r\n"
        + body
    )


def multipart(parts: Sequence[tuple[str, bytes]], kind: str = "mixed") -> bytes:
    """A message of parts: their headers and their bodies as they are sent."""
    out = (
        b"From: ann@mail.example\r\nTo: bob@mail.example\r\nSubject: parts\r\nMIME-Version: 1.0\r\n"
        + f'Content-Type: multipart/{kind}; boundary="b=_1"\r\n\r\npreamble\r\n'.encode()
    )
    for headers, body in parts:
        out += b"--b=_1\r\n" + headers.encode() + b"\r\n\r\n" + body + b"\r\n"
    return out + b"--b=_1--\r\n"


def attachment(name: str, data: bytes) -> tuple[str, bytes]:
    head = (
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"'
    )
    return head, base64.encodebytes(data).replace(b"\n", b"\r\n")


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF of pages of lines in Helvetica, 11 points, uncompressed."""
    objects: list[bytes] = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    kids = []
    for lines in pages:
        shown = (
            b"BT /F1 11 Tf 50 800 Td 14 TL "
            + b" ".join(b"(" + pdf_text(line) + b") Tj T*" for line in lines)
            + b" ET"
        )
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(shown), shown))
        kids.append(b"%d 0 R" % (len(objects) + 1))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
            b"/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % len(objects)
        )
    objects[1] = b"<</Type/Pages/Kids[%b]/Count %d>>" % (b" ".join(kids), len(kids))
    return pdf_objects(objects)


def pdf_objects(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)
    return bytes(out)


def pdf_text(text: str) -> bytes:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("latin-1", "replace")


# --- OLE2 ([MS-CFB]) ---

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    children: list[int] = field(default_factory=list)


def compound(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 file of streams by their paths, each padded to 4,096 bytes: then it has sectors of its own."""
    entries = [_Entry("Root Entry", 5)]
    folders = {"": 0}
    for path, content in streams.items():
        *parents, name = path.split("/")
        at = ""
        for folder in parents:
            above, at = at, f"{at}/{folder}"
            if at not in folders:
                folders[at] = len(entries)
                entries[folders[above]].children.append(len(entries))
                entries.append(_Entry(folder, 1))
        entries[folders[at]].children.append(len(entries))
        entries.append(_Entry(name, 2, content.ljust(4096, b"\0")))
    sectors: list[bytes] = []
    table: list[int] = []

    def add(data: bytes) -> int:
        first = len(sectors)
        count = -(-len(data) // _SECTOR)
        for number in range(count):
            sectors.append(data[number * _SECTOR : (number + 1) * _SECTOR].ljust(_SECTOR, b"\0"))
            table.append(first + number + 1 if number + 1 < count else _END)
        return first

    starts = [add(entry.data) if entry.data else _END for entry in entries]
    siblings = [_FREE] * len(entries)
    for entry in entries:
        for child, following in pairwise(entry.children):
            siblings[child] = following
    directory = b""
    for number, entry in enumerate(entries):
        raw = entry.name.encode("utf-16-le") + b"\0\0"
        first = entry.children[0] if entry.children else _FREE
        directory += raw.ljust(64, b"\0")
        directory += struct.pack("<HBBLLL", len(raw), entry.kind, 1, _FREE, siblings[number], first)
        directory += bytes(36) + struct.pack("<LQ", starts[number], len(entry.data))
    start = add(directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0"))
    fats = 1
    while (len(table) + fats) > fats * 128:
        fats += 1
    first_fat = len(sectors)
    table += [_FAT] * fats
    table += [_FREE] * (fats * 128 - len(table))
    fat = struct.pack(f"<{len(table)}L", *table)
    header = struct.pack(
        "<8s16xHHHHH6xLLLLLLLLL",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E,
        3,
        0xFFFE,
        9,
        6,
        0,
        fats,
        start,
        0,
        4096,
        _END,
        0,
        _END,
        0,
    )
    places = [*range(first_fat, first_fat + fats), *[_FREE] * (109 - fats)]
    return header + struct.pack("<109L", *places) + b"".join(sectors) + fat


def doc(text: str, pieces: Sequence[bool] = (False, True)) -> bytes:
    """A Word 97 document whose text is cut into stretches at `|`, in turn of single bytes and UTF-16."""
    cut = text.split("|")
    body, table = bytearray(), b""
    at, borders, entries = 2048, [0], b""
    for number, stretch in enumerate(cut):
        wide = pieces[number % len(pieces)]
        raw = stretch.encode("utf-16-le" if wide else "cp1252")
        entries += struct.pack("<HLH", 0, at + len(body) if wide else (at + len(body)) * 2 | 0x40000000, 0)
        body += raw
        borders.append(borders[-1] + len(stretch))
    plc = struct.pack(f"<{len(borders)}L", *borders) + entries
    table = b"\x02" + struct.pack("<L", len(plc)) + plc
    pairs = [(0, 0)] * 93
    pairs[33] = (0, len(table))
    head = struct.pack("<HHHHHH", 0xA5EC, 0x00C1, 0, 0x0409, 0, 0x0200).ljust(32, b"\0")
    head += struct.pack("<H", 14) + bytes(28) + struct.pack("<H", 22) + bytes(88)
    head += struct.pack("<H", len(pairs)) + b"".join(struct.pack("<LL", *pair) for pair in pairs)
    return compound({"WordDocument": head.ljust(2048, b"\0") + bytes(body), "1Table": table})


def ppt(slides: Sequence[str]) -> bytes:
    """A PowerPoint 97 presentation with a text on each slide."""

    def record(kind: int, content: bytes, version: int = 0) -> bytes:
        return struct.pack("<HHL", version, kind, len(content)) + content

    stream, persistent, listed = b"", [], b""
    for number, text in enumerate(slides):
        listed += record(0x03F3, struct.pack("<LLLLL", number + 1, 0, 0, 256 + number, 0))
        persistent.append(len(stream))
        box = record(0xF00D, record(0x0FA0, text.encode("utf-16-le")), 0xF)
        stream += record(0x03EE, box, 0xF)
    stream += record(0x0FF0, listed, 0xF)
    stream += record(
        0x1772, struct.pack("<L", len(slides) << 20 | 1) + struct.pack(f"<{len(slides)}L", *persistent)
    )
    return compound({"PowerPoint Document": stream, "Current User": b"\0"})


def msg(properties: Mapping[str, str], others: Mapping[str, bytes] | None = None) -> bytes:
    """An Outlook item of properties that are Unicode text."""
    streams = {f"__substg1.0_{name}001F": value.encode("utf-16-le") for name, value in properties.items()}
    return compound({"__properties_version1.0": bytes(32), **streams, **(others or {})})
