"""A YAML file as a tree whose nodes know their lines, for messages that start with `FILE:LINE:`.

libyaml reads it where PyYAML has it (its wheels do), at a tenth of the time of PyYAML's own parser. Composing
the nodes stays in Python in both cases: libyaml's composer has no bound on nesting but the stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer

from classifier.errors import PackError

_MOST_BYTES = 16 << 20  # of a file
_TEXT = "tag:yaml.org,2002:str"
_NULL = "tag:yaml.org,2002:null"
_TOO_DEEP = "nested too deeply"


class _Trees(Composer):
    """Composes without aliases, which let a small file stand for a huge one."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        parser: Any = self
        if parser.check_event(yaml.AliasEvent):
            mark = parser.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases are not taken", problem_mark=mark)
        return super().compose_node(parent, index)


class PythonLoader(_Trees, yaml.SafeLoader):
    """PyYAML's own parser."""


LOADER: type[Any] = PythonLoader
if yaml.__with_libyaml__:

    class LibraryLoader(_Trees, yaml.CSafeLoader):
        """libyaml's parser under the same composer."""

        def __init__(self, stream: str) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            Composer.__init__(self)

    LOADER = LibraryLoader


def compose(path: Path) -> yaml.Node:
    """Return the file's tree. Raises PackError when it cannot be read, is no YAML or is empty."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PackError(f"{path}:1: the file has more than {_MOST_BYTES >> 20} MiB")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise PackError(f"{path}:1: cannot be read: {reason}") from None
    return read_tree(str(path), text)


def read_tree(name: str, text: str) -> yaml.Node:
    """Return the tree of a text, called `name`. Raises PackError when it is no YAML or empty."""
    try:
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line, text.count("\n")) + 1 if mark else 1  # the end may be given as a line more
        problem = getattr(error, "problem", None) or "cannot be parsed"
        if "nesting depth" in problem:  # libyaml's own limit, in PyYAML 6.0.4 and newer
            problem = _TOO_DEEP
        raise PackError(f"{name}:{line}: wrong YAML: {problem}") from None
    except RecursionError:
        raise PackError(f"{name}:1: wrong YAML: {_TOO_DEEP}") from None
    if node is None:
        raise PackError(f"{name}:1: the file is empty")
    return node


def construct(path: Path | str, node: yaml.Node) -> object:
    """Return the plain values of a tree of `path`.

    Raises PackError for a key that stands twice in a mapping or is no word, and for a value that cannot be
    read as what it looks like.
    """
    return _construct(path, node, yaml.constructor.SafeConstructor())


def _construct(path: Path | str, node: yaml.Node, scalars: yaml.constructor.SafeConstructor) -> object:
    if isinstance(node, yaml.SequenceNode):
        return [_construct(path, item, scalars) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        values: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in values:
                raise PackError(f"{path}:{key.start_mark.line + 1}: a key that is no word, or stands twice")
            values[key.value] = _construct(path, value, scalars)
        return values
    if node.tag == _TEXT:
        return node.value
    try:
        return scalars.construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise PackError(
            f"{path}:{node.start_mark.line + 1}: wrong YAML: put quotes around this value"
        ) from None


def line_of(node: yaml.Node, keys: Sequence[str | int]) -> int:
    """Return the line (from 1) of what `keys` lead to, or of the last thing on the way that exists."""
    line: int = node.start_mark.line
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == key), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line
    return line + 1


def value_of(node: yaml.Node, name: str) -> yaml.Node | None:
    """Return the value of a mapping's key; None where there is none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for key, value in pairs if key.value == name), None)


def first_null(node: yaml.Node) -> yaml.Node | None:
    """Return the first node without a value."""
    if isinstance(node, yaml.MappingNode):
        below = [value for _, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = node.value
    else:
        return node if node.tag == _NULL else None
    return next((found for item in below if (found := first_null(item)) is not None), None)
