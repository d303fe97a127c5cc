"""The commands that alerts tell to run are ones that the AWS CLI has, with parameters that it takes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.validate import ParamValidator

from classifier.alerts import load_rules
from tests.alerts import aws_cli
from tests.alerts.scenarios import alerts
from tests.alerts.test_twins import TWINS


@cache
def client_of(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")


@cache
def raised() -> dict[str, str]:
    """Return a remediation of each rule that the twins raise."""
    return {alert.rule: alert.remediation for *_, attack, _ in TWINS for alert in alerts(attack)}


def test_the_twins_raise_nearly_every_rule() -> None:
    rules = load_rules()
    known = {rule.id for rule in rules.rules} | {rule.id for rule in rules.language}
    known |= {check.rule for check in rules.checks.checks if check.shape.alert}
    logs = {rule.id for rule in rules.language if rule.shape.index == "cloudtrail"}
    rare = {"unknown-organization", "confused-deputy", "access-unknown", "public-metadata", "any-aws-account"}
    rare |= {
        "exposed-financial-data",
        "public-read-acl",
        "public-write",
        "cloudfront-access",
        "cloudfront-added",
        "access-point-open",
    }
    assert known - logs - rare - raised().keys() <= {
        "became-shared",
        "policy-allows-every-action",
        "controls-lost",
    }


@pytest.mark.parametrize("rule", sorted(raised()))
def test_commands_are_valid(rule: str, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text("{}", "utf-8")
    found = list(aws_cli.commands(raised()[rule]))
    for words in found:
        if ">" in words:
            words = words[: words.index(">")]
        words = ["A" * 20 if word == "ID" else word for word in words]
        client, method, given, _ = aws_cli.parsed(words, client_of, tmp_path)
        model = client.meta.service_model
        name = next(op for op in model.operation_names if xform_name(op) == method)
        report = ParamValidator().validate(given, model.operation_model(name).input_shape)
        assert not report.has_errors(), report.generate_report()
