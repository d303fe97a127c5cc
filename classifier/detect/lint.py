"""What is wrong in packs, and what is no mistake yet but will disappoint: with file and line.

Mistakes are what `load_packs` refuses, examples that the detector fails, matches without a coarse hit, and a
coarse expression that slows every scan down. Smells are duplicates, coarse expressions without a telling
beginning or an end, and a source that cannot be looked up.
"""

from __future__ import annotations

import importlib
import random
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from classifier.detect.chance import deviation, measured
from classifier.detect.columns.sheet import Sheet
from classifier.detect.derive import alternatives
from classifier.detect.detector import Detector
from classifier.detect.engine import Classifier
from classifier.detect.lists import NO_LISTS, Lists
from classifier.detect.prefilter import hyperscan
from classifier.detect.tokens import TokenPass
from classifier.detect.vendors import named
from classifier.model import Category
from classifier.tree import compose, line_of, value_of

SLOW = 0.042  # of the rate of a literal expression: 500 MB/s where that has 12 GB/s
TELLING = 3  # bytes in a row that are always the same, or one of few
_NO_KEY = bytes(32)  # for fingerprints that go nowhere
_LITERAL = b"zQ9~literal~Qz7"  # is not in the reference text
_TIMES = 3
_PIECE = 1 << 17
_VALUES = 2000
_SIZE = 1 << 19
_WORDS = (
    "the of and to in is that for with was on be at by this from or an which we can has not but system "
    "report market station weather garden teacher morning river question answer history music number key "
    "token value user name client service request response account order customer secret config access api"
)
_PARSER: Any = importlib.import_module("re._parser")


class Complaint(NamedTuple):
    """Something about a detector, where its pack says it."""

    file: Path
    line: int
    mistake: bool  # else a smell
    detector: str
    text: str

    def __str__(self) -> str:
        kind = "error" if self.mistake else "smell"
        return f"{self.file}:{self.line}: {kind}: {self.detector}: {self.text}"


def complaints(
    detectors: Sequence[Detector], others: Sequence[Detector] = (), lists: Lists = NO_LISTS
) -> list[Complaint]:
    """Return all complaints about the detectors, by file and line; `others` may be duplicated."""
    return located(
        chain(
            of_examples(detectors, lists),
            of_coarse(detectors),
            of_speed(detectors),
            of_duplicates(detectors, others),
            of_sources(detectors),
            of_chances(detectors),
        )
    )


def located(found: Iterable[_Found]) -> list[Complaint]:
    """Return what was found as complaints, by file and line."""
    listed = list(found)
    places = {path: _places(path) for path in {detector.file for detector, *_ in listed}}
    complaints = []
    for detector, keys, mistake, text in listed:
        node = places[detector.file].get(detector.id)  # none of what is no pack of ours
        known = [] if node is None else [key for key in keys if value_of(node, key) is not None]
        line = detector.line if node is None or not known else line_of(node, known[:1])
        complaints.append(Complaint(detector.file, line, mistake, detector.id, text))
    return sorted(complaints, key=lambda complaint: (str(complaint.file), complaint.line, complaint.text))


_Found: TypeAlias = tuple[Detector, Sequence[str], bool, str]  # with the keys of which the first one is named
_EXPRESSION = ("coarse", "token", "label", "exact", "composite")


def _places(path: Path) -> dict[str, yaml.MappingNode]:
    """Return where a file has each detector."""
    items = value_of(compose(path), "detectors")
    nodes = items.value if isinstance(items, yaml.SequenceNode) else []
    named = ((value_of(node, "id"), node) for node in nodes)
    return {str(key.value): node for key, node in named if key is not None}


def of_examples(detectors: Iterable[Detector], lists: Lists) -> Iterator[_Found]:
    for detector in detectors:
        for what in failures(detector, lists):
            yield detector, ("examples",), True, what


def failures(detector: Detector, lists: Lists = NO_LISTS) -> Iterator[str]:
    """Yield which of its examples a detector fails, by their numbers: they may look like secrets."""
    classifier = Classifier([detector], _NO_KEY, lists=lists)
    for examples, wanted, fault in (
        (detector.positive, True, "positive example {} is not found"),
        (detector.negative, False, "negative example {} is found"),
    ):
        for number, example in enumerate(examples, 1):
            if detector.cells:
                scan = classifier.object()
                scan.feed(Sheet(example).chunk)
                names = [tally.detector.id for tally in scan.result()]
            else:
                names = [match.detector for match in classifier.classify(example.encode())]
            found = any(named([detector], name) is not None for name in names)
            if found is not wanted:
                yield fault.format(number)
    if not detector.positive and not detector.levels:  # Amazon Macie's have no examples
        yield "has no positive example"


def of_coarse(detectors: Iterable[Detector]) -> Iterator[_Found]:
    for detector in _scanned(detectors):
        expression = detector.coarse or ""
        flags = re.IGNORECASE if detector.caseless else 0
        tree = _PARSER.parse(expression.encode(), flags)
        if _ends_open(tree):
            yield detector, _EXPRESSION, False, "coarse has no end: it fires at each byte where it could end"
        if _telling(tree).most < TELLING:
            text = f"coarse has no {TELLING} telling bytes in a row: it fires often"
            yield detector, _EXPRESSION, False, text
        if hyperscan is not None:
            exact = re.compile((detector.exact or "").encode(), flags)
            for number, example in enumerate(detector.positive, 1):
                data = example.encode()
                ends = _ends(detector, data)
                if any(
                    not any(match.start() <= end <= match.end() + 2 for end in ends)
                    for match in exact.finditer(data)
                ):
                    yield (
                        detector,
                        _EXPRESSION,
                        True,
                        f"positive example {number}: a match without a coarse hit",
                    )


def of_chances(detectors: Iterable[Detector]) -> Iterator[_Found]:
    """Compare what packs say of how often random values pass with how often they do."""
    for detector in detectors:
        if detector.category is Category.CREDENTIALS or detector.exact is None:
            continue
        if detector.pass_rate is None and detector.validator is None:
            continue  # the shape alone decides, and how rare that is the pack's author says
        try:
            share = measured(detector, _VALUES)
        except ValueError as error:
            yield detector, ("pass_rate", "exact"), False, str(error)
            continue
        said = f"of {_VALUES} random values {share:.3g} pass"
        if detector.pass_rate is None:
            yield detector, ("pass_rate", "exact"), False, f"has no pass_rate; {said}"
        elif abs(share - detector.pass_rate) > deviation(detector.pass_rate, _VALUES):
            yield detector, ("pass_rate",), True, f"pass_rate is {detector.pass_rate:.3g}, but {said}"


def _scanned(detectors: Iterable[Detector]) -> list[Detector]:
    """Return those whose coarse expression runs over every byte: numbers and codes are read as tokens."""
    patterns = [detector for detector in detectors if detector.coarse is not None]
    tokens = TokenPass(patterns).members
    return [detector for number, detector in enumerate(patterns) if number not in tokens]


class _Run(NamedTuple):
    """Telling bytes in a row: at the beginning, the most, at the end; and whether there is nothing else."""

    first: int = 0
    most: int = 0
    last: int = 0
    only: bool = False

    def then(self, other: _Run) -> _Run:
        return _Run(
            self.first + other.first if self.only else self.first,
            max(self.most, other.most, self.last + other.first),
            self.last + other.last if other.only else other.last,
            self.only and other.only,
        )


_NOTHING, _ANYTHING = _Run(only=True), _Run()
_CHOICES = 8  # characters of a class that is still telling


def _telling(tree: Any) -> _Run:
    """Return what every match of a parse tree has of characters that are always the same, or one of few."""
    return reduce(_Run.then, (_element(str(operation), argument) for operation, argument in tree), _NOTHING)


def _element(operation: str, argument: Any) -> _Run:
    one = _Run(1, 1, 1, True)
    match operation:
        case "LITERAL":
            return one
        case "IN":
            few = len(argument) <= _CHOICES and all(str(kind) == "LITERAL" for kind, _ in argument)
            return one if few else _ANYTHING
        case "SUBPATTERN":
            return _telling(argument[-1])
        case "ATOMIC_GROUP":
            return _telling(argument)
        case "BRANCH":
            runs = [_telling(branch) for branch in argument[1]]
            first, most, last, _ = (min(numbers) for numbers in zip(*runs, strict=True))
            return _Run(first, most, last, all(run.only for run in runs))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, largest, inner = argument
            if largest == 1:
                return _NOTHING  # the optional separators of a label do not part it
            times = reduce(_Run.then, [_telling(inner)] * min(int(least), TELLING), _NOTHING)
            return times if least == largest else times.then(_ANYTHING)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return _NOTHING
    return _ANYTHING


def _ends_open(tree: Any) -> bool:
    """Return whether a match of a parse tree may go on for ever after it could end."""
    for operation, argument in reversed(list(tree)):
        match str(operation):
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case "SUBPATTERN":
                return _ends_open(argument[-1])
            case "ATOMIC_GROUP":
                return _ends_open(argument)
            case "BRANCH":
                return any(map(_ends_open, argument[1]))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, largest, inner = argument
                if largest >= _PARSER.MAXREPEAT or _ends_open(inner):
                    return True
                if least:
                    return False
            case _:
                return False
    return False


def _ends(detector: Detector, text: bytes) -> list[int]:
    """Return where the coarse hits end."""
    ends: list[int] = []

    def note(number: int, start: int, end: int, flags: int, context: object) -> None:
        ends.append(end)

    database = _compiled((detector.coarse or "").encode(), caseless=detector.caseless)
    database.scan(text, match_event_handler=note)
    return ends


@cache
def _compiled(expression: bytes, *, caseless: bool) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS if caseless else 0
    database.compile(expressions=[expression], ids=[0], elements=1, flags=[flags])
    database.scratch = hyperscan.Scratch(database)
    return database


def of_speed(detectors: Iterable[Detector]) -> Iterator[_Found]:
    if hyperscan is None:
        return
    for (expression, caseless), owners in everywhere(detectors).items():
        rate = speed(expression, caseless=caseless)
        if rate < SLOW:
            text = f"coarse runs at {rate:.3f} of the rate of a literal expression; {SLOW} is the limit"
            yield from ((detector, _EXPRESSION, True, text) for detector in owners)


def everywhere(detectors: Iterable[Detector]) -> dict[tuple[bytes, bool], list[Detector]]:
    """Return the expressions that Hyperscan runs over every byte, with whether they ignore case, and whose.

    Those of detectors that need a keyword are run around keywords only.
    """
    found: dict[tuple[bytes, bool], list[Detector]] = {}
    for detector in _scanned(detectors):
        if not detector.keyed:
            for part in alternatives(detector.coarse or ""):
                found.setdefault((part.encode(), detector.caseless), []).append(detector)
    return found


def speed(expression: bytes, *, caseless: bool = False) -> float:
    """Return how fast a coarse expression alone runs over the reference text: 1 is as fast as a literal."""
    text, best = reference(), 0.0
    for _ in range(_TIMES):
        literal = rate(_LITERAL, text, caseless=False)
        best = max(best, rate(expression, text, caseless=caseless) / literal)
        if best >= 2 * SLOW:
            break
    return best


def rate(expression: bytes, text: bytes, *, caseless: bool) -> float:
    """Return how many MB of a text a coarse expression alone runs over in a second of the processor's time.

    Each piece of the text is taken at its fastest: other processes run too.
    """
    database, seconds = _compiled(expression, caseless=caseless), 0.0
    for at in range(0, len(text), _PIECE):
        piece, best = text[at : at + _PIECE], float("inf")
        for _ in range(_TIMES):
            began = time.thread_time()
            database.scan(piece, match_event_handler=None)
            best = min(best, time.thread_time() - began)
        seconds += best
    return len(text) / 1e6 / seconds


@cache
def reference() -> bytes:
    """Return text of many kinds, always the same: prose, code, logs, JSON, tables, identifiers, base64."""
    rng = random.Random(20_259)  # noqa: S311 - nothing depends on it
    words = _WORDS.split()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def word() -> str:
        return rng.choice(words)

    def digits(count: int) -> str:
        return "".join(rng.choices("0123456789", k=count))

    def text(count: int, alphabet: str = letters) -> str:
        return "".join(rng.choices(alphabet, k=count))

    def hexadecimal(count: int) -> str:
        return text(count, "0123456789abcdef")

    def get() -> str:
        address = f"/{word()}/{digits(6)}?{word()}={text(16)}"
        return f'10.{digits(2)}.1.9 - - [12/Mar/2026:10:{digits(2)}:01 +0000] "GET {address} HTTP/1.1" 200 -'

    def record() -> str:
        return f'{{"id": "{hexadecimal(24)}", "{word()}_{word()}": "{hexadecimal(32)}", "n": {digits(9)}}}'

    def row() -> str:
        mail = f"{word()}{digits(3)}@{word()}.example.org"
        return f"{digits(6)},{word().title()},{mail},{digits(3)}-{digits(2)}-{digits(4)},{digits(16)}"

    def event() -> str:
        number = f"{hexadecimal(8)}-{hexadecimal(4)}-4{digits(3)}-{hexadecimal(4)}-{hexadecimal(12)}"
        return f"{number} {word().upper()}_{word().upper()}={text(24)}"

    makers = (
        lambda: " ".join(word() for _ in range(14)).capitalize() + ".",
        lambda: f"    def {word()}_{word()}(self, {word()}: {word().title()}) -> {word()}:",
        lambda: f'        self.{word()}_{word()} = {word()}.get("{word()}-{word()}", {digits(3)})',
        lambda: text(76),
        get,
        record,
        row,
        event,
    )
    lines: list[str] = []
    size = 0
    while size < _SIZE:
        lines.append(rng.choice(makers)() + "\n")
        size += len(lines[-1])
    return "".join(lines).encode()[:_SIZE]


def of_duplicates(detectors: Iterable[Detector], others: Iterable[Detector]) -> Iterator[_Found]:
    """Detectors that find the same and differ in nothing that decides."""
    first: dict[object, Detector] = {}
    for detector in others:
        first.setdefault(_decides(detector), detector)
    for detector in detectors:
        same = first.setdefault(_decides(detector), detector)
        if same.id != detector.id:
            text = f"does what {same.id} ({same.file.name}:{same.line}) does: the same expression and checks"
            yield detector, _EXPRESSION[1:], False, text


def _decides(detector: Detector) -> object:
    return (
        detector.exact,
        detector.caseless,
        detector.keywords,
        detector.near,
        detector.composite,
        detector.validator_name,
        detector.judge_name,
        detector.id if detector.cells else "",
    )


def of_sources(detectors: Iterable[Detector]) -> Iterator[_Found]:
    for detector in detectors:
        if not re.match(r"https?://[^/\s]+\.[^/\s]+|\w+.*\s.*\w", detector.source):
            yield detector, ("source",), False, "source is no address and no title: nobody can look it up"
