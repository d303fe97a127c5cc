"""DICOM (PS3.5, PS3.10): a data set's values that are text, in sequences too; never its pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.extract.seekable import SourceFile
from classifier.model import Location, Problem, Reason

if TYPE_CHECKING:
    from pydicom import Dataset

_TEXT = frozenset(
    ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT")
)
_DEPTH = 16
_ITEMS = 10_000
_LONGEST = 1 << 20
_ENCAPSULATED = 0x00420011  # a document in a data set


class Dicom(Format):
    """An image or document with its patient's and study's data."""

    name = "dicom"
    isolated = True
    facts = Facts(
        title="DICOM",
        group="Images and health",
        extensions=("dcm", "dicom"),
        recognised="DICM at byte 128",
        library="pydicom",
        location="json_path of keywords, byte_start and byte_end of the element's value",
        limits="10,000 items of a sequence",
        unread="pixels, and text burnt into them",
    )

    def recognise(self, head: Head) -> Reader | None:
        bare = head.extension in self.facts.extensions and head.sample[:4] in (
            b"\x08\x00\x05\x00",
            b"\x08\x00\x00\x00",
        )
        return self._read if head.sample[128:132] == b"DICM" or bare else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        import pydicom
        from pydicom import config

        config.settings.reading_validation_mode = config.IGNORE
        source = part.random(work.limits.spool_bytes)
        if source is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a data set this large"))
        try:
            dataset = pydicom.dcmread(
                io.BufferedReader(_Named(source)), stop_before_pixels=True, defer_size=_LONGEST, force=True
            )
        except Exception as error:
            raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "broken DICOM")) from error
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        broken = 0
        for which in (getattr(dataset, "file_meta", None), dataset):
            if which is not None:
                broken += _elements(which, "$", 0, flow)
                yield from flow.ready()
        yield from flow.rest()
        document = dataset.get(_ENCAPSULATED)
        if document is not None and isinstance(document.value, bytes) and work.budget.member():
            data = document.value[: work.budget.expand(len(document.value))]
            yield from work.read(
                Part(part.member("document"), "document", part.depth + 1, iter([data])), work
            )
        if broken or not flow.came:
            yield Problem(
                part.label, Reason.MALFORMED_FILE, "elements that cannot be read", lost=not flow.came
            )


class _Named(SourceFile):
    """A file as pydicom wants it."""

    name = ""


def _elements(dataset: Dataset, path: str, depth: int, flow: Flow) -> int:
    """Put the values of a data set; return how many elements could not be read."""
    broken = 0
    for tag in list(dataset.keys()):
        try:
            raw = dataset.get_item(tag)
            place, length = getattr(raw, "value_tell", None), getattr(raw, "length", 0)
            element = dataset[tag]
            name = str(element.keyword or element.name).strip("[]") or f"{element.tag:08X}"
            here = f"{path}.{name}" if name.isidentifier() else f"{path}['{name}']"
            if element.VR == "SQ":
                for number, item in enumerate(list(element.value)[:_ITEMS] if depth < _DEPTH else ()):
                    broken += _elements(item, f"{here}[{number}]", depth + 1, flow)
                continue
            if element.VR not in _TEXT:
                continue
            text = _shown(element.value)
        except Exception:  # noqa: BLE001 - one broken element costs no other
            broken += 1
            continue
        if text.strip() and len(text) <= _LONGEST:
            flow.place(Location(json_path=here))
            known = isinstance(place, int) and depth == 0 and 0 < length < 0xFFFFFFFF
            flow.value((name,), text, place if known and place else -1, length if known else -1)
    return broken


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    try:
        return "\n".join(str(item) for item in value) if not hasattr(value, "components") else str(value)
    except TypeError:
        return str(value)
