"""The worked examples of docs/access.md: each file is what the page shows (test_console.py runs them)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
_spec = importlib.util.spec_from_file_location("docs_examples", DOCS / "examples.py")
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)

SHOWN = dict(examples.examples(examples.PAGE.read_text("utf-8")))


def test_there_are_ten_worked_examples() -> None:
    assert len(SHOWN) >= 10
    assert set(SHOWN) == set((DOCS / "examples" / "access").iterdir())


def test_every_file_is_what_the_page_shows() -> None:
    for path, content in SHOWN.items():
        assert path.read_text("utf-8") == content, f"{path.name}: run `make docs`"
