"""A detector as data: what a pack says of one kind of sensitive value, checked and complete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from classifier.model import Category, DetectorInfo, Severity, Tier

Normalize: TypeAlias = Literal["none", "digits", "alnum", "lower"]
Validator: TypeAlias = Callable[[bytes], bool]


class Claim(NamedTuple):
    """A value with what stands around it: what the groups `name` and `quote` of the expression matched."""

    name: bytes
    quote: bytes
    value: bytes
    before: bytes  # the rest of the line before the match, AROUND bytes at most
    between: bytes  # from the end of the name to the value
    after: bytes  # the rest of the line after the value, AROUND bytes at most


Judge: TypeAlias = Callable[[Claim], bool]

MAX_LENGTH = 256  # bytes of a whole match where a pack does not say
LOOK_AHEAD = 4096  # bytes after a match that an exact expression may look at
LONGEST = 16_384  # bytes of a whole match that a pack may ask for
LEFT_MARGIN = 1024  # bytes of text that a chunk shows before its core
AROUND = 120  # bytes before a match and after a value that a judge sees
BEFORE = 160  # bytes before a match that `not_after` sees
SAMPLE = 0.2  # confidence of a value that only shows what one looks like
FARTHEST = 300  # bytes between a value and its keyword


@dataclass(frozen=True, slots=True)
class Keywords:
    """Words that make a value believable, and how far from it (bytes) they may end or begin.

    `after` -1: none after it. `within`, if it is not None: how many characters there may be between the end
    of a word and the end of the value, as Amazon Macie counts.
    """

    words: tuple[str, ...]
    before: int = 50
    after: int = 20
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Another detector whose match within `within` bytes counts as a keyword."""

    detector: str
    within: int


@dataclass(frozen=True, slots=True)
class Composite:
    """A match of every detector of `of`, each within `within` bytes of the last one's."""

    of: tuple[str, ...]
    within: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that a detector's values are on, and where it is: a path from the pack's folder, or s3://….

    `kind`: words (a line each) or hashes (as `hashlist` makes them). `case`: words are in the list's case.
    """

    kind: Literal["words", "hashes"]
    source: str
    case: bool = False


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector. `coarse`, `exact` and `deny` are expressions over bytes, as the pack spells them.

    A match needs a keyword where `bare` is 0. `needs` are the detectors that `near` and `composite` name:
    they are searched for too, and not reported unless they are selected themselves. `file` and `line` say
    where the pack defines it.
    """

    id: str
    title: str
    category: Category
    tier: Tier
    severity: tuple[Severity, Severity, Severity]  # at 1, 2–99 and 100 or more occurrences
    sensitivity: float
    bare: float  # confidence of a match without a keyword
    keyword: float  # confidence of a match with one
    source: str
    remediation: str
    coarse: str | None = None
    exact: str | None = None
    words: tuple[
        str, ...
    ] = ()  # one of which stands before the coarse hit's end in each match, if any are told
    rest: str = ""  # what follows in each match, where that is cheap to tell: from
    back: int = 0  # so many bytes before its coarse hit's end
    begins: tuple[str, ...] = ()  # in any case; what each match begins with, if that is told
    caseless: bool = False
    max_length: int = MAX_LENGTH
    longest: int = MAX_LENGTH  # most bytes of a whole match, as the expression itself has it
    look_ahead: int = 1  # bytes after a match that the exact expression looks at
    lead: int = MAX_LENGTH  # most bytes from a match's beginning to the end of its last coarse hit
    keywords: Keywords | None = None
    validator_name: str | None = None
    validator: Validator | None = None
    judge_name: str | None = None
    judge: Judge | None = None
    entropy: float = 0.0
    deny: tuple[str, ...] = ()
    not_after: str = ""  # what no match stands right after
    documentation: frozenset[bytes] = frozenset()
    samples: tuple[str, ...] = ()
    near: Near | None = None
    keyword_for: str = ""  # an expression: values that it is found in count only with a keyword
    composite: Composite | None = None
    listed: Listed | None = None
    linear: bool = False  # `exact` is for linear.LinearPattern
    levels: tuple[tuple[int, Severity], ...] = ()  # from so many occurrences on; none: `severity`
    shares: bool = False  # its values may be another detector's too, as with Amazon Macie: both are reported
    overlaps: bool = False  # its own matches may overlap: all of them are reported
    cells: bool = False  # its matches are the whole cells of columns judged to be it, and nothing else
    prose: bool = False  # its matches are what prose is read for (`names`), and nothing else
    normalize: Normalize = "none"
    keep: tuple[int, int] = (0, 4)
    live_credential: bool = False
    recommended: bool = True
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    independent: tuple[str, ...] = ()  # those of the positive ones whose values are not ours
    independent_by: str = ""
    countries: tuple[str, ...] = ()  # ISO 3166-1 alpha-2
    macie: bool = False  # whether Macie has a managed data identifier of this name
    pass_rate: float | None = None  # share of random values of the same shape that pass
    pack: str = ""
    file: Path = Path()
    line: int = 0
    needs: tuple[Detector, ...] = field(default=(), repr=False)

    @property
    def keyed(self) -> bool:
        """Whether a match needs a keyword (or its near detector) to count."""
        return self.bare == 0.0

    def of_samples(self) -> Detector:
        """Return what stands for it where all that it found are samples: nothing that anybody must act on."""
        low = Severity.LOW
        return replace(self, severity=(low, low, low), live_credential=False)

    def info(self) -> DetectorInfo:
        """Return what the other rooms need to know of it."""
        return DetectorInfo(
            id=self.id,
            title=self.title,
            category=self.category,
            tier=self.tier,
            severity=self.severity,
            sensitivity=self.sensitivity,
            live_credential=self.live_credential,
            remediation=self.remediation,
            levels=self.levels,
        )


def reach_back(detector: Detector) -> int:
    """Return how many bytes before a match its decision may depend on."""
    words = detector.keywords
    own = 0 if words is None else words.before + max(2 * len(word.encode()) for word in words.words)
    distance = detector.near or detector.composite
    if distance is None:
        return own
    return max(own, *(distance.within + other.max_length + reach_back(other) for other in detector.needs))
