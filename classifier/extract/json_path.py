"""JSONPath (RFC 9535) of a place in a document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.extract.json_index import Frame

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPECIAL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff'\\]"
)


def path(frames: Sequence[Frame]) -> str | None:
    """Return `$.a[0]['b c']` for the containers around a place; None where a key is not known.

    A place inside a key has the path of its object.
    """
    steps = ["$"]
    for depth, frame in enumerate(frames, 1):
        if frame.is_array:
            steps.append(f"[{frame.index}]")
        elif frame.key is not None:
            steps.append(_member(frame.key))
        elif frame.lost or depth < len(frames):
            return None
    return "".join(steps)


def keys(frames: Sequence[Frame]) -> tuple[str, ...]:
    """Return the path's member names, outermost first."""
    return tuple(frame.key for frame in frames if frame.key is not None)


def _member(key: str) -> str:
    return f".{key}" if _IDENTIFIER.fullmatch(key) else f"['{_SPECIAL.sub(_escape, key)}']"


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return f"\\{char}" if char in "'\\" else f"\\u{ord(char):04x}"
