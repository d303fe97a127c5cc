"""Labelled texts of others, which their licences allow to pass on, and texts in which nobody is named.

corpora/README.md names their authors, addresses and licences.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from models.recipe.templates import Labelled

FOLDER = Path(__file__).parent / "corpora"
NAMES = ("wnut17_train", "btc_abegh", "sec_train")
KINDS = {
    "PERSON": "PERSON", "LOCATION": "GPE", "ORG": "ORG", "GROUP": "ORG", "PRODUCT": "PRODUCT",
    "CREATIVE-WORK": "WORK_OF_ART",
}  # fmt: skip
_LONGEST = 900  # characters of a text; longer ones are cut at lines
# Packages of the recipe's environment (requirements.txt pins them) whose files are the negatives.
PACKAGES = (
    "spacy", "thinc", "pydantic", "rich", "typer", "click", "tqdm", "requests", "httpx", "jinja2", "numpy", "urllib3",
    "weasel", "confection", "srsly", "anyio", "certifi", "smart_open", "markdown-it-py",
)  # fmt: skip
_SUFFIXES = (
    ".py",
    ".pyi",
    ".json",
    ".toml",
    ".cfg",
    ".md",
    ".rst",
    ".txt",
    ".pyx",
    ".h",
    ".yml",
    ".sh",
    "METADATA",
)
_SOMEBODY = re.compile(
    r"(?i)copyright|author|maintain|contribut|licen[cs]e|thank|@|by [A-Z]|\bMr|\bDr\b|\buser(?:name)?s? = "
)


def labelled(name: str) -> list[Labelled]:
    """Return the texts of a corpus, long ones cut into paragraphs."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [piece for line in lines for piece in _pieces(json.loads(line))]


def _pieces(record: dict[str, object]) -> Iterator[Labelled]:
    text, spans = str(record["text"]), record["spans"]
    assert isinstance(spans, list)
    known = [(s["start"], s["end"], KINDS[s["type"]]) for s in spans if s["type"] in KINDS]
    at = 0
    while at < len(text):
        end = len(text)
        if end - at > _LONGEST:
            end = text.rfind("\n", at, at + _LONGEST) + 1 or at + _LONGEST
            end = max([end, *(last for first, last, _ in known if first < end < last)])
        own = tuple((a - at, b - at, kind) for a, b, kind in known if a >= at and b <= end)
        yield Labelled(text[at:end], own)
        at = end


def nobody(seed: int, count: int, known: frozenset[str]) -> list[Labelled]:
    """Return so many stretches of code, configuration and documentation in which no name of `known` stands.

    `known` are given names, in lower case: a stretch with one of them before another capitalised word is
    left out, for somebody may be named.
    """
    chooser = random.Random(seed)
    paths = sorted({Path(str(path)) for name in PACKAGES for path in _files(name)})
    found: list[Labelled] = []
    while len(found) < count:
        path = chooser.choice(paths)
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        if not lines:
            continue
        start = chooser.randrange(len(lines))
        text = "\n".join(lines[start : start + chooser.choice((1, 2, 4, 8, 12))])[:700].strip()
        pairs = re.findall(r"\b([A-Z][a-z]+) (?=[A-Z])", text)
        if len(text) > 20 and not _SOMEBODY.search(text) and not any(p.lower() in known for p in pairs):
            found.append(Labelled(text, ()))
    return found


def _files(name: str) -> Iterator[str]:
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        return
    yield from (str(file.locate()) for file in files if file.name.endswith(_SUFFIXES))
