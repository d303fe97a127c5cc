"""What a file of channels may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.errors import ConfigError, PackError
from classifier.model import Severity
from classifier.notify import load_channels

GOOD = """
channels:
  - {type: sns, topic_arn: "arn:aws:sns:eu-west-1:111122223333:findings", severity: critical}
  - {type: sqs, queue_url: "https://sqs.eu-west-1.amazonaws.com/111122223333/q", on: [finding]}
  - {type: eventbridge, bus: security, style: macie}
  - {type: securityhub, account: "111122223333"}
  - {type: webhook, url: "https://example.com/hook", digest: true}
  - {type: email, host: mail.example.com, from: a@example.com, to: [b@example.com]}
  - {type: emf, path: metrics.jsonl}
"""


def load(tmp_path: Path, text: str) -> object:
    path = tmp_path / "notify.yaml"
    path.write_text(text)
    return load_channels(path)


def test_every_type(tmp_path: Path) -> None:
    path = tmp_path / "notify.yaml"
    path.write_text(GOOD)
    found = load_channels(path)
    assert [one.type for one in found.channels] == [
        "sns", "sqs", "eventbridge", "securityhub", "webhook", "email", "emf",
    ]  # fmt: skip
    assert found.channels[0].severity is Severity.CRITICAL
    assert found.channels[0].on == ("finished", "failed", "alert")
    assert found.channels[3].on == ("alert", "finding")
    assert found.channels[5].digest


@pytest.mark.parametrize(
    "text, says",
    [
        ("channels: []", "channels"),
        ("channels: [{type: pager}]", "type"),
        ("channels: [{type: sns, topic_arn: here}]", "topic_arn"),
        ("channels: [{type: emf, colour: red}]", "colour"),
        ("channels: [{type: emf, on: [changed]}]", "on"),
        ("channels: [{type: emf, severity: loud}]", "severity"),
        ("channels: [{type: webhook}]", "either url or url_env"),
        ("channels: [{type: webhook, url: 'file:///etc/passwd'}]", "https://"),
        ("channels: [{type: webhook, url_env: NO_SUCH_VARIABLE}]", "NO_SUCH_VARIABLE is not set"),
        ("channels: [{type: eventbridge, source: aws.macie}]", "AWS's own"),
        ("channels: [{type: securityhub, on: [finished]}]", "on"),
        ('channels: [{type: email, host: h, from: "a@b.c\\nBcc: x", to: [b@c.d]}]', "no mail address"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "notify.yaml"))


def test_a_secret_address_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "channels: [{type: webhook, url: 'https://hooks.example.com/T0/hush', style: loud}]")
    assert "hush" not in str(caught.value)


def test_what_is_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"notify\.yaml:1"):
        load(tmp_path, "channels: [")
