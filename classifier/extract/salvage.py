"""What text there is in a file that its own reader cannot make sense of."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from classifier.extract.base import Item, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Part

_STREAM = re.compile(rb"stream\r?\n")
_SHOWN = re.compile(
    rb"\(((?:[^()\\]|\\.){1,4096})\)\s*(?:Tj|'|\"|[\])-])|<([0-9A-Fa-f\s]{4,4096})>\s*Tj|(T\*|T[dDm]|ET)\b",
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\([nrtbf()\\]|[0-7]{1,3}|\r?\n)")
_ESCAPES = {b"n": b"\n", b"r": b"\n", b"t": b"\t", b"b": b"", b"f": b""}
_EACH = 8 << 20
_READABLE = re.compile(rb"(?:[\x20-\x7e\t\r\n]\x00){6,4096}|[\x20-\x7e\t\r\n]{8,4096}")


def streams(part: Part, data: bytes, name: str, work: Work) -> Iterator[Item]:
    """Yield what the content streams of a broken PDF show (ISO 32000-1, 9.4), as far as they inflate."""
    flow = Flow(part.label, name, work.limits.chunk_bytes)
    for found in _STREAM.finditer(data):
        if work.budget.spent:
            break
        inflater = zlib.decompressobj()
        try:
            out = inflater.decompress(data[found.end() : found.end() + _EACH], _EACH)
        except zlib.error:
            out = data[found.end() : data.find(b"endstream", found.end(), found.end() + _EACH)]
        out = out[: work.budget.expand(len(out))]
        for shown in _SHOWN.finditer(out):
            if shown[3]:
                flow.blank() if shown[3] != b"ET" else flow.line()
            else:
                raw = (
                    bytes.fromhex(shown[2].decode().replace(" ", "")[: len(shown[2]) // 2 * 2])
                    if shown[2] and not shown[2].split()[1:]
                    else shown[1] or b""
                )
                flow.put(_ESCAPED.sub(_unescaped, raw).decode("cp1252", "replace"))
        yield from flow.ready()
    yield from flow.rest()


def strings(part: Part, data: bytes, base: int, flow: Flow) -> Iterator[Item]:
    """Yield the printable stretches of `data`, which is at `base` in the part, as ASCII or UTF-16."""
    for found in _READABLE.finditer(data):
        raw = found[0]
        codec = "utf-16-le" if raw[1:2] == b"\0" else "ascii"
        flow.put(raw.decode(codec), base + found.start(), codec=codec)
        flow.line()
        yield from flow.ready()


def _unescaped(found: re.Match[bytes]) -> bytes:
    mark = found[1]
    if mark[:1].isdigit():
        return bytes((int(mark, 8) & 255,))
    return _ESCAPES.get(mark, b"" if mark.endswith(b"\n") else mark)
