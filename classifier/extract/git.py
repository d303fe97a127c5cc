"""Git packs and bundles (gitformat-pack, gitformat-bundle): what every version of every file held."""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Iterator

from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.part import Head, Part
from classifier.extract.tape import member, too_deep
from classifier.model import ByteSource, Problem, Reason

_PACK = b"PACK\0\0\0"
_BUNDLES = (b"# v2 git bundle\n", b"# v3 git bundle\n")
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET, _NAMED = 6, 7
_LARGEST = 1 << 25  # bytes of an object
_KEPT = 1 << 25  # bytes of objects that deltas may start from
_CHAIN = 64  # deltas on deltas; Git makes at most 50 by default
_STEP = 1 << 16
_BROKEN = (zlib.error, ValueError, IndexError)


class GitPack(Format):
    """The commits, tags and files' versions in a pack."""

    name = "git"
    facts = Facts(
        title="Git packs and bundles",
        group="Compression and archives",
        extensions=("pack", "bundle"),
        recognised="PACK and a version, # v2 git bundle",
        library="own, zlib",
        location="object (blob/ID), and what its format has",
        limits="depth, members, decompressed bytes and ratio; objects of 32 MiB",
        unread="names of files (trees), objects whose base is in another pack",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith((_PACK, *_BUNDLES)) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        for problem in too_deep(part, work):
            yield problem
            return
        source = part.random(work.limits.spool_bytes)
        if source is None:
            raise Unreadable(Problem(part.label, Reason.ARCHIVE_EXCEEDS_SIZE_LIMIT, "too large to copy"))
        start = 0
        if part.head.sample.startswith(_BUNDLES):
            found = part.head.sample.find(b"\n\nPACK")
            if found < 0:
                raise Unreadable(Problem(part.label, Reason.MALFORMED_FILE, "no pack in the bundle"))
            start = found + 2
        pack = _Pack(source, start, work)
        count = int.from_bytes(source.read(start + 8, 4), "big")
        at, unknown = start + 12, 0
        for number in range(count):
            if work.budget.spent or not work.budget.member():
                return
            try:
                kind, data, at = pack.object(at)
            except LookupError:
                unknown += 1
                at = pack.after
                continue
            except _BROKEN:
                yield Problem(part.label, Reason.MALFORMED_FILE, "broken or truncated pack", lost=not number)
                return
            if kind != 2:
                name = f"{_KINDS[kind]}/{pack.name(kind, data)}"
                yield from member(part, work, name, iter([data] if data else []))
        if unknown:
            detail = "objects that need another pack, or are too large"
            yield Problem(part.label, Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, detail, lost=False)


class _Pack:
    """Objects by their offsets; `after` is where the object ends that was asked for last."""

    def __init__(self, source: ByteSource, start: int, work: Work) -> None:
        self._source = source
        self._start = start
        self._work = work
        self._kept: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._held = 0
        self._places: dict[str, int] = {}
        self.after = start

    def object(self, at: int) -> tuple[int, bytes, int]:
        """Return kind, content and end; raises LookupError for one whose base is not here."""
        kind, data = self._resolved(at, 0)
        self._places[self.name(kind, data)] = at
        return kind, data, self.after

    def name(self, kind: int, data: bytes) -> str:
        """The object's id."""
        header = f"{_KINDS[kind]} {len(data)}\0".encode()
        return hashlib.sha1(header + data, usedforsecurity=False).hexdigest()

    def _resolved(self, at: int, depth: int) -> tuple[int, bytes]:
        if depth > _CHAIN:
            raise ValueError("deltas without an end")
        if depth and at in self._kept:
            self._kept.move_to_end(at)
            return self._kept[at]
        head = self._source.read(at, 64)
        kind, size, used = head[0] >> 4 & 7, head[0] & 15, 1
        shift = 4
        while head[used - 1] & 0x80:
            size |= (head[used] & 0x7F) << shift
            shift += 7
            used += 1
        base: int | None = None
        if kind == _OFFSET:
            back = head[used] & 0x7F
            while head[used] & 0x80:
                used += 1
                back = (back + 1) << 7 | head[used] & 0x7F
            used += 1
            base = at - back
            if not self._start < base < at:
                raise ValueError("no such base")
        elif kind == _NAMED:
            base = self._places.get(head[used : used + 20].hex())
            used += 20
        elif kind not in _KINDS:
            raise ValueError("no such kind")
        data, after = self._inflated(at + used, size)
        if not depth:
            self.after = after
        if kind in (_OFFSET, _NAMED):
            if base is None or data is None:
                raise LookupError
            kind, origin = self._resolved(base, depth + 1)
            data = _patched(origin, data)
        if data is None:
            raise LookupError
        self._keep(at, kind, data)
        return kind, data

    def _inflated(self, at: int, size: int) -> tuple[bytes | None, int]:
        """Return the content (None of one that is too large) and where it ends."""
        inflater = zlib.decompressobj()
        out = bytearray()
        fits = size <= _LARGEST
        while not inflater.eof:
            data = self._source.read(at, _STEP)
            if not data:
                raise zlib.error("truncated")
            at += len(data)
            while data and not inflater.eof:
                piece = inflater.decompress(data, _STEP)
                if self._work.budget.expand(len(piece)) < len(piece):
                    raise LookupError
                if fits and len(out) + len(piece) <= size:
                    out += piece
                elif fits:
                    raise ValueError("larger than it says")
                data = inflater.unconsumed_tail
        return bytes(out) if fits else None, at - len(inflater.unused_data)

    def _keep(self, at: int, kind: int, data: bytes) -> None:
        if len(data) > _KEPT // 4 or at in self._kept:
            return
        self._kept[at] = kind, data
        self._held += len(data)
        while self._held > _KEPT:
            self._held -= len(self._kept.popitem(last=False)[1][1])


def _patched(base: bytes, delta: bytes) -> bytes:
    """Apply a delta: copies from the base and insertions."""
    at = 0
    sizes = []
    for _ in range(2):
        size = shift = 0
        while True:
            byte = delta[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        sizes.append(size)
    if sizes[0] != len(base) or sizes[1] > _LARGEST:
        raise ValueError("a delta for another base")
    out = bytearray()
    while at < len(delta):
        code = delta[at]
        at += 1
        if code & 0x80:
            values = [0, 0]
            for bit in range(7):
                if code >> bit & 1:
                    which, shift = (0, bit * 8) if bit < 4 else (1, (bit - 4) * 8)
                    values[which] |= delta[at] << shift
                    at += 1
            out += base[values[0] : values[0] + (values[1] or 0x10000)]
        elif code:
            out += delta[at : at + code]
            at += code
        else:
            raise ValueError("no such instruction")
        if len(out) > sizes[1]:
            raise ValueError("larger than it says")
    return bytes(out)
