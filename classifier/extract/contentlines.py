"""vCard (RFC 6350, 2426, vCard 2.1) and iCalendar (RFC 5545): lines of a name and a value, folded and
escaped.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.model import Location, Problem, Reason

_LINE = re.compile(rb"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)?)((?:;[^:;\"]*(?:\"[^\"]*\"[^:;\"]*)*)*):")
_ESCAPE = re.compile(rb"\\([nN,;:\\])|\r?\n[ \t]|=\r?\n|(?:=[0-9A-Fa-f]{2})+")
_VALUE = 16 << 20  # bytes of one value
_BASE64 = (b"encoding=b", b"encoding=base64", b";base64", b"value=binary")
_QUOTED = (b"encoding=quoted-printable", b";quoted-printable")


class ContentLines(Format):
    """What vCard and iCalendar share."""

    _begin: bytes

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.text[:64].lstrip().upper().startswith(self._begin) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        bom = part.head.sample.startswith(b"\xef\xbb\xbf")
        record, members = -1, 0
        for at, line, whole in _unfolded(part.stream(), 3 if bom else 0):
            found = _LINE.match(line)
            if found is None:
                _put(flow, line, at, False, "utf-8")
                flow.line()
                continue
            name, parameters = found[1].decode("ascii").upper(), found[2].lower()
            value = line[found.end() :]
            if name == "BEGIN":
                record += value.strip().upper() in (b"VCARD", b"VEVENT", b"VTODO", b"VJOURNAL", b"VFREEBUSY")
                flow.line()
                flow.place(Location(record=max(record, 0)))
            if any(mark in parameters for mark in _BASE64) and len(value) > 128:
                members += 1
                yield from _member(value, f"{name.lower()}{members}", part, work)
                continue
            flow.line()
            flow.put(found[0].decode("utf-8", "replace"), at, len(found[0]))
            quoted = any(mark in parameters for mark in _QUOTED)
            with flow.naming((name,)):
                _put(flow, value, at + found.end(), quoted, "utf-8")
            yield from flow.ready()
            if not whole:
                yield Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a value this large", lost=False)
        yield from flow.rest()


class VCard(ContentLines):
    """Contacts."""

    name = "vcf"
    facts = Facts(
        title="vCard",
        group="Mail and calendars",
        extensions=("vcf", "vcard"),
        recognised="BEGIN:VCARD",
        library="own",
        location="record (card), byte_start and byte_end; pictures by part",
        limits="16 MiB a value",
    )
    _begin = b"BEGIN:VCARD"


class ICalendar(ContentLines):
    """Events and tasks."""

    name = "ics"
    facts = Facts(
        title="iCalendar",
        group="Mail and calendars",
        extensions=("ics", "ical", "ifb"),
        recognised="BEGIN:VCALENDAR",
        library="own",
        location="record (event), byte_start and byte_end; attachments by part",
        limits="16 MiB a value",
    )
    _begin = b"BEGIN:VCALENDAR"


def _unfolded(blocks: Iterator[bytes], skip: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield each line with those that go on with it, where it starts, and whether it is whole."""
    held = b""
    base = 0
    for block in blocks:
        held += block
        if skip and base == 0 and len(held) >= skip:
            held, base, skip = held[skip:], skip, 0
        at = 0
        while True:
            end = _end(held, at)
            if end is None:
                break
            yield base + at, held[at:end].rstrip(b"\r\n"), True
            at = end
        held, base = held[at:], base + at
        if len(held) > _VALUE:
            yield base, held, False
            base += len(held)
            held = b""
    if held.strip():
        yield base, held.rstrip(b"\r\n"), True


def _end(data: bytes, at: int) -> int | None:
    """Where the line that starts at `at` ends with all that is folded; None where that is not to be seen
    yet.
    """
    quoted = False
    start = at
    while True:
        end = data.find(b"\n", at)
        if end < 0 or end + 1 >= len(data):
            return None
        if at == start:
            name = data[start : data.find(b":", start, end)].lower()
            quoted = any(mark in name for mark in _QUOTED)
        soft = quoted and data[max(end - 2, 0) : end].rstrip(b"\r").endswith(b"=")
        if data[end + 1] not in b" \t" and not soft:
            return end + 1
        at = end + 1


def _put(flow: Flow, value: bytes, at: int, quoted: bool, codec: str) -> None:
    done = 0
    for found in _ESCAPE.finditer(value):
        raw = found[0]
        if raw.startswith(b"=") and not quoted:
            continue
        _plain(flow, value[done : found.start()], at + done, codec)
        if found[1] is not None:
            text = "\n" if found[1] in b"nN" else found[1].decode("ascii")
        elif raw.startswith(b"=") and raw[1:2] not in b"\r\n":
            text = binascii.a2b_qp(raw).decode("utf-8", "replace")
        else:
            text = ""
        flow.put(text, at + found.start(), len(raw))
        done = found.end()
    _plain(flow, value[done:], at + done, codec)


def _plain(flow: Flow, raw: bytes, at: int, codec: str) -> None:
    text = raw.decode(codec, "replace")
    flow.put(text, at, len(raw) if "\ufffd" in text else -1)


def _member(value: bytes, name: str, part: Part, work: Work) -> Iterator[Item]:
    try:
        data = binascii.a2b_base64(value)
    except binascii.Error:
        yield Problem(part.member(name), Reason.MALFORMED_FILE, "broken base64")
        return
    if part.depth >= work.limits.archive_depth or not work.budget.member():
        yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT, lost=False)
        return
    data = data[: work.budget.expand(len(data))]
    if data:
        yield from work.read(Part(part.member(name), name, part.depth + 1, iter([data])), work)
