"""The automaton of many tokens, from the cache where the same expressions were put together before.

Parsing hundreds of expressions takes longer than a small scan. What is kept is JSON, under the expressions
and the code that reads them; whatever does not fit is made anew.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Sequence
from functools import cache as once
from pathlib import Path
from typing import Any, TypeAlias

from classifier.detect import cache
from classifier.detect.automaton import Bytes, Nfa, NotATokenError, add

_MANY = 50  # expressions from which reading them takes longer than a file
_READERS = ("automaton", "nfas", "shape")  # modules that decide

Candidate: TypeAlias = tuple[int, str, bool]  # its number, its expression, whether that ignores case
Firsts: TypeAlias = dict[int, tuple[int, Bytes]]  # number → first state, and what may stand before a match


def joined(candidates: Sequence[Candidate]) -> tuple[Nfa, Firsts]:
    """Return the automaton of those of the candidates that are tokens, and where each begins in it."""
    if len(candidates) < _MANY:
        return _made(candidates)
    name = cache.key(b"tokens", _readers(), json.dumps(candidates).encode())
    if (content := cache.load(name)) is not None:
        try:
            return _read(json.loads(zlib.decompress(content)))
        except (zlib.error, KeyError, IndexError, TypeError, ValueError, RecursionError):
            pass  # whoever wrote it had another idea of it
    nfa, firsts = _made(candidates)
    cache.store(name, zlib.compress(json.dumps(_written(nfa, firsts)).encode(), 1))
    return nfa, firsts


def _made(candidates: Sequence[Candidate]) -> tuple[Nfa, Firsts]:
    nfa, firsts = Nfa(), Firsts()
    for number, expression, caseless in candidates:
        try:
            firsts[number] = add(nfa, number, expression, caseless=caseless)
        except NotATokenError:
            continue
    return nfa, firsts


@once
def _readers() -> bytes:
    """Return what tells this code and Python's parser of expressions from others."""
    here = Path(__file__).parent
    return f"{sys.version} {cache.key(*((here / f'{name}.py').read_bytes() for name in _READERS))}".encode()


def _written(nfa: Nfa, firsts: Firsts) -> dict[str, Any]:
    """Return an automaton as JSON has it: sets of bytes once, as text, and their numbers in their places."""
    sets: dict[Bytes, int] = {}

    def number(members: Bytes) -> int:
        return sets.setdefault(members, len(sets))

    written = {
        "moves": [[[number(accepted), to] for accepted, to in moves] for moves in nfa.moves],
        "free": nfa.free,
        "ends": [[state, owner, number(after)] for state, (owner, after) in nfa.ends.items()],
        "firsts": [[owner, state, number(before)] for owner, (state, before) in firsts.items()],
    }
    return written | {"sets": [bytes(sorted(members)).decode("latin-1") for members in sets]}


def _read(written: dict[str, Any]) -> tuple[Nfa, Firsts]:
    sets = [frozenset(members.encode("latin-1")) for members in written["sets"]]
    nfa = Nfa(
        moves=[[(sets[accepted], to) for accepted, to in moves] for moves in written["moves"]],
        free=written["free"],
        ends={state: (owner, sets[after]) for state, owner, after in written["ends"]},
    )
    return nfa, {owner: (state, sets[before]) for owner, state, before in written["firsts"]}
