"""Checks and alerts of many buckets in one process: CPU and peak memory.

    python -m benchmarks posture [--buckets 10000]

Buckets are made up: good, bad and unreadable settings, policies, findings, and the state of a run before. For
each the record is made, every check and every rule over buckets and objects is evaluated, and the risk is
scored, as a scan does at its end; reading them from S3 and evaluating who has access are not in the figures
(`access` has the latter). Exit code 1: more than 60 CPU-seconds or 1 GB for 10,000 buckets.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from classifier import access
from classifier.alerts import (
    Before,
    BucketEvidence,
    BucketFacts,
    DataPolicy,
    ObjectAlerts,
    evaluate,
    examined,
    load_rules,
)
from classifier.model import (
    Category,
    Coverage,
    Finding,
    FindingSummary,
    ObjectResult,
    Posture,
    S3Object,
    Severity,
    Status,
    Target,
    Tier,
)
from classifier.risk import BucketRisk, Evidence, exposure_of, load_weights, unread_of
from tests.alerts.good import ACCOUNT, GOOD

CPU_SECONDS, GIGABYTES, BUCKETS = 60.0, 1.0, 10_000
SEED = 20_269
OBJECTS = 20  # with findings, a bucket
NOW = datetime(2026, 1, 2, tzinfo=UTC)
MOMENT = "2026-01-02T00:00:00Z"
_BAD: dict[str, Any] = {
    "PublicAccessBlock": {"Organization": None, "Account": None, "Bucket": None},
    "Encryption": None,
    "KmsKey": None,
    "Versioning": None,
    "Logging": None,
    "Lifecycle": None,
    "Cors": [{"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"]}],
    "Website": {"IndexDocument": {"Suffix": "index.html"}},
}
_TRAITS = ("script", "executable", "ransom_note", "encrypted_name", "contradicts_name")
_FAILS = ("GetBucketVersioning", "GetBucketPolicy", "GetAccountPublicAccessBlock", "GetBucketLogging")


def snapshot_of(rng: random.Random, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a bucket's settings, and what could not be read."""
    snapshot = dict(GOOD) | {"Bucket": name, "AccountId": ACCOUNT}
    snapshot |= {key: value for key, value in _BAD.items() if rng.random() < 0.3}
    arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    principal: Any = rng.choice(["*", {"AWS": "111111111111"}, {"AWS": ACCOUNT}])
    statements = [*GOOD["Policy"]["Statement"]]
    for number in range(rng.randrange(4)):
        action = rng.choice(["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:PutBucketAcl"])
        statements.append(
            {
                "Sid": f"s{number}",
                "Effect": "Allow",
                "Principal": principal,
                "Action": action,
                "Resource": arns,
            }
        )
    snapshot["Policy"] = {"Version": "2012-10-17", "Statement": statements}
    failed = {name: "AccessDenied" for name in _FAILS if rng.random() < 0.05}
    return snapshot, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buckets", type=int, default=BUCKETS)
    wanted = parser.parse_args().buckets
    rng = random.Random(SEED)
    rules, weights = load_rules(), load_weights()
    policy = DataPolicy.model_validate(
        {
            "version": "1",
            "policies": [{"name": "p", "allow": ["NAME", "EMAIL_ADDRESS", "CREDIT_CARD_NUMBER"]}],
        }
    )
    names = ["EMAIL_ADDRESS", "NAME", "CREDIT_CARD_NUMBER", "AWS_CREDENTIALS"]
    spent = 0.0
    alerts = 0
    failing: dict[str, int] = {}
    for number in range(wanted):
        name = f"bucket-{number}"
        snapshot, failed = snapshot_of(rng, name)
        posture = Posture(name, ACCOUNT, "eu-west-1", snapshot, failed)
        verdict = access.evaluate(posture.to_json())
        before = Before(
            dict(GOOD) | {"Bucket": name}, verdict.to_json() | {"Public": "not_public"}, {"NAME": 1}
        )
        made = [
            (f"data/{item}.csv", rng.choice(names), rng.sample(_TRAITS, rng.random() < 0.1))
            for item in range(OBJECTS)
        ]
        begin = time.process_time()
        evidence, risk = BucketEvidence(), BucketRisk(weights)
        objects = ObjectAlerts(
            rules.language, weights.alert_bands, Target(name), posture, policy, NOW, MOMENT
        )
        for key, detector, traits in made:
            where = exposure_of(verdict, key, (), weights, owner=ACCOUNT)
            obj = S3Object(name, key, 1000, last_modified=NOW)
            found = Finding(
                obj,
                detector,
                Category.PERSONAL_INFORMATION,
                Severity.HIGH,
                1.0,
                Tier.PATTERN,
                50,
                True,
                (),
                False,
            )
            told = FindingSummary(
                key, key, detector, found.category, found.severity, found.tier, found.count, 1.0, 30.0
            )
            evidence.add(told, where, live=detector == "AWS_CREDENTIALS")
            risk.add(where, [Evidence(detector, 0.5, 1.0, 50, detector == "AWS_CREDENTIALS")])
            result = ObjectResult(obj, Status.COMPLETE, None, "", 1000, (), (found,), traits=tuple(traits))
            objects.take(result, [(key, found, 30.0)], where)
        coverage = Coverage(objects=OBJECTS, complete=OBJECTS)
        whole = exposure_of(verdict, None, (), weights, owner=ACCOUNT)
        score = risk.score(whole, unread=unread_of(coverage, weights))
        facts = BucketFacts(Target(name), posture, verdict, coverage, score, evidence, before=before)
        facts = examined(facts, rules.checks)
        raised = [*evaluate([facts], rules, weights, moment=MOMENT), *objects.alerts()]
        acts = rules.behaviour(raised)
        if acts:
            score = risk.score(whole, unread=unread_of(coverage, weights), behaviour=acts)
            facts = replace(facts, risk=score)
        spent += time.process_time() - begin
        alerts += len(raised)
        for one in facts.checks or ():
            failing[one.status] = failing.get(one.status, 0) + 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    allowed = CPU_SECONDS * wanted / BUCKETS
    results = ", ".join(f"{count:,} {status}" for status, count in sorted(failing.items()))
    print(
        f"{wanted:,} buckets: {spent:.1f} CPU-seconds (limit {allowed:.0f}), "
        f"peak {peak / 1e9:.2f} GB (limit 1)"
    )
    print(
        f"{len(rules.checks.checks)} checks: {results}; "
        f"{len(rules.rules) + len(rules.language)} rules: {alerts:,} alerts"
    )
    return int(spent > allowed or peak > GIGABYTES * 1e9)


if __name__ == "__main__":
    sys.exit(main())
