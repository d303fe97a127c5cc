"""Fields of a record: a path of names into nested JSON, through lists and through texts that hold JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from classifier.model import JSON

DEEPEST = 64  # levels of a record that are followed
LONGEST_TEXT = 1 << 17  # characters of a text that is read as JSON: a policy has at most 20 KB
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One line of an index: what rules look at.

    `unknown` holds the paths (`Versioning`, `PublicAccessBlock.Account`) that could not be read: a rule that
    needs one is neither met nor not met. `id` goes into the evidence of alerts, `time` is in seconds since
    1970-01-01 UTC (None: the index has no time) and `stamp` is the same as reports spell it.
    """

    data: Mapping[str, JSON]
    id: str = ""
    time: float | None = None
    stamp: str = ""
    unknown: frozenset[str] = field(default=frozenset())


def path_of(name: str) -> Path:
    """Return the path that a dotted name stands for. Raises ValueError for an empty part."""
    parts = tuple(name.split("."))
    if not all(parts):
        raise ValueError(f"no field has the name {name!r}")
    return parts


def values_at(data: JSON, path: Path) -> list[JSON]:
    """Return every value that `path` leads to; a list stands for its items, on the way and at the end.

    A name may hold dots itself: where `a.b` has no `a`, the key "a.b" is looked for. A text on the way that
    holds a JSON object or list is read as such (policies in CloudTrail are texts).
    """
    value = data
    for depth, name in enumerate(path):  # most paths lead through mappings alone
        if type(value) is not dict or name not in value:
            return list(_walk(value, path[depth:], depth))
        value = value[name]
    return list(_walk(value, (), len(path))) if isinstance(value, list | tuple) else [value]


def is_unknown(record: Record, path: Path) -> bool:
    """Whether what `path` leads to was not read."""
    return bool(record.unknown) and not record.unknown.isdisjoint(_prefixes(path))


def hides(record: Record, path: Path) -> bool:
    """Whether a part of what stands at `path` was not read."""
    if not record.unknown:
        return False
    start = _prefixes(path)[-1] + "."
    return any(name.startswith(start) for name in record.unknown)


@lru_cache(maxsize=4096)
def _prefixes(path: Path) -> tuple[str, ...]:
    return tuple(".".join(path[: end + 1]) for end in range(len(path)))


def _walk(value: JSON, path: Path, depth: int) -> Iterator[JSON]:
    if depth > DEEPEST:
        return
    if isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item, path, depth + 1)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        for end in range(1, len(path) + 1):
            name = path[0] if end == 1 else ".".join(path[:end])
            if name in value:
                yield from _walk(value[name], path[end:], depth + 1)
                return
    elif isinstance(value, str) and value[:1] in "{[" and len(value) <= LONGEST_TEXT:
        yield from _walk(_parsed(value), path, depth + 1)


@lru_cache(maxsize=256)
def _parsed(text: str) -> JSON:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def texts_in(value: JSON, depth: int = 0) -> Iterator[str]:
    """Yield every text, number and truth value in a record as text."""
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item, depth + 1)
    elif value is not None:
        yield text_of(value)


def text_of(value: JSON) -> str:
    """Return a value as rules compare it: truth values as JSON spells them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, sort_keys=True, default=str)
    return str(value)
