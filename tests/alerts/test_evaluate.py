"""Facts to alerts: which rules fire, how severe, with which evidence, in which order."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.alerts import BucketEvidence, BucketFacts, evaluate, load_rules
from classifier.model import (
    Alert,
    Category,
    Coverage,
    FindingSummary,
    Grant,
    Posture,
    Problem,
    Reason,
    RiskScore,
    Severity,
    Target,
    Tier,
    Verdict,
)
from classifier.risk import band_of, exposure_of, load_weights
from tests.alerts.good import DENY_PLAIN, GOOD

WEIGHTS = load_weights()
RULES = load_rules()
MOMENT = "2026-01-02T03:04:05Z"
PRIVATE = Verdict("b", None, "not_public", "not_shared")
LIVE = "AWS_SECRET_ACCESS_KEY"


def grant(
    principal: str, *actions: str, prefix: str = "", kind: str = "policy", sid: str = "", exact: bool = False
) -> Grant:
    because = {"kind": kind, "statement": 0, "sid": sid}
    return Grant(principal, actions, prefix, "allowed", because, {}, exact)


def verdict(*grants: Grant, **fields: Any) -> Verdict:
    outside = {grant.principal for grant in grants}
    public = "public" if outside & {"anonymous", "any_aws"} else "not_public"
    return Verdict("b", None, public, "not_shared", grants, **fields)


def finding(
    key: str,
    detector: str = "EMAIL_ADDRESS",
    category: Category = Category.PERSONAL_INFORMATION,
    severity: Severity = Severity.HIGH,
    count: int = 100,
) -> FindingSummary:
    return FindingSummary(f"id-{key}", key, detector, category, severity, Tier.PATTERN, count, 1.0, 50.0)


def facts(
    access: Verdict | None = PRIVATE,
    findings: Sequence[FindingSummary] = (),
    unreadable: dict[str, str] | None = None,
    *,
    bucket: str = "b",
    risk: float = 10.0,
    known: frozenset[str] = frozenset(),
    **posture: Any,
) -> BucketFacts:
    evidence = BucketEvidence()
    for item in findings:
        exposure = exposure_of(access, item.key, known, WEIGHTS, owner="999999999999")
        evidence.add(item, exposure, live=item.detector == LIVE)
    return BucketFacts(
        Target(bucket),
        Posture(bucket, "999999999999", "eu-west-1", GOOD | posture, unreadable or {}),
        access,
        Coverage(objects=10, complete=9, skipped=1),
        RiskScore(risk, risk, risk, Severity.LOW, {}, WEIGHTS.version),
        evidence,
        known,
    )


def alerts(*buckets: BucketFacts) -> list[Alert]:
    """Return the alerts but for that of the many small settings, which has tests of its own."""
    found = evaluate(buckets, RULES, WEIGHTS, moment=MOMENT)
    return [alert for alert in found if alert.rule != RULES.checks.review.rule]


def fired(*buckets: BucketFacts) -> dict[str, float]:
    return {alert.rule: alert.severity for alert in alerts(*buckets)}


SECRET = finding("keys.env", LIVE, Category.CREDENTIALS, count=1)
PERSONAL = finding("people.csv")
FEW = finding("contact.html", severity=Severity.LOW, count=1)
HEALTH = finding("ward.csv", "HEALTH_RECORD", Category.PERSONAL_HEALTH_INFORMATION)
MONEY = finding("iban.csv", "IBAN", Category.FINANCIAL_INFORMATION)
CARDS = finding("cards.csv", "CREDIT_CARD_NUMBER", Category.FINANCIAL_INFORMATION)
READ = grant("anonymous", "read")
READ_ANY = grant("any_aws", "read")
STRANGER = grant("account:222222222222", "read")
OWN = {"Id": "o-1", "Accounts": ["222222222222"]}
NO_CONFIG = {
    "Policy": None,
    "PublicAccessBlock": None,
    "ObjectOwnership": None,
    "Encryption": None,
    "Versioning": None,
    "Logging": None,
}


def test_a_good_private_bucket_raises_nothing() -> None:
    assert fired(facts()) == {}
    assert fired(facts(findings=[PERSONAL, HEALTH, MONEY])) == {}


@pytest.mark.parametrize(
    "given_facts, expected",
    [
        pytest.param(facts(verdict(READ, READ_ANY)), {"public-read-policy": 7.5}, id="read"),
        pytest.param(
            facts(verdict(READ), [FEW]),
            {"public-read-policy": 7.5, "exposed-personal-data": 4.5},
            id="read-few",
        ),
        pytest.param(
            facts(verdict(READ), [PERSONAL]),
            {"public-read-policy": 9.3, "exposed-personal-data": 9.2},
            id="read-personal",
        ),
        pytest.param(
            facts(verdict(READ), [HEALTH]),
            {"public-read-policy": 9.3, "exposed-health-data": 9.5},
            id="read-health",
        ),
        pytest.param(
            facts(verdict(READ), [MONEY]),
            {"public-read-policy": 9.3, "exposed-financial-data": 9.2},
            id="read-money",
        ),
        pytest.param(
            facts(verdict(READ), [CARDS]),
            {"public-read-policy": 9.3, "exposed-financial-data": 9.2, "unmasked-cards": 9.0},
            id="read-cards",
        ),
        pytest.param(
            facts(verdict(READ), [SECRET]),
            {"public-read-policy": 9.3, "live-credentials": 9.8},
            id="read-secret",
        ),
        pytest.param(
            facts(
                verdict(grant("anonymous", "read", kind="object_acl", prefix="people.csv", exact=True)),
                [PERSONAL],
            ),
            {"public-read-acl": 9.3, "exposed-personal-data": 9.2},
            id="object-acl",
        ),
        pytest.param(
            facts(verdict(grant("anonymous", "read", prefix="www/")), [PERSONAL]),
            {"public-read-policy": 7.5},
            id="read-elsewhere",
        ),
        pytest.param(facts(verdict(grant("anonymous", "list", kind="acl"))), {"public-list": 5.0}, id="list"),
        pytest.param(
            facts(verdict(grant("anonymous", "list", kind="acl")), [PERSONAL]),
            {"public-list": 7.0},
            id="list-personal",
        ),
        pytest.param(facts(verdict(grant("anonymous", "write"))), {"public-write": 9.0}, id="write"),
        pytest.param(
            facts(verdict(grant("anonymous", "read_acp"))),
            {"public-metadata": 4.0, "acl-readable": 4.5},
            id="read-acl",
        ),
        pytest.param(facts(verdict(READ_ANY)), {"any-aws-account": 7.0}, id="any-account"),
        pytest.param(
            facts(verdict(grant("anonymous", "read", prefix="www/"), READ_ANY)),
            {"public-read-policy": 7.5, "any-aws-account": 7.0},
            id="any-account-reads-more",
        ),
        pytest.param(facts(verdict(STRANGER)), {"external-account": 6.0}, id="stranger"),
        pytest.param(
            facts(verdict(STRANGER), [PERSONAL]),
            {"external-account": 8.0, "exposed-personal-data": 7.5},
            id="stranger-personal",
        ),
        pytest.param(
            facts(verdict(STRANGER), [SECRET]),
            {"external-account": 8.0, "live-credentials": 8.6},
            id="stranger-secret",
        ),
        pytest.param(
            facts(verdict(STRANGER), [PERSONAL], known=frozenset({"222222222222"})), {}, id="known-account"
        ),
        pytest.param(facts(verdict(grant("account:999999999999", "read"))), {}, id="owner"),
        pytest.param(
            facts(verdict(grant("org:o-1", "read")), [PERSONAL], known=frozenset({"o-1"})),
            {},
            id="organization",
        ),
        pytest.param(
            facts(verdict(grant("org:o-1", "read"), grant("account:222222222222", "read")), Organization=OWN),
            {},
            id="own-organization",
        ),
        pytest.param(
            facts(verdict(grant("org:o-2", "read")), [PERSONAL]),
            {"unknown-organization": 4.0, "exposed-personal-data": 5.5},
            id="some-organization",
        ),
        pytest.param(facts(verdict(grant("service:logging.s3.amazonaws.com", "write"))), {}, id="service"),
        pytest.param(
            facts(verdict(grant("cloudfront:E1", "read"))), {"cloudfront-access": 3.0}, id="cloudfront"
        ),
        pytest.param(facts(verdict(latent=(READ,))), {"latent-public": 3.5}, id="latent"),
        pytest.param(
            facts(verdict(latent=(READ,)), [PERSONAL]), {"latent-public": 6.0}, id="latent-personal"
        ),
        pytest.param(
            facts(verdict(confused_deputy=({"principal": "service:cloudfront.amazonaws.com"},))),
            {"confused-deputy": 5.0},
            id="deputy",
        ),
        pytest.param(
            facts(
                Policy={
                    "Statement": [
                        DENY_PLAIN,
                        {
                            "Effect": "Allow",
                            "NotPrincipal": {"AWS": "1"},
                            "Action": "s3:GetObject",
                            "Resource": "*",
                        },
                    ]
                }
            ),
            {"allow-not-principal": 7.0},
            id="not-principal-allow",
        ),
        pytest.param(
            facts(Policy={"Statement": [DENY_PLAIN, {"Effect": "Deny", "NotPrincipal": {"AWS": "1"}}]}),
            {},
            id="not-principal-deny",
        ),
        pytest.param(facts(Verdict("b", None, "unknown", "unknown")), {"access-unknown": 3.5}, id="unknown"),
        pytest.param(
            facts(Verdict("b", None, "unknown", "unknown"), [SECRET]),
            {"access-unknown": 6.5, "live-credentials": 8.0},
            id="unknown-secret",
        ),
        pytest.param(facts(findings=[SECRET]), {"live-credentials": 7.0}, id="private-secret"),
        pytest.param(facts(findings=[CARDS]), {"unmasked-cards": 5.0}, id="private-cards"),
        pytest.param(
            facts(
                findings=[finding("c", "CREDIT_CARD_NUMBER", Category.FINANCIAL_INFORMATION, Severity.LOW, 1)]
            ),
            {"unmasked-cards": 4.0},
            id="private-card",
        ),
        pytest.param(
            facts(**NO_CONFIG),
            {
                "block-public-access-off": 3.0,
                "no-default-encryption": 3.5,
                "plain-http-allowed": 2.5,
                "versioning-off": 2.0,
                "access-logging-off": 2.0,
                "acls-enabled": 2.0,
            },
            id="no-config",
        ),
        pytest.param(
            facts(findings=[PERSONAL], **NO_CONFIG),
            {
                "block-public-access-off": 5.0,
                "no-default-encryption": 5.5,
                "plain-http-allowed": 4.0,
                "versioning-off": 3.0,
                "access-logging-off": 4.0,
                "acls-enabled": 3.5,
            },
            id="no-config-personal",
        ),
        pytest.param(
            facts(findings=[HEALTH], Encryption=None),
            {"no-default-encryption": 5.5, "health-data-unencrypted": 6.5},
            id="health-unencrypted",
        ),
    ],
)
def test_rules_and_severities(given_facts: BucketFacts, expected: dict[str, float]) -> None:
    assert fired(given_facts) == expected


def test_what_is_unreadable_is_not_evaluated_and_never_passed() -> None:
    bucket = facts(
        unreadable={"GetBucketEncryption": "AccessDenied", "GetBucketLogging": "AccessDenied"},
        Encryption=None,
        Logging=None,
    )
    (alert,) = alerts(bucket)
    assert (alert.rule, alert.severity, alert.band) == ("config-not-evaluated", 1.0, Severity.LOW)
    assert "default encryption, kms encryption" in alert.narrative
    assert "access logging" in alert.narrative
    assert "GetBucketEncryption failed with AccessDenied" in alert.narrative


def test_an_alert_tells_of_the_findings_that_its_reach_covers() -> None:
    access = verdict(grant("anonymous", "read", prefix="www/"), STRANGER)
    found = alerts(facts(access, [finding("www/a"), *(finding(f"db/{n}") for n in range(40))]))
    alert = next(a for a in found if a.rule == "exposed-personal-data")
    assert alert.narrative.startswith("Personal data in b: anyone can reach it.")
    assert (
        "1 finding (and 40 more that fewer are known to reach): EMAIL_ADDRESS (100), first" in alert.narrative
    )
    assert (alert.count, alert.key, alert.evidence) == (1, "www/a", ("id-www/a",))


def test_an_aws_account_is_not_anyone() -> None:
    mixed = verdict(grant("anonymous", "list"), READ_ANY, grant("anonymous", "read", prefix="www/"))
    only = next(a for a in alerts(facts(verdict(READ_ANY), [SECRET])) if a.rule == "live-credentials")
    assert only.narrative.startswith("Credentials lie in b; anyone with an AWS account can reach it.")
    both = [finding("www/a"), finding("db/a"), finding("db/b")]
    alert = next(a for a in alerts(facts(mixed, both)) if a.rule == "exposed-personal-data")
    assert alert.narrative.startswith("Personal data in b: anyone can reach it.")
    assert "1 finding (and 2 more that" in alert.narrative


@pytest.mark.parametrize(
    "reason, objects, says",
    [
        pytest.param(None, 0, "there are no objects", id="empty"),
        pytest.param(Reason.PERMISSION_DENIED, 0, "its objects could not be listed", id="denied"),
        pytest.param(Reason.TIME_CUT_OFF_REACHED, 0, "its objects were not listed in time", id="interrupted"),
        pytest.param(
            Reason.PERMISSION_DENIED, 5, "were read, but the scan did not come to its end", id="in-part"
        ),
    ],
)
def test_what_was_not_listed_is_not_absent(reason: Reason | None, objects: int, says: str) -> None:
    error = None if reason is None else Problem(None, reason, "AccessDenied")
    coverage = Coverage(objects, objects)
    (alert,) = alerts(replace(facts(Versioning=None), coverage=coverage, error=error))
    assert says in alert.narrative


def test_a_bucket_that_does_not_exist_has_no_settings() -> None:
    unknown = facts(
        Verdict("b", None, "unknown", "unknown"), unreadable={"GetBucketLogging": "NoSuchBucket"}, **NO_CONFIG
    )
    assert {"access-unknown", "config-not-evaluated", "versioning-off"} <= set(fired(unknown))
    gone = Problem(None, Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket")
    assert fired(replace(unknown, error=gone)) == {}


def test_the_reasons_why_access_is_unknown_decide_access() -> None:
    failed = ("GetBucketAcl", "GetBucketCors", "GetBucketEncryption", "GetObjectAcl", "HeadBucket")
    access = Verdict("b", None, "unknown", "unknown", problems=("a condition is not known",))
    found = alerts(facts(access, unreadable=dict.fromkeys(failed, "AccessDenied")))
    alert = next(a for a in found if a.rule == "access-unknown")
    assert (
        "Reason: a condition is not known, GetBucketAcl failed with AccessDenied, "
        "GetObjectAcl failed with AccessDenied. " in alert.narrative
    )
    assert alert.count == 3


def test_commands_work_in_the_order_given() -> None:
    access = verdict(grant("anonymous", "read", kind="acl"), grant("anonymous", "list", kind="acl"))
    told = {alert.rule: alert.remediation for alert in alerts(facts(access, [SECRET, HEALTH], **NO_CONFIG))}
    for rule in ("acls-enabled", "public-read-acl"):
        assert told[rule].index("put-bucket-acl") < told[rule].index("put-bucket-ownership-controls"), rule
    assert "if ACLs are in force:" in told["public-list"]
    for rule in ("no-default-encryption", "health-data-unencrypted"):
        line = next(line for line in told[rule].splitlines() if "put-bucket-encryption" in line)
        command = shlex.split(line)
        (encryption,) = json.loads(command[-1])["Rules"]
        assert encryption == {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        assert "must be allowed to use that key" in told[rule]
    assert "--output text > policy.json" in told["plain-http-allowed"]
    assert "NoSuchBucketPolicy" in told["plain-http-allowed"]
    assert "update-access-key --user-name USER" in told["live-credentials"]
    assert "website" in told["block-public-access-off"].splitlines()[0]


def test_a_local_target_has_no_bucket_alerts() -> None:
    evidence = BucketEvidence()
    local = exposure_of(None, "keys.env", (), WEIGHTS)
    evidence.add(SECRET, local, live=True)
    evidence.add(PERSONAL, local, live=False)
    score = RiskScore(50, 50, 50, Severity.MEDIUM, {}, "1")
    found = alerts(BucketFacts(Target("", path="/data"), None, None, Coverage(1, 1), score, evidence))
    assert [(alert.rule, alert.bucket) for alert in found] == [("live-credentials", "")]
    assert "/data" in found[0].narrative


def test_an_alert_names_its_evidence() -> None:
    many = [finding(f"k{n:02}", count=100 + n) for n in range(30)]
    alert = next(a for a in alerts(facts(verdict(READ), many)) if a.rule == "exposed-personal-data")
    assert alert.key == "k29"
    assert len(alert.evidence) == 20
    assert alert.evidence[0] == "id-k29"
    assert alert.count == 30
    assert (alert.first_seen, alert.last_seen, alert.actor) == (MOMENT, MOMENT, None)
    assert alert.attack == ("T1530",)
    assert "30 findings: EMAIL_ADDRESS (3,435)" in alert.narrative


def test_a_grant_alert_says_who_can_do_what_through_what() -> None:
    (alert, *_) = alerts(facts(verdict(grant("anonymous", "read", "list", prefix="www/", sid="Web"))))
    assert (
        'Anyone on the internet can read objects, list the keys under www/ through policy statement "Web".'
        in alert.narrative
    )
    assert "nothing sensitive was found in the 9 of 10 objects that were read" in alert.narrative


def test_an_object_acl_alert_names_the_object_though_nothing_was_found() -> None:
    (alert,) = alerts(facts(verdict(grant("anonymous", "read", kind="object_acl", prefix="a/b", exact=True))))
    assert alert.key == "a/b"
    assert "can read objects (only a/b) through the object's ACL" in alert.narrative


def test_everybody_is_named_once() -> None:
    (alert,) = alerts(facts(verdict(latent=(READ, READ_ANY))))
    assert alert.count == 1
    assert "AWS account" not in alert.narrative


def test_ids_are_stable_and_distinct() -> None:
    one = alerts(facts(verdict(READ), [SECRET, PERSONAL], **NO_CONFIG))
    again = alerts(facts(verdict(READ), [finding("other.csv")], **NO_CONFIG, risk=90.0))
    other = alerts(facts(verdict(READ), [SECRET], bucket="c"))
    ids = {alert.rule: alert.alert_id for alert in one}
    assert len(set(ids.values())) == len(one)
    assert all(ids[alert.rule] == alert.alert_id for alert in again)
    assert not set(ids.values()) & {alert.alert_id for alert in other}


def test_the_public_buckets_with_keys_and_customers_stand_on_top() -> None:
    found = alerts(
        facts(bucket="tidy"),
        facts(verdict(READ), bucket="website", risk=20.0),
        facts(findings=[PERSONAL], bucket="internal", risk=35.0, **NO_CONFIG),
        facts(verdict(READ), [PERSONAL], bucket="customers", risk=72.0),
        facts(verdict(READ), [SECRET], bucket="backup", risk=90.0),
    )
    assert [(alert.bucket, alert.category) for alert in found[:2]] == [
        ("backup", "Credential loss"),
        ("backup", "Open permissions"),
    ]
    assert {alert.bucket for alert in found[:4]} == {"backup", "customers"}
    assert [alert.band.rank for alert in found] == sorted((alert.band.rank for alert in found), reverse=True)


def test_the_order_of_buckets_and_findings_does_not_matter() -> None:
    buckets = [facts(verdict(READ), [PERSONAL, SECRET, CARDS], bucket=name) for name in ("a", "b", "c")]
    others = [facts(verdict(READ), [CARDS, PERSONAL, SECRET], bucket=name) for name in ("c", "a", "b")]
    assert alerts(*buckets) == alerts(*others)


@given(
    st.text(st.characters(codec=None), min_size=1),
    st.text(st.characters(codec=None)),
    st.text(st.characters(codec=None)),
)
def test_hostile_names_stay_on_one_line_and_out_of_the_shell(bucket: str, key: str, sid: str) -> None:
    given_facts = facts(
        verdict(grant("anonymous", "read", "write", prefix="", sid=sid), grant(f"account:{sid}", "read")),
        [finding(key), finding(key, LIVE, Category.CREDENTIALS)],
        bucket=bucket,
        **NO_CONFIG,
    )
    for alert in alerts(given_facts):
        assert not set(alert.narrative) & set("\n\r\x1b\x00\u202e\u2028")
        assert json.loads(json.dumps(alert.to_json()))["alert_id"] == alert.alert_id
        assert len(alert.narrative) < 3000
        command = alert.remediation.partition("--bucket ")
        if command[1]:
            assert shlex.split(command[2])[0] == bucket


@pytest.mark.parametrize(
    "policy",
    [None, [], "x", {"Statement": 7}, {"Statement": ["x", None]}, {"Statement": {"Effect": ["Allow"]}}],
)
def test_odd_policies_do_not_crash(policy: Any) -> None:
    assert "plain-http-allowed" in fired(facts(Policy=policy))


def test_severities_and_bands_agree() -> None:
    for alert in alerts(facts(verdict(READ), [SECRET, PERSONAL, HEALTH, CARDS], **NO_CONFIG)):
        assert 0.1 <= alert.severity <= 10
        assert alert.band is band_of(alert.severity, WEIGHTS.alert_bands)
