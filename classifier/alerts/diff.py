"""The difference of two states, as JSON values: a list of edits that makes one of the other.

    apply(diff(a, b), a) == b        diff(a, a) == []        apply(undone(diff(a, b)), b) == a

Mappings are compared by their keys, all else as a whole. What was not there before has no `before`, what is
there no more no `after`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from classifier.model import JSON

DEEPEST = 64  # mappings in mappings that are compared by keys; what is deeper as a whole


class _Nothing:
    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()  # there is no value


@dataclass(frozen=True, slots=True)
class Edit:
    """One place that differs: the keys that lead to it, and its values, NOTHING where there is none."""

    path: tuple[str, ...]
    before: JSON
    after: JSON

    def to_json(self) -> dict[str, JSON]:
        told: dict[str, JSON] = {"path": list(self.path)}
        for name in ("before", "after"):
            if (value := getattr(self, name)) is not NOTHING:
                told[name] = value
        return told

    @classmethod
    def of_json(cls, told: Mapping[str, JSON]) -> Edit:
        """Return the edit of its JSON form."""
        return cls(tuple(told["path"]), told.get("before", NOTHING), told.get("after", NOTHING))


def diff(one: JSON, other: JSON) -> list[Edit]:
    """Return the edits that make `other` of `one`, in the order of their paths."""
    return list(_edits((), one, other))


def apply(edits: Iterable[Edit], value: JSON) -> JSON:
    """Return the value with the edits made; the given one stays as it is."""
    root = {"": _copy(value)}
    for edit in edits:
        node, *rest = root, *("", *edit.path)
        for key in rest[:-1]:
            node = node[key]
        if edit.after is NOTHING:
            del node[rest[-1]]
        else:
            node[rest[-1]] = _copy(edit.after)
    return root[""]


def undone(edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that take these back."""
    return [Edit(edit.path, edit.after, edit.before) for edit in reversed(edits)]


def _edits(path: tuple[str, ...], one: JSON, other: JSON) -> Iterator[Edit]:
    if isinstance(one, Mapping) and isinstance(other, Mapping) and len(path) < DEEPEST:
        for key in sorted(one.keys() | other.keys()):
            before, after = one.get(key, NOTHING), other.get(key, NOTHING)
            if before is NOTHING or after is NOTHING:
                yield Edit((*path, key), before, after)
            else:
                yield from _edits((*path, key), before, after)
    elif not _same(one, other):
        yield Edit(path, one, other)


def _same(one: JSON, other: JSON) -> bool:
    """Whether two values are the same JSON: 1, 1.0 and true are three."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _copy(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
