"""What was seen to be answered without credentials is allowed, whatever could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import evaluate, remedies, seen_to_read

ARN = "arn:aws:s3:::shop"


def seen(action: str, resource: str, principal: str = "anonymous") -> dict[str, Any]:
    return {"Principal": principal, "Action": action, "Resource": resource, "Context": {}}


LISTED, READ = seen("s3:ListBucket", ARN), seen("s3:GetObject", f"{ARN}/a/b")


def unread(*observed: Any, **parts: Any) -> dict[str, Any]:
    denied = ["GetBucketPolicy", "GetBucketAcl", "GetAccountPublicAccessBlock", "GetObjectAcl"]
    return {"Bucket": "shop", "Unreadable": denied, "Observed": list(observed)} | parts


def test_unknown_without_and_public_with() -> None:
    assert evaluate(unread()).public == "unknown"
    verdict = evaluate(unread(LISTED, READ))
    assert verdict.public == "public"
    assert [(g.actions, g.prefix, g.exact_key, g.decision) for g in verdict.grants] == [
        (("list",), "", False, "allowed"),
        (("read",), "a/b", True, "allowed"),
    ]
    assert {grant.because["kind"] for grant in verdict.grants} == {"observed"}


@pytest.mark.parametrize("witness", [LISTED, READ])
def test_its_witness_is_allowed(witness: dict[str, Any]) -> None:
    assert evaluate(unread(LISTED, READ, Request=witness)).decision == "allowed"
    assert evaluate(unread(Request=witness)).decision == "unknown"


def test_a_request_that_was_not_seen_stays_unknown() -> None:
    assert evaluate(unread(READ, Request=seen("s3:GetObject", f"{ARN}/else"))).decision == "unknown"


def test_what_the_rules_say_already_is_not_said_twice() -> None:
    policy = {
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    }
    verdict = evaluate({"Bucket": "shop", "Policy": policy, "Observed": [READ]})
    assert {grant.because["kind"] for grant in verdict.grants} == {"policy"}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "x",
        {},
        seen("s3:GetObject", ARN),
        seen("s3:ListBucket", f"{ARN}/key"),
        seen("s3:NoSuchAction", ARN),
        seen("s3:GetObject", f"{ARN}/k", "any_aws"),
        {"Principal": "anonymous", "Action": 1, "Resource": None},
    ],
)
def test_what_is_no_observation_is_left_out(broken: Any) -> None:
    assert evaluate(unread(broken)).public == "unknown"
    assert evaluate(unread() | {"Observed": broken}).public == "unknown"


def test_an_observation_ends_only_with_all_that_is_open() -> None:
    snapshot = unread(LISTED, READ)
    found = {step.kind: step for step in remedies(snapshot, evaluate(snapshot))}
    assert set(found) == {"block_bucket"}
    assert len(found["block_bucket"].closes) == 2


def test_a_read_object_is_its_own_grant() -> None:
    grant = seen_to_read("shop", "a/b")
    assert grant.covers("a/b")
    assert not grant.covers("a/bc")
    assert grant.witness == READ
