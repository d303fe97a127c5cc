"""Templates to labelled texts. A line of a file of `templates/` is one template.

`{slot}` is a value of `values.Values`, `{a.name}` one of a person who is the same throughout, `[x|y]` one of
the alternatives, and `\\n` and `\\t` are what they are elsewhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.recipe.values import Person, Values

FOLDER = Path(__file__).parent / "templates"
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{(?:([a-c])\.)?([A-Za-z_]+)\}")
_OF_PERSON = ("name", "given", "surname", "surname_first", "email")
LABELS = {
    "name": "PERSON", "given": "PERSON", "surname": "PERSON", "surname_first": "PERSON", "city": "GPE",
    "country": "GPE", "place": "GPE", "state": "GPE", "street": "ADDRESS", "zip": "ADDRESS", "address": "ADDRESS",
    "address_lines": "ADDRESS", "org": "ORG", "date": "DATE", "condition": "CONDITION", "drug": "MEDICATION",
    "procedure": "PROCEDURE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its entities: start, end (characters, end exclusive) and label."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def templates(part: int, every: int = 7) -> list[str]:
    """Return the templates for training (0), or each `every`th one, which is held back (1)."""
    lines = [line for file in sorted(FOLDER.glob("*.txt")) for line in file.read_text("utf-8").splitlines()]
    lines = [line for line in lines if line and not line.startswith("# ")]
    return [line for number, line in enumerate(lines) if (number % every == 3) == bool(part)]


def filled(template: str, values: Values) -> Labelled:
    """Return a template with alternatives chosen and slots filled."""
    chooser = values.chooser
    while (found := _CHOICE.search(template)) is not None:
        template = template[: found.start()] + chooser.choice(found[1].split("|")) + template[found.end() :]
    template = template.replace("\\n", "\n").replace("\\t", "\t")
    persons: dict[str, Person] = {}
    text, spans, at = "", [], 0
    for slot in _SLOT.finditer(template):
        text += template[at : slot.start()]
        at = slot.end()
        who, kind = slot.groups()
        if who or kind in _OF_PERSON:
            if who and who not in persons:
                persons[who] = values.person()
            person = persons[who] if who else values.person()
            value = str(getattr(person, kind))
        else:
            value = values.of(kind)
        if kind in LABELS:
            spans.append((len(text), len(text) + len(value), LABELS[kind]))
        text += value
    text += template[at:]
    return Labelled(text, tuple(spans))


def varied(example: Labelled, chooser: random.Random) -> Labelled:
    """Return the example in lower or upper case now and then, as people type."""
    chance = chooser.random()
    changed = (
        example.text.lower() if chance < 0.1 else example.text.upper() if chance < 0.13 else example.text
    )
    return Labelled(changed, example.spans) if len(changed) == len(example.text) else example


def made(seed: int, count: int, part: int, towns: Path | None = None) -> Iterator[Labelled]:
    """Yield so many examples, of the templates and names for training (part 0) or of those held back (1)."""
    values = Values(seed, part, towns)
    chosen = templates(part)
    for number in range(count):
        example = filled(chosen[number % len(chosen)], values)
        yield varied(example, values.chooser)
