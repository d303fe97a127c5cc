"""Interrupts kept out of the middle of a record."""

import os
import signal

import pytest

from classifier.run.interrupt import Interrupts


def test_what_is_held_comes_to_its_end() -> None:
    done = []
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt):  # noqa: PT012 - when it comes is the point
        with interrupts.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("record")
        done.append("after")
    assert done == ["record"]


def test_a_failure_holds_nothing_back_for_good() -> None:
    with Interrupts() as interrupts:
        with pytest.raises(ZeroDivisionError), interrupts.held():
            raise ZeroDivisionError
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
