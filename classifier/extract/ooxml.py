"""Word, PowerPoint and Visio documents since 2007 (ECMA-376, [MS-VSDX])."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract import package
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part

_PARTS = "byte_start and byte_end in the XML part"


class Docx(Format):
    """A Word document."""

    name = "docx"
    isolated = True
    pictures = True
    facts = Facts(
        title="Word (DOCX)",
        group="Documents",
        extensions=("docx", "docm", "dotx", "dotm"),
        recognised="ZIP with members in word/",
        library="zipfile, expat",
        location=_PARTS,
        limits="a member expands to 200 times its size",
        unread="macros",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if package.kind_of(head.sample) is package.DOCX else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return package.reading(package.DOCX, part, work)


class Pptx(Format):
    """A PowerPoint presentation."""

    name = "pptx"
    isolated = True
    pictures = True
    facts = Facts(
        title="PowerPoint (PPTX)",
        group="Documents",
        extensions=("pptx", "pptm", "ppsx", "ppsm", "potx", "potm"),
        recognised="ZIP with members in ppt/",
        library="zipfile, expat",
        location=f"page (slide), {_PARTS}",
        limits="a member expands to 200 times its size",
        unread="macros",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if package.kind_of(head.sample) is package.PPTX else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return package.reading(package.PPTX, part, work)


class Vsdx(Format):
    """A Visio drawing."""

    name = "vsdx"
    isolated = True
    pictures = True
    facts = Facts(
        title="Visio (VSDX)",
        group="Documents",
        extensions=("vsdx", "vsdm", "vssx", "vstx"),
        recognised="ZIP with members in visio/",
        library="zipfile, expat",
        location=f"page, {_PARTS}",
        limits="a member expands to 200 times its size",
        unread="macros",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if package.kind_of(head.sample) is package.VSDX else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return package.reading(package.VSDX, part, work)
