"""The detectors of a run: shipped packs and the user's, selected; listed, shown and tested."""

from __future__ import annotations

import re
import secrets
from functools import lru_cache
from pathlib import Path

from classifier import detect, recognizers
from classifier.config import Settings
from classifier.errors import PackError, UsageError
from classifier.model import Match
from classifier.run.sources import lists_of

_ERROR = re.compile(r"(:\d+:)")
_KEY_BYTES = 32


@lru_cache(maxsize=4)
def load(packs: tuple[Path, ...], selection: str) -> tuple[detect.Detector, ...]:
    """Return the detectors that `selection` takes from the shipped packs and those of `packs`.

    A process reads the files once. Raises PackError (file and line) and UsageError (an id that no detector
    has).
    """
    return detect.select(_everything(packs), selection)


@lru_cache(maxsize=4)
def _everything(packs: tuple[Path, ...]) -> tuple[detect.Detector, ...]:
    return detect.load_packs([*detect.shipped_paths(), *packs])


def chosen(settings: Settings) -> tuple[detect.Detector, ...]:
    """Return the detectors of a run: those of its packs and those that stand for its recognizers, selected.

    Raises what `load` does, and UsageError and PackError for recognizers that cannot be had.
    """
    return detect.select(everything(settings), settings.detectors)


def everything(settings: Settings) -> tuple[detect.Detector, ...]:
    """Return all that a run might choose from. Raises as `chosen` does."""
    packs = _everything(settings.packs)
    foreign = foreign_of(settings)
    return packs if foreign is None else (*packs, *foreign.detectors)


def foreign_of(settings: Settings) -> recognizers.Recognizers | None:
    """Return the Presidio recognizers of a run, if it has any. Raises as `chosen` does."""
    if not settings.recognizers:
        return None
    taken = frozenset(detector.id for detector in _everything(settings.packs))
    threshold, prose = settings.recognizer_threshold, settings.recognizer_prose
    return recognizers.loaded(settings.recognizers, threshold, prose, taken)


@lru_cache(maxsize=4)
def in_names(packs: tuple[Path, ...]) -> tuple[detect.Detector, ...]:
    """Return the detectors that mask names whatever is selected: the recommended ones and those of `packs`.

    The others match what many ordinary names are made of. Raises PackError.
    """
    own = set(packs)
    everything = (
        d for d in load(packs, "all") if d.listed is None
    )  # a list is read only where it is selected
    return tuple(d for d in everything if d.recommended or d.file in own)


def classify(data: bytes, *, detectors: str = "recommended", key: bytes | None = None) -> list[Match]:
    """Return the matches in a piece of text (UTF-8 or ASCII), masked, in the order they stand.

    `detectors` selects as --detectors does; `key` is that of the fingerprints, which mean something only
    beside others of the same key. Without it each process takes a random one: whoever knew the key could
    find a value of few digits by its fingerprint.
    """
    return _classifier(detectors, _process_key() if key is None else key).classify(data)


@lru_cache(maxsize=1)
def _process_key() -> bytes:
    return secrets.token_bytes(_KEY_BYTES)


@lru_cache(maxsize=4)
def _classifier(selection: str, key: bytes) -> detect.Classifier:
    return detect.Classifier(load((), selection), key)


def detector_rows(selection: str, packs: tuple[Path, ...]) -> list[tuple[str, ...]]:
    """Return (id, category, tier, recommended, title) of each selected detector."""
    return [
        (d.id, d.category, d.tier, "yes" if d.recommended else "no", d.title) for d in load(packs, selection)
    ]


def detector_text(detector: str, packs: tuple[Path, ...]) -> str:
    """Return a detector as its pack spells it, under the pack's file and line.

    Raises UsageError for anything but one detector's id.
    """
    found = load(packs, detector)[0]
    if detector.strip().upper() not in (found.id, found.title.upper()):
        raise UsageError(f"{detector}: name one detector; `s3-classifier detectors list` shows them")
    lines = found.file.read_text("utf-8").splitlines()[found.line - 1 :]
    indent = len(lines[0]) - len(lines[0].lstrip())
    body = [lines[0]]
    for line in lines[1:]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        body.append(line)
    text = "\n".join(line[indent:] for line in body).rstrip()
    return f"# {found.file.name}:{found.line}, pack {found.pack}\n{text}"


def test_detectors(selection: str, packs: tuple[Path, ...]) -> tuple[list[str], int]:
    """Run each selected detector on its own examples; return what fails, a line each, and how many ran.

    A line is `ID: what`; it names the example by its number, since examples may look like secrets. Raises
    UsageError, PackError and AccessFailure for a detector's list that cannot be read or is wrong.
    """
    chosen = load(packs, selection)
    lists = lists_of(chosen)
    return [f"{d.id}: {what}" for d in chosen for what in detect.failures(d, lists)], len(chosen)


def lint_detectors(packs: tuple[Path, ...]) -> tuple[list[str], int, int]:
    """Look at the packs, the shipped ones where none is given, for mistakes and smells.

    Return a line `FILE:LINE: error or smell: ...` for each, the number of detectors, and that of the errors.
    """
    paths, lines = [*detect.shipped_paths(), *packs], []
    while True:
        try:
            everything = detect.load_packs(paths)
            break
        except PackError as error:  # says what is wrong in one file: what of the others?
            said = str(error).splitlines()
            lines += [_ERROR.sub(r"\1 error:", line, count=1) for line in said]
            paths = [path for path in paths if not said[0].startswith(f"{path}:")]
    chosen = [detector for detector in everything if not packs or detector.file in packs]
    others = [detector for detector in everything if detector not in chosen]
    found = detect.complaints(chosen, others, lists_of(chosen))
    errors = len(lines) + sum(complaint.mistake for complaint in found)
    return [*lines, *map(str, found)], len(chosen), errors
