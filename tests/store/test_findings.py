"""Findings through time."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from classifier.model import ObjectResult, Status
from classifier.store import (
    Place,
    Store,
    finding_history,
    findings_at,
    firsts,
    place_number,
    put_findings,
    rate_again,
)
from tests.store.made import begin, finding, name_of, obj, rated, result

EMAIL, URL = "EMAIL_ADDRESS", "URL"
NAME = name_of(finding(obj(), EMAIL))


def _night(
    db: Connection, place: int, *read: ObjectResult, looked_for: tuple[str, ...] = (EMAIL, URL)
) -> int:
    run = begin(db)
    put_findings(db, place, run, f"night-{run}", [rated(item) for item in read], looked_for)
    return run


def _told(db: Connection, run: int | None = None) -> Iterator[tuple[str, str, str]]:
    for item in findings_at(db, run):
        yield item.rated.finding.detector, item.status, item.first_seen


def test_a_night_in_which_nothing_changes_adds_nothing(store: Store) -> None:
    with store.writing() as db:
        place = place_number(db, Place("b"))
        first = _night(db, place, result(obj(), EMAIL))
        second = _night(db, place, result(obj(), EMAIL))
        assert len(finding_history(db, NAME)) == 1
        assert list(_told(db, first)) == list(_told(db, second)) == [(EMAIL, "open", f"night-{first}")]


def test_fixed_and_reopened(store: Store) -> None:
    with store.writing() as db:
        place = place_number(db, Place("b"))
        nights = [_night(db, place, result(obj(), *found)) for found in ((EMAIL,), (), (EMAIL,))]
        assert [list(_told(db, night)) for night in nights] == [
            [(EMAIL, "open", f"night-{nights[0]}")],
            [],
            [(EMAIL, "reopened", f"night-{nights[0]}")],
        ]
        assert [item.ending for item in finding_history(db, NAME)] == ["fixed", None]
        assert firsts(db, place, ["a.csv"])[NAME].status == "reopened"


def test_a_finding_that_changes_is_the_same_one_in_another_version(store: Store) -> None:
    with store.writing() as db:
        place = place_number(db, Place("b"))
        first = _night(db, place, result(obj(), EMAIL))
        one = result(obj())
        second = begin(db, "second")
        more = ObjectResult(one.obj, one.status, None, "", 10, (), (finding(one.obj, EMAIL, 7),))
        put_findings(db, place, second, "later", [rated(more)], (EMAIL,))
        counts = [(item.rated.finding.count, item.ending) for item in finding_history(db, NAME)]
        assert counts == [(1, "changed"), (7, None)]
        assert list(_told(db, second)) == [(EMAIL, "open", f"night-{first}")]


def test_what_was_not_looked_for_or_not_read_stays_open(store: Store) -> None:
    with store.writing() as db:
        place = place_number(db, Place("b"))
        _night(db, place, result(obj(), EMAIL, URL))
        _night(db, place, result(obj(), EMAIL), looked_for=(EMAIL,))
        _night(db, place, result(obj(), status=Status.PARTIAL))
        assert sorted(name for name, *_ in _told(db)) == [EMAIL, URL]


def test_a_resumed_run_that_finds_the_same_changes_nothing(store: Store) -> None:
    with store.writing() as db:
        place, run = place_number(db, Place("b")), begin(db)
        for found in ((EMAIL,), (EMAIL,), (), (EMAIL,)):
            put_findings(db, place, run, "now", [rated(result(obj(), *found))], (EMAIL,))
        assert list(_told(db)) == [(EMAIL, "open", "now")]


def test_risk_follows_the_bucket_without_a_new_version(store: Store) -> None:
    with store.writing() as db:
        place = place_number(db, Place("b"))
        _night(db, place, result(obj(), EMAIL))
        rate_again(db, place, rated(result(obj(), EMAIL), risk=99.0)[1])
        (version,) = finding_history(db, NAME)
        assert version.rated.risk == 99.0
