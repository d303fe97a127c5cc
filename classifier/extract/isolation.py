"""Extraction workers: processes that parse what may crash, hang or blow up, and cost one part when they do.

A worker is a plain child process (no fork of this one, which may have threads; and a process that joblib
made may have children, too), bounded in address space by itself and in time by this side, which kills it.
It has no credentials and opens no connection: it asks for the bytes of its part. One is started when it is
first needed, kept for the next part, and replaced after so many parts or when it has grown.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict

from classifier.extract import wire
from classifier.extract.base import Item, Work
from classifier.extract.limits import Limits
from classifier.extract.part import Part
from classifier.model import Chunk, Mismatch, Problem, Reason

_PARTS = 500  # of one worker
_MEMORY_SHARE = 3  # a worker that holds more than one in so many of its bytes is replaced
_PIPE = 1 << 20
# Libraries that read these take as many threads as there are cores, or reserve memory ahead.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_IO_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "PYTHONMALLOC": "malloc",
}
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_START = (
    "import json,sys;sys.path[:]=json.loads(sys.argv[1]);"
    "from classifier.extract.isolated import main;main(int(sys.argv[2]),sys.argv[3])"
)


class Helper:
    """One worker process."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self.parts = 0
        self.grown = False
        self._folder = tempfile.mkdtemp(prefix="s3-classifier-")
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= _ENVIRONMENT | {"TMPDIR": self._folder}
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [sys.executable, "-I", "-c", _START, json.dumps(sys.path), str(memory), self._folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            close_fds=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        ends = self._process.stdout.fileno(), self._process.stdin.fileno()
        for end in ends:
            _widen(end)
        self.channel = wire.Channel(*ends)

    @property
    def worn(self) -> bool:
        return self.grown or self.parts >= _PARTS

    def end(self) -> None:
        """Kill the process and remove what it left."""
        self._process.kill()
        self._process.wait()
        for end in (self._process.stdin, self._process.stdout):
            if end is not None:
                with suppress(OSError):
                    end.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def forget(self) -> None:
        """Let go of a process that another one (whose copy this one is) has started."""
        for end in (self._process.stdin, self._process.stdout):
            if end is not None:
                with suppress(OSError):
                    os.close(end.fileno())
        self._process.returncode = 0


def _widen(pipe: int) -> None:
    import fcntl

    with suppress(AttributeError, OSError):  # Linux alone has it
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


class _Pool:
    """The workers that wait. Each part that is read has one of its own meanwhile."""

    def __init__(self) -> None:
        self._idle: list[Helper] = []
        self._lock = threading.Lock()

    def take(self, memory: int) -> Helper:
        with self._lock:
            for helper in self._idle:
                if helper.memory == memory:
                    self._idle.remove(helper)
                    return helper
        return Helper(memory)

    def give(self, helper: Helper) -> None:
        if helper.worn:
            helper.end()
            return
        with self._lock:
            self._idle.append(helper)

    def end(self) -> None:
        with self._lock:
            helpers, self._idle = self._idle, []
        for helper in helpers:
            helper.end()

    def after_fork(self) -> None:
        self._lock = threading.Lock()
        for helper in self._idle:
            helper.forget()
        self._idle = []


_POOL = _Pool()
atexit.register(_POOL.end)
os.register_at_fork(after_in_child=_POOL.after_fork)


def close() -> None:
    """End the workers that wait; the next part starts a new one."""
    _POOL.end()


def read(part: Part, work: Work) -> Iterator[Item]:
    """Yield what a worker finds in `part`, with `registry.read` there, and how it ended if not well.

    Raises errors.ReadFailure where the part's bytes cannot be read.
    """
    bounds = work.budget.rest(work.limits)
    helper = _POOL.take(work.limits.worker_bytes)
    whole = False
    came = False
    try:
        helper.parts += 1
        for item in _Talk(helper, part, work, bounds).items():
            came = came or isinstance(item, Chunk)
            yield item
        whole = True
    except wire.TimeOut:
        yield Problem(part.label, Reason.TIME_CUT_OFF_REACHED, "took too long to parse", lost=not came)
    except wire.Broken:
        yield Problem(
            part.label, Reason.UNABLE_TO_PARSE_FILE, "the extraction worker ended unexpectedly", lost=not came
        )
    finally:
        if whole:
            _POOL.give(helper)
        else:  # also when nobody wants the rest: it is in the middle of a part
            helper.end()


class _Talk:
    """One part's conversation with a worker."""

    def __init__(self, helper: Helper, part: Part, work: Work, bounds: Limits) -> None:
        self._helper = helper
        self._channel = helper.channel
        self._part = part
        self._work = work
        self._bounds = bounds
        self._source = part.source()
        self._blocks = part.stream()

    def items(self) -> Iterator[Item]:
        head = self._part.head
        header = json.dumps(
            {
                "label": self._part.label,
                "name": self._part.name,
                "depth": self._part.depth,
                "limits": asdict(self._bounds),
                "size": None if self._source is None else self._source.size,
                "whole": head.complete,
            }
        ).encode()
        inline = head.sample if head.complete else b""
        self._channel.send(wire.JOB, len(header).to_bytes(4, "little") + header + inline)
        taken = wire.Items()
        while True:
            kind, payload = self._receive()
            if kind == wire.ITEM:
                item = taken.item(payload)
                if not isinstance(item, Chunk | Problem | Mismatch):
                    raise wire.Broken
                yield item
            elif kind == wire.HEAD:
                taken.head(payload)
            elif kind == wire.NEXT:
                block = next(self._blocks, None)
                self._channel.send(wire.END if block is None else wire.DATA, block or b"")
            elif kind == wire.READ:
                if self._source is None or len(payload) != 16:
                    raise wire.Broken
                start, length = (int.from_bytes(payload[at : at + 8], "little") for at in (0, 8))
                self._channel.send(wire.DATA, self._source.read(start, min(length, _PIPE)))
            elif kind == wire.DONE:
                self._done(payload)
                return
            else:
                raise wire.Broken

    def _receive(self) -> tuple[bytes, bytes]:
        budget = self._work.budget
        before = time.monotonic()
        try:
            return self._channel.receive(min(self._work.limits.stall_seconds, budget.seconds))
        finally:
            budget.spend(time.monotonic() - before)

    def _done(self, payload: bytes) -> None:
        try:
            told = json.loads(payload)
            size, members, memory = int(told["bytes"]), int(told["members"]), int(told["memory"])
        except (ValueError, KeyError, TypeError) as error:
            raise wire.Broken from error
        budget = self._work.budget
        budget.charge(size, members)
        budget.bytes_over = budget.bytes_over or bool(told.get("bytes_over"))
        budget.members_over = budget.members_over or bool(told.get("members_over"))
        self._helper.grown = memory * _MEMORY_SHARE > self._helper.memory
