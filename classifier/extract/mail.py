"""Mail: a message in a file of its own (EML, MHT, EMLX), and mailboxes of them (MBOX, RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.mime import Message
from classifier.extract.part import Head, Part
from classifier.model import Location, Problem, Reason

_HELD = 128 << 20  # bytes of one message
_KNOWN = frozenset(
    b"from to cc bcc subject date received message-id mime-version return-path delivered-to content-type "
    b"content-transfer-encoding reply-to sender in-reply-to references x-mailer importance thread-index "
    b"dkim-signature authentication-results x-originating-ip list-unsubscribe user-agent x-priority "
    b"content-disposition content-location snapshot-content-location x-received arc-seal received-spf".split()
)
_TELLING = frozenset(
    b"from received message-id mime-version return-path delivered-to subject date sender".split()
)
_NAME = re.compile(rb"([!-9;-~]{1,76}):")
_MBOX = re.compile(rb"From [^\r\n]{0,256}\d{2}:\d{2}[^\r\n]{0,64}\r?\n[!-9;-~]{1,76}:", re.ASCII)
_SEPARATOR = re.compile(rb"(?:\r?\n)\r?\n(?=From [^\r\n]{0,256}\d{4}[^\r\n]{0,32}\r?\n[!-9;-~>])")
_LENGTH = re.compile(rb"\d{1,10}[ \t]*\n")
_AHEAD = 512


class Mail(Format):
    """A message with its headers, bodies and attachments."""

    name = "eml"
    isolated = True
    pictures = True
    facts = Facts(
        title="Mail message (EML, MHT, EMLX)",
        group="Mail and calendars",
        extensions=("eml", "mht", "mhtml", "emlx"),
        recognised="headers of RFC 5322",
        library="own",
        location="byte_start and byte_end of headers and plain bodies; attachments and HTML by part",
        limits="128 MiB a message",
        unread="encrypted bodies (S/MIME, OpenPGP)",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        length = _LENGTH.match(sample)
        if length is not None:
            sample = sample[length.end() :]
        elif sample.startswith(b"\xef\xbb\xbf"):
            sample = sample[3:]
        return self._read if _is_message(sample, head.extension in self.facts.extensions) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        held = bytearray()
        whole = True
        for block in part.stream():
            held += block
            if len(held) > _HELD:
                whole = False
                break
        data = bytes(held)
        length = _LENGTH.match(data)
        start = length.end() if length else 3 if data.startswith(b"\xef\xbb\xbf") else 0
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        yield from Message(data, 0, flow, part, work).read(start, len(data))
        yield from flow.rest()
        if not whole:
            yield Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a message this large", lost=False)


class Mailbox(Format):
    """Messages one after the other, each after a line that begins with From."""

    name = "mbox"
    isolated = True
    pictures = True
    facts = Facts(
        title="Mailbox (MBOX)",
        group="Mail and calendars",
        extensions=("mbox",),
        recognised="a From line and headers",
        library="own",
        location="record (message), byte_start and byte_end; attachments and HTML by part",
        limits="128 MiB a message",
        unread="encrypted bodies (S/MIME, OpenPGP)",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if _MBOX.match(head.sample) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        for number, (data, base, whole) in enumerate(_messages(part.stream())):
            if work.budget.spent:
                return
            flow.place(Location(record=number))
            inside = Part(part.member(f"message{number}"), part.name, part.depth, iter([]))
            for item in Message(data, base, flow, inside, work).read(0, len(data)):
                yield (
                    replace(item, part=part.label)
                    if isinstance(item, Problem) and item.part is None
                    else item
                )
            flow.line()
            yield from flow.ready()
            if not whole:
                yield Problem(
                    inside.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a message this large", lost=False
                )
        yield from flow.rest()


def _messages(blocks: Iterator[bytes]) -> Iterator[tuple[bytes, int, bool]]:
    """Yield the messages of a mailbox, where each starts, and whether it is whole."""
    held = bytearray()
    base = searched = 0
    whole = True
    for block in blocks:
        held += block
        while True:
            found = _SEPARATOR.search(held, searched)
            if found is None:
                break
            yield bytes(held[: found.end()]), base, whole
            whole = True
            base += found.end()
            del held[: found.end()]
            searched = 0
        searched = max(len(held) - _AHEAD, 0)
        if len(held) > _HELD:
            dropped = len(held) - _HELD // 2
            yield bytes(held[:dropped]), base, False
            base += dropped
            del held[:dropped]
            searched = 0
    if held:
        yield bytes(held), base, whole


def _is_message(sample: bytes, named: bool) -> bool:
    """Whether a text starts with the headers of a message: most of them known ones."""
    if not _NAME.match(sample):
        return False
    names: set[bytes] = set()
    for line in sample[: 1 << 13].splitlines()[:60]:
        if not line:
            break
        if line[:1] in b" \t":
            continue
        found = _NAME.match(line)
        if found is None:
            if line.startswith(b">From "):
                continue
            return False
        names.add(found[1].lower())
    known = names & _KNOWN
    if not known & _TELLING:
        return False
    return named or (len(known) >= 3 and len(known) * 3 >= len(names))
