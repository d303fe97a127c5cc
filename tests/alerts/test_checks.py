"""Checks of the configuration: data that is complete, and never a pass by ignorance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from classifier.alerts import BucketEvidence, BucketFacts, evaluate, examined, load_checks, load_rules
from classifier.errors import PackError
from classifier.model import (
    Category,
    CheckStatus,
    Coverage,
    Posture,
    RiskScore,
    Severity,
    Target,
    Verdict,
)
from classifier.risk import load_weights
from tests.alerts.good import ACCOUNT, GOOD

CHECKS = load_checks()
FRAMEWORKS = {"cis", "pci", "hipaa", "soc2", "iso27001", "nist", "gdpr", "fsbp"}
SCORE = RiskScore(0, 0, 0, Severity.INFORMATIONAL, {}, "1")
# Every operation that the posture needs, as the crawl names it.
OPERATIONS = (
    "GetBucketPolicy", "GetBucketPublicAccessBlock", "GetAccountPublicAccessBlock", "GetBucketAcl",
    "GetBucketOwnershipControls", "GetBucketEncryption", "GetBucketVersioning", "GetBucketLogging",
    "GetBucketWebsite", "GetBucketCors", "GetBucketLifecycleConfiguration", "GetBucketReplication",
    "GetObjectLockConfiguration", "GetBucketNotificationConfiguration",
    "ListBucketInventoryConfigurations", "ListAccessPoints", "DescribeKey",
)  # fmt: skip
NOTHING = dict.fromkeys(GOOD.keys() - {"Bucket"})


def status(snapshot: dict[str, Any], unreadable: dict[str, str] | None = None) -> dict[str, CheckStatus]:
    posture = Posture("b", ACCOUNT, "eu-west-1", snapshot, unreadable or {})
    verdict = Verdict("b", None, "not_public", "not_shared")
    facts = BucketFacts(Target("b"), posture, verdict, Coverage(), SCORE, BucketEvidence())
    return {result.id: result.status for result in examined(facts, CHECKS).checks or ()}


def test_a_good_bucket_passes_everything_that_applies() -> None:
    found = status(GOOD)
    assert set(found.values()) == {CheckStatus.PASS, CheckStatus.NOT_APPLICABLE}
    assert [name for name, one in found.items() if one is CheckStatus.NOT_APPLICABLE] == [
        "access-points-blocked"
    ]


def test_what_was_not_read_is_never_passed() -> None:
    """However good it would be: with nothing readable no check passes."""
    nothing = status({"Bucket": "b"} | NOTHING, dict.fromkeys(OPERATIONS, "AccessDenied"))
    assert set(nothing.values()) == {CheckStatus.UNKNOWN}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_unreadable_setting_makes_no_check_pass_or_fail_by_guess(operation: str) -> None:
    """A check may pass by what was read, and then it passes with the rest too; else it is unknown."""
    field = {
        "GetBucketPublicAccessBlock": ("PublicAccessBlock", GOOD["PublicAccessBlock"] | {"Bucket": None}),
        "GetAccountPublicAccessBlock": ("PublicAccessBlock", GOOD["PublicAccessBlock"] | {"Account": None}),
        "GetBucketOwnershipControls": ("ObjectOwnership", None),
        "GetBucketLifecycleConfiguration": ("Lifecycle", None),
        "GetObjectLockConfiguration": ("ObjectLock", None),
        "GetBucketNotificationConfiguration": ("Notification", None),
        "ListBucketInventoryConfigurations": ("Inventory", None),
        "ListAccessPoints": ("AccessPoints", None),
        "DescribeKey": ("KmsKey", None),
        "GetBucketAcl": ("Acl", None),
    }.get(operation, (operation.removeprefix("GetBucket"), None))
    found = status(GOOD | {field[0]: field[1]}, {operation: "AccessDenied"})
    assert CheckStatus.FAIL not in found.values()
    if operation != "GetBucketAcl":  # of it the access verdict is made, no check
        assert CheckStatus.UNKNOWN in found.values()


def test_settings_that_a_snapshot_leaves_out_are_unknown() -> None:
    found = status({"Bucket": "b", "PublicAccessBlock": None, "Policy": None, "ObjectOwnership": None})
    assert found["versioning"] is found["lifecycle"] is CheckStatus.UNKNOWN
    assert found["block-public-access"] is CheckStatus.FAIL


RULE = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
ALL = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
}
STRANGER = "111111111111"
COPY = {"Replication": {"Rules": [{"Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}]}}
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
DENIED = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "arn:aws:s3:::b/x"}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Policy": {"Version": version, "Statement": [*GOOD["Policy"]["Statement"], *statements]}}


def statement(**given: Any) -> dict[str, Any]:
    body = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": "*"}
    return body | given


@pytest.mark.parametrize(
    "check, bad, good",
    [
        ("lifecycle-no-wipe", {"Lifecycle": [RULE]}, {"Lifecycle": [RULE | {"Expiration": {"Days": 8}}]}),
        ("lifecycle-no-wipe", {"Lifecycle": [RULE]}, {"Lifecycle": [RULE | {"Status": "Disabled"}]}),
        ("lifecycle-no-wipe", {"Lifecycle": [RULE]}, {"Lifecycle": [RULE | {"Filter": {"Prefix": "tmp/"}}]}),
        ("policy-no-lockout", policy(ALL), policy(ALL | {"Condition": PLAIN})),
        ("policy-no-lockout", policy(ALL), policy(ALL | {"Action": "s3:DeleteBucket"})),
        ("policy-no-lockout", policy(ALL), policy(ALL | {"Principal": {"AWS": STRANGER}})),
        ("policy-no-lockout", policy(ALL), policy(ALL | {"Resource": "arn:aws:s3:::b/secret/*"})),
        ("policy-wildcard-action", policy(statement(Action="s3:*")), policy(statement(Action="s3:Get*"))),
        ("policy-wildcard-action", policy(statement(Action=["s3:X", "*"])), policy(DENIED)),
        (
            "policy-wildcard-principal",
            policy(statement(Principal={"AWS": "*"})),
            policy(statement(Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
        ),
        ("policy-version", policy(version="2008-10-17"), policy()),
        (
            "cors-origins",
            {"Cors": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET", "DELETE"]}]},
            {"Cors": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]},
        ),
        (
            "cors-origins",
            {"Cors": [{"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}]},
            {"Cors": [{"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["PUT"]}]},
        ),
        (
            "notification-targets",
            {"Notification": {"QueueConfigurations": [{"QueueArn": f"arn:aws:sqs:eu-west-1:{STRANGER}:q"}]}},
            {"Notification": {"QueueConfigurations": [{"QueueArn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q"}]}},
        ),
        (
            "replication-known",
            COPY | {"DestinationOwners": {"arn:aws:s3:::copy": "other"}},
            COPY | {"DestinationOwners": {"arn:aws:s3:::copy": "own"}},
        ),
        (
            "kms-key-own",
            {"KmsKey": {"Arn": f"arn:aws:kms:eu-west-1:{STRANGER}:key/k"}, "Encryption": None},
            {"KmsKey": {"Arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"}, "Encryption": None},
        ),
        ("kms-key-usable", {"KmsKey": {"KeyState": "PendingDeletion"}}, {"KmsKey": {"KeyState": "Enabled"}}),
        ("log-target-apart", {"Logging": {"TargetBucket": "b"}}, {"Logging": {"TargetBucket": "c"}}),
        (
            "access-points-blocked",
            {"AccessPoints": [{"Name": "p", "PublicAccessBlock": {"BlockPublicAcls": True}}]},
            {"AccessPoints": [{"Name": "p", "PublicAccessBlock": GOOD["PublicAccessBlock"]["Bucket"]}]},
        ),
        (
            "inventory-destination",
            {"Inventory": [{"Destination": {"S3BucketDestination": {"AccountId": STRANGER}}}]},
            {"Inventory": [{"Destination": {"S3BucketDestination": {"AccountId": ACCOUNT}}}]},
        ),
    ],
)  # fmt: skip
def test_twins(check: str, bad: dict[str, Any], good: dict[str, Any]) -> None:
    assert status(GOOD | bad)[check] is CheckStatus.FAIL
    assert status(GOOD | good)[check] is CheckStatus.PASS


def test_a_destination_of_which_nobody_knows_the_owner_is_unknown() -> None:
    found = status(GOOD | COPY | {"DestinationOwners": {"arn:aws:s3:::copy": "unknown"}})
    assert found["replication-known"] is CheckStatus.UNKNOWN


def test_every_check_is_complete_data() -> None:
    for check in CHECKS.checks:
        shape = check.shape
        assert shape.rationale.endswith("."), shape.id
        assert shape.cli.startswith("aws "), shape.id
        assert (
            "aws_s3_" in shape.terraform or "aws_kms_" in shape.terraform or "cloudfront" in shape.terraform
        )
        assert shape.severity.bare <= shape.severity.sensitive
        assert len(shape.maps) >= 3, shape.id
    named = {name for check in CHECKS.checks for name in check.shape.maps}
    assert named == FRAMEWORKS == set(CHECKS.compliance.frameworks)


@pytest.mark.parametrize(
    "category, detector, reach, framework, clause",
    [
        (Category.FINANCIAL_INFORMATION, "CREDIT_CARD_NUMBER", "internal", "pci", "3.5.1"),
        (Category.FINANCIAL_INFORMATION, "CREDIT_CARD_NUMBER", "public", "pci", "1.4.4"),
        (Category.PERSONAL_HEALTH_INFORMATION, "HEALTH_RECORD", "public", "hipaa", "164.312(a)(1)"),
        (Category.PERSONAL_INFORMATION, "EMAIL_ADDRESS", "external", "gdpr", "32(1)(b)"),
        (Category.CREDENTIALS, "AWS_CREDENTIALS", "internal", "nist", "IA-5"),
    ],
)
def test_what_content_means(
    category: Category, detector: str, reach: Any, framework: str, clause: str
) -> None:
    assert clause in CHECKS.compliance.of(category, detector, reach)[framework]


def test_exposure_adds_clauses_and_takes_none_of_the_same_kind() -> None:
    inside = CHECKS.compliance.of(Category.FINANCIAL_INFORMATION, "CREDIT_CARD_NUMBER", "internal")
    outside = CHECKS.compliance.of(Category.FINANCIAL_INFORMATION, "CREDIT_CARD_NUMBER", "public")
    assert set(inside["pci"]) < set(outside["pci"])


def test_a_clause_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    from classifier.shipped import shipped

    text = shipped("patterns/posture.yaml").read_text("utf-8")
    path = tmp_path / "posture.yaml"
    path.write_text(text.replace('cis: ["2.1.2"]', 'cis: ["9.9.9"]'), "utf-8")
    with pytest.raises(PackError, match=r"posture.yaml:\d+: mfa-delete: no such clause of cis: 9.9.9"):
        load_checks(path)


def test_lesser_failures_are_one_alert() -> None:
    posture = Posture("b", ACCOUNT, "eu-west-1", GOOD | {"ObjectLock": None, "Replication": None}, {})
    verdict = Verdict("b", None, "not_public", "not_shared")
    facts = BucketFacts(Target("b"), posture, verdict, Coverage(), SCORE, BucketEvidence())
    (alert,) = evaluate([facts], load_rules(), load_weights(), moment="2026-01-02T03:04:05Z")
    assert (alert.rule, alert.count, alert.severity) == ("settings-to-review", 2, 1.0)
    assert "object lock, replication" in alert.narrative
    assert "put-object-lock-configuration" in alert.remediation


def test_macies_policy_findings_have_rules() -> None:
    rules = load_rules()
    known = {rule.id for rule in (*rules.rules, *rules.language)} | {check.rule for check in CHECKS.checks}
    assert len(CHECKS.compliance.macie) == 6
    for kind, names in CHECKS.compliance.macie.items():
        assert set(names) <= known, kind
