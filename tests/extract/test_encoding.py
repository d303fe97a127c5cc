"""Encodings: what is found out, and that every location holds in the object's own bytes."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.extract.encoding import LEGACY, RAW, Encoding, detect
from classifier.extract.transcode import open_text

PLANTED = ("anna@example.com", "4539 1488 0343 6467", "Zürich-Straße")
GERMAN = (
    "Sehr geehrte Damen und Herren,\nfür die Überweisung danken wir; die Prüfung läuft.\n"
    "Kontakt: anna@example.com, Zürich-Straße 12, größere Fläche\nKarte 4539 1488 0343 6467 gültig\n"
)
RUSSIAN = (
    "Уважаемые коллеги, направляем список сотрудников нашего отдела.\nПочта: anna@example.com\n"
    "Карта 4539 1488 0343 6467, город Москва\nИванов Пётр Сергеевич, инженер\n"
)
POLISH = (
    "Szanowni Państwo, przesyłamy zaświadczenie dla wszystkich pracowników spółki.\n"
    "Łódź, źródło: anna@example.com\nKarta 4539 1488 0343 6467 ważna; żółta teczka, część druga\n"
)
JAPANESE = (
    "お客様各位、いつもお世話になっております。担当者の連絡先です。\n連絡先 anna@example.com まで\n"
    "カード番号 4539 1488 0343 6467 山田太郎\n東京都千代田区丸の内一丁目\n"
)
CHINESE = (
    "尊敬的客户，您好。这是我们公司的联系方式和地址。\n邮箱 anna@example.com\n"
    "卡号 4539 1488 0343 6467 北京市朝阳区建国路\n张伟 经理\n"
)
KOREAN = (
    "안녕하십니까, 고객님. 담당자 연락처를 보내드립니다.\n메일 anna@example.com\n"
    "카드 4539 1488 0343 6467 서울특별시 강남구\n김철수 과장\n"
)
CASES = [
    ("utf-8", b"", GERMAN),
    ("utf-8", codecs.BOM_UTF8, GERMAN),
    ("utf-16-le", codecs.BOM_UTF16_LE, GERMAN),
    ("utf-16-be", codecs.BOM_UTF16_BE, GERMAN),
    ("utf-16-le", b"", GERMAN),
    ("utf-16-be", b"", GERMAN),
    ("utf-16-le", b"", RUSSIAN),
    ("utf-16-le", codecs.BOM_UTF16_LE, CHINESE),
    ("utf-32-le", codecs.BOM_UTF32_LE, GERMAN),
    ("utf-32-be", codecs.BOM_UTF32_BE, CHINESE),
    ("utf-32-le", b"", RUSSIAN),
    ("utf-32-be", b"", GERMAN),
    ("latin-1", b"", GERMAN),
    ("cp1252", b"", GERMAN + "Preis: 5 €\n"),
    ("cp1250", b"", POLISH),
    ("cp1251", b"", RUSSIAN),
    ("koi8-r", b"", RUSSIAN),
    ("cp932", b"", JAPANESE),
    ("euc-jp", b"", JAPANESE),
    ("gb18030", b"", CHINESE),
    ("cp949", b"", KOREAN),
    ("cp1140", b"", GERMAN),
    ("cp273", b"", GERMAN),
]
IDS = [f"{codec}{'+bom' if bom else ''}-{text[:4].strip()}" for codec, bom, text in CASES]


@pytest.mark.parametrize("codec, bom, text", CASES, ids=IDS)
@pytest.mark.parametrize("chunk_bytes", [40, 1 << 20])
@pytest.mark.parametrize("repeat", [1, 400])
def test_offsets_are_those_of_the_source(run, codec, bom, text, chunk_bytes, repeat):
    data = bom + (text * repeat).encode(codec)
    got = run(data, block=999, chunk_bytes=chunk_bytes if repeat == 1 else 1 << 17)
    assert not got.problems
    planted = [value for value in PLANTED if value in text]
    assert len(planted) >= 2
    for value in planted:
        found = got.locate(value)
        assert len(found) == repeat
        for location in found[:3] + found[-3:]:
            assert data[location.byte_start : location.byte_end].decode(codec) == value
        first = found[0]
        before = text[: text.index(value)]
        assert first.line == before.count("\n") + 1
        if got.chunks[0].format == "text":
            assert first.column == len(before.rpartition("\n")[2]) + 1


@pytest.mark.parametrize("codec, bom, text", CASES, ids=IDS)
def test_text_is_searched_as_utf8(run, codec, bom, text):
    assert run(bom + text.encode(codec)).text.decode() == text


@pytest.mark.parametrize("codec", LEGACY)
def test_what_was_decoded_encodes_to_the_same_length(codec):
    for first in range(256):
        for second in range(256):
            raw = bytes((first, second, 0x31))
            text = raw.decode(codec, "surrogateescape")
            assert len(text.encode(codec, "surrogateescape")) == 3


@pytest.mark.parametrize(
    "sample, complete, found",
    [
        (b"plain", True, RAW),
        ("naïve".encode(), True, RAW),
        ("naïve".encode()[:3], False, RAW),
        (b"a\x00b" * 3 + b" text with stray NUL bytes in it", True, RAW),
        ("für die Überweisung".encode() * 9 + b"\xff", True, RAW),
        (b"\x01\x02\x03\x04" * 9, True, None),
        (bytes(range(256)) * 9, True, None),
        (codecs.BOM_UTF8 + b"a", True, Encoding(None, 3)),
        (b"\xff\xfea\x00", True, Encoding("utf_16_le", 2)),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", True, Encoding("utf_32_le", 4)),
    ],
    ids=[
        "ascii",
        "utf-8",
        "utf-8 cut",
        "NUL",
        "mostly utf-8",
        "controls",
        "binary",
        "bom8",
        "bom16",
        "bom32",
    ],
)
def test_detect(sample, complete, found):
    assert detect(sample, complete) == found


@pytest.mark.parametrize("text", ["José Peña, 4539148803436467", "Müller\n", "é@", "ÀÉ"])
def test_ascii_is_never_swallowed(run, text):
    """A few accented letters are no evidence of an encoding whose second bytes are ASCII."""
    got = run(text.encode("latin-1")).text
    assert [byte for byte in got if byte < 0x80] == [byte for byte in text.encode() if byte < 0x80]


@pytest.mark.parametrize(
    "codec", ["utf_16_le", "utf_16_be", "utf_32_le", "utf_32_be", "cp1140", "cp273", *LEGACY]
)
@settings(deadline=None, max_examples=40)
@given(data=st.binary(max_size=300), block=st.integers(1, 50), cuts=st.lists(st.integers(0, 300), max_size=4))
def test_any_bytes_map_back(codec, data, block, cuts):
    """Every character of the transcoded text has its own bytes, whatever they are and however they arrive."""
    stream = open_text((data[start : start + block] for start in range(0, len(data), block)), Encoding(codec))
    text = b"".join(stream.blocks())
    mapped = stream.map(0, len(text))
    handler = "surrogatepass" if codec.startswith("utf") else "surrogateescape"
    offset = origin = 0
    for char in text.decode("utf-8", "surrogatepass"):
        assert mapped.source(text, offset) == origin
        offset += len(char.encode("utf-8", "surrogatepass"))
        origin += len(char.encode(codec, handler))
    assert mapped.source(text, len(text)) == len(data)
