"""Selections, modifiers and conditions: what they match, in three values, and what is refused."""

from __future__ import annotations

import re
import time
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.alerts.language import Record, WrongRule
from classifier.alerts.language.condition import condition_of
from classifier.alerts.language.detection import selection_of
from classifier.alerts.language.values import equals, expression

EVENT: dict[str, Any] = {
    "eventName": "PutBucketPolicy",
    "eventSource": "s3.amazonaws.com",
    "sourceIPAddress": "203.0.113.9",
    "errorCode": None,
    "userAgent": "[aws-cli/2.1 Kali]",
    "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "arn": "arn:aws:iam::1:user/a"},
    "requestParameters": {
        "bucketName": "b",
        "policy": '{"Statement": [{"Effect": "Allow", "Principal": "*"}, {"Effect": "Deny"}]}',
        "a.b": 1,
        "size": "17",
    },
    "resources": [
        {"type": "AWS::S3::Bucket", "accountId": "999999999999"},
        {"type": "AWS::S3::Object", "accountId": "111122223333"},
    ],
    "readOnly": False,
    "empty": [],
}


def matches(selection: Any, **record: Any) -> bool | None:
    lists = {"bad": frozenset({"203.0.113.9"})}
    return selection_of(["selection"], selection).match(Record(EVENT, **record), lists)


@pytest.mark.parametrize(
    "selection, expected",
    [
        pytest.param({"eventName": "putbucketpolicy"}, True, id="case-does-not-count"),
        pytest.param({"eventName|cased": "putbucketpolicy"}, False, id="cased"),
        pytest.param({"eventName": ["GetObject", "Put*"]}, True, id="one-of-a-list-and-a-wildcard"),
        pytest.param({"eventName": "Put\\*"}, False, id="escaped-wildcard"),
        pytest.param({"eventName": "PutBucket?olicy"}, True, id="one-character"),
        pytest.param({"eventName": "PutBucketPolicy", "eventSource": "iam*"}, False, id="all-fields"),
        pytest.param([{"eventName": "x"}, {"eventSource": "s3*"}], True, id="one-of-mappings"),
        pytest.param({"eventName|contains": ["bucket", "zone"]}, True, id="contains"),
        pytest.param({"eventName|contains|all": ["bucket", "zone"]}, False, id="contains-all"),
        pytest.param({"eventName|contains|all": ["bucket", "put"]}, True, id="contains-each"),
        pytest.param({"eventName|startswith": "put"}, True, id="startswith"),
        pytest.param({"eventName|endswith": "policy"}, True, id="endswith"),
        pytest.param({"eventName|endswith|cased": "policy"}, False, id="endswith-cased"),
        pytest.param({"eventName|re": "^Put.*(Policy|Acl)$"}, True, id="re"),
        pytest.param({"eventName|re": "^put"}, False, id="re-has-case"),
        pytest.param({"eventName|re|i": "^put"}, True, id="re-without-case"),
        pytest.param({"sourceIPAddress|cidr": ["10.0.0.0/8", "203.0.113.0/24"]}, True, id="cidr"),
        pytest.param({"sourceIPAddress|cidr": "2001:db8::/32"}, False, id="cidr-of-the-other-version"),
        pytest.param({"eventName|cidr": "10.0.0.0/8"}, False, id="cidr-of-no-address"),
        pytest.param({"requestParameters.size|gt": 16}, True, id="gt-of-a-text"),
        pytest.param({"requestParameters.size|gte": 17}, True, id="gte"),
        pytest.param({"requestParameters.size|lt": 17}, False, id="lt"),
        pytest.param({"requestParameters.size|lte": 17.5}, True, id="lte"),
        pytest.param({"requestParameters.size": 17}, True, id="number-as-text"),
        pytest.param({"readOnly": False}, True, id="truth-value"),
        pytest.param({"readOnly": "false"}, True, id="truth-value-as-text"),
        pytest.param({"errorCode|exists": False}, True, id="null-does-not-exist"),
        pytest.param({"eventName|exists": True}, True, id="exists"),
        pytest.param({"empty|exists": True}, False, id="nothing-in-a-list"),
        pytest.param({"errorCode": None}, True, id="null"),
        pytest.param({"noSuch": [None, "x"]}, True, id="null-or"),
        pytest.param({"eventName": None}, False, id="not-null"),
        pytest.param({"requestParameters.a.b": 1}, True, id="dots-in-a-key"),
        pytest.param({"requestParameters.policy.Statement.Effect": "Deny"}, True, id="into-a-text"),
        pytest.param(
            {"requestParameters.policy.Statement.Effect|all": ["Allow", "Deny"]}, True, id="all-in-a-list"
        ),
        pytest.param(
            {"requestParameters.policy.Statement|any": {"Effect": "Allow", "Principal": "*"}}, True, id="any"
        ),
        pytest.param(
            {"requestParameters.policy.Statement|any": {"Effect": "Deny", "Principal": "*"}},
            False,
            id="any-is-one-item",
        ),
        pytest.param({"sourceIPAddress|listed": "bad"}, True, id="listed"),
        pytest.param({"sourceIPAddress|listed": "never"}, False, id="a-list-that-is-not-given"),
        pytest.param({"resources.accountId|fieldref": "userIdentity.accountId"}, True, id="as-another-field"),
        pytest.param(
            {"userIdentity.arn|startswith|fieldref": "eventName"}, False, id="begins-as-another-field"
        ),
        pytest.param(["kali", "parrot"], True, id="words"),
        pytest.param(["pentoo"], False, id="no-such-word"),
    ],
)
def test_selection(selection: Any, expected: bool) -> None:
    assert matches(selection) is expected


@pytest.mark.parametrize(
    "selection",
    [
        {"userIdentity.type": "IAMUser"},
        {"userIdentity.type|exists": False},
        {"userIdentity.type": None},
        {"userIdentity.type|listed": "bad"},
        {"eventName|fieldref": "userIdentity.type"},
        {"userIdentity|any": {"type": "IAMUser"}},
        {"userIdentity.type": "IAMUser", "eventName": "Put*"},
    ],
    ids=str,
)
def test_what_was_not_read_is_not_known(selection: Any) -> None:
    assert matches(selection, unknown=frozenset({"userIdentity"})) is None


def test_what_is_decided_without_it_is_known() -> None:
    unknown = frozenset({"userIdentity"})
    assert matches({"userIdentity.type": "x", "eventName": "y"}, unknown=unknown) is False
    assert matches([{"userIdentity.type": "x"}, {"eventName": "Put*"}], unknown=unknown) is True


@pytest.mark.parametrize(
    "selection, says",
    [
        pytest.param({}, "empty selection", id="empty"),
        pytest.param({"a|near": 1}, "no such modifier as near", id="modifier"),
        pytest.param({"a|re|contains": "x"}, "do not go together", id="two-kinds"),
        pytest.param({"a|gt|all": 1}, "all means nothing with gt", id="flag"),
        pytest.param({"a|gt": "x"}, "gt takes a number", id="number"),
        pytest.param({"a|exists": "yes"}, "true or false", id="exists"),
        pytest.param({"a|cidr": "10.0.0.0/99"}, "10.0.0.0/99", id="cidr"),
        pytest.param({"a|re": "("}, "no regular expression", id="re"),
        pytest.param({"a|re": "(?=x)y"}, "linear time", id="look-ahead"),
        pytest.param({"a|re": r"(a)\1"}, "linear time", id="back-reference"),
        pytest.param({"a|re": "x*"}, "matches the empty text", id="everything"),
        pytest.param({"a|re": "x" * 513}, "at most 512", id="long"),
        pytest.param({"a..b": 1}, "no field has the name", id="path"),
        pytest.param({"a": {"b": 1}}, "not mappings", id="mapping"),
        pytest.param({"a": []}, "from 1 to", id="no-values"),
        pytest.param({"a": "*x" * 17}, "at most 16 wildcards", id="wildcards"),
        pytest.param("a", "a selection is", id="text"),
        pytest.param({"a|contains": [None]}, "null takes no modifier", id="null"),
    ],
)
def test_wrong_selection(selection: Any, says: str) -> None:
    with pytest.raises(WrongRule, match=re.escape(says)):
        matches(selection)


NAMES = {"a": True, "b": False, "c": None, "filter_x": False, "filter_y": True, "_hidden": False}


class _Fixed:
    def __init__(self, value: bool | None) -> None:
        self.value = value

    def match(self, record: Record, lists: Any) -> bool | None:
        return self.value

    def anchors(self, path: Any) -> None:
        return None


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a", True),
        ("a and b", False),
        ("a or b", True),
        ("not a or a", True),
        ("not (a or a)", False),
        ("a and not b", True),
        ("b or a and b", False),
        ("1 of filter_*", True),
        ("all of filter_*", False),
        ("2 of filter_*", False),
        ("1 of them", True),
        ("a AND NOT b", True),
        ("c", None),
        ("not c", None),
        ("a and c", None),
        ("b and c", False),
        ("a or c", True),
        ("b or c", None),
    ],
)
def test_condition(text: str, expected: bool | None) -> None:
    matcher, counted = condition_of(["condition"], text, {n: _Fixed(v) for n, v in NAMES.items()})
    assert (matcher.match(Record({}), {}), counted) == (expected, None)


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "ends too early"),
        ("a and", "ends too early"),
        ("(a", "not closed"),
        ("a b", "one word too many"),
        ("z", "there is no selection 'z'"),
        ("3 of filter_*", "never met"),
        ("1 of z*", "no selection has a name"),
        ("a ; b", "cannot be read"),
        ("(" * 60 + "a" + ")" * 60, "nested too deeply"),
        ("a | sum(x) > 3", "after the bar"),
    ],
)
def test_wrong_condition(text: str, says: str) -> None:
    with pytest.raises(WrongRule, match=re.escape(says)):
        condition_of(["condition"], text, {n: _Fixed(v) for n, v in NAMES.items()})


def test_count_after_the_bar() -> None:
    _, counted = condition_of([], "a | count(eventName) by x.y, z > 5", {"a": _Fixed(True)})
    assert counted == ("eventName", ("x.y", "z"), 6)


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_wildcards_are_those_of_a_shell(pattern: str, text: str) -> None:
    assert equals(pattern, cased=True)(text) == fnmatchcase(text, pattern)


@given(
    st.sampled_from(["a+b", "^a", "b$", "(a|b)c", "a{2}", "[ab]+c", r"\bab\b"]), st.text("abc \n", max_size=9)
)
def test_expressions_are_those_of_re(pattern: str, text: str) -> None:
    assert expression(pattern, ignore_case=False)(text) == (re.search(pattern, text) is not None)


def test_an_expression_takes_time_that_grows_with_the_text() -> None:
    search = expression("(a+)+b(.*x.*y)*z", ignore_case=False)
    search("warm up")
    costs = []
    for length in (1_000, 4_000):
        begin = time.process_time()
        assert not search("a" * length)
        costs.append(time.process_time() - begin)
    assert costs[1] < 1  # `re` would not come to an end
