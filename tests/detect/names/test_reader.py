"""Prose of an object in a scan: what is found where, the budget, and when the model is loaded."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from classifier import extract
from classifier.detect import Classifier, Names, load_packs, shipped_paths
from classifier.detect.engine import ObjectScan
from classifier.detect.names import pipeline
from classifier.detect.names.pipeline import Entity
from classifier.model import Problem, Tier

TABLES = [path for path in shipped_paths() if path.name in ("tables.yaml", "prose.yaml")]
CHOSEN = [d for d in load_packs(TABLES) if d.id in ("NAME", "ADDRESS", "LOCATION")]
LETTER = (
    "Dear Hanna,\n\nI spoke with Oskar Lindgren about the flat. He lives at 12 Oak Street, Cork.\n\nRegards\n"
)
CODE = "def read(path):\n    return path.read_text()\n" * 40


@dataclass(frozen=True, slots=True)
class Source:
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def blocks(self) -> Iterator[bytes]:
        yield self.data

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def scanned(data: bytes, names: Names | None = None, name: str = "a.txt", chunk: int = 1 << 20) -> ObjectScan:
    classifier = Classifier(CHOSEN, bytes(32), 0, names=names or Names())
    scan = classifier.object()
    for item in extract.extract(name, Source(data), extract.Limits(chunk_bytes=chunk)):
        assert not isinstance(item, Problem)
        scan.feed(item)
    return scan


def found(scan: ObjectScan, data: bytes) -> list[tuple[str, str]]:
    places = [
        (o.location.byte_start or 0, o.location.byte_end or 0, tally.detector.id)
        for tally in scan.result()
        for o in tally.occurrences
    ]
    return [(kind, data[start:end].decode()) for start, end, kind in sorted(places)]


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A pipeline that takes two capitalised words for a person; the texts that it was given."""
    given: list[str] = []

    def read(texts: list[str], language: str = "en", name: str = "") -> list[list[Entity]]:
        given.extend(texts)
        pairs = re.compile(r"[A-Z][a-z]+ [A-Z][a-z]+")
        return [[Entity(*match.span(), "PERSON") for match in pairs.finditer(text)] for text in texts]

    monkeypatch.setattr(pipeline, "read", read)
    return given


def test_the_shipped_model_finds_names_in_prose() -> None:
    data = LETTER.encode()
    first, second, (kind, address), *_ = found(scanned(data), data)
    assert (first, second) == (("NAME", "Hanna"), ("NAME", "Oskar Lindgren"))
    assert kind == "ADDRESS"
    assert address.startswith("12 Oak Street")


def test_offsets_are_bytes(listed: list[str]) -> None:
    data = "Señoras y señores: it is Oskar Lindgren – the midwife.\n".encode()
    assert found(scanned(data), data) == [("NAME", "Oskar Lindgren")]


def test_tiers(listed: list[str]) -> None:
    (alone,) = scanned(b"We met Oskar Lindgren in the park.\n").result()
    (labelled,) = scanned(b"Patient: Oskar Lindgren\nWe met Hanna Schreiber in the park.\n").result()
    assert (alone.tier, labelled.tier) == (Tier.MODEL, Tier.CONTEXT)


@pytest.mark.parametrize("chunk", [1 << 16, 1 << 17])
def test_the_cut_into_chunks_changes_nothing(listed: list[str], chunk: int) -> None:
    pieces = (f"{LETTER}{number} more of it.\n{'' if number % 7 else CODE}" for number in range(1200))
    data = "".join(pieces)
    names = Names(prose_bytes=100_000)
    whole, cut = (scanned(data.encode(), names, chunk=size) for size in (1 << 20, chunk))
    assert found(whole, data.encode()) == found(cut, data.encode())
    assert whole.prose == cut.prose


def test_repeated_lines_are_read_once(listed: list[str]) -> None:
    data = b"We met Oskar Lindgren in the park.\n};\n" * 50
    scan = scanned(data)
    assert len(found(scan, data)) == 50
    assert len(listed) == 1


def test_the_budget_is_reported(listed: list[str]) -> None:
    data = "".join(f"We met Oskar Lindgren in park {number}.\n}};\n" for number in range(100)).encode()
    scan = scanned(data, Names(prose_bytes=1_000))
    assert scan.prose is not None
    assert not scan.prose.whole
    assert scan.prose.bytes <= 1_000
    (tally,) = scan.result()
    assert not tally.count_is_exact
    assert sum(map(len, listed)) <= 1_000


def test_cells_of_sentences(listed: list[str]) -> None:
    rows = "".join(f"{n},The buyer Oskar Lindgren asked for a refund of it,{n}\n" for n in range(9))
    data = f"id,note,n\n{rows}".encode()
    assert found(scanned(data, name="a.csv"), data) == [("NAME", "Oskar Lindgren")] * 9


def test_values_of_records(listed: list[str]) -> None:
    note = json.dumps({"id": 1, "deep": {"note": "The buyer Oskar Lindgren asked for a refund"}}).encode()
    assert found(scanned(note, name="a.json"), note) == [("NAME", "Oskar Lindgren")]


def test_code_is_not_given_to_the_model(listed: list[str]) -> None:
    assert found(scanned(CODE.encode()), CODE.encode()) == []
    assert listed == []


def test_spacy_is_imported_for_prose_only() -> None:
    program = (
        "import sys; from classifier.detect import *\n"
        "tables = [path for path in shipped_paths() if path.name == 'tables.yaml']\n"
        "chosen = [d for d in load_packs(tables) if d.id in ('NAME', 'ADDRESS')]\n"
        "classifier = Classifier(chosen, bytes(32), names=Names())\n"
        f"classifier.classify({CODE.encode()!r})\n"
        "assert 'spacy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
