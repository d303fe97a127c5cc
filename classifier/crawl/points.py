"""The access points of a bucket, of all three kinds, as the snapshot has them.

Operations: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html. Those of
Multi-Region Access Points are answered in us-west-2 only, whatever the buckets' regions.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.calls import Unreadable, plain, policy_document
from classifier.crawl.failures import of_boto
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure
from classifier.model import JSON

# Part of the snapshot → the operation that lists it.
LISTS = {
    "AccessPoints": "ListAccessPoints",
    "MultiRegionAccessPoints": "ListMultiRegionAccessPoints",
    "ObjectLambdaAccessPoints": "ListAccessPointsForObjectLambda",
}
_MULTI_REGION = "us-west-2"
_PAGES = 100  # of a thousand access points, ten times what an account may have in a region
_REFUSED = (BotoCoreError, ClientError, AccessFailure)
_NO_POLICY = frozenset({"NoSuchAccessPointPolicy", "NoSuchMultiRegionAccessPointPolicy"})


class Points:
    """The access points of one bucket; what cannot be read of one is noted in `unreadable`.

    Every method may raise what boto3 raises for the list itself, KeyError for an answer that is none, and
    Unreadable.
    """

    def __init__(
        self,
        connection: Connection,
        account: str,
        bucket: str,
        region: str | None,
        unreadable: MutableMapping[str, str],
    ) -> None:
        self._account = account
        self._bucket = bucket
        self._unreadable = unreadable
        self._control: Any = connection.client("s3control", region)
        self._connection = connection

    def read(self, part: str) -> list[JSON]:
        """Return one part of the snapshot, a key of LISTS."""
        found = {
            "AccessPoints": self._plain,
            "MultiRegionAccessPoints": self._multi_region,
            "ObjectLambdaAccessPoints": self._object_lambda,
        }[part]
        return list(found())

    def _plain(self) -> Iterator[JSON]:
        for listed in self._listed(self._control.list_access_points, "AccessPointList", Bucket=self._bucket):
            name = listed["Name"]
            told = self._told("GetAccessPoint", self._control.get_access_point, name)
            yield {
                "Name": name,
                "AccountId": self._account,
                "NetworkOrigin": listed.get("NetworkOrigin"),
                "VpcId": listed.get("VpcConfiguration", {}).get("VpcId"),
                "Policy": self._policy("GetAccessPointPolicy", self._control.get_access_point_policy, name),
                "PublicAccessBlock": plain(told.get("PublicAccessBlockConfiguration")),
            }

    def _multi_region(self) -> Iterator[JSON]:
        control: Any = self._connection.client("s3control", _MULTI_REGION)
        for listed in self._listed(control.list_multi_region_access_points, "AccessPoints"):
            if any(region.get("Bucket") == self._bucket for region in listed.get("Regions", [])):
                operation = "GetMultiRegionAccessPointPolicy"
                yield {
                    "Name": listed["Name"],
                    "Alias": listed.get("Alias"),
                    "AccountId": self._account,
                    "Policy": self._policy(
                        operation, control.get_multi_region_access_point_policy, listed["Name"]
                    ),
                    "PublicAccessBlock": plain(listed.get("PublicAccessBlock")),
                }

    def _object_lambda(self) -> Iterator[JSON]:
        control = self._control
        names: set[str] | None = None
        for listed in self._listed(
            control.list_access_points_for_object_lambda, "ObjectLambdaAccessPointList"
        ):
            if names is None:
                names = self._names()
            name = listed["Name"]
            operation = "GetAccessPointConfigurationForObjectLambda"
            told = self._told(operation, control.get_access_point_configuration_for_object_lambda, name)
            behind = told.get("Configuration", {}).get("SupportingAccessPoint")
            if behind is not None and behind.rpartition("/")[2] not in names:
                continue  # of another bucket
            operation = "GetAccessPointForObjectLambda"
            block = self._told(operation, control.get_access_point_for_object_lambda, name)
            yield {
                "Name": name,
                "AccountId": self._account,
                "SupportingAccessPoint": behind,
                "Policy": self._policy(
                    "GetAccessPointPolicyForObjectLambda",
                    control.get_access_point_policy_for_object_lambda,
                    name,
                ),
                "PublicAccessBlock": plain(block.get("PublicAccessBlockConfiguration")),
            }

    def _names(self) -> set[str]:
        """Return the names of the bucket's own access points; an account has each once in a region."""
        listed = self._listed(self._control.list_access_points, "AccessPointList", Bucket=self._bucket)
        return {point["Name"] for point in listed}

    def _listed(self, method: Any, part: str, **asked: str) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        for _ in range(_PAGES):
            page = method(AccountId=self._account, **asked, **more)
            yield from page[part]
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}
        raise Unreadable("TooManyPages")

    def _told(self, operation: str, method: Any, name: str) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = method(AccountId=self._account, Name=name)
        except _REFUSED as error:
            self._unreadable[operation] = of_boto(error).code
            return {}
        return answer

    def _policy(self, operation: str, method: Any, name: str) -> JSON:
        try:
            text = method(AccountId=self._account, Name=name).get("Policy")
            if isinstance(text, dict):  # of a Multi-Region Access Point: the one in force, and one to come
                text = (text.get("Established") or {}).get("Policy")
            return policy_document(text) if text else None
        except _REFUSED as error:
            code = of_boto(error).code
            if code not in _NO_POLICY:
                self._unreadable[operation] = code
        except Unreadable as error:
            self._unreadable[operation] = error.code
        return None
