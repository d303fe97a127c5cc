"""parse_target: every accepted form, and a helpful word for each that is not."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl import all_buckets, distinct, list_local, parse_target, skip_reason
from classifier.errors import AccessFailure, UsageError
from classifier.model import Target
from tests.crawl.conftest import Account
from tests.servers.faultproxy import FaultProxy


@pytest.mark.parametrize(
    "text, bucket, prefix",
    [
        pytest.param("s3://logs", "logs", "", id="bucket"),
        pytest.param("s3://logs/", "logs", "", id="slash"),
        pytest.param("S3://logs/a", "logs", "a", id="scheme in capitals"),
        pytest.param("s3://logs/2026/01/", "logs", "2026/01/", id="prefix"),
        pytest.param("s3://logs//a", "logs", "/a", id="prefix with leading slash"),
        pytest.param("s3://logs/a?b#c%20d*", "logs", "a?b#c%20d*", id="prefix is not a URL's path"),
        pytest.param("s3://My_Old.Bucket/é", "My_Old.Bucket", "é", id="old name"),
        pytest.param("arn:aws:s3:::logs", "logs", "", id="ARN"),
        pytest.param("arn:aws-cn:s3:::logs/a:b", "logs", "a:b", id="ARN with prefix, China"),
        pytest.param("arn:aws-us-gov:s3:::logs/*", "logs", "*", id="ARN, GovCloud"),
    ],
)
def test_bucket(text: str, bucket: str, prefix: str) -> None:
    assert parse_target(text) == Target(bucket=bucket, prefix=prefix)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=200))
def test_any_prefix_is_taken_as_it_stands(prefix: str) -> None:
    assert parse_target(f"s3://logs/{prefix}") == Target(bucket="logs", prefix=prefix)


def test_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "f").write_text("x")
    monkeypatch.chdir(tmp_path)
    expected = Target(bucket="", path=str(folder))
    assert parse_target("a folder") == expected
    assert parse_target(f"{folder}/") == expected
    assert parse_target("file://" + str(folder).replace(" ", "%20")) == expected
    assert parse_target(f"file://localhost{folder}/f") == Target(bucket="", path=str(folder / "f"))


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("", "empty target", id="empty"),
        pytest.param("s3://", "--all-buckets", id="no bucket"),
        pytest.param("s3:///key", "names no bucket", id="no bucket but a key"),
        pytest.param("s3://bu cket/k", "cannot be a bucket's name", id="space"),
        pytest.param("s3://b/" + "x" * 1025, "longer than a key", id="long prefix"),
        pytest.param("arn:aws:s3", "not a whole ARN", id="cut ARN"),
        pytest.param("arn:mars:s3:::b", "no such partition", id="partition"),
        pytest.param(
            "arn:aws:s3:us-east-1:123456789012:accesspoint/x", "the bucket behind it", id="access point"
        ),
        pytest.param("arn:aws:sqs:::b", "not a bucket's ARN", id="service"),
        pytest.param("https://b.s3.amazonaws.com/k", "write s3://BUCKET/PREFIX", id="web address"),
        pytest.param("gs://b/k", "unknown scheme", id="scheme"),
        pytest.param("file://elsewhere/dir", "three slashes", id="host"),
        pytest.param("no-such-thing", "for a bucket write s3://no-such-thing", id="bare name"),
        pytest.param("/no/such/thing", "no such file or folder", id="path"),
        pytest.param("x" * 5000, "File name too long", id="long name"),
        pytest.param("a\0b", "no such file or folder", id="NUL"),
        pytest.param("/dev/null", "neither a file nor a folder", id="device"),
    ],
)
def test_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_target(text)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


def test_dangling_link_is_refused(tmp_path: Path) -> None:
    os.symlink(tmp_path / "nothing", tmp_path / "link")
    with pytest.raises(UsageError, match="no such file"):
        parse_target(str(tmp_path / "link"))


def test_a_link_means_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "f").write_text("x")
    os.symlink(tmp_path / "elsewhere", tmp_path / "tree" / "linked")
    os.symlink(tmp_path / "elsewhere" / "f", tmp_path / "file")
    tree, linked = (parse_target(str(tmp_path / name)) for name in ("tree", "tree/linked"))
    assert distinct([tree, linked]) == [tree, linked]
    assert [obj.key for obj in list_local(linked)] == ["f"]
    (obj,) = list_local(parse_target(str(tmp_path / "file")))
    assert skip_reason(obj) is None


def test_links_in_a_circle(tmp_path: Path) -> None:
    os.symlink(tmp_path / "a", tmp_path / "b")
    os.symlink(tmp_path / "b", tmp_path / "a")
    with pytest.raises(UsageError, match=r"circle|symbolic links"):
        parse_target(str(tmp_path / "a"))


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO], ids=errno.errorcode.get)
def test_a_path_that_cannot_be_looked_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def stat(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(UsageError, match=os.strerror(number)):
        parse_target("/")


def local(path: str) -> Target:
    return Target("", path=path)


@pytest.mark.parametrize(
    "targets, kept",
    [
        pytest.param([Target("b"), Target("a")], [Target("b"), Target("a")], id="order"),
        pytest.param([Target("a"), Target("b"), Target("a")], [Target("a"), Target("b")], id="twice"),
        pytest.param([Target("a", "x/y"), Target("a", "x/"), Target("a")], [Target("a")], id="prefixes"),
        pytest.param([Target("a"), Target("b", "x")], [Target("a"), Target("b", "x")], id="buckets"),
        pytest.param([Target("a", "lo"), Target("a", "logs/")], [Target("a", "lo")], id="not at a slash"),
        pytest.param([local("/d/x"), local("/d")], [local("/d")], id="folders"),
        pytest.param([local("/d"), local("/dx")], [local("/d"), local("/dx")], id="folders' names"),
        pytest.param([local("/"), Target("a")], [local("/"), Target("a")], id="local and not"),
    ],
)  # fmt: skip
def test_distinct(targets: list[Target], kept: list[Target]) -> None:
    assert distinct(targets) == kept


def test_all_buckets(alice: Account, bob: Account) -> None:
    mine = sorted(alice.bucket() for _ in range(2))
    other = bob.bucket()
    found = all_buckets(alice.connect())
    assert found == sorted(found)
    assert set(mine) <= set(found)
    assert other not in found


def test_all_buckets_denied(on_moto: Account, moto_faults: FaultProxy) -> None:
    moto_faults.fail("GET /", "error", status=403, code="AccessDenied")
    with pytest.raises(AccessFailure, match="s3:ListAllMyBuckets"):
        all_buckets(on_moto.connect(moto_faults.url))
