"""A run folder in which everything occurs that a report may have to say, with odd names in all places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from classifier.model import (
    Alert,
    AlertCategory,
    BucketResult,
    Category,
    CheckResult,
    CheckStatus,
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
from classifier.report import (
    BucketRecord,
    BucketRow,
    Catalog,
    FindingRecord,
    RunFolder,
    Summary,
    finding_id,
)

BEFORE, TIME = "2026-01-01T00:00:00Z", "2026-01-02T03:04:05Z"
RUN = "20260102T030405Z-abcdef"
DETECTORS = {
    Category.CREDENTIALS: "AWS_CREDENTIALS",
    Category.FINANCIAL_INFORMATION: "CREDIT_CARD_NUMBER",
    Category.PERSONAL_INFORMATION: "USA_SOCIAL_SECURITY_NUMBER",
    Category.PERSONAL_HEALTH_INFORMATION: "MEDICAL_RECORD_NUMBER",
    Category.CUSTOM_IDENTIFIER: "OWN_CUSTOMER_NUMBER",
}
STATUSES = ("open", "new", "suppressed", "fixed", "reopened")
EXPOSURES: tuple[dict[str, Any], ...] = (
    {"level": "private", "at_most": "private", "public": False, "principals": [], "because": {}},
    {
        "level": "public_read",
        "at_most": "public_write",
        "public": True,
        "principals": ["anonymous", "any_aws"],
        "because": {"kind": "policy", "statement": 0, "sid": "Web"},
    },
    {
        "level": "unknown",
        "at_most": "public_list_read",
        "public": None,
        "principals": [],
        "because": {"kind": "unknown"},
    },
)
_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": False,
}
_GROUP = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
# name, account, region, posture, verdict's public
BUCKETS: tuple[tuple[str, str | None, str | None, dict[str, Any], str | None], ...] = (
    (
        "open-data",
        "111122223333",
        "eu-west-1",
        {
            "Acl": {
                "Owner": {"ID": "75aa57f0", "DisplayName": "owner"},
                "Grants": [{"Grantee": _GROUP, "Permission": "READ"}],
            },
            "PublicAccessBlock": {"Organization": None, "Account": None, "Bucket": _BLOCKED},
            "Tags": [{"Key": "owner", "Value": "=cmd()"}],
            "Encryption": {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": "arn:aws:kms:eu-west-1:111122223333:key/k",
                        }
                    }
                ]
            },
        },
        "public",
    ),
    ("closed-data", "444455556666", "us-gov-west-1", {"Encryption": None, "Tags": None}, "not_public"),
    ("beijing", "777788889999", "cn-north-1", {"Unreadable": ["GetBucketEncryption"]}, "unknown"),
    ("bare", None, None, {}, None),
    ("", None, None, {}, None),
)


def _locations(odd: str) -> list[Location]:
    return [
        Location(byte_start=3, byte_end=14, line=2, column=4),
        Location(row=2, column=1, column_name=odd or "name", byte_start=0, byte_end=1),
        Location(row=7, column=3, cell="Sheet2!C7", part=f"{odd}!/x.xlsx"),
        Location(record=0, json_path=f"$.people[0].{odd}" + "x" * 300),
        Location(page=3, box=(1.0, 2.0, 3.0, 4.0)),
        Location(attribute="key"),
        Location(table="people", row=1),
        Location(),
    ]


def _masked(odd: str) -> str:
    return f"{odd[:2]}****"


def _finding(bucket: str, key: str, number: int, category: Category, severity: Severity) -> Finding:
    places = _locations(key[:200])
    kept = places if number % 3 else [places[number % len(places)]]
    return Finding(
        obj=S3Object(
            bucket,
            key,
            number,
            "" if number % 5 == 0 else "0f343b09",
            datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC) if number % 4 else None,
            ("STANDARD", "GLACIER_IR", "EXPRESS_ONEZONE")[number % 3],
            "v1" if number % 2 else None,
        ),
        detector=DETECTORS[category],
        category=category,
        severity=severity,
        confidence=(number % 11) / 10,
        tier=list(Tier)[number % len(Tier)],
        count=1 + number * 7,
        count_is_exact=bool(number % 2),
        occurrences=tuple(Occurrence(place, _masked(key), f"{number:032x}", 0.5) for place in kept)
        if number % 7
        else (),
        occurrences_truncated=bool(number % 2),
    )


def write_run(folder: Path, keys: Sequence[str], catalog: Catalog) -> RunFolder:
    """Write a run of every key in every bucket, with each category, severity, status, place and exposure."""
    risks = [
        RiskScore(score, score, min(100, score + 5), band, {"content": 0.5}, "1.0.0")
        for score, band in ((0.0, Severity.INFORMATIONAL), (33.3, Severity.LOW), (55.0, Severity.MEDIUM),
                            (70.0, Severity.HIGH), (99.9, Severity.CRITICAL))
    ]  # fmt: skip
    levels, statuses, exposures, risk = cycle(Severity), cycle(STATUSES), cycle(EXPOSURES), cycle(risks)
    number = alerts = 0
    results = []
    with RunFolder(folder) as writer:
        for bucket, account, region, _, _ in BUCKETS:
            for key in keys:
                found = []
                for category in Category if number % 2 else [list(Category)[number % 5]]:
                    number += 1
                    found.append(_finding(bucket, key, number, category, next(levels)))
                obj = replace(found[0].obj)
                found = [replace(finding, obj=obj) for finding in found]
                partly = number % 3 == 0
                reason = Reason.MALFORMED_FILE if partly else None
                writer.object(
                    ObjectResult(
                        obj,
                        Status.PARTIAL if partly else Status.COMPLETE,
                        reason,
                        "bad header" if partly else "",
                        40,
                        (Problem(key, Reason.MALFORMED_FILE, "bad header", True),) if partly else (),
                        tuple(found),
                    )
                )
                for finding in found:
                    writer.finding(
                        FindingRecord(
                            run_id=RUN,
                            finding_id=finding_id(finding, Target(bucket, path="" if bucket else "data")),
                            finding=finding,
                            risk=next(risk),
                            exposure=next(exposures),
                            first_seen=BEFORE if number % 2 else TIME,
                            last_seen=TIME,
                            account=account,
                            region=region,
                            title=catalog.title(finding.detector),
                            remediation=catalog.remediation(finding.detector),
                            status=next(statuses),
                        )
                    )
                clean = S3Object(bucket, f"{key}-clean", 0)
                writer.object(ObjectResult(clean, Status.COMPLETE, None, "", 0, (), ()))
        rules = [
            *catalog.macie,
            *(check["rule"] for check in catalog.checks.values() if check["rule"]),
            "own-rule",
        ]
        for index, (rule, category) in enumerate(zip(rules, cycle(AlertCategory), strict=False)):
            alerts += 1
            writer.alert(_alert(index, rule, category, keys[index % len(keys)]))
        for place in BUCKETS:
            results.append(_bucket(*place, keys, catalog))
            writer.bucket(BucketRecord(RUN, results[-1], alerts))
        error = Problem(None, Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket")
        gone = BucketResult(Target("gone"), None, None, Coverage(), risks[0], {}, {}, 0, error)
        writer.bucket(BucketRecord(RUN, gone, 0))
        writer.summary(
            Summary(
                run_id=RUN,
                version="0.1.0",
                started=TIME,
                finished="2026-01-02T03:05:00Z",
                settings={},
                targets=["s3://open-data/"],
                risk=risks[-1],
                coverage=results[0].coverage,
                findings=number,
                occurrences=number,
                sensitive_objects=number,
                findings_by_severity={Severity.HIGH: number},
                occurrences_by_category={"CREDENTIALS": number},
                alerts_total=alerts,
                alerts_by_category={},
                alerts=[],
                buckets=[BucketRow.of(result) for result in results],
                exit_code=3,
                files=writer.files,
                folder=str(folder),
                notes=[f"Interrupted at {keys[0]}"],
                catalog=catalog.to_json(),
            )
        )
    return writer


def _alert(index: int, rule: str, category: AlertCategory, key: str) -> Alert:
    band = list(Severity)[index % 5]
    bucket = BUCKETS[index % len(BUCKETS)][0]
    return Alert(
        alert_id=f"{index:032x}",
        category=category,
        rule=rule,
        kind=("basic", "predictive", "custom")[index % 3],  # type: ignore[arg-type]
        severity={0: 0.1, 1: 1.0, 2: 4.5, 3: 7.7, 4: 10.0}[index % 5],
        band=band,
        bucket=bucket,
        key=key if index % 2 else None,
        actor=f"arn:aws:iam::111122223333:user/{key[:64]}" if index % 4 == 0 else None,
        first_seen=BEFORE,
        last_seen=TIME,
        count=index + 1,
        evidence=(f"{index:032x}",) if index % 2 else (),
        narrative=f"Something about {bucket}, first of all in {key}. "
        + "It goes on. " * (200 if index == 3 else 1),
        attack=("T1530", "T1552.001")[: index % 3],
        remediation="Look, then act:\naws s3api get-bucket-policy --bucket BUCKET "
        + "x" * (600 if index == 4 else 0),
    )


def _bucket(
    name: str,
    account: str | None,
    region: str | None,
    snapshot: dict[str, Any],
    public: str | None,
    keys: Sequence[str],
    catalog: Catalog,
) -> BucketResult:
    grant = Grant("anonymous", ("read",), keys[0], "allowed", {"kind": "policy"}, {"Principal": "anonymous"})
    verdict = None
    if public is not None:
        grants = (grant,) if public == "public" else ()
        verdict = Verdict(name, None, public, "unknown", grants)  # type: ignore[arg-type]
    statuses = cycle(CheckStatus)
    return BucketResult(
        target=Target(name) if name else Target("", path="data"),
        posture=Posture(name, account, region, {"Bucket": name, **snapshot}, {}) if name else None,
        verdict=verdict,
        coverage=Coverage(9, 5, 3, 1, 100, 80, 90, {"PERMISSION_DENIED": 1, "MALFORMED_FILE": 3}),
        risk=RiskScore(55.5, 50, 60, Severity.MEDIUM, {}, "1.0.0"),
        detectors={"CREDIT_CARD_NUMBER": 7},
        categories={"FINANCIAL_INFORMATION": 7},
        sensitive_objects=4,
        checks=tuple(CheckResult(check, next(statuses)) for check in catalog.checks) if name else (),
    )
