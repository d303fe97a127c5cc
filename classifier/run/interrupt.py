"""Ctrl-C and SIGTERM, kept out of the middle of a record: the report is whole as far as it goes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

_OTHERS = (signal.SIGTERM, signal.SIGALRM)
_AGAIN = 0.5  # seconds


class Interrupts:
    """While entered, raises KeyboardInterrupt for SIGINT and SIGTERM at once, or after what is `held`.

    Where Ctrl-C is another's to handle (a thread of a larger program, a shell that ignores it) it stays so.
    """

    def __init__(self) -> None:
        self._ours = False
        self._held = False
        self._waiting = False
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        self._ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._ours:
            signal.signal(signal.SIGINT, self._handle)
            self._before = [signal.signal(kind, self._handle) for kind in _OTHERS]
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._heard()
            for kind, handler in zip(_OTHERS, self._before, strict=True):
                signal.signal(kind, handler)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the body come to its end first."""
        self._held = True
        yield
        self._held = False
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Raise no more: what is left to do is the end of the report."""
        self._held = True
        if self._ours:
            self._heard()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._waiting = True
            return
        # What is raised in a callback or in a finalizer is dropped by whoever called that: say it again.
        signal.setitimer(signal.ITIMER_REAL, _AGAIN, _AGAIN)
        raise KeyboardInterrupt

    def _heard(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
