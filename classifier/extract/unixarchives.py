"""ar (System V, GNU and BSD; also Debian packages) and cpio (POSIX.1 odc, SVR4 newc and crc, old binary)."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part
from classifier.extract.tape import Ended, Tape, member, stored, too_deep
from classifier.model import Problem, Reason

_AR = b"!<arch>\n"
_LONGEST = 1 << 24  # bytes of a table of names
_LAST = "TRAILER!!!"


class Ar(Format):
    """The members of an ar archive."""

    name = "ar"
    facts = Facts(
        title="AR, DEB",
        group="Compression and archives",
        extensions=("a", "ar", "deb", "udeb", "lib"),
        recognised="!<arch>",
        library="own",
        location="member path, and what its format has",
        limits="depth, members",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(_AR) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        tape = Tape(part.stream())
        tape.take(len(_AR))
        names, count = b"", 0
        try:
            while True:
                if tape.at % 2:
                    tape.take(1)
                header = tape.take(60)
                if not header:
                    return
                if len(header) < 60:
                    raise Ended
                size = int(header[48:58])
                name = header[:16].decode("utf-8", "replace").rstrip()
                if size < 0 or header[58:] != b"`\n":
                    raise ValueError("no header")
                end = tape.at + size
                if name == "//":
                    names = tape.need(min(size, _LONGEST))
                elif name not in ("/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED"):
                    if name.startswith("#1/"):
                        length = int(name[3:])
                        name = tape.need(min(length, size)).rstrip(b"\0").decode("utf-8", "replace")
                    elif name.startswith("/") and name[1:].isdigit():
                        at = int(name[1:])
                        name = names[at : at + 4096].split(b"\n", 1)[0].decode("utf-8", "replace")
                    if work.budget.spent or not work.budget.member():
                        return
                    count += 1
                    left = end - tape.at
                    blocks = tape.blocks(left)
                    yield from member(part, work, name.rstrip("/"), blocks, stored(part, tape.at, left))
                tape.skip_to(end)
        except Ended:
            yield Problem(part.label, Reason.MALFORMED_FILE, "truncated ar archive", lost=not count)
        except ValueError:
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken ar header", lost=not count)


class Cpio(Format):
    """The members of a cpio archive."""

    name = "cpio"
    facts = Facts(
        title="CPIO",
        group="Compression and archives",
        extensions=("cpio",),
        recognised="070701, 070702, 070707, or C7 71",
        library="own",
        location="member path, and what its format has",
        limits="depth, members",
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        if sample.startswith((b"070701", b"070702")):
            fits = len(sample) >= 110 and _is_of(sample[6:110], b"0123456789abcdefABCDEF")
        elif sample.startswith(b"070707"):
            fits = len(sample) >= 76 and _is_of(sample[6:76], b"01234567")
        else:
            fits = sample.startswith((b"\xc7\x71", b"\x71\xc7")) and len(sample) >= 26
        return self._read if fits else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        tape = Tape(part.stream())
        count = 0
        try:
            while True:
                name, size, mode, pad = _cpio_header(tape)
                if name == _LAST:
                    return
                end = tape.at + size
                if mode & 0o170000 == 0o100000 and size:
                    if work.budget.spent or not work.budget.member():
                        return
                    count += 1
                    yield from member(part, work, name, tape.blocks(size), stored(part, tape.at, size))
                tape.skip_to(end)
                tape.take(-tape.at % pad)
        except Ended:
            yield Problem(part.label, Reason.MALFORMED_FILE, "truncated cpio archive", lost=not count)
        except ValueError:
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken cpio header", lost=not count)


def _is_of(data: bytes, letters: bytes) -> bool:
    return not data.translate(None, letters)


def _cpio_header(tape: Tape) -> tuple[str, int, int, int]:
    """Return name, size, mode and alignment of the next member; raises Ended, ValueError."""
    magic = tape.need(2)
    if magic in (b"\xc7\x71", b"\x71\xc7"):
        order = "<" if magic == b"\xc7\x71" else ">"
        import struct

        fields = struct.unpack(f"{order}12H", tape.need(24))
        mode, names, size = fields[2], fields[9], fields[10] << 16 | fields[11]
        pad = 2
    else:
        magic += tape.need(4)
        if magic in (b"070701", b"070702"):
            data = tape.need(104)
            values = [int(data[at : at + 8], 16) for at in range(0, 104, 8)]
            mode, size, names, pad = values[1], values[6], values[11], 4
        elif magic == b"070707":
            data = tape.need(70)
            mode, names, size, pad = int(data[12:18], 8), int(data[53:59], 8), int(data[59:70], 8), 1
        else:
            raise ValueError("no header")
    if not 0 < names <= 1 << 16 or size < 0:
        raise ValueError("no name")
    name = tape.need(names).split(b"\0", 1)[0].decode("utf-8", "replace")
    tape.take(-tape.at % pad)
    return name, size, mode, pad
