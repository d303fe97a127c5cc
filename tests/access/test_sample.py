"""A sample of object ACLs says nothing of the objects outside it."""

import pytest

from classifier.access import evaluate
from classifier.model import JSON

OWNER = {"ID": "0" * 64}


def snapshot(**more: JSON) -> dict[str, JSON]:
    return {"Bucket": "b", "AccountId": "1" * 12, "Acl": {"Owner": OWNER, "Grants": []}, **more}


@pytest.mark.parametrize(
    ("more", "public"),
    [
        ({}, "not_public"),
        ({"ObjectAclsSampled": None}, "not_public"),
        ({"ObjectAclsSampled": {"read": 3, "listed": 3, "all": True}}, "not_public"),
        ({"ObjectAclsSampled": {"read": 3, "listed": 9, "all": False}}, "unknown"),
        (
            {
                "ObjectAclsSampled": {"read": 3, "listed": 9, "all": False},
                "ObjectOwnership": "BucketOwnerEnforced",
            },
            "not_public",
        ),
        (
            {
                "ObjectAclsSampled": {"read": 3, "listed": 9, "all": False},
                "PublicAccessBlock": {"Bucket": {"IgnorePublicAcls": True}},
            },
            "not_public",
        ),
    ],
    ids=["no sample", "not in force", "whole", "part", "ACLs off", "ACLs ignored"],
)
def test_public(more: dict[str, JSON], public: str) -> None:
    verdict = evaluate(snapshot(**more))
    assert verdict.public == public
    assert any("object_acl_sample" in line for line in verdict.problems) == ("'all': False" in str(more))


def test_what_is_known_to_be_public_stays_public() -> None:
    grant = {
        "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"},
        "Permission": "READ",
    }
    sampled = {"read": 1, "listed": 9, "all": False}
    acls = [{"Key": "k", "Owner": OWNER, "Grants": [grant]}]
    assert evaluate(snapshot(ObjectAclsSampled=sampled, ObjectAcls=acls)).public == "public"
