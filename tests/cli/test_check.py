"""`check` on the command line."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from classifier import run
from classifier.cli import main
from classifier.errors import TargetError
from classifier.model import Reason


def test_progress_that_nobody_takes_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code stays check's own; rich would end the program with 1, which means: exposed."""

    def check(request: run.Request, settings: Any, *, console: Any, **_: Any) -> Any:
        console.print("1 object")
        raise TargetError("no answer", Reason.TIME_CUT_OFF_REACHED)

    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(run, "check", check)
    monkeypatch.setattr(sys, "argv", ["s3-classifier", "check", "s3://some-bucket"])
    with open(writing, "w", buffering=1) as nobody, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", nobody)
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == TargetError.exit_code
