"""Remedies: each ends what it says, none opens anything, together they close a public bucket."""

from __future__ import annotations

import copy
import json
import shlex
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.access import Remedy, evaluate, remedies
from classifier.access.commands import Words, hcl
from classifier.access.remedy import opened, reaches
from classifier.model import Grant, Verdict

ACCOUNT, PARTNER, OTHER = "111122223333", "444455556666", "777788889999"
ORG = "o-ourown"
GROUPS = "http://acs.amazonaws.com/groups/global/"
ALL_ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def allow(**changes: Any) -> dict[str, Any]:
    base = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shop/*",
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def acl(group: str = "AllUsers", permission: str = "READ") -> dict[str, Any]:
    grantee = {"Type": "Group", "URI": GROUPS + group}
    return {"Owner": {"ID": "owner"}, "Grants": [{"Grantee": grantee, "Permission": permission}]}


def bucket(**parts: Any) -> dict[str, Any]:
    return {"Bucket": "shop", "AccountId": ACCOUNT, "Region": "eu-west-1"} | parts


def steps(snapshot: dict[str, Any]) -> dict[str, Remedy]:
    return {step.kind: step for step in remedies(snapshot, evaluate(snapshot))}


def together(snapshot: dict[str, Any]) -> Verdict:
    """The verdict after all steps but the optional ones, in order."""
    changed = dict(snapshot)
    for step in remedies(snapshot, evaluate(snapshot)):
        if not step.optional:
            changed |= step.change
    return evaluate(changed)


def ends(grant: Grant, left: Iterable[Grant], before: Iterable[Grant]) -> bool:
    """Whether the grant is gone, and what is left of it is no more than other grants of before."""
    others = {spelled(other) for other in before} - {spelled(grant)}
    standing = [other for other in left if spelled(other) not in others]
    return not any(reaches(standing, grant, action) for action in grant.actions)


def spelled(grant: Grant) -> str:
    where = (grant.prefix, grant.pattern, grant.excluded, grant.exact_key)
    return repr((grant.principal, grant.actions, where, grant.because["kind"]))


def assert_laws(snapshot: dict[str, Any]) -> None:
    before = evaluate(snapshot)
    untouched, changed = copy.deepcopy(snapshot), dict(snapshot)
    for step in remedies(snapshot, before):
        alone = evaluate(snapshot | dict(step.change))
        changed |= step.change
        after = evaluate(changed)
        assert opened(before, alone, (ACCOUNT,)) == [], step.kind
        # By itself, or where a step before gives the same, once that one is taken as well.
        assert any(
            all(ends(grant, left.grants, before.grants) for grant in step.closes) for left in (alone, after)
        ), step.kind
        assert any(
            all(ends(grant, (*left.grants, *left.latent), before.latent) for grant in step.closes_latent)
            for left in (alone, after)
        ), step.kind
        assert not step.deputies or len(alone.confused_deputy) < len(before.confused_deputy)
        assert step.commands.isascii()
        assert step.terraform.isascii()
    if before.public == "public":
        assert together(snapshot).public == "not_public"
    assert snapshot == untouched


STATES = {
    "private": bucket(),
    "policy": bucket(Policy=policy(allow())),
    "policy-text": bucket(Policy=json.dumps(policy(allow()))),
    "statement-as-object": bucket(Policy={"Statement": allow()}),
    "two-statements": bucket(Policy=policy(allow(), allow(Action="s3:PutObject"))),
    "one-of-two": bucket(Policy=policy(allow(), allow(Principal={"AWS": PARTNER}))),
    "partner-held-back": bucket(
        Policy=policy(allow(), allow(Principal={"AWS": PARTNER}, Action="s3:PutObject")),
        PublicAccessBlock={"Account": {"RestrictPublicBuckets": True}},
    ),
    "deny-beside": bucket(
        Policy=policy(allow(), allow(Effect="Deny", Resource="arn:aws:s3:::shop/internal/*"))
    ),
    "not-principal": bucket(Policy=policy(allow(Principal=None, NotPrincipal={"AWS": PARTNER}))),
    "mixed-principals": bucket(Policy=policy(allow(Principal={"AWS": ["*", PARTNER]}))),
    "bucket-acl": bucket(Acl=acl()),
    "authenticated-acl": bucket(Acl=acl("AuthenticatedUsers", "FULL_CONTROL")),
    "object-acl": bucket(Acl={"Owner": {"ID": "owner"}, "Grants": []}, ObjectAcls=[{"Key": "a/b"} | acl()]),
    "acl-and-policy": bucket(Acl=acl(), Policy=policy(allow())),
    "latent-acl": bucket(Acl=acl(), PublicAccessBlock={"Bucket": {"IgnorePublicAcls": True}}),
    "latent-policy": bucket(Policy=policy(allow()), PublicAccessBlock={"Bucket": ALL_ON}),
    "deputy": bucket(Policy=policy(allow(Principal={"Service": "logging.s3.amazonaws.com"}))),
    "deputy-cloudfront": bucket(Policy=policy(allow(Principal={"Service": "cloudfront.amazonaws.com"}))),
    "deputy-and-partner": bucket(
        Policy=policy(allow(Principal={"Service": "cloudtrail.amazonaws.com", "AWS": PARTNER}))
    ),
    "access-point": bucket(
        Policy=policy(
            allow(
                Action="*",
                Resource="*",
                Condition={"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}},
            )
        ),
        AccessPoints=[
            {
                "Name": "door",
                "AccountId": ACCOUNT,
                "NetworkOrigin": "Internet",
                "Policy": policy(allow(Resource=f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/door/object/*")),
            }
        ],
    ),
    "unread-account-block": bucket(Policy=policy(allow()), Unreadable=["GetAccountPublicAccessBlock"]),
    "unread-policy": bucket(Unreadable=["GetBucketPolicy"]),
    "no-policy": bucket(Policy="not a policy"),
}


@pytest.mark.parametrize("snapshot", STATES.values(), ids=STATES)
def test_laws(snapshot: dict[str, Any]) -> None:
    assert_laws(snapshot)


principals = st.sampled_from(
    [
        {"Principal": "*"},
        {"Principal": {"AWS": ["*", PARTNER]}},
        {"Principal": {"AWS": [ACCOUNT, PARTNER]}},
        {"Principal": {"AWS": f"arn:aws:iam::{PARTNER}:role/x"}},
        {"Principal": {"Service": "cloudfront.amazonaws.com"}},
        {"Principal": {"Service": ["cloudtrail.amazonaws.com", "cloudfront.amazonaws.com"], "AWS": OTHER}},
        {"NotPrincipal": {"AWS": PARTNER}},
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
conditions = st.sampled_from(
    [
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24"]),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/0", "203.0.113.0/24"]),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", ORG),
        ("StringEquals", "aws:PrincipalOrgID", ORG),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringEquals", "aws:ResourceAccount", ACCOUNT),
        ("StringLike", "aws:SourceVpce", "vpce-*"),
        ("StringLike", "aws:Referer", "https://*"),
        ("StringEqualsIfExists", "aws:SourceAccount", ACCOUNT),
        ("StringEquals", "aws:SourceAccount", PARTNER),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", f"{ORG}/r-1/"),
        ("NoSuchOperator", "aws:SourceIp", "x"),
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    statement |= draw(principals) | draw(covered) | draw(resources)
    condition: dict[str, Any] = {}
    for operator, key, value in draw(st.lists(conditions, max_size=2)):
        condition.setdefault(operator, {})[key] = value
    return statement | ({"Condition": condition} if condition else {})


flags = st.dictionaries(
    st.sampled_from(["IgnorePublicAcls", "RestrictPublicBuckets", "BlockPublicAcls"]), st.booleans()
)
permissions = st.sampled_from(["READ", "WRITE", "FULL_CONTROL"])


@st.composite
def buckets(draw: st.DrawFn) -> dict[str, Any]:
    objects = [
        {"Key": key} | acl(permission=draw(permissions)) for key in draw(st.sets(st.sampled_from("ab")))
    ]
    return bucket(
        Policy=policy(*draw(st.lists(statements(), max_size=3))) if draw(st.booleans()) else None,
        Acl=acl(permission=draw(permissions)) if draw(st.booleans()) else None,
        ObjectAcls=objects,
        PublicAccessBlock={"Account": draw(st.none() | flags), "Bucket": draw(st.none() | flags)},
        ObjectOwnership=draw(st.sampled_from([None, "BucketOwnerEnforced", "ObjectWriter"])),
        Organization=draw(st.sampled_from([None, {"Id": ORG, "Accounts": [ACCOUNT]}])),
        Unreadable=draw(
            st.lists(st.sampled_from(["GetAccountPublicAccessBlock", "GetObjectAcl"]), max_size=1)
        ),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(buckets())
def test_laws_of_any_bucket(snapshot: dict[str, Any]) -> None:
    assert_laws(snapshot)


def test_nothing_to_do() -> None:
    assert steps(bucket(Policy=policy(allow(Principal={"AWS": ACCOUNT})))) == {}


@pytest.mark.parametrize(
    ("statement", "becomes"),
    [
        (allow(), allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
        (
            allow(Principal={"AWS": ["*", PARTNER]}),
            allow(Principal={"AWS": [f"arn:aws:iam::{ACCOUNT}:root", PARTNER]}),
        ),
        (
            allow(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}}),
            allow(Condition={"StringEquals": {"aws:PrincipalOrgID": ORG}}),
        ),
        (
            allow(Condition={"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "203.0.113.0/24"]}}),
            allow(Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}),
        ),
        (
            allow(Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
            allow(Condition={"StringEquals": {"aws:PrincipalOrgID": ORG}}),
        ),
        (
            allow(Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT}}),
            allow(
                Condition={"StringEquals": {"aws:ResourceAccount": ACCOUNT, "aws:PrincipalAccount": ACCOUNT}}
            ),
        ),
    ],
    ids=[
        "wildcard",
        "wildcard-among-others",
        "if-exists",
        "wide-address",
        "any-organization",
        "resource-key",
    ],
)
def test_the_intent_is_kept_where_it_shows(statement: dict[str, Any], becomes: dict[str, Any]) -> None:
    step = steps(bucket(Policy=policy(statement), Organization={"Id": ORG}))["policy"]
    assert step.change == {"Policy": policy(becomes)}


def test_a_statement_without_visible_intent_goes() -> None:
    step = steps(bucket(Policy=policy(allow(Sid="Open")), AccountId=None))["policy"]
    assert step.change == {"Policy": None}
    assert step.commands == "aws s3api delete-bucket-policy --bucket shop --region eu-west-1"
    assert step.breaks[0] == 'statement 0 ("Open"): removed'


def test_deputies_are_bound_and_the_others_keep_their_statement() -> None:
    step = steps(STATES["deputy-and-partner"])["deputy"]
    service, partner = step.change["Policy"]["Statement"]
    assert service["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert service["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert partner == allow(Principal={"AWS": PARTNER})


def test_who_restrict_held_back_does_not_get_in_by_the_remedy() -> None:
    snapshot = STATES["partner-held-back"]
    assert evaluate(snapshot).grants == ()
    step = steps(snapshot)["policy"]
    assert len(step.change["Policy"]["Statement"]) == 1
    assert any(f"account:{PARTNER} would get in" in line for line in step.breaks)
    assert step.closes == ()
    assert {grant.principal for grant in step.closes_latent} == {"anonymous", "any_aws", f"account:{PARTNER}"}


def test_block_public_access_names_the_partner_it_refuses() -> None:
    step = steps(STATES["one-of-two"])["block_bucket"]
    assert any(f"account:{PARTNER} through statement 1 stops" in line for line in step.breaks)


def test_block_public_access_keeps_the_other_levels() -> None:
    known = {"IgnorePublicAcls": True}
    step = steps(bucket(Policy=policy(allow()), PublicAccessBlock={"Organization": known}))["block_bucket"]
    assert step.change["PublicAccessBlock"] == {"Organization": known, "Bucket": ALL_ON}


def test_a_website_is_said_to_stop() -> None:
    step = steps(bucket(Policy=policy(allow()), Website={"IndexDocument": {"Suffix": "i"}}))["policy"]
    assert any("static website" in line for line in step.breaks)


def test_turning_acls_off_resets_the_bucket_acl_first_and_warns() -> None:
    grants = [
        {
            "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"},
            "Permission": "WRITE",
        }
    ]
    step = steps(bucket(Acl={"Owner": {"ID": "owner"}, "Grants": [*acl()["Grants"], *grants]}))["ownership"]
    first, second = step.commands.splitlines()
    assert "put-bucket-acl" in first
    assert "put-bucket-ownership-controls" in second
    assert any("relies on ACLs" in line for line in step.breaks)
    assert any("logging.s3.amazonaws.com" in line for line in step.breaks)


def test_other_grants_of_the_bucket_acl_stay() -> None:
    friend = {"Grantee": {"Type": "CanonicalUser", "ID": "friend"}, "Permission": "READ"}
    step = steps(bucket(Acl={"Owner": {"ID": "owner"}, "Grants": [*acl()["Grants"], friend]}))["bucket_acl"]
    assert step.change["Acl"]["Grants"] == [friend]
    assert '"ID": "friend"' in step.commands
    assert 'id = "friend"' in step.terraform


def test_an_outside_account_is_taken_out_only_where_it_is_named() -> None:
    found = steps(bucket(Policy=policy(allow(Principal={"AWS": [PARTNER, OTHER]}))))
    step = found[f"external:{PARTNER}"]
    assert step.optional
    assert step.change == {"Policy": policy(allow(Principal={"AWS": OTHER}))}
    assert {grant.principal for grant in step.closes} == {f"account:{PARTNER}"}


def document(commands: str) -> Any:
    """The JSON of the here-document that the commands begin with."""
    first, *rest = commands.splitlines()
    assert first == "cat > bucket-policy.json <<'EOF'"
    return json.loads("\n".join(rest[: rest.index("EOF")]))


def test_the_commands_hold_the_whole_new_policy_and_the_real_names() -> None:
    step = steps(STATES["deny-beside"])["policy"]
    assert document(step.commands) == step.change["Policy"]
    last = shlex.split(step.commands.splitlines()[-1])
    assert last[:5] == ["aws", "s3api", "put-bucket-policy", "--bucket", "shop"]
    assert last[5:9] == ["--expected-bucket-owner", ACCOUNT, "--region", "eu-west-1"]


@pytest.mark.parametrize(
    "key",
    ["-rf", "file:///etc/passwd", "a\u202eb", "line\nEOF\n$(id)", "é", "https://x/"],
)
def test_hostile_keys_are_data(key: str) -> None:
    command = Words("shop", ACCOUNT, "").put_object_acls([key])
    assert command.isascii()
    assert "\n" not in command
    words = shlex.split(command)
    assert words[:4] == ["aws", "s3api", "put-object-acl", "--cli-input-json"]
    assert json.loads(words[4]) == {"Bucket": "shop", "Key": key, "ACL": "private"}


def test_plain_keys_are_quoted() -> None:
    words = shlex.split(Words("shop", ACCOUNT, "").put_object_acls(["it's; rm -rf *"]))
    assert words[words.index("--key") + 1] == "it's; rm -rf *"


@pytest.mark.parametrize("name", ["", "-x", "a b", "$(id)", "../x"])
def test_what_is_no_name_is_a_placeholder(name: str) -> None:
    words = Words.of(name, name, name)
    assert (words.bucket, words.account, words.region) == ("BUCKET", "ACCOUNT_ID", "")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("${aws:username}", '"$${aws:username}"'),
        ("%{if}", '"%%{if}"'),
        ('a"\\\n', '"a\\"\\\\\\n"'),
        ("é\U0001f600\b", '"\\u00e9\\U0001f600\\u0008"'),
        (True, "true"),
        ({}, "{}"),
        ([], "[]"),
        (["a"], '[\n  "a",\n]'),
        ({"a": 1}, '{\n  "a" = 1\n}'),
    ],
)
def test_terraform_values(value: Any, written: str) -> None:
    assert hcl(value) == written
