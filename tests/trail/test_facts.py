"""What is concluded from events: countries, outsiders that a policy lets in, keys of others, canaries."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.trail import Facts, TrailSettings

OWN, KNOWN, OTHER = "111122223333", "222233334444", "999988887777"


def derived(event, **settings):
    return Facts(TrailSettings(**settings)).added({"recipientAccountId": OWN, **event}).get("Derived", {})


def policy(principal, effect="Allow"):
    statement = {"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statement}


@pytest.mark.parametrize(
    "principal, outside",
    [
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, [OTHER]),
        ({"AWS": [OTHER, f"arn:aws-cn:iam::{OWN}:role/a"]}, [OTHER]),
        ({"AWS": f"arn:aws:iam::{KNOWN}:root"}, []),
        ({"AWS": f"arn:aws:sts::{OTHER}:assumed-role/a/b"}, [OTHER]),
        ({"Service": "logging.s3.amazonaws.com"}, []),
        ("*", []),
        (None, []),
    ],
)
@pytest.mark.parametrize("form", [lambda told: told, json.dumps])
def test_who_a_policy_lets_in(principal, outside, form):
    event = {"eventName": "PutBucketPolicy", "requestParameters": {"bucketPolicy": form(policy(principal))}}
    assert derived(event, known_accounts=frozenset({KNOWN})).get("OutsideAccounts", []) == outside


def test_a_denial_lets_nobody_in():
    told = policy({"AWS": OTHER}, "Deny")
    assert derived({"requestParameters": {"bucketPolicy": told}}) == {}


@pytest.mark.parametrize(
    "name, key, is_outside",
    [
        ("CopyObject", f"arn:aws:kms:eu-west-1:{OTHER}:key/abc", True),
        ("PutObject", f"arn:aws:kms:eu-west-1:{OWN}:key/abc", False),
        ("PutObject", "alias/mine", False),
        ("GetObject", f"arn:aws:kms:eu-west-1:{OTHER}:key/abc", False),
    ],
)
def test_keys_of_other_accounts(name, key, is_outside):
    request = {"bucketName": "b", "x-amz-server-side-encryption-aws-kms-key-id": key}
    assert ("OutsideKey" in derived({"eventName": name, "requestParameters": request})) is is_outside


@pytest.mark.parametrize(
    "address, countries, country",
    [
        ("8.8.8.8", {}, "US"),
        ("2001:4860:4860::8888", {}, "US"),
        ("10.0.0.1", {}, None),
        ("192.0.2.1", {}, None),
        ("192.0.2.1", {"192.0.2.0/24": "DE"}, "DE"),
        ("8.8.8.8", {"8.8.8.8": "FR"}, "FR"),
        ("s3.amazonaws.com", {}, None),
        ("", {}, None),
    ],
)
def test_countries(address, countries, country):
    assert derived({"sourceIPAddress": address}, countries=countries).get("Country") == country


@pytest.mark.parametrize(
    "canary, touched",
    [("s3://b/secret.txt", True), ("s3://b/sec*", True), ("s3://b/other", False), ("AKIAEXAMPLE", True)],
)
def test_canaries(canary, touched):
    event = {
        "requestParameters": {"bucketName": "b", "key": "secret.txt"},
        "userIdentity": {"accessKeyId": "AKIAEXAMPLE"},
    }
    assert derived(event, canaries=(canary,)).get("Canary", False) is touched


def test_prefixes_of_jobs():
    event = {"requestParameters": {"bucketName": "b", "key": "tmp/1"}}
    assert derived(event, etl_prefixes=("tmp/",)) == {"Scratch": True}
    assert derived(event, etl_prefixes=("stage/",)) == {}
    assert derived(event) == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
_FIELDS = ["eventName", "requestParameters", "userIdentity", "sourceIPAddress", "recipientAccountId"]


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON))
def test_no_event_breaks_it(event):
    facts = Facts(TrailSettings(canaries=("s3://b/*",), etl_prefixes=("x/",)))
    assert {name: value for name, value in facts.added(event).items() if name != "Derived"} == event
