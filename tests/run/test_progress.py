"""What a run says while it works."""

import io

import pytest
from rich.console import Console

from classifier.run.progress import Bar, Lines, Silent, meter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_a_minute_with_rate_and_time_left() -> None:
    out, clock = io.StringIO(), Clock()
    with Lines(Console(file=out, width=200), clock) as lines:
        lines.found(1_000, 4_000_000)
        clock.now += 30
        lines.done(100, 400_000)
        assert out.getvalue() == ""
        clock.now += 30
        lines.done(100, 400_000)
        lines.listed()
        clock.now += 60
        lines.done(200, 800_000)
    first, second = out.getvalue().splitlines()
    assert first == "200 of 1,000+ objects, 800.0 kB of 4.0 MB+, 3 objects/s, 13.3 kB/s, ≥ 4:00 left"
    assert second == "400 of 1,000 objects, 1.6 MB of 4.0 MB, 3 objects/s, 13.3 kB/s, 3:00 left"


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
