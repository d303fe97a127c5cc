"""What the scanner and its extraction workers say to each other, over two pipes.

A message is a kind (one byte), a length (four bytes) and a payload. The scanner sends `JOB` (JSON and the
bytes of a small part) and answers `READ` and `NEXT` with `DATA`. A worker sends `ITEM` for what it found,
`HEAD` for a table's head before its first chunk, and `DONE`. Items are pickled; the scanner takes nothing
out of them but the nouns and locators of this package, since a worker has read what strangers made.
"""

from __future__ import annotations

import io
import os
import pickle
import select
import struct
import sys
from typing import Any

from classifier.model import TableHead

JOB, DATA, END = b"J", b"D", b"E"
READ, NEXT, HEAD, ITEM, DONE = b"R", b"N", b"H", b"I", b"X"
_FRAME = struct.Struct("<cI")
_LONGEST = 1 << 28  # a window is smaller, however long its lines are
_PACKAGE = "classifier.extract."
_NUMPY = frozenset(
    {
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("numpy.core.multiarray", "scalar"),
        ("numpy.core.numeric", "_frombuffer"),
    }
)


class Broken(Exception):
    """The other side is gone, or says what it never should."""


class TimeOut(Exception):
    """The other side said nothing in time."""


class Channel:
    """One side's two ends of the pipes."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._in = incoming
        self._out = outgoing

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        """Raises Broken."""
        data = memoryview(_FRAME.pack(kind, len(payload)) + payload)
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except OSError as error:
            raise Broken from error

    def receive(self, seconds: float | None = None) -> tuple[bytes, bytes]:
        """Return kind and payload; raises Broken, and TimeOut after so many seconds of silence."""
        kind, size = _FRAME.unpack(self._take(_FRAME.size, seconds))
        if size > _LONGEST:
            raise Broken
        return kind, self._take(size, seconds)

    def _take(self, size: int, seconds: float | None) -> bytes:
        pieces: list[bytes] = []
        while size:
            if seconds is not None and not select.select([self._in], [], [], seconds)[0]:
                raise TimeOut
            try:
                piece = os.read(self._in, min(size, 1 << 20))
            except OSError as error:
                raise Broken from error
            if not piece:
                raise Broken
            pieces.append(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Pickler:
    """Makes payloads; a table's head goes once, however many chunks it has."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._head: TableHead | None = None

    def send(self, item: object) -> None:
        head = getattr(item, "table", None)
        if isinstance(head, TableHead) and head is not self._head:
            self._head = head
            self._channel.send(HEAD, pickle.dumps(head, 5))
        out = io.BytesIO()
        _Out(out, self._head).dump(item)
        self._channel.send(ITEM, out.getvalue())


class _Out(pickle.Pickler):
    def __init__(self, out: io.BytesIO, head: TableHead | None) -> None:
        super().__init__(out, 5)
        self._table_head = head

    def persistent_id(self, obj: object) -> Any:
        return 0 if obj is self._table_head and obj is not None else None


class Items:
    """Makes objects of payloads."""

    def __init__(self) -> None:
        self._head: TableHead | None = None

    def head(self, payload: bytes) -> None:
        """Raises Broken."""
        head = self._load(payload)
        if not isinstance(head, TableHead):
            raise Broken
        self._head = head

    def item(self, payload: bytes) -> Any:
        """Raises Broken."""
        return self._load(payload)

    def _load(self, payload: bytes) -> Any:
        try:
            return _In(payload, self._head).load()
        except Exception as error:
            raise Broken from error


class _In(pickle.Unpickler):
    def __init__(self, payload: bytes, head: TableHead | None) -> None:
        super().__init__(io.BytesIO(payload))
        self._table_head = head

    def persistent_load(self, pid: Any) -> Any:
        return self._table_head

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NUMPY or (module, name) == ("collections", "deque"):
            return super().find_class(module, name)
        if module == "classifier.model" or module.startswith(_PACKAGE):
            found = getattr(sys.modules.get(module), name, None)  # what is not loaded is not of ours
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError("not one of the nouns")
