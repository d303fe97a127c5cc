"""Scores of a pipeline on labelled texts: precision, recall and F1 of persons and places.

A span counts as found when a predicted one of the same type overlaps it.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from spacy.language import Language

from models.recipe.templates import Labelled

TYPES = {
    "PERSON": "PERSON", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ADDRESS": "LOC", "LOCATION": "LOC", "ZIP": "LOC",
    "ORG": "ORG", "DATE": "DATE", "CONDITION": "CONDITION", "MEDICATION": "MEDICATION", "PROCEDURE": "PROCEDURE",
}  # fmt: skip


def read(path: Path, most: int | None = None) -> list[Labelled]:
    """Return the texts of a JSON Lines file: `text`, `spans` with start, end and type."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    records = [json.loads(line) for line in data.decode().split("\n")[:most] if line]
    return [
        Labelled(r["text"], tuple((s["start"], s["end"], s["type"]) for s in r["spans"])) for r in records
    ]


def of_model(nlp: Language, items: Sequence[Labelled]) -> dict[str, tuple[float, float, float]]:
    """Return (precision, recall, F1) by type."""
    n: Counter[tuple[str, str]] = Counter()
    for item, doc in zip(items, nlp.pipe([item.text for item in items]), strict=True):
        gold = [(a, b, TYPES[kind]) for a, b, kind in item.spans if kind in TYPES]
        told = [(e.start_char, e.end_char, TYPES[e.label_]) for e in doc.ents if e.label_ in TYPES]
        for own, other, all_, right in ((gold, told, "gold", "hit"), (told, gold, "told", "good")):
            for a, b, kind in own:
                n[kind, all_] += 1
                n[kind, right] += any(c < b and d > a and kind == k for c, d, k in other)
    scores = {}
    for kind in sorted({kind for kind, what in n if what == "gold"}):
        p, r = n[kind, "good"] / max(1, n[kind, "told"]), n[kind, "hit"] / max(1, n[kind, "gold"])
        scores[kind] = (p, r, 2 * p * r / max(1e-9, p + r))
    return scores


def line(scores: dict[str, tuple[float, float, float]]) -> str:
    return ", ".join(f"{kind} {p:.3f}/{r:.3f} F1 {f:.3f}" for kind, (p, r, f) in scores.items())


def main() -> None:
    import spacy

    nlp = spacy.load(sys.argv[1])
    for name in sys.argv[2:]:
        print(Path(name).name, line(of_model(nlp, read(Path(name)))))


if __name__ == "__main__":
    main()
