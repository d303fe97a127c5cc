"""Data files are read as strictly as packs are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from classifier.errors import PackError
from classifier.risk import read_data


class Weight(BaseModel):
    a: int
    b: int = 0


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("a: &x 1\nb: *x\n", 2, "aliases"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("# nothing\n", 1, "empty"),
        ("a: 1\nb: no number\n", 2, "b: Input should be a valid integer"),
        ("b: 1\n", 1, "a: Field required"),
    ],
    ids=["alias", "key twice", "empty", "value", "missing"],
)
def test_what_does_not_fit_is_an_error_with_its_line(
    tmp_path: Path, content: str, line: int, says: str
) -> None:
    path = tmp_path / "weights.yaml"
    path.write_text(content)
    with pytest.raises(PackError, match=says) as error:
        read_data(path, Weight)
    assert str(error.value).startswith(f"{path}:{line}: ")
