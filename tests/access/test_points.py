"""Access points of every kind, and principals that are no plain accounts."""

from __future__ import annotations

from typing import Any

import pytest

from classifier.access import evaluate
from classifier.model import Verdict

ACCOUNT, PARTNER = "111122223333", "444455556666"
RESTRICT = {"RestrictPublicBuckets": True}
DOOR = f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/door"
WORLD = f"arn:aws:s3::{ACCOUNT}:accesspoint/m1.mrap"
LENS = f"arn:aws:s3-object-lambda:eu-west-1:{ACCOUNT}:accesspoint/lens"


def allow(**changes: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"} | changes


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def delegate(**told: Any) -> dict[str, Any]:
    return allow(Action="*", Condition={"StringEquals": told or {"s3:DataAccessPointAccount": ACCOUNT}})


def verdict(*statements: dict[str, Any], **parts: Any) -> Verdict:
    bucket = {"Bucket": "shop", "AccountId": ACCOUNT, "Region": "eu-west-1", "Policy": policy(*statements)}
    return evaluate(bucket | parts)


def door(**changes: Any) -> dict[str, Any]:
    base = {"Name": "door", "AccountId": ACCOUNT, "NetworkOrigin": "Internet"}
    return base | {"Policy": policy(allow(Resource=f"{DOOR}/object/*"))} | changes


def world(**changes: Any) -> dict[str, Any]:
    base = {"Name": "world", "Alias": "m1.mrap", "AccountId": ACCOUNT}
    return base | {"Policy": policy(allow(Resource=f"{WORLD}/object/open/*"))} | changes


def lens(**changes: Any) -> dict[str, Any]:
    own = policy(allow(Action="s3-object-lambda:GetObject", Resource=f"{LENS}/object/*"))
    return {"Name": "lens", "AccountId": ACCOUNT, "SupportingAccessPoint": DOOR, "Policy": own} | changes


def decisions(answer: Verdict) -> dict[str, str]:
    return {grant.principal: grant.decision for grant in answer.grants}


def test_multi_region() -> None:
    answer = verdict(delegate(), MultiRegionAccessPoints=[world()])
    (grant,) = answer.grants
    assert (grant.principal, grant.prefix, grant.decision) == ("any_aws", "open/", "allowed")
    assert grant.because["access_point"] == "world"
    assert grant.witness["Resource"].startswith(f"{WORLD}/object/open/")
    again = verdict(delegate(), MultiRegionAccessPoints=[world()], Request=grant.witness)
    assert again.decision == "allowed"
    unsigned = grant.witness | {"Principal": "anonymous"}
    assert verdict(delegate(), MultiRegionAccessPoints=[world()], Request=unsigned).decision == "implicitDeny"


def test_multi_region_needs_both_policies() -> None:
    assert verdict(delegate(), MultiRegionAccessPoints=[world(Policy=None)]).public == "not_public"
    assert evaluate({"Bucket": "shop", "MultiRegionAccessPoints": [world()]}).public == "not_public"
    held = verdict(delegate(), MultiRegionAccessPoints=[world(PublicAccessBlock=RESTRICT)])
    assert (held.public, [grant.principal for grant in held.latent]) == ("not_public", ["any_aws"])


@pytest.mark.parametrize(
    ("part", "point", "operation"),
    [
        ("AccessPoints", door(Policy=None), "GetAccessPointPolicy"),
        ("MultiRegionAccessPoints", world(Policy=None), "GetMultiRegionAccessPointPolicy"),
    ],
)
def test_a_policy_that_could_not_be_read(part: str, point: dict[str, Any], operation: str) -> None:
    answer = verdict(delegate(), Unreadable=[operation], **{part: [point]})
    assert (answer.public, decisions(answer)) == ("unknown", {"any_aws": "unknown"})


@pytest.mark.parametrize(
    "operation", ["ListAccessPoints", "ListMultiRegionAccessPoints", "ListAccessPointsForObjectLambda"]
)
def test_a_list_that_could_not_be_read(operation: str) -> None:
    assert verdict(delegate(), Unreadable=[operation]).public == "unknown"
    unsupported = {operation: "NotImplemented"}
    assert verdict(delegate(), Unreadable=[operation], UnreadableErrors=unsupported).public == "not_public"


def test_object_lambda_is_unknown_at_best() -> None:
    """Who may invoke the function is not to be seen."""
    answer = verdict(delegate(), AccessPoints=[door()], ObjectLambdaAccessPoints=[lens()])
    through = {grant.because["access_point"]: grant for grant in answer.grants}
    assert (through["door"].decision, through["lens"].decision) == ("allowed", "unknown")
    witness = through["lens"].witness
    assert (witness["Action"], witness["Principal"]) == ("s3-object-lambda:GetObject", "any_aws")
    parts = {"AccessPoints": [door()], "ObjectLambdaAccessPoints": [lens()]}
    assert verdict(delegate(), Request=witness, **parts).decision == "unknown"


def test_object_lambda_needs_all_three_policies() -> None:
    closed = verdict(delegate(), AccessPoints=[door(Policy=None)], ObjectLambdaAccessPoints=[lens()])
    assert closed.public == "not_public"
    unseen = verdict(delegate(), ObjectLambdaAccessPoints=[lens(SupportingAccessPoint=None)])
    assert (unseen.public, decisions(unseen)) == ("unknown", {"any_aws": "unknown"})
    assert verdict(delegate(), ObjectLambdaAccessPoints=[lens(Policy=None)]).public == "not_public"


def test_delegation_to_another_account() -> None:
    """Its access points' policies are not to be seen; it can reach the bucket itself."""
    answer = verdict(delegate(**{"s3:DataAccessPointAccount": PARTNER}))
    assert decisions(answer) == {"any_aws": "unknown", f"account:{PARTNER}": "allowed"}
    assert (answer.public, answer.shared) == ("unknown", "external")


def test_delegation_by_arn() -> None:
    theirs = f"arn:aws:s3:eu-west-1:{PARTNER}:accesspoint/theirs"
    answer = verdict(delegate(**{"s3:DataAccessPointArn": theirs}))
    assert decisions(answer) == {"any_aws": "unknown", f"account:{PARTNER}": "allowed"}


def test_restrict_keeps_everybody_from_unseen_access_points() -> None:
    block = {"Bucket": RESTRICT}
    answer = verdict(delegate(**{"s3:DataAccessPointAccount": PARTNER}), PublicAccessBlock=block)
    assert (answer.public, decisions(answer)) == ("not_public", {f"account:{PARTNER}": "allowed"})


SAML = f"arn:aws:iam::{PARTNER}:saml-provider/login"


@pytest.mark.parametrize(
    ("provider", "public", "shared"),
    [
        pytest.param(SAML, "not_public", "unknown", id="saml-of-another-account"),
        pytest.param(SAML.replace(PARTNER, ACCOUNT), "not_public", "not_shared", id="saml-of-its-own"),
        pytest.param(SAML.replace("saml-provider", "oidc-provider"), "not_public", "unknown", id="oidc"),
        pytest.param("graph.facebook.com", "unknown", "unknown", id="web"),
        pytest.param("cognito-identity.amazonaws.com", "unknown", "unknown", id="cognito"),
    ],
)
def test_federated_principals(provider: str, public: str, shared: str) -> None:
    answer = verdict(allow(Principal={"Federated": provider}))
    assert decisions(answer)[f"federated:{provider}"] == "unknown"
    assert (answer.public, answer.shared) == (public, shared)
    assert any("who can log in there" in line for line in answer.problems)


def test_an_account_of_the_organization_is_internal() -> None:
    organization = {"Id": "o-ourown", "Accounts": [PARTNER]}
    answer = verdict(allow(Principal={"AWS": PARTNER}), Organization=organization)
    assert answer.shared == "internal"
    condition = {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}
    ours = verdict(allow(Condition=condition), Organization=organization)
    assert (decisions(ours), ours.public, ours.shared) == (
        {"org:o-ourown": "allowed"},
        "not_public",
        "internal",
    )
