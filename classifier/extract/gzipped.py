"""gzip (RFC 1952): one compressed stream of one or more members, which together are one part."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.compressed import inner_name
from classifier.extract.limits import Budget
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_MAGIC = b"\x1f\x8b\x08"
_INPUT = 1 << 14  # fed at a time: zlib copies what it has not used at each step
_OUTPUT = 1 << 18


class Gzip(Format):
    """A gzip stream; what it holds is a part of its own."""

    name = "gzip"
    facts = Facts(
        title="gzip",
        group="Compression and archives",
        extensions=("gz", "gzip", "tgz"),
        recognised="1F 8B 08",
        library="zlib",
        location="member path, and what its format has",
        limits="decompressed bytes and ratio",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(_MAGIC) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        name = inner_name(part.name, self.facts.extensions)
        if part.depth >= work.limits.archive_depth:
            yield Problem(part.label, Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)
            return
        stream = _Inflated(part.stream(), work.budget)
        yield from work.read(Part(part.member(name), name, part.depth + 1, iter(stream)), work)
        if stream.fault:
            yield Problem(part.label, Reason.MALFORMED_FILE, stream.fault, lost=not stream.size)


class _Inflated:
    """Iterates over the decompressed blocks; then `fault` says what was wrong, `size` how much came."""

    def __init__(self, blocks: Iterator[bytes], budget: Budget) -> None:
        self._blocks = blocks
        self._budget = budget
        self.fault = ""
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=31)
        between = False  # after a member: zero padding or another member may follow
        for data in _pieces(self._blocks):
            while data:
                if between:
                    data = data.lstrip(b"\x00")
                    if not data:
                        break
                    if data[0] != _MAGIC[0]:
                        self.fault = "data after the end of the gzip stream"
                        return
                    inflater, between = zlib.decompressobj(wbits=31), False
                try:
                    out = inflater.decompress(data, _OUTPUT)
                except zlib.error:
                    self.fault = "broken gzip stream"
                    return
                if out:
                    allowed = self._budget.expand(len(out))
                    self.size += allowed
                    if allowed < len(out):
                        yield out[:allowed]
                        return
                    yield out
                between = inflater.eof
                data = inflater.unused_data if between else inflater.unconsumed_tail
        if not between:
            self.fault = "truncated gzip stream"


def _pieces(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), _INPUT):
            yield block[start : start + _INPUT]
