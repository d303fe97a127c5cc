"""What decides what is found in an object, in one name: with the same one it need not be read again."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import classifier
from classifier.config import Settings
from classifier.run.lists import ListsSpec, content_hash
from classifier.shipped import shipped

# Settings that decide, beside detectors, lists and limits (`content_hash`).
_DECIDE = (
    "attributes",
    "chunk_bytes",
    "depth",
    "extraction_memory",
    "max_occurrences",
    "names",
    "names_bytes",
    "names_pipelines",
    "names_values",
    "tags",
    "verify_keys",
)
_ASKED = ("tag:", "type:")  # rules that are judged while an object is read
_CODE = ("extract", "recognizers", "run/attributes.py", "run/partly.py", "run/worker.py", "crawl/excerpt.py")
_DATA = ("phi.yaml", "tables.yaml", "prose.yaml", "traits.yaml")


def recipe(settings: Settings, lists: ListsSpec, fingerprint_key: bytes) -> str:
    """Return 64 hexadecimal digits that stand for all that decides what is found in an object that is read.

    The key of the fingerprints is in it as a digest only: what was found with another one cannot be compared.
    """
    values = settings.model_dump(mode="json")
    given = {name: values[name] for name in _DECIDE}
    if settings.depth != "full":
        given["seed"] = settings.seed
    rules = [rule for rule in (*settings.include, *settings.exclude) if rule.startswith(_ASKED)]
    key = hashlib.blake2b(fingerprint_key, digest_size=16, person=b"recipe").hexdigest()
    told = [version("s3-classifier"), program(), content_hash(settings, lists), given, rules, key]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def program() -> str:
    """Return what tells the code that reads objects, and its data, from other versions of them."""
    package = Path(classifier.__file__).parent
    sources = [source for name in _CODE for source in _sources(package / name)]
    digest = hashlib.sha256()
    for source in [*sources, *(shipped("patterns") / name for name in _DATA)]:
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def _sources(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
