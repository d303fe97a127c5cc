"""Runs, targets, scores, alerts and notes."""

from __future__ import annotations

from classifier.store import (
    Place,
    RunRecord,
    ScoreRecord,
    Store,
    TargetRecord,
    alert_history,
    alerts_at,
    drop_notes,
    end_run,
    find_place,
    find_run,
    keep_notes,
    kept_notes,
    list_places,
    list_runs,
    place_number,
    put_alerts,
    put_scores,
    put_target,
    resume_run,
    scores_of,
    stable_hash,
    target_before,
    target_history,
    targets_of,
)
from tests.store.made import alert, begin


def test_a_run_from_beginning_to_end(store: Store) -> None:
    with store.writing() as db:
        number = begin(db, "20260301T120000Z-aaaaaa")
        other = begin(db, "20260302T120000Z-bbbbbb")
        running = find_run(db, "20260301T120000Z-aaaaaa")
        assert running == RunRecord(
            "20260301T120000Z-aaaaaa",
            "2026-03-01T12:00:00Z",
            "0.1.0",
            "r1",
            ["EMAIL_ADDRESS"],
            ["s3://b/"],
            {"workers": 2},
            "f",
            number=number,
        )
        end_run(db, number, ended="2026-03-01T13:00:00Z", state="ended", exit_code=3, summary={"a": [1]})
        ended = find_run(db, "20260301")
        assert ended is not None
        assert (ended.state, ended.exit_code, ended.summary) == ("ended", 3, {"a": [1]})
        resume_run(db, number)
        assert [(run.number, run.state) for run in list_runs(db)] == [(other, "running"), (number, "running")]
        assert find_run(db, "2026") is None  # two begin like that
        assert find_run(db, "") is None
        last = find_run(db, "last")
        assert find_run(db, "last~0") == last
        assert getattr(find_run(db, "last~1"), "number", None) == number
        assert find_run(db, "last~2") is None
        assert last is not None
        assert last.number == other


def test_a_place_has_one_number(store: Store) -> None:
    places = [Place("b"), Place("b", endpoint="http://x"), Place("", "/folder\udc80")]
    with store.writing() as db:
        assert find_place(db, places[0]) is None
        numbers = [place_number(db, place) for place in places]
        assert [place_number(db, place) for place in places] == numbers
        assert [find_place(db, place) for place in places] == numbers
        assert list(list_places(db)) == list(zip(numbers, places, strict=True))


def test_a_snapshot_has_one_hash_whatever_the_order_of_its_keys(store: Store) -> None:
    one, other = (
        {"Bucket": "b", "Policy": {"a": 1, "b": [1, 2]}},
        {"Policy": {"b": [1, 2], "a": 1}, "Bucket": "b"},
    )
    assert stable_hash(one) == stable_hash(other) != stable_hash({**one, "Policy": None})
    with store.writing() as db:
        place, first, second, third = (
            place_number(db, Place("b")),
            begin(db, "1"),
            begin(db, "2"),
            begin(db, "3"),
        )
        put_target(db, TargetRecord(first, place, "", one, {"Public": "public"}, True, {"risk": 1.5}))
        put_target(db, TargetRecord(second, place, "", None, None, False))
        put_target(db, TargetRecord(third, place, "", other))
        (kept,) = targets_of(db, first)
        assert kept == TargetRecord(first, place, "", one, {"Public": "public"}, True, {"risk": 1.5})
        before = target_before(db, third, place)
        assert before is not None
        assert (before.run, before.snapshot_hash) == (first, stable_hash(other))
        assert target_before(db, first, place) is None
        assert [item.run for item in target_history(db, place)] == [first, second, third]
        put_target(db, TargetRecord(second, place, "", one))  # a resumed run says it again
        assert [item.snapshot for item in targets_of(db, second)] == [one]


def test_scores(store: Store) -> None:
    with store.writing() as db:
        run = begin(db)
        put_scores(db, run, [ScoreRecord("bucket", "b", 50.5, {"low": 1}), ScoreRecord("account", "1", 9.0)])
        put_scores(db, run, [ScoreRecord("account", "1", 10.0)])
        assert list(scores_of(db, run)) == [
            ScoreRecord("account", "1", 10.0),
            ScoreRecord("bucket", "b", 50.5, {"low": 1}),
        ]
        assert [item.name for item in scores_of(db, run, "bucket")] == ["b"]


def test_an_alert_is_opened_changed_fixed_and_reopened(store: Store) -> None:
    steps = [[("s3://b/", alert(count=n, moment=f"m{n}"))] if n else [] for n in (1, 1, 2, 0, 2)]
    with store.writing() as db:
        runs = [begin(db, f"run-{n}") for n in range(len(steps))]
        now = [
            put_alerts(db, run, f"m-{run}", raised, ["s3://b/"])
            for run, raised in zip(runs, steps, strict=True)
        ]
        assert [[item.status for item in step] for step in now] == [
            ["open"],
            ["open"],
            ["open"],
            [],
            ["reopened"],
        ]
        assert {item.first_seen for step in now for item in step} == {f"m-{runs[0]}"}
        history = alert_history(db, "a1")
        assert [(item.from_run, item.until_run, item.ending) for item in history] == [
            (runs[0], runs[2], "changed"),
            (runs[2], runs[3], "fixed"),
            (runs[4], None, None),
        ]
        assert [len(list(alerts_at(db, run))) for run in runs] == [1, 1, 1, 0, 1]
        assert history[-1].alert == alert(count=2, moment="m2")


def test_alerts_of_what_was_not_looked_at_stay(store: Store) -> None:
    with store.writing() as db:
        first, second = begin(db, "1"), begin(db, "2")
        put_alerts(
            db, first, "m", [("s3://b/", alert("a1")), ("s3://c/", alert("a2"))], ["s3://b/", "s3://c/"]
        )
        assert put_alerts(db, second, "m", [], ["s3://c/"]) == []
        assert [item.alert.alert_id for item in alerts_at(db)] == ["a1"]


def test_notes(store: Store) -> None:
    with store.writing() as db:
        keep_notes(db, "baseline", {"b": {"n": 1}, "a\0": [2]})
        keep_notes(db, "baseline", {"b": {"n": 2}})
        keep_notes(db, "override", {"b": {"why": "x"}})
        assert list(kept_notes(db, "baseline")) == [("a\0", [2]), ("b", {"n": 2})]
        assert list(kept_notes(db, "baseline", ["b"])) == [("b", {"n": 2})]
        drop_notes(db, "baseline", ["b"])
        assert list(kept_notes(db, "baseline")) == [("a\0", [2])]
