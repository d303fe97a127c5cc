"""The pipelines that read prose: ours, and those of spaCy that the settings name. Loaded when first needed.

spaCy is not imported before that: it takes longer than a small scan.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from classifier.detect.names import vectors
from classifier.errors import UsageError
from classifier.shipped import shipped

if TYPE_CHECKING:
    from spacy.language import Language

OURS = "en"
KINDS = {
    "PERSON": "PERSON", "PER": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION",
    "LOCATION": "LOCATION", "ADDRESS": "ADDRESS", "ORG": "ORGANIZATION", "DATE": "DATE",
    "CONDITION": "CONDITION",
    "MEDICATION": "MEDICATION", "PROCEDURE": "PROCEDURE", "persName": "PERSON", "placeName": "LOCATION",
    "geogName": "LOCATION", "orgName": "ORGANIZATION",
}  # fmt: skip
_BATCH = 16  # texts; more of them take memory, and no less time


class Entity(NamedTuple):
    """What a pipeline takes a stretch of a text for. Offsets are characters, `end` exclusive."""

    start: int
    end: int
    kind: str


def read(texts: Sequence[str], language: str = OURS, name: str = "") -> list[list[Entity]]:
    """Return the entities of each text, in order, by the shipped pipeline or the installed one of that name.

    Raises UsageError where the pipeline is not there or cannot be loaded.
    """
    nlp = ours() if language == OURS and not name else _installed(name)
    found = []
    with nlp.memory_zone():  # the words of the texts are forgotten after it: a long run has no end of them
        for doc in nlp.pipe(texts, batch_size=_BATCH):
            entities = [Entity(e.start_char, e.end_char, KINDS.get(e.label_, "")) for e in doc.ents]
            found.append([entity for entity in entities if entity.kind])
    return found


def digest(folder: Path) -> str:
    """Return the SHA-256 of the folder's files, their names included, as its file SHA256 has it."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "SHA256":
            whole.update(f"{path.relative_to(folder).as_posix()}\0".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


@cache
def ours() -> Language:
    """Return the shipped pipeline, loaded once in a process.

    Raises UsageError where spaCy is missing, or the weights are not those that were shipped.
    """
    folder = shipped("models") / "names"
    if digest(folder) != (folder / "SHA256").read_text("ascii").strip():
        raise UsageError(f"{folder}: the weights are not those that were shipped; reinstall s3-classifier")
    nlp = _loaded(str(folder), others=False, exclude=("vocab",))
    vectors.load(nlp.vocab, folder / "vocab")
    return nlp


@cache
def _installed(name: str) -> Language:
    return _loaded(name, others=True)


def _loaded(name: str, *, others: bool, exclude: Sequence[str] = ()) -> Language:
    """Load a pipeline, whose components may be `others`' than spaCy's, without what to `exclude`."""
    try:
        import spacy
        from spacy.util import registry
    except ImportError:
        raise UsageError("spaCy is missing, which reads prose: install it, or scan with --no-names") from None
    factories = registry._entry_point_factories  # other packages': loading them all takes longer than
    with warnings.catch_warnings():  # our pipeline, which has none of them
        warnings.simplefilter("ignore")
        factories.entry_points = others
        try:
            nlp = spacy.load(name, exclude=exclude)
        except (OSError, ValueError) as error:
            kind = type(error).__name__
            raise UsageError(f"the pipeline {name!r} cannot be loaded ({kind}); install it first") from None
        finally:
            factories.entry_points = True
    needed = {"ner", "tok2vec", "transformer"}
    nlp.select_pipes(enable=[pipe for pipe in nlp.pipe_names if pipe in needed])
    return nlp
