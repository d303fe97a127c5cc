"""The lister: what is wrong with one target stays with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from classifier import crawl
from classifier.config import Settings
from classifier.errors import AccessFailure
from classifier.model import Reason, Target
from classifier.run import listing
from classifier.run.listing import Lister
from classifier.run.plan import SHARD_OBJECTS


class Refusing:
    """A connection that cannot make a client for any bucket."""

    def bucket_region(self, bucket: str) -> str:
        raise AccessFailure("no s3 client in there")


def test_a_bucket_without_a_client_ends_no_other_target(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    targets = [Target("b-odd"), Target("", path=str(tmp_path))]
    connection = cast(crawl.Connection, Refusing())
    ignored: Any = lambda *_: None  # noqa: E731
    with Lister(targets, connection, Settings(), ignored, ignored) as lister:
        shards = list(lister)
    assert [obj.key for shard in shards for obj in shard.objects] == ["a.txt"]
    odd, fine = lister.scopes
    assert odd.error is not None
    assert (odd.error.reason, odd.error.detail) == (Reason.PERMISSION_DENIED, "AccessFailure")
    assert odd.message == "s3://b-odd/: no s3 client in there"
    assert fine.error is None


def test_the_listing_does_not_run_far_ahead() -> None:
    assert listing.AHEAD * SHARD_OBJECTS <= 1 << 18
