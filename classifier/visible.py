"""Characters that are not seen, and names with them made visible.

Names come from whoever could write to a bucket: they must not move the cursor, end a line or reorder it, on a
terminal or wherever a report is read.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable

# Control, format (directions, zero width, byte order mark), surrogate, line and paragraph separator: general
# categories of the Unicode Standard, section 4.5.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def hidden(char: str) -> bool:
    """Whether a character is not seen, or changes how others are."""
    return unicodedata.category(char) in _HIDDEN


def escaped(text: str, escape: Callable[[str], str]) -> str:
    """Return `text` with what `escape` makes of each hidden character."""
    if text.isprintable():
        return text
    return "".join(escape(char) if hidden(char) else char for char in text)


def visible(text: str) -> str:
    """Return `text` with hidden characters as Python writes them in a string: `\\n`, `\\x1b`, `\\u202e`."""
    return escaped(text, _in_python)


def in_json(char: str) -> str:
    """Return a character as an escape of JSON (RFC 8259, section 7), which JSONPath (RFC 9535) has too."""
    return json.dumps(char)[1:-1] if ord(char) > 0xFF else f"\\u{ord(char):04x}"


def _in_python(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
