"""Condition operators, case by case (IAM User Guide, "Condition operators")."""

from __future__ import annotations

import pytest

from classifier.access import conditions
from classifier.access.conditions import Condition, Context

ABSENT: Context = {}


def holds(name: str, values: list[str], context: Context, key: str = "test:key") -> bool:
    operator = conditions.operator(name)
    assert operator is not None
    return Condition(operator, key, key, tuple(values), True).holds(context)


def given(*values: str) -> Context:
    return {"test:key": values}


@pytest.mark.parametrize(
    ("name", "values", "context", "expected"),
    [
        pytest.param("StringEquals", ["a", "b"], given("b"), True, id="values-are-ored"),
        pytest.param("StringEquals", ["A"], given("a"), False, id="case-matters"),
        pytest.param("StringEquals", ["a*"], given("ab"), False, id="star-is-literal"),
        pytest.param("StringEquals", ["a*"], given("a*"), True, id="star-is-itself"),
        pytest.param("stringequals", ["a"], given("a"), True, id="operator-in-any-case"),
        pytest.param("StringEqualsIgnoreCase", ["AbC"], given("aBc"), True, id="ignore-case"),
        pytest.param("StringNotEqualsIgnoreCase", ["AbC"], given("aBc"), False, id="not-ignore-case"),
        pytest.param("StringNotEquals", ["a", "b"], given("b"), False, id="negated-none-may-match"),
        pytest.param("StringLike", ["a*c?e"], given("abbbcde"), True, id="like"),
        pytest.param("StringLike", ["[a-z]"], given("b"), False, id="brackets-are-literal"),
        pytest.param("StringLike", ["a${*}"], given("abc"), False, id="escaped-star"),
        pytest.param("StringLike", ["a${*}"], given("a*"), True, id="escaped-star-itself"),
        pytest.param("StringLike", ["*a*b"], given("xaab"), True, id="backtracking"),
        pytest.param("StringLike", ["*.*.txt"], given("a.b.c.txt"), True, id="several-stars"),
        pytest.param("StringLike", ["a*a"], given("a"), False, id="ends-do-not-overlap"),
        pytest.param("StringLike", ["*"], given("a\nb"), True, id="newline"),
        pytest.param("StringNotLike", ["a*"], given("bc"), True, id="not-like"),
        pytest.param("ArnLike", ["arn:aws:iam::*:role/x"], given("arn:aws:iam::1:role/x"), True, id="arn"),
        pytest.param(
            "ArnEquals", ["arn:aws:iam::1:role/*"], given("arn:aws:iam::1:role/x"), True, id="arn-eq"
        ),
        pytest.param("ArnLike", ["arn:aws:*:role/x"], given("arn:aws:iam::1:role/x"), False, id="arn-fields"),
        pytest.param(
            "ArnLike", ["arn:aws:sns:*:1:a*"], given("arn:aws:sns:r:1:a:b"), True, id="arn-last-field"
        ),
        pytest.param("ArnLike", ["arn:aws:sns:r:1"], given("arn:aws:sns:r:1"), False, id="arn-too-short"),
        pytest.param(
            "ArnNotEquals", ["arn:aws:iam::1:root"], given("arn:aws:iam::1:root"), False, id="arn-not"
        ),
        pytest.param("Bool", ["true"], given("TRUE"), True, id="bool"),
        pytest.param("BinaryEquals", ["QQ=="], given("QQ=="), True, id="binary"),
        pytest.param("NumericEquals", ["10"], given("10.0"), True, id="number"),
        pytest.param("NumericNotEquals", ["10"], given("11"), True, id="number-not"),
        pytest.param("NumericLessThan", ["10"], given("10"), False, id="less"),
        pytest.param("NumericLessThanEquals", ["10"], given("10"), True, id="less-equal"),
        pytest.param("NumericGreaterThan", ["10"], given("1e1"), False, id="greater"),
        pytest.param("NumericGreaterThanEquals", ["10"], given("10"), True, id="greater-equal"),
        pytest.param("NumericGreaterThan", ["10"], given("ten"), False, id="no-number"),
        pytest.param("DateEquals", ["2024-01-01"], given("2024-01-01T00:00:00Z"), True, id="date"),
        pytest.param("DateEquals", ["2024-01-01T01:00:00+01:00"], given("1704067200"), True, id="epoch"),
        pytest.param("DateEquals", ["2024-01-01"], given("1704067199999"), False, id="epoch-milliseconds"),
        pytest.param("DateNotEquals", ["2024-01-01"], given("2024-01-02"), True, id="date-not"),
        pytest.param("DateLessThan", ["2024-01-01"], given("2023-12-31T23:59:59Z"), True, id="before"),
        pytest.param("DateLessThanEquals", ["2024-01-01"], given("2024-01-02"), False, id="not-before"),
        pytest.param("DateGreaterThan", ["2024-01-01"], given("2024-01-01"), False, id="not-after"),
        pytest.param("DateGreaterThanEquals", ["nonsense"], given("2024-01-01"), False, id="no-date"),
        pytest.param("IpAddress", ["192.0.2.0/24"], given("192.0.2.255"), True, id="cidr"),
        pytest.param("IpAddress", ["192.0.2.7"], given("192.0.2.7"), True, id="bare-address"),
        pytest.param("IpAddress", ["192.0.2.7/24"], given("192.0.2.1"), True, id="host-bits"),
        pytest.param("IpAddress", ["2001:db8::/32"], given("2001:DB8:1::"), True, id="cidr-v6"),
        pytest.param("IpAddress", ["0.0.0.0/0"], given("2001:db8::1"), False, id="v4-is-not-v6"),
        pytest.param("IpAddress", ["x"], given("192.0.2.1"), False, id="no-cidr"),
        pytest.param("NotIpAddress", ["192.0.2.0/24", "10.0.0.0/8"], given("10.1.1.1"), False, id="not-ip"),
        pytest.param("Null", ["true"], ABSENT, True, id="null-absent"),
        pytest.param("Null", ["false"], ABSENT, False, id="null-wants-present"),
        pytest.param("Null", ["false"], given("x"), True, id="null-present"),
    ],
)
def test_operator(name: str, values: list[str], context: Context, expected: bool) -> None:
    assert holds(name, values, context) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("NotIpAddress", True),
        ("ArnNotLike", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringLikeIfExists", True),
    ],
)
def test_missing_key(name: str, expected: bool) -> None:
    assert holds(name, ["10.0.0.0/8"], ABSENT) is expected


@pytest.mark.parametrize(
    ("name", "request_values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringEquals", (), True),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c",), False),
        ("ForAnyValue:StringEquals", (), False),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("c", "a"), False),
        ("ForAnyValue:StringNotEquals", ("c", "a"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
    ],
)
def test_sets(name: str, request_values: tuple[str, ...], expected: bool) -> None:
    assert holds(name, ["a", "b"], given(*request_values)) is expected


@pytest.mark.parametrize(
    ("value", "context", "expected"),
    [
        ("home/${aws:username}", {"aws:username": ("ann",), "test:key": ("home/ann",)}, True),
        ("home/${AWS:UserName}", {"aws:username": ("ann",), "test:key": ("home/ann",)}, True),
        ("home/${aws:username}", {"aws:username": ("*",), "test:key": ("home/ann",)}, False),
        ("home/${aws:username}", {"test:key": ("home/",)}, False),
        ("home/${aws:username, 'all'}", {"test:key": ("home/all",)}, True),
        ("${aws:tagkeys}", {"aws:tagkeys": ("a", "b"), "test:key": ("a",)}, False),
    ],
)
def test_variables(value: str, context: Context, expected: bool) -> None:
    assert holds("StringLike", [value], context) is expected


@pytest.mark.parametrize("name", ["StringEqual", "", "ForSomeValues:StringEquals", "IfExists", "NotNull"])
def test_unknown_operator(name: str) -> None:
    assert conditions.operator(name) is None


def test_old_version_has_no_variables() -> None:
    operator = conditions.operator("StringLike")
    assert operator is not None
    context = {"aws:username": ("ann",), "test:key": ("${aws:username}",)}
    assert Condition(operator, "test:key", "test:key", ("${aws:username}",), False).holds(context)
