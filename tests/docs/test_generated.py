"""The pages that are made from the program say what the program says."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
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
COMMANDS = generate.commands(typer.main.get_command(app), ("s3-classifier",))


def test_cli_page_is_current() -> None:
    assert (DOCS / "cli.md").read_text("utf-8") == generate.cli_page()


@pytest.mark.parametrize("path", [path for path, _ in COMMANDS], ids=" ".join)
def test_help_is_on_the_page(path: tuple[str, ...]) -> None:
    """The real program prints, for each command, the usage line that the page has."""
    done = subprocess.run(
        [sys.executable, "-c", "from classifier.cli import main; main()", *path[1:], "--help"],
        check=True,
        capture_output=True,
        text=True,
    )
    body = (DOCS / "cli.md").read_text("utf-8").split(f"## {' '.join(path)}\n")[1]
    for word in done.stdout.split("Options:")[1].split():
        if word.startswith("--"):
            assert word.strip(",.;") in body


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_every_command_and_option_has_help(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.name}"
