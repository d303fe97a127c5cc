"""Every record of every format against the real schema, for every odd name there is."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from functools import cache
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from junitparser import JUnitXml
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from classifier.report import PastRun
from classifier.visible import hidden
from tests.report.formats.conftest import records, rendered
from tests.report.formats.models import problems, shape
from tests.report.formats.sarif_model import complaints

Make = Callable[[list[str]], PastRun]


@cache
def ocsf(uid: int, cloud: bool) -> Draft202012Validator:
    name = {2006: "data_security_finding", 2004: "detection_finding"}[uid]
    known = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.5.0"))
    return Draft202012Validator(known.get_class_schema(name, ["cloud"] if cloud else []))


def check_ocsf(run: PastRun) -> None:
    for event in records("ocsf", run):
        ocsf(event["class_uid"], "cloud" in event["metadata"].get("profiles", ())).validate(event)
        assert event["type_uid"] == 100 * event["class_uid"] + event["activity_id"]
        assert event["time"] == 1767323045000  # milliseconds


def check_sarif(run: PastRun) -> None:
    log = json.loads(rendered("sarif", run))
    assert list(complaints(log)) == []
    (one,) = log["runs"]
    rules = {rule["id"]: rule for rule in one["tool"]["driver"]["rules"]}
    for result in one["results"]:
        for place in result["locations"]:
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            assert uri.isascii()
            assert uri.isprintable()
            assert not set(uri) & set(' "<>\\^`{|}')
    assert {result["ruleId"] for result in one["results"]} - set(rules) <= {"OWN_CUSTOMER_NUMBER"}
    assert all(0 <= float(rule["properties"]["security-severity"]) <= 10 for rule in rules.values())


def check_asff(run: PastRun) -> None:
    found = records("asff", run)
    for start in range(0, len(found), 100):
        assert (
            problems(
                {"Findings": found[start : start + 100]}, shape("securityhub", "BatchImportFindingsRequest")
            )
            == []
        )
    for finding in found:
        assert len(json.dumps(finding)) < 240_000
        assert (len(finding["Title"]) <= 256, len(finding["Description"]) <= 1024) == (True, True)
        assert len(finding["Id"]) <= 512
        assert all(len(resource["Id"]) <= 512 for resource in finding["Resources"])
        assert len(finding["ProductFields"]) <= 50
        assert all(len(value) <= 2048 for value in finding["ProductFields"].values())
        assert len(finding.get("Remediation", {}).get("Recommendation", {}).get("Text", "")) <= 512
        assert len(finding.get("Compliance", {}).get("RelatedRequirements", ())) <= 32
        assert all(kind.count("/") == 2 for kind in finding["Types"])


def check_macie(run: PastRun) -> None:
    model = shape("macie2", "Finding")
    found = records("macie", run)
    for finding in found:
        assert problems(finding, model) == []
    assert {event["detail"]["id"] for event in records("eventbridge", run)} == {one["id"] for one in found}
    for event in records("eventbridge", run):
        assert list(event) == [
            "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
        ]  # fmt: skip
        assert (event["detail-type"], event["source"]) == ("Macie Finding", "aws.macie")
        assert problems(event["detail"], model) == []
    for record in records("macie-results", run):
        assert problems(record, model) == []


def check_csv(run: PastRun) -> None:
    for name in ("csv", "compliance"):
        text = rendered(name, run).decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert {len(row) for row in rows} == {len(rows[0])}
        for row in rows[1:]:
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row)


def check_junit(run: PastRun) -> None:
    data = rendered("junit", run)
    assert ElementTree.fromstring(data).tag == "testsuites"
    for suite in JUnitXml.fromstring(data):
        cases = list(suite)
        assert len(cases) == suite.tests > 0
        kinds = [type(one).__name__ for case in cases for one in case.result]
        assert (kinds.count("Failure"), kinds.count("Skipped")) == (suite.failures, suite.skipped)


def check_parquet(run: PastRun) -> None:
    table = pq.read_table(io.BytesIO(rendered("parquet", run)))
    assert table.column("finding_id").to_pylist() == [line["finding_id"] for line in run.findings()]


def check_markdown(run: PastRun) -> None:
    text = rendered("markdown", run).decode("utf-8")
    assert len(text) < 65_536
    assert "<img" not in text.replace("`", "").split("## Riskiest")[0]
    for line in text.split("\n"):
        assert not any(map(hidden, line))


CHECKS: dict[str, Callable[[PastRun], None]] = {
    "ocsf": check_ocsf,
    "sarif": check_sarif,
    "asff": check_asff,
    "macie": check_macie,
    "csv": check_csv,
    "junit": check_junit,
    "parquet": check_parquet,
    "markdown": check_markdown,
}


@pytest.mark.parametrize("name", CHECKS)
def test_every_record_is_valid(varied: PastRun, name: str) -> None:
    CHECKS[name](varied)
    assert varied.notes == []


@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(key=st.text(st.characters(codec=None), min_size=0, max_size=40))
def test_whatever_a_key_is_called(make: Make, key: str) -> None:
    run = make([key])
    for check in CHECKS.values():
        check(run)


@pytest.mark.parametrize(
    "change, model",
    [
        ({"severity": {"description": "Severe", "score": 3}}, "Finding"),
        ({"type": "SensitiveData:S3Object/Health"}, "Finding"),
        ({"unknown": 1}, "Finding"),
    ],
)
def test_the_validators_refuse_what_is_wrong(varied: PastRun, change: dict[str, Any], model: str) -> None:
    finding = records("macie", varied)[0]
    assert problems({**finding, **change}, shape("macie2", model)) != []


def test_the_schemas_refuse_what_is_wrong(varied: PastRun) -> None:
    event = records("ocsf", varied)[0]
    assert not ocsf(2006, True).is_valid({**event, "extra": 1})
    assert not ocsf(2006, True).is_valid({**event, "time": "2026"})
    log = json.loads(rendered("sarif", varied))
    log["runs"][0]["results"][0]["level"] = "severe"
    assert len(list(complaints(log))) == 1
    log["runs"][0]["results"][0] |= {"extra": 1, "occurrenceCount": 0, "message": {"tekst": ""}}
    assert len(list(complaints(log))) == 4
    del log["runs"][0]["tool"]
    assert ".runs[0].tool: is missing" in complaints(log)
