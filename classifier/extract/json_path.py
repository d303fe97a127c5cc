"""JSONPath (RFC 9535) of a place in a document."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.extract.json_index import Frame
from classifier.visible import escaped, in_json

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUOTED = re.compile(r"['\\]")


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
    if _IDENTIFIER.fullmatch(key):
        return f".{key}"
    quoted = _QUOTED.sub(r"\\\g<0>", key)
    return f"['{escaped(quoted, in_json)}']"
