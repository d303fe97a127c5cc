"""The choice of objects: the same each time, every kind seen, and as many as the depth says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl.sampling import DEPTHS, Sampler, Spool
from classifier.model import S3Object


def listing(logs: int) -> list[S3Object]:
    many = [S3Object("b", f"logs/{n:06}.log", 900, f"{n:032x}") for n in range(logs)]
    return sorted([*many, S3Object("b", "hr/staff.xlsx", 9_000, "f" * 32)], key=lambda obj: obj.key)


def chosen(
    objects: list[S3Object], seed: str = "0", percent: float | None = None, depth: str = "quick"
) -> set[str]:
    sampler = Sampler(DEPTHS[depth], percent, seed)
    for obj in objects:
        sampler.add(obj)
    sampler.settle()
    return {obj.key for obj in objects if sampler.chosen(obj)}


def test_every_kind_is_seen_and_similar_objects_share_a_budget() -> None:
    found = chosen(listing(2_000))
    assert "hr/staff.xlsx" in found
    assert len(found) == DEPTHS["quick"].objects + 1


@given(st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order(rng: object) -> None:
    objects = listing(200)
    shuffled = list(objects)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chosen(objects) == chosen(shuffled)


def test_another_seed_chooses_others() -> None:
    assert chosen(listing(500), "a") != chosen(listing(500), "b")


@pytest.mark.parametrize("percent", [1, 10, 60])
def test_a_percentage_of_each_kind(percent: float) -> None:
    found = chosen(listing(4_000), percent=percent, depth="full")
    assert "hr/staff.xlsx" in found
    assert len(found) == pytest.approx(40 * percent, rel=0.25)


def test_chance_is_even() -> None:
    objects = listing(60)
    counts = Counter(key for seed in range(400) for key in chosen(objects, str(seed)))
    shares = [counts[obj.key] / 400 for obj in objects if obj.key.startswith("logs")]
    assert min(shares) > 0.35  # 30 of 60; 6 standard deviations
    assert max(shares) < 0.65


def test_a_spool_gives_back_what_it_was_given() -> None:
    objects = [replace(obj, version_id="v1") for obj in listing(2_500)]
    spool = Spool()
    assert list(spool.passed(objects)) == objects
    assert list(spool) == objects
