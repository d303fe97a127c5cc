"""Documents that are made to break their reader: each ends within its limits, and says why."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from classifier.model import Reason
from tests.extract import documents

Run = Callable[..., Any]


def _entities() -> str:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 80))
    return (
        f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "lol">{laughs}]>'
        + documents.word("<w:p><w:r><w:t>before &l79;</w:t></w:r></w:p>").partition("\n")[2]
    )


def _one_entity() -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa">]>'
        + documents.word("<w:p><w:r><w:t>before &a; after</w:t></w:r></w:p>").partition("\n")[2]
    )


def _deep() -> str:
    return documents.word(documents.paragraph("shallow") + "<w:sdt>" * 200_000)


def _package(document: str) -> bytes:
    return documents.package({"[Content_Types].xml": "<Types/>", "word/document.xml": document})


def _bomb() -> bytes:
    body = documents.word(documents.paragraph("visible") + documents.paragraph("x" * 1000) * 30_000)
    return _package(body)


def _broken() -> bytes:
    return _package(documents.word(documents.paragraph("first") + "<w:r><w:t>second</w:p></oops>third"))


def _page_loop() -> bytes:
    return documents.pdf_objects(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"]
    )


def _flate_bomb() -> bytes:
    squeeze = zlib.compressobj(9)
    first = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    again = squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    twice = zlib.compress(first + again * 2000 + squeeze.flush(), 9)
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%b\nendstream" % (len(twice), twice),
    )
    return documents.pdf_objects(
        [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", *page]
    )


def _garbage_pdf() -> bytes:
    shown = zlib.compress(b"BT (what is left) Tj ET")
    return b"%PDF-1.4\n1 0 obj <</Length 99>>stream\n" + shown + b"\nendstream"


def _large_png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    header = struct.pack(">LLBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))


def _deep_mail() -> bytes:
    headers = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(3000)
    )
    return (
        "From: a@mail.example\r\nSubject: deep\r\nMIME-Version: 1.0\r\n" + headers + "\r\nbottom"
    ).encode()


def _nested_mail() -> bytes:
    message = documents.mail("inmost")
    for number in range(15):
        message = documents.multipart([documents.attachment(f"m{number}.eml", message)])
    return message


def _cyclic_ole() -> bytes:
    data = bytearray(documents.compound({"WordDocument": bytes(9000)}))
    fat = data.rfind(struct.pack("<L", 0xFFFFFFFD))
    table = fat // 512 * 512
    struct.pack_into("<L", data, table, 0)  # the first sector of the first stream is followed by itself
    return bytes(data)


def _cyclic_folders() -> bytes:
    data = bytearray(documents.compound({"ObjectPool/a": b"x", "WordDocument": b"y"}))
    start = 512 * (1 + struct.unpack_from("<L", data, 48)[0])
    struct.pack_into("<L", data, start + 128 + 76, 1)  # the first entry is its own child
    return bytes(data)


def _overlapping() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", documents.word(documents.paragraph("x" * 1000) * 6000))
        (info,) = (entry for entry in archive.infolist() if entry.filename.startswith("word/"))
        archive.filelist += [info] * 3000
    return out.getvalue()


S, P = "SKIPPED", "PARTIAL"
CASES: dict[str, tuple[Callable[[], bytes], str, Reason, str, dict[str, int]]] = {
    "billion-laughs.docx": (lambda: _package(_entities()), "", Reason.MALFORMED_FILE, "entities", {}),
    "entity.docx": (lambda: _package(_one_entity()), "after", Reason.UNABLE_TO_PARSE_FILE, "entities", {}),
    "deep.docx": (lambda: _package(_deep()), "shallow", Reason.MALFORMED_FILE, "deep", {}),
    "bomb.docx": (_bomb, "visible", Reason.OOXML_UNCOMPRESSED_RATIO_EXCEEDS_LIMIT, "", {}),
    "broken.docx": (_broken, "third", Reason.MALFORMED_FILE, "broken XML", {}),
    "truncated.docx": (
        lambda: documents.docx(documents.paragraph("x"))[:-30],
        "",
        Reason.MALFORMED_FILE,
        "ZIP",
        {},
    ),
    "overlapping.docx": (
        _overlapping,
        "",
        Reason.ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT,
        "",
        {"expanded_bytes": 32 << 20},
    ),
    "page-loop.pdf": (_page_loop, "", Reason.MALFORMED_FILE, "", {}),
    "garbage.pdf": (_garbage_pdf, "what is left", Reason.MALFORMED_FILE, "broken PDF", {}),
    "many-pages.pdf": (
        lambda: documents.pdf([[f"page {n};"] for n in range(50)]),
        "page 49;",
        Reason.FILE_EXCEEDS_SIZE_LIMIT,
        "pages",
        {"pages": 10},
    ),
    "large.png": (_large_png, "", Reason.FILE_EXCEEDS_SIZE_LIMIT, "pixels", {}),
    "deep.rtf": (lambda: b"{\\rtf1 top" + b"{" * 200_000, "top", Reason.MALFORMED_FILE, "deep", {}),
    "truncated.rtf": (lambda: b"{\\rtf1 top {\\b bold", "bold", Reason.MALFORMED_FILE, "truncated", {}),
    "deep.eml": (_deep_mail, "deep", Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT, "", {}),
    "nested.eml": (_nested_mail, "m14.eml", Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT, "", {}),
    "cyclic.doc": (_cyclic_ole, "", Reason.MALFORMED_FILE, "", {}),
    "folders.doc": (_cyclic_folders, "", Reason.MALFORMED_FILE, "", {}),
    "encrypted.docx": (
        lambda: documents.compound({"EncryptedPackage": b"x"}),
        "",
        Reason.UNABLE_TO_PARSE_FILE,
        "encrypted",
        {},
    ),
    "short.jks": (lambda: b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\5", "", Reason.MALFORMED_FILE, "truncated", {}),
    "broken.jpg": (lambda: b"\xff\xd8\xff\xe0\0\4JF", "", Reason.MALFORMED_FILE, "broken", {}),
    "broken.dcm": (lambda: bytes(128) + b"DICM" + b"\xff" * 40, "", Reason.MALFORMED_FILE, "", {}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_ends_and_says_why(name: str, run: Run) -> None:
    make, text, reason, detail, limits = CASES[name]
    found = run(make(), name, **limits)
    assert text.encode() in found.text
    told = [problem for problem in found.problems if problem.reason is reason and detail in problem.detail]
    assert told, found.problems
    assert all(problem.lost for problem in told) or found.text


def test_a_stream_that_expands_without_end_costs_the_document_only(run: Run) -> None:
    found = run(_flate_bomb(), "bomb.pdf")
    assert found.problems
