"""Which keys a grant reaches: what a Deny, a NotResource and wildcards leave of it."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import evaluate
from classifier.model import Grant, Verdict

ACCOUNT, PARTNER, ORG = "111122223333", "444455556666", "o-ourown"


def statement(effect: str = "Allow", /, *keys: str, **changes: Any) -> dict[str, Any]:
    resources = [f"arn:aws:s3:::shop/{key}" for key in keys or ("*",)]
    base = {"Effect": effect, "Principal": "*", "Action": "s3:GetObject", "Resource": resources}
    return {key: value for key, value in (base | changes).items() if value is not None}


def spare(effect: str, *keys: str, **changes: Any) -> dict[str, Any]:
    return statement(effect, Resource=None, NotResource=statement("", *keys)["Resource"], **changes)


def verdict(*statements: dict[str, Any], **parts: Any) -> Verdict:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    return evaluate({"Bucket": "shop", "AccountId": ACCOUNT, "Region": "eu-west-1", "Policy": policy} | parts)


def of(answer: Verdict, principal: str = "anonymous", action: str = "read") -> list[Grant]:
    return [grant for grant in answer.grants if grant.principal == principal and action in grant.actions]


def told(answer: Verdict, principal: str = "anonymous") -> list[tuple[str, str | None, tuple[str, ...]]]:
    return sorted((grant.prefix, grant.pattern, grant.excluded) for grant in of(answer, principal))


OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("statements", "places"),
    [
        pytest.param([statement()], [("", None, ())], id="everything"),
        pytest.param([statement("Allow", "*.jpg")], [("", "*.jpg", ())], id="suffix"),
        pytest.param(
            [statement("Allow", "logs/*/public/*")], [("logs/", "logs/*/public/*", ())], id="middle"
        ),
        pytest.param([statement("Allow", "a/b?.csv")], [("a/b", "a/b?.csv", ())], id="question-mark"),
        pytest.param([statement("Allow", "${aws:userid}/*")], [("", "*/*", ())], id="variable"),
        pytest.param([statement("Allow", "a/*", "*")], [("", None, ())], id="one-in-the-other"),
        pytest.param([statement("Allow", "a/*", "b/*")], [("a/", None, ()), ("b/", None, ())], id="two"),
        pytest.param(
            [statement(), statement("Deny", "secret/*", "*.key")],
            [("", None, ("*.key", "secret/*"))],
            id="deny",
        ),
        pytest.param(
            [statement(), statement("Deny", "s/*", "s/t/*")], [("", None, ("s/*",))], id="deny-in-a-deny"
        ),
        pytest.param(
            [statement("Allow", "a/*"), statement("Deny", "b/*")], [("a/", None, ())], id="deny-elsewhere"
        ),
        pytest.param(
            [statement("Allow", "a/*"), statement("Deny", "*.key")],
            [("a/", None, ("*.key",))],
            id="deny-across",
        ),
        pytest.param(
            [statement(), statement("Deny", "secret/*", Action="s3:PutObject")],
            [("", None, ())],
            id="deny-of-another-action",
        ),
        pytest.param(
            [statement(), statement("Deny", "secret/*", Condition=PLAIN)],
            [("", None, ())],
            id="deny-that-can-be-escaped",
        ),
        pytest.param(
            [
                statement(),
                statement("Deny", "s/*", Condition=PLAIN),
                statement("Deny", "s/*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
            ],
            [("", None, ("s/*",))],
            id="denies-that-leave-no-way-out-together",
        ),
        pytest.param(
            [statement(), statement("Deny", "s/*", Condition={"NotIpAddress": OFFICE["IpAddress"]})],
            [("", None, ("s/*",))],
            id="deny-outside-the-office",
        ),
        pytest.param(
            [statement(), statement("Deny", "s/*", Principal={"AWS": PARTNER})],
            [("", None, ())],
            id="deny-to-another",
        ),
        pytest.param([spare("Allow", "a/*", "*.key")], [("", None, ("*.key", "a/*"))], id="not-resource"),
        pytest.param([statement(), spare("Deny", "open/*")], [("open/", None, ())], id="deny-the-rest"),
        pytest.param(
            [statement("Allow", "*.jpg"), spare("Deny", "open/*")],
            [("open/", "open/*.jpg", ())],
            id="deny-the-rest-of-a-pattern",
        ),
        pytest.param(
            [statement(), spare("Deny", "open/*", "x"), spare("Deny", "*.jpg", "x")],
            [("open/", "open/*.jpg", ()), ("x", None, ())],
            id="deny-the-rest-twice",
        ),
        pytest.param(
            [statement(), spare("Deny", "open/*"), statement("Deny", "open/secret/*")],
            [("open/", None, ("open/secret/*",))],
            id="deny-the-rest-and-a-part",
        ),
        pytest.param(
            [statement(), statement("Deny", "*classifier*", "~*", "Q*")],
            [("", None, ("*classifier*", "Q*", "~*"))],
            id="a-deny-of-what-is-tried-first",
        ),
        pytest.param([statement(), statement("Deny", "*")], [], id="nothing-left"),
        pytest.param(
            [statement("Allow", "a/*"), statement("Deny", "a/*")], [], id="nothing-left-of-a-prefix"
        ),
        pytest.param(
            [statement(), statement("Deny", "${aws:userid}/*")], [("", None, ())], id="deny-by-variable"
        ),
    ],
)
def test_places(
    statements: list[dict[str, Any]], places: list[tuple[str, str | None, tuple[str, ...]]]
) -> None:
    answer = verdict(*statements)
    assert told(answer) == places
    for grant in answer.grants:
        assert grant.covers(grant.witness["Resource"].partition("/")[2])
        assert verdict(*statements, Request=grant.witness).decision == "allowed"


def test_whoever_a_deny_spares_has_a_grant_of_their_own() -> None:
    outside = {"StringNotEquals": {"aws:PrincipalOrgID": ORG}}
    answer = verdict(statement(), statement("Deny", "team/*", Condition=outside))
    assert told(answer, "any_aws") == [("", None, ("team/*",))]
    assert told(answer, f"org:{ORG}") == [("", None, ())]


def test_actions_with_other_exclusions_are_other_grants() -> None:
    both = ["s3:GetObject", "s3:PutObject"]
    answer = verdict(statement(Action=both), statement("Deny", "s/*", Action="s3:PutObject"))
    assert [grant.excluded for grant in of(answer, action="read")] == [()]
    assert [grant.excluded for grant in of(answer, action="write")] == [("s/*",)]


def test_a_deny_takes_something_out_of_an_acl_grant() -> None:
    everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    acl = {"Owner": {"ID": "o"}, "Grants": [{"Grantee": everybody, "Permission": "WRITE"}]}
    answer = verdict(statement("Deny", "s/*", Action="s3:PutObject"), Acl=acl)
    (grant,) = of(answer, action="write")
    assert (grant.excluded, grant.covers("s/x"), grant.covers("x")) == (("s/*",), False, True)


def test_many_places_do_not_make_many_grants() -> None:
    allows = [statement("Allow", f"p{n}/*") for n in range(10)]
    denies = [statement("Deny", f"*/{n}/*") for n in range(10)]
    answer = verdict(*allows, *denies)
    assert len(of(answer)) == 10
    assert all(len(grant.excluded) == 10 for grant in of(answer))


@pytest.mark.parametrize(
    "allowing",
    [
        pytest.param(statement("Allow", "${aws:PrincipalTag/team}/*"), id="resource"),
        pytest.param(
            statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}),
            id="condition",
        ),
        pytest.param(
            statement("Allow", "${aws:PrincipalTag/a}/${aws:PrincipalTag/b}/*")
            | {"Condition": {"StringEquals": {"aws:PrincipalTag/a": "red", "aws:PrincipalTag/b": "blue"}}},
            id="both",
        ),
        pytest.param(
            statement("Allow", "${aws:PrincipalTag/a}/*")
            | {
                "Condition": {
                    "StringEquals": {"aws:PrincipalTag/a": "${aws:username}", "aws:username": "ann"},
                    "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/${aws:PrincipalTag/a}"},
                }
            },
            id="chain",
        ),
        pytest.param(
            statement(Condition={"StringEquals": {"s3:prefix": "${aws:PrincipalTag/team, 'all'}"}}),
            id="default",
        ),
        pytest.param(statement("Allow", "k", Resource="arn:aws:s3:::${aws:PrincipalTag/b}/*"), id="bucket"),
    ],
)
def test_variables_of_the_callers_choice(allowing: dict[str, Any]) -> None:
    answer = verdict(allowing)
    assert of(answer, "any_aws")
    assert answer.public == "public"


def test_a_variable_tied_to_what_a_deny_spares() -> None:
    answer = verdict(statement("Allow", "${aws:PrincipalTag/team}/*"), spare("Deny", "red/*"))
    (grant,) = of(answer, "any_aws")
    assert grant.covers("red/x")
    assert grant.witness["Context"] == {"aws:PrincipalTag/team": "red"}
    assert grant.witness["Resource"].startswith("arn:aws:s3:::shop/red/")


def test_null_values_are_no_organization() -> None:
    answer = verdict(statement(Condition={"Null": {"aws:PrincipalOrgID": "false"}}))
    assert not any(grant.principal == "org:false" for grant in answer.grants)
