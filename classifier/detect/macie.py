"""Amazon Macie's own JSON of custom data identifiers and of allow lists, read as it is.

What the API takes (CreateCustomDataIdentifier, CreateAllowList) and what it gives back (the Get calls), one
or a list of them. Macie's limits (512 characters of an expression, 10 ignore words …) do not hold here.
https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers.html and …/allow-lists.html.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from classifier.detect.detector import LEFT_MARGIN, Detector, Keywords
from classifier.detect.dialect import DialectError
from classifier.detect.translate import Translation, translated
from classifier.errors import PackError
from classifier.model import JSON, Category, Severity, Tier
from classifier.tree import line_of, read_tree

_Wrong: TypeAlias = Callable[[Sequence[str | int], str], PackError]
"""Makes the error of what keys lead to."""

DISTANCE = 50
"""maximumMatchDistance, in characters, where it is not given."""

_IDENTIFIER = frozenset({
    "clientToken", "description", "ignoreWords", "keywords", "maximumMatchDistance", "name", "regex",
    "severityLevels", "tags", "arn", "createdAt", "deleted", "id",
})  # fmt: skip
_ALLOW_LIST = frozenset({
    "clientToken", "criteria", "description", "name", "tags", "arn", "createdAt", "id", "status", "updatedAt",
})  # fmt: skip
_LISTS = ("customDataIdentifiers", "allowLists", "items")
_SEVERITIES = {"LOW": Severity.LOW, "MEDIUM": Severity.MEDIUM, "HIGH": Severity.HIGH}
_WEIGHTS = {Severity.LOW: 0.2, Severity.MEDIUM: 0.5, Severity.HIGH: 0.8}  # of a match in the risk score
_WITHOUT, _WITH = 0.7, 0.8  # confidence of a match that needs no keyword, and of one that has it
_COUNTS = (1, 2, 100)
_BYTES = 4  # of a character, at most
_SOURCE = "https://docs.aws.amazon.com/macie/latest/user/custom-data-identifiers.html"
_REMEDIATION = "Restrict who can read the object, and remove the values that need not be in it."


@dataclass(frozen=True, slots=True)
class Criteria:
    """What an allow list of Macie's lets pass: an expression, or the lines of an object (bucket, key)."""

    name: str
    where: str  # FILE:LINE
    regex: str | None = None
    words: tuple[str, str] | None = None


def is_identifiers(content: bytes) -> bool:
    """Return whether a file's content is JSON of Macie's custom data identifiers."""
    return any("regex" in item for item in _items(content))


def is_allow_lists(content: bytes) -> bool:
    """Return whether a file's content is JSON of Macie's allow lists."""
    return any("criteria" in item for item in _items(content))


def _items(content: bytes) -> Sequence[Mapping[str, JSON]]:
    """Return the objects that a file describes; () where it is no JSON of such objects."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return ()
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    if isinstance(document, dict):
        named = next((name for name in _LISTS if isinstance(document.get(name), list)), None)
        document = [document] if named is None else document[named]
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        return ()
    return document


class _Places:
    """Where in a file its objects' keys are, as far as YAML's parser, which knows lines, can read it."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name = name
        self._nodes: list[yaml.Node] = []
        try:
            node = read_tree(name, content.decode("utf-8-sig"))
        except (PackError, UnicodeDecodeError):
            return
        if isinstance(node, yaml.MappingNode):
            lists = [value for key, value in node.value if getattr(key, "value", "") in _LISTS]
            node = lists[0] if lists else node
        self._nodes = list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

    def of(self, number: int, keys: Sequence[str | int] = ()) -> str:
        """Return FILE:LINE of what `keys` lead to in the object of that number."""
        line = line_of(self._nodes[number], keys) if number < len(self._nodes) else 1
        return f"{self._name}:{line}"


def identifiers(path: Path, content: bytes, taken: Collection[str] = ()) -> tuple[Detector, ...]:
    """Return the detectors of a file of custom data identifiers; their ids are not among those `taken`.

    Raises PackError with file, line and, in an expression, the character.
    """
    places = _Places(str(path), content)
    found: dict[str, Detector] = {}
    for number, item in enumerate(_items(content)):
        detector = _identifier(path, item, number, places, taken)
        if detector.id in found:
            other = found[detector.id].title
            raise PackError(
                f"{places.of(number, ('name',))}: {detector.title} and {other} would both be called "
                f"{detector.id}; give one another name"
            )
        found[detector.id] = detector
    return tuple(found.values())


def _identifier(
    path: Path, item: Mapping[str, JSON], number: int, places: _Places, taken: Collection[str]
) -> Detector:
    def wrong(keys: Sequence[str | int], text: str) -> PackError:
        return PackError(f"{places.of(number, keys)}: {text}")

    _known(item, _IDENTIFIER, wrong)
    name, regex = _text(item, "name", wrong), _text(item, "regex", wrong)
    words = _texts(item, "keywords", wrong)
    ignored = _texts(item, "ignoreWords", wrong)
    for place, word in enumerate(words):
        if not any(char.isalnum() for char in word):
            raise wrong(("keywords", place), "a keyword has at least one letter or digit")
    keywords = _keywords(item, words, wrong) if words else None
    levels = _levels(item, wrong)
    try:
        expression = translated(regex)
    except DialectError as error:
        raise wrong(("regex",), f"regex: character {error.position}: {error}") from None
    severity = tuple(_severity(levels, count) for count in _COUNTS)
    deny = "|".join(sorted(map(re.escape, set(ignored)), key=lambda word: (-len(word), word)))
    return Detector(
        id=identifier_of(name, taken),
        title=name,
        category=Category.CUSTOM_IDENTIFIER,
        tier=Tier.CONTEXT if keywords else Tier.PATTERN,
        severity=(severity[0], severity[1], severity[2]),
        sensitivity=_WEIGHTS[severity[2]],
        bare=0.0 if keywords else _WITHOUT,
        keyword=_WITH if keywords else _WITHOUT,
        source=_SOURCE,
        remediation=str(item.get("description") or _REMEDIATION),
        keywords=keywords,
        deny=(f"(?:{deny})",) if deny else (),
        levels=levels,
        shares=True,
        pack="Amazon Macie",
        file=path,
        line=int(places.of(number).rpartition(":")[2]),
        **_patterns(expression),
    )


def _patterns(expression: Translation) -> dict[str, JSON]:
    return {
        "exact": expression.exact,
        "coarse": expression.coarse,
        "linear": expression.linear,
        "max_length": expression.longest,
        "longest": expression.longest,
        "lead": expression.lead,
    }


def identifier_of(name: str, taken: Collection[str] = ()) -> str:
    """Return a detector's id for a name: its letters and digits of ASCII in capitals, `_` between words."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = "_".join(re.findall(r"[A-Z0-9]+", plain.upper()))
    if not slug[:1].isalpha():
        slug = f"CUSTOM_{slug or hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
    return f"CUSTOM_{slug}" if slug in taken else slug


def _keywords(item: Mapping[str, JSON], words: Sequence[str], wrong: _Wrong) -> Keywords:
    distance = item.get("maximumMatchDistance", DISTANCE)
    if type(distance) is not int or distance < 1:
        raise wrong(("maximumMatchDistance",), "maximumMatchDistance: must be a whole number over 0")
    room = LEFT_MARGIN - max(2 * len(word.encode()) for word in words)
    if distance > room:
        raise wrong(
            ("maximumMatchDistance",),
            f"maximumMatchDistance: {distance} is too far with keywords of this length; at most {room}",
        )
    return Keywords(tuple(words), before=min(_BYTES * distance, room), after=-1, within=distance)


def _levels(item: Mapping[str, JSON], wrong: _Wrong) -> tuple[tuple[int, Severity], ...]:
    given = item.get("severityLevels") or [{"occurrencesThreshold": 1, "severity": "MEDIUM"}]
    if not isinstance(given, list):
        raise wrong(("severityLevels",), "severityLevels: must be a list")
    levels: list[tuple[int, Severity]] = []
    for place, level in enumerate(given):
        keys = ("severityLevels", place)
        if not isinstance(level, dict) or set(level) != {"occurrencesThreshold", "severity"}:
            raise wrong(keys, "severityLevels: each has occurrencesThreshold and severity")
        count, severity = level["occurrencesThreshold"], level["severity"]
        if type(count) is not int or count < 1:
            raise wrong(keys, "severityLevels: occurrencesThreshold must be a whole number over 0")
        if severity not in _SEVERITIES:
            raise wrong(keys, f"severityLevels: severity must be one of {', '.join(_SEVERITIES)}")
        levels.append((count, _SEVERITIES[severity]))
    levels.sort(key=lambda level: level[1].rank)
    counts = [count for count, _ in levels]
    if counts != sorted(set(counts)) or len({severity for _, severity in levels}) < len(levels):
        raise wrong(
            ("severityLevels",),
            "severityLevels: a higher severity needs a higher occurrencesThreshold, each once",
        )
    return tuple(levels)


def _severity(levels: Sequence[tuple[int, Severity]], count: int) -> Severity:
    reached = [severity for least, severity in levels if count >= least]
    return reached[-1] if reached else levels[0][1]


def allow_lists(name: str, content: bytes) -> Iterator[Criteria]:
    """Yield the allow lists of a file, which is called `name`. Raises PackError."""
    places = _Places(name, content)
    for number, item in enumerate(_items(content)):

        def wrong(keys: Sequence[str | int], text: str, number: int = number) -> PackError:
            return PackError(f"{places.of(number, keys)}: {text}")

        _known(item, _ALLOW_LIST, wrong)
        title, criteria = _text(item, "name", wrong), item.get("criteria")
        if (
            not isinstance(criteria, dict)
            or len(criteria) != 1
            or not set(criteria) <= {"regex", "s3WordsList"}
        ):
            raise wrong(("criteria",), "criteria: has one of regex and s3WordsList")
        if "regex" in criteria:
            regex = _text(criteria, "regex", wrong, "criteria")
            yield Criteria(title, places.of(number, ("criteria", "regex")), regex=regex)
            continue
        words = criteria["s3WordsList"]
        if not isinstance(words, dict) or set(words) != {"bucketName", "objectKey"}:
            raise wrong(("criteria", "s3WordsList"), "s3WordsList: has bucketName and objectKey")
        bucket, key = (
            _text(words, part, wrong, "criteria", "s3WordsList") for part in ("bucketName", "objectKey")
        )
        yield Criteria(title, places.of(number, ("criteria", "s3WordsList")), words=(bucket, key))


def _known(item: Mapping[str, JSON], keys: frozenset[str], wrong: _Wrong) -> None:
    for key in item:
        if key not in keys:
            alike = difflib.get_close_matches(str(key), sorted(keys), n=1)
            hint = f"did you mean {alike[0]}?" if alike else f"there are {', '.join(sorted(keys))}"
            raise wrong((key,), f"there is no such key; {hint}")


def _text(item: Mapping[str, JSON], key: str, wrong: _Wrong, *above: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise wrong((*above, key), f"{key}: must be a text, and not empty")
    return value


def _texts(item: Mapping[str, JSON], key: str, wrong: _Wrong) -> list[str]:
    value = item.get(key) or []
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise wrong((key,), f"{key}: must be a list of texts, none of them empty")
    return value
