"""Reads a YAML data file into a pydantic model; an error names file and line."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from classifier.errors import PackError
from classifier.tree import compose, construct, line_of

Model = TypeVar("Model", bound=BaseModel)


def read_data(path: Path, model: type[Model]) -> Model:
    """Return the file's content as `model`.

    Raises PackError (`FILE:LINE: what is wrong`) when it cannot be read, is not YAML or does not fit.
    """
    root = compose(path)
    try:
        return model.model_validate(construct(path, root))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise PackError(f"{path}:{line_of(root, first['loc'])}: {where}: {first['msg']}") from None
