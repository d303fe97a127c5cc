"""Reading matches by their shapes finds what the expression finds at each place."""

import random
import re
from collections.abc import Sequence

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from classifier.detect import shipped_packs
from classifier.detect.confirm import Plan
from classifier.detect.shape import shape_of
from classifier.detect.shapes import Shapes
from classifier.detect.tokens import TokenPass

SHIPPED = shipped_packs()
PLANS = [Plan(detector, number, (), reported=True) for number, detector in enumerate(SHIPPED)]
PASS = TokenPass(SHIPPED)
READ = [PLANS[number] for number in sorted(PASS.members) if PLANS[number].shapes is not None]
PIECES = st.sampled_from(
    [
        "0",
        "19",
        "250",
        "4111",
        "987654321",
        "AB",
        "X",
        "DE",
        "a",
        "na",
        "-",
        "--",
        " ",
        "  ",
        "/",
        ".",
        "+",
        "\n",
    ],
) | st.sampled_from(
    ["(", ")", ",", ":", "_", "é", "", "912-34-5678", "2026-01-02", "(212) 555-0143", "GB29 NWBK 6016 1331"],
)
EXPRESSIONS = (
    r"\d{2,3}[A-F]?",
    r"(?<![\d-])[2-6]\d{3}([ -]?)\d{4}\1\d{4}(?![\d-]|\.\d)",
    r"(?<!\w)(?P<value>(?!000|666)\d{3}-\d\d-(?!0000)\d{4})(?!\w)",
    r"\b[A-F]{2}(?P<value>[0-9]{2,4})?\b",
    r"(?i:ab)(?P<q>['\"])?\d{1,9}?(?(q)(?P=q)|x)(?<=\d.)",
    r"(?<!a\d)x(?:\d|[a-f]){1,9}+(?=;)",
)


def shapes_of(expression: str) -> Shapes:
    shape = shape_of(expression, 0)
    assert shape.longest is not None
    assert shape.look_ahead is not None
    return Shapes(expression, 0, shape.longest, shape.look_ahead)


def one_by_one(exact: re.Pattern[bytes], data: bytes, starts: Sequence[int]) -> list[tuple[int, int, int]]:
    found, at = [], 0
    for start in starts:
        match = exact.match(data, start) if start >= at else None
        if match is not None:
            at = match.end()
            named = "value" in exact.groupindex and match.start("value") >= 0
            found.append((start, *(match.span("value") if named else match.span())))
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
@given(data=st.text("0123456789AFabfx-' .;\"", max_size=60).map(str.encode))
def test_equals_the_expression_anywhere(expression: str, data: bytes) -> None:
    shapes = shapes_of(expression)
    read = shapes.read(data, np.arange(len(data) + 1))
    assert read is not None
    spans, groups = read
    assert list(spans) == one_by_one(re.compile(expression.encode()), data, range(len(data) + 1))
    values = {
        int(p): row.tobytes() for group in groups for p, row in zip(group.places, group.values, strict=True)
    }
    assert values == {at: data[first:last] for at, (_, first, last) in enumerate(spans)}


@settings(max_examples=60)
@given(st.lists(PIECES, min_size=1, max_size=80).map("".join))
def test_equals_the_shipped_expressions(text: str) -> None:
    data = text.encode()
    starts = PASS.starts(data, PASS.members)
    for plan in READ:
        if (places := starts.get(plan.index)) is not None:
            believed = plan.believable(data, plan.spans(data, places), {})
            assert list(plan.many(data, places)) == believed, plan.detector.id


def test_most_numbers_are_read_by_their_shapes() -> None:
    assert len(READ) > 0.8 * len(PASS.members)


@pytest.mark.parametrize("expression", [r"^\d+", r"\d+$", r"([a-z])x\1", r"(?<=a.{12})b", r"\d{90}"], ids=str)
def test_what_depends_on_more_than_shapes_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Shapes(expression, 0, 90 if "90" in expression else 20, 1)


def test_many_values_are_grouped_by_their_layout() -> None:
    data = b"".join(b"%03d-%02d-%04d,%d\n" % (n % 900 + 1, n % 90 + 1, n + 1, n) for n in range(3000))
    starts = np.array([m.start() for m in re.finditer(rb"^.", data, re.M)])
    read = shapes_of(r"(?<!\w)\d{3}-\d\d-\d{4}(?!\w)").read(data, starts)
    assert read is not None
    spans, groups = read
    assert len(spans) == 3000
    assert [group.values.shape for group in groups] == [(3000, 11)]


def test_values_of_several_lengths_are_padded() -> None:
    data = b"".join(b"%d.5;\n" % n for n in range(300))
    starts = np.array([m.start() for m in re.finditer(rb"^.", data, re.M)])
    read = shapes_of(r"(?P<value>\d{1,3}\.\d);").read(data, starts, padded=True)
    assert read is not None
    spans, (group,) = read
    assert [row.tobytes().rstrip(b"\0") for row in group.values] == [data[a:b] for _, a, b in spans]
    assert group.places.tolist() == list(range(300))


def test_places_that_hardly_look_alike_are_not_read_by_shapes() -> None:
    words = ["".join(random.Random(seed).choices("aB1", k=20)) for seed in range(300)]
    data = "\n".join(words).encode()
    starts = np.array([m.start() for m in re.finditer(rb"^.", data, re.M)])
    assert shapes_of(r"(?<!\w)(?:[a-z]|(?=B)B|(?=1)1){20}(?!\w)").read(data, starts) is None
