"""Patterns of keys: what a Resource pattern says of the objects of one bucket, and what two patterns share.

A *glob* here is a text in which `*` stands for any run of characters and `?` for any one; nothing else is
special. It is what reports give (`Grant.pattern`, `Grant.excluded`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from classifier.access import patterns
from classifier.access.patterns import Wild

_HEAD = re.compile(r"[^*?]*")
_MANY = 24  # globs that an intersection may need, and keys that are worth trying
_CELLS = 40_000  # of the table that an intersection fills
_STATES = 1_500  # of the automaton that looks for a key outside patterns
_TOKEN = re.compile(r"\$\{([^}]*)\}|[*?]|[^*?$]+|\$")
_NAMED = re.compile(r"\s*([^\s,']+)\s*(?:,\s*'([^']*)'\s*)?")
# What wildcards are filled with: one of them is hardly covered by a Deny that another one is.
FILLERS = (patterns.FILLER, "~probe~", "Q9")


@dataclass(frozen=True, slots=True)
class Variable:
    """A policy variable: the lower-case context key it reads, and its default."""

    name: str
    default: str | None


Piece: TypeAlias = "str | Wild | Variable"
Values: TypeAlias = Callable[[str], Sequence[str]]  # lower-case context key → values it may have


@dataclass(frozen=True, slots=True)
class Template:
    """A stretch of keys as a policy writes it; a `str` piece stands for itself, wildcards in it too."""

    pieces: tuple[Piece, ...]
    loose: bool = False  # whether a variable before the key decides as well
    glob: str = field(init=False)  # the narrowest one that covers every key, whoever asks
    exact: bool = field(init=False)  # whether the glob covers nothing else
    key: str | None = field(init=False)  # the one key that the template is, None where it is a pattern
    plain: tuple[str, ...] = field(init=False)  # a few of its keys; none where variables decide

    def __post_init__(self) -> None:
        glob = re.sub(r"\*+", "*", "".join(map(_loosely, self.pieces)))
        texts = [piece for piece in self.pieces if isinstance(piece, str)]
        literal = len(texts) == len(self.pieces)
        varied = any(isinstance(piece, Variable) for piece in self.pieces)
        object.__setattr__(self, "glob", glob)
        object.__setattr__(
            self, "exact", not (self.loose or varied) and not any("*" in t or "?" in t for t in texts)
        )
        object.__setattr__(self, "key", "".join(texts) if literal else None)
        object.__setattr__(self, "plain", () if varied else tuple(self.keys(lambda _: ())))

    def keys(self, values: Values) -> Iterator[str]:
        """Yield a few concrete keys, the plainest first; `values` says what a variable may stand for."""
        defaults = {piece.name: piece.default or "" for piece in self.pieces if isinstance(piece, Variable)}
        names = list(defaults)
        choices = [[*values(name)[:_MANY], defaults[name]] for name in names]
        found: dict[str, None] = {}
        for count, chosen in enumerate(product(*choices)):
            known = dict(zip(names, chosen, strict=True))
            for filler in FILLERS if count == 0 else FILLERS[:1]:
                key = "".join(_filled(piece, known, filler) for piece in self.pieces)
                if key:
                    found[key] = None
            if len(found) >= _MANY:
                break
        yield from found


def _loosely(piece: Piece) -> str:
    if isinstance(piece, Wild):
        return piece.value
    return "*" if isinstance(piece, Variable) else piece.replace("*", "?")


def _filled(piece: Piece, known: dict[str, str], filler: str) -> str:
    if piece is Wild.ANY:
        return filler
    if piece is Wild.ONE:
        return "x"
    if isinstance(piece, Variable):
        return known[piece.name] or piece.default or filler
    return str(piece)


EVERY = Template((Wild.ANY,))


@lru_cache(maxsize=4096)
def loosely(text: str) -> str:
    """Return a pattern without variables that fits whatever `text` fits, for any caller."""
    return re.sub(r"\$\{[^}]*\}", "*", text)


@lru_cache(maxsize=4096)
def of_glob(glob: str) -> Template:
    """Return the template that a glob is."""
    return Template(tuple(_pieces(glob, variables=False)))


@lru_cache(maxsize=4096)
def below(resource: str, base: str, variables: bool) -> tuple[Template, ...]:
    """Return the keys for which `base` + key fits the Resource pattern; the narrower ones left out."""
    head = re.split(r"[*?]|\$\{" if variables else r"[*?]", resource, maxsplit=1)[0]
    if len(head) >= len(base):
        if not head.startswith(base) or len(resource) == len(base):
            return ()
        return (Template(tuple(_pieces(resource[len(base) :], variables=variables))),)
    found = {}
    pieces = list(_pieces(resource, variables=variables))
    varied = any(isinstance(piece, Variable) for piece in pieces)
    for rest in sorted(_rests(pieces, base) - {()}, key=repr):
        template = Template(rest, varied)
        if template.glob not in found or template.exact:
            found[template.glob] = template
    return tuple(
        template
        for glob, template in found.items()
        if not any(covers(other, glob) for other in found if other != glob)
    )


def _pieces(text: str, *, variables: bool) -> Iterator[Piece]:
    if not variables:
        yield from (Wild(part) if part in ("*", "?") else part for part in re.split(r"([*?])", text) if part)
        return
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part in ("*", "?"):
            yield Wild(part)
        elif match[1] is None:
            yield part
        elif match[1] in ("*", "?", "$"):
            yield match[1]
        else:
            named = _NAMED.fullmatch(match[1])
            yield Variable(named[1].lower(), named[2]) if named else part


def _rests(pieces: Sequence[Piece], base: str) -> set[tuple[Piece, ...]]:
    """Return what is left of the pattern after it has matched `base`, in each way it can."""
    steps: list[Piece] = []
    for piece in pieces:
        steps.extend(piece if isinstance(piece, str) else (piece,))
    many = [piece is Wild.ANY or isinstance(piece, Variable) for piece in steps]

    def reached(places: Iterable[tuple[int, bool]]) -> set[tuple[int, bool]]:
        found = set(places)
        for place, begun in list(found):
            while place < len(steps) and many[place] and (begun or steps[place] is Wild.ANY):
                place, begun = place + 1, False
                found.add((place, False))
        return found

    now = reached([(0, False)])
    for character in base:
        after: set[tuple[int, bool]] = set()
        for place, _ in now:
            if place == len(steps):
                continue
            if many[place]:
                after.add((place, True))
            elif steps[place] is Wild.ONE or steps[place] == character:
                after.add((place + 1, False))
        now = reached(after)
    rests = set()
    for place, begun in now:
        rest = tuple(steps[place:])
        if rest and begun and isinstance(rest[0], Variable):
            rest = (Wild.ANY, *rest[1:])
        rests.add(_joined(rest))
    return rests


def _joined(steps: Sequence[Piece]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for step in steps:
        if isinstance(step, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += step
        else:
            pieces.append(step)
    return tuple(pieces)


@lru_cache(maxsize=8192)
def covers(wide: str, narrow: str) -> bool:
    """Whether every key of the glob `narrow` is surely one of `wide` (it may be so and False)."""
    return wide == narrow or ("?" not in wide and patterns.fits(wide, narrow))


@lru_cache(maxsize=4096)
def meet(one: str, other: str) -> tuple[str, ...]:
    """Return globs that together cover the keys of both; more than that only where it takes too many."""
    if covers(other, one):
        return (one,)
    if covers(one, other):
        return (other,)
    if _apart(one, other) or _apart(one[::-1], other[::-1]):
        return ()
    if len(one) * len(other) > _CELLS:
        return (one,)
    table: list[list[set[str]]] = [[set() for _ in range(len(other) + 1)] for _ in range(len(one) + 1)]
    for i in range(len(one), -1, -1):
        for j in range(len(other), -1, -1):
            found = table[i][j]
            found |= _shared(one, other, i, j, table)
            if len(found) > _MANY:
                return (one,)
    kept: list[str] = []
    for glob in sorted(table[0][0], key=lambda g: (len(g) - 2 * g.count("*"), g)):
        if not any(covers(wide, glob) for wide in kept):
            kept.append(glob)
    return tuple(kept)


def _apart(one: str, other: str) -> bool:
    """Whether what comes before the first wildcard tells all keys of the globs apart."""
    heads = _HEAD.match(one), _HEAD.match(other)
    short, long = sorted((head[0] for head in heads if head), key=len)
    return not long.startswith(short)


def _shared(one: str, other: str, i: int, j: int, table: Sequence[Sequence[set[str]]]) -> set[str]:
    a, b = one[i : i + 1], other[j : j + 1]
    if not a and not b:
        return {""}
    if a == "*" and b == "*":
        return {_starred(rest) for rest in table[i + 1][j] | table[i][j + 1]}
    if a == "*":
        return table[i + 1][j] | ({b + rest for rest in table[i][j + 1]} if b else set())
    if b == "*":
        return table[i][j + 1] | ({a + rest for rest in table[i + 1][j]} if a else set())
    if a and b and (a == b or "?" in (a, b)):
        return {(b if a == "?" else a) + rest for rest in table[i + 1][j + 1]}
    return set()


def _starred(rest: str) -> str:
    return rest if rest.startswith("*") else "*" + rest


@lru_cache(maxsize=1024)
def outside(glob: str, avoided: tuple[str, ...]) -> str | None:
    """Return a key of the glob that none of `avoided` covers; None when there is none, or none is found."""
    globs = (glob, *avoided)
    letters = sorted({letter for text in globs for letter in text if letter not in "*?"})
    alphabet = [*(c for c in "x~9" if c not in letters), *letters]
    start = tuple(_closed(text, 1) for text in globs)
    seen, waiting = {start}, [(start, "")]
    for states, key in waiting:  # breadth first: the list grows while it is read
        for letter in alphabet:
            after = tuple(_step(text, state, letter) for text, state in zip(globs, states, strict=True))
            ends = [bool(state >> len(text) & 1) for text, state in zip(globs, after, strict=True)]
            if ends[0] and not any(ends[1:]):
                return key + letter
            if not after[0] or after in seen:
                continue
            seen.add(after)
            waiting.append((after, key + letter))
        if len(seen) > _STATES:
            return None
    return None


def _closed(text: str, state: int) -> int:
    for place, letter in enumerate(text):
        if letter == "*" and state >> place & 1:
            state |= 1 << (place + 1)
    return state


def _step(text: str, state: int, letter: str) -> int:
    after = 0
    for place, mark in enumerate(text):
        if state >> place & 1:
            if mark == "*":
                after |= 1 << place
            elif mark in ("?", letter):
                after |= 1 << (place + 1)
    return _closed(text, after)
