import json
import re
from collections.abc import Iterator

import boto3
import pytest
from mypy_boto3_s3 import S3Client

from classifier.demo import embedded_server
from tests.corpus.exposures import CLIENT_ADDRESS, KEYS, RECIPES, Recipe, apply

BY_NAME = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)


@pytest.fixture(scope="module")
def client() -> Iterator[S3Client]:
    with embedded_server() as server, server.environment():
        yield boto3.client("s3", endpoint_url=server.endpoint_url)


def test_there_are_thirty_with_distinct_names() -> None:
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES) >= 30


@BY_NAME
def test_its_name_can_end_a_bucket_name(recipe: Recipe) -> None:
    assert re.fullmatch("[a-z0-9-]{1,40}", recipe.name)


@BY_NAME
def test_it_avoids_what_servers_decide_differently(recipe: Recipe) -> None:
    policy = json.dumps(recipe.policy("some-bucket"))
    for construct in (
        "NotAction",
        "StringNot",
        "NotIpAddress",
        "Null",
        "SecureTransport",
        "${",
        "RestrictPublic",
    ):
        assert construct not in policy
    assert "RestrictPublicBuckets" not in recipe.block


@BY_NAME
def test_it_can_be_applied(client: S3Client, recipe: Recipe) -> None:
    bucket = f"demo-{recipe.name}"
    apply(client, bucket, recipe)
    policy = recipe.policy(bucket)
    if policy is not None:
        assert json.loads(client.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    if recipe.pab is not None:
        answer = client.get_public_access_block(Bucket=bucket)
        assert answer["PublicAccessBlockConfiguration"] == recipe.pab
    if "Deny" in json.dumps(policy):
        return  # this server applies a Deny to the owner's reading of the ACL, whatever its action
    public = "AllUsers" in json.dumps(client.get_object_acl(Bucket=bucket, Key=KEYS[0])["Grants"])
    assert public == (recipe.object_acl == "public-read")


def test_the_narrow_network_leaves_the_client_out() -> None:
    policy = next(r for r in RECIPES if r.name == "source-ip-narrow").policy("b")
    assert CLIENT_ADDRESS.rpartition(".")[0] not in json.dumps(policy)
