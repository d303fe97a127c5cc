"""Verdicts as text: who, what, where, through what, what holds it back, what is unknown, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from classifier.model import Grant, Verdict
from classifier.report.access import Fix, explained, permission, statement, through, told, unread_lines, who


def grant(principal: str = "anonymous", *actions: str, **changes: Any) -> Grant:
    base: dict[str, Any] = {
        "principal": principal,
        "actions": actions or ("read",),
        "prefix": "",
        "decision": "allowed",
        "because": {"kind": "policy", "statement": 0, "sid": "Open", "grant": None},
        "witness": {"Principal": principal, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"},
    }
    return Grant(**(base | changes))


@dataclass(frozen=True)
class Step:
    title: str = "Shut it"
    closes: tuple[Grant, ...] = ()
    closes_latent: tuple[Grant, ...] = ()
    deputies: int = 0
    breaks: tuple[str, ...] = ()
    commands: str = "aws s3api x\naws s3api y"
    terraform: str = 'resource "x" "y" {}'


def text(verdict: Verdict, *fixes: Fix, whole: bool = False, **unreadable: str) -> str:
    return "\n".join(told(verdict, unreadable, fixes, whole=whole))


@pytest.mark.parametrize(
    ("principal", "says"),
    [
        ("anonymous", "Anyone on the Internet, without credentials,"),
        ("any_aws", "Anyone with an AWS account"),
        ("account:444455556666", "AWS account 444455556666"),
        ("org:o-1", "Every account of organization o-1"),
        ("service:logging.s3.amazonaws.com", "The AWS service logging.s3.amazonaws.com"),
        ("cloudfront:*", "CloudFront"),
        ("cloudfront:E1", "CloudFront (E1)"),
        ("restricted:network=203.0.113.0/24", "Whoever comes from network=203.0.113.0/24"),
        ("unknown", "Somebody outside"),
        ("strange", "strange"),
    ],
)
def test_principals_in_plain_words(principal: str, says: str) -> None:
    assert who(principal) == says


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "can read objects in the whole bucket"),
        ({"decision": "unknown"}, "may be able to read objects"),
        ({"prefix": "a/"}, 'under "a/"'),
        ({"prefix": "a/k", "exact_key": True}, '(only the object "a/k")'),
        ({"prefix": "a/", "pattern": "a/*/z"}, '(keys like "a/*/z")'),
        ({"excluded": ("b/*", "c/*")}, 'in the whole bucket, save what is like "b/*", "c/*"'),
        ({"actions": ("list", "read", "write")}, "list the keys, read objects and write objects"),
    ],
)
def test_what_and_where(changes: dict[str, Any], says: str) -> None:
    assert says in explained(grant(**changes))[0]


@pytest.mark.parametrize(
    ("because", "says"),
    [
        ({"kind": "policy", "statement": 2, "sid": None}, "statement 2 of the bucket policy"),
        ({"kind": "policy", "statement": 2, "sid": "S"}, 'statement 2 ("S") of the bucket policy'),
        (
            {"kind": "access_point", "access_point": "door", "statement": 1, "sid": None},
            "access point door and statement 1 of the bucket policy",
        ),
        (
            {"kind": "acl", "grant": {"Grantee": {"URI": "http://x/AllUsers"}, "Permission": "READ"}},
            "the bucket's ACL (READ to AllUsers)",
        ),
        (
            {"kind": "object_acl", "grant": {"Grantee": {"ID": "f00"}, "Permission": "READ"}},
            "the object's ACL (READ to canonical user f00)",
        ),
        ({"kind": "unknown"}, "what could not be read or decided"),
    ],
)
def test_through_what(because: dict[str, Any], says: str) -> None:
    assert through(because) == says


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("aws:Referer", "https://x", "with a Referer header of their choice, such as https://x"),
        ("aws:SourceIp", "192.0.2.1", "from an address such as 192.0.2.1"),
        ("aws:SecureTransport", "false", "over plain HTTP"),
        ("aws:SecureTransport", "true", "over HTTPS"),
        ("aws:PrincipalTag/team", "x", "as a principal of their own that they tag team=x"),
        ("s3:x-amz-acl", ["a", "b"], "with s3:x-amz-acl = a, b"),
    ],
)
def test_what_the_caller_brings_along(key: str, value: Any, says: str) -> None:
    assert says in explained(grant(witness={"Action": "a", "Resource": "r", "Context": {key: value}}))[2]


def test_who_asks_is_not_repeated() -> None:
    context = {"aws:PrincipalType": "Anonymous"}
    assert len(explained(grant(witness={"Action": "a", "Resource": "r", "Context": context}))) == 3


def test_any_aws_is_left_out_where_everybody_may() -> None:
    verdict = Verdict("b", True, "public", "not_shared", (grant(), grant("any_aws")))
    assert "AWS account" not in text(verdict)
    more = Verdict("b", True, "public", "not_shared", (grant(), grant("any_aws", "read", "write")))
    assert "Anyone with an AWS account can read objects and write objects" in text(more)


def test_what_is_held_back_and_by_what() -> None:
    reasons = ("IgnorePublicAcls (bucket)", "RestrictPublicBuckets (account)")
    verdict = Verdict("b", True, "not_public", "not_shared", latent=(grant(),), blocked_by=reasons)
    shown = text(verdict)
    assert "Nobody outside the bucket's own account has access." in shown
    assert "Held back by Block Public Access alone; without it:\n    Anyone on the Internet" in shown
    assert "RestrictPublicBuckets (account): while the policy is public" in shown


def test_a_confused_deputy() -> None:
    item = {
        "principal": "service:logging.s3.amazonaws.com",
        "actions": ["write"],
        "prefix": "log/",
        "statement": 3,
    }
    shown = text(Verdict("b", False, "not_public", "not_shared", confused_deputy=(item,)))
    assert 'logging.s3.amazonaws.com can write objects under "log/" on behalf of anybody' in shown
    assert "statement 3 of the bucket policy" in shown


def test_the_own_account_is_called_so_and_is_nobody_outside() -> None:
    verdict = Verdict("b", False, "not_public", "not_shared", (grant("account:111122223333"),))
    shown = "\n".join(told(verdict, {}, (), owner="111122223333"))
    assert "Nobody outside the bucket's own account has access." in shown
    assert "The bucket's own account can read objects" in shown


@pytest.mark.parametrize(
    ("note", "says"),
    [
        (
            {"kind": "website", "endpoint": "http://w", "public": True},
            "website at http://w serves objects to any",
        ),
        ({"kind": "website", "endpoint": "http://w", "public": False}, "serves nobody"),
        ({"kind": "website", "endpoint": None, "public": None}, "unknown address may serve"),
        (
            {"kind": "replication", "bucket": "c", "account": "4", "prefix": "p/", "external": True},
            'Copies of objects under "p/" go to the bucket c of account 4, outside the organization.',
        ),
        (
            {"kind": "inventory", "bucket": "c", "account": None, "prefix": "", "external": None},
            "Lists of its keys go to the bucket c, whose account is not known.",
        ),
        ({"kind": "cloudfront", "principal": "cloudfront:*"}, "What CloudFront can read it may pass on"),
        ({"kind": "requester_pays"}, "The requester pays"),
    ],
)
def test_what_else_follows(note: dict[str, Any], says: str) -> None:
    assert says in text(Verdict("b", False, "not_public", "not_shared", notes=(note,)))


def test_logging_needs_no_words() -> None:
    verdict = Verdict("b", False, "not_public", "not_shared")
    noted = Verdict("b", False, "not_public", "not_shared", notes=({"kind": "logging", "bucket": "c"},))
    assert text(noted) == text(verdict)


def test_what_is_unknown_and_which_permission_would_tell() -> None:
    verdict = Verdict("b", None, "unknown", "unknown", problems=("Acl: grant 1 has no known grantee",))
    shown = text(verdict, GetBucketPolicy="AccessDenied", GetBucketLogging="AccessDenied")
    assert shown.startswith("b: cannot tell whether it is public; cannot tell whether other accounts")
    assert "GetBucketPolicy could not be read (AccessDenied); s3:GetBucketPolicy would tell" in shown
    assert "Acl: grant 1" in shown
    assert "Logging" not in shown


def test_a_server_without_the_feature_hides_nothing() -> None:
    assert list(unread_lines({"GetBucketOwnershipControls": "NotImplemented"})) == []


def test_permissions_have_the_names_of_iam() -> None:
    assert permission("ListObjectsV2") == "s3:ListBucket"
    assert permission("GetBucketPolicy") == "s3:GetBucketPolicy"


def test_fixes_are_short_and_whole_on_request() -> None:
    verdict = Verdict("b", True, "public", "not_shared", (grant(),))
    step = Step(closes=(grant(), grant("any_aws")), breaks=("the website stops",), deputies=1)
    short = text(verdict, step)
    assert "1. Shut it (ends: anonymous read; ends 1 confused deputy)" in short
    assert "- the website stops" in short
    assert "--fix" in short
    assert "s3api" not in short
    whole = text(verdict, step, whole=True)
    assert "\naws s3api x\naws s3api y\n" in whole
    assert '\nresource "x" "y" {}' in whole


def test_long_names_are_cut() -> None:
    assert len(statement(0, "x" * 5_000)) < 300
    assert len(explained(grant(prefix="k" * 5_000))[0]) < 400
