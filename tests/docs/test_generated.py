"""The pages that are made from the program say what the program says."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main

from classifier.cli import app

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


def test_cli_page_is_current() -> None:
    assert (DOCS / "cli.md").read_text("utf-8") == generate.cli_page()


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
