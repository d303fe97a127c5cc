"""Runs in a store side by side: drift, timelines, the life of alerts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from classifier.alerts import load_rules
from classifier.alerts.diff import apply
from classifier.errors import UsageError
from classifier.model import Alert, AlertCategory
from classifier.run.diff import diff_text, drift, state_of
from classifier.run.history import before_of
from classifier.run.remembered import alert_lives, timeline
from classifier.store import (
    Place,
    RunRecord,
    Store,
    TargetRecord,
    begin_run,
    close_gone,
    end_run,
    open_store,
    place_number,
    put_alerts,
    put_findings,
    put_objects,
    put_target,
)
from tests.alerts.scenarios import Bucket, facts_of
from tests.alerts.scenarios import alerts as raised_of
from tests.store.made import obj, rated, result

OPEN = {
    "PublicAccessBlock": {"Organization": None, "Account": None, "Bucket": None},
    "Encryption": None,
    "KmsKey": None,
}
READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
GOOD, BAD = Bucket(), Bucket(OPEN, (READ,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "store.db")) as opened:
        yield opened


def night(store: Store, number: int, bucket: Bucket, *keys: str, etag: str = "e1") -> str:
    """Keep a run that found the bucket so, and an e-mail address in each of the objects."""
    run_id, moment = f"run-{number}", f"2026-01-0{number}T00:00:00Z"
    facts, _ = facts_of(bucket)
    assert facts.posture is not None
    assert facts.verdict is not None
    found = [result(obj(key, etag), "EMAIL_ADDRESS") for key in keys]
    with store.writing() as db:
        run = begin_run(db, RunRecord(run_id, moment, "1", "r", ["EMAIL_ADDRESS"], ["s3://b/"]))
        place = place_number(db, Place("b"))
        put_objects(db, place, run, "r", found)
        put_findings(db, place, run, moment, [rated(item) for item in found], {"EMAIL_ADDRESS"})
        close_gone(db, place, run, "")
        record = {"target": "s3://b/", "risk": {"score": 1.0}, "detectors": {}, "account": "999999999999"}
        put_target(
            db,
            TargetRecord(run, place, "", facts.posture.to_json(), facts.verdict.to_json(), True, record),
        )
        alerts = [("s3://b/", replace(one, first_seen=moment, last_seen=moment)) for one in raised_of(bucket)]
        put_alerts(db, run, moment, alerts, ["s3://b/"])
        end_run(db, run, ended=moment, state="complete", exit_code=0)
    return run_id


def statuses(store: Store, packs: list[Path] | None = None) -> set[str]:
    lives = alert_lives(store, load_rules(extra=packs or []), date(2026, 1, 9))
    return {life.status for life in lives}


def test_two_identical_nights_differ_in_nothing_and_raise_nothing_new(store: Store) -> None:
    one, two = night(store, 1, BAD, "a"), night(store, 2, BAD, "a")
    found = drift(state_of(store, one), state_of(store, two))
    assert (found.edits, found.buckets, found.alerts_new, found.alerts_fixed) == ((), (), (), ())
    assert diff_text(found).endswith("Nothing differs.")
    assert statuses(store) == {"open"}


def test_what_changed_is_told(store: Store) -> None:
    one, two = night(store, 1, GOOD, "a", "b"), night(store, 2, BAD, "b", "c/a")
    before, after = state_of(store, one), state_of(store, two)
    found = drift(before, after)
    assert "s3://b/ became public" in found.buckets
    assert "s3://b/ lost Block Public Access" in found.buckets
    assert "s3://b/ lost its default encryption" in found.buckets
    assert found.moved == ("EMAIL_ADDRESS (1) in s3://b/a → c/a",)
    assert (found.appeared, found.fixed) == ((), ())
    assert any("Open permissions" in text for text in found.alerts_new)
    assert found.alerts_fixed == ()
    assert apply(found.edits, before.to_json()) == after.to_json()
    assert {"new"} <= statuses(store)


def test_the_other_way_it_is_fixed(store: Store) -> None:
    one, two = night(store, 1, BAD, "a"), night(store, 2, GOOD)
    found = drift(state_of(store, one), state_of(store, two))
    assert found.fixed == ("EMAIL_ADDRESS (1) in s3://b/a",)
    assert found.alerts_new == ()
    assert found.alerts_fixed
    assert statuses(store) == {"fixed"}


def test_an_alert_that_comes_back_is_reopened(store: Store) -> None:
    for number, bucket in enumerate((BAD, GOOD, BAD), 1):
        night(store, number, bucket)
    assert statuses(store) == {"reopened"}


def test_a_suppressed_alert_is_quiet_until_its_day(store: Store, tmp_path: Path) -> None:
    night(store, 1, BAD)
    night(store, 2, BAD)
    pack = tmp_path / "quiet.yaml"
    text = 'version: "1"\nsuppressions:\n  - {rule: "*", bucket: b, reason: known, until: %s}\n'
    pack.write_text(text % "2026-01-09", "utf-8")
    assert statuses(store, [pack]) == {"suppressed"}
    pack.write_text(text % "2026-01-08", "utf-8")
    assert statuses(store, [pack]) == {"open"}


def test_a_timeline_has_a_state_once(store: Store) -> None:
    for number, bucket in enumerate((GOOD, GOOD, BAD, BAD, GOOD), 1):
        night(store, number, bucket)
    items = list(timeline(store, "b"))
    assert [item["configStateId"] for item in items] == ["run-1", "run-3", "run-5"]
    assert items[0]["configurationItemHash"] == items[2]["configurationItemHash"]
    assert items[0]["configurationItemHash"] != items[1]["configurationItemHash"]
    assert items[0]["changed"] == []
    assert ["PublicAccessBlock", "Bucket"] in [edit["path"] for edit in items[1]["changed"]]
    related = {item["relationshipName"]: item["resourceId"] for item in items[0]["relationships"]}
    assert related["Logs to"] == "logs"
    assert related["Is replicated to"] == "arn:aws:s3:::copy"


def test_the_state_before_feeds_the_rules_of_change(store: Store) -> None:
    night(store, 1, GOOD)
    with store.reading() as db:
        found = before_of(db, 2, 1, "")
        assert before_of(db, 1, 1, "") is None
    assert found is not None
    facts, _ = facts_of(BAD)
    from classifier.alerts import evaluate
    from classifier.risk import load_weights

    changed = evaluate(
        [replace(facts, before=found)], load_rules(), load_weights(), moment="2026-01-02T00:00:00Z"
    )
    rules = {alert.rule for alert in changed}
    assert {"became-public", "block-public-access-lost", "encryption-lost"} <= rules


def test_a_run_that_is_not_there(store: Store) -> None:
    with pytest.raises(UsageError, match="no run 'x'"):
        state_of(store, "x")
    with pytest.raises(UsageError, match="no run in the store"):
        list(timeline(store, "b"))


def _alert(**given: Any) -> Alert:
    (first, *_) = raised_of(BAD)
    return replace(first, **given)


@pytest.mark.parametrize(
    "match, quiet",
    [
        ("rule: some-rule", True),
        ("rule: 'some-*'", True),
        ("rule: other", False),
        ("rule: '*', bucket: 'prod-*'", False),
        ("rule: '*', key: 'logs/*'", True),
        ("rule: '*', key: 'data/*'", False),
    ],
)
def test_what_a_suppression_is_about(tmp_path: Path, match: str, quiet: bool) -> None:
    pack = tmp_path / "quiet.yaml"
    pack.write_text(f'version: "1"\nsuppressions:\n  - {{{match}, reason: because}}\n', "utf-8")
    alert = _alert(rule="some-rule", bucket="b", key="logs/1", category=AlertCategory.RANSOMWARE)
    found = load_rules(extra=[pack]).suppressed(alert, date(2026, 1, 1))
    assert (found is not None) is quiet
