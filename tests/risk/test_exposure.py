"""Verdict and key to a level of exposure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.model import Grant, Public, Shared, Verdict
from classifier.risk import Exposure, Weights, exposure_of, load_weights, principal_kind

WEIGHTS = load_weights()
KNOWN = ("111111111111", "o-abc", "o-1")
OWNER = "999999999999"


def grant(
    principal: str, *actions: str, prefix: str = "", unknown: bool = False, exact: bool = False
) -> Grant:
    because = {"kind": "policy", "statement": 0, "sid": principal}
    return Grant(principal, actions, prefix, "unknown" if unknown else "allowed", because, {}, exact)


def exposure(
    *grants: Grant, public: Public = "not_public", shared: Shared = "not_shared", key: str | None = "a/b"
) -> Exposure:
    return exposure_of(Verdict("b", None, public, shared, grants), key, KNOWN, WEIGHTS, owner=OWNER)


@pytest.mark.parametrize(
    "grants, level, public, reach",
    [
        pytest.param([], "private", False, "internal", id="nobody"),
        pytest.param([grant(f"account:{OWNER}", "read")], "private", False, "internal", id="owner"),
        pytest.param(
            [grant("service:logging.s3.amazonaws.com", "write")], "service", False, "internal", id="service"
        ),
        pytest.param([grant("org:o-abc", "read")], "org", False, "internal", id="org"),
        pytest.param([grant("restricted:vpce-1", "read")], "restricted", False, "internal", id="restricted"),
        pytest.param([grant("account:111111111111", "read")], "known_account", False, "internal", id="known"),
        pytest.param(
            [grant("account:222222222222", "list")], "unknown_account", False, "external", id="unknown"
        ),
        pytest.param([grant("cloudfront:E1", "read")], "cloudfront", False, "external", id="cloudfront"),
        pytest.param([grant("martian:7", "read")], "unknown_account", False, "external", id="new-class"),
        pytest.param([grant("anonymous", "read_acp")], "public_metadata", True, "internal", id="metadata"),
        pytest.param([grant("anonymous", "list")], "public_list", True, "internal", id="list"),
        pytest.param([grant("anonymous", "read")], "public_read", True, "public", id="read"),
        pytest.param([grant("any_aws", "read_version")], "public_read", True, "public", id="any-account"),
        pytest.param(
            [grant("anonymous", "list"), grant("anonymous", "read")],
            "public_list_read",
            True,
            "public",
            id="list-and-read",
        ),
        pytest.param(
            [grant("anonymous", "list"), grant("any_aws", "read")],
            "public_read",
            True,
            "public",
            id="list-and-read-by-different-people",
        ),
        pytest.param([grant("any_aws", "write_acp")], "public_write", True, "public", id="take-over"),
        pytest.param([grant("anonymous", "write")], "public_write", True, "public", id="write"),
        pytest.param(
            [grant("anonymous", "list"), grant("account:222222222222", "read")],
            "public_list",
            True,
            "external",
            id="reach-is-not-the-level",
        ),
        pytest.param([grant("anonymous", "read", prefix="a/")], "public_read", True, "public", id="prefix"),
        pytest.param(
            [grant("anonymous", "read", prefix="c/")], "private", False, "internal", id="other-prefix"
        ),
        pytest.param(
            [grant("anonymous", "read", prefix="a/b", exact=True)], "public_read", True, "public", id="key"
        ),
        pytest.param(
            [grant("anonymous", "read", prefix="a/", exact=True)],
            "private",
            False,
            "internal",
            id="other-key",
        ),
    ],
)
def test_level_of_grants(grants: list[Grant], level: str, public: bool, reach: str) -> None:
    found = exposure(*grants)
    assert (found.level, found.at_most, found.public, found.reach) == (level, level, public, reach)
    assert found.low == found.high == WEIGHTS.exposure.by_name[level].weight
    assert found.to_json()["level"] == level


def test_the_whole_bucket_counts_every_prefix() -> None:
    assert exposure(grant("anonymous", "read", prefix="c/"), key=None).level == "public_read"


def test_the_deciding_grant_is_named() -> None:
    found = exposure(grant("org:o-1", "read"), grant("anonymous", "list"), grant("anonymous", "read"))
    assert found.because == {
        "kind": "policy",
        "statement": 0,
        "sid": "anonymous",
        "principal": "anonymous",
        "actions": ["read"],
    }
    assert found.principals == ("anonymous", "org:o-1")


def test_a_local_target_is_local() -> None:
    found = exposure_of(None, "a", KNOWN, WEIGHTS)
    assert found.to_json() == {
        "level": "local",
        "at_most": "local",
        "public": False,
        "principals": [],
        "because": {"kind": "local"},
    }
    assert found.low == WEIGHTS.exposure.by_name["private"].weight


def test_an_unknown_verdict_is_never_private() -> None:
    found = exposure(public="unknown")
    assert found.to_json() == {
        "level": "unknown",
        "at_most": "public_write",
        "public": None,
        "principals": [],
        "because": {"kind": "unknown", "problems": []},
    }
    assert (found.low, found.high, found.reach) == (0.15, 1.0, "unknown")


def test_unknown_sharing_widens_to_an_unknown_account() -> None:
    found = exposure(shared="unknown")
    assert (found.to_json()["level"], found.at_most, found.public) == ("unknown", "unknown_account", False)


def test_an_organization_of_unknown_owner_is_an_interval() -> None:
    found = exposure(grant("org:o-2", "read"))
    assert (found.level, found.at_most, found.public, found.reach) == (
        "org",
        "unknown_account",
        False,
        "unknown",
    )
    assert found.to_json()["level"] == "unknown"


def test_the_owners_organization_is_known_with_its_accounts() -> None:
    access = Verdict(
        "b", None, "not_public", "internal", (grant("org:o-2", "read"), grant("account:3", "read"))
    )
    own = {"Id": "o-2", "Accounts": ["3"]}
    found = exposure_of(access, "k", KNOWN, WEIGHTS, owner=OWNER, organization=own)
    assert (found.level, found.at_most, found.reach) == ("org", "org", "internal")


@pytest.mark.parametrize(
    ("provider", "kind"),
    [
        (f"arn:aws:iam::{OWNER}:saml-provider/Office", "owner"),
        ("arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com", "known_account"),
        ("arn:aws:iam::333333333333:saml-provider/Office", "org"),
        ("arn:aws:iam::444444444444:saml-provider/Office", "unknown_account"),
        ("cognito-identity.amazonaws.com", "unknown_account"),
        ("arn:aws:iam:::saml-provider/Office", "unknown_account"),
    ],
    ids=["own", "known", "organization", "unknown", "web identity", "no account"],
)
def test_an_identity_provider_is_of_its_account(provider: str, kind: str) -> None:
    own = {"Id": "o-2", "Accounts": ["333333333333"]}
    assert principal_kind(f"federated:{provider}", KNOWN, OWNER, own) == kind


def test_who_logs_in_at_a_provider_of_the_account_is_no_outsider() -> None:
    own = f"federated:arn:aws:iam::{OWNER}:saml-provider/Office"
    assert exposure(grant(own, "read", unknown=True)).to_json()["level"] == "private"
    found = exposure(grant("federated:accounts.google.com", "read", unknown=True))
    assert (found.level, found.at_most, found.public) == ("private", "unknown_account", False)


def test_an_unknown_grant_widens() -> None:
    found = exposure(grant("org:o-1", "read"), grant("anonymous", "read", unknown=True))
    assert (found.level, found.at_most, found.public, found.reach) == ("org", "public_read", None, "unknown")
    assert found.to_json()["level"] == "unknown"
    assert found.principals == ("org:o-1",)


def test_what_is_public_for_certain_stays_so() -> None:
    found = exposure(grant("anonymous", "list"), grant("anonymous", "read", unknown=True), public="public")
    assert (found.level, found.at_most, found.public) == ("public_list", "public_list_read", True)
    assert (found.reach, found.reach_at_most) == ("unknown", "public")
    assert found.to_json()["level"] == "public_list"


grants = st.lists(
    st.builds(
        lambda who, actions, prefix, unknown: grant(who, *actions, prefix=prefix, unknown=unknown),
        st.sampled_from(
            ["anonymous", "any_aws", "account:111111111111", "account:3", "org:o", "service:s", "x"]
        ),
        st.lists(st.sampled_from(["list", "read", "write", "read_acp", "other"]), min_size=1, max_size=3),
        st.sampled_from(["", "a/", "a/b", "z"]),
        st.booleans(),
    ),
    max_size=6,
)
publics = st.sampled_from(["public", "not_public", "unknown"])


@given(grants, grants, publics)
def test_more_grants_never_narrow(some: list[Grant], more: list[Grant], public: Public) -> None:
    before, after = exposure(*some, public=public), exposure(*some, *more, public=public)
    assert before.low <= after.low
    assert before.high <= after.high
    assert before.low <= before.high


@given(grants, publics)
def test_the_order_of_grants_does_not_matter(some: list[Grant], public: Public) -> None:
    one, other = exposure(*some, public=public), exposure(*reversed(some), public=public)
    assert (one.level, one.at_most, one.reach, one.principals) == (
        other.level,
        other.at_most,
        other.reach,
        other.principals,
    )


@given(grants, publics)
def test_an_object_is_no_wider_than_its_bucket(some: list[Grant], public: Public) -> None:
    bucket, one = exposure(*some, public=public, key=None), exposure(*some, public=public)
    assert one.low <= bucket.low
    assert one.high <= bucket.high


def test_weights_fixture_is_the_shipped_file(weights: Weights) -> None:
    assert weights == WEIGHTS
