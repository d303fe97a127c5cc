"""The recognizers of a run: detectors that stand for them, and what finds their values."""

from __future__ import annotations

import hashlib
import importlib
import logging
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from classifier.detect.confirm import Hit, Seeker
from classifier.detect.detector import Detector
from classifier.detect.macie import identifier_of
from classifier.detect.spans import Offsets, Rated, Span
from classifier.model import Category, Chunk, Problem, Reason, Severity, Tier
from classifier.recognizers import sources
from classifier.recognizers.patterns import Compiled, Prefilter
from classifier.recognizers.prose import Budget, Reader
from classifier.recognizers.scored import Scored, distinct
from classifier.recognizers.text import Text

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

THRESHOLD = (
    0.4  # score from which a match is reported: what Presidio gives a match with a context word at least
)
PROSE = 32 << 10  # characters of an object's prose that recognizers read which are code alone
_MOST_FAILURES = 20  # an object's record has
_FIRST: Offsets = np.zeros(1, dtype=np.int64)
_NOWHERE: Offsets = np.zeros(0, dtype=np.int64)
_SOURCE = "https://microsoft.github.io/presidio/analyzer/adding_recognizers/"
_REMEDIATION = "Restrict who can read the object, and remove the values that need not be in it."
_PREFIX = "PRESIDIO_"

_Found: TypeAlias = tuple[Text, dict[str, list[Scored]]]
"""A text and the matches in it, by entity type."""


class Recognizers:
    """Recognizers ready to search. One a process; to be used by one thread at a time.

    `detectors` stand for the entity types; `seekers` find their values, by the detectors' ids.
    """

    def __init__(
        self,
        recognizers: Sequence[EntityRecognizer],
        *,
        threshold: float = THRESHOLD,
        prose: int = PROSE,
        taken: Collection[str] = (),
        source: Path = Path(),
    ) -> None:
        """`prose`: characters (0 = all); `taken`: ids of other detectors; `source` stands for the file."""
        from presidio_analyzer import PatternRecognizer

        from classifier.recognizers.nlp import WordsEngine, model_path

        logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # its warnings quote what it reads
        _stay_offline()
        patterns = [one for one in recognizers if _is_plain(one, PatternRecognizer)]
        others = [one for one in recognizers if one not in patterns]
        self._compiled = [Compiled(one) for one in patterns]
        self._prefilter = Prefilter(self._compiled)
        languages = sorted({one.supported_language for one in recognizers})
        self._reader = Reader(others, WordsEngine(languages, model_path()), self._failed)
        self._threshold = threshold
        self._thresholds = _own_thresholds(recognizers)
        self._prose = prose or None
        self._budget = Budget(self._prose)
        self._chunk: Chunk | None = None
        self._found: _Found | None = None
        self._of_chunk: _Found | None = None
        self._problems: dict[str, Problem] = {}
        coded = {kind for one in others for kind in one.get_supported_entities()}
        self.entities = sorted({one.entity for one in self._compiled} | coded)
        ids = _ids(self.entities, taken)
        self.detectors = tuple(
            _detector(ids[kind], kind, source, model=kind in coded) for kind in self.entities
        )
        self.seekers: Mapping[str, Seeker] = {ids[kind]: _Entity(self, kind) for kind in self.entities}

    def begin(self) -> None:
        """Begin with another object."""
        self._budget = Budget(self._prose)
        self._chunk = self._found = self._of_chunk = None
        self._problems.clear()
        self._reader.begin()

    def enter(self, chunk: Chunk) -> None:
        """Go on to the next chunk of the object: recognizers that are code alone read this one's core."""
        self._chunk, self._of_chunk = chunk, None

    def problems(self) -> list[Problem]:
        """Return what went wrong with the object since it was begun, without content."""
        found = list(self._problems.values())
        if self._budget.cut:
            detail = f"recognizers read the first {self._prose} characters of its prose"
            found.append(Problem(None, Reason.FILE_EXCEEDS_SIZE_LIMIT, detail, lost=False))
        return found

    def _failed(self, name: str, error: Exception) -> None:
        if len(self._problems) < _MOST_FAILURES:
            detail = f"the recognizer {name} raised {type(error).__name__}"
            self._problems[detail] = Problem(None, Reason.UNABLE_TO_PARSE_FILE, detail, lost=False)

    def any_in(self, data: bytes, kind: str) -> bool:
        """Return whether there is a match of an entity type."""
        return bool(self._of(data)[1].get(kind))

    def matches(self, data: bytes, kind: str) -> list[Span]:
        """Return the matches of an entity type, in bytes, with their scores."""
        text, found = self._of(data)
        return [
            Rated((start, start, end), one.score)
            for one in found.get(kind, ())
            for start, end in ((text.byte(one.start), text.byte(one.end)),)
        ]

    def _of(self, data: bytes) -> _Found:
        if self._chunk is not None and self._chunk.data is data:  # once: the budget is spent on it
            if self._of_chunk is None:
                self._of_chunk = self._search(Text(data))
            return self._of_chunk
        if self._found is None or self._found[0].data is not data:
            self._found = self._search(Text(data))
        return self._found

    def _search(self, text: Text) -> _Found:
        raw: dict[str, list[Scored]] = {}
        for one, hits in zip(self._compiled, self._prefilter.hits(text), strict=True):
            for match in one.found(text, hits, self._failed):
                if match.score >= self._least(one.name, one.entity):
                    raw.setdefault(one.entity, []).append(match)
        chunk = self._chunk
        if chunk is not None and chunk.data is text.data and self._reader.recognizers:
            core = text.char(chunk.core_start), text.char(chunk.core_end)
            blocks = list(self._budget.blocks(text.text, *core))
            for kind, match in self._reader.found(text, blocks):
                if match.score >= self._least("", kind):
                    raw.setdefault(kind, []).append(match)
        return text, {kind: distinct(found) for kind, found in raw.items()}

    def _least(self, name: str, kind: str) -> float:
        own = self._thresholds.get(name, {})
        return own.get(kind, own.get("default", self._threshold))


class _Entity:
    """Finds the values of one entity type."""

    def __init__(self, recognizers: Recognizers, kind: str) -> None:
        self._recognizers = recognizers
        self._kind = kind

    def starts(self, data: bytes) -> Offsets:
        return _FIRST if self._recognizers.any_in(data, self._kind) else _NOWHERE

    def at(self, data: bytes, hits: Hit) -> list[Span]:
        return self._recognizers.matches(data, self._kind)


def _stay_offline() -> None:
    """Keep tldextract, which Presidio's e-mail recognizer asks, from fetching its list: it has one inside."""
    module: Any = importlib.import_module("tldextract.tldextract")
    module.TLD_EXTRACTOR = module.TLDExtract(suffix_list_urls=(), cache_dir=None)


def _is_plain(recognizer: EntityRecognizer, pattern: type) -> bool:
    """Return whether a recognizer is a PatternRecognizer in all that it does but its checks."""
    if not isinstance(recognizer, pattern):
        return False
    return all(
        getattr(type(recognizer), name) is getattr(pattern, name)
        for name in ("analyze", "enhance_using_context", "remove_duplicates")
    )


def _own_thresholds(recognizers: Sequence[EntityRecognizer]) -> dict[str, Mapping[str, float]]:
    told = {one.name: getattr(one, "score_thresholds", None) for one in recognizers}
    return {name: thresholds for name, thresholds in told.items() if thresholds}


def _ids(kinds: Sequence[str], taken: Collection[str]) -> dict[str, str]:
    """Return the id of the detector for each entity type: its name, where no other detector has that."""
    ids: dict[str, str] = {}
    for kind in kinds:
        name = identifier_of(kind)
        while name in taken or name in ids.values():
            name = f"{_PREFIX}{name}"
        ids[kind] = name
    return ids


def _detector(name: str, kind: str, source: Path, *, model: bool) -> Detector:
    return Detector(
        id=name,
        title=f"{kind} (Presidio recognizer)",
        category=Category.CUSTOM_IDENTIFIER,
        tier=Tier.MODEL if model else Tier.PATTERN,
        severity=(Severity.MEDIUM,) * 3,
        sensitivity=0.5,
        bare=1.0,  # no more than that: each match has its own
        keyword=1.0,
        source=_SOURCE,
        remediation=_REMEDIATION,
        exact="(?s:.)",  # the seeker finds the values
        shares=True,
        overlaps=True,
        pack="Presidio",
        file=source,
    )


@lru_cache(maxsize=4)
def loaded(
    names: tuple[str, ...],
    threshold: float = THRESHOLD,
    prose: int = PROSE,
    taken: frozenset[str] = frozenset(),
) -> Recognizers:
    """Return the recognizers of the sources, read once in a process.

    Raises UsageError and PackError as `sources.read` does.
    """
    found = [one for name in names for one in sources.read(name)]
    return Recognizers(found, threshold=threshold, prose=prose, taken=taken, source=Path(names[0]))


def sources_hash(names: Sequence[str], threshold: float, prose: int) -> list[str]:
    """Return what tells the recognizers of a run from others: files' content, objects' names, limits."""
    told = [f"{threshold} {prose}"]
    for name in names:
        path = Path(name)
        content = path.read_bytes() if path.is_file() else name.encode()
        told.append(hashlib.sha256(content).hexdigest())
    return told
