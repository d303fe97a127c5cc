"""The values of a JSON text by the keys that lead to them, as if each path of keys were a column of a table.

Arrays do not count: `$.people[3].name` is of the column `people.name`. Neither do keys that are numbers or
long, as in a map of persons by number: they are all one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.extract.heads import COLUMNS, LONGEST, ROWS
from classifier.extract.json_index import JsonIndex, State
from classifier.model import JSON, TableHead

Offsets: TypeAlias = NDArray[np.int64]
Path: TypeAlias = tuple[str, ...]

_ARRAY, _OBJECT, _COMMA, _COLON, _QUOTE = b'[{,:"'
_SPACES = np.array([byte in b" \t\r\n" for byte in range(256)])
_FEWEST = 3  # values that make a column
_ANY_KEY = "*"
_NO_NAME = re.compile(r"\d+|.{40,}|[0-9a-fA-F-]{24,}", re.DOTALL)
_NOWHERE = -1
_HEAD = 1 << 15  # bytes of a document that its head is made of


def head_of_lines(lines: Iterable[bytes]) -> TableHead | None:
    """Return the head of JSON Lines, without what is broken; None where no key has enough values."""
    documents: list[JSON] = []
    for line in lines:
        if len(documents) >= ROWS:
            break
        documents += _parsed(line)
    return _head(documents)


def head_of_document(text: bytes, complete: bool, limit: int) -> TableHead | None:
    """Return the head of a document that begins with `text`; None where no key has enough values."""
    if not complete or len(text) > _HEAD:
        text = text[:_HEAD]
        index = JsonIndex(text, 0, State(), limit, lines=False)
        border = index.last_border(len(text))
        frames = index.state(border).frames
        text = text[:border].rstrip(b" \t\r\n,:{[")
        text += b"".join(b"]" if frame.is_array else b"}" for frame in reversed(frames))
    return _head(_parsed(text))


def _parsed(text: bytes) -> list[JSON]:
    """Return the document in a list, with its numbers as texts; an empty list where it is broken."""
    try:
        return [json.loads(text.decode("utf-8", "replace"), parse_float=str, parse_int=str, strict=False)]
    except (ValueError, RecursionError):
        return []


def _head(documents: list[JSON]) -> TableHead | None:
    columns: dict[Path, list[str]] = {}
    for path, value in _leaves(documents):
        values = columns.get(path)
        if values is None:
            if len(columns) >= COLUMNS:
                continue
            values = columns[path] = []
        if len(values) < ROWS:
            values.append(value.strip()[:LONGEST])
    kept = {path: tuple(values) for path, values in columns.items() if len(values) >= _FEWEST and path}
    return TableHead(tuple(map(".".join, kept)), tuple(kept.values())) if kept else None


def _leaves(documents: list[JSON]) -> Iterator[tuple[Path, str]]:
    """Yield the texts and numbers in the documents with their paths, in order."""
    stack: list[tuple[Path, JSON]] = [((), document) for document in reversed(documents)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((((*path, _name(key))), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((path, inner) for inner in reversed(value))
        elif isinstance(value, str):
            yield path, value


def _name(key: str) -> str:
    return _ANY_KEY if _NO_NAME.fullmatch(key) else key


class JsonColumns:
    """Where in a stretch of JSON the values of each column are. All offsets are in the index's data."""

    def __init__(self, index: JsonIndex, names: Sequence[str]) -> None:
        """`names` are the columns', as `head_of_lines` and `head_of_document` make them."""
        self._index = index
        self._numbers = {name: number for number, name in enumerate(names)}
        self._paths: list[Path] = []
        self._known: dict[Path, int] = {}
        marks, codes, levels = index.marks
        # Before all stands a mark for what the stretch may begin with: a value of what was open before.
        self._marks = np.concatenate(([index.start - 1], marks))
        self._codes = np.concatenate((np.zeros(1, np.uint8), codes))
        self._after = self._paths_after(np.concatenate(([0], levels)))
        of_path = np.array([*(self._numbers.get(".".join(path), _NOWHERE) for path in self._paths), _NOWHERE])
        self._columns = of_path[self._after]  # of the value that begins after each mark

    def columns(self, offsets: Offsets) -> Offsets:
        """Return the number of the column that each offset is in a value of, -1 where it is in none."""
        before = np.searchsorted(self._marks, offsets) - 1
        return np.append(self._columns, _NOWHERE)[before]  # -1 is the last one

    def cells(self, column: int) -> Offsets:
        """Return the bounds of the texts and numbers of a column, without quotes, in order."""
        own = np.flatnonzero(self._columns[:-1] == column)
        own = own[(self._codes[own + 1] | 0x20) != 0x7B]  # not what is a container
        if not own.size:
            return np.empty((0, 2), np.int64)
        text = np.frombuffer(self._index.data, np.uint8)
        starts, ends = self._marks[own] + 1, self._marks[own + 1]
        quotes = np.append(self._index.quotes, (len(text), len(text)))
        first = np.searchsorted(quotes, starts)
        quoted = quotes[first] < ends
        for _ in range(8):  # of white space around a number
            starts = starts + ((starts < ends) & _SPACES[text[starts]] & ~quoted)
            ends = ends - ((starts < ends) & _SPACES[text[ends - 1]] & ~quoted)
        starts = np.where(quoted, quotes[first] + 1, starts)
        ends = np.where(quoted, quotes[np.minimum(first + 1, len(quotes) - 1)], ends)
        found = np.column_stack((starts, ends))
        return found[(found[:, 1] > found[:, 0]) & ~self._is_word(text, found, quoted)]

    @staticmethod
    def _is_word(text: NDArray[np.uint8], cells: Offsets, quoted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which cells are `true`, `false` or `null`."""
        first = text[np.minimum(cells[:, 0], len(text) - 1)]
        word: NDArray[np.bool_] = ~quoted & ((first == ord("t")) | (first == ord("f")) | (first == ord("n")))
        return word

    def _paths_after(self, levels: Offsets) -> Offsets:
        """Return the path of the value that begins after each mark; -1 where none does."""
        codes = self._codes
        after = np.full(len(codes), _NOWHERE, np.int64)
        keys = self._keys()
        frames = self._index.entered.frames
        inside = tuple(_name(frame.key) for frame in frames if frame.key is not None)
        if not frames or frames[-1].is_array or frames[-1].key is not None:
            after[0] = self._number(inside)
        above: Path = ()
        for level in range(1, min(int(levels.max(initial=0)), self._index.limit) + 1):
            here = np.flatnonzero(levels == level)
            opens = here[(codes[here] | 0x20) == 0x7B]
            entered = frames[level - 1] if level <= len(frames) else None
            outer = self._number(above) if entered is not None else _NOWHERE
            of_opens = after[opens - 1] if level > 1 else np.full(len(opens), self._number(()))
            inner = np.searchsorted(opens, here, "right")  # 0: in what was open before
            paths = np.concatenate(([outer], of_opens))[inner]
            arrays = np.concatenate(([entered is not None and entered.is_array], codes[opens] == _ARRAY))[
                inner
            ]
            kinds = codes[here]
            values = arrays & ((kinds == _COMMA) | (kinds == _ARRAY))
            after[here[values]] = paths[values]
            named = (kinds == _COLON) & ~arrays & (paths >= 0)
            after[here[named]] = self._joined(paths[named], keys[here[named]])
            if entered is not None and entered.key is not None:
                above = (*above, _name(entered.key))
        return after

    def _joined(self, paths: Offsets, keys: Offsets) -> Offsets:
        """Return the numbers of the paths with a key more; the keys are numbers of `_key_names`."""
        pairs, inverse = np.unique(np.column_stack((paths, keys)), axis=0, return_inverse=True)
        numbers = [
            _NOWHERE if key < 0 else self._number((*self._paths[path], self._key_names[key]))
            for path, key in pairs.tolist()
        ]
        found: Offsets = np.array(numbers, np.int64)[inverse.ravel()] if numbers else np.empty(0, np.int64)
        return found

    def _number(self, path: Path) -> int:
        number = self._known.get(path)
        if number is None:
            number = self._known[path] = len(self._paths)
            self._paths.append(path)
        return number

    def _keys(self) -> Offsets:
        """Return for each mark that is a colon the number of its key in `_key_names`, else -1."""
        data = self._index.data
        text = np.frombuffer(data, np.uint8)
        found = np.full(len(self._codes), _NOWHERE, np.int64)
        self._key_names: list[str] = []
        colons = np.flatnonzero(self._codes == _COLON)
        quotes = self._index.quotes
        last = np.searchsorted(quotes, self._marks[colons]) - 1
        colons, last = colons[last >= 1], last[last >= 1]
        starts, ends = quotes[last - 1] + 1, quotes[last]
        sizes = ends - starts
        for size in np.unique(sizes).tolist():
            own = np.flatnonzero(sizes == size)
            letters = text[starts[own, None] + np.arange(size)] if size else np.empty((len(own), 0), np.uint8)
            unique, first, inverse = np.unique(letters, axis=0, return_index=True, return_inverse=True)
            del unique
            names = [_decoded(data[starts[own[at]] : ends[own[at]]]) for at in first.tolist()]
            found[colons[own]] = inverse.ravel() + len(self._key_names)
            self._key_names += map(_name, names)
        return found


def _decoded(literal: bytes) -> str:
    text = literal.decode("utf-8", "replace")
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
