"""The pages that are made from the program say what the program says."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from classifier.cli import app
from classifier.detect import shipped_packs

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _generator()


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The command and all below it, with their paths."""
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


REAL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == generate.PAGES[name](), f"{name}: run `make docs`"


def test_every_detector_is_on_its_page() -> None:
    page = generate.PAGES["detectors.md"]()
    assert all(f"| `{detector.id}`" in page for detector in shipped_packs())


def test_every_command_is_on_the_page() -> None:
    assert set(generate.COMMANDS) == set(REAL)


@pytest.mark.parametrize("path", REAL, ids=" ".join)
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    command = REAL[path]
    assert command.help
    shown = generate.help_of(path)
    for parameter in command.params:
        for name in parameter.opts:
            if name.startswith("--"):
                assert parameter.help, f"{path} {name}"
                assert name in shown
