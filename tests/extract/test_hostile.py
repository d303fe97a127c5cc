"""Files that are made to break what reads them: each ends soon, with what can be read and its reason."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib

import pytest

from classifier.extract import registry, wire
from classifier.extract.part import Head
from classifier.model import Reason

R = Reason
NS = "http://schemas.openxmlformats.org"


def repeated(piece: bytes, times: int, wbits: int = -15) -> bytes:
    """The deflate stream of `piece` so many times, made in no time: one compressed block, again and again."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, wbits)
    start = deflater.compress(piece) + deflater.flush(zlib.Z_FULL_FLUSH)
    block = deflater.compress(piece) + deflater.flush(zlib.Z_FULL_FLUSH)
    return start + block * (times - 1) + deflater.flush()


def gz(piece: bytes, times: int) -> bytes:
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + repeated(piece, times) + bytes(8)


def zst_of_zeros(blocks: int, byte: bytes = b"\0") -> bytes:
    """Zstandard's RLE blocks (RFC 8878, 3.1.1.2): 128 KiB of one byte each."""
    header = b"\x28\xb5\x2f\xfd\0\x58"
    block = ((1 << 17) << 3 | 1 << 1).to_bytes(3, "little") + byte
    return header + block * (blocks - 1) + ((1 << 17) << 3 | 1 << 1 | 1).to_bytes(3, "little") + byte


def raw_zip(members: list[tuple[str, bytes, int]]) -> bytes:
    """A ZIP archive of deflate streams as they are given, with their sizes."""
    out, directory = b"", b""
    for name, stream, size in members:
        inflated = zlib.decompressobj(-15).decompress(stream, min(size, 1 << 24))
        crc = zlib.crc32(inflated) if len(inflated) == size else 0  # of the large ones nobody sees the end
        fields = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0, crc, len(stream), size)
        names = struct.pack("<HH", len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 20) + fields + names + bytes(10)
        directory += struct.pack("<I", len(out)) + name.encode()
        out += b"PK\3\4" + fields + names + name.encode() + stream
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(members), len(members), len(directory), len(out), 0)
    return out + directory + end


def deflated(text: str | bytes) -> tuple[bytes, int]:
    data = text.encode() if isinstance(text, str) else text
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(data) + deflater.flush(), len(data)


def package(main: str, kind: str, members: dict[str, tuple[bytes, int]]) -> bytes:
    types = (
        f'<Types xmlns="{NS}/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="{kind}"/></Types>'
    )
    rels = (
        f'<Relationships xmlns="{NS}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{NS}/officeDocument/2006/relationships/officeDocument" Target="{main}"/></Relationships>'
    )
    every = {"[Content_Types].xml": deflated(types), "_rels/.rels": deflated(rels), **members}
    return raw_zip([(name, *stream) for name, stream in every.items()])


def workbook(sheet: tuple[bytes, int]) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    book = (
        f'<workbook xmlns="{NS}/spreadsheetml/2006/main" '
        f'xmlns:r="{NS}/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>"
    )
    rels = (
        f'<Relationships xmlns="{NS}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{NS}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>"
    )
    return package(
        "xl/workbook.xml",
        kind,
        {
            "xl/workbook.xml": deflated(book),
            "xl/_rels/workbook.xml.rels": deflated(rels),
            "xl/worksheets/sheet1.xml": sheet,
        },
    )


def document(body: tuple[bytes, int]) -> bytes:
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return package("word/document.xml", kind, {"word/document.xml": body})


def large_docx() -> bytes:
    piece = b"<w:p><w:r><w:t>anna@example.com</w:t></w:r></w:p>" * 20_000
    start = f'<w:document xmlns:w="{NS}/wordprocessingml/2006/main"><w:body>'.encode()
    whole = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = whole.compress(start) + whole.flush(zlib.Z_FULL_FLUSH)
    return document((head + repeated(piece, 1100), len(start) + len(piece) * 1100))


def large_xlsx() -> bytes:
    piece = b'<row><c t="inlineStr"><is><t>anna@example.com</t></is></c></row>' * 16_000
    start = f'<worksheet xmlns="{NS}/spreadsheetml/2006/main"><sheetData>'.encode()
    whole = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = whole.compress(start) + whole.flush(zlib.Z_FULL_FLUSH)
    return workbook((head + repeated(piece, 1000), len(start) + len(piece) * 1000))


def sparse_xlsx() -> bytes:
    cells = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>anna@example.com</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>last@example.com</t></is></c></row>'
    )
    text = f'<worksheet xmlns="{NS}/spreadsheetml/2006/main"><sheetData>{cells}</sheetData></worksheet>'
    return workbook(deflated(text))


LAUGHS = "<!DOCTYPE l [<!ENTITY a0 'anna@example.com'>" + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
)


def laughing_docx() -> bytes:
    main = f"{NS}/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{main}"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>'
    return document(deflated(f'<?xml version="1.0"?>{LAUGHS}]>{body}'))


def nested_zip(levels: int) -> bytes:
    data, name = b"anna@example.com\n", "a.txt"
    for level in range(levels):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr(name, data)
        data, name = out.getvalue(), f"{level}.zip"
    return data


def overlapping_zip() -> bytes:
    """A thousand names of the same 10 MiB."""
    stream = repeated(b"anna@example.com " * 6_200, 100)  # 10 MB
    size = 17 * 6_200 * 100
    first = raw_zip([("a.txt", stream, size)])
    at = first.index(b"PK\1\2")
    entry = first[at : first.index(b"PK\5\6", at)]
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1000, 1000, len(entry) * 1000, at, 0)
    return first[:at] + entry * 1000 + end


def pdf(stream: bytes, filters: bytes) -> bytes:
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(stream), filters, stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % table


def bomb_pdf() -> bytes:
    once = repeated(b" " * (1 << 20), 1024, 15)
    return pdf(zlib.compress(once, 9), b"/FlateDecode/FlateDecode")


def long_page() -> bytes:
    line = b"(anna@example.com anna@example.com anna@example.com) Tj T*\n" * 4_000
    return pdf(b"".join([repeated(b"BT /F 1 Tf 1 TL 0 0 Td\n" + line, 230, 15)]), b"/FlateDecode")


def huge_png() -> bytes:
    def block(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    text = block(b"tEXt", b"Comment\0anna@example.com")
    pixels = block(b"IDAT", repeated(bytes(30_001), 30_000, 15))
    return b"\x89PNG\r\n\x1a\n" + block(b"IHDR", header) + text + pixels + block(b"IEND", b"")


def rle_parquet() -> bytes:
    import pyarrow
    import pyarrow.parquet

    out = io.BytesIO()
    schema = pyarrow.schema([pyarrow.field("n", pyarrow.int8())])
    with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        table = pyarrow.table({"n": pyarrow.array([7], pyarrow.int8()).take([0] * 1_000_000)})
        for _ in range(100):
            writer.write_table(table, row_group_size=1_000_000)
    return out.getvalue()


DEEP = 200_000
SIZE = {R.OOXML_UNCOMPRESSED_SIZE_EXCEEDS_LIMIT, R.OOXML_UNCOMPRESSED_RATIO_EXCEEDS_LIMIT}
BYTES = {R.ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT}
CASES = {
    # name: maker, file name, reasons of which one comes, text that is found nevertheless
    "2 GB of zeros, gzip": (
        lambda: gz(bytes(1 << 20), 2048),
        "x.gz",
        {R.UNSUPPORTED_FILE_TYPE_EXCEPTION},
        "",
    ),
    "2 GB of text, gzip": (lambda: gz(b"anna@example.com\n" * 61_681, 2048), "x.txt.gz", BYTES, "anna@"),
    "4 GB of zeros, zstd": (lambda: zst_of_zeros(32768), "x.zst", {R.UNSUPPORTED_FILE_TYPE_EXCEPTION}, ""),
    "4 GB of one letter, zstd": (lambda: zst_of_zeros(32768, b"a"), "x.txt.zst", BYTES, "aaa"),
    "1 GB in a docx": (large_docx, "x.docx", {*SIZE, R.TIME_CUT_OFF_REACHED}, "anna@"),
    "1 GB in an xlsx": (large_xlsx, "x.xlsx", {*SIZE, R.TIME_CUT_OFF_REACHED}, ""),
    "sparse xlsx": (sparse_xlsx, "x.xlsx", set(), "last@example.com"),
    "billion laughs": (
        lambda: f"<?xml version='1.0'?>{LAUGHS}]><l>&a9;</l>".encode(),
        "x.xml",
        set(),
        "anna@",
    ),
    "billion laughs in a docx": (laughing_docx, "x.docx", {R.UNABLE_TO_PARSE_FILE}, ""),
    "deep json": (lambda: b"[" * DEEP + b"1" + b"]" * DEEP, "x.json", {R.JSON_NESTING_LEVEL_OVER_LIMIT}, "1"),
    "deep xml": (
        lambda: b"<?xml version='1.0'?>" + b"<a>" * DEEP + b"anna@example.com" + b"</a>" * DEEP,
        "x.xml",
        {R.JSON_NESTING_LEVEL_OVER_LIMIT},
        "anna@",
    ),
    "deep html": (
        lambda: b"<!DOCTYPE html>" + b"<div>" * DEEP + b"anna@example.com" + b"</div>" * DEEP,
        "x.html",
        set(),
        "anna@",
    ),
    "deep rtf": (
        lambda: b"{\\rtf1 " + b"{" * DEEP + b"anna@example.com" + b"}" * DEEP + b"}",
        "x.rtf",
        {R.MALFORMED_FILE},
        "",
    ),
    "60-deep zip": (lambda: nested_zip(60), "x.zip", {R.ARCHIVE_NESTING_LEVEL_OVER_LIMIT}, ""),
    "overlapping zip entries": (overlapping_zip, "x.zip", BYTES, "anna@"),
    "1 GB in 2 kB of PDF": (
        bomb_pdf,
        "x.pdf",
        {
            R.MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT,
            R.UNABLE_TO_PARSE_FILE,
            R.FILE_EXCEEDS_SIZE_LIMIT,
            R.MALFORMED_FILE,
            R.TIME_CUT_OFF_REACHED,
            *BYTES,
        },
        "",
    ),
    "55 MB on a page": (
        long_page,
        "x.pdf",
        {
            R.MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT,
            R.UNABLE_TO_PARSE_FILE,
            R.FILE_EXCEEDS_SIZE_LIMIT,
            R.TIME_CUT_OFF_REACHED,
            None,
        },
        "",
    ),
    "900 megapixels": (huge_png, "x.png", {R.FILE_EXCEEDS_SIZE_LIMIT, R.TIME_CUT_OFF_REACHED, None}, ""),
    "100 million values": (rle_parquet, "x.parquet", {R.TIME_CUT_OFF_REACHED}, "7"),
}


@pytest.mark.parametrize("name", CASES)
def test_hostile_files_end(run, name):
    make, file, reasons, text = CASES[name]
    got = run(make(), file, stall_seconds=6 if file.endswith(("parquet", "xlsx")) else 3)
    seen = {problem.reason for problem in got.problems}
    assert seen <= reasons | {None}, got.problems
    assert bool(seen) or not reasons or None in reasons
    assert text.encode() in got.text
    if text and got.problems:
        assert not any(problem.part is None and problem.lost for problem in got.problems)


def test_what_a_worker_says_is_not_run():
    harmless = wire.Items()
    for payload in (b"cos\nsystem\n(S'true'\ntR.", b"cbuiltins\neval\n(S'1'\ntR.", b"\x80\x05."):
        with pytest.raises(wire.Broken):
            harmless.item(payload)


def test_head_is_enough_to_choose():
    """No format asks for more than the head when it recognises a part, nor imports its library for it."""
    for data in (
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        gzip.compress(b"x"),
        json.dumps({}).encode(),
    ):
        head = Head(data, True, "x")
        assert sum(known.recognise(head) is not None for known in registry.FORMATS) >= 1
