"""Text and presentation documents of OpenDocument (OASIS OpenDocument 1.3), drawings too."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract import package
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part


class Odt(Format):
    """A text document."""

    name = "odt"
    isolated = True
    pictures = True
    facts = Facts(
        title="OpenDocument text (ODT)",
        group="Documents",
        extensions=("odt", "ott", "sxw"),
        recognised="ZIP with its media type first",
        library="zipfile, expat",
        location="byte_start and byte_end in the XML part",
        limits="a member expands to 200 times its size",
        unread="macros",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if package.kind_of(head.sample) is package.ODT else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return package.reading(package.ODT, part, work)


class Odp(Format):
    """A presentation or drawing."""

    name = "odp"
    isolated = True
    pictures = True
    facts = Facts(
        title="OpenDocument presentation and drawing (ODP, ODG)",
        group="Documents",
        extensions=("odp", "otp", "odg", "otg", "sxi"),
        recognised="ZIP with its media type first",
        library="zipfile, expat",
        location="byte_start and byte_end in the XML part",
        limits="a member expands to 200 times its size",
        unread="macros",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if package.kind_of(head.sample) is package.ODP else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return package.reading(package.ODP, part, work)
