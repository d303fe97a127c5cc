"""Laws that hold for every bucket."""

from __future__ import annotations

import copy
import ipaddress
import random
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.access import evaluate
from classifier.model import Verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ACCOUNTS = ["111122223333", "444455556666"]

principals = st.sampled_from(
    [
        {"Principal": "*"},
        {"Principal": {"AWS": ["*"]}},
        {"Principal": {"AWS": ACCOUNTS}},
        {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNTS[1]}:role/x"}},
        {"Principal": {"Service": "cloudfront.amazonaws.com"}},
        {"NotPrincipal": {"AWS": ACCOUNTS[1]}},
    ]
)
covered = st.sampled_from(
    [
        {"Action": "s3:GetObject"},
        {"Action": ["s3:Get*", "s3:ListBucket"]},
        {"Action": "*"},
        {"Action": "s3:PutObject"},
        {"NotAction": "s3:Get*"},
    ]
)
resources = st.sampled_from(
    [
        {"Resource": "*"},
        {"Resource": ["arn:aws:s3:::shop", "arn:aws:s3:::shop/*"]},
        {"Resource": "arn:aws:s3:::shop/a/*"},
        {"Resource": "arn:aws:s3:::shop/a/key"},
        {"Resource": "arn:aws:s3:::shop/${aws:username}/*"},
        {"NotResource": "arn:aws:s3:::shop/a/*"},
    ]
)
tests = st.sampled_from(
    [
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24"]),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
        ("StringEquals", "aws:PrincipalOrgID", "o-1"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
        ("StringLike", "aws:SourceVpce", "vpce-*"),
        ("StringNotEquals", "aws:SourceVpce", "vpce-1"),
        ("Bool", "aws:SecureTransport", False),
        ("StringLike", "aws:Referer", "https://*"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/a*"),
        ("StringEquals", "aws:PrincipalTag/team", "${aws:username}"),
        ("StringEquals", "aws:SourceAccount", ACCOUNTS[0]),
        ("Null", "aws:PrincipalOrgID", "true"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-1/r-1/"),
        ("NoSuchOperator", "aws:SourceIp", "x"),
    ]
)


@st.composite
def statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    statement |= draw(principals) | draw(covered) | draw(resources)
    condition: dict[str, Any] = {}
    for operator, key, value in draw(st.lists(tests, max_size=2)):
        condition.setdefault(operator, {})[key] = value
    return statement | ({"Condition": condition} if condition else {})


flags = st.dictionaries(
    st.sampled_from(["IgnorePublicAcls", "RestrictPublicBuckets", "BlockPublicAcls"]), st.booleans()
)


@st.composite
def buckets(draw: st.DrawFn) -> dict[str, Any]:
    grantee = {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    permissions = draw(st.lists(st.sampled_from(["READ", "WRITE", "FULL_CONTROL"]), max_size=1))
    return {
        "Bucket": "shop",
        "AccountId": ACCOUNTS[0],
        "Region": "eu-west-1",
        "Policy": {"Version": "2012-10-17", "Statement": draw(st.lists(statements(), max_size=3))},
        "Acl": {
            "Owner": {"ID": "o"},
            "Grants": [{"Grantee": grantee, "Permission": permission} for permission in permissions],
        },
        "PublicAccessBlock": {"Account": draw(st.none() | flags), "Bucket": draw(st.none() | flags)},
        "ObjectOwnership": draw(st.sampled_from([None, "BucketOwnerEnforced", "ObjectWriter"])),
        "Unreadable": draw(
            st.lists(st.sampled_from(["GetAccountPublicAccessBlock", "GetObjectAcl"]), max_size=1)
        ),
    }


def open_to(answer: Verdict, *decisions: str) -> set[tuple[str, str]]:
    found = {
        (grant.principal, action)
        for grant in answer.grants
        if grant.principal in ("anonymous", "any_aws") and grant.decision in decisions
        for action in grant.actions
    }
    # Who lists the objects gets no line of its own for their versions.
    return found | {(principal, "list_versions") for principal, action in found if action == "list"}


def everything(answer: Verdict) -> set[tuple[str, str, str, str]]:
    return {(g.principal, action, g.prefix, g.decision) for g in answer.grants for action in g.actions}


def judge(bucket: Any) -> Verdict:
    return evaluate(bucket, now=NOW)


def with_statement(bucket: dict[str, Any], statement: dict[str, Any], place: int) -> dict[str, Any]:
    changed = copy.deepcopy(bucket)
    listed = changed["Policy"]["Statement"]
    listed.insert(place % (len(listed) + 1), statement)
    return changed


@SETTINGS
@given(buckets(), statements("Deny"), st.integers(0, 3))
def test_a_deny_never_allows_more(bucket: dict[str, Any], refusal: dict[str, Any], place: int) -> None:
    before, after = judge(bucket), judge(with_statement(bucket, refusal, place))
    assert open_to(after, "allowed") <= open_to(before, "allowed")
    assert open_to(after, "allowed", "unknown") <= open_to(before, "allowed", "unknown")
    assert before.is_public_policy == after.is_public_policy


@SETTINGS
@given(buckets(), statements("Allow"), st.integers(0, 3))
def test_an_allow_never_allows_less(bucket: dict[str, Any], grant: dict[str, Any], place: int) -> None:
    bucket["PublicAccessBlock"] = None  # RestrictPublicBuckets refuses more once the policy is public
    bucket["Unreadable"] = []
    before, after = judge(bucket), judge(with_statement(bucket, grant, place))
    assert open_to(before, "allowed") <= open_to(after, "allowed")
    assert open_to(before, "allowed", "unknown") <= open_to(after, "allowed", "unknown")


@SETTINGS
@given(buckets(), statements("Allow"), st.integers(0, 2**32 - 1), st.integers(0, 32), st.integers(0, 32))
def test_a_narrower_network_never_allows_more(
    bucket: dict[str, Any], grant: dict[str, Any], address: int, one: int, other: int
) -> None:
    bucket["PublicAccessBlock"] = None  # RestrictPublicBuckets refuses more while the policy is public
    bucket["Unreadable"] = []
    wide, narrow = (str(ipaddress.ip_network((address, size), strict=False)) for size in sorted((one, other)))

    def allowing(network: str) -> dict[str, Any]:
        condition = {**grant.get("Condition", {}), "IpAddress": {"aws:SourceIp": network}}
        return with_statement(bucket, grant | {"Condition": condition}, 0)

    before, after = judge(allowing(wide)), judge(allowing(narrow))
    assert open_to(after, "allowed") <= open_to(before, "allowed")
    for source in (address, address ^ 1, address ^ (1 << 31)):
        request = {
            "Principal": "anonymous",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::shop/a/key",
            "Context": {"aws:SourceIp": str(ipaddress.ip_address(source))},
        }
        if judge(allowing(narrow) | {"Request": request}).decision == "allowed":
            assert judge(allowing(wide) | {"Request": request}).decision == "allowed"


@SETTINGS
@given(buckets(), st.randoms(use_true_random=False))
def test_order_never_matters(bucket: dict[str, Any], chance: random.Random) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, shuffled(item)) for key, item in value.items()]
            chance.shuffle(items)
            return dict(items)
        if isinstance(value, list):
            items = [shuffled(item) for item in value]
            chance.shuffle(items)
            return items
        return value

    before, after = judge(bucket), judge(shuffled(bucket))
    assert (before.public, before.shared, before.is_public_policy) == (
        after.public,
        after.shared,
        after.is_public_policy,
    )
    assert everything(before) == everything(after)


@SETTINGS
@given(buckets())
def test_every_grant_has_a_witness_and_nothing_is_changed(bucket: dict[str, Any]) -> None:
    kept = copy.deepcopy(bucket)
    answer = judge(bucket)
    assert bucket == kept
    assert not any("disagree" in line for line in answer.problems)
    for grant in answer.grants:
        decided = judge(bucket | {"Request": grant.witness}).decision
        assert decided == "allowed" if grant.decision == "allowed" else decided is not None
    for grant in answer.latent:
        decided = judge(bucket | {"Request": grant.witness}).decision
        again = any(  # what Block Public Access holds back of an ACL, a policy may give as well
            other.principal == grant.principal and set(other.actions) & set(grant.actions)
            for other in answer.grants
        )
        assert decided in ("explicitDeny", "implicitDeny") or ("acl" in grant.because["kind"] and again)
    for deputy in answer.confused_deputy:
        assert judge(bucket | {"Request": deputy["witness"]}).decision == "allowed"


# ---- whatever is allowed to somebody is in the verdict

STRANGER = "738291465027"  # the account that any_aws stands for here
WORDS = ["red", "blue", "ann", "a"]
TIED_KEYS = ["aws:PrincipalTag/team", "aws:PrincipalTag/x", "aws:RequestTag/x", "aws:username", "aws:Referer"]
TIED_VALUES = [
    *("red", "ann", "r*", "a/*"),
    *("${aws:PrincipalTag/team}", "${aws:username}", "${aws:PrincipalTag/x}", "${aws:username}-x"),
    *("home/${aws:username}/*", "${aws:PrincipalTag/team, 'red'}"),
]
TIED_OBJECTS = [
    *("*", "red/*", "a/*", "*.jpg", "logs/*/public/*", "*red*", "red", "home/*", "x*x"),
    *("${aws:PrincipalTag/team}/*", "home/${aws:username}/*", "${aws:PrincipalTag/x}"),
    "${aws:PrincipalTag/team}/${aws:username}/*",
]
OPERATORS = ["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "StringNotLike", "Null"]


@st.composite
def tied_statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    """Statements whose conditions and resources hang together by variables of the caller's choice."""
    condition: dict[str, Any] = {}
    for operator in draw(st.lists(st.sampled_from(OPERATORS), max_size=2)):
        values = ["true", "false"] if operator == "Null" else TIED_VALUES
        chosen = draw(st.sampled_from(TIED_KEYS)), draw(st.sampled_from(values))
        condition.setdefault(operator, {}).update([chosen])
    objects = draw(st.lists(st.sampled_from(TIED_OBJECTS), min_size=1, max_size=2))
    element = draw(st.sampled_from(["Resource", "Resource", "NotResource"]))
    return {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        "Principal": draw(st.sampled_from(["*", "*", {"AWS": ACCOUNTS[1]}])),
        "Action": draw(st.sampled_from(["s3:GetObject", "s3:*"])),
        element: [f"arn:aws:s3:::shop/{name}" for name in objects],
        "Condition": condition,
    }


@st.composite
def tied_requests(draw: st.DrawFn) -> dict[str, Any]:
    """Requests that just anybody can make."""
    context: dict[str, Any] = {"aws:SourceIp": "52.95.110.1", "aws:SecureTransport": "true"}
    word = st.sampled_from(WORDS)
    signed = draw(st.booleans())
    if signed:
        name, kind = draw(word), draw(st.sampled_from(["user", "role"]))
        context["aws:PrincipalArn"] = f"arn:aws:iam::{STRANGER}:{kind}/{name}"
        if kind == "user":
            context["aws:username"] = name
        context |= draw(st.dictionaries(st.sampled_from(TIED_KEYS[:2]), word))
    context |= draw(st.dictionaries(st.sampled_from(["aws:Referer", "aws:RequestTag/x"]), word))
    form = draw(
        st.sampled_from(["{}", "{}/{}", "{}/{}/k", "a/{}.jpg", "logs/{}/public/{}", "home/{}/f", "x{}x"])
    )
    return {
        "Principal": "any_aws" if signed else "anonymous",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop/" + form.format(draw(word), draw(word)),
        "Context": context,
        "IdentityPolicies": [{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tied_statements("Allow"), st.lists(tied_statements(), max_size=3), st.lists(tied_requests(), min_size=6)
)
def test_whatever_is_allowed_has_a_grant(
    first: dict[str, Any], others: list[dict[str, Any]], requests: list[dict[str, Any]]
) -> None:
    policy = {"Version": "2012-10-17", "Statement": [first, *others]}
    bucket = {"Bucket": "shop", "AccountId": ACCOUNTS[0], "Region": "eu-west-1", "Policy": policy}
    answer = judge(bucket)
    unsearched = any("too many combinations" in line for line in answer.problems)
    for request in requests:
        if judge(bucket | {"Request": request}).decision == "allowed":
            key = request["Resource"].partition("/")[2]
            assert unsearched or any(
                grant.principal == request["Principal"] and "read" in grant.actions and grant.covers(key)
                for grant in answer.grants
            )
            assert answer.public != "not_public"


@SETTINGS
@given(buckets())
def test_blocking_everything_leaves_nothing_public(bucket: dict[str, Any]) -> None:
    every = {"IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    answer = judge(bucket | {"PublicAccessBlock": {"Organization": every}})
    assert answer.public != "public"
    assert answer.is_public_policy is None or answer.public == "not_public"


NAMES = st.sampled_from(
    [
        *(
            "Bucket",
            "AccountId",
            "Region",
            "Policy",
            "Acl",
            "Owner",
            "Grants",
            "Grantee",
            "Permission",
            "URI",
            "ID",
        ),
        *("Version", "Statement", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource"),
        *(
            "Condition",
            "StringLike",
            "IpAddress",
            "Null",
            "aws:SourceIp",
            "aws:username",
            "PublicAccessBlock",
        ),
        *(
            "Bucket",
            "IgnorePublicAcls",
            "ObjectOwnership",
            "RequestPayer",
            "AccessPoints",
            "ObjectAcls",
            "Key",
        ),
        *("Organization", "Id", "Accounts", "Unreadable", "UnreadableErrors", "Request", "Context", "Name"),
        *(
            "AWS",
            "Service",
            "Federated",
            "IdentityPolicies",
            "KmsKeyPolicy",
            "ServerSideEncryption",
            "NetworkOrigin",
        ),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=12)
    | NAMES
    | st.sampled_from(
        [
            "*",
            "Allow",
            "Deny",
            "s3:*",
            "arn:aws:s3:::shop/*",
            "2012-10-17",
            "anonymous",
            "any_aws",
            "arn:aws:iam::1:root",
            "${aws:username}",
            "${",
            "0.0.0.0/0",
            "aws:kms",
            "GetBucketPolicy",
            "{}",
            "[[",
        ]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=6), inner, max_size=5)
    ),
    max_leaves=30,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_no_value_crashes(value: Any) -> None:
    assert judge(value).public in ("public", "not_public", "unknown")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, JSON, max_size=8), JSON)
def test_no_part_of_a_snapshot_crashes(parts: dict[str, Any], statement: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": statement}
    answer = judge({"Bucket": "shop", "Policy": policy} | parts)
    assert answer.to_json()["Public"] == answer.public
