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
from classifier.model import Category

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


def test_every_identifier_is_on_its_page_with_its_rules() -> None:
    rows = {}
    for line in generate.PAGES["identifiers.md"]().splitlines():
        if line.startswith("| `"):
            rows[line.split("`")[1]] = [cell.strip() for cell in line.replace("\\|", "").split("|")[1:-1]]
    shown = [detector for detector in shipped_packs() if detector.category is not Category.CREDENTIALS]
    assert rows.keys() == {detector.id for detector in shown}
    for detector in shown:
        _, countries, keyword, validation, random, macie = rows[detector.id]
        assert set(detector.countries) == set(countries.split(", ")) - {"any"}
        assert keyword.startswith("needed") or not detector.keyed
        assert validation
        assert (random == "–") == (detector.pass_rate is None)
        assert (macie == "yes") is detector.macie


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
