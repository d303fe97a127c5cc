"""Listing real servers: every key once and exactly, to the end, or an error that says why."""

from __future__ import annotations

import pytest

from classifier.crawl import list_objects
from classifier.crawl.listing import first_page
from classifier.errors import TargetError
from classifier.model import Reason
from tests.crawl.conftest import Account
from tests.crawl.keys import ODD_KEYS
from tests.servers.faultproxy import FaultProxy


def test_odd_keys(alice: Account) -> None:
    bucket = alice.bucket({key: key.encode() for key in ODD_KEYS})
    objects = list(list_objects(alice.connect(), bucket, None))
    assert [obj.key for obj in objects] == sorted(ODD_KEYS, key=str.encode)
    assert {obj.key: obj.size for obj in objects} == {key: len(key.encode()) for key in ODD_KEYS}
    assert all(obj.etag and obj.last_modified and obj.last_modified.tzinfo for obj in objects)


@pytest.mark.parametrize("prefix", ["a", "a/", "/", "a+b", "%2F", "é"])
def test_prefix(alice: Account, prefix: str) -> None:
    keys = ["a", "a/1", "a+b", "b", "/x", "%2F", "é1"]
    bucket = alice.bucket(dict.fromkeys(keys, b"x"))
    found = [obj.key for obj in list_objects(alice.connect(), bucket, None, prefix)]
    assert found == sorted((key for key in keys if key.startswith(prefix)), key=str.encode)


def test_2500_keys_in_three_pages(on_moto: Account, moto_faults: FaultProxy) -> None:
    keys = [f"k/{number:05d} +%" for number in range(2500)]
    bucket = on_moto.bucket(dict.fromkeys(keys, b""))
    found = [obj.key for obj in list_objects(on_moto.connect(moto_faults.url), bucket, None)]
    assert found == keys
    assert len(moto_faults.requests) == 3
    objects, whole = first_page(on_moto.connect(), bucket, None)
    assert ([obj.key for obj in objects], whole) == (keys[:1000], False)


def test_botocore_does_not_see_the_items(on_moto: Account) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    connection = on_moto.connect()
    seen: list[bytes] = []
    connection.client("s3").meta.events.register_first(
        "before-parse.s3.*", lambda response_dict, **_: seen.append(response_dict["body"])
    )
    assert [obj.key for obj in list_objects(connection, bucket, None)] == ["k"]
    assert seen
    assert all(b"<Contents>" not in body for body in seen)


def test_storage_class(on_moto: Account) -> None:
    bucket = on_moto.bucket()
    on_moto.raw().put_object(Bucket=bucket, Key="old", Body=b"x", StorageClass="GLACIER")
    assert on_moto.listed(bucket)["old"].storage_class == "GLACIER"


def test_denied(alice: Account, bob: Account) -> None:
    bucket = alice.bucket({"k": b"x"})
    with pytest.raises(TargetError, match="allow s3:ListBucket") as caught:
        list(list_objects(bob.connect(), bucket, None))
    assert (caught.value.reason, caught.value.code) == (Reason.PERMISSION_DENIED, "AccessDenied")


def test_no_such_bucket(alice: Account) -> None:
    with pytest.raises(TargetError) as caught:
        list(list_objects(alice.connect(), "b-nowhere-at-all", None))
    assert (caught.value.reason, caught.value.code) == (Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket")


def test_slow_down_is_tried_again(on_moto: Account, moto_faults: FaultProxy) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    moto_faults.fail("list-type=2", "error", times=1)
    assert [obj.key for obj in list_objects(on_moto.connect(moto_faults.url), bucket, None)] == ["k"]
    assert len(moto_faults.fired) == 1


def test_slow_down_for_good(on_moto: Account, moto_faults: FaultProxy) -> None:
    moto_faults.fail("list-type=2", "error")
    with pytest.raises(TargetError) as caught:
        list(list_objects(on_moto.connect(moto_faults.url), "b", None))
    assert caught.value.code == "SlowDown"
    assert len(moto_faults.fired) == 2


def test_cut_page_is_tried_again(on_moto: Account, moto_faults: FaultProxy) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    moto_faults.fail("list-type=2", "cut", times=1)
    assert [obj.key for obj in list_objects(on_moto.connect(moto_faults.url), bucket, None)] == ["k"]


def _answer(token: str) -> str:
    return (
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>'
        f"<KeyCount>1</KeyCount>{token}<Contents><Key>k</Key><Size>1</Size></Contents></ListBucketResult>"
    )


@pytest.mark.parametrize(
    "token, code",
    [
        ("<NextContinuationToken>again</NextContinuationToken>", "RepeatedContinuationToken"),
        ("", "MissingContinuationToken"),
    ],
)
def test_endless_listing_ends(on_moto: Account, moto_faults: FaultProxy, token: str, code: str) -> None:
    moto_faults.fail("list-type=2", "body", text=_answer(token))
    found = []
    with pytest.raises(TargetError) as caught:
        found.extend(list_objects(on_moto.connect(moto_faults.url), "b", None))
    assert caught.value.code == code
    assert len(moto_faults.requests) <= 3
