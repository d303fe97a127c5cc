"""Amazon Macie's dialect of regular expressions, read into a tree of characters.

It is a subset of PCRE's pattern syntax (https://www.pcre.org/current/doc/html/pcre2pattern.html) without
back-references, conditions, recursion and look-around
(https://docs.aws.amazon.com/macie/latest/user/cdis-options.html). Plain groups are taken as groups that keep
nothing. `^` and `$` stand for the beginning and the end of the text, `\\d`, `\\s` and `\\w` for characters of
ASCII.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from classifier.detect.charsets import LAST, NAMED, SETS, Ranges, both_cases, category, of, others, union

_SURROGATES = (0xD800, 0xDFFF)
_MOST_REPEATS = 65_535  # PCRE's own limit
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Join:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several; the earlier one is preferred."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """So many times; `most` None is without an end, `lazy` prefers fewer."""

    of: Node
    least: int
    most: int | None
    lazy: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A place between two characters, as Python's `re` spells it."""

    spelled: str


Node: TypeAlias = Chars | Join | Either | Repeat | Edge


class DialectError(ValueError):
    """What the dialect has not; `position` is the character of the expression, from 1."""

    def __init__(self, position: int, text: str) -> None:
        super().__init__(text)
        self.position = position


def parse(expression: str) -> Node:
    """Return the tree of an expression. Raises DialectError."""
    reader = _Reader(expression)
    tree = reader.either(_Flags(), 0)
    if reader.at < len(expression):
        raise reader.error("a group is closed that was not opened; write \\)")
    return tree


@dataclass(frozen=True, slots=True)
class _Flags:
    caseless: bool = False
    lines: bool = False
    dots: bool = False


_ONE = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_EDGES = {"b": r"\b", "B": r"\B", "A": r"\A", "Z": "$", "z": r"\Z"}
_REFUSED = {
    "G": "the start of the search", "K": "a reset of the match", "X": "a grapheme cluster",
    "C": "a single byte", "k": "a back-reference", "g": "a back-reference or a call", "L": "a change of case",
    "U": "a change of case", "l": "a change of case", "u": "a change of case",
}  # fmt: skip
_GROUPS = (
    (("?=", "?!"), "a look-ahead"),
    (("?<=", "?<!"), "a look-behind"),
    (("?>",), "an atomic group"),
    (("?|",), "a group with numbers reset"),
    (("?(",), "a condition"),
    (("?R", "?0", "?1", "?2", "?3", "?4", "?5", "?6", "?7", "?8", "?9", "?+", "?&", "?P>"), "a recursion"),
    (("?P=",), "a back-reference"),
    (("?C", "?{"), "a call of code"),
    (("*",), "a control verb"),
)
_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(?:(,)(\d*))?\}")
_INLINE = re.compile(r"\?(?P<on>[a-zJU^]*)(?:-(?P<off>[a-zJU]+))?(?P<end>[:)])")
_NAME = re.compile(r"\?(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')")


class _Reader:
    """Goes through the expression from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def error(self, text: str, at: int | None = None) -> DialectError:
        return DialectError((self.at if at is None else at) + 1, text)

    def either(self, flags: _Flags, depth: int) -> Node:
        """Read up to the end of the group."""
        if depth > _DEEPEST:
            raise self.error(f"groups are nested deeper than {_DEEPEST}")
        options: list[Node] = []
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                self.at += 1
                options.append(_joined(items))
                items = []
            elif (changed := self._changed(flags)) is not None:
                flags = changed
            else:
                items.extend(self._repeated(flags, depth))
        options.append(_joined(items))
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _changed(self, flags: _Flags) -> _Flags | None:
        """Read `(?i)`, which holds to the end of the group."""
        found = _INLINE.match(self.text, self.at + 1) if self.text.startswith("(?", self.at) else None
        if found is None or found["end"] != ")":
            return None
        changed = self._flags(flags, found)
        self.at = found.end()
        return changed

    def _flags(self, flags: _Flags, found: re.Match[str]) -> _Flags:
        on, off = found["on"], found["off"] or ""
        if on.startswith("^"):
            flags, on = _Flags(), on[1:]
        for letter in on + off:
            if letter not in "ims":
                raise self.error(f"the flag {letter} is not supported; there are i, m and s")

        def now(letter: str, before: bool) -> bool:
            return (before or letter in on) and letter not in off

        return _Flags(now("i", flags.caseless), now("m", flags.lines), now("s", flags.dots))

    def _repeated(self, flags: _Flags, depth: int) -> list[Node]:
        start = self.at
        atoms = self._atom(flags, depth)
        while (found := _QUANTIFIER.match(self.text, self.at)) is not None:
            if not atoms or isinstance(atoms[-1], Edge):
                raise self.error("there is nothing here to repeat")
            if self.at == start:
                raise self.error("a repeat begins here")
            least = int(found[1]) if found[1] else int(found[0] == "+")
            most = least if found[1] else None
            if found[0] == "?":
                most = 1
            elif found[2]:
                most = int(found[3]) if found[3] else None
            if max(least, most or 0) > _MOST_REPEATS:
                raise self.error(f"repeats more than {_MOST_REPEATS:,} times")
            if most is not None and most < least:
                raise self.error("repeats at most fewer times than at least")
            self.at = found.end()
            if self.text[self.at : self.at + 1] == "+":
                raise self.error("a possessive repeat is not supported; take the + away")
            lazy = self.text[self.at : self.at + 1] == "?"
            self.at += lazy
            atoms = [*atoms[:-1], Repeat(atoms[-1], least, most, lazy)]
        return atoms

    def _atom(self, flags: _Flags, depth: int) -> list[Node]:
        char, start = self.text[self.at], self.at
        if char == "(":
            return self._group(flags, depth)
        if char == "[":
            return [self._class(flags)]
        if char == "\\":
            return self._escape(flags)
        if _QUANTIFIER.match(self.text, start):
            raise self.error("there is nothing here to repeat")
        self.at += 1
        if char == ".":
            return [Chars(((0, LAST),) if flags.dots else others(of("\n")))]
        if char == "^":
            return [Edge("(?m:^)" if flags.lines else r"\A")]
        if char == "$":
            return [Edge("(?m:$)" if flags.lines else "$")]
        return [_chars(of(char), flags)]

    def _group(self, flags: _Flags, depth: int) -> list[Node]:
        start = self.at
        self.at += 1
        if self.text.startswith("?#", self.at):
            end = self.text.find(")", self.at)
            if end < 0:
                raise self.error("a comment is not closed", start)
            self.at = end + 1
            return []
        if (inline := _INLINE.match(self.text, self.at)) is not None:
            flags = self._flags(flags, inline)
            self.at = inline.end()
        elif (name := _NAME.match(self.text, self.at)) is not None:
            self.at = name.end()
        else:
            for beginnings, what in _GROUPS:
                if self.text.startswith(beginnings, self.at):
                    raise self.error(f"{what} is not supported", start)
            if self.text.startswith("?", self.at):
                raise self.error("this kind of group is not supported", start)
        inner = self.either(flags, depth + 1)
        if self.text[self.at : self.at + 1] != ")":
            raise self.error("a group is not closed", start)
        self.at += 1
        return [inner]

    def _escape(self, flags: _Flags) -> list[Node]:
        start = self.at
        char = self.text[start + 1 : start + 2]
        if char in _EDGES and char:
            self.at += 2
            return [Edge(_EDGES[char])]
        if char == "Q":
            end = self.text.find("\\E", start + 2)
            literal = self.text[start + 2 : end if end >= 0 else len(self.text)]
            self.at = end + 2 if end >= 0 else len(self.text)
            return [_chars(of(one), flags) for one in literal]
        if char == "E":
            self.at += 2
            return []
        if char == "R":
            self.at += 2
            return [Either((Join((Chars(of("\r")), Chars(of("\n")))), Chars(SETS["v"])))]
        return [_chars(self._set_escape(inside=False), flags)]

    def _set_escape(self, *, inside: bool) -> Ranges:
        """Read an escape that stands for characters."""
        start = self.at
        char = self.text[start + 1 : start + 2]
        if not char:
            raise self.error("a \\ at the end")
        self.at += 2
        if char in SETS:
            return SETS[char]
        if char in _ONE:
            return of(_ONE[char])
        if char == "b" and inside:
            return of("\b")
        if char in "pP":
            return self._property(start, negated=char == "P")
        if char == "x":
            return of(self._hex(start))
        if char in "01234567" and (inside or char == "0"):
            digits = re.compile("[0-7]{1,3}").match(self.text, start + 1)
            assert digits is not None
            self.at = digits.end()
            return of(chr(int(digits[0], 8)))
        if char == "o" or char == "c":
            raise self.error(f"\\{char} is not supported; write \\x and two hexadecimal digits", start)
        if char.isdigit():
            raise self.error("a back-reference is not supported", start)
        if char in _REFUSED:
            raise self.error(f"{_REFUSED[char]} (\\{char}) is not supported", start)
        if char.isascii() and char.isalpha():
            raise self.error(f"there is no escape \\{char}", start)
        return of(char)

    def _hex(self, start: int) -> str:
        found = re.compile(r"\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{0,2})").match(self.text, self.at)
        if found is None or (not found[1] and self.text[self.at : self.at + 1] == "{"):
            raise self.error("\\x takes two hexadecimal digits, or up to six in braces", start)
        self.at = found.end()
        number = int(found[1] or found[2] or "0", 16)
        if number > LAST or _SURROGATES[0] <= number <= _SURROGATES[1]:
            raise self.error("there is no such character", start)
        return chr(number)

    def _property(self, start: int, *, negated: bool) -> Ranges:
        found = re.compile(r"\{(\^?)([A-Z][a-z&]?)\}|([A-Z])").match(self.text, self.at)
        known = category((found[2] or found[3]).rstrip("&")) if found is not None else ()
        if found is None or not known:
            raise self.error("of \\p there are the general categories, such as \\p{L} and \\p{Lu}", start)
        self.at = found.end()
        return others(known) if negated != bool(found[1]) else known

    def _class(self, flags: _Flags) -> Node:
        start = self.at
        self.at += 1
        negated = self.text.startswith("^", self.at)
        self.at += negated
        parts: list[tuple[int, int]] = []
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise self.error("a [ is not closed", start)
            first = False
            low = self._member()
            if self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                at = self.at
                self.at += 1
                high = self._member()
                if not _single(low) or not _single(high):
                    raise self.error("a range goes from one character to another; write \\- for the mark", at)
                if high[0][0] < low[0][0]:
                    raise self.error("a range goes from a higher character to a lower one", at)
                low = ((low[0][0], high[0][0]),)
            parts.extend(low)
        self.at += 1
        found = union(parts)
        if flags.caseless:
            found = both_cases(found)
        found = others(found) if negated else found
        if not found:
            raise self.error("no character is in this set", start)
        return Chars(found)

    def _member(self) -> Ranges:
        if self.text.startswith("[:", self.at) and (end := self.text.find(":]", self.at)) >= 0:
            name = self.text[self.at + 2 : end]
            if name.removeprefix("^") not in NAMED:
                raise self.error("there is no such class between [: and :]")
            self.at = end + 2
            known = NAMED[name.removeprefix("^")]
            return others(known) if name.startswith("^") else known
        if self.text.startswith("\\", self.at):
            return self._set_escape(inside=True)
        self.at += 1
        return of(self.text[self.at - 1])


def _joined(items: list[Node]) -> Node:
    return items[0] if len(items) == 1 else Join(tuple(items))


def _single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _chars(ranges: Ranges, flags: _Flags) -> Chars:
    return Chars(both_cases(ranges) if flags.caseless else ranges)
