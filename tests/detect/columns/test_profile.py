"""What the values of a column are like: nobody's data by its numbers, and kinds by their forms."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.detect.columns import shapes
from classifier.detect.columns.profile import Profile

RNG = random.Random(4)


def digest(size: int) -> list[str]:
    return [hashlib.sha256(bytes([n])).hexdigest()[:size] for n in range(20)]


@pytest.mark.parametrize(
    "values, nature",
    [
        ([str(uuid.UUID(int=RNG.getrandbits(128), version=4)) for _ in range(3)], "uuid"),
        (digest(32), "digest"),
        (digest(64), "digest"),
        ([str(n) for n in range(1000, 1020)], "sequence"),
        ([str(9000 - 3 * n) for n in range(20)], "sequence"),
        ([str(1_600_000_000 + RNG.randrange(10**8)) for _ in range(20)], "epoch"),
        ([str((1_600_000_000 + RNG.randrange(10**8)) * 1000) for _ in range(20)], "epoch"),
        ([f"{RNG.uniform(-90, 90):.6f}" for _ in range(20)], "coordinate"),
        ([f"{RNG.uniform(1, 9000):,.2f}" for _ in range(20)], "amount"),
        ([f"${RNG.uniform(1, 900):.2f}" for _ in range(20)], "amount"),
    ],
)
def test_nobodys_data_is_known_by_itself(values: Sequence[str], nature: str) -> None:
    found = Profile(values).nature
    assert found is not None
    assert found[0] == nature


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["1", "2", "3"],  # too few
        [f"{RNG.randrange(10**9):09}" for _ in range(20)],
        [str(number) for number in sorted(RNG.sample(range(10**9), 20))],  # in order, far apart
        ["Hanna", "Oskar", "Martha"] * 5,
        ["(212) 736-5000", "617-495-1000"] * 8,
    ],
)
def test_other_values_are_not_taken_for_it(values: Sequence[str]) -> None:
    assert Profile(values).nature is None


@given(st.lists(st.text(max_size=12), max_size=30))
def test_any_values_can_be_looked_at(values: list[str]) -> None:
    column = Profile(values)
    assert 0 <= column.ratio <= 1
    assert column.size <= len(values)
    assert column.nature is None or all(column.nature)
    for looks in [*shapes.LOOKS.values(), shapes.are_phones, shapes.are_births, shapes.are_postal_codes]:
        looks(column)


def test_fillers_are_no_values() -> None:
    assert Profile(["", "NULL", "n/a", "-", "Hanna", "Hanna"]).values == ("Hanna", "Hanna")


PHONES = ["+49 30 2345678", "030 2345679", "(030) 234567", "+49(0)30 998877", "0305551234"]
BIRTHS = ["1961-03-14", "1988-11-30", "2001-07-02", "1954-01-09", "1979-05-21", "1966-02-17"]


@pytest.mark.parametrize(
    "looks, values, expected",
    [
        (shapes.are_phones, PHONES, True),
        (shapes.are_phones, ["204817", "991043", "310552"], False),
        (shapes.are_phones, BIRTHS, False),
        (shapes.are_births, BIRTHS, True),
        (shapes.are_births, [f"2025-0{n}-1{n}" for n in range(1, 9)], False),
        (shapes.are_births, [f"{value}T10:20:30Z" for value in BIRTHS], False),
        (shapes.are_postal_codes, ["B6U 8XH", "BN75 8SU", "KT5 8XZ", "N7K 3GX"], True),
        (shapes.are_postal_codes, ["01067", "04109", "80331", "20095"], True),
        (shapes.are_postal_codes, ["11067", "14109", "80331", "20095"], False),
        (shapes.are_postal_codes, ["01107-043", "19254-122", "82447577", "04656341"], True),
        (shapes.LOOKS["passport"], ["CY9397298", "FG5139693", "SB4870596"], True),
        (shapes.LOOKS["passport"], ["yes", "no", "yes"], False),
        (shapes.LOOKS["street"], ["12 Oak Street", "7 Mill Lane"], True),
        (shapes.LOOKS["street"], ["string", "number"], False),
    ],
)
def test_kinds_by_their_forms(looks: shapes.Looks, values: Sequence[str], expected: bool) -> None:
    assert looks(Profile(values)) is expected
