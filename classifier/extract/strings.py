"""Binary files of which the printable strings are all that is read: nothing in them is loaded or run.

Strings are those of the tool of that name: runs of printable characters, in ASCII, and in UTF-16 as Windows
programs and Java's serialised objects have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.part import Head, Part
from classifier.extract.pieces import Piece, prose
from classifier.model import Location, Problem, Reason

_SHORTEST = 6
_STEP = 1 << 18
_KEPT = 1 << 12  # bytes carried over, so that a string across two steps is whole
_RUN = re.compile(
    rb"(?P<ascii>[\t\x20-\x7e]{%d,})|(?P<wide>(?:[\t\x20-\x7e]\x00){%d,})" % (_SHORTEST, _SHORTEST)
)
KINDS = frozenset(
    {
        *("pickle", "exe", "elf", "mach-o", "java or mach-o", "wasm", "dex", "hdf5", "npy", "netcdf"),
        *("access", "registry", "evtx", "lnk", "pst", "keystore", "pcap", "pcapng"),
    }
)


class Strings(Format):
    """The printable strings of programs, pickles, arrays, dumps."""

    name = "strings"
    facts = Facts(
        title="Pickles, NumPy arrays (also in .npz), programs, class files, HDF5, dumps",
        group="Other binary files",
        extensions=("pkl", "pickle", "npy", "exe", "dll", "so", "dylib", "class", "wasm", "h5", "hdf5"),
        recognised="signature",
        library="own",
        location="byte offsets",
        unread="all but printable strings of 6 characters and more; nothing is loaded",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.binary in KINDS else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        yield from prose(part, self.name, strings(part.stream()), work.limits)
        detail = f"printable strings only: {part.head.binary}"
        yield Problem(part.label, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, detail, lost=False)


def strings(blocks: Iterator[bytes]) -> Iterator[Piece]:
    """Yield the printable strings in `blocks`, with their byte offsets."""
    held, base, ended = b"", 0, False
    while not ended:
        gathered, size = [held], len(held)
        while size < _STEP and not ended:
            block = next(blocks, None)
            ended = block is None
            gathered.append(block or b"")
            size += len(gathered[-1])
        held = b"".join(gathered)
        done = len(held) if ended else max(len(held) - _KEPT, 0)
        at = 0
        while (run := _RUN.search(held, at)) is not None:
            if run.end() >= done and not ended and run.start() > 0 and len(held) - run.start() < _KEPT * 2:
                done = min(done, run.start())
                break
            start = base + run.start()
            if run["wide"] is not None:
                text = run.group().decode("utf-16-le")
                yield Piece(text, Location(byte_start=start), marks=((0, start),), codec="utf_16_le")
            else:
                yield Piece(run.group().decode("ascii"), Location(byte_start=start), verbatim=True)
            at = run.end()
        done = max(done, at)
        held, base = held[done:], base + done
