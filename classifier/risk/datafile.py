"""Reads a YAML data file into a pydantic model; an error names file and line.

libyaml parses where PyYAML has it, and Python composes: libyaml's own composer has no bound on nesting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from yaml.composer import Composer

from classifier.errors import PackError

Model = TypeVar("Model", bound=BaseModel)

_LOADER: type[Any] = yaml.SafeLoader
if yaml.__with_libyaml__:

    class _LibraryLoader(Composer, yaml.CSafeLoader):
        def __init__(self, stream: str) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            Composer.__init__(self)

    _LOADER = _LibraryLoader


def read_data(path: Path, model: type[Model]) -> Model:
    """Return the file's content as `model`.

    Raises PackError (`FILE:LINE: what is wrong`) when it cannot be read, is not YAML or does not fit.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}:1: cannot be read: {error}") from None
    try:
        loader = _LOADER(text)
        root = loader.get_single_node()
        data = None if root is None else loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = min(mark.line, text.count("\n")) + 1 if mark else 1  # the end may be given as a line more
        raise PackError(f"{path}:{line}: not YAML: {error}") from None
    except RecursionError:
        raise PackError(f"{path}:1: not YAML: nested too deeply") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise PackError(f"{path}:{_line(root, first['loc'])}: {where}: {first['msg']}") from None


def _line(node: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """Return the line (from 1) of the innermost node on the path that exists."""
    line = 1
    for step in where:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    line, child = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        node = child
    return line
