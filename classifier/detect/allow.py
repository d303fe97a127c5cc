"""Allow lists: values that are known and meant to be there, which are not reported.

A list is one of three: YAML of our own (`allow_list: NAME` and `entries`), Amazon Macie's JSON, or a text
file with a value a line. A value is let pass as a whole: what a detector found must be the entry, or all of
it must match the expression. Nothing here shows an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from classifier.detect import macie
from classifier.detect.detector import LONGEST
from classifier.detect.dialect import DialectError
from classifier.detect.linear import LinearPattern
from classifier.detect.translate import translated
from classifier.detect.words import MARK, utf8_text
from classifier.errors import PackError
from classifier.tree import construct, first_null, line_of, read_tree

Read = Callable[[str], bytes]
"""Returns what is at a source: a path, or s3://BUCKET/KEY."""

_YAML = (".yaml", ".yml")
_Text = Annotated[str, Field(min_length=1)]


class _Mapping(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AllowEntry(_Mapping):
    """Values and expressions that are let pass."""

    values: list[_Text] = Field(default=[], description="Whole values.")
    patterns: list[_Text] = Field(
        default=[], description="Expressions in Amazon Macie's dialect, of the whole value."
    )
    words_list: _Text | None = Field(None, description="A file or s3:// object with a value a line.")
    detectors: list[_Text] = Field(default=[], description="Whose findings; empty: all.")
    case: bool = Field(False, description="Upper and lower case are told apart in values.")
    reason: str = Field("", description="Why; for people.")


class AllowFile(_Mapping):
    """An allow list (YAML)."""

    allow_list: _Text = Field(description="Name of the list.")
    entries: list[AllowEntry] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class AllowRule:
    """Values and expressions, and the ids of the detectors for which they hold (empty: all)."""

    any_case: frozenset[bytes] = field(default=frozenset(), repr=False)  # in lower case
    exact: frozenset[bytes] = field(default=frozenset(), repr=False)
    patterns: tuple[LinearPattern, ...] = field(default=(), repr=False)
    detectors: frozenset[str] = frozenset()
    where: str = ""  # FILE:LINE

    def allows(self, value: bytes, lower: bytes) -> bool:
        return (
            lower in self.any_case
            or value in self.exact
            or any(pattern.match(value) is not None for pattern in self.patterns)
        )


class AllowLists:
    """The rules of all allow lists of a run."""

    def __init__(self, rules: Iterable[AllowRule]) -> None:
        own: dict[str, list[AllowRule]] = {}
        general: list[AllowRule] = []
        for rule in rules:
            if not rule.detectors:
                general.append(rule)
            for detector in rule.detectors:
                own.setdefault(detector, []).append(rule)
        self._own = own
        self._general = _merged(general)

    def __repr__(self) -> str:
        return f"AllowLists({len(self._own)} detectors)"

    def allows(self, detectors: Collection[str], value: bytes) -> bool:
        """Return whether a value that detectors of these ids found is let pass."""
        lower = _lower(value)
        if self._general is not None and self._general.allows(value, lower):
            return True
        return any(rule.allows(value, lower) for name in detectors for rule in self._own.get(name, ()))


def _merged(rules: Sequence[AllowRule]) -> AllowRule | None:
    if len(rules) <= 1:
        return rules[0] if rules else None
    return AllowRule(
        frozenset().union(*(rule.any_case for rule in rules)),
        frozenset().union(*(rule.exact for rule in rules)),
        tuple(pattern for rule in rules for pattern in rule.patterns),
    )


def _lower(value: bytes) -> bytes:
    if value.isascii():
        return value.lower()
    return value.decode("utf-8", "surrogateescape").lower().encode("utf-8", "surrogateescape")


def read_allow_list(source: str, read: Read) -> Iterator[AllowRule]:
    """Yield the rules of the allow list at `source`, and of the lists of words that it names.

    Raises PackError, with file and line and without an entry, for a list that is wrong, and what `read` does.
    """
    content = read(source)
    if macie.is_allow_lists(content):
        for criteria in macie.allow_lists(source, content):
            if criteria.regex is not None:
                yield AllowRule(patterns=(_pattern(criteria.regex, criteria.where),), where=criteria.where)
            if criteria.words is not None:
                bucket, key = criteria.words
                words = f"s3://{bucket}/{key}"
                yield _lines(words, read(words))
    elif source.lower().endswith(_YAML):
        yield from _own(source, content, read)
    elif content.lstrip(MARK + b" \t\r\n").startswith((b"{", b"[")) and source.lower().endswith(".json"):
        raise PackError(f"{source}:1: is no allow list of Amazon Macie: name and criteria")
    else:
        yield _lines(source, content)


def _lines(source: str, content: bytes) -> AllowRule:
    """Return the rule of a text file: a value a line, in any case, without the spaces around it."""
    return AllowRule(any_case=frozenset(map(_lower, _entries(source, content))), where=f"{source}:1")


def _entries(source: str, content: bytes) -> list[bytes]:
    lines = utf8_text(source, content).split(b"\n")
    if not (entries := [entry for line in lines if (entry := line.strip())]):
        raise PackError(f"{source}:1: the list has no entries")
    return entries


def _own(source: str, content: bytes, read: Read) -> Iterator[AllowRule]:
    try:
        node = read_tree(source, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise PackError(f"{source}:1: cannot be read: it is not UTF-8") from None
    if (empty := first_null(node)) is not None:
        raise PackError(f"{source}:{empty.start_mark.line + 1}: there is no value here; leave the key out")
    try:
        file = AllowFile.model_validate(construct(source, node))
    except ValidationError as error:
        raise PackError("\n".join(_complaints(source, node, error))) from None
    for number, entry in enumerate(file.entries):
        keys = ("entries", number)
        where = f"{source}:{line_of(node, keys)}"
        if not entry.values and not entry.patterns and entry.words_list is None:
            raise PackError(f"{where}: an entry has values, patterns or words_list")
        patterns = tuple(
            _pattern(pattern, f"{source}:{line_of(node, (*keys, 'patterns', place))}")
            for place, pattern in enumerate(entry.patterns)
        )
        values = [value.strip().encode() for value in entry.values]
        if entry.words_list is not None:
            words = beside(source, entry.words_list)
            values += _entries(words, read(words))
        yield AllowRule(
            frozenset() if entry.case else frozenset(map(_lower, values)),
            frozenset(values) if entry.case else frozenset(),
            patterns,
            frozenset(name.upper() for name in entry.detectors),
            where,
        )


def beside(source: str, other: str) -> str:
    """Return where `other` is, which the file at `source` names: from the folder that file is in."""
    if other.startswith(("s3://", "/")):
        return other
    folder, slash, _ = source.rpartition("/")
    return f"{folder}{slash}{other}"


def _complaints(source: str, node: yaml.Node, error: ValidationError) -> Iterator[str]:
    for item in error.errors(include_input=False, include_url=False):
        keys = item["loc"]
        text = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            model = AllowEntry if "entries" in keys[:-1] else AllowFile
            text = f"there is no such key; there are {', '.join(model.model_fields)}"  # it may be a value
        elif item["type"] == "missing":
            text = f"the key {keys[-1]!r} is missing"
        yield f"{source}:{line_of(node, keys)}: {text}"


def _pattern(expression: str, where: str) -> LinearPattern:
    """Return an expression of a whole value."""
    try:
        exact = translated(expression).exact
    except DialectError as error:
        raise PackError(f"{where}: character {error.position}: {error}") from None
    return LinearPattern(rf"(?:{exact})\Z".encode(), 0, LONGEST)
