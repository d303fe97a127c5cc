"""CloudTrail files to alerts: any order, any split, each event once; what is broken is counted."""

import gzip
import json
import re
from itertools import permutations

import pytest

from classifier.config import Settings
from classifier.errors import PackError
from classifier.run import trail_alerts
from classifier.trail import Counts, in_order, load_settings, read_events


def event(number, name, **more):
    base = {
        "eventID": f"e{number}",
        "eventTime": f"2026-03-02T09:00:{number:02}Z",
        "eventName": name,
        "eventSource": "cloudtrail.amazonaws.com",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/a"},
        "recipientAccountId": "111122223333",
    }
    return base | more


EVENTS = [event(1, "StopLogging"), event(2, "StopLogging", errorCode="X"), event(3, "DeleteTrail")]
FORMS = {
    "records": lambda events: json.dumps({"Records": events}).encode(),
    "array": lambda events: json.dumps(events).encode(),
    "lines": lambda events: b"\n".join(json.dumps(item).encode() for item in events),
    "gzip": lambda events: gzip.compress(json.dumps({"Records": events}).encode()),
}


def alerts_in(folder):
    found = trail_alerts([str(folder)], Settings(), None)
    return [alert.to_json() for alert in found.alerts]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_is_read(form):
    assert [item["eventID"] for item in read_events(form(EVENTS), Counts())] == ["e1", "e2", "e3"]


def test_result_does_not_depend_on_order_or_split(tmp_path):
    seen = []
    for number, order in enumerate(permutations(EVENTS)):
        folder = tmp_path / str(number)
        folder.mkdir()
        for place, item in enumerate([*order, order[0]]):
            (folder / f"{place}.json").write_bytes(FORMS["records"]([item]))
        seen.append(alerts_in(folder))
    assert seen[0]
    assert all(found == seen[0] for found in seen)
    assert seen[0][0]["evidence"] == ["e1", "e3"]


def test_broken_records_are_counted_and_end_nothing():
    counts = Counts()
    records = list(read_events(b'{"eventName": "A"}\n{broken\n7\n', counts))
    assert in_order(records, counts) == []
    assert counts.problems == {"malformed record": 2, "no eventTime": 1}


def test_events_of_services_raise_nothing():
    counts = Counts()
    own = {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    assert in_order([event(1, "StopLogging", userIdentity=own)], counts) == []
    assert counts.services == 1


def test_settings_that_change_nothing_are_said(tmp_path):
    file = tmp_path / "trail.yaml"
    file.write_text("trusted_ips: [192.0.2.0/24]\nlog_buckets: [logs]\nnothing: 1\n")
    settings = load_settings(file)
    assert "192.0.2.7" in settings.trusted
    assert settings.warnings == (
        f"{file}:3: nothing is no setting, and was left out",
        f"{file}:2: log_buckets is kept, and used by no rule",
    )


@pytest.mark.parametrize(
    "text, said",
    [
        ("trusted_ips: [not-there.txt]", "trusted_ips: 'not-there.txt' is no address, network or file"),
        ("known_accounts: [12]", "known_accounts.0"),
        ("countries: {here: DE}", "countries: a key is an address"),
        ("- 1", "is a mapping of settings"),
    ],
)
def test_wrong_settings_are_told_with_their_line(tmp_path, text, said):
    file = tmp_path / "trail.yaml"
    file.write_text(text)
    with pytest.raises(PackError, match=f"{re.escape(str(file))}:1: .*{re.escape(said)}"):
        load_settings(file)
