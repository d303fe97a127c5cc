"""Rules over streams: hits, counts by field over time, and the alerts that are made of them."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.alerts.language import (
    CLOUDTRAIL,
    FINDINGS,
    Evaluator,
    LanguageRule,
    RuleShape,
    WrongRule,
    alerts_of,
    compiled,
    evaluate,
)
from classifier.risk import load_weights

BANDS = load_weights().alert_bands


def rule(**given: Any) -> LanguageRule:
    body = {
        "id": "r",
        "index": "cloudtrail",
        "category": "Identity enumeration",
        "severity": 4,
        "title": "{userIdentity.arn} called {distinct} of {{many}}: {count} times.",
        "remediation": "aws iam get-user --user-name {userIdentity.arn}",
        "detection": {"selection": {"eventName": "Get*"}, "condition": "selection"},
    }
    return compiled(RuleShape.model_validate(body | given))


def event(second: int, name: str = "GetBucketAcl", who: str = "a", **more: Any) -> dict[str, Any]:
    return {
        "eventID": f"e{second}-{name}-{who}",
        "eventTime": f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z",
        "eventName": name,
        "userIdentity": {"arn": who},
        **more,
    }


def test_a_rule_without_a_count_hits_each_time() -> None:
    hits = evaluate(CLOUDTRAIL, [rule()], [event(1), event(2, "PutObject"), event(3)])
    assert [hit.evidence for hit in hits] == [("e1-GetBucketAcl-a",), ("e3-GetBucketAcl-a",)]


COUNTED = {"by": ["userIdentity.arn"], "at_least": 3, "within": "10s"}


@pytest.mark.parametrize(
    "seconds, hits",
    [
        pytest.param([0, 5, 10], [3], id="within"),
        pytest.param([0, 5, 11], [], id="one-second-too-late"),
        pytest.param([0, 1, 2, 3, 4], [5], id="more-of-the-same-is-one-hit"),
        pytest.param([0, 1, 2, 30, 31, 32], [3, 3], id="two-bursts"),
        pytest.param([0, 1, 2, 30, 31], [3], id="the-second-is-too-thin"),
        pytest.param([2, 0, 1], [3], id="out-of-order"),
        pytest.param([50, 1, 2, 3], [], id="too-late-to-count"),
    ],
)
def test_counts_over_time(seconds: list[int], hits: list[int]) -> None:
    found = evaluate(CLOUDTRAIL, [rule(count=COUNTED)], [event(second) for second in seconds])
    assert [hit.count for hit in found] == hits


def test_counts_are_kept_apart_by_the_fields() -> None:
    events = [event(second, who=who) for second in range(3) for who in "ab"] + [event(3, who="c")]
    hits = evaluate(CLOUDTRAIL, [rule(count=COUNTED)], events)
    assert [(hit.group, hit.count) for hit in hits] == [
        ({"userIdentity.arn": "a"}, 3),
        ({"userIdentity.arn": "b"}, 3),
    ]
    assert (hits[0].first_seen, hits[0].last_seen) == ("2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z")


@pytest.mark.parametrize("names, met", [("aab", False), ("abc", True), ("abab", False)])
def test_different_values_count(names: str, met: bool) -> None:
    counted = rule(count={"of": "eventName", **COUNTED})
    hits = evaluate(CLOUDTRAIL, [counted], [event(i, f"Get{name}") for i, name in enumerate(names)])
    assert [hit.distinct for hit in hits] == [3] * met


def test_sigma_counts_in_the_condition() -> None:
    detection = {
        "selection": {"eventName": "Get*"},
        "timeframe": "10s",
        "condition": "selection | count() by userIdentity.arn > 2",
    }
    told = rule(detection=detection)
    assert told.count == rule(count=COUNTED).count
    assert len(evaluate(CLOUDTRAIL, [told], [event(i) for i in range(3)])) == 1


def test_without_a_time_everything_counts() -> None:
    counted = rule(
        index="findings",
        detection={"s": {"detector": "X"}, "condition": "s"},
        count={"by": ["bucket"], "at_least": 2},
    )
    lines = [{"finding_id": f"{i}", "bucket": b, "detector": "X"} for i, b in enumerate("aba")]
    assert [(h.group["bucket"], h.evidence) for h in evaluate(FINDINGS, [counted], lines)] == [
        ("a", ("0", "2"))
    ]


def test_severity_goes_by_the_first_case_that_is_met() -> None:
    told = rule(
        detection={
            "selection": {"eventName": "Get*"},
            "denied": {"errorCode|exists": True},
            "condition": "selection",
        },
        severities=[{"if": "denied", "severity": 2}],
    )
    hits = evaluate(CLOUDTRAIL, [told], [event(1), event(2, errorCode="AccessDenied")])
    assert [hit.severity for hit in hits] == [4, 2]


def test_one_alert_for_the_same_rule_bucket_and_actor() -> None:
    bucket = {"requestParameters": {"bucketName": "b", "key": "k"}}
    events = [event(1, **bucket), event(9, **bucket), event(5, who="o'b; rm")]
    alerts = alerts_of(evaluate(CLOUDTRAIL, [rule()], events), BANDS)
    assert [(a.bucket, a.key, a.actor, a.count, len(a.evidence)) for a in alerts] == [
        ("b", "k", "a", 2, 2),
        ("", None, "o'b; rm", 1, 1),
    ]
    assert (alerts[0].first_seen, alerts[0].last_seen) == ("2026-01-01T00:00:01Z", "2026-01-01T00:00:09Z")
    assert alerts[0].narrative == "a called 0 of {many}: 1 times."
    assert alerts[1].remediation == "aws iam get-user --user-name 'o'\"'\"'b; rm'"


def test_ids_of_alerts_stay() -> None:
    one, other = (
        alerts_of(evaluate(CLOUDTRAIL, [rule()], [event(second)]), BANDS)[0].alert_id for second in (1, 7)
    )
    assert one == other
    assert one != alerts_of(evaluate(CLOUDTRAIL, [rule()], [event(1, who="b")]), BANDS)[0].alert_id


def test_values_in_texts_are_made_visible_and_are_no_templates() -> None:
    hits = evaluate(CLOUDTRAIL, [rule()], [event(1, who="{count}\x1b[2J")])
    text = alerts_of(hits, BANDS)[0].narrative
    assert text.startswith("{count}")
    assert "\x1b" not in text


def test_rules_that_ask_for_another_event_are_not_tried() -> None:
    evaluator = Evaluator(CLOUDTRAIL, [rule(detection={"s": {"eventName": "GetX"}, "condition": "s"})])
    assert evaluator.watches[0].rule.matcher.anchors(("eventName",)) == frozenset({"getx"})
    assert evaluator.feed(event(1, "GETX"))
    assert not evaluator.feed(event(1, "GetXY"))


def test_a_rule_without_an_anchor_is_always_tried_and_one_with_two_values_once() -> None:
    both = rule(
        id="t",
        index="findings",
        detection={"s": {"traits": ["a", "b"]}, "condition": "s"},
    )
    free = rule(id="u", index="findings", detection={"s": {"size|gt": 1}, "condition": "s"})
    evaluator = Evaluator(FINDINGS, [both, free])
    hits = evaluator.feed({"traits": ["B", "a"], "size": 2})
    assert sorted(hit.rule.id for hit in hits) == ["t", "u"]


def test_what_cannot_be_judged_is_counted() -> None:
    evaluator = Evaluator(CLOUDTRAIL, [rule()])
    assert not evaluator.feed(event(1), frozenset({"eventName"}))
    assert evaluator.watches[0].unknown == 1


def test_groups_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["classifier.alerts.language.evaluate"], "MOST_GROUPS", 2)
    evaluator = Evaluator(CLOUDTRAIL, [rule(count=COUNTED | {"at_least": 1})])
    hits = [hit for i in range(5) for hit in evaluator.feed(event(i, who=f"{i}"))]
    assert evaluator.watches[0].forgotten == 3
    assert len(hits + evaluator.finish()) == 5  # nothing that was met is lost


@given(st.lists(st.integers(0, 59), max_size=30), st.integers(1, 5))
def test_a_count_is_met_when_some_window_holds_enough(seconds: list[int], least: int) -> None:
    seconds.sort()
    met = any(sum(low <= s <= low + 10 for s in seconds) >= least for low in seconds)
    counted = rule(count=COUNTED | {"at_least": least})
    assert bool(evaluate(CLOUDTRAIL, [counted], [event(s) for s in seconds])) is met


@pytest.mark.parametrize(
    "given, says",
    [
        pytest.param({"detection": {"s": {"a": 1}}}, "has a condition", id="no-condition"),
        pytest.param({"detection": {"condition": "s"}}, "a selection beside", id="no-selection"),
        pytest.param(
            {"detection": {"s": {"a": 1}, "condition": "s", "timeframe": "5m"}}, "needs a count", id="time"
        ),
        pytest.param({"index": "findings", "count": COUNTED}, "have no time", id="index-without-time"),
        pytest.param({"detection": {"all": {"a": 1}, "condition": "all"}}, "cannot be called", id="name"),
        pytest.param({"severities": [{"if": "nope", "severity": 1}]}, "no selection 'nope'", id="case"),
    ],
)
def test_wrong_rule(given: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongRule, match=says):
        rule(**given)
