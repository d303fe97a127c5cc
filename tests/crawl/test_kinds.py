"""Kinds of objects: what is alike shares one, what differs does not, and there are never too many."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from classifier.crawl.kinds import FAN_OUT, MOST, Kinds, extension
from classifier.model import S3Object

YEAR = datetime(2026, 5, 4, tzinfo=UTC)


def made(key: str, size: int = 1000, when: datetime | None = YEAR) -> S3Object:
    return S3Object("bucket", key, size, last_modified=when)


def kinds_of(objects: list[S3Object]) -> int:
    kinds = Kinds(4)
    for number, obj in enumerate(objects):
        kinds.add(obj, number)
    return len(list(kinds))


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("a/b.CSV", "csv"),
        ("a/b.csv.gz", "csv.gz"),
        ("a/b.tar.gz", "tar.gz"),
        ("a/.env", ""),
        ("a/b", ""),
        ("a.b/c", ""),
        ("x.2026", ""),
        ("x.averyveryverylongone", ""),
    ],
)
def test_extension(key: str, found: str) -> None:
    assert extension(key) == found


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (made("logs/2026-05-04/a-1.log"), made("logs/2026-05-05/a-22.log"), True),
        (made("x/9f86d081884c.json"), made("x/60303ae22b99.json"), True),
        (made("x/a.json"), made("y/a.json"), False),
        (made("x/a.json"), made("x/a.csv"), False),
        (made("x/a.json"), made("x/a.json", 10**6), False),
        (made("x/a.json"), made("x/a.json", when=datetime(2019, 1, 1, tzinfo=UTC)), False),
        (made("x/customers.csv"), made("x/orders.csv"), False),
    ],
    ids=["numbers", "digests", "folder", "extension", "size", "year", "name"],
)
def test_what_makes_a_kind(one: S3Object, other: S3Object, alike: bool) -> None:
    assert kinds_of([one, other]) == (1 if alike else 2)


def words(rng: random.Random, count: int) -> list[str]:
    return sorted({"".join(rng.choices("abcdefghijklmnop", k=9)) for _ in range(count)})


def test_many_names_in_a_folder_are_one_kind() -> None:
    keys = words(random.Random(1), 500)
    assert kinds_of([made(f"users/{key}/photo.png") for key in keys]) == 1
    assert kinds_of([made(f"users/{key}/photo.png") for key in keys[:FAN_OUT]]) == FAN_OUT


def test_kinds_are_bounded_and_every_object_has_one() -> None:
    rng = random.Random(2)
    names = words(rng, 50)
    objects = [made(f"{a}/{b}/{rng.choice(names)}.txt") for a in names for b in names for _ in range(4)]
    kinds = Kinds(4)
    for number, obj in enumerate(objects):
        kinds.add(obj, number)
    assert len(list(kinds)) <= MOST
    assert sum(kind.objects for kind in kinds) == len(objects)
    assert all(kinds.of(obj) is not None for obj in objects)
