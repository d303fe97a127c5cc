"""Ctrl-C and SIGTERM, kept out of the middle of a record: the report is whole as far as it goes."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self


class Interrupts:
    """While entered, raises KeyboardInterrupt for SIGINT and SIGTERM at once, or after what is `held`.

    Where Ctrl-C is another's to handle (a thread of a larger program, a shell that ignores it) it stays so.
    """

    def __init__(self) -> None:
        self._ours = False
        self._held = False
        self._waiting = False
        self._before: Any = signal.SIG_DFL

    def __enter__(self) -> Self:
        self._ours = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._ours:
            signal.signal(signal.SIGINT, self._handle)
            self._before = signal.signal(signal.SIGTERM, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, self._before)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the body come to its end first."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._waiting:
            self._waiting = False
            raise KeyboardInterrupt

    def ignore(self) -> None:
        """Raise no more: what is left to do is the end of the report."""
        self._held = True

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._held:
            self._waiting = True
        else:
            raise KeyboardInterrupt
