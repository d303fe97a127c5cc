"""Reads the prose of one object for names, places and what else the pipelines know, on a fixed budget."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from classifier.detect.names import pipeline
from classifier.detect.names.belief import believed, credited, may_name
from classifier.detect.names.labels import Told, titled, told
from classifier.detect.names.prose import LONGEST, Unit, is_prose, signs, units
from classifier.detect.names.spelling import language, plain, section
from classifier.detect.spans import Span
from classifier.model import Chunk, Prose, Tier

_HEAD = 1 << 14  # bytes of a part by which it is told what it is
_TECHNICAL = 160  # bytes of text for each sign of code, from which on a text is taken for people's
_FEW = 3
_WORDS = 3  # spaces of a text that says more than a name
_BIRTH_WITHIN = 32
DETECTORS: Mapping[str, tuple[str, ...]] = {
    "PERSON": ("NAME",),
    "ADDRESS": ("ADDRESS",),
    "LOCATION": ("LOCATION",),
    "ORGANIZATION": ("ORGANIZATION",),
    "DATE": ("DATE",),
    "BIRTH": ("DATE_OF_BIRTH",),
    "CONDITION": ("HEALTH_CONDITION",),
    "MEDICATION": ("MEDICATION",),
    "PROCEDURE": ("MEDICAL_PROCEDURE",),
}

_WORKS = ("copyright ", "copyright:", "\u00a9", "license", "licence", "#!/", "<?xml", "doctype html", "$id:")
_OF_NAMES = frozenset(("NAME", "ADDRESS", "LOCATION"))


@dataclass(frozen=True, slots=True)
class Names:
    """How prose is read: `prose_bytes` and `values` of an object at most; spaCy's `pipelines` by language."""

    prose_bytes: int = 32 << 10
    values: int = 200
    pipelines: Mapping[str, str] = field(default_factory=dict)


class Named(tuple[int, int, int]):
    """A span that prose told: how sure it is, and whether a model alone says so."""

    confidence: float
    tier: Tier

    def __new__(cls, span: Span, confidence: float, tier: Tier) -> Named:
        self = super().__new__(cls, span)
        self.confidence, self.tier = confidence, tier
        return self


class Reader:
    """The prose of one object; feed it the chunks of each part in order."""

    def __init__(self, names: Names, wanted: Collection[str]) -> None:
        """`wanted` are the detectors of the run that prose tells of."""
        self._everything = not _OF_NAMES.issuperset(wanted)
        self._names = names
        self._left = names.prose_bytes
        self._values = names.values
        self._cut = False
        self._part: str | None = None
        self._begun = False
        self._next = 0  # bytes of the next core that the last unit took
        self._technical = False
        self._language = pipeline.OURS
        self._known: dict[tuple[str, bytes], tuple[Told, ...]] = {}

    @property
    def prose(self) -> Prose | None:
        """What was read; None where there was no prose."""
        used = self._names.prose_bytes - self._left
        values = self._names.values - self._values
        return Prose(used, values, not self._cut) if used or values or self._cut else None

    def read(self, chunk: Chunk, known: frozenset[int] = frozenset()) -> dict[str, list[Named]]:
        """Return what stands in the chunk's core, by detector, in order.

        `known` are the columns of its table that are taken for something: they hold no prose. Raises
        UsageError without the pipeline.
        """
        if chunk.part != self._part or not self._begun:
            self._part, self._begun, self._next = chunk.part, True, 0
            head = chunk.data[chunk.core_start : chunk.core_start + _HEAD]
            found = signs(head)
            text = head.decode("utf-8", "replace")
            self._technical = (found >= _FEW and found * _TECHNICAL > len(head)) or _is_of_a_work(text)
            self._language = language(plain(text))
        if self._cut:
            return {}
        wanted = list(self._affordable(self._units(chunk, known)))
        results = self._results(wanted)
        spans: dict[str, list[Named]] = {}
        for unit, found_in in zip(wanted, results, strict=True):
            for detector, span in _spans(unit, found_in):
                spans.setdefault(detector, []).append(span)
        return {detector: sorted(own) for detector, own in spans.items()}

    def _units(self, chunk: Chunk, known: frozenset[int]) -> Iterator[Unit]:
        """Yield the units that begin in the core."""
        if chunk.table is not None:
            yield from _cells(chunk, known)
        elif chunk.nested:
            yield from _strings(chunk)
        elif not chunk.names:
            start = chunk.core_start + self._next
            newline = b"\n" if b"\n" in chunk.data or b"\r" not in chunk.data else b"\r"
            reached = start
            for unit in units(chunk.data, start, chunk.core_end, newline):
                reached = unit.start + len(unit.data)
                yield unit
            self._next = max(0, max(reached, start) - chunk.core_end)

    def _affordable(self, found: Iterator[Unit]) -> Iterator[Unit]:
        """Yield the units that the budget is enough for; a unit seen before costs nothing."""
        seen = set[tuple[str, bytes]]()
        for unit in found:
            key = (unit.label, unit.data)
            if key not in self._known and key not in seen:
                if len(unit.data) > self._left or (unit.label and not self._values):
                    self._cut = True
                    return
                self._left -= len(unit.data)
                self._values -= bool(unit.label)
                seen.add(key)
            yield unit

    def _results(self, wanted: Sequence[Unit]) -> list[tuple[Told, ...]]:
        fresh = {(unit.label, unit.data): unit for unit in wanted}
        fresh = {key: unit for key, unit in fresh.items() if key not in self._known}
        self._known.update(self._read_all(list(fresh.values())))
        return [self._known[unit.label, unit.data] for unit in wanted]

    def _read_all(self, fresh: Sequence[Unit]) -> Iterator[tuple[tuple[str, bytes], tuple[Told, ...]]]:
        texts = [unit.data.decode("utf-8", "surrogateescape") for unit in fresh]
        spelled = [plain(text) for text in texts]
        languages = [language(text, self._language) for text in spelled]
        entities: dict[int, list[pipeline.Entity]] = {}
        for code in dict.fromkeys(languages):
            name = self._names.pipelines.get(code, "")
            if code == pipeline.OURS or name:
                chosen = [
                    number
                    for number, own in enumerate(languages)
                    if own == code
                    and (
                        (self._everything and not self._technical and texts[number].count(" ") >= _WORDS)
                        or may_name(texts[number], spelled[number], technical=self._technical)
                    )
                ]
                cleaned = [texts[number].encode("utf-8", "replace").decode() for number in chosen]
                read = pipeline.read(cleaned, code, name) if chosen else []
                entities.update(zip(chosen, read, strict=True))
        for number, unit in enumerate(fresh):
            text = texts[number]
            found = [*told(text, spelled[number])]
            if self._technical:
                found = [item for item in found if item.by in ("label", "greeting") and item.kind == "PERSON"]
            elif number in entities:  # what a model has read needs no list of names
                found = [item for item in found if item.by != "lists"]
            read_too = (believed(text, e, technical=self._technical) for e in entities.get(number, ()))
            found += (_whole(belief, spelled[number]) for belief in read_too if belief is not None)
            if credited(text, technical=self._technical):
                found = [i for i in found if not credited(_line(text, i), technical=self._technical)]
            kept = [_of_birth(item, spelled[number]) for item in _apart(found)]
            yield (unit.label, unit.data), tuple(_in_bytes(text, kept))


def _whole(item: Told, spelled: str) -> Told:
    """Return a name with its title, which is a part of it: it tells as much of the person."""
    return item._replace(start=titled(spelled, item.start)) if item.kind == "PERSON" else item


def _apart(found: list[Told]) -> list[Told]:
    """Return those that overlap no surer one, in order; of an address told twice the whole."""
    for number, item in enumerate(found):
        for other in found if item.kind == "ADDRESS" and item.by != "model" else ():
            if other.kind == "ADDRESS" and other.start < item.end and item.start < other.end:
                item = item._replace(start=min(item.start, other.start), end=max(item.end, other.end))
        found[number] = item
    kept: list[Told] = []
    for item in sorted(found, key=lambda item: (-item.confidence, item.start - item.end, item.start)):
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted(kept)


def _line(text: str, item: Told) -> str:
    """Return the line that it stands in, with the one before."""
    start = text.rfind("\n", 0, max(0, text.rfind("\n", 0, item.start))) + 1
    return text[start : text.find("\n", item.end) % (len(text) + 1)]


def _is_of_a_work(text: str) -> bool:
    """Return whether a text is that of a program or of a published work: it says under which terms."""
    spelled = text.lower()
    return any(mark in spelled for mark in _WORKS)


def _of_birth(item: Told, spelled: str) -> Told:
    if item.kind != "DATE":
        return item
    words = spelled[max(0, item.start - _BIRTH_WITHIN) : item.start]
    line = " ".join(words.rsplit("\n", 1)[-1].replace(":", " ").replace(".", " ").replace("(", " ").split())
    born = any(f" {line} ".find(f" {word} ") >= 0 for word in section("birth"))
    return item._replace(kind="BIRTH") if born else item


def _in_bytes(text: str, found: Sequence[Told]) -> Iterator[Told]:
    """Yield them with offsets in bytes."""
    if text.isascii():
        yield from found
        return
    for item in found:
        start = len(text[: item.start].encode("utf-8", "surrogateescape"))
        size = len(text[item.start : item.end].encode("utf-8", "surrogateescape"))
        yield item._replace(start=start, end=start + size)


def _spans(unit: Unit, found: Sequence[Told]) -> Iterator[tuple[str, Named]]:
    for item in found:
        start, end = unit.start + item.start, unit.start + item.end
        tier = Tier.MODEL if item.by == "model" else Tier.CONTEXT
        for detector in DETECTORS.get(item.kind, ()):
            yield detector, Named((start, start, end), item.confidence, tier)


def _cells(chunk: Chunk, known: frozenset[int]) -> Iterator[Unit]:
    """Yield the cells of the columns that hold sentences."""
    assert chunk.table is not None
    found: list[Unit] = []
    for number, values in enumerate(chunk.table.columns):
        texts = [] if number in known else [value for value in values if value]
        worded = sum(
            value.count(" ") >= _WORDS and is_prose(value.encode("utf-8", "replace")) for value in texts
        )
        if not texts or worded * 2 < len(texts):
            continue
        cells = chunk.locator.cells(number)
        name = chunk.names[number] if number < len(chunk.names) else str(number)
        for start, end in [] if cells is None else cells.tolist():
            if is_prose(chunk.data[start:end]):
                found.append(Unit(start, chunk.data[start:end], name))
    yield from sorted(found, key=lambda unit: unit.start)


def _strings(chunk: Chunk) -> Iterator[Unit]:
    """Yield the values of a nested format that hold sentences."""
    at = chunk.core_start
    while (space := chunk.data.find(b" ", at, chunk.core_end + LONGEST)) >= 0:
        at = space + 1
        if not chunk.data[space - 1 : space].isalnum() or not chunk.data[space + 1 : space + 2].isalnum():
            continue
        value = chunk.locator.enclosing(space, space + 1)
        if value is None or value.end <= space:
            continue
        if value.start >= chunk.core_end:
            return
        text = chunk.data[value.start : value.end]
        if value.start >= chunk.core_start and text.count(b" ") >= _WORDS and is_prose(text[:LONGEST]):
            yield Unit(value.start, text[:LONGEST], value.names[-1] if value.names else "-")
        at = max(at, value.end)
