"""The detectors of pack files, from the cache where the files are as they were; and the choice among them.

Building one takes milliseconds: YAML, the schema, Python's parser of expressions, Hyperscan's compiler.
What came out is kept by the file's content, the program's and its tools' versions. It is JSON, checked as it
is read: whatever does not fit is built anew. It is compressed, so that no scan of the user's files finds the
examples in it.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classifier.detect import cache
from classifier.detect.detector import LEFT_MARGIN, Composite, Detector, Keywords, Listed, Near, reach_back
from classifier.detect.plausible import JUDGES
from classifier.detect.prefilter import hyperscan
from classifier.detect.validators import VALIDATORS
from classifier.errors import UsageError
from classifier.model import JSON, Category, Severity, Tier
from classifier.shipped import shipped

_KEYS = tuple(re.compile(rb"^%s:" % key, re.MULTILINE) for key in (b"pack", b"detectors"))
_MACIES = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*[{\[]")  # JSON, as Amazon Macie's identifiers are
_APART = ("needs", "file", "validator", "judge")  # of a Detector: what is found again by name or place
_NAMES = {field.name: field.default for field in fields(Detector) if field.name not in _APART}
_BUILDERS = (
    "derive",
    "detector",
    "library",
    "pack",
    "schema",
    "shape",
    "tree",
    "words",
)  # modules that decide


def shipped_paths() -> tuple[Path, ...]:
    """Return the pack files under patterns/, which are those with a `pack` and `detectors`."""
    paths = sorted(shipped("patterns").glob("*.yaml"))
    return tuple(path for path in paths if _is_pack(path.read_bytes()))


def _is_pack(content: bytes) -> bool:
    return all(key.search(content) is not None for key in _KEYS)


def shipped_packs() -> tuple[Detector, ...]:
    """Return the detectors of the packs under patterns/."""
    return load_packs(shipped_paths())


def load_packs(paths: Iterable[Path]) -> tuple[Detector, ...]:
    """Return the detectors of the pack files, in the order they stand there.

    Raises PackError for what is wrong in a file or between files, as `pack.build_packs` says.
    """
    files = tuple(paths)
    names = [_name(path) for path in files]
    stored = [_stored(path, name) for path, name in zip(files, names, strict=True)]
    linked = _linked([detector for found in stored for detector in found or ()])
    if linked is not None and None not in stored:
        return tuple(linked.values())
    from classifier.detect.pack import build_packs  # brings YAML and pydantic along

    if linked is None:  # packs that fitted others: the whole of them says what is wrong
        built = build_packs(files, {})
        fresh = files
    else:
        fresh = tuple(path for path, found in zip(files, stored, strict=True) if found is None)
        built = build_packs(fresh, linked)
    for path, name in zip(files, names, strict=True):
        if path in fresh and name:
            own = [_record(detector) for detector in built if detector.file == path]
            cache.store(name, zlib.compress(json.dumps(own).encode(), 1))
    place = {path: number for number, path in enumerate(files)}
    everything = [*(linked or {}).values(), *built] if len(fresh) < len(files) else built
    return tuple(sorted(everything, key=lambda detector: place[detector.file]))


def _name(path: Path) -> str:
    """Return the cache's name for what is built from a file; none where it is not kept, or cannot be read."""
    try:
        content = path.read_bytes()
    except OSError:
        return ""
    if _MACIES.match(content) and b'"regex"' in content:
        return ""  # its detectors' ids depend on those of the others
    return cache.key(b"pack", _builder(), content)


@once
def _builder() -> bytes:
    """Return what tells the program and its tools from others that might build something else."""
    here = Path(__file__).parent
    sources = [here / f"{name}.py" for name in _BUILDERS]
    code = cache.key(*(source.read_bytes() for source in sources if source.exists()))
    tool = None if hyperscan is None else hyperscan.__version__
    return f"{version('s3-classifier')} {sys.version} {tool} {code}".encode()


def _stored(path: Path, name: str) -> list[Detector] | None:
    """Return the detectors of a file as they were built before, without those that they need."""
    if not name or (content := cache.load(name)) is None:
        return None
    try:
        return [_detector(path, record) for record in json.loads(zlib.decompress(content))]
    except (zlib.error, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _record(detector: Detector) -> dict[str, JSON]:
    """Return what is kept of a detector: its fields as JSON has them, without those that say nothing."""
    values = {
        name: value for name, default in _NAMES.items() if (value := getattr(detector, name)) != default
    }
    if detector.documentation:
        values["documentation"] = sorted(value.decode() for value in detector.documentation)
    if detector.levels:
        values["levels"] = [[count, severity.value] for count, severity in detector.levels]
    for name, kind in _PARTS.items():
        if (part := values.get(name)) is not None:
            values[name] = [getattr(part, field.name) for field in fields(kind)]
    return values


_PARTS: Mapping[str, type[Any]] = {
    "keywords": Keywords,
    "near": Near,
    "composite": Composite,
    "listed": Listed,
}


def _detector(path: Path, record: dict[str, Any]) -> Detector:
    """Return the detector of a record. Raises KeyError, TypeError or ValueError where it is none."""
    values: dict[str, Any] = {name: tuple(v) if type(v) is list else v for name, v in record.items()}
    for name, kind in _PARTS.items():
        if name in values:
            values[name] = kind(*(tuple(v) if type(v) is list else v for v in values[name]))
    if "documentation" in values:
        values["documentation"] = frozenset(value.encode() for value in values["documentation"])
    if "levels" in values:
        values["levels"] = tuple((int(count), Severity(severity)) for count, severity in values["levels"])
    values["category"] = Category(values["category"])
    values["tier"] = Tier(values["tier"])
    values["severity"] = tuple(map(Severity, values["severity"]))
    validator, judge = values.get("validator_name"), values.get("judge_name")
    return Detector(
        **values,
        file=path,
        validator=None if validator is None else VALIDATORS[validator],
        judge=None if judge is None else JUDGES[judge],
    )


def _linked(detectors: Sequence[Detector]) -> dict[str, Detector] | None:
    """Return the detectors with those that they need, by id; None where they do not fit each other."""
    alone = {detector.id: detector for detector in detectors}
    if len(alone) < len(detectors):
        return None
    whole: dict[str, Detector] = {}

    def link(name: str, above: tuple[str, ...]) -> Detector:
        if name in whole:
            return whole[name]
        detector = alone[name]
        named = detector.composite.of if detector.composite is not None else ()
        if detector.near is not None:
            named = (detector.near.detector,)
        if not named:
            whole[name] = detector
            return detector
        needs = []
        for other in named:
            if other == name or other in above or alone[other].composite is not None:
                raise KeyError(other)
            needs.append(link(other, (*above, name)))
        whole[name] = replace(detector, needs=tuple(needs))
        if reach_back(whole[name]) > LEFT_MARGIN:
            raise KeyError(name)
        return whole[name]

    try:
        return {name: link(name, ()) for name in alone}
    except KeyError:
        return None


_TELLS_NOTHING = frozenset({
    "positive", "negative", "independent", "independent_by", "source", "remediation", "title", "line", "pack",
})  # fmt: skip


def content_hash(detectors: Iterable[Detector], *more: JSON) -> str:
    """Return 64 hexadecimal digits that stand for what the detectors find, and for `more` (JSON values).

    They follow from the detectors' definitions, the vendors' names and this package's code, not from where
    the files are, from examples or from texts for people.
    """
    records = [
        {name: value for name, value in _record(detector).items() if name not in _TELLS_NOTHING}
        for detector in sorted(detectors, key=lambda detector: detector.id)
    ]
    text = json.dumps([records, *more], sort_keys=True, default=str).encode()
    return cache.key(_searchers(), text)


@once
def _searchers() -> bytes:
    """Return what tells the code that searches, and its word lists, from others."""
    sources = [*sorted(Path(__file__).parent.glob("*.py")), shipped("patterns") / "vendors.yaml"]
    return cache.key(*(source.read_bytes() for source in sources)).encode()


def select(detectors: Sequence[Detector], wanted: str) -> tuple[Detector, ...]:
    """Return the detectors that `wanted` asks for, in their own order.

    `wanted` is a comma-separated list of `recommended`, `all`, ids, and ids with a leading `-`, which are
    taken out; a list that begins with one of these takes them out of `recommended`. Custom identifiers may
    be called by their titles, too, which are the names that they have in Amazon Macie. Raises UsageError for
    an id that no detector has, with the ones that are spelled like it, and for a list that leaves none.
    """
    by_id = {detector.id: detector for detector in detectors}
    titles = {d.title.upper(): d.id for d in detectors if d.category is Category.CUSTOM_IDENTIFIER}
    sets = {
        "recommended": {detector.id for detector in detectors if detector.recommended},
        "all": set(by_id),
    }
    chosen: set[str] = set()
    for number, token in enumerate(part.strip() for part in wanted.split(",")):
        name = token.removeprefix("-")
        if number == 0 and name != token:
            chosen = set(sets["recommended"])
        known = name.upper() if name.upper() in by_id else titles.get(name.upper(), "")
        named = sets.get(name.lower()) or ({known} & set(by_id))
        if not named:
            alike = difflib.get_close_matches(name.upper(), by_id, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(alike)}?" if alike else "`detectors list` shows them"
            raise UsageError(f"there is no detector {name!r}; {hint}")
        chosen = chosen - named if name != token else chosen | named
    if not chosen:
        raise UsageError(f"--detectors {wanted} leaves no detector")
    return tuple(detector for detector in detectors if detector.id in chosen)
