"""The text of XML whose vocabulary is known (OOXML, ODF and their like), with the bytes it stands at.

expat (XML 1.0, not validating) reads it: it holds no tree, loads nothing external, and gives the offset of
each event. Entities that a document declares are not expanded in text, and end the reading where they are
declared in numbers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from classifier.extract.base import Item
from classifier.extract.flow import Flow
from classifier.model import Problem, Reason

_FEED = 1 << 14
_NAMES = 4096  # element names that are remembered
_TAG = re.compile(rb"<[!?/]?[A-Za-z_][^<>]{0,8192}>|<!--.{0,8192}?-->", re.DOTALL)
_ENTITIES = 64  # declarations that a harmless document may have

LINE = 1  # begins and ends a line
TAB = 2  # is a tab
BREAK = 3  # is a line break
CELL = 4  # ends a cell of a table
ROW = 5  # ends a row of a table
SKIP = 6  # has no text for people
WORD = 7  # stands apart from what is before and after it
HYPHEN = 8
SPACES = 9  # stands for as many spaces as its attribute `c` says
CHOICE = 10  # of alternatives the preferred one
FALLBACK = 11  # what another program would show in place of the choice


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the elements of an XML format mean for its text; names are local ones, without a prefix.

    `*` stands for any element. `attributes` maps an element to those of its attributes that are read,
    `conditions` to an attribute that must have one of some values for that.
    """

    elements: Mapping[str, int]
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    conditions: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)


class TooDeep(Exception):
    """Elements are nested deeper than the limit."""


class _Entities(Exception):
    """A document declares entities by the dozen."""


class XmlText:
    """Reads one XML part into a `Flow`; `problem` says afterwards what could not be read."""

    def __init__(self, flow: Flow, vocabulary: Vocabulary, depth: int) -> None:
        self._flow = flow
        self._elements = vocabulary.elements
        self._default_action = vocabulary.elements.get("*", 0)
        self._conditions = vocabulary.conditions
        self._any = vocabulary.attributes.get("*", frozenset())
        self._wanted = vocabulary.attributes
        self._limit = depth
        self._depth = 0
        self._skipped = 0  # the depth of the element that is skipped
        self._pending = False  # a line that ended in a cell
        self._cells = 0  # that are open
        self._asides: list[tuple[str, int, int]] = []
        self._choices: list[tuple[int, bool]] = []
        self._known: dict[str, tuple[int, frozenset[str] | None, str]] = {}
        self._declared = 0
        self.unexpanded = False
        self._codec = "utf-8"
        parser = expat.ParserCreate()
        parser.buffer_text = False
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.XmlDeclHandler = self._declaration
        parser.DefaultHandler = self._default  # with it, entities in text are handed over unexpanded
        self._parser = parser

    def read(self, blocks: Iterable[bytes]) -> Iterator[Item]:
        """Yield the chunks as the text of `blocks` comes; at the end a problem, where there was one."""
        flow = self._flow
        fed = base = 0
        rest = b""
        problem: tuple[Reason, str] | None = None
        first = True
        for block in blocks:
            if first and block:
                self._codec = _codec_of(block)
                first = False
            if problem is not None:
                rest += block[: max((1 << 22) - len(rest), 0)]
                continue
            for start in range(0, len(block), _FEED):
                step = block[start : start + _FEED]
                try:
                    self._parser.Parse(step, False)
                except expat.ExpatError:
                    problem = (Reason.MALFORMED_FILE, "broken XML")
                except TooDeep:
                    return (yield from self._stopped(Reason.MALFORMED_FILE, "XML nested too deep"))
                except _Entities:
                    return (yield from self._stopped(Reason.MALFORMED_FILE, "XML that declares entities"))
                if problem is not None:
                    index = max(self._parser.ErrorByteIndex - fed, 0)
                    rest = step[index:] + block[start + _FEED :]
                    base = fed + index
                    break
                fed += len(step)
            yield from flow.ready()
        if problem is None and fed:
            try:
                self._parser.Parse(b"", True)
            except (expat.ExpatError, TooDeep, _Entities):
                problem, base = (Reason.MALFORMED_FILE, "truncated XML"), fed
        self._flush()
        if problem is not None:
            yield from self._salvaged(rest, base)
            yield Problem(flow.label, *problem, lost=not flow.came)
        elif self.unexpanded:
            yield Problem(
                flow.label, Reason.UNABLE_TO_PARSE_FILE, "XML entities that were not expanded", lost=False
            )

    def salvaging(self, blocks: Iterable[bytes]) -> Iterator[Item]:
        """Like `read`, of XML that may be a piece of a document: it is no problem that it is broken."""
        for item in self.read(blocks):
            if not isinstance(item, Problem):
                yield item

    def _stopped(self, reason: Reason, detail: str) -> Iterator[Item]:
        self._flush()
        yield Problem(self._flow.label, reason, detail, lost=not self._flow.came)

    def _salvaged(self, rest: bytes, base: int) -> Iterator[Item]:
        """Read what comes after an error as text between tags."""
        if self._codec != "utf-8":
            return
        flow = self._flow
        flow.line()
        at = 0
        for tag in _TAG.finditer(rest):
            self._piece(rest[at : tag.start()], base + at)
            at = tag.end()
            flow.blank()
            yield from flow.ready()
        self._piece(rest[at:], base + at)

    def _piece(self, raw: bytes, at: int) -> None:
        text = raw.decode("utf-8", "replace")
        plain = html.unescape(text) if "&" in text else text
        self._flow.put(plain, at, len(raw) if plain != text or "\ufffd" in text else -1)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limit:
            raise TooDeep
        known = self._known.get(name)
        if known is None:
            known = self._look_up(name)
        action, wanted, local = known
        if self._skipped:
            return
        if wanted and attributes:
            self._attributes(local, wanted, attributes)
        if not action:
            return
        flow = self._flow
        if action == LINE:
            if not self._cells:
                flow.line()
                if self._asides:
                    self._flush()
            elif self._pending:
                flow.line()
                self._pending = False
        elif action == TAB:
            flow.put("\t")
        elif action == BREAK:
            flow.put("\n")
        elif action == WORD:
            flow.blank()
        elif action == HYPHEN:
            flow.put("-")
        elif action == SPACES:
            self._spaces(attributes)
        elif action == CELL:
            self._pending = False
            self._cells += 1
        elif action == SKIP:
            self._skipped = self._depth
        elif action == CHOICE:
            while self._choices and self._choices[-1][0] <= -self._depth:
                self._choices.pop()
            self._choices.append((self._depth, flow.came))
            flow.came = False
        elif action == FALLBACK and self._choices and self._choices[-1][0] == -self._depth:
            self._skipped = self._depth if self._choices.pop()[1] else 0

    def _end(self, name: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        if self._skipped:
            if depth == self._skipped:
                self._skipped = 0
            return
        known = self._known.get(name)
        action = known[0] if known is not None else self._look_up(name)[0]
        if not action:
            return
        flow = self._flow
        if action == LINE:
            if self._cells:
                self._pending = True
            else:
                flow.line()
                if self._asides:
                    self._flush()
        elif action == CELL:
            self._pending = False
            flow.put("\t")
            self._cells -= 1
        elif action == ROW:
            self._pending = False
            flow.line()
            if self._asides:
                self._flush()
        elif action == WORD:
            flow.blank()
        elif action == CHOICE:
            while self._choices and self._choices[-1][0] != depth:
                self._choices.pop()
            if self._choices:
                before = self._choices.pop()[1]
                self._choices.append((-depth, flow.came))
                flow.came = flow.came or before

    def _text(self, text: str) -> None:
        if self._skipped or (text.isspace() and self._flow.fresh):
            return
        at = self._parser.CurrentByteIndex
        if len(text) == 1:
            context = self._parser.GetInputContext() or b""
            size = context.find(b";", 0, 16) + 1 if context[:1] == b"&" else -1
            self._flow.put(text, at, size or -1, self._codec)
        else:
            self._flow.put(text, at, -1, self._codec)

    def _default(self, raw: str) -> None:
        if raw.startswith("&") and not self._skipped:
            self.unexpanded = True

    def _entity(self, *declaration: object) -> None:
        self._declared += 1
        if self._declared > _ENTITIES:
            raise _Entities

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and self._codec == "utf-8" and encoding.lower() not in ("utf-8", "us-ascii", "utf8"):
            self._codec = encoding

    def _look_up(self, name: str) -> tuple[int, frozenset[str] | None, str]:
        local = name.rpartition(":")[2]
        wanted = self._wanted.get(local)
        if self._any:
            wanted = self._any | wanted if wanted else self._any
        known = (self._elements.get(local, self._default_action), wanted, local)
        if len(self._known) < _NAMES:
            self._known[name] = known
        return known

    def _spaces(self, attributes: dict[str, str]) -> None:
        count = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "c"), "1")
        self._flow.put(" " * (min(int(count), 256) if count.isdecimal() and len(count) < 6 else 1))

    def _attributes(self, local: str, wanted: frozenset[str], attributes: dict[str, str]) -> None:
        condition = self._conditions.get(local)
        if condition is not None and not any(
            name.rpartition(":")[2] == condition[0] and value in condition[1]
            for name, value in attributes.items()
        ):
            return
        context = b""
        for name, value in attributes.items():
            if name.rpartition(":")[2] not in wanted or not value.strip():
                continue
            context = context or self._parser.GetInputContext() or b""
            at = self._parser.CurrentByteIndex
            tag = context[: context.find(b">") + 1]
            found = tag.find(value.encode("utf-8", "replace")) if self._codec == "utf-8" else -1
            if found >= 0:
                self._asides.append((value, at + found, -1))
            else:
                self._asides.append((value, at, max(len(tag), 1)))

    def _flush(self) -> None:
        """Put the attributes' values after the line that they stand in, so that they part no words of it."""
        flow = self._flow
        for value, at, size in self._asides:
            flow.line()
            flow.put(value, at, size)
        if self._asides:
            flow.line()
        self._asides.clear()


def _codec_of(start: bytes) -> str:
    """The codec that the first bytes of an XML document tell (XML 1.0, appendix F)."""
    if start.startswith((b"\xff\xfe", b"<\x00")):
        return "utf-16-le"
    if start.startswith((b"\xfe\xff", b"\x00<")):
        return "utf-16-be"
    return "utf-8"
