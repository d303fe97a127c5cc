"""Requests and bytes that reading takes: counted an object, bounded a shard, and paced a bucket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from classifier.errors import CapReached

_FIRST = 0.05  # seconds between two requests after the first SlowDown
_SLOWEST = 5.0
_FASTER = 0.97  # by which the pause shrinks with each answer
_NONE = 0.001  # a pause below it is none


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a shard may take: requests and stored bytes (None: any number), and until when (seconds since
    the epoch). `seconds` are those that a worker reads its bucket. The caps are named for the report.
    """

    requests: int | None = None
    bytes: int | None = None
    until: float | None = None
    seconds: float | None = None
    cap: str = "max_requests"


class Meter:
    """What is left of an allowance; safe for use by threads."""

    def __init__(self, allowance: Allowance, began: float, clock: Callable[[], float] = time.time) -> None:
        """`began` is when this worker began with the bucket, by `clock`."""
        self._left = allowance
        self._requests = allowance.requests
        self._bytes = allowance.bytes
        self._began = began
        self._clock = clock
        self._lock = threading.Lock()

    def take(self, requests: int, size: int) -> None:
        """Charge what is about to be sent for. Raises CapReached, and charges nothing, past the allowance."""
        left = self._left
        if left.until is not None and self._clock() >= left.until:
            raise CapReached("max_time")
        if left.seconds is not None and self._clock() >= self._began + left.seconds:
            raise CapReached("bucket_max_time")
        with self._lock:
            short = self._requests is not None and requests > self._requests
            if short or (self._bytes is not None and size > self._bytes):
                raise CapReached(left.cap)
            if self._requests is not None:
                self._requests -= requests
            if self._bytes is not None:
                self._bytes -= size

    def give_back(self, size: int) -> None:
        """Take bytes back that did not come."""
        with self._lock:
            if self._bytes is not None:
                self._bytes += size


class Usage:
    """What one object took so far."""

    __slots__ = ("_meter", "bytes", "requests")

    def __init__(self, meter: Meter | None = None) -> None:
        self._meter = meter
        self.requests = 0
        self.bytes = 0

    def request(self, size: int) -> None:
        """Charge a request for `size` bytes before it is sent. Raises CapReached."""
        if self._meter is not None:
            self._meter.take(1, size)
        self.requests += 1
        self.bytes += size

    def unread(self, size: int) -> None:
        """Note that so many of the bytes that were charged did not come."""
        self.bytes -= size
        if self._meter is not None and size:
            self._meter.give_back(size)


_current = threading.local()


@contextmanager
def charging(usage: Usage) -> Iterator[None]:
    """Charge the requests that boto3 sends in this thread, each try, to an object."""
    before = getattr(_current, "usage", None)
    _current.usage = usage
    try:
        yield
    finally:
        _current.usage = before


def charge_object() -> bool:
    """Charge a request of boto3 to this thread's object; False where there is none. Raises CapReached."""
    usage: Usage | None = getattr(_current, "usage", None)
    if usage is None:
        return False
    usage.request(0)
    return True


class Pace:
    """The rate of requests to one bucket: none is held back until the server says SlowDown.

    Each SlowDown (503, 429) doubles the pause between two requests, each answer shrinks it a little:
    additive speed up, multiplicative slow down, as TCP does. Safe for use by threads.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.pause = 0.0  # seconds
        self._next = 0.0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for this thread's turn."""
        if not self.pause:
            return
        with self._lock:
            now = self._clock()
            turn = max(self._next, now)
            self._next = turn + self.pause
        if turn > now:
            self._sleep(turn - now)

    def slow(self) -> None:
        """The server asked to slow down."""
        with self._lock:
            self.pause = min(max(self.pause * 2, _FIRST), _SLOWEST)

    def answered(self) -> None:
        """A request was answered."""
        if self.pause:
            with self._lock:
                self.pause = 0.0 if self.pause < _NONE else self.pause * _FASTER
