"""Messages between systems in health care, segment by segment: HL7 v2 (chapter 2) and X12 (X12.5, X12.6).

The text is left as it is, since a segment's fields tell what they are; a location is the message, the segment
(as `line`, counted through the file) and the bytes. FHIR is JSON or XML and read as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.model import Location

_HL7 = re.compile(rb"[\x0b\s]*(?:MSH|FHS|BHS)([^A-Za-z0-9\s])[^A-Za-z0-9\r\n]{2,6}\1")
_SEGMENT = re.compile(rb"[^\r\n\x1c\x0b]*(?:\r\n|[\r\n\x1c\x0b]+)")
_ISA = re.compile(rb"\s*ISA([^A-Za-z0-9\s])")
_ISA_LENGTH = 106
_LONGEST = 1 << 20  # bytes of a segment


class Hl7(Format):
    """HL7 v2 messages, also in batches and in MLLP's frames."""

    name = "hl7"
    facts = Facts(
        title="HL7 v2",
        group="Images and health",
        extensions=("hl7", "adt", "oru"),
        recognised="MSH, FHS or BHS and its separators",
        library="own",
        location="record (message), line (segment), byte_start and byte_end",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if _HL7.match(head.sample) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        message = -1
        segments = _segments(part.stream(), _SEGMENT)
        for number, (at, raw) in enumerate(segments, 1):
            message += raw.startswith(b"MSH")
            flow.place(Location(record=max(message, 0), line=number))
            body = raw.rstrip(b"\r\n\x1c\x0b")
            _put(flow, body, at)
            flow.put("\n", at + len(body), max(len(raw) - len(body), 1))
            yield from flow.ready()
        yield from flow.rest()


class X12(Format):
    """X12 interchanges: claims (837), remittances (835), eligibility (270, 271) and others."""

    name = "x12"
    facts = Facts(
        title="X12 (837, 835 and others)",
        group="Images and health",
        extensions=("x12", "edi", "837", "835"),
        recognised="ISA and its 106 characters",
        library="own",
        location="record (transaction set), line (segment), byte_start and byte_end",
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        found = _ISA.match(sample)
        if found is None:
            return None
        start = found.end() - 4
        header = sample[start : start + _ISA_LENGTH]
        regular = len(header) == _ISA_LENGTH and header[:-1].count(found[1]) == 16
        return self._read if regular and b"GS" + found[1] in sample[:4096] else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        found = _ISA.match(part.head.sample)
        assert found is not None
        end = re.escape(part.head.sample[found.end() - 4 + _ISA_LENGTH - 1 :][:1])
        message = -1
        pattern = re.compile(rb"[^" + end + rb"]*" + end + rb"[\r\n]*")
        for number, (at, raw) in enumerate(_segments(part.stream(), pattern), 1):
            message += raw.lstrip().startswith(b"ST" + found[1])
            flow.place(Location(record=max(message, 0), line=number))
            _put(flow, raw, at)
            yield from flow.ready()
        yield from flow.rest()


def _segments(blocks: Iterator[bytes], pattern: re.Pattern[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the segments and where they start."""
    held, base = b"", 0
    for block in blocks:
        held += block
        at = 0
        while True:
            found = pattern.match(held, at)
            if found is None or (found.end() == len(held) and found.end() - at < _LONGEST):
                break
            yield base + at, found[0]
            at = found.end()
        held, base = held[at:], base + at
        if len(held) > _LONGEST:
            yield base, held
            held, base = b"", base + len(held)
    for found in pattern.finditer(held):
        yield base + found.start(), found[0]
        last = found.end()
        if last == len(held):
            return
    rest = held[max((found.end() for found in pattern.finditer(held)), default=0) :]
    if rest:
        yield base + len(held) - len(rest), rest


def _put(flow: Flow, raw: bytes, at: int) -> None:
    text = raw.decode("utf-8", "replace")
    if "\ufffd" in text:
        flow.put(raw.decode("cp1252", "replace"), at, codec="cp1252")
    else:
        flow.put(text, at)
