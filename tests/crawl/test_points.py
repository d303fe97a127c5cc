"""Access points of all three kinds, from a stand-in for s3control: no server here has them all."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from classifier.crawl.calls import Unreadable
from classifier.crawl.points import LISTS, Points
from classifier.crawl.sessions import Connection

ACCOUNT = "123456789012"
POLICY = {"Version": "2012-10-17", "Statement": []}
BLOCK = {"RestrictPublicBuckets": True}


class Control:
    """Answers by operation; an exception is raised, a missing one is an error of the test."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.regions: list[str | None] = []

    def client(self, service: str, region: str | None) -> Control:
        assert service == "s3control"
        self.regions.append(region)
        return self

    def __getattr__(self, method: str) -> Any:
        def call(**asked: Any) -> Any:
            assert asked["AccountId"] == ACCOUNT
            answer = self.answers[method]
            if callable(answer):
                answer = answer(asked)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "Get")  # type: ignore[typeddict-item]


def read(control: Control, part: str) -> tuple[list[Any], dict[str, str]]:
    unreadable: dict[str, str] = {}
    points = Points(cast(Connection, control), ACCOUNT, "shop", "eu-west-1", unreadable)
    return points.read(part), unreadable


def test_plain() -> None:
    pages = {
        None: {"AccessPointList": [{"Name": "a", "NetworkOrigin": "Internet"}], "NextToken": "more"},
        "more": {
            "AccessPointList": [{"Name": "b", "NetworkOrigin": "VPC", "VpcConfiguration": {"VpcId": "vpc-1"}}]
        },
    }
    control = Control(
        list_access_points=lambda asked: pages[asked.get("NextToken")],
        get_access_point={"PublicAccessBlockConfiguration": BLOCK},
        get_access_point_policy=lambda asked: (
            {"Policy": json.dumps(POLICY)} if asked["Name"] == "a" else refused("NoSuchAccessPointPolicy")
        ),
    )
    found, unreadable = read(control, "AccessPoints")
    assert [(p["Name"], p["VpcId"], p["Policy"], p["PublicAccessBlock"]) for p in found] == [
        ("a", None, POLICY, BLOCK),
        ("b", "vpc-1", None, BLOCK),
    ]
    assert unreadable == {}


def test_multi_region() -> None:
    listed = [
        {"Name": "mine", "Alias": "m.mrap", "PublicAccessBlock": BLOCK, "Regions": [{"Bucket": "shop"}]},
        {"Name": "other", "Alias": "o.mrap", "Regions": [{"Bucket": "another"}]},
    ]
    control = Control(
        list_multi_region_access_points={"AccessPoints": listed},
        get_multi_region_access_point_policy={
            "Policy": {"Established": {"Policy": json.dumps(POLICY)}, "Proposed": {"Policy": "{}"}}
        },
    )
    (point,), unreadable = read(control, "MultiRegionAccessPoints")
    assert point == {
        "Name": "mine",
        "Alias": "m.mrap",
        "AccountId": ACCOUNT,
        "Policy": POLICY,
        "PublicAccessBlock": BLOCK,
    }
    assert (control.regions, unreadable) == (["eu-west-1", "us-west-2"], {})


def test_object_lambda() -> None:
    behind = {
        "redact": f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/door",
        "other": f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/elsewhere",
    }
    control = Control(
        list_access_points_for_object_lambda={
            "ObjectLambdaAccessPointList": [{"Name": "redact"}, {"Name": "other"}, {"Name": "closed"}]
        },
        list_access_points={"AccessPointList": [{"Name": "door"}]},
        get_access_point_configuration_for_object_lambda=lambda asked: (
            {"Configuration": {"SupportingAccessPoint": behind[asked["Name"]]}}
            if asked["Name"] in behind
            else refused("AccessDenied")
        ),
        get_access_point_for_object_lambda={"PublicAccessBlockConfiguration": BLOCK},
        get_access_point_policy_for_object_lambda={"Policy": json.dumps(POLICY)},
    )
    found, unreadable = read(control, "ObjectLambdaAccessPoints")
    assert [(point["Name"], point["SupportingAccessPoint"]) for point in found] == [
        ("redact", behind["redact"]),
        ("closed", None),
    ]
    assert unreadable == {"GetAccessPointConfigurationForObjectLambda": "AccessDenied"}


@pytest.mark.parametrize(
    ("answer", "code"), [(refused("AccessDenied"), "AccessDenied"), ({"Policy": "[1]"}, "MalformedPolicy")]
)
def test_a_policy_that_cannot_be_read(answer: Any, code: str) -> None:
    control = Control(
        list_access_points={"AccessPointList": [{"Name": "a"}]},
        get_access_point={},
        get_access_point_policy=answer,
    )
    (point,), unreadable = read(control, "AccessPoints")
    assert (point["Policy"], unreadable) == (None, {"GetAccessPointPolicy": code})


@pytest.mark.parametrize("part", LISTS)
def test_a_list_that_cannot_be_read(part: str) -> None:
    methods = (
        "list_access_points",
        "list_multi_region_access_points",
        "list_access_points_for_object_lambda",
    )
    control = Control(**dict.fromkeys(methods, refused("AccessDenied")))
    with pytest.raises(ClientError):
        read(control, part)
    with pytest.raises(KeyError):
        read(Control(**{method: {} for method in methods}), part)


def test_a_list_without_end() -> None:
    control = Control(list_multi_region_access_points={"AccessPoints": [], "NextToken": "again"})
    with pytest.raises(Unreadable, match="TooManyPages"):
        read(control, "MultiRegionAccessPoints")
