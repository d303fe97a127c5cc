"""Short forms of a detector: the coarse and the exact expression made from a token or from a label.

A `token` is a format that tells itself by its beginning (`ghp_…`). A `label` is a value that only the name
beside it tells (`datadog_api_key = …`): in code, configuration, environment lists, XML, shell, prose.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from classifier.detect.shape import alphabet_of, bytes_of, shape_of

GAP = 40  # bytes of an identifier after its label, where a pack does not say

# A value may begin after an escape (\n, %22, \u0022) as well as after anything that is no letter or digit.
_START = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbfv])|(?<=%[0-9A-Fa-f]{2})"
    r"|(?<=\\u00[0-9a-fA-F]{2})|(?<=\\x[0-9a-fA-F]{2}))"
)
_WORD = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z])|(?<=\\[nrt]))"
_BEGINS = r"(?:(?<![A-Za-z])|(?<=[a-z0-9])(?=[A-Z]))"
_ENDS = r"(?:(?![A-Za-z])|(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z]))"
# Names of what is told to everybody who asks: positions in a list, marks against forged or repeated requests.
_TOLD = (
    r"(?![\w.\- \t]{0,60}"
    r"(?i:next|continuation|page[_.\- ]?token|csrf|xsrf|idempoten|nonce|etag|checksum))"
)
_QUOTE = r"(?:\\{0,2}[\"'`]|&quot;|&#34;|%22|\\u0022)"
_CLOSE = rf"(?:{_QUOTE}|[)\]}}>]){{0,3}}"
_OPEN = rf"(?:{_QUOTE}|[(\[{{<]){{0,3}}"
# `=`, `:`, `=>`, `:=` … ; `, "value": ` of lists of names and values; ` value=` of XML attributes.
_MARK = r"(?:\\{0,2}[\"'`]|&quot;)"
_ASSIGN = (
    r"[ \t]{0,16}(?:={1,3}>?|:{1,2}=?|\?=|\|\||->|%3[AaDd]|,|\bis\b|\()\s{0,16}"
    rf"|,?\s{{0,40}}{_MARK}?(?i:value|content|default){_MARK}?[ \t]{{0,4}}[:=]\s{{0,16}}"
    r"|(?<=>)"
)
_SPACES = r"[ \t]{1,4}"
_SCHEME = r"(?:(?i:bearer|basic|token|apikey|key) {1,3})?"
# What nearly all names of secrets have in them, and how nearly all values begin.
CORES = (
    "key", "token", "secret", "pass", "pwd", "auth", "cred", "private", "access", "hmac", "signing",
    "client", "app",
)  # fmt: skip
_CORE = rf"(?i:{'|'.join(CORES[:-2])}|(?:client|app)[ _.\-]?id)"
_BODY = r"[A-Za-z0-9_+/.~\-]"
FIRST = 12  # bytes of a value that its coarse hit ends after
# The same once more, wider, for Hyperscan: what is counted only up to the value, and nothing that both ends
# a name and begins a value, makes a deterministic automaton of few states, which costs half.
_NAME = r"[\w.\- \t%&;#\\\"'`)\]}>]*"
_MARKS = r"(?:[\\\"'`]|&quot;)*"
_LISTED = rf",?\s*{_MARKS}(?i:value|content|default){_MARKS}[ \t]*[:=]"
_OPENING = r"(?:[\\\"'`(\[{<]|&quot;|&#34;|%22|u0022)*"
LABELLED = (
    rf"{_CORE}{_NAME}(?:(?:[=:,|(>?][=>:|]*|%3[AaDd]|{_LISTED})\s*|[ \t])"
    rf"{_OPENING}(?:(?i:bearer|basic) +)?{_BODY}{{{FIRST}}}"
)
"""The coarse expression of labels: a value is given to a name that means a secret. It is one for all of
them, and looks at every byte once; whose label the name has is looked up at its hits (`labels`).
"""
_TELLING = 24  # bytes of a token that are enough to look closer
_TELLS = 5  # bytes always the same that a value's beginning tells more by than its name
_PARSER: Any = importlib.import_module("re._parser")
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|[^()|\\\[]", re.DOTALL)
_PIECE = re.compile(rf"[()|]|(?:{_ATOM.pattern})++", re.DOTALL)
_GROUP = re.compile(r"\(\?P<(\w+)>([^()]*)\)")
_BACK = re.compile(r"\(\?P=(\w+)\)")
_TIMES = re.compile(r"\((\d+), (\w+), (.*)\)", re.DOTALL)
_REPEAT = re.compile(r"\{(\d+)(,?)(\d*)\}|[*+?]")


class Derived(NamedTuple):
    """Two expressions; `head`, the parts of what stands at most from a match's beginning to its coarse hit's
    end; `rest`, what must follow from `back` bytes before that end, "" where nothing cheap can be said of it;
    `parts`, which make up the exact one; `begins`, what each match begins with, in any case, where that is
    known.
    """

    coarse: str
    exact: str
    head: tuple[str, ...]
    rest: str = ""
    parts: tuple[str, ...] = ()
    back: int = 0
    begins: tuple[str, ...] = ()


def of_number(number: str) -> Derived:
    """Return the expressions of a number or code, as a person or a column has one.

    Numbers of versions, of parts and of sums of money go on after a full stop, a hyphen or a slash.
    """
    parts = (r"(?<![\w.+/-])", f"(?P<value>{number})", r"(?![\w/-]|\.\d)")
    return Derived(_widest(number), "".join(parts), (number,), "", parts)


def _widest(number: str) -> str:
    """Return the expression with what a group may be in place of each reference back to it.

    Hyperscan has no such references. Raises ValueError where a group that is referred to has one in it.
    """
    groups = dict(_GROUP.findall(number))
    if unknown := set(_BACK.findall(number)) - groups.keys():
        raise ValueError(f"the group {sorted(unknown)[0]!r} is referred back to, and has a group in it")
    free = _GROUP.sub(lambda group: f"(?:{group[2]})" if f"(?P={group[1]})" in number else group[0], number)
    return _BACK.sub(lambda back: f"(?:{groups[back[1]]})", free)


def of_token(token: str, coarse: str = "") -> Derived:
    """Return the expressions of a token that begins with something telling; `coarse` if it is not derived.

    Raises ValueError for an expression that cannot be taken apart.
    """
    parts = (_START, f"(?P<value>{token})", _end(token))
    exact = "".join(parts)
    if coarse:
        return Derived(coarse, exact, (coarse if begins_as(token, coarse, 0) else exact,), "", parts)
    return Derived(leading(token), exact, (leading(token),), "", parts)


def of_label(words: Sequence[str], roles: Sequence[str], value: str, gap: int = GAP) -> Derived:
    """Return the expressions of a value that is assigned to a label.

    With `roles` the name holds one of these words too, before or after the label (`api_key_datadog`), and the
    value may also follow it after spaces alone, as an argument of a command does. `gap` is how many bytes the
    name may go on after the label. Raises ValueError for an expression that cannot be taken apart.
    """
    label = head = _any(words)
    name, tail = f"{label}{_ENDS}", rf"[\w.\-]{{0,{gap}}}"
    glue = rf"{_CLOSE}(?:{_ASSIGN})"
    if roles:
        role = f"{_any(roles)}{_ENDS}"
        head = rf"{role}(?:[_.\- ]{{0,2}}[A-Za-z]{{2,8}})?[_.\- ]{{0,2}}{label}"
        name = rf"(?:{label}(?:{role}|{_ENDS}[\w.\- \t]{{0,{gap}}}?{_BEGINS}{role})|{head}{_ENDS})"
        glue, tail = rf"{_CLOSE}(?:{_ASSIGN}|{_SPACES})", r"[\w.\-]{0,20}"
    parts = (
        f"{_WORD}{_TOLD}",
        name,
        tail,
        f"{glue}{_OPEN}{_SCHEME}{_START}",
        f"(?P<value>{value})",
        _end(value),
    )
    exact = "".join(parts)
    if _is_usual(words, roles, value):
        begins = (*parts[:4], f"{_BODY}{{{FIRST}}}")
        return Derived(LABELLED, exact, begins, f"(?:{value}){_end(value)}", parts, FIRST)
    begun = leading(value)
    if len(_told(value)) >= _TELLS and "|" not in begun:
        shape = shape_of(begun, 0)
        if shape.shortest == shape.longest:  # the value is rarer than its name
            rest = f"(?:{value}){_end(value)}"
            return Derived(begun, exact, (*parts[:4], begun), rest, parts, shape.shortest)
    longest = gap + 20 + max(map(len, roles), default=0) * 2
    rest = rf"[\w.\- \t]{{0,{longest}}}{''.join(parts[3:])}"
    return Derived(label, exact, (head,), rest, parts)


def of_assignment(value: str) -> Derived:
    """Return the expressions of a value that is given to a name that means a secret, whatever else it says.

    The groups `name` (from the word that means a secret on) and `value` are for a judge. Raises ValueError
    for an expression that cannot be taken apart.
    """
    name = rf"(?P<name>{_CORE}[\w.\-]{{0,48}}?)"
    glue = rf"{_CLOSE}(?:{_ASSIGN}|{_SPACES}){_OPEN}{_SCHEME}{_START}"
    parts = (name, glue, f"(?P<value>{value})", _end(value))
    if not _is_plain(value):
        raise ValueError(f"a value must begin with {FIRST} or more bytes of {_BODY}")
    rest = f"(?:{value}){_end(value)}"
    head = (name, glue, f"{_BODY}{{{FIRST}}}")
    return Derived(LABELLED, "".join(parts), head, rest, parts, FIRST, CORES)


def _is_usual(words: Sequence[str], roles: Sequence[str], value: str) -> bool:
    """Return whether `LABELLED` finds each place where the label may have such a value."""
    spelled = all(re.fullmatch(r"[A-Za-z0-9 _.\-]{1,32}", word) for word in (*words, *roles))
    if not spelled or not all(re.search(_CORE, word) for word in roles or words):
        return False
    return _is_plain(value)


def _is_plain(value: str) -> bool:
    """Return whether every match of an expression begins with FIRST bytes that a labelled value has."""
    letters, known = _begun(_PARSER.parse(value.encode()), 0)
    usual = re.compile(_BODY.encode())
    return known >= FIRST and all(usual.fullmatch(bytes((letter,))) for letter in letters)


def _begun(tree: Any, known: int) -> tuple[frozenset[int], int]:
    """Return the bytes that the first FIRST ones of a match may be, and how many there are at least.

    `known` bytes stand before what the parse tree matches.
    """
    letters = frozenset[int]()
    for operation, argument in tree:
        if known >= FIRST:
            break
        match str(operation):
            case "SUBPATTERN":
                more, known = _begun(argument[-1], known)
            case "BRANCH":
                branches = [_begun(branch, known) for branch in argument[1]]
                more = frozenset().union(*(found for found, _ in branches))
                known = min(at for _, at in branches)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, _, inner = argument
                more, once = _begun(inner, known)
                known += least * (once - known)
            case "AT" | "ASSERT" | "ASSERT_NOT":
                continue
            case name:
                more, known = bytes_of(name, argument, caseless=False), known + 1
        letters |= more
    return letters, known


def _told(expression: str) -> str:
    """Return the letters, digits and marks that every match of an expression begins with."""
    found = re.match(r"(?:[A-Za-z0-9_:/-](?![?*{]))*", expression)
    return found[0] if found is not None else ""


def leading(expression: str) -> str:
    """Return how every match of an expression begins: up to its first repeat of no fixed number, or so far
    that it tells.

    A coarse expression that ends where the variable part begins fires once, not at each possible end.
    """
    kept: list[str] = []
    known = 0
    for atom, least, fixed in _atoms(expression):
        size = shape_of(atom, 0).shortest
        if least * size > 1:
            least = min(least, max(1, -(-(_TELLING - known) // size)))
        known += least * size
        if least:
            kept.append(atom if least == 1 else f"{atom}{{{least}}}")
        if not fixed or known >= _TELLING:
            break
    return "".join(kept)


def begins_as(exact: str, coarse: str, flags: int) -> bool:
    """Return whether each match of an expression is known to begin with a match of the coarse one.

    It is where it begins with the same elements, of which it may have more of the last.
    """
    wanted = _elements(coarse, flags)
    found = _elements(exact, flags)[: len(wanted)]
    if not wanted or len(found) < len(wanted) or found[:-1] != wanted[:-1]:
        return False
    return found[-1] == wanted[-1] or _goes_on(wanted[-1], found[-1])


def begun_with(exact: str, flags: int) -> str:
    """Return the characters of ASCII that each match of an expression begins with, as far as can be told."""
    letters: list[str] = []
    for name, argument in _elements(exact, flags):
        if name != "LITERAL" or int(argument) >= 0x80:
            break
        letters.append(chr(int(argument)))
    return "".join(letters)


def _elements(expression: str, flags: int) -> list[tuple[str, str]]:
    """Return the elements of an expression in order, of groups that only capture those in them.

    What only looks around is left out at the beginning.
    """
    flat: list[tuple[str, str]] = []
    pending = [iter(_PARSER.parse(expression.encode(), flags))]
    while pending:
        for operation, argument in pending[-1]:
            name = str(operation)
            if name == "SUBPATTERN" and not argument[1] and not argument[2]:
                pending.append(iter(argument[-1]))
                break
            if flat or name not in ("AT", "ASSERT", "ASSERT_NOT"):
                flat.append((name, repr(argument)))
        else:
            pending.pop()
    return flat


def _goes_on(coarse: tuple[str, str], exact: tuple[str, str]) -> bool:
    """Return whether an element has all that the other has a fixed number of times, and may have more."""
    own, other = _TIMES.match(coarse[1]), _TIMES.match(exact[1])
    if own is None or other is None or not coarse[0] == exact[0] == "MAX_REPEAT":
        return False
    return own[1] == own[2] and int(own[1]) <= int(other[1]) and own[3] == other[3]


def _any(words: Sequence[str]) -> str:
    parts = sorted({r"[ _.\-]?".join(map(re.escape, word.split())) for word in words}, reverse=True)
    return f"(?i:{'|'.join(parts)})"


def _end(expression: str) -> str:
    """Return what may not follow: letters, digits, and the marks that the last element may be made of."""
    last = list(_atoms(expression))[-1][0]
    marks = "".join(sorted(set("-_+/=") & set(map(chr, alphabet_of(last, 0))))) if last else ""
    return f"(?![A-Za-z0-9{re.escape(marks)}])"


def _atoms(expression: str) -> Iterator[tuple[str, int, bool]]:
    """Yield the elements of an expression in order: text, least number of times, whether that is fixed."""
    at = 0
    while at < len(expression):
        end = _closing(expression, at) if expression[at] == "(" else _atom(expression, at)
        atom, at = expression[at:end], end
        least, fixed = 1, True
        if (repeat := _REPEAT.match(expression, at)) is not None:
            at = repeat.end()
            least = int(repeat[1]) if repeat[1] else int(repeat[0] == "+")
            fixed = bool(repeat[1]) and (not repeat[2] or repeat[3] == repeat[1])
            at += expression[at : at + 1] in ("?", "+")
        if not atom.startswith(("(?=", "(?!", "(?<=", "(?<!", r"\b")):
            yield atom, least, fixed


def alternatives(expression: str) -> list[str]:
    """Return the alternatives that an expression is made of; one that has none is returned whole.

    Raises ValueError for an expression that cannot be taken apart.
    """
    if "|" not in expression or re.match(r"\(\?[a-zA-Z-]+\)", expression) is not None:
        return [expression]  # where it has flags, they hold for all of them
    parts, depth, begun, at = [], 0, 0, 0
    for piece in _PIECE.finditer(expression):
        if piece.start() != at or (piece[0] == ")" and not depth):
            break
        at = piece.end()
        match piece[0]:
            case "(":
                depth += 1
            case ")":
                depth -= 1
            case "|" if not depth:
                parts.append(expression[begun : at - 1])
                begun = at
    if at < len(expression):
        raise ValueError(f"{expression[at]!r} stands alone at {at}: put alternatives in a group")
    if depth:
        raise ValueError("a group is not closed")
    return [*parts, expression[begun:]]


def _atom(expression: str, at: int) -> int:
    found = _ATOM.match(expression, at)
    if found is None:
        raise ValueError(f"{expression[at]!r} stands alone at {at}: put alternatives in a group")
    return found.end()


def _closing(expression: str, at: int) -> int:
    depth = 0
    while at < len(expression):
        if expression[at] in "()":
            depth += 1 if expression[at] == "(" else -1
            at += 1
            if not depth:
                return at
        elif expression[at] == "|":
            at += 1
        else:
            at = _atom(expression, at)
    raise ValueError("a group is not closed")
