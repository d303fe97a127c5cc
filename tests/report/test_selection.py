"""What the filters of a report let through."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import UsageError
from classifier.model import AlertCategory, Category, Severity
from classifier.report import EVERYTHING, Selection
from classifier.report.selection import STATUSES

FINDING = {
    "bucket": "logs-eu",
    "detector": "AWS_CREDENTIALS",
    "category": "CREDENTIALS",
    "severity": "High",
    "status": "open",
}
ALERT = {
    "bucket": "logs-us",
    "rule": "public-read-policy",
    "category": "Open permissions",
    "severity": 9.1,
    "band": "Critical",
}


@pytest.mark.parametrize(
    "asked, passes",
    [
        ({}, [True, True]),
        ({"severities": ["high"]}, [True, False]),
        ({"severities": ["HIGH", "Critical"]}, [True, True]),
        ({"severities": ["low"]}, [False, False]),
        ({"categories": ["credentials"]}, [True, False]),
        ({"categories": ["open permissions"]}, [False, True]),
        ({"buckets": ["logs-*"]}, [True, True]),
        ({"buckets": ["logs-eu", "other"]}, [True, False]),
        ({"buckets": ["logs"]}, [False, False]),
        ({"types": ["AWS_*"]}, [True, False]),
        ({"types": ["public-*"]}, [False, True]),
        ({"types": ["aws_*"]}, [False, False]),
        ({"statuses": ["open"]}, [True, True]),
        ({"statuses": ["fixed"]}, [False, False]),
        ({"severities": ["high"], "buckets": ["logs-us"]}, [False, False]),
    ],
)
def test_a_filter(asked: dict[str, list[str]], passes: list[bool]) -> None:
    selection = Selection.of(**asked)
    assert [bool(list(selection.passed([record]))) for record in (FINDING, ALERT)] == passes
    assert bool(selection) == bool(asked)


@pytest.mark.parametrize(
    "asked, says",
    [
        ({"severities": ["severe"]}, "--severity severe: there are Informational, Low"),
        ({"categories": ["PII"]}, "--category PII: there are CREDENTIALS"),
        ({"statuses": ["closed"]}, "--status closed: there are new, open, reopened, fixed, suppressed"),
    ],
)
def test_what_there_is_not(asked: dict[str, list[str]], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Selection.of(**asked)


RECORDS = st.fixed_dictionaries(
    {
        "bucket": st.sampled_from(["a", "b"]),
        "detector": st.sampled_from(["X", "Y"]),
        "category": st.sampled_from([*Category, *AlertCategory]),
        "severity": st.sampled_from(list(Severity)),
        "status": st.sampled_from(STATUSES),
    }
)


@given(
    st.lists(RECORDS),
    st.frozensets(st.sampled_from(list(Severity))),
    st.lists(st.sampled_from(["a", "b", "*"])),
)
def test_a_selection_is_those_that_match_in_order(
    records: list[dict[str, Any]], levels: frozenset[Severity], buckets: list[str]
) -> None:
    selection = Selection.of(severities=[*levels], buckets=buckets)
    kept = [
        record
        for record in records
        if (not levels or record["severity"] in levels)
        and (not buckets or record["bucket"] in buckets or "*" in buckets)
    ]
    assert list(selection.passed(records)) == kept
    assert list(EVERYTHING.passed(records)) == records


def test_a_report_says_what_was_asked_for() -> None:
    asked = Selection.of(severities=["low", "high"], types=["B", "A"])
    assert asked.to_json() == {"severity": ["High", "Low"], "type": ["B", "A"]}
