"""Records with odd keys, a filled run folder, and the schemas that its lines must fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from classifier.model import (
    Alert,
    AlertCategory,
    BucketResult,
    Category,
    Coverage,
    Finding,
    Grant,
    Location,
    ObjectResult,
    Occurrence,
    Posture,
    Problem,
    Reason,
    RiskScore,
    S3Object,
    Severity,
    Status,
    Target,
    Tier,
    Verdict,
)
from classifier.report import BucketRecord, BucketRow, Catalog, FindingRecord, RunFolder, Summary, finding_id
from classifier.shipped import shipped

TIME = "2026-01-02T03:04:05Z"
ODD_KEYS = (
    "plain/customers.csv",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tTab",
    "\rReturn",
    "\nLine",
    "＝1",
    'quo"te,comma;semicolon\r\nline',
    "ключ/данные-日本語-🗝",
    "bidi\u202etxt.exe",
    "line\u2028separator\u0085next",
    "\x1b[31mred\x1b[0m\x9b2J\x00\x7f",
    "[bold red]markup[/bold red] :warning:",
    "<img src=x onerror=alert(1)>",
    "bad\udc80byte\udcff",
    "\\udc80 literal \\",
    " ",
    "",
    "a" * 1024,
)
CATALOG = Catalog(
    detectors={
        "AWS_SECRET_ACCESS_KEY": {
            "title": "AWS secret access key",
            "category": "CREDENTIALS",
            "tier": "context",
            "severity": "High",
            "remediation": "Rotate it.",
        }
    },
    checks={
        "tls-only": {
            "title": "Requests must use TLS",
            "rationale": "Others listen.",
            "severity": {"bare": 2.5, "sensitive": 4.0},
            "rule": "plain-http-allowed",
            "notes": "",
            "cli": "aws s3api put-bucket-policy --bucket {bucket} --policy file://POLICY",
            "terraform": "",
            "maps": {"pci": ["4.2.1"], "fsbp": ["S3.5"]},
        }
    },
    frameworks={
        "pci": {
            "title": "PCI DSS",
            "source": "https://example.com/pci",
            "clauses": {"4.2.1": "TLS", "8.6.2": "No passwords in files"},
        },
        "fsbp": {"title": "FSBP", "source": "https://example.com/fsbp", "clauses": {"S3.5": "TLS"}},
    },
    content=[
        {
            "categories": ["CREDENTIALS"],
            "detectors": [],
            "exposure": ["external", "internal", "public", "unknown"],
            "maps": {"pci": ["8.6.2"]},
        }
    ],
    macie={"public-read-policy": "Policy:IAMUser/S3BucketPublic"},
    reach={"private": "internal", "public_read": "public"},
    bands={"Critical": 90, "High": 70, "Medium": 40, "Low": 1, "Informational": 0},
)


class Sample:
    """Everything a run hands to the writers, around a key."""

    risk = RiskScore(90.0, 90.0, 95.5, Severity.CRITICAL, {"content": 0.95, "floor.public": 20.0}, "1.0.0")
    exposure = {  # noqa: RUF012 - never changed
        "level": "public_read",
        "at_most": "public_read",
        "public": True,
        "principals": ["anonymous", "any_aws"],
        "because": {"kind": "policy", "statement": 0, "sid": "Web"},
    }
    coverage = Coverage(3, 1, 1, 1, 100, 80, 90, {"PERMISSION_DENIED": 1, "MALFORMED_FILE": 1})

    def obj(self, key: str) -> S3Object:
        moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
        return S3Object("bucket", key, 42, "0f343b09", moment, "STANDARD", "v1")

    def finding(self, key: str) -> Finding:
        location = Location(part=f"{key}!/x", byte_start=3, byte_end=14, row=2, column=1, column_name=key)
        return Finding(
            obj=self.obj(key),
            detector="AWS_SECRET_ACCESS_KEY",
            category=Category.CREDENTIALS,
            severity=Severity.HIGH,
            confidence=0.95,
            tier=Tier.CONTEXT,
            count=2,
            count_is_exact=True,
            occurrences=(Occurrence(location, f"{key[:1]}****", "0" * 32, 0.95),),
            occurrences_truncated=True,
        )

    def record(self, key: str) -> FindingRecord:
        finding = self.finding(key)
        return FindingRecord(
            run_id="r1",
            finding_id=finding_id(finding, Target(finding.obj.bucket)),
            finding=finding,
            risk=self.risk,
            exposure=self.exposure,
            first_seen=TIME,
            last_seen=TIME,
            account="111111111111",
            region="eu-west-1",
            title="AWS secret access key",
            remediation="Rotate it.",
        )

    def result(self, key: str) -> ObjectResult:
        problem = Problem(f"{key}!/y", Reason.MALFORMED_FILE, "bad header", True)
        return ObjectResult(
            self.obj(key),
            Status.PARTIAL,
            Reason.MALFORMED_FILE,
            "bad header",
            40,
            (problem,),
            (self.finding(key),),
        )

    def alert(self, key: str) -> Alert:
        return Alert(
            alert_id="1" * 32,
            category=AlertCategory.CREDENTIAL_LOSS,
            rule="live-credentials",
            kind="basic",
            severity=9.8,
            band=Severity.CRITICAL,
            bucket="bucket",
            key=key,
            actor=None,
            first_seen=TIME,
            last_seen=TIME,
            count=1,
            evidence=("2" * 32,),
            narrative=f"Credentials lie in bucket. First of all in {key}.",
            attack=("T1552.001",),
            remediation="Rotate it.",
        )

    def bucket(self, key: str) -> BucketResult:
        grant = Grant("anonymous", ("read",), key, "allowed", {"kind": "policy"}, {"Principal": "anonymous"})
        snapshot = {"Bucket": "bucket", "Policy": {"Statement": [{"Sid": key}]}, "ObjectOwnership": None}
        return BucketResult(
            target=Target("bucket", key),
            posture=Posture(
                "bucket", "111111111111", "eu-west-1", snapshot, {"GetBucketAcl": "AccessDenied"}
            ),
            verdict=Verdict("bucket", True, "public", "not_shared", (grant,), problems=(key,)),
            coverage=self.coverage,
            risk=self.risk,
            detectors={"EMAIL_ADDRESS": 7, "AWS_SECRET_ACCESS_KEY": 2},
            categories={"PERSONAL_INFORMATION": 7, "CREDENTIALS": 2},
            sensitive_objects=1,
        )

    def failed(self) -> BucketResult:
        error = Problem(None, Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket")
        return BucketResult(
            Target("gone"),
            None,
            None,
            Coverage(),
            RiskScore(0, 0, 30, Severity.INFORMATIONAL, {}, "1.0.0"),
            {},
            {},
            0,
            error,
        )

    def summary(self, key: str, files: tuple[str, ...] = (), folder: str = "") -> Summary:
        return Summary(
            run_id="r1",
            version="0.1.0",
            started=TIME,
            finished=TIME,
            settings={"detectors": "all", "known_accounts": [key]},
            targets=[f"s3://bucket/{key}", "s3://gone/"],
            risk=self.risk,
            coverage=self.coverage,
            findings=1,
            occurrences=2,
            sensitive_objects=1,
            findings_by_severity={Severity.HIGH: 1},
            occurrences_by_category={"CREDENTIALS": 2},
            alerts_total=1,
            alerts_by_category={"Credential loss": 1},
            alerts=[self.alert(key)],
            buckets=[BucketRow.of(self.bucket(key)), BucketRow.of(self.failed())],
            exit_code=3,
            files=files,
            folder=folder,
            notes=[f"Interrupted at {key}"],
            catalog=CATALOG.to_json(),
        )


@pytest.fixture(scope="session")
def sample() -> Sample:
    return Sample()


@pytest.fixture(scope="session")
def odd_keys() -> tuple[str, ...]:
    return ODD_KEYS


def fill(folder: Path, keys: tuple[str, ...]) -> RunFolder:
    sample = Sample()
    with RunFolder(folder) as writer:
        for key in keys:
            writer.object(sample.result(key))
            writer.finding(sample.record(key))
            writer.alert(sample.alert(key))
            writer.bucket(BucketRecord("r1", sample.bucket(key), 1))
        writer.bucket(BucketRecord("r1", sample.failed()))
        writer.summary(sample.summary("".join(keys), writer.files))
    return writer


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with every odd key in every file."""
    folder = tmp_path_factory.mktemp("reports") / "run"
    fill(folder, ODD_KEYS)
    return folder


@pytest.fixture(scope="session")
def filled() -> Callable[[Path, tuple[str, ...]], RunFolder]:
    return fill


@pytest.fixture(scope="session")
def check() -> Callable[[str, Any], None]:
    """Raise ValidationError unless a record fits the schema of that name."""
    validators = {}
    for path in shipped("reports/schema").glob("*.json"):
        schema = json.loads(path.read_text("utf-8"))
        Draft202012Validator.check_schema(schema)
        validators[path.stem] = Draft202012Validator(schema)

    def validate(name: str, record: Any) -> None:
        validators[name].validate(record)

    return validate
