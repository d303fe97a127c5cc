"""Bucket states → who can reach them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from classifier.access import evaluate
from classifier.model import Grant, Verdict

ACCOUNT, PARTNER, SIBLING = "111122223333", "444455556666", "777788889999"
ORG = "o-ourown"
GROUPS = "http://acs.amazonaws.com/groups/global/"
RESTRICT = {"RestrictPublicBuckets": True}
IGNORE = {"IgnorePublicAcls": True}


def allow(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop/*",
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def deny(**changes: Any) -> dict[str, Any]:
    return allow(Effect="Deny", **changes)


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def acl(group: str = "AllUsers", permission: str = "READ") -> dict[str, Any]:
    grantee = {"Type": "Group", "URI": GROUPS + group}
    return {"Owner": {"ID": "owner"}, "Grants": [{"Grantee": grantee, "Permission": permission}]}


def verdict(**parts: Any) -> Verdict:
    return evaluate({"Bucket": "shop", "AccountId": ACCOUNT, "Region": "eu-west-1"} | parts)


def actions(answer: Verdict, principal: str, decision: str = "allowed") -> set[str]:
    found = (g for g in answer.grants if g.principal == principal and g.decision == decision)
    return {action for grant in found for action in grant.actions}


def only(grants: tuple[Grant, ...], principal: str) -> Grant:
    (grant,) = (grant for grant in grants if grant.principal == principal)
    return grant


def test_public_policy() -> None:
    answer = verdict(Policy=policy(allow(Sid="open")))
    assert (answer.public, answer.shared, answer.is_public_policy) == ("public", "not_shared", True)
    grant = only(answer.grants, "anonymous")
    assert (grant.actions, grant.prefix, grant.decision) == (("read",), "", "allowed")
    assert grant.because == {"kind": "policy", "statement": 0, "sid": "open", "grant": None}
    again = verdict(Policy=policy(allow()), Request=grant.witness)
    assert again.decision == "allowed"


@pytest.mark.parametrize(
    ("statement", "anonymous", "any_aws"),
    [
        pytest.param(allow(Action="s3:PutObject"), {"write"}, {"write"}, id="write"),
        pytest.param(
            allow(Action="s3:*"),
            {"read", "read_version", "write", "delete", "read_acp", "write_acp", "other"},
            {"read", "read_version", "write", "delete", "read_acp", "write_acp", "other"},
            id="all-of-the-objects",
        ),
        pytest.param(allow(Action="s3:*", Resource="arn:aws:s3:::shop"), None, None, id="no-policy-actions"),
        pytest.param(allow(Action="s3:ListBucket"), set(), set(), id="bucket-action-on-objects"),
        pytest.param(allow(Action="s3:NoSuchAction"), set(), set(), id="unknown-action"),
        pytest.param(allow(Action=None, NotAction="s3:Get*"), None, None, id="not-action"),
        pytest.param(allow(Resource="*"), {"read"}, {"read"}, id="every-resource"),
        pytest.param(allow(Resource="arn:aws:s3:::shop?"), set(), set(), id="another-bucket-pattern"),
        pytest.param(allow(Resource="arn:aws:s3:::shop-?/*"), set(), set(), id="objects-of-another-bucket"),
        pytest.param(
            allow(Resource="arn:aws:s3:::shop?/*"), {"read"}, {"read"}, id="keys-that-begin-with-a-slash"
        ),
        pytest.param(allow(Principal={"AWS": "*"}), {"read"}, {"read"}, id="aws-star"),
        pytest.param(
            allow(Principal=None, NotPrincipal={"AWS": PARTNER}), {"read"}, {"read"}, id="not-principal"
        ),
        pytest.param(allow(Principal=None, NotPrincipal="*"), set(), set(), id="not-everybody"),
        pytest.param(allow(Condition={"StringEquals": {"aws:PrincipalOrgID": ORG}}), set(), set(), id="org"),
        pytest.param(
            allow(Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}), set(), {"read"}, id="any-org"
        ),
        pytest.param(
            allow(Condition={"StringNotEquals": {"aws:PrincipalOrgID": ORG}}),
            {"read"},
            {"read"},
            id="outside-the-org",
        ),
        pytest.param(
            allow(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}}),
            {"read"},
            {"read"},
            id="if-exists",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "x"}}), set(), {"read"}, id="tag"
        ),
        pytest.param(
            allow(Condition={"StringLike": {"aws:Referer": "x*"}}), {"read"}, {"read"}, id="referer"
        ),
        pytest.param(
            allow(Condition={"IpAddress": {"aws:SourceIp": "128.0.0.0/1"}}), {"read"}, {"read"}, id="half"
        ),
        pytest.param(
            allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), set(), set(), id="office"
        ),
        pytest.param(
            allow(Condition={"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}),
            {"read"},
            {"read"},
            id="office-or-any-vpc",
        ),
        pytest.param(
            allow(Condition={"Null": {"aws:SourceVpce": "false"}}), {"read"}, {"read"}, id="any-endpoint"
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}), set(), set(), id="endpoint"
        ),
        pytest.param(
            allow(Condition={"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}), {"read"}, {"read"}, id="vpc-ip"
        ),
        pytest.param(
            allow(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a*"}}),
            set(),
            {"read"},
            id="any-role-of-that-name",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}), set(), set(), id="source"
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
            {"read"},
            {"read"},
            id="its-own-account",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:PrincipalType": "Anonymous"}}),
            {"read"},
            set(),
            id="unsigned",
        ),
        pytest.param(
            allow(Condition={"NumericLessThan": {"s3:signatureAge": "600000"}}),
            set(),
            {"read"},
            id="signature",
        ),
        pytest.param(
            allow(Condition={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
            {"read"},
            {"read"},
            id="since-2020",
        ),
        pytest.param(
            allow(Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
            set(),
            set(),
            id="over",
        ),
        pytest.param(allow(Resource="arn:aws:s3:::shop/${aws:username}/*"), set(), {"read"}, id="variable"),
        pytest.param(allow(Resource="arn:aws:s3:::shop/${aws:userid}/*"), {"read"}, {"read"}, id="userid"),
        pytest.param(
            {k.lower(): v for k, v in allow().items()}, {"read"}, {"read"}, id="element-names-in-any-case"
        ),
    ],
)
def test_statement(statement: dict[str, Any], anonymous: set[str] | None, any_aws: set[str] | None) -> None:
    answer = verdict(Policy=policy(statement))
    for principal, wanted in (("anonymous", anonymous), ("any_aws", any_aws)):
        if wanted is None:
            assert "policy" not in actions(answer, principal)
            assert actions(answer, principal)
        else:
            assert actions(answer, principal) == wanted
    assert (answer.public == "public") == bool(actions(answer, "anonymous") | actions(answer, "any_aws"))
    assert answer.public != "unknown"


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(deny(), id="flat"),
        pytest.param(deny(Action="*", Resource="*"), id="everything"),
        pytest.param(deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), id="elsewhere"),
        pytest.param(deny(Condition={"StringNotEquals": {"aws:PrincipalOrgID": ORG}}), id="outside-the-org"),
        pytest.param(deny(Principal=None, NotPrincipal={"AWS": PARTNER}), id="all-but-a-partner"),
    ],
)
def test_deny_first(refusal: dict[str, Any]) -> None:
    answer = verdict(Policy=policy(allow(), refusal))
    assert (answer.public, answer.is_public_policy) == ("not_public", True)
    assert "Deny (statement 1)" in answer.blocked_by


def test_deny_leaves_the_rest() -> None:
    answer = verdict(Policy=policy(allow(), deny(Resource="arn:aws:s3:::shop/secret/*")))
    assert only(answer.grants, "anonymous").prefix == ""
    answer = verdict(Policy=policy(allow(), deny(Resource=None, NotResource="arn:aws:s3:::shop/open/*")))
    assert only(answer.grants, "anonymous").prefix == "open/"


@pytest.mark.parametrize(
    ("resource", "prefix", "exact"),
    [
        ("arn:aws:s3:::shop/*", "", False),
        ("arn:aws:s3:::shop/a/*", "a/", False),
        ("arn:aws:s3:::shop/a/b?.csv", "a/b", False),
        ("arn:aws:s3:::shop/a/b.csv", "a/b.csv", True),
        ("arn:aws:s3:::sh*", "", False),
        ("arn:aws:s3:::sh*.csv", "", False),
    ],
)
def test_prefix(resource: str, prefix: str, exact: bool) -> None:
    grant = only(verdict(Policy=policy(allow(Resource=resource))).grants, "anonymous")
    assert (grant.prefix, grant.exact_key) == (prefix, exact)


def test_one_grant_for_the_actions_of_a_statement() -> None:
    statement = allow(Action=["s3:PutObject", "s3:GetObject", "s3:ListBucketVersions"], Resource="*")
    grant = only(verdict(Policy=policy(statement)).grants, "anonymous")
    assert grant.actions == ("list_versions", "read", "write")


@pytest.mark.parametrize(
    ("statement", "principal", "shared"),
    [
        pytest.param(allow(Principal={"AWS": PARTNER}), f"account:{PARTNER}", "external", id="account"),
        pytest.param(
            allow(Principal={"AWS": f"arn:aws:iam::{PARTNER}:role/x"}),
            f"account:{PARTNER}",
            "external",
            id="role",
        ),
        pytest.param(allow(Principal={"AWS": SIBLING}), f"account:{SIBLING}", "internal", id="member"),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:PrincipalAccount": PARTNER}}),
            f"account:{PARTNER}",
            "external",
            id="by-condition",
        ),
        pytest.param(
            allow(Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{PARTNER}:role/a*"}}),
            f"account:{PARTNER}",
            "external",
            id="by-arn",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:PrincipalOrgID": ORG}}),
            f"org:{ORG}",
            "internal",
            id="own-org",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-other"}}),
            "org:o-other",
            "external",
            id="other-org",
        ),
        pytest.param(
            allow(Principal={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}),
            "cloudfront:E1",
            "external",
            id="oai",
        ),
        pytest.param(
            allow(
                Principal={"Service": "cloudfront.amazonaws.com"},
                Condition={
                    "StringEquals": {"aws:SourceArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E2"}
                },
            ),
            f"cloudfront:arn:aws:cloudfront::{ACCOUNT}:distribution/E2",
            "external",
            id="oac",
        ),
        pytest.param(
            allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}),
            "restricted:ip=203.0.113.0/24",
            "not_shared",
            id="office",
        ),
        pytest.param(
            allow(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}),
            "restricted:vpc=vpc-1",
            "not_shared",
            id="vpc",
        ),
        pytest.param(
            allow(Condition={"StringLike": {"aws:userid": "AROAX:*"}}),
            "restricted:userid=AROAX",
            "not_shared",
            id="role-session",
        ),
        pytest.param(
            allow(Principal={"Service": "logging.s3.amazonaws.com"}),
            "service:logging.s3.amazonaws.com",
            "not_shared",
            id="service",
        ),
    ],
)
def test_named_class(statement: dict[str, Any], principal: str, shared: str) -> None:
    answer = verdict(Policy=policy(statement), Organization={"Id": ORG, "Accounts": [SIBLING]})
    assert actions(answer, principal) == {"read"}
    assert (answer.public, answer.shared) == ("not_public", shared)


def test_own_account_is_not_shared() -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/x"
    answer = verdict(Policy=policy(allow(Principal={"AWS": user}, Action="s3:*")))
    (grant,) = answer.grants
    assert (grant.principal, grant.witness["Principal"]) == (f"account:{ACCOUNT}", user)
    assert "policy" not in grant.actions
    assert (answer.public, answer.shared) == ("not_public", "not_shared")
    with_root = verdict(Policy=policy(allow(Principal={"AWS": ACCOUNT})))
    assert actions(with_root, f"account:{ACCOUNT}") == {"read"}
    assert verdict(Policy=policy(allow())).grants[-1].principal == "any_aws"  # nobody of its own is named


def test_unknown_own_account_makes_sharing_unknown() -> None:
    answer = verdict(AccountId=None, Policy=policy(allow(Principal={"AWS": PARTNER})))
    assert only(answer.grants, f"account:{PARTNER}").decision == "unknown"
    assert (answer.public, answer.shared) == ("not_public", "unknown")


def test_account_of_a_server_without_account_ids() -> None:
    users = ["arn:aws:iam:::user/ann", "arn:aws:iam:::user/bob"]
    statement = allow(Principal={"AWS": users})
    answer = verdict(AccountId=None, Acl={"Owner": {"ID": "ann"}, "Grants": []}, Policy=policy(statement))
    assert [grant.principal for grant in answer.grants] == ["account:bob"]


@pytest.mark.parametrize("service", ["logging.s3.amazonaws.com", "cloudfront.amazonaws.com"])
def test_confused_deputy(service: str) -> None:
    open_to_all = allow(Principal={"Service": service})
    guarded = open_to_all | {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
    (entry,) = verdict(Policy=policy(open_to_all)).confused_deputy
    assert (entry["principal"], entry["statement"], entry["actions"]) == (f"service:{service}", 0, ["read"])
    assert verdict(Policy=policy(guarded)).confused_deputy == ()


def test_latent_and_blocked_by() -> None:
    answer = verdict(Policy=policy(allow()), PublicAccessBlock={"Account": RESTRICT, "Bucket": RESTRICT})
    assert (answer.public, answer.grants) == ("not_public", ())
    assert {grant.principal for grant in answer.latent} == {"anonymous", "any_aws"}
    assert answer.blocked_by == ("RestrictPublicBuckets (account, bucket)",)


def test_restrict_stops_other_accounts_only_with_a_public_policy() -> None:
    partner = allow(Principal={"AWS": PARTNER})
    block = {"Bucket": RESTRICT}
    assert actions(verdict(Policy=policy(partner), PublicAccessBlock=block), f"account:{PARTNER}") == {"read"}
    both = verdict(Policy=policy(partner, allow()), PublicAccessBlock=block)
    assert (both.grants, both.shared) == ((), "not_shared")
    service = allow(Principal={"Service": "logging.s3.amazonaws.com"})
    kept = verdict(Policy=policy(service, allow()), PublicAccessBlock=block)
    assert actions(kept, "service:logging.s3.amazonaws.com") == {"read"}


@pytest.mark.parametrize("level", ["Organization", "Account", "Bucket"])
@pytest.mark.parametrize(
    ("setting", "public"),
    [("IgnorePublicAcls", "not_public"), ("RestrictPublicBuckets", "public"), ("BlockPublicAcls", "public")],
)
def test_block_public_access_and_a_public_acl(level: str, setting: str, public: str) -> None:
    assert verdict(Acl=acl(), PublicAccessBlock={level: {setting: True}}).public == public


def test_settings_of_different_levels_add_up() -> None:
    blocks = {"Account": IGNORE, "Bucket": RESTRICT}
    answer = verdict(Acl=acl(), Policy=policy(allow()), PublicAccessBlock=blocks)
    assert answer.public == "not_public"
    assert answer.blocked_by == ("IgnorePublicAcls (account)", "RestrictPublicBuckets (bucket)")


@pytest.mark.parametrize(
    ("group", "permission", "anonymous", "any_aws"),
    [
        ("AllUsers", "READ", {"list"}, {"list"}),
        ("AllUsers", "WRITE", {"write"}, {"write"}),
        ("AllUsers", "READ_ACP", {"read_acp"}, {"read_acp"}),
        ("AuthenticatedUsers", "WRITE_ACP", set(), {"write_acp"}),
        ("AuthenticatedUsers", "FULL_CONTROL", set(), {"list", "write", "read_acp", "write_acp"}),
    ],
)
def test_bucket_acl(group: str, permission: str, anonymous: set[str], any_aws: set[str]) -> None:
    answer = verdict(Acl=acl(group, permission))
    assert (actions(answer, "anonymous"), actions(answer, "any_aws")) == (anonymous, any_aws)


def test_acl_grants_to_s3_and_to_the_owner_are_none() -> None:
    grants = [
        {"Grantee": {"Type": "CanonicalUser", "ID": "owner"}, "Permission": "FULL_CONTROL"},
        {
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
            "Permission": "WRITE",
        },
    ]
    answer = verdict(Acl={"Owner": {"ID": "owner"}, "Grants": grants})
    assert (answer.grants, answer.public, answer.shared) == ((), "not_public", "not_shared")


def test_acl_grant_to_another_user_is_external() -> None:
    grants = [{"Grantee": {"Type": "CanonicalUser", "ID": "friend"}, "Permission": "READ"}]
    answer = verdict(Acl={"Owner": {"ID": "owner"}, "Grants": grants}, PublicAccessBlock={"Bucket": IGNORE})
    assert (actions(answer, "account:friend"), answer.shared) == ({"list"}, "external")


def test_enforced_ownership_makes_acls_inert() -> None:
    answer = verdict(Acl=acl(), ObjectOwnership="BucketOwnerEnforced")
    assert (answer.public, answer.blocked_by) == ("not_public", ("ObjectOwnership (BucketOwnerEnforced)",))


def test_deny_beats_an_acl() -> None:
    refusal = deny(Action="s3:ListBucket", Resource="arn:aws:s3:::shop")
    assert verdict(Acl=acl(), Policy=policy(refusal)).public == "not_public"


def test_object_acl() -> None:
    sample = [{"Key": "a/b.txt"} | acl(), {"Key": "c"} | acl() | {"ServerSideEncryption": "aws:kms"}]
    answer = verdict(Acl={"Owner": {"ID": "owner"}, "Grants": []}, ObjectAcls=sample)
    grant = only(answer.grants, "anonymous")
    assert (grant.prefix, grant.exact_key, grant.because["kind"]) == ("a/b.txt", True, "object_acl")
    assert "ServerSideEncryption (aws:kms)" in answer.blocked_by


@pytest.mark.parametrize(
    ("principal", "decision"), [("*", "allowed"), ({"AWS": ACCOUNT}, "none"), (None, "unknown")]
)
def test_kms_key_policy_decides_for_signed_readers(principal: Any, decision: str) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    item = {"Key": "c"} | acl() | {"ServerSideEncryption": "aws:kms"}
    if principal is not None:
        item["KmsKeyPolicy"] = policy(statement)
    answer = verdict(Acl={"Owner": {"ID": "owner"}, "Grants": []}, ObjectAcls=[item])
    assert [g.decision for g in answer.grants if g.principal == "any_aws"] == [decision] * (
        decision != "none"
    )


def test_requester_pays_needs_a_signature() -> None:
    answer = verdict(Policy=policy(allow()), RequestPayer="Requester")
    assert (actions(answer, "anonymous"), actions(answer, "any_aws")) == (set(), {"read"})
    assert answer.blocked_by == ("RequestPayer (Requester)",)


DELEGATE = allow(Action="*", Resource="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}})


def point(**changes: Any) -> dict[str, Any]:
    arn = f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/door"
    base = {
        "Name": "door",
        "AccountId": ACCOUNT,
        "NetworkOrigin": "Internet",
        "Policy": policy(allow(Resource=f"{arn}/object/open/*")),
    }
    return base | changes


def test_access_point_needs_both_policies() -> None:
    answer = verdict(Policy=policy(DELEGATE), AccessPoints=[point()])
    assert (actions(answer, "anonymous"), actions(answer, "any_aws")) == (set(), {"read"})
    assert only(answer.grants, "any_aws").because["access_point"] == "door"
    assert verdict(AccessPoints=[point()]).public == "not_public"
    assert verdict(Policy=policy(DELEGATE)).public == "not_public"
    assert verdict(Policy=policy(DELEGATE), Unreadable=["ListAccessPoints"]).public == "unknown"


def test_access_point_of_a_vpc() -> None:
    answer = verdict(Policy=policy(DELEGATE), AccessPoints=[point(NetworkOrigin="VPC", VpcId="vpc-9")])
    assert (answer.public, actions(answer, "restricted:vpc=vpc-9")) == ("not_public", {"read"})


def test_access_point_has_its_own_block() -> None:
    answer = verdict(Policy=policy(DELEGATE), AccessPoints=[point(PublicAccessBlock=RESTRICT)])
    assert (answer.public, [grant.principal for grant in answer.latent]) == ("not_public", ["any_aws"])


def test_access_point_of_another_account_is_unknown() -> None:
    theirs = point(AccountId=PARTNER, Policy=None)
    statement = allow(Condition={"StringEquals": {"s3:DataAccessPointAccount": [ACCOUNT, PARTNER]}})
    assert verdict(Policy=policy(statement), AccessPoints=[theirs]).public == "unknown"


UNREADABLE_CASES = [
    pytest.param({}, ["GetAccountPublicAccessBlock"], {}, "not_public", id="block-of-a-private-bucket"),
    pytest.param({"Policy": policy(allow())}, ["GetAccountPublicAccessBlock"], {}, "unknown", id="block"),
    pytest.param(
        {"Policy": policy(allow())}, ["GetPublicAccessBlock"], {}, "unknown", id="block-of-the-bucket"
    ),
    pytest.param({"Acl": acl()}, ["GetOrganizationPublicAccessBlock"], {}, "unknown", id="block-and-acl"),
    pytest.param(
        {"Policy": policy(allow()), "PublicAccessBlock": {"Bucket": RESTRICT}},
        ["GetAccountPublicAccessBlock"],
        {},
        "not_public",
        id="another-level-blocks-anyway",
    ),
    *(
        pytest.param(
            {"Policy": policy(allow())}, ["GetAccountPublicAccessBlock"], error, "public", id=f"no-{error}"
        )
        for error in ("MissingKey", "NotImplemented", "MethodNotAllowed")
    ),
    pytest.param(
        {"Policy": policy(allow())}, ["GetAccountPublicAccessBlock"], "AccessDenied", "unknown", id="403"
    ),
    pytest.param({"Acl": acl()}, ["GetBucketOwnershipControls"], "MissingKey", "public", id="no-ownership"),
    pytest.param({"Acl": acl()}, ["GetBucketOwnershipControls"], "AccessDenied", "unknown", id="ownership"),
    pytest.param(
        {}, ["GetBucketOwnershipControls"], "AccessDenied", "not_public", id="ownership-without-acl"
    ),
    pytest.param({}, ["GetBucketPolicy"], {}, "unknown", id="policy"),
    pytest.param(
        {"PublicAccessBlock": {"Bucket": RESTRICT}},
        ["GetBucketPolicy"],
        {},
        "not_public",
        id="policy-restricted",
    ),
    pytest.param({"Acl": acl()}, ["GetBucketPolicy"], {}, "unknown", id="policy-might-deny"),
    pytest.param({}, ["GetBucketAcl"], {}, "unknown", id="acl"),
    pytest.param(
        {"ObjectOwnership": "BucketOwnerEnforced"}, ["GetBucketAcl"], {}, "not_public", id="acl-inert"
    ),
    pytest.param(
        {"PublicAccessBlock": {"Bucket": IGNORE}}, ["GetObjectAcl"], {}, "not_public", id="acl-ignored"
    ),
    pytest.param({}, ["GetObjectAcl"], {}, "unknown", id="object-acl"),
    pytest.param({"Policy": policy(allow())}, ["GetBucketAcl"], {}, "public", id="public-anyway"),
    pytest.param({"Policy": policy(allow())}, ["GetBucketRequestPayment"], {}, "public", id="payer"),
    pytest.param(
        {"Policy": policy(allow())}, ["GetBucketPolicyStatus"], {}, "public", id="status-is-computed"
    ),
]


@pytest.mark.parametrize(("parts", "unreadable", "error", "public"), UNREADABLE_CASES)
def test_unreadable(parts: dict[str, Any], unreadable: list[str], error: Any, public: str) -> None:
    errors = {name: error for name in unreadable if isinstance(error, str)}
    answer = verdict(**parts, Unreadable=unreadable, UnreadableErrors=errors)
    assert answer.public == public


def test_unreadable_block_makes_the_grant_unknown() -> None:
    answer = verdict(Policy=policy(allow()), Unreadable=["GetAccountPublicAccessBlock"])
    assert {grant.decision for grant in answer.grants} == {"unknown"}


@pytest.mark.parametrize(
    ("statement", "field"),
    [
        pytest.param(allow(Condition={"StringEqual": {"aws:SourceIp": "x"}}), "Condition", id="operator"),
        pytest.param(allow(Effect="allow"), "Effect", id="effect"),
        pytest.param(allow(Principal=None), "Principal", id="no-principal"),
        pytest.param(allow(Resource="shop/*"), "Resource", id="no-arn"),
        pytest.param(allow(Action="GetObject", NotAction="x"), "Action", id="both"),
        pytest.param(allow(Conditions={}), "'Conditions'", id="misspelt-element"),
        pytest.param(
            allow(Principal={"AWS": "arn:aws:iam::*:role/x"}, Resource="*"), "Principal", id="wildcard"
        ),
        pytest.param("text", "Statement", id="no-object"),
    ],
)
def test_what_iam_refuses_is_told(statement: Any, field: str) -> None:
    answer = verdict(Policy=policy(statement))
    assert any(line.startswith(f"policy statement 0: {field}") for line in answer.problems)
    assert answer.public == "unknown"


def test_a_refused_statement_that_cannot_matter_does_not_make_it_unknown() -> None:
    broken = allow(Principal={"AWS": ACCOUNT}, Condition={"Nonsense": {"a": "b"}})
    assert verdict(Policy=policy(broken)).public == "not_public"
    assert verdict(Policy=policy(allow(), allow(Condition={"Nonsense": {"a": "b"}}))).public == "public"


def test_policy_renamed_on_its_way() -> None:
    answer = verdict(Policy=policy(allow(Resource="arn:aws:s3:::other/*")))
    assert answer.public == "public"
    assert any("names no resource of this bucket" in line for line in answer.problems)


def test_the_clock_can_be_set() -> None:
    window = allow(Condition={"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}})
    snapshot = {"Bucket": "shop", "AccountId": ACCOUNT, "Policy": policy(window)}
    assert evaluate(snapshot, now=datetime(2029, 1, 1, tzinfo=UTC)).public == "not_public"
    assert evaluate(snapshot, now=datetime(2031, 1, 1, tzinfo=UTC)).public == "public"


def test_too_many_combinations_are_unknown() -> None:
    """Ten callers' tags in nine values, no two alike: there is no such request, and it takes long to see."""
    tags, values = [f"aws:PrincipalTag/k{i}" for i in range(10)], [f"v{i}" for i in range(9)]
    refusals = [
        deny(Condition={"StringEquals": {one: value, other: value}})
        for place, one in enumerate(tags)
        for other in tags[place + 1 :]
        for value in values
    ]
    tagged = allow(Condition={"StringEquals": dict.fromkeys(tags, values)})
    answer = verdict(Policy=policy(tagged, *refusals))
    assert answer.public == "unknown"
    assert any("too many combinations" in line for line in answer.problems)


NOT_THE_OFFICE = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def test_what_a_deny_leaves_of_a_public_acl() -> None:
    """The network that the Deny spares is a class of its own; who can do what everybody can is not."""
    shut = policy(deny(Action="s3:*", Resource="*", Condition=NOT_THE_OFFICE))
    answer = verdict(Policy=shut, Acl=acl(), ObjectAcls=[])
    assert answer.public == "not_public"
    assert only(answer.grants, "restricted:ip=203.0.113.0/24").actions == ("list",)
    elsewhere = policy(deny(Action="s3:GetObject", Condition=NOT_THE_OFFICE))
    answer = verdict(Policy=elsewhere, Acl=acl(), ObjectAcls=[])
    assert {grant.principal for grant in answer.grants} == {"anonymous", "any_aws"}


def test_an_account_that_a_deny_spares() -> None:
    """It is named by the Deny alone, and an ACL for every account lets it in."""
    spared = deny(Principal=None, NotPrincipal={"AWS": f"arn:aws:iam::{PARTNER}:user/bob"})
    objects = [{"Key": "a.txt", **acl("AuthenticatedUsers")}]
    answer = verdict(Policy=policy(spared), Acl={"Owner": {"ID": "owner"}, "Grants": []}, ObjectAcls=objects)
    assert (answer.public, answer.shared) == ("not_public", "external")
    assert actions(answer, f"account:{PARTNER}") == {"read"}
