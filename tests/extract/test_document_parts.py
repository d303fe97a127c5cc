"""What stands outside the body of documents and mail, and what is attached to them."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from classifier.demo import values
from classifier.extract import msg
from tests.extract import documents

Run = Callable[..., Any]
W = documents.W


def _in_word(element: str, content: str) -> str:
    return f'<w:{element} xmlns:w="{W}">{content}</w:{element}>'


def _word_parts() -> bytes:
    note = documents.paragraph("note-text")
    rels = (
        '<Relationships xmlns="x">'
        '<Relationship Id="1" Target="mailto:link@mail.example" TargetMode="External"/>'
        "</Relationships>"
    )
    box = (
        '<w:p xmlns:mc="m"><w:r><mc:AlternateContent><mc:Choice><wps:txbx xmlns:wps="s"><w:p><w:r><w:t>'
        "box-text"
        "</w:t></w:r></w:p></wps:txbx></mc:Choice><mc:Fallback><w:p><w:r><w:t>box-text</w:t></w:r></w:p>"
        "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    table = (
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell-a</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>cell-b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )
    deleted = (
        '<w:p><w:del w:author="author-name"><w:r><w:delText>deleted-text</w:delText></w:r></w:del></w:p>'
    )
    field = '<w:p><w:fldSimple w:instr="MERGEFIELD merge-name"/></w:p>'
    return documents.docx(
        box + table + deleted + field,
        {
            "word/header1.xml": _in_word("hdr", documents.paragraph("header-text")),
            "word/footer1.xml": _in_word("ftr", documents.paragraph("footer-text")),
            "word/footnotes.xml": _in_word("footnotes", note),
            "word/comments.xml": _in_word(
                "comments", f'<w:comment w:author="critic">{documents.paragraph("comment-text")}</w:comment>'
            ),
            "word/settings.xml": _in_word(
                "settings", '<w:docVars><w:docVar w:name="n" w:val="variable-text"/></w:docVars>'
            ),
            "word/_rels/document.xml.rels": rels,
            "docProps/core.xml": '<c xmlns:dc="d"><dc:title>title-text</dc:title></c>',
            "docProps/custom.xml": '<Ps><property name="prop-name"><v>prop-text</v></property></Ps>',
            "customXml/item1.xml": "<data><field>bound-text</field></data>",
            "word/embeddings/inner.docx": documents.docx(documents.paragraph("inner-text")),
            "word/embeddings/notes.txt": "plain-text",
        },
    )


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("box-text", "word/document.xml"),
        ("cell-a\tcell-b", "word/document.xml"),
        ("deleted-text", "word/document.xml"),
        ("author-name", "word/document.xml"),
        ("MERGEFIELD merge-name", "word/document.xml"),
        ("header-text", "word/header1.xml"),
        ("footer-text", "word/footer1.xml"),
        ("note-text", "word/footnotes.xml"),
        ("comment-text", "word/comments.xml"),
        ("critic", "word/comments.xml"),
        ("variable-text", "word/settings.xml"),
        ("mailto:link@mail.example", "word/_rels/document.xml.rels"),
        ("title-text", "docProps/core.xml"),
        ("prop-text", "docProps/custom.xml"),
        ("prop-name", "docProps/custom.xml"),
        ("bound-text", "customXml/item1.xml"),
        ("inner-text", "word/embeddings/inner.docx!/word/document.xml"),
        ("plain-text", "word/embeddings/notes.txt"),
    ],
)
def test_parts_of_a_word_document(text: str, part: str, run: Run) -> None:
    assert run(_word_parts(), "a.docx").only(text).part == part


def test_parts_of_a_presentation(run: Run) -> None:
    relations = '<R xmlns="x"><Relationship Id="n" Target="../notesSlides/notesSlide9.xml"/></R>'
    found = run(
        documents.pptx(
            [["one"], ["two"]],
            {
                "ppt/slides/_rels/slide1.xml.rels": relations,
                "ppt/notesSlides/notesSlide9.xml": documents.slide(["said aloud"]),
                "ppt/comments/comment1.xml": '<p:l xmlns:p="p"><p:cm><p:text>remark</p:text></p:cm></p:l>',
                "ppt/slideMasters/slideMaster1.xml": documents.slide(["on every slide"]),
            },
        ),
        "a.pptx",
    )
    assert found.only("two").page == found.only("said aloud").page == 2
    assert found.only("remark")
    assert found.only("on every slide").part == "ppt/slideMasters/slideMaster1.xml"


def test_parts_of_an_open_document(run: Run) -> None:
    body = (
        "<text:p>A<text:tab/>B<text:s text:c='2'/>C<office:annotation><dc:creator>critic</dc:creator>"
        "<text:p>remark</text:p></office:annotation></text:p>"
        "<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell>"
        "<table:table-cell><text:p>y</text:p></table:table-cell></table:table-row>"
    )
    others = {
        "styles.xml": "<s><text:p>footer-text</text:p></s>".replace("text:", ""),
        "meta.xml": "<m><title>title-text</title></m>",
    }
    found = run(documents.odt(body, others), "a.odt")
    assert b"A\tB  C critic" in found.text
    assert b"x\ty" in found.text
    assert found.only("footer-text").part == "styles.xml"
    assert found.only("title-text").part == "meta.xml"


RTF = {
    "header": (rb"{\rtf1{\header head-text\par}body}", "head-text"),
    "footnote": (rb"{\rtf1 a{\footnote note-text}b}", "note-text"),
    "comment": (rb"{\rtf1 a{\*\atnauthor Ann}\chatn{\*\annotation said}b}", "Ann said"),
    "text box": (rb"{\rtf1{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt box-text}}}}", "box-text"),
    "link": (
        rb'{\rtf1{\field{\*\fldinst HYPERLINK "mailto:a@mail.example"}{\fldrslt shown}}}',
        "mailto:a@mail.example",
    ),
    "property": (rb"{\rtf1{\info{\title title-text}{\*\company firm}}}", "firm"),
    "own property": (rb"{\rtf1{\*\userprops{\propname n}\proptype30{\staticval own-text}}}", "own-text"),
    "unicode": (rb"{\rtf1\uc1 \u1055?\u1088?}", "Пр"),
    "pair": (rb"{\rtf1\uc1 \u-10179?\u-8704?}", "\U0001f600"),
    "code page of a font": (rb"{\rtf1{\fonttbl{\f1\fcharset204 A;}}{\f1\'cf\'f0}}", "Пр"),
    "two bytes": (rb"{\rtf1{\fonttbl{\f1\fcharset128 A;}}{\f1\'82\'b1\'82\'f1}}", "こん"),
    "cut word": (rb"{\rtf1 4111\b  \b0{\i 1111}}", "1111"),
    "binary data": (rb"{\rtf1{\pict\bin5 }}}}}}after}", "after"),
}


@pytest.mark.parametrize("case", RTF)
def test_rtf(case: str, run: Run) -> None:
    data, text = RTF[case]
    found = run(data, "a.rtf")
    assert found.find(text), found.text
    assert not found.problems


def test_rtf_skips_what_is_no_text(run: Run) -> None:
    data = rb"{\rtf1{\fonttbl{\f0 Arial;}}{\stylesheet{\s0 Normal;}}{\*\unknown hidden}{\pict 00ff}seen}"
    assert run(data, "a.rtf").text == b"seen"


def test_a_value_that_word_97_cut_in_two(run: Run) -> None:
    found = run(documents.doc("card 4111 1111| 1111 1111 end"), "a.doc")
    at = found.only("4111 1111 1111 1111")
    assert (at.part, at.byte_end - at.byte_start) == ("WordDocument", 9 + 2 * 10)


def test_an_outlook_item(run: Run) -> None:
    inner = documents.docx(documents.paragraph("inner-text"))
    data = documents.msg(
        {"0037": "subject-text", "1000": "body-text", "0C1F": "ann@mail.example"},
        {
            "__recip_version1.0_#00000000/__substg1.0_39FE001F": "bob@mail.example".encode("utf-16-le"),
            "__attach_version1.0_#00000000/__substg1.0_3707001F": "inner.docx".encode("utf-16-le"),
            "__attach_version1.0_#00000000/__substg1.0_37010102": inner,
        },
    )
    found = run(data, "a.msg")
    assert found.only("body-text").part == "__substg1.0_1000001F"
    for text in ("subject-text", "ann@mail.example", "bob@mail.example"):
        assert found.only(text)
    assert found.only("inner-text").part == "inner.docx!/word/document.xml"


def test_compressed_rtf() -> None:
    """The example of [MS-OXRTFCP] 3.1."""
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert msg.decompressed(example).startswith(b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}")


def test_a_message_with_all_that_it_may_have(run: Run) -> None:
    pdf = documents.pdf([["in the report"]])
    data = documents.multipart(
        [
            (
                "Content-Type: text/plain; charset=iso-8859-15\r\nContent-Transfer-Encoding: 8bit",
                b"Preis 5 \xa4",
            ),
            ("Content-Type: text/html; charset=utf-8", b"<p>rich <b>te</b>xt</p>"),
            documents.attachment("report.pdf", pdf),
            (
                "Content-Type: application/octet-stream;\r\n name*0*=utf-8''stra%C3%9F;\r\n name*1=e.txt",
                b"named in two",
            ),
            (
                "Content-Type: message/rfc822",
                documents.mail("forwarded text", subject="=?utf-8?q?gr=C3=BC=C3=9Fe?="),
            ),
        ]
    )
    found = run(data, "a.eml")
    at = found.only("Preis 5 €")
    assert data[at.byte_start : at.byte_end] == b"Preis 5 \xa4"
    assert found.only("rich").part == "body.html"
    assert found.find("rich text")
    assert found.only("in the report").part == "report.pdf"
    assert found.only("named in two").part == "straße.txt"
    for text in ("forwarded text", "grüße", "preamble"):
        at = found.only(text)
        assert at.part is None
    assert data[found.only("forwarded text").byte_start :].startswith(b"forwarded text")


def test_messages_of_a_mailbox_are_numbered(run: Run) -> None:
    messages = [documents.mail(f"text {n}\n\nFrom here on").replace(b"\r\n", b"\n") for n in range(3)]
    data = b"\n\n".join(b"From a@mail.example Mon Jan  5 10:00:00 2026\n" + message for message in messages)
    found = run(data, "a.mbox")
    assert [found.only(f"text {n}").record for n in range(3)] == [0, 1, 2]


def test_a_pdf_with_annotations_a_form_and_a_file(run: Run) -> None:
    attached = b"attached text"
    data = documents.pdf_objects(
        [
            b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>"
            b"/Names<</EmbeddedFiles<</Names[(note.txt) 7 0 R]>>>>>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R 5 0 R 6 0 R]>>",
            b"<</Type/Annot/Subtype/Text/Rect[10 20 30 40]/Contents(remark)/T(critic)>>",
            b"<</Type/Annot/Subtype/Widget/FT/Tx/T(ssn)/V(filled in)/Rect[50 60 90 80]>>",
            b"<</Type/Annot/Subtype/Link/Rect[1 1 2 2]/A<</S/URI/URI(https://user:pass@host.example/)>>>>",
            b"<</Type/Filespec/F(note.txt)/UF(note.txt)/EF<</F 8 0 R>>>>",
            b"<</Type/EmbeddedFile/Length %d>>stream\n%b\nendstream" % (len(attached), attached),
            b"<</Title(title-text)/Author(Ann)>>",
        ],
        b"/Info 9 0 R",
    )
    found = run(data, "a.pdf")
    assert found.only("remark").box == (10.0, 20.0, 30.0, 40.0)
    assert found.only("filled in").box == (50.0, 60.0, 90.0, 80.0)
    ((chunk, start, end),) = found.find("filled in")
    assert chunk.locator.enclosing(start, end).names == ("ssn",)
    for text in ("critic", "https://user:pass@host.example/", "title-text", "Ann"):
        assert found.find(text), text
    assert found.only("attached text").part == "note.txt"


def test_pictures_say_what_is_written_in_them(run: Run) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">LLBBBBB", 8, 8, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", b"Author\0Ann Example")
        + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"packed text"))
        + chunk(b"iTXt", "Title\0\0\0de\0Titel\0grüße".encode())
        + chunk(b"IDAT", zlib.compress(bytes(9 * 8)))
        + chunk(b"IEND", b"")
    )
    found = run(png, "a.png")
    at = found.only("Ann Example")
    assert png[at.byte_start : at.byte_end] == b"Ann Example"
    for text in ("packed text", "grüße"):
        assert found.find(text)
    assert not found.problems


def test_exif_of_a_jpeg(run: Run) -> None:
    from PIL import Image

    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = "Ann Example"
    exif[0x9C9C] = "comment\0".encode("utf-16-le")
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 30.0, 0.0), 3: "W", 4: (9.0, 15.0, 0.0)})
    Image.new("L", (8, 8)).save(out, "JPEG", exif=exif, comment=b"shot at home")
    found = run(out.getvalue(), "a.jpg")
    for text in ("Ann Example", "comment", "48.500000", "-9.250000", "shot at home"):
        assert found.find(text), (text, found.text)


def test_contacts_and_events(run: Run) -> None:
    data = (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Ex\r\n ample\r\nTEL;TYPE=home:+1 202 555 2345\r\n"
        b"NOTE:a\\, b\\nc\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE:M=C3=BC=\r\nller\r\nEND:VCARD\r\n"
    )
    found = run(data, "a.vcf")
    at = found.only("Ann Example")
    assert data[at.byte_start : at.byte_end] == b"Ann Ex\r\n ample"
    assert at.record == 0
    ((chunk, start, end),) = found.find("+1 202 555 2345")
    assert chunk.locator.enclosing(start, end).names == ("TEL",)
    assert found.find("a, b\nc")
    assert found.only("Müller").record == 1
    events = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Call Ann\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    assert run(events, "a.ics").only("Call Ann").record == 0


def test_health_messages(run: Run) -> None:
    hl7 = (
        b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\rPID|1||77301^^^X^MR||QUILL^MIRA\r"
        b"MSH|^~\\&|A\rPID|1||88401^^^X"
    )
    found = run(hl7, "a.hl7")
    at = found.only("88401")
    assert (at.record, at.line, hl7[at.byte_start : at.byte_end]) == (1, 4, b"88401")
    isa = b"ISA*00*" + b" " * 10 + b"*00*" + b" " * 10 + b"*ZZ*" + b"A" * 15 + b"*ZZ*" + b"B" * 15
    isa += b"*260101*1200*^*00501*000000001*0*P*:~"
    x12 = isa + b"GS*HC*A*B*20260101*1200*1*X*005010~ST*837*0001~NM1*IL*1*QUILL*MIRA~SE*2*0001~"
    assert len(isa) == 106
    found = run(x12, "a.edi")
    assert {chunk.format for chunk in found.chunks} == {"x12"}
    at = found.only("QUILL")
    assert (at.record, at.line, x12[at.byte_start : at.byte_end]) == (0, 4, b"QUILL")


def test_dicom_elements(run: Run) -> None:
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    dataset.PatientName = "QUILL^MIRA"
    dataset.PatientID = "77301"
    item = Dataset()
    item.PatientComments = "inside a sequence"
    dataset.OtherPatientIDsSequence = [item]
    dataset.PixelData = b"pixels that are not looked at"
    out = io.BytesIO()
    dataset.save_as(out, enforce_file_format=True)
    data = out.getvalue()
    found = run(data, "a.dcm")
    at = found.only("QUILL^MIRA")
    assert (at.json_path, data[at.byte_start : at.byte_end]) == ("$.PatientName", b"QUILL^MIRA")
    assert found.only("inside a sequence").json_path == "$.OtherPatientIDsSequence[0].PatientComments"
    assert not found.find("pixels")


def _tlv(tag: int, *content: bytes) -> bytes:
    body = b"".join(content)
    size = bytes([len(body)]) if len(body) < 128 else b"\x82" + struct.pack(">H", len(body))
    return bytes([tag]) + size + body


def _certificate() -> bytes:
    name = _tlv(0x30, _tlv(0x31, _tlv(0x30, _tlv(6, b"\x55\x04\x03"), _tlv(0x0C, b"Ann Example"))))
    mail = _tlv(0x30, _tlv(6, b"\x55\x1d\x11"), _tlv(4, _tlv(0x30, _tlv(0x81, b"ann@mail.example"))))
    return _tlv(0x30, _tlv(0x30, _tlv(2, b"\x05"), name, _tlv(0xA3, _tlv(0x30, mail))), _tlv(3, b"\0sign"))


def test_certificates(run: Run) -> None:
    der = _certificate()
    found = run(der, "a.cer")
    at = found.only("Ann Example")
    assert der[at.byte_start : at.byte_end] == b"Ann Example"
    assert found.find("ann@mail.example")
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    found = run(pem, "a.pem")
    assert found.only("ann@mail.example").byte_start == 0


def test_private_keys_are_shown_as_what_they_are(run: Run) -> None:
    from random import Random

    pem = values.rsa_private_key(Random(1))
    assert run(pem.encode(), "a.pem").find(pem.splitlines()[1])
    inner = base64.b64decode("".join(pem.splitlines()[1:-1]))
    found = run(inner, "a.key")
    assert found.text.startswith(b"-----BEGIN RSA PRIVATE K" + b"EY-----")
    assert found.chunks[0].locator.locate(0, 20).byte_end == len(inner)
    opened = values.openssh_private_key(Random(1))
    assert run(opened.encode(), "id").find("openssh private key, not encrypted")


def test_encrypted_keys_are_told(run: Run) -> None:
    pbes2 = _tlv(0x30, _tlv(6, bytes.fromhex("2a864886f70d01050d")), _tlv(0x30, b""))
    found = run(_tlv(0x30, pbes2, _tlv(4, b"secret bytes")), "a.p8")
    assert [problem.detail for problem in found.problems] == ["encrypted"]
    keystore = b"\xfe\xed\xfe\xed" + struct.pack(">LLLH", 2, 1, 2, 5) + b"alias" + bytes(8)
    keystore += struct.pack(">H", 5) + b"X.509" + struct.pack(">L", len(_certificate())) + _certificate()
    found = run(keystore, "a.jks")
    assert found.find("alias")
    assert found.find("Ann Example")
