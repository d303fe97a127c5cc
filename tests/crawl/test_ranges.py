"""Listing by ranges: the same objects in the same order as page by page, whatever the keys are like."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl import ranges
from classifier.crawl.ranges import Page, StuckListing, in_ranges
from classifier.model import S3Object

PAGE = 10


def server(keys: list[str], asked: list[str] | None = None, *, blind: bool = False) -> ranges.List:
    """A bucket with these keys, 10 a page; a `blind` one skips what starts with the key to start after."""
    ordered = sorted(keys)

    def ask(prefix: str, token: str | None, after: str, delimiter: str, most: int) -> Page:
        if asked is not None:
            asked.append(token or after)
        start = token or after
        found = [
            key
            for key in ordered
            if key.startswith(prefix) and key > start and not (blind and after and key.startswith(after))
        ]
        folders: list[str] = []
        if delimiter:
            rest = [key[len(prefix) :] for key in found]
            folders = sorted({prefix + key.partition("/")[0] + "/" for key in rest if "/" in key})[:PAGE]
            found = [key for key in found if "/" not in key[len(prefix) :]]
        page = found[: most or PAGE]
        more = len(found) > len(page) and not delimiter
        return Page([S3Object("b", key, 1) for key in page], page[-1] if more else None, folders)

    return ask


def keys_of(ask: ranges.List, threads: int, prefix: str = "") -> list[str]:
    return [obj.key for obj in in_ranges(ask, prefix, threads)]


@pytest.fixture(autouse=True)
def _early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ALONE", 2)


def flat(number: int) -> str:
    return f"{number:06}"


def foldered(number: int) -> str:
    return f"data/{number % 9}/{number:04}.json"


def mixed(number: int) -> str:
    return f"{'äöü€'[number % 4]}{number // 7}/{number}" if number % 3 else f"{number:x}"


@pytest.mark.parametrize("make", [flat, foldered, mixed])
@pytest.mark.parametrize("count", [0, 1, 10, 20, 21, 1_500])
def test_the_same_objects_in_the_same_order(make: Callable[[int], str], count: int) -> None:
    keys = [make(number) for number in range(count)]
    assert keys_of(server(keys), 4) == keys_of(server(keys), 1) == sorted(keys)


@given(st.sets(st.text("ab/\U0001f600~ ", min_size=1, max_size=6), max_size=120))
def test_any_keys(keys: set[str]) -> None:
    assert keys_of(server(list(keys)), 4) == sorted(keys)


def test_under_a_prefix() -> None:
    keys = [foldered(number) for number in range(900)]
    assert keys_of(server(keys), 4, "data/3/") == sorted(key for key in keys if key.startswith("data/3/"))


def test_a_server_that_starts_after_wrongly_is_listed_page_by_page() -> None:
    keys = [foldered(number) for number in range(900)]
    assert keys_of(server(keys, blind=True), 4) == sorted(keys)


def test_borders_take_few_requests() -> None:
    asked: list[str] = []
    keys = [flat(number) for number in range(10_000)]
    keys_of(server(keys, asked), 4)
    assert len(asked) <= 10_000 / PAGE + ranges.PROBES + 2 * ranges.RANGES


def test_a_failure_comes_after_the_objects_before_it() -> None:
    keys = [foldered(number) for number in range(900)]
    good = server(keys)

    def ask(prefix: str, token: str | None, after: str, delimiter: str, most: int) -> Page:
        if token is not None and token > "data/5" and not most:
            raise ConnectionError
        return good(prefix, token, after, delimiter, most)

    seen: list[str] = []
    with pytest.raises(ConnectionError):
        seen.extend(obj.key for obj in in_ranges(ask, "", 4))
    assert seen == sorted(keys)[: len(seen)]
    assert len(seen) > 400


def test_the_same_page_again_and_again_ends() -> None:
    def ask(prefix: str, token: str | None, after: str, delimiter: str, most: int) -> Page:
        return Page([S3Object("b", "k", 1)], "same")

    with pytest.raises(StuckListing):
        keys_of(ask, 1)
