"""Include and exclude rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from classifier.crawl.filters import Asked, Filter
from classifier.errors import ConfigError
from classifier.model import S3Object

OBJECT = S3Object(
    "b",
    "hr/2026/staff.CSV",
    5_000,
    last_modified=datetime(2026, 3, 1, tzinfo=UTC),
    storage_class="STANDARD_IA",
)


@pytest.mark.parametrize(
    ("include", "exclude", "inside"),
    [
        ([], [], True),
        (["prefix:hr/"], [], True),
        (["prefix:logs/"], [], False),
        (["prefix:logs/", "prefix:hr/"], [], True),
        (["prefix:hr/", "ext:json"], [], False),
        (["ext:csv", "ext:json"], [], True),
        (["*.CSV"], [], True),
        (["glob:hr/*"], ["glob:*staff*"], False),
        (["size:>4.5K"], [], True),
        (["size:<=4KiB"], [], False),
        (["size:>=5000B"], [], True),
        (["date:>=2026-01-31"], [], True),
        ([], ["date:<2026-03-01T00:00:01"], False),
        (["class:standard_ia"], [], True),
        (["class:STANDARD"], [], False),
        (["tag:team"], [], True),
    ],
)
def test_what_the_listing_tells(include: list[str], exclude: list[str], inside: bool) -> None:
    assert Filter(include, exclude).listed(OBJECT) is inside


@pytest.mark.parametrize(
    ("include", "exclude", "inside"),
    [
        (["tag:team=hr"], [], True),
        (["tag:team=it"], [], False),
        (["tag:team"], ["type:text/*"], False),
        (["type:text/csv"], [], True),
        (["type:image/*", "tag:team"], [], False),
        ([], ["tag:public"], True),
    ],
)
def test_what_an_object_is_asked_for(include: list[str], exclude: list[str], inside: bool) -> None:
    answer = Asked({"team": "hr"}, "text/csv; charset=utf-8")
    assert Filter(include, exclude).asked(answer) is inside


def test_prefixes_bound_the_listing() -> None:
    assert Filter(["prefix:b/", "prefix:a/", "prefix:a/x"], []).prefixes == ("a/", "b/")


@pytest.mark.parametrize("rule", ["size:big", "size:>", "date:>=soon", "date:2026-01-01", "prefix:"])
def test_a_rule_that_says_nothing(rule: str) -> None:
    with pytest.raises(ConfigError, match=r"must be like|after the colon"):
        Filter([rule], [])
