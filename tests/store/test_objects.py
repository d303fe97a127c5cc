"""The state of objects: what need not be read again, and what is gone."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from classifier.model import ObjectResult, Reason, S3Object, Status
from classifier.store import (
    Place,
    Store,
    Wanted,
    close_gone,
    findings_at,
    is_known,
    known_results,
    known_runs,
    known_under,
    mark_seen,
    place_number,
    put_findings,
    put_objects,
)
from tests.store.made import MOMENT, begin, obj, rated, result

EMAIL = "EMAIL_ADDRESS"


def put(db: Connection, place: int, run: int, *results: ObjectResult, recipe: str = "r1") -> None:
    put_objects(db, place, run, recipe, results)
    put_findings(db, place, run, f"moment-{run}", [rated(item) for item in results], {EMAIL, "URL"})


def test_every_field_of_a_result_is_kept() -> None:
    kept = {"obj", "status", "reason", "detail", "bytes_scanned", "problems", "findings", "allowed"}
    kept |= {"columns", "health", "prose", "mismatches", "traits", "sample", "requests", "bytes_read"}
    assert {item.name for item in fields(ObjectResult)} == kept | {
        "earlier",
        "risk",
    }  # which follow from the run


def test_what_was_read_comes_back_as_it_was(store: Store) -> None:
    read = [
        result(obj("a"), EMAIL, "URL"),
        result(obj("b", version="v1")),
        result(obj("b", version="v2"), EMAIL),
        result(obj("c"), EMAIL, status=Status.PARTIAL),
    ]
    with store.writing() as db:
        place, run = place_number(db, Place("b")), begin(db)
        put(db, place, run, *read)
        known = known_results(db, place, [item.obj for item in read], Wanted("r1", run))
        later = known_results(db, place, [item.obj for item in read], Wanted("r1", run + 1))
        assert known_runs(db, place, [item.obj for item in read], Wanted("r1", run)) == dict.fromkeys(
            known, run
        )
    assert list(known.values()) == read
    assert list(later.values()) == [replace(item, earlier=True) for item in read]
    assert list(known["a", ""].health.evidence) == ["z", "a"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "now",
    [
        obj(etag="e2"),
        obj(size=11),
        obj(version="v"),
        replace(obj(), last_modified=MOMENT + timedelta(microseconds=1)),
        replace(obj(), last_modified=None),
        replace(obj(), storage_class="GLACIER"),
    ],
    ids=["etag", "size", "version", "time", "no-time", "storage-class"],
)
def test_what_has_changed_is_read_again(store: Store, now: S3Object) -> None:
    with store.writing() as db:
        place, run = place_number(db, Place("b")), begin(db)
        put(db, place, run, result(obj()))
        assert known_results(db, place, [obj()], Wanted("r1", run))
        assert not known_results(db, place, [now], Wanted("r1", run))


def test_another_recipe_place_or_run_reads_again(store: Store) -> None:
    with store.writing() as db:
        place, run = place_number(db, Place("b")), begin(db)
        put(db, place, run, result(obj()))
        assert known_results(db, place, [obj()], Wanted("r1", run, since=run))
        assert not known_results(db, place, [obj()], Wanted("r2", run))
        assert not known_results(db, place, [obj()], Wanted("r1", run, since=run + 1))
        assert not known_results(
            db, place_number(db, Place("b", endpoint="http://x")), [obj()], Wanted("r1", run)
        )


@pytest.mark.parametrize("reason", [Reason.PERMISSION_DENIED, Reason.TIME_CUT_OFF_REACHED])
def test_what_may_pass_is_read_again(store: Store, reason: Reason) -> None:
    failed = replace(result(obj(), status=Status.SKIPPED), reason=reason, problems=())
    with store.writing() as db:
        place, run = place_number(db, Place("b")), begin(db)
        put(db, place, run, failed)
        assert is_known(db, place)
        assert not known_results(db, place, [obj()], Wanted("r1", run))


def test_what_a_run_could_not_read_leaves_what_is_known(store: Store) -> None:
    failed = replace(result(obj(), status=Status.SKIPPED), reason=Reason.PERMISSION_DENIED)
    with store.writing() as db:
        place, one, two = place_number(db, Place("b")), begin(db, "1"), begin(db, "2")
        put(db, place, one, result(obj(), EMAIL))
        put(db, place, two, replace(failed, findings=()))
        assert known_results(db, place, [obj()], Wanted("r1", two))
        assert close_gone(db, place, two) == 0  # it was seen
        assert len(list(findings_at(db))) == 1


def test_what_is_to_be_asked_anew_is_read_again(store: Store) -> None:
    with store.writing() as db:
        place, one, two = place_number(db, Place("b")), begin(db, "1"), begin(db, "2")
        put(db, place, one, result(obj("a"), EMAIL), result(obj("b"), "URL"))
        wanted = Wanted("r1", two, anew=frozenset({EMAIL}))
        assert set(known_runs(db, place, [obj("a"), obj("b")], wanted)) == {("b", "")}
        own = replace(wanted, run=one)  # the run that asked need not ask again when it is resumed
        assert set(known_runs(db, place, [obj("a"), obj("b")], own)) == {("a", ""), ("b", "")}


def test_an_older_run_does_not_overwrite_a_later_one(store: Store) -> None:
    with store.writing() as db:
        place, older, later = place_number(db, Place("b")), begin(db, "1"), begin(db, "2")
        put(db, place, later, result(obj(), EMAIL))
        put(db, place, older, result(obj(), "URL"))
        (known,) = known_results(db, place, [obj()], Wanted("r1", later)).values()
    assert [item.detector for item in known.findings] == [EMAIL]


def test_objects_that_are_gone_are_forgotten_and_their_findings_end(store: Store) -> None:
    with store.writing() as db:
        place, first, second = place_number(db, Place("b")), begin(db, "1"), begin(db, "2")
        put(db, place, first, *(result(obj(key), EMAIL) for key in ("p/a", "p/b", "p/c", "q/d", "p0")))
        mark_seen(db, place, second, [("p/a", "")])
        assert close_gone(db, place, second, "p/", covers=lambda listed: listed.key != "p/c") == 1
        assert [item.key for item in known_under(db, place)] == ["p/a", "p/c", "p0", "q/d"]
        assert [item.key for item in known_under(db, place, "p/")] == ["p/a", "p/c"]
        now = [item.rated.finding.obj.key for item in findings_at(db)]
        then = [item.rated.finding.obj.key for item in findings_at(db, first)]
    assert now == ["p/a", "p/c", "p0", "q/d"]
    assert then == ["p/a", "p/b", "p/c", "p0", "q/d"]


def test_a_run_forgets_nothing_that_a_later_one_has_seen(store: Store) -> None:
    with store.writing() as db:
        place, older, later = place_number(db, Place("b")), begin(db, "1"), begin(db, "2")
        put(db, place, later, result(obj("new"), EMAIL))
        assert close_gone(db, place, older) == 0
        assert len(list(known_under(db, place))) == 1


def test_many_objects_are_gone_at_once(store: Store) -> None:
    with store.writing() as db:
        place, first, second = place_number(db, Place("b")), begin(db, "1"), begin(db, "2")
        put_objects(db, place, first, "r1", [result(obj(f"{n:05}")) for n in range(2_500)])
        mark_seen(db, place, second, [("00700", ""), ("01999", "")])
        assert close_gone(db, place, second) == 2_498
        assert [item.key for item in known_under(db, place)] == ["00700", "01999"]


@given(st.lists(st.text(st.characters(), min_size=1, max_size=8), min_size=1, max_size=8, unique=True))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_keys_of_any_characters_in_the_order_of_s3(store: Store, keys: list[str]) -> None:
    with store.writing() as db:
        place, run = place_number(db, Place("", f"/{keys!r}")), begin(db)
        put(db, place, run, *(result(obj(key), EMAIL) for key in keys))
        order = sorted(keys, key=lambda key: key.encode("utf-8", "surrogatepass"))
        assert [item.key for item in known_under(db, place)] == order
        for prefix in {key[:1] for key in keys}:
            found = [item.key for item in known_under(db, place, prefix)]
            assert found == [key for key in order if key.startswith(prefix)]
        assert len(known_results(db, place, [obj(key) for key in keys], Wanted("r1", run))) == len(keys)
