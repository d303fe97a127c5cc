"""Round trips through moto: everything that is sent is there, by every filter; refusals are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from classifier.notify import NotifySettings, Run, Sent, deliver
from classifier.notify.aws import EventBridge, Sns
from classifier.notify.messages import Message, messages
from classifier.report import PastRun
from tests.report.formats.models import problems, shape

REGION, ACCOUNT = "eu-west-1", "123456789012"
Client = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)


@pytest.fixture
def client(moto: str) -> Client:
    def of(service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service, region_name=REGION, endpoint_url=moto, config=Config(retries={"max_attempts": 1})
        )

    return of


def settings(moto: str, **channel: Any) -> NotifySettings:
    given = {"region": REGION, "endpoint_url": moto, **channel}
    return NotifySettings.model_validate({"channels": [given], "attempts": 2})


def expected(past: PastRun) -> set[str]:
    return {line["finding_id"] for line in past.findings()} | {line["alert_id"] for line in past.alerts()}


def received(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Everything in a queue."""
    found: list[dict[str, Any]] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += batch
        for one in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


def queue(client: Client, name: str) -> tuple[str, str]:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def identity(record: dict[str, Any]) -> str:
    return str(record.get("finding_id") or record["alert_id"])


def test_security_hub_keeps_every_finding(
    run: Run, past: PastRun, moto: str, client: Client, sent: Sent
) -> None:
    channel = settings(moto, type="securityhub", severity="informational")
    (outcome,) = deliver(run, channel, sent)
    assert (outcome.sent, outcome.error) == (len(expected(past)), "")
    pages = client("securityhub").get_paginator("get_findings").paginate()
    found = [finding for page in pages for finding in page["Findings"]]
    assert {finding["Id"].rpartition("/")[2] for finding in found} >= expected(past)
    for finding in found:
        assert finding["ProductArn"] == f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"
        assert finding["AwsAccountId"] != "000000000000"


def test_a_filter_policy_sees_severity_and_category(
    run: Run, past: PastRun, moto: str, client: Client, sent: Sent
) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name="notify-all")["TopicArn"]
    urls = {}
    for name, policy in (
        ("all", {}),
        ("high", {"severity": ["High"]}),
        ("cards", {"category": ["FINANCIAL_INFORMATION"], "account": ["111122223333"]}),
    ):
        urls[name], arn = queue(client, f"notify-{name}")
        attributes = {"FilterPolicy": json.dumps(policy)} if policy else {}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    channel = settings(moto, type="sns", topic_arn=topic, on=["alert", "finding"], severity="informational")
    (outcome,) = deliver(run, channel, sent)
    assert outcome.error == ""
    got = {
        name: {
            identity(json.loads(json.loads(one["Body"])["Message"])["record"])
            for one in received(client("sqs"), url)
        }
        for name, url in urls.items()
    }
    high = {line["finding_id"] for line in past.findings() if line["severity"] == "High"}
    high |= {line["alert_id"] for line in past.alerts() if line["band"] == "High"}
    cards = {
        line["finding_id"]
        for line in past.findings()
        if line["category"] == "FINANCIAL_INFORMATION" and line["bucket"] == "open-data"
    }
    assert got == {"all": expected(past), "high": high, "cards": cards}
    assert cards


@pytest.mark.parametrize("style", ["plain", "macie"])
def test_event_bridge_keeps_every_finding(
    run: Run, past: PastRun, moto: str, client: Client, sent: Sent, style: str
) -> None:
    events = client("events")
    url, arn = queue(client, f"notify-events-{style}")
    bus = f"notify-{style}"
    events.create_event_bus(Name=bus)
    pattern = json.dumps({"source": ["s3-classifier"]})
    events.put_rule(Name="all", EventPattern=pattern, EventBusName=bus)
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    channel = settings(
        moto, type="eventbridge", bus=bus, style=style, on=["finding"], severity="informational"
    )
    (outcome,) = deliver(run, channel, sent)
    assert outcome.error == ""
    found = [json.loads(one["Body"]) for one in received(client("sqs"), url)]
    wanted = {line["finding_id"] for line in past.findings()}
    if style == "macie":
        assert {event["detail"]["id"] for event in found} == wanted
        assert {event["detail-type"] for event in found} == {"Macie Finding"}
        assert all(problems(event["detail"], shape("macie2", "Finding")) == [] for event in found)
    else:
        assert {event["detail"]["record"]["finding_id"] for event in found} == wanted
        assert {event["detail-type"] for event in found} == {"S3 Classifier Finding"}


def test_a_queue_keeps_every_finding(run: Run, past: PastRun, moto: str, client: Client, sent: Sent) -> None:
    url, _ = queue(client, "notify-direct")
    channel = settings(moto, type="sqs", queue_url=url, on=["alert", "finding"], severity="informational")
    deliver(run, channel, sent)
    found = [json.loads(one["Body"])["record"] for one in received(client("sqs"), url)]
    assert {identity(record) for record in found} == expected(past)


@pytest.mark.parametrize(
    "channel",
    [
        {"type": "sns", "topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:none"},
        {"type": "sqs", "queue_url": "{moto}/123456789012/none"},
    ],
    ids=["topic", "queue"],
)
def test_what_is_not_there(run: Run, moto: str, sent: Sent, channel: dict[str, str]) -> None:
    given = {name: value.format(moto=moto) for name, value in channel.items()}
    (outcome,) = deliver(run, settings(moto, **given), sent, sleep=lambda _: None)
    assert outcome.sent == 0
    assert f"{channel['type']} answered " in outcome.error


class Stub:
    """A client whose next answers are given."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def publish_batch(self, **call: Any) -> Any:
        self.calls.append(call)
        return self.answers.pop(0)

    put_events = publish_batch


def batch(run: Run, channel: Any) -> list[tuple[Message, Any]]:
    found = list(messages(run, channel.settings))[:3]
    return [(message, channel.payload(message)) for message in found]


def test_refused_entries_are_those_of_their_ids(run: Run) -> None:
    given = settings(
        "http://h", type="sns", topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:t.fifo", severity="low"
    )
    channel = Sns(given.channels[0])  # type: ignore[arg-type]
    channel.client = Stub({"Failed": [{"Id": "1", "Code": "InternalError"}]})
    three = batch(run, channel)
    assert channel.send(three) == [(three[1][0], "answered InternalError")]
    assert all({"MessageGroupId", "MessageDeduplicationId"} <= set(payload) for _, payload in three)
    assert all(channel.size(payload) < 256 * 1024 for _, payload in three)
    bus = EventBridge(settings("http://h", type="eventbridge").channels[0])  # type: ignore[arg-type]
    bus.client = Stub({"Entries": [{}, {"ErrorCode": "Throttled"}, {}]})
    three = batch(run, bus)
    assert bus.send(three) == [(three[1][0], "events answered Throttled")]
