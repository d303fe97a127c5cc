"""Widths of expressions."""

from __future__ import annotations

import re

import pytest

from classifier.detect.shape import Shape, shape_of


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("abc", Shape(3, 3, 1)),
        (r"a{2,5}b?", Shape(2, 6, 1)),
        (r"\d+", Shape(1, None, 1)),
        (r"(?<!\w)a(?!\d{3})", Shape(1, 1, 4)),
        (r"a(?=b(?!cd))", Shape(1, 1, 4)),
        (r"a(?=.*b)", Shape(1, 1, None)),
        (r"(?:a(?=bc)|b){2}", Shape(2, 2, 3)),
        ("é", Shape(2, 2, 1)),
    ],
)
def test_shape(expression: str, shape: Shape) -> None:
    assert shape_of(expression, 0) == shape


def test_shape_of_what_does_not_compile() -> None:
    with pytest.raises(re.error):
        shape_of("(", 0)
