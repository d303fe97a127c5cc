"""What other tools say of a policy or a bucket; benchmarks/access.py runs it in each tool's own environment.

    python access_peers.py prowler < questions.jsonl > answers.jsonl

A question is {"snapshot": …} in the shape of docs/contracts.md with "ask": "policy" or "bucket"; an answer is
{"public": true|false|null, "error": text|null, "seconds": of CPU for the question alone}. Each tool is called
as it stands: nothing of it is changed, and what it reads from AWS is handed to it in its own classes.
"""

from __future__ import annotations

import copy
import json
import logging
import sys
import time
import types
from collections.abc import Callable
from typing import Any

Judge = Callable[[dict[str, Any]], bool]


def policyuniverse() -> dict[str, Judge]:
    """Policy.is_internet_accessible."""
    from policyuniverse.policy import Policy

    return {"policy": lambda snapshot: bool(Policy(snapshot["Policy"]).is_internet_accessible())}


def prowler() -> dict[str, Judge]:
    """is_policy_public, and the check s3_bucket_public_access on a bucket as its S3 service holds it."""
    from prowler.providers.aws.services.iam.lib.policy import is_policy_public
    from prowler.providers.aws.services.s3 import s3_service

    clients = {}
    for name in ("s3_client", "s3control_client"):
        clients[name] = types.SimpleNamespace(region="eu-west-1", account_arn_template="arn:aws:s3:::account")
        module = types.ModuleType(f"prowler.providers.aws.services.s3.{name}")
        setattr(module, name, clients[name])
        sys.modules[module.__name__] = module
    from prowler.providers.aws.services.s3.s3_bucket_public_access import s3_bucket_public_access as check

    def block(*levels: Any) -> Any:
        on = {key for level in levels for key, value in (level or {}).items() if value}
        return s3_service.PublicAccessBlock(
            block_public_acls="BlockPublicAcls" in on,
            ignore_public_acls="IgnorePublicAcls" in on,
            block_public_policy="BlockPublicPolicy" in on,
            restrict_public_buckets="RestrictPublicBuckets" in on,
        )

    def grantee(grant: dict[str, Any]) -> Any:
        who = grant["Grantee"]
        return s3_service.ACL_Grantee(
            type=who["Type"], ID=who.get("ID"), URI=who.get("URI"), permission=grant["Permission"]
        )

    def bucket(snapshot: dict[str, Any]) -> bool:
        levels = snapshot.get("PublicAccessBlock") or {}
        acl = snapshot.get("Acl") or {}
        held = s3_service.Bucket(
            arn=f"arn:aws:s3:::{snapshot['Bucket']}",
            name=snapshot["Bucket"],
            region=snapshot.get("Region") or "us-east-1",
            policy=snapshot.get("Policy") or {},
            acl_grantees=[grantee(grant) for grant in acl.get("Grants", ())],
            public_access_block=block(levels.get("Bucket")),
            ownership=snapshot.get("ObjectOwnership"),
        )
        clients["s3_client"].buckets = {held.arn: held}
        clients["s3_client"].audited_account = snapshot.get("AccountId") or ""
        # The account's setting as the API gives it has the organization's in it.
        clients["s3control_client"].account_public_access_block = block(
            levels.get("Account"), levels.get("Organization")
        )
        return any(report.status == "FAIL" for report in check.s3_bucket_public_access().execute())

    return {
        "policy": lambda snapshot: is_policy_public(snapshot["Policy"], snapshot.get("AccountId") or ""),
        "bucket": bucket,
    }


def custodian() -> dict[str, Judge]:
    """PolicyChecker with everyone_only, the owner's account and organization allowed; global-grants."""
    from c7n.filters.iamaccess import PolicyChecker
    from c7n.resources.s3 import GlobalGrantsFilter

    grants = GlobalGrantsFilter({"type": "global-grants", "allow_website": False})

    def policy(snapshot: dict[str, Any]) -> bool:
        organization = (snapshot.get("Organization") or {}).get("Id")
        checker = PolicyChecker(
            {
                "everyone_only": True,
                "allowed_accounts": {snapshot.get("AccountId") or ""},
                "allowed_orgid": {organization} if organization else set(),
            }
        )
        return bool(checker.check(snapshot["Policy"]))

    def bucket(snapshot: dict[str, Any]) -> bool:
        held = {"Name": snapshot["Bucket"], "Acl": snapshot.get("Acl"), "Website": None}
        return bool(grants.process_bucket(held)) or (snapshot.get("Policy") is not None and policy(snapshot))

    return {"policy": policy, "bucket": bucket}


def checkov() -> dict[str, Judge]:
    """CKV_AWS_70 on a Terraform aws_s3_bucket_policy with that policy."""
    from checkov.common.models.enums import CheckResult
    from checkov.terraform.checks.resource.aws.S3AllowsAnyPrincipal import check

    def policy(snapshot: dict[str, Any]) -> bool:
        configuration = {"bucket": [snapshot["Bucket"]], "policy": [json.dumps(snapshot["Policy"])]}
        return bool(check.scan_resource_conf(configuration) == CheckResult.FAILED)

    return {"policy": policy}


TOOLS = {"policyuniverse": policyuniverse, "prowler": prowler, "custodian": custodian, "checkov": checkov}


def main() -> None:
    logging.disable(logging.CRITICAL)
    judges = TOOLS[sys.argv[1]]()
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever a tool prints is no answer
    for line in sys.stdin:
        question = json.loads(line)
        judge = judges.get(question["ask"])
        answer: dict[str, Any] = {"public": None, "error": None, "seconds": 0.0}
        if judge is None:
            answer["error"] = "not asked"
        else:
            snapshot = copy.deepcopy(question["snapshot"])
            start = time.process_time()
            try:
                if isinstance(snapshot.get("Policy"), str):
                    snapshot["Policy"] = json.loads(snapshot["Policy"])
                answer["public"] = bool(judge(snapshot))
            except Exception as error:  # noqa: BLE001 - another tool's crash is a result
                answer["error"] = type(error).__name__
            answer["seconds"] = time.process_time() - start
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
