"""The extraction worker's own side: takes a part at a time and sends back what it finds.

Run by `isolation`, never imported by the scanner.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from classifier.extract import registry, wire
from classifier.extract.base import Work
from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Part
from classifier.extract.seekable import Held
from classifier.model import ByteSource, Problem, Reason

_GRACE = 5  # seconds of processor time past the part's own: for a worker whose scanner is gone


def main(memory: int, folder: str) -> None:
    """Serve until the scanner closes the pipe; `memory` bounds the address space in bytes.

    `folder` is this worker's own for temporary files, and goes with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # a library that prints must not speak in our name
        os.dup2(nothing, standard)
    with suppress(ValueError, OSError):  # macOS may refuse
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = wire.Channel(incoming, outgoing)
    try:
        while True:
            kind, payload = channel.receive()
            if kind != wire.JOB:
                return
            _serve(channel, payload)
    except wire.Broken:  # the scanner is gone, or wants no more
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(channel: wire.Channel, payload: bytes) -> None:
    size = int.from_bytes(payload[:4], "little")
    job = json.loads(payload[4 : 4 + size])
    limits = Limits(**job["limits"])
    _bound_processor(limits.seconds)
    budget = Budget(limits)
    if job["whole"]:
        data = payload[4 + size :]
        blocks: Iterator[bytes] = iter([data] if data else [])
        source: ByteSource | None = Held(bytearray(data))
    else:
        blocks = _blocks(channel)
        source = None if job["size"] is None else _Remote(channel, job["size"])
    part = Part(job["label"], job["name"], job["depth"], blocks, lambda: source)
    out = wire.Pickler(channel)
    memory_over = False
    came = False
    try:
        for item in registry.read(part, Work(limits, budget, registry.read, apart=True)):
            came = True
            out.send(item)
    except MemoryError:
        memory_over = True
    if memory_over:  # here, where what it was held in is let go of
        out.send(
            Problem(
                part.label,
                Reason.MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT,
                "needs too much memory",
                lost=not came,
            )
        )
    used, members = budget.used(limits)
    done = {
        "bytes": used,
        "members": members,
        "bytes_over": budget.bytes_over,
        "members_over": budget.members_over,
        "memory": 1 << 62 if memory_over else _most_held(),
    }
    channel.send(wire.DONE, json.dumps(done).encode())


def _bound_processor(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + _GRACE
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def _most_held() -> int:
    """The most bytes of memory that this program ever held.

    Of what getrusage says the process that started this one is part on Linux.
    """
    try:
        with Path("/proc/self/status").open(encoding="ascii", errors="replace") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def _blocks(channel: wire.Channel) -> Iterator[bytes]:
    while True:
        channel.send(wire.NEXT)
        kind, block = channel.receive()
        if kind == wire.END:
            return
        yield block


class _Remote:
    """The part's bytes, which the scanner reads."""

    def __init__(self, channel: wire.Channel, size: int) -> None:
        self._channel = channel
        self.size = size

    def blocks(self) -> Iterator[bytes]:
        step = 1 << 18
        for start in range(0, self.size, step):
            yield self.read(start, step)

    def read(self, start: int, length: int) -> bytes:
        pieces: list[bytes] = []
        while length > 0:
            self._channel.send(wire.READ, start.to_bytes(8, "little") + length.to_bytes(8, "little"))
            piece = self._channel.receive()[1]
            if not piece:
                break
            pieces.append(piece)
            start += len(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
