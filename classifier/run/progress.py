"""How a run tells where it is: a bar on a terminal, a line a minute elsewhere; always on standard error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.text import Text

LINE_EVERY = 60.0  # seconds


class Meter(Protocol):
    """What the run calls while it works; all counts are increments, bytes are stored bytes."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def found(self, objects: int, size: int) -> None:
        """More objects are known to be in scope."""

    def listed(self) -> None:
        """The listing is complete: what is known is all there is."""

    def done(self, objects: int, size: int) -> None:
        """Objects were scanned, or (0 objects) more bytes of one that is under way."""


def meter(console: Console, quiet: bool = False) -> Meter:
    """Return the meter that suits `console` (standard error)."""
    if quiet:
        return Silent()
    return Bar(console) if console.is_terminal else Lines(console)


class Silent:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def found(self, objects: int, size: int) -> None: ...
    def listed(self) -> None: ...
    def done(self, objects: int, size: int) -> None: ...


class _State(Silent):
    """Objects and bytes known and done, and the rate and time left that follow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._start = clock()
        self.objects = self.bytes = self.objects_known = self.bytes_known = 0
        self.complete = False

    def found(self, objects: int, size: int) -> None:
        self.objects_known += objects
        self.bytes_known += size

    def listed(self) -> None:
        self.complete = True

    def done(self, objects: int, size: int) -> None:
        self.objects += objects
        self.bytes += size

    def describe(self) -> str:
        """One line: objects, bytes, rate, time left (a lower bound, "≥", while the listing goes on)."""
        seconds = max(self._clock() - self._start, 1e-3)
        share = min(self.share(), 1.0)
        more = "" if self.complete else "+"
        left = ""
        if 0 < share < 1:
            left = f", {'' if self.complete else '≥ '}{_duration(seconds * (1 - share) / share)} left"
        return (
            f"{self.objects:,} of {self.objects_known:,}{more} objects, "
            f"{decimal(self.bytes)} of {decimal(self.bytes_known)}{more}, "
            f"{self.objects / seconds:,.0f} objects/s, {decimal(int(self.bytes / seconds))}/s{left}"
        )

    def share(self) -> float:
        """How much is done, 0 to 1: the smaller of the shares of objects and of bytes."""
        shares = [
            done / known
            for done, known in ((self.objects, self.objects_known), (self.bytes, self.bytes_known))
            if known
        ]
        return min(shares, default=0.0)


class Lines(_State):
    """A line a minute, for logs; it comes from a thread of its own, whatever the scan is at."""

    def __init__(
        self, console: Console, clock: Callable[[], float] = time.monotonic, every: float = LINE_EVERY
    ) -> None:
        """`every` is the time between two lines in seconds."""
        super().__init__(clock)
        self._console = console
        self._every = every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _tell(self) -> None:
        while not self._end.wait(self._every):
            with suppress(OSError):  # nobody listens, and the scan goes on
                self._console.print(self.describe(), highlight=False, soft_wrap=True)


class _Line(ProgressColumn):
    def __init__(self, state: _State) -> None:
        super().__init__()
        self._state = state

    def render(self, task: Task) -> Text:
        return Text(self._state.describe())


class Bar(_State):
    """A bar that redraws itself, for people."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("scanning"),
            BarColumn(bar_width=20),
            _Line(self),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("scan", total=1.0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def done(self, objects: int, size: int) -> None:
        super().done(objects, size)
        self._progress.update(self._task, completed=self.share())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
