"""What else follows from a bucket's configuration."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import evaluate
from classifier.model import Verdict

ACCOUNT, PARTNER, SIBLING = "111122223333", "444455556666", "777788889999"
ORGANIZATION = {"Id": "o-ourown", "Accounts": [SIBLING]}
READ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop/www/*"}
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"}}


def verdict(*statements: dict[str, Any], **parts: Any) -> Verdict:
    policy = {"Version": "2012-10-17", "Statement": list(statements)} if statements else None
    bucket = {"Bucket": "shop", "AccountId": ACCOUNT, "Region": "eu-central-1", "Policy": policy}
    return evaluate(bucket | {"Organization": ORGANIZATION} | parts)


def only(answer: Verdict, kind: str) -> dict[str, Any]:
    (note,) = (note for note in answer.notes if note["kind"] == kind)
    return dict(note)


def test_nothing_configured() -> None:
    assert verdict(READ).notes == ()
    assert verdict(READ).to_json()["Notes"] == []


def test_website() -> None:
    assert only(verdict(READ, Website=WEBSITE), "website") == {
        "kind": "website",
        "endpoint": "http://shop.s3-website.eu-central-1.amazonaws.com",
        "public": True,
        "index_document": "index.html",
        "error_document": "404.html",
        "redirects_to": None,
        "objects": ["www/*"],
    }


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "shop.s3-website-us-east-1.amazonaws.com"),
        ("eu-north-1", "shop.s3-website.eu-north-1.amazonaws.com"),
        ("cn-north-1", "shop.s3-website.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_website_endpoint(region: str, host: str) -> None:
    note = only(verdict(READ, Website=WEBSITE, Region=region), "website")
    assert note["endpoint"] == f"http://{host}"


@pytest.mark.parametrize(
    ("statements", "parts", "public"),
    [
        pytest.param([], {}, False, id="nobody-reads"),
        pytest.param([READ, TLS_ONLY], {}, False, id="the-endpoint-has-no-tls"),
        pytest.param([READ], {"Unreadable": ["GetAccountPublicAccessBlock"]}, None, id="unknown"),
        pytest.param(
            [READ], {"PublicAccessBlock": {"Bucket": {"RestrictPublicBuckets": True}}}, False, id="held"
        ),
    ],
)
def test_website_that_serves_nobody(
    statements: list[dict[str, Any]], parts: dict[str, Any], public: bool | None
) -> None:
    note = only(verdict(*statements, Website=WEBSITE, **parts), "website")
    assert note["public"] is public
    assert bool(note["objects"]) == (public is None)


def test_requester_pays_has_no_website() -> None:
    answer = verdict(READ, Website=WEBSITE, RequestPayer="Requester")
    assert [dict(note) for note in answer.notes] == [{"kind": "requester_pays", "anonymous": False}]


def rule(account: str | None, **changes: Any) -> dict[str, Any]:
    target: dict[str, Any] = {"Bucket": "arn:aws:s3:::copies"}
    if account is not None:
        target |= {"Account": account, "AccessControlTranslation": {"Owner": "Destination"}}
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Destination": target} | changes


@pytest.mark.parametrize(
    ("account", "external", "shared"),
    [
        (PARTNER, True, "external"),
        (SIBLING, False, "internal"),
        (ACCOUNT, False, "not_shared"),
        (None, None, "unknown"),
    ],
)
def test_replication(account: str | None, external: bool | None, shared: str) -> None:
    answer = verdict(Replication={"Role": "r", "Rules": [rule(account)]})
    note = only(answer, "replication")
    assert (note["bucket"], note["prefix"], note["account"]) == ("copies", "a/", account)
    assert (note["external"], note["owner_override"]) == (external, account is not None)
    assert (answer.shared, answer.grants, answer.public) == (shared, (), "not_public")
    assert bool(answer.problems) == (account is None)


@pytest.mark.parametrize(
    ("changes", "prefix"),
    [
        ({"Filter": {"And": {"Prefix": "b/", "Tags": []}}}, "b/"),
        ({"Filter": {}}, ""),
        ({"Filter": None, "Prefix": "c/"}, "c/"),
    ],
)
def test_prefix_of_a_rule(changes: dict[str, Any], prefix: str) -> None:
    assert only(verdict(Replication={"Rules": [rule(PARTNER, **changes)]}), "replication")["prefix"] == prefix


def test_disabled_rules_copy_nothing() -> None:
    answer = verdict(Replication={"Rules": [rule(PARTNER, Status="Disabled")]})
    assert (answer.notes, answer.shared) == ((), "not_shared")


def test_unknown_own_account() -> None:
    answer = verdict(AccountId=None, Replication={"Rules": [rule(PARTNER)]})
    assert (only(answer, "replication")["external"], answer.shared) == (None, "unknown")


def test_cloudfront() -> None:
    statement = READ | {
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"}},
    }
    note = only(verdict(statement), "cloudfront")
    assert note["principal"] == f"cloudfront:arn:aws:cloudfront::{ACCOUNT}:distribution/E1"
    assert (note["actions"], note["prefix"], note["public"]) == (["read"], "www/", None)


def test_inventory_and_logging() -> None:
    target = {"S3BucketDestination": {"Bucket": "arn:aws:s3:::lists", "AccountId": PARTNER, "Prefix": "inv"}}
    answer = verdict(
        Inventory=[
            {"Id": "daily", "IsEnabled": True, "Destination": target},
            {"Id": "off", "IsEnabled": False, "Destination": target},
        ],
        Logging={"TargetBucket": "logs", "TargetPrefix": "shop/"},
    )
    assert only(answer, "inventory") == {
        "kind": "inventory",
        "id": "daily",
        "bucket": "lists",
        "prefix": "inv",
        "account": PARTNER,
        "external": True,
    }
    assert only(answer, "logging")["bucket"] == "logs"
    assert answer.shared == "not_shared"  # names of objects, not objects


@pytest.mark.parametrize("value", [1, "x", [], [1], {"Rules": 3}, {"Rules": [{"Status": "Enabled"}]}])
def test_parts_of_any_shape(value: Any) -> None:
    parts = dict.fromkeys(("Website", "Replication", "Inventory", "Logging"), value)
    assert verdict(READ, **parts).public == "public"
