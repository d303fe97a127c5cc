"""The same people in every format of documents and mail: all found, each location leads back to its value."""

from __future__ import annotations

import html
import io
import quopri
import re
import zipfile
from collections.abc import Callable, Iterator
from random import Random

import olefile
import pypdfium2
import pytest

from classifier.demo import values
from classifier.model import Location
from tests.extract import documents

COUNT = 200


def _people() -> list[dict[str, str]]:
    rng = Random(7)
    people = []
    for number in range(COUNT):
        person = values.person(rng)
        name = f"{person.given} {'Müller' if number % 7 == 0 else person.family}"
        people.append(
            {
                "name": f"{name} {number:03}",
                "email": f"n{number}.{person.email}",
                "ssn": values.ssn(rng),
                "card": values.grouped_card(rng),
            }
        )
    return people


PEOPLE = _people()
LINES = ["; ".join(f"{name}: {value}" for name, value in person.items()) for person in PEOPLE]
TEXT = "\n".join(LINES)


def _split(line: str) -> str:
    """A paragraph whose runs end in the middle of values."""
    return documents.paragraph(*[line[at : at + 9] for at in range(0, len(line), 9)])


def _in_xml(data: bytes, at: Location) -> str:
    raw = zipfile.ZipFile(io.BytesIO(data)).read(at.part or "")[at.byte_start : at.byte_end]
    return html.unescape(re.sub(rb"<[^>]*>", b"", raw).decode())


def _in_stream(data: bytes, at: Location) -> str:
    raw = olefile.OleFileIO(data).openstream(at.part).read()[at.byte_start : at.byte_end]
    for codec in ("utf-16-le", "cp1252"):
        if b"\0" in raw or codec == "cp1252":
            return raw.decode(codec, "replace").replace("\0", "")
    raise AssertionError


def _in_rtf(data: bytes, at: Location) -> str:
    raw = data[at.byte_start : at.byte_end].decode("ascii")
    return re.sub(r"\\u(\d+)\?", lambda found: chr(int(found[1])), raw)


def _in_pdf(data: bytes, at: Location) -> str:
    page = pypdfium2.PdfDocument(data)[(at.page or 0) - 1]
    assert at.box is not None
    left, bottom, right, top = at.box
    return page.get_textpage().get_text_bounded(left - 1, bottom - 1, right + 1, top + 1)


def _in_mail(data: bytes, at: Location) -> str:
    return quopri.decodestring(data[at.byte_start : at.byte_end]).decode()


def _in_base64(data: bytes, at: Location) -> str:
    import base64

    return base64.b64decode(data[at.byte_start : at.byte_end]).decode("utf-8", "replace")


def _mbox() -> bytes:
    messages = [documents.mail(line, "quoted-printable").replace(b"\r\n", b"\n") for line in LINES]
    return b"\n".join(b"From ann@mail.example Mon Jan  5 10:00:00 2026\n" + message for message in messages)


def _pages(per: int) -> Iterator[list[str]]:
    for start in range(0, COUNT, per):
        yield LINES[start : start + per]


CASES: dict[str, tuple[Callable[[], bytes], Callable[[bytes, Location], str]]] = {
    "docx": (lambda: documents.docx("".join(map(_split, LINES))), _in_xml),
    "pptx": (lambda: documents.pptx(list(_pages(10))), _in_xml),
    "odt": (
        lambda: documents.odt("".join(f"<text:p>{html.escape(line)}</text:p>" for line in LINES)),
        _in_xml,
    ),
    "rtf": (lambda: documents.rtf(LINES), _in_rtf),
    "doc": (lambda: documents.doc("".join(f"{line}\r|" for line in LINES)), _in_stream),
    "ppt": (lambda: documents.ppt(["\r".join(lines) for lines in _pages(10)]), _in_stream),
    "pdf": (lambda: documents.pdf(list(_pages(50))), _in_pdf),
    "eml": (lambda: documents.mail(TEXT), _in_mail),
    "quoted.eml": (lambda: documents.mail(TEXT, "quoted-printable"), _in_mail),
    "base64.eml": (lambda: documents.mail(TEXT, "base64"), _in_base64),
    "mbox": (_mbox, _in_mail),
}


@pytest.mark.parametrize("extension", CASES)
def test_every_value_is_found_where_its_location_says(extension: str, run: Callable[..., object]) -> None:
    make, read_back = CASES[extension]
    data = make()
    found = run(data, f"people.{extension}")
    for number, person in enumerate(PEOPLE):
        for kind, value in person.items():
            places = found.locate(value)  # type: ignore[attr-defined]
            assert places, f"{kind} of record {number}"
            assert value in read_back(data, places[0]), f"{kind} of record {number}: {places[0]}"
    assert not found.problems  # type: ignore[attr-defined]


def test_slides_are_numbered_as_they_are_shown(run: Callable[..., object]) -> None:
    found = run(documents.pptx([["first"], ["second"], ["third"]]), "a.pptx")
    assert [found.only(text).page for text in ("first", "second", "third")] == [1, 2, 3]  # type: ignore[attr-defined]
    found = run(documents.ppt(["first", "second"]), "a.ppt")
    assert [found.only(text).page for text in ("first", "second")] == [1, 2]  # type: ignore[attr-defined]


def test_a_cut_of_the_source_changes_nothing(run: Callable[..., object]) -> None:
    for extension, (make, _) in CASES.items():
        data = make()
        whole, cut = run(data, f"a.{extension}"), run(data, f"a.{extension}", block=4093)
        assert whole.text == cut.text, extension  # type: ignore[attr-defined]


def test_small_chunks_tile_the_text_and_keep_their_places(run: Callable[..., object]) -> None:
    data = documents.rtf(LINES)
    whole, cut = run(data, "a.rtf"), run(data, "a.rtf", chunk_bytes=1000)
    assert len(cut.chunks) > 5  # type: ignore[attr-defined]
    assert cut.text == whole.text  # type: ignore[attr-defined]
    for person in PEOPLE[::10]:
        assert cut.locate(person["email"]) == whole.locate(person["email"])  # type: ignore[attr-defined]
