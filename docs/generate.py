"""Write the pages that are made from the program: docs/cli.md."""

from __future__ import annotations

from pathlib import Path

import click
import typer.main

from classifier.cli import app

PAGE = Path(__file__).with_name("cli.md")


def commands(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    """Return the command and all below it, with their paths."""
    found = [(path, command)]
    for name, child in getattr(command, "commands", {}).items():
        found += commands(child, (*path, name))
    return found


def cli_page() -> str:
    """Return docs/cli.md: the help of every command, as `--help` prints it 100 columns wide."""
    lines = ["# Commands", "", "Made from the program by `make docs`; a test compares the two.", ""]
    for path, command in commands(typer.main.get_command(app), ("s3-classifier",)):
        context = None
        for name in path:
            context = click.Context(
                command if name == path[-1] else click.Group(name), info_name=name, parent=context,
                terminal_width=100, max_content_width=100,
            )  # fmt: skip
        assert context is not None
        lines += [f"## {' '.join(path)}", "", "```text", command.get_help(context).rstrip(), "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(cli_page(), "utf-8")
    print(f"wrote {PAGE.name}")
