"""JSON documents (RFC 8259) and JSON Lines (one value a line)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.extract import json_path
from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.encoding import RAW
from classifier.extract.json_columns import JsonColumns, head_of_document, head_of_lines
from classifier.extract.json_index import Frame, JsonIndex, State
from classifier.extract.lines import Lines
from classifier.extract.part import Head, Part
from classifier.extract.transcode import open_text
from classifier.extract.window import Window, cut_at, windows
from classifier.model import Chunk, Field, Location, Problem, Reason

_LF = 10
_PROBE = 1 << 12
_PROBE_TOKENS = 64
_TOKEN = re.compile(
    rb"[ \t\r\n]*+(?:(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)|(?P<colon>:)"
    rb'|(?P<string>"(?:[^"\\\n]|\\.)*+")'
    rb"|(?P<scalar>(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN|true|false|null)(?![\w.+-])))"
)
_LINES_EXTENSIONS = frozenset(("jsonl", "ndjson", "jsonlines", "ldjson"))


class JsonLocator:
    """Locates by JSONPath, beside byte offsets and line.

    With `per_line` a record is a line, otherwise an element of a document that is an array. A line that was
    longer than a window has no paths after the first cut.
    """

    __slots__ = ("_columns", "_index", "_limit", "_lines", "_names", "_part", "_per_line", "_state")

    def __init__(
        self,
        lines: Lines,
        part: str | None,
        state: State,
        limit: int,
        per_line: bool,
        index: JsonIndex | None,
        names: Sequence[str] = (),
    ) -> None:
        self._lines = lines
        self._part = part
        self._state = state
        self._limit = limit
        self._per_line = per_line
        self._index = index
        self._names = names
        self._columns: JsonColumns | None = None

    @property
    def index(self) -> JsonIndex:
        """The window's structure, found when first asked for."""
        if self._index is None:
            window = self._lines.window
            self._index = JsonIndex(window.data, window.core_start, self._state, self._limit, self._per_line)
        return self._index

    def locate(self, start: int, end: int) -> Location:
        first, last = self._lines.bytes(start, end)
        line = self._lines.line(start)
        frames = self._frames(start)
        if self._per_line:
            record: int | None = line - 1
        else:
            record = frames[0].index if frames and frames[0].is_array else None
        return Location(
            part=self._part,
            byte_start=first,
            byte_end=last,
            line=line,
            record=record,
            json_path=None if frames is None else json_path.path(frames),
        )

    def enclosing(self, start: int, end: int) -> Field | None:
        frames = self._frames(start)
        return None if frames is None else Field(json_path.keys(frames), *self.index.value(start))

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return self._by_key.columns(offsets) if self._names else None

    def cells(self, column: int) -> NDArray[np.int64] | None:
        if not self._names:
            return None
        found = self._by_key.cells(column)
        return found[found[:, 0] < self._lines.window.core_end]

    @property
    def _by_key(self) -> JsonColumns:
        """The window's values by the keys that lead to them, found when first asked for."""
        if self._columns is None:
            self._columns = JsonColumns(self.index, self._names)
        return self._columns

    def _frames(self, offset: int) -> tuple[Frame, ...] | None:
        if offset < self._lines.window.core_start:
            return None
        if self._per_line and self._lines.start(offset) is None:
            return None
        return self.index.frames(offset)


class JsonLines(Format):
    """One object or array a line."""

    name = "jsonl"
    facts = Facts(
        title="JSON Lines, NDJSON",
        group="Text and structured text",
        extensions=("jsonl", "ndjson", "jsonlines", "ldjson"),
        recognised="an object or array a line",
        library="own index over numpy",
        location="byte offsets, line, record, JSON path",
        limits="depth (paths end there, the text is searched)",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        text = head.text
        if head.first not in (b"{", b"["):
            return None
        told = head.extension in _LINES_EXTENSIONS
        lines = [line for line in text.split(b"\n") if line.strip()]
        whole = lines if head.complete else lines[:-1]
        if told:
            fits = any(map(_is_container, whole[:3])) or not whole
        else:
            fits = len(lines) > 1 and _is_start(lines[1]) and all(map(_is_container, whole[:3]))
        return self._read if fits else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        limit = work.limits.json_depth
        text = open_text(part.stream(), part.head.encoding or RAW)
        too_deep = False
        lines = part.head.text.split(b"\n")
        head = head_of_lines(lines if part.head.complete else lines[:-1])
        names = () if head is None else head.names
        for window in windows(text.blocks(), work.limits.chunk_bytes, cut_at(_LF), _LF, text.errors):
            index: JsonIndex | None = None
            if not too_deep and _may_be_deeper(window, limit, per_line=True):
                index = JsonIndex(window.data, window.core_start, State(), limit, lines=True)
                too_deep = index.deepest > limit
                if too_deep:
                    yield _too_deep(part)
            locator = JsonLocator(Lines(window, text, _LF), part.label, State(), limit, True, index, names)
            yield Chunk(
                part.label,
                self.name,
                window.data,
                window.core_start,
                window.core_end,
                locator,
                nested=True,
                table=head,
            )


class JsonDocument(Format):
    """One JSON value; also several in a row without line ends between them, as some streams write them."""

    name = "json"
    facts = Facts(
        title="JSON, GeoJSON, Jupyter notebooks with outputs, Terraform state, FHIR",
        group="Text and structured text",
        extensions=("json", "geojson", "topojson", "ipynb", "tfstate", "har", "webmanifest"),
        recognised="first tokens are those of an object or array",
        library="own index over numpy",
        location="byte offsets, line, record, JSON path",
        limits="depth (paths end there, the text is searched)",
        macie=True,
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.first in (b"{", b"[") and _is_json(head.text) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        limit = work.limits.json_depth
        text = open_text(part.stream(), part.head.encoding or RAW)
        state = State()
        index: JsonIndex | None = None
        too_deep = False
        head = head_of_document(part.head.text, part.head.complete, limit)
        names = () if head is None else head.names

        def cut(data: bytes, start: int, end: int) -> int:
            nonlocal index
            index = JsonIndex(data, start, state, limit, lines=False)
            return index.last_border(end)

        for window in windows(text.blocks(), work.limits.chunk_bytes, cut, _LF, text.errors):
            if window.last:
                index = None
                if not too_deep and _may_be_deeper(window, limit - state.depth, per_line=False):
                    index = JsonIndex(window.data, window.core_start, state, limit, lines=False)
            if index is not None and index.deepest > limit and not too_deep:
                too_deep = True
                yield _too_deep(part)
            locator = JsonLocator(Lines(window, text, _LF), part.label, state, limit, False, index, names)
            if index is not None:
                state = index.state(window.core_end)
            yield Chunk(
                part.label,
                self.name,
                window.data,
                window.core_start,
                window.core_end,
                locator,
                nested=True,
                table=head,
            )


def _too_deep(part: Part) -> Problem:
    return Problem(
        part.label, Reason.JSON_NESTING_LEVEL_OVER_LIMIT, "searched without paths there", lost=False
    )


def _may_be_deeper(window: Window, limit: int, per_line: bool) -> bool:
    """Whether there are enough containers for more than `limit` levels (in one line, with `per_line`)."""
    data, start = window.data, window.core_start
    if not per_line:
        return data.count(b"[", start) + data.count(b"{", start) > limit
    ends = np.flatnonzero(np.frombuffer(data, np.uint8)[start:] == _LF) + start
    borders = np.concatenate(([start], ends, [len(data)]))
    for line in np.flatnonzero(np.diff(borders) > limit).tolist():  # a shorter one has no room for them
        first, last = int(borders[line]), int(borders[line + 1])
        if data.count(b"{", first, last) + data.count(b"[", first, last) > limit:
            return True
    return False


def _is_json(text: bytes) -> bool:
    """Whether the text starts as an object or an array, as far as the first tokens tell."""
    probe = text[:_PROBE]
    position = 0
    stack: list[bytes] = []
    expected = "value"
    for _ in range(_PROBE_TOKENS):
        token = _TOKEN.match(probe, position)
        if token is None:
            rest = probe[position:].lstrip()
            return not rest or rest[:1] == b'"' or (len(text) > _PROBE and len(rest) < 32)
        kind = token.lastgroup or ""
        position = token.end()
        expected = _next(kind, token.group(kind), stack, expected)
        if not expected:
            return False
    return True


def _next(kind: str, token: bytes, stack: list[bytes], expected: str) -> str:
    """Return what may follow `token`; "" when it may not stand where `expected` was to come."""
    inside = stack[-1] if stack else b""
    if kind == "open" and expected in ("value", "value or close"):
        stack.append(token)
        return "key or close" if token == b"{" else "value or close"
    if kind == "close" and stack and (expected in ("comma or close", "key or close", "value or close")):
        if stack.pop() + token not in (b"{}", b"[]"):
            return ""
        return "comma or close" if stack else "value"
    if kind == "comma" and expected == "comma or close":
        return "key" if inside == b"{" else "value"
    if kind == "colon" and expected == "colon":
        return "value"
    if kind == "string" and expected in ("key", "key or close"):
        return "colon"
    if kind in ("string", "scalar") and stack and expected in ("value", "value or close"):
        return "comma or close"
    return ""


def _is_container(line: bytes) -> bool:
    if not _is_start(line):
        return False
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def _is_start(line: bytes) -> bool:
    return line.lstrip()[:1] in (b"{", b"[")
