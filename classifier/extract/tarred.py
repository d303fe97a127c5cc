"""tar (POSIX.1-2017 pax, ustar; GNU and the format before them), also images of containers: a tar of tars."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part
from classifier.extract.tape import Ended, Tape, member, stored, too_deep
from classifier.model import Problem, Reason

_BLOCK = 512
_LONGEST = 1 << 20  # bytes of a name or of the records in front of a member
_FILES = b"0\x007S"


class Tar(Format):
    """The members of a tar archive, one after the other."""

    name = "tar"
    facts = Facts(
        title="TAR; Docker and OCI images",
        group="Compression and archives",
        extensions=("tar", "ova", "gem"),
        recognised="a header with a valid checksum",
        library="own",
        location="member path, and what its format has",
        limits="depth, members",
        unread="extended attributes",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        block = head.sample[:_BLOCK]
        return self._read if len(block) == _BLOCK and block[0] and _is_header(block) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        tape = Tape(part.stream())
        count = 0
        try:
            for name, size in _members(tape):
                if work.budget.spent or not work.budget.member():
                    return
                count += 1
                end = tape.at + size
                yield from member(part, work, name, tape.blocks(size), stored(part, tape.at, size))
                tape.skip_to(end)
        except Ended:
            yield Problem(part.label, Reason.MALFORMED_FILE, "truncated tar archive", lost=not count)
        except ValueError:
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken tar header", lost=not count)


def _members(tape: Tape) -> Iterator[tuple[str, int]]:
    """Yield name and size of each file when the tape is at its content; raises Ended, ValueError."""
    long_name = ""
    records: dict[str, str] = {}
    while True:
        padding = -tape.at % _BLOCK
        if padding:
            tape.take(padding)
        block = tape.take(_BLOCK)
        if not block or not block.strip(b"\0"):
            return
        if len(block) < _BLOCK:
            raise Ended
        if not _is_header(block):
            raise ValueError("no header")
        size, kind = _number(block[124:136]), block[156:157]
        if kind in b"LKxXg":
            if size > _LONGEST:
                raise ValueError("a name that is too long")
            data = tape.need(size)
            if kind == b"L":
                long_name = _text(data)
            elif kind in b"xX":
                records = _records(data)
            continue
        if kind in _FILES:
            if records.get("size", "").isdigit():
                size = int(records["size"])
            name = records.get("GNU.sparse.name") or records.get("path") or long_name or _name(block)
            end = tape.at + size
            if not (kind == b"\0" and name.endswith("/")):
                yield name, size
            tape.skip_to(end)
        else:
            tape.skip_to(tape.at + (size if kind not in b"123456" else 0))
        long_name, records = "", {}


def _is_header(block: bytes) -> bool:
    try:
        told = int(block[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    return told in (sum(rest), sum(rest) - 256 * sum(byte > 127 for byte in rest))


def _number(field: bytes) -> int:
    if field[:1] == b"\x80":  # GNU: the rest is binary
        return int.from_bytes(field[1:], "big")
    text = field.strip(b" \0")
    return int(text, 8) if text else 0


def _name(block: bytes) -> str:
    name = _text(block[:100])
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")


def _records(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        space = data.find(b" ", at)
        if space < 0 or not data[at:space].isdigit():
            break
        length = int(data[at:space])
        key, _, value = data[space + 1 : at + length - 1].partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        if length <= 0:
            break
        at += length
    return found
