"""Binary formats that cannot be read yet: named, so that they count as not searched."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason


class Unsupported(Format):
    """A known binary format, or bytes that are mostly control characters."""

    name = "binary"
    facts = Facts(
        title="Other binary files",
        group="Other binary files",
        extensions=(),
        recognised="signature, or mostly control characters",
        library="own",
        location="none",
        unread="everything; the type is told",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.binary else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        yield Problem(part.label, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, part.head.binary)
