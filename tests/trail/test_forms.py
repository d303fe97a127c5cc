"""Other forms of logs: server access logs, exports of Athena and Lake; the same rules look at them."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.config import Settings
from classifier.errors import UsageError
from classifier.run import trail_alerts
from classifier.trail import Counts, read_events
from classifier.trail.access_log import record_of_line

OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
ARN = "arn:aws:iam::111122223333:user/a"


def line(requester=ARN, operation="REST.GET.OBJECT", key="a/b%2Bc.csv", status="200", error="-", more=""):
    return (
        f"{OWNER} larkfield [06/Feb/2026:01:00:38 +0100] 192.0.2.3 {requester} 3E57427F3EXAMPLE "
        f'{operation} {key} "GET /larkfield/{key} HTTP/1.1" {status} {error} 113 4096 7 6 "-" '
        f'"aws-cli/2.31 (a \\"b\\")" -{more}'
    )


NEWER = " hostid= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader larkfield.s3.amazonaws.com TLSv1.2 - Yes"


@pytest.mark.parametrize("more", ["", NEWER, NEWER + " later fields"])
def test_a_line_of_any_version(more):
    record = record_of_line(line(more=more))
    assert record["eventName"] == "GetObject"
    assert record["eventTime"] == "2026-02-06T00:00:38Z"
    assert record["requestParameters"] == {"bucketName": "larkfield", "key": "a/b+c.csv"}
    assert record["userIdentity"]["arn"] == ARN
    assert record["sourceIPAddress"] == "192.0.2.3"
    assert record["managementEvent"] is False
    assert "errorCode" not in record
    assert record["userAgent"].startswith("aws-cli/2.31")


@pytest.mark.parametrize(
    "told, name, error, account",
    [
        ({"operation": "REST.PUT.BUCKETPOLICY", "key": "-"}, "PutBucketPolicy", None, "111122223333"),
        ({"status": "403", "error": "AccessDenied"}, "GetObject", "AccessDenied", "111122223333"),
        ({"status": "404"}, "GetObject", "404", "111122223333"),
        ({"requester": "-"}, "GetObject", None, "anonymous"),
        ({"requester": "arn:aws:sts::444455556666:assumed-role/r/s"}, "GetObject", None, "444455556666"),
        ({"operation": "REST.GET.SOMETHING_NEW"}, "REST.GET.SOMETHING_NEW", None, "111122223333"),
    ],
)
def test_operations_become_event_names(told, name, error, account):
    record = record_of_line(line(**told))
    assert (record["eventName"], record.get("errorCode")) == (name, error)
    assert record["userIdentity"]["accountId"] == account


def test_what_s3_does_itself_is_no_event_and_what_is_broken_is_counted():
    counts = Counts()
    data = "\n".join([line(), line(operation="S3.EXPIRE.OBJECT"), "half a line", ""]).encode()
    assert len(list(read_events(data, counts))) == 1
    assert counts.services == 1
    assert counts.problems == {"malformed line of an access log": 1}


@given(st.text(max_size=300))
def test_no_line_breaks_it(text):
    record_of_line(text)
    record_of_line(f"{OWNER} b [06/Feb/2026:01:00:38 +0100] {text}")


EVENT = {
    "eventID": "e1",
    "eventTime": "2026-03-02T09:00:00Z",
    "eventName": "PutBucketVersioning",
    "eventSource": "s3.amazonaws.com",
    "recipientAccountId": "111122223333",
    "userIdentity": {
        "type": "IAMUser",
        "arn": ARN,
        "sessionContext": {"attributes": {"mfaAuthenticated": "true"}},
    },
    "requestParameters": {"bucketName": "b", "VersioningConfiguration": {"Status": "Suspended"}},
}


def as_csv(spell):
    out = io.StringIO()
    row = {
        spell(name): value if isinstance(value, str) else json.dumps(value) for name, value in EVENT.items()
    }
    writer = csv.DictWriter(out, row)
    writer.writeheader()
    writer.writerow(row)
    return out.getvalue().encode()


def lowered(value):
    return {name.lower(): lowered(item) for name, item in value.items()} if isinstance(value, dict) else value


FORMS = {
    "its own": json.dumps(EVENT).encode(),
    "lower case": json.dumps({**lowered(EVENT), "requestparameters": EVENT["requestParameters"]}).encode(),
    "texts": json.dumps(
        {
            name.lower(): value if isinstance(value, str) else json.dumps(value)
            for name, value in EVENT.items()
        }
    ).encode(),
    "a time with a space": json.dumps(
        {
            **lowered(EVENT),
            "eventtime": "2026-03-02 09:00:00.000",
            "requestparameters": json.dumps(EVENT["requestParameters"]),
        }
    ).encode(),
    "CSV": as_csv(str),
    "CSV in lower case": as_csv(str.lower),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_export_raises_what_the_log_does(tmp_path, form):
    file = tmp_path / "events"
    file.write_bytes(FORMS[form])
    found = trail_alerts([str(file)], Settings(), None)
    rules = [(alert.rule, alert.actor, alert.first_seen) for alert in found.alerts]
    assert rules == [("trail-versioning-suspended", ARN, "2026-03-02T09:00:00Z")], found.notes


@pytest.mark.parametrize(
    "since, until, count",
    [
        (None, None, 1),
        ("2026-03-02", None, 1),
        ("2026-03-02T09:00:01Z", None, 0),
        (None, "2026-03-02T09:00:00Z", 0),
        ("2026-03-02T10:00:00+01:00", "2026-03-03", 1),
    ],
)
def test_a_window(tmp_path, since, until, count):
    file = tmp_path / "events.json"
    file.write_bytes(FORMS["its own"])
    assert len(trail_alerts([str(file)], Settings(), None, since, until).alerts) == count


def test_a_window_that_is_none(tmp_path):
    with pytest.raises(UsageError, match="--since yesterday"):
        trail_alerts([str(tmp_path)], Settings(), None, "yesterday")
