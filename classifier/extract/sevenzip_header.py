"""The directory of a 7z archive (the 7-Zip project's 7zFormat.txt, in the public domain LZMA SDK)."""

from __future__ import annotations

from dataclasses import dataclass, field

MAGIC = b"7z\xbc\xaf\x27\x1c"
_MOST = 1 << 22  # of anything that is counted in a header


class BadHeader(Exception):
    """The directory makes no sense."""


@dataclass(frozen=True, slots=True)
class Coder:
    method: bytes
    properties: bytes
    inputs: int
    outputs: int


@dataclass(slots=True)
class Folder:
    """A chain of coders over packed streams; `sizes` are those of the coders' outputs."""

    coders: list[Coder]
    bonds: dict[int, int]  # input to the output that feeds it
    packed: list[int]  # inputs that packed streams feed
    sizes: list[int] = field(default_factory=list)
    checked: bool = False  # has a digest of its own
    files: list[int] = field(default_factory=list)  # sizes of what is in it, in order

    @property
    def last(self) -> int:
        """The output that nothing is fed by."""
        fed = set(self.bonds.values())
        free = [number for number in range(sum(c.outputs for c in self.coders)) if number not in fed]
        if len(free) != 1:
            raise BadHeader
        return free[0]


@dataclass(slots=True)
class Streams:
    """Packed streams (offset after the signature header, sizes) and the folders that they feed."""

    offset: int = 0
    sizes: list[int] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


@dataclass(slots=True)
class Listing:
    """The archive's files in order: name, and whether it has content."""

    streams: Streams
    names: list[str] = field(default_factory=list)
    empty: list[bool] = field(default_factory=list)


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self._data):
            raise BadHeader
        piece = self._data[self.at : self.at + size]
        self.at += size
        return piece

    def rest(self) -> bytes:
        return self.take(len(self._data) - self.at)

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        first = self.byte()
        mask, value = 0x80, 0
        for index in range(8):
            if first & mask == 0:
                return value | (first & (mask - 1)) << 8 * index
            value |= self.byte() << 8 * index
            mask >>= 1
        return value

    def count(self) -> int:
        value = self.number()
        if value > _MOST:
            raise BadHeader
        return value

    def bits(self, count: int) -> list[bool]:
        data = self.take((count + 7) // 8)
        return [bool(data[number // 8] & 0x80 >> number % 8) for number in range(count)]

    def bits_or_all(self, count: int) -> list[bool]:
        return [True] * count if self.byte() else self.bits(count)


def streams_of_header(data: bytes) -> Streams | None:
    """Return the streams of a header that is packed itself; None of one that is not."""
    reader = _Bytes(data)
    kind = reader.byte()
    if kind == 0x01:
        return None
    if kind != 0x17:
        raise BadHeader
    return _streams(reader)


def listing(data: bytes) -> Listing:
    """Return the directory; raises BadHeader."""
    reader = _Bytes(data)
    if reader.byte() != 0x01:
        raise BadHeader
    found = Listing(Streams())
    while (kind := reader.byte()) != 0:
        if kind == 0x02:
            while reader.byte() != 0:
                reader.take(reader.number())
        elif kind == 0x03:
            _streams(reader)
        elif kind == 0x04:
            found.streams = _streams(reader)
        elif kind == 0x05:
            _files(reader, found)
        else:
            raise BadHeader
    return found


def _streams(reader: _Bytes) -> Streams:
    streams = Streams()
    subs = False
    while (kind := reader.byte()) != 0:
        if kind == 0x06:
            streams.offset = reader.number()
            count = reader.count()
            while (inner := reader.byte()) != 0:
                if inner == 0x09:
                    streams.sizes = [reader.number() for _ in range(count)]
                elif inner == 0x0A:
                    _digests(reader, count)
                else:
                    raise BadHeader
        elif kind == 0x07:
            _folders(reader, streams)
        elif kind == 0x08:
            _substreams(reader, streams)
            subs = True
        else:
            raise BadHeader
    if not subs:
        for folder in streams.folders:
            folder.files = [folder.sizes[folder.last]]
    return streams


def _digests(reader: _Bytes, count: int) -> list[bool]:
    defined = reader.bits_or_all(count)
    reader.take(4 * sum(defined))
    return defined


def _folders(reader: _Bytes, streams: Streams) -> None:
    if reader.byte() != 0x0B:
        raise BadHeader
    count = reader.count()
    if reader.byte() != 0:  # elsewhere
        raise BadHeader
    streams.folders = [_folder(reader) for _ in range(count)]
    while (kind := reader.byte()) != 0:
        if kind == 0x0C:
            for folder in streams.folders:
                folder.sizes = [reader.number() for _ in range(sum(c.outputs for c in folder.coders))]
        elif kind == 0x0A:
            for folder, checked in zip(streams.folders, _digests(reader, count), strict=True):
                folder.checked = checked
        else:
            raise BadHeader


def _folder(reader: _Bytes) -> Folder:
    coders = []
    count = reader.number()
    if not 0 < count <= 32:
        raise BadHeader
    for _ in range(count):
        flags = reader.byte()
        method = reader.take(flags & 0xF)
        inputs, outputs = (reader.number(), reader.number()) if flags & 0x10 else (1, 1)
        properties = reader.take(reader.count()) if flags & 0x20 else b""
        if inputs > 32 or outputs > 32 or flags & 0x80:
            raise BadHeader
        coders.append(Coder(method, properties, inputs, outputs))
    all_inputs, all_outputs = sum(c.inputs for c in coders), sum(c.outputs for c in coders)
    bonds = {reader.number(): reader.number() for _ in range(all_outputs - 1)}
    packed_count = all_inputs - len(bonds)
    if packed_count == 1:
        packed = [number for number in range(all_inputs) if number not in bonds]
    else:
        packed = [reader.number() for _ in range(packed_count)]
    return Folder(coders, bonds, packed)


def _substreams(reader: _Bytes, streams: Streams) -> None:
    counts = [1] * len(streams.folders)
    kind = reader.byte()
    if kind == 0x0D:
        counts = [reader.count() for _ in streams.folders]
        kind = reader.byte()
    sized = kind == 0x09
    for folder, count in zip(streams.folders, counts, strict=True):
        whole = folder.sizes[folder.last]
        sizes = [reader.number() for _ in range(count - 1)] if sized and count else []
        if count and (sized or count == 1):
            sizes.append(whole - sum(sizes))
        if any(size < 0 for size in sizes):
            raise BadHeader
        folder.files = sizes
    if sized:
        kind = reader.byte()
    while kind != 0:
        if kind != 0x0A:
            raise BadHeader
        pairs = zip(streams.folders, counts, strict=True)
        known = sum(folder.checked and count == 1 for folder, count in pairs)
        _digests(reader, sum(counts) - known)
        kind = reader.byte()


def _files(reader: _Bytes, found: Listing) -> None:
    count = reader.count()
    found.names = [""] * count
    found.empty = [False] * count
    while (kind := reader.number()) != 0:
        inner = _Bytes(reader.take(reader.number()))
        if kind == 0x0E:
            found.empty = inner.bits(count)
        elif kind == 0x11 and inner.byte() == 0:
            text = inner.rest().decode("utf-16-le", "replace")
            names = text.split("\0")[:count]
            found.names[: len(names)] = names
