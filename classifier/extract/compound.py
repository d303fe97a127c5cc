"""OLE2 compound files of any kind: those whose directory is not near their start, and those of no known
kind.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract import doc, msg, ole, ppt, spreadsheet
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.ole import Storage
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason


class Compound(Format):
    """A compound file that is read as what its streams say."""

    name = "ole"
    isolated = True
    pictures = True
    facts = Facts(
        title="OLE2 compound file of another kind (VSD, MPP, PUB, MSI)",
        group="Other binary files",
        extensions=("vsd", "mpp", "pub"),
        recognised="d0cf11e0a1b11ae1",
        library="olefile",
        location="byte_start and byte_end in the stream",
        unread="all but properties and printable stretches",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(ole.MAGIC) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return ole.reading(part, work, read)


def read(storage: Storage, part: Part) -> Iterator[Item]:
    """Yield what is in a compound file, by its streams."""
    if storage.has("EncryptedPackage"):
        yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted")
    elif storage.has("WordDocument"):
        yield from doc.read(storage, part)
    elif storage.has("PowerPoint Document"):
        yield from ppt.read(storage, part)
    elif storage.has("Workbook") or storage.has("Book"):
        yield from spreadsheet.read_xls(storage, part)
    elif storage.has("__properties_version1.0"):
        yield from msg.read(storage, part)
    else:
        yield from ole.embedded(storage, part, [()])
        yield from ole.other(storage, part)
