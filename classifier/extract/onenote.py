"""OneNote sections ([MS-ONESTORE], also as they come from the cloud in [MS-FSSHTTPB]): text and embedded
files.

The properties of a page's objects are data with its length in front. Whatever of these is text (UTF-16, or
single bytes) is read, wherever it stands: also what older versions of a page have. Its layout is not
followed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_SECTION = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
_CONTENTS = bytes.fromhex("a12fff43d9ef764c9ee210ea5722765f")
_FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
_HELD = 256 << 20
_LONGEST = 1 << 20
_STRETCH = 1 << 20
_SEEN = 200_000
_SPACES = "\t\n\r\x0b"
_LEAST = 2


class OneNote(Format):
    """A section of a notebook."""

    name = "one"
    isolated = True
    pictures = True
    facts = Facts(
        title="OneNote section",
        group="Documents",
        extensions=("one", "onetoc2"),
        recognised="the format's GUID",
        library="own",
        location="byte_start and byte_end; embedded files by part",
        limits="256 MiB",
        unread="which page a text is on, ink",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith((_SECTION, _CONTENTS)) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        data = part.whole(_HELD)
        if data is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a notebook this large"))
        files = list(_files(data))
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        seen: set[str] = set()
        done = 0
        for at, size in _candidates(data):
            if at < done or any(start <= at < end for start, end in files):
                continue
            found = _text(data[at : at + size])
            if found is None:
                continue
            text, codec = found
            done = at + size
            if text in seen:
                continue
            if len(seen) < _SEEN:
                seen.add(text)
            flow.put(text, at, codec=codec)
            flow.line()
            yield from flow.ready()
        yield from flow.rest()
        for number, (start, end) in enumerate(files):
            if work.budget.spent or not work.budget.member():
                return
            name = f"file{number}"
            inner = data[start:end]
            inner = inner[: work.budget.expand(len(inner))]
            yield from work.read(Part(part.member(name), name, part.depth + 1, iter([inner])), work)


def _files(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the bounds of embedded files ([MS-ONESTORE] 2.6.13)."""
    at = data.find(_FILE)
    while at >= 0 and at + 36 <= len(data):
        size = int.from_bytes(data[at + 16 : at + 24], "little")
        start = at + 36
        end = min(start + size, len(data))
        if end > start:
            yield start, end
        at = data.find(_FILE, end)


def _candidates(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where data with its length in front may start, and how long it is, in order."""
    codes = np.frombuffer(data, np.uint8)
    for base in range(0, max(len(data) - 4, 0), _STRETCH):
        piece = codes[base : base + _STRETCH + 4].astype(np.uint32)
        count = len(piece) - 4
        if count <= 0:
            return
        sizes = (
            piece[:count]
            | piece[1 : count + 1] << 8
            | piece[2 : count + 2] << 16
            | piece[3 : count + 3] << 24
        )
        places = np.arange(base + 4, base + 4 + count)
        fits = (sizes >= 2 * _LEAST) & (sizes <= _LONGEST) & (places + sizes <= len(data))
        first = np.zeros(count, np.bool_)
        starts = piece[4 : count + 4]  # of the data: a character that text may begin with
        first[: len(starts)] = (
            (starts >= 0x20) | (starts == 9) | (starts == 10) | (starts == 13) | (starts == 0x0B)
        )
        for index in np.flatnonzero(fits & first).tolist():
            yield int(places[index]), int(sizes[index])


def _text(raw: bytes) -> tuple[str, str] | None:
    """Return the text that all of `raw` is, and its codec; None where it is none."""
    if len(raw) % 2 == 0:
        try:
            text = raw.decode("utf-16-le")
        except UnicodeDecodeError:
            text = ""
        bare = text.rstrip("\0")
        if len(bare) >= _LEAST and _is_text(bare):
            latin = sum(char < "\u0250" for char in bare)
            if 2 * latin >= len(bare) or (len(bare) >= 4 and latin < 2) or _one_script(bare):
                return bare, "utf-16-le"
    bare_bytes = raw.rstrip(b"\0")
    if len(bare_bytes) >= 4 and bare_bytes.isascii():
        text = bare_bytes.decode("ascii")
        if _is_text(text):
            return text, "ascii"
    return None


def _is_text(text: str) -> bool:
    return text.isprintable() or text.translate({ord(char): None for char in _SPACES}).isprintable()


def _one_script(text: str) -> bool:
    """Whether the letters that are not Latin come from few blocks, as in a language."""
    blocks = {ord(char) >> 8 for char in text if char >= "\u0250"}
    return len(text) >= 4 and len(blocks) <= 2
