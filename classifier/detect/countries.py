"""Countries that a text names: what decides between the documents of several that look alike.

The names are those of patterns/lexicons/countries.txt.
"""

from __future__ import annotations

import re
from functools import cache

from classifier.shipped import shipped

_WORDS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MOST = 4  # words of a country's name


def named(text: str, *, a_name: bool = False) -> frozenset[str]:
    """Return the countries (ISO 3166-1 alpha-2) that `text` names, by name or adjective, in any case.

    Words of two letters are in capitals unless it is `a_name` of a column or a key (`us_passport`), where
    camelCase counts too.
    """
    known = _names()
    words = _WORDS.findall(_HUMP.sub(" ", text) if a_name else text)
    lower = [word.casefold() for word in words]
    found: set[str] = set()
    for first in range(len(lower)):
        for size in range(1, _MOST + 1):
            codes = known.get(" ".join(lower[first : first + size]))
            if codes and (size > 1 or a_name or len(words[first]) > 2 or words[first].isupper()):
                found |= codes
    return frozenset(found)


@cache
def _names() -> dict[str, frozenset[str]]:
    """Return the names, each with the countries that it may mean (Georgia: two)."""
    lines = (shipped("patterns") / "lexicons" / "countries.txt").read_text("utf-8").splitlines()
    names: dict[str, frozenset[str]] = {}
    for line in lines:
        if not line.startswith("#"):
            code, _, rest = line.partition(" ")
            for name in rest.split(", "):
                names[name] = names.get(name, frozenset()) | {code}
    return names
