"""What a run says while it works."""

import io
import threading

import pytest
from rich.console import Console

from classifier.run.progress import Bar, Lines, Silent, meter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Heard(io.StringIO):
    """What was printed; `enough` is set once there are two lines."""

    def __init__(self) -> None:
        super().__init__()
        self.enough = threading.Event()

    def flush(self) -> None:
        if self.getvalue().count("\n") >= 2:
            self.enough.set()


def test_what_a_line_says() -> None:
    clock = Clock()
    lines = Lines(Console(file=io.StringIO()), clock)
    lines.found(1_000, 4_000_000)
    clock.now += 30
    lines.done(100, 400_000)
    clock.now += 30
    lines.done(100, 400_000)
    assert lines.describe() == (
        "200 of 1,000+ objects, 800.0 kB of 4.0 MB+, 3 objects/s, 13.3 kB/s, ≥ 4:00 left"
    )
    lines.listed()
    clock.now += 60
    lines.done(200, 800_000)
    assert lines.describe() == "400 of 1,000 objects, 1.6 MB of 4.0 MB, 3 objects/s, 13.3 kB/s, 3:00 left"


def test_lines_come_while_one_object_takes_its_time() -> None:
    out = Heard()
    with Lines(Console(file=out, width=200), every=0.01) as lines:
        lines.found(1, 1_000_000)
        lines.done(0, 250_000)
        assert out.enough.wait(60)
    told = out.getvalue().splitlines()
    assert all(line.startswith("0 of 1+ objects, 250.0 kB of 1.0 MB+") for line in told[1:])
    assert threading.active_count() == len([t for t in threading.enumerate() if t.name != "progress"])


def test_nobody_who_listens_is_no_failure() -> None:
    class Full(Heard):
        def write(self, text: str) -> int:
            self.enough.set()
            raise OSError(28, "No space left on device")

    out = Full()
    with Lines(Console(file=out), every=0.01):
        assert out.enough.wait(60)


@pytest.mark.parametrize(
    ("known", "done", "share"),
    [((0, 0), (0, 0), 0.0), ((10, 0), (5, 0), 0.5), ((10, 100), (5, 10), 0.1), ((10, 100), (10, 100), 1.0)],
)
def test_the_share_is_the_smaller_of_objects_and_bytes(
    known: tuple[int, int], done: tuple[int, int], share: float
) -> None:
    state = Lines(Console(file=io.StringIO()))
    state.found(*known)
    state.done(*done)
    assert state.share() == pytest.approx(share)


def test_the_meter_suits_the_console() -> None:
    assert isinstance(meter(Console(file=io.StringIO())), Lines)
    assert isinstance(meter(Console(file=io.StringIO(), force_terminal=True)), Bar)
    assert isinstance(meter(Console(), quiet=True), Silent)


def test_the_bar_draws_the_same_line() -> None:
    out = io.StringIO()
    with Bar(Console(file=out, force_terminal=True, width=200)) as bar:
        bar.found(2, 10)
        bar.listed()
        bar.done(1, 5)
    assert "1 of 2 objects" in out.getvalue()
