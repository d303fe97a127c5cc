"""Twins: what differs in one fact raises an alert, or none."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from classifier.config import Settings
from classifier.run import trail_alerts

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ARN = "arn:aws:iam::111122223333:user/mira"


def event(number, name, minutes=0.0, **more):
    identity = {"type": "IAMUser", "arn": ARN, "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLE"}
    base = {
        "eventID": f"e{number}",
        "eventTime": f"{START + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}",
        "eventName": name,
        "eventSource": "s3.amazonaws.com",
        "sourceIPAddress": "198.51.100.7",
        "recipientAccountId": "111122223333",
        "userIdentity": identity,
        "requestParameters": {"bucketName": "b"},
    }
    return base | more


def places(minutes, second="177.131.167.145", **more):
    first = event(1, "GetObject", 0, sourceIPAddress="8.8.8.8", **more)
    return [first, event(2, "GetObject", minutes, sourceIPAddress=second, **more)]


SESSION = {
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/app/i-0abc",
        "accessKeyId": "ASIAEXAMPLE",
    }
}


def denied(count, code="AccessDenied"):
    return [event(n, f"List{n}", n / 10, errorCode=code) for n in range(count)]


def tried(count, same=False):
    return [
        event(
            n,
            "HeadBucket",
            n / 10,
            errorCode="NoSuchBucket",
            requestParameters={"bucketName": f"b{0 if same else n}"},
        )
        for n in range(count)
    ]


def sign_ins(count, result="Failure"):
    return [event(n, "ConsoleLogin", n / 10, responseElements={"ConsoleLogin": result}) for n in range(count)]


def policy(account):
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "s3:*", "Resource": "*"}
    return [
        event(
            1,
            "PutBucketPolicy",
            requestParameters={"bucketName": "b", "bucketPolicy": {"Statement": [statement]}},
        )
    ]


CASES = [
    ("trail-key-in-two-countries", places(20), "", True),
    ("trail-key-in-two-countries", places(90), "", False),
    ("trail-key-in-two-countries", places(20, "8.8.4.4"), "", False),
    ("trail-key-in-two-countries", places(20), "trusted_ips: [177.131.0.0/16]", False),
    ("trail-key-in-two-countries", places(20, errorCode="AccessDenied"), "", False),
    ("trail-session-in-two-countries", places(300, **SESSION), "", True),
    ("trail-session-in-two-countries", places(300), "", False),
    ("trail-session-in-two-countries", places(300, **SESSION), "travel_ok: [BR]", False),
    ("trail-denied-sweep", denied(10), "", True),
    ("trail-denied-sweep", denied(9), "", False),
    ("trail-denied-sweep", denied(10, "NoSuchBucket"), "", False),
    ("trail-bucket-names-tried", tried(15), "", True),
    ("trail-bucket-names-tried", tried(14), "", False),
    ("trail-bucket-names-tried", tried(15, same=True), "", False),
    ("trail-console-passwords-tried", sign_ins(10), "", True),
    ("trail-console-passwords-tried", sign_ins(10, "Success"), "", False),
    ("trail-outside-account-let-in", policy("999988887777"), "", True),
    ("trail-outside-account-let-in", policy("999988887777"), "known_accounts: ['999988887777']", False),
    ("trail-outside-account-let-in", policy("111122223333"), "", False),
    ("trail-canary-touched", [event(1, "GetObject")], "canaries: [AKIAEXAMPLE]", True),
    ("trail-canary-touched", [event(1, "GetObject")], "canaries: [AKIAOTHER]", False),
]


@pytest.mark.parametrize(
    "rule, events, config, raised", CASES, ids=[f"{n} {case[0]}" for n, case in enumerate(CASES)]
)
def test_twins(tmp_path, rule, events, config, raised):
    folder = tmp_path / "logs"
    folder.mkdir()
    for number, half in enumerate((events[1::2], events[::2])):  # whatever the files, and their order
        (folder / f"{number}.json").write_text(json.dumps({"Records": half}))
    file = None
    if config:
        file = tmp_path / "trail.yaml"
        file.write_text(config + "\n")
    found = trail_alerts([str(folder)], Settings(), file)
    assert (rule in {alert.rule for alert in found.alerts}) is raised
    for alert in found.alerts:
        assert set(alert.evidence) <= {one["eventID"] for one in events}
