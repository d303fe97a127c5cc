"""docs/contracts.md says what the settings are."""

from __future__ import annotations

import json
import re
from enum import Enum
from pathlib import Path

import pytest

from classifier.config import Settings
from classifier.report import FORMATS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "contracts.md").read_text("utf-8")
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "s": 1}
MADE_LATER = {"output", "fingerprint_key", "store"}  # their page tells what is made where they are not given


def rows() -> list[tuple[str, str]]:
    """Each setting with the page's default. A row may hold several, with as many defaults or none."""
    table = PAGE.partition("\n## Settings\n")[2].partition("\n## ")[0]
    found: list[tuple[str, str]] = []
    for names, default in re.findall(r"^\| (`.*?`) \| ?(.*?) ?\|", table, re.MULTILINE):
        settings = re.findall(r"`(\w+)`", names)
        defaults = re.split(r", ", default) if len(settings) > 1 and default else [default] * len(settings)
        found += zip(settings, defaults, strict=True)
    return found


def value(text: str) -> object:
    """The page's default as a number or a word."""
    if text in ("true", "false") or re.fullmatch(r"\d+\.\d+", text):
        return json.loads(text)
    number = re.fullmatch(r"([\d,]+)(?: (\w+))?", text)
    if number:
        return int(number[1].replace(",", "")) * UNITS[number[2] or "s"]
    return text.strip("`")


def plain(default: object) -> object:
    if isinstance(default, Enum):
        return default.value
    return ",".join(default) if isinstance(default, tuple) else default


@pytest.mark.parametrize(("name", "default"), [row for row in rows() if row[0] not in MADE_LATER])
def test_a_default_is_the_programs(name: str, default: str) -> None:
    assert (value(default) or None) == (plain(Settings.model_fields[name].get_default()) or None)


def test_every_setting_is_on_the_page() -> None:
    assert {name for name, _ in rows()} == set(Settings.model_fields)


def test_the_formats_are_the_programs() -> None:
    table = PAGE.partition("<!-- formats -->")[2].partition("<!-- /formats -->")[0]
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \|$", table, re.MULTILINE)
    assert rows == [(one.name, one.filename, one.title) for one in FORMATS.values()]
