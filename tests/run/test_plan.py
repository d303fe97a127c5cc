"""Shards: everything once, in order, within the bounds."""

from hypothesis import given
from hypothesis import strategies as st

from classifier.model import S3Object, Target
from classifier.run.plan import SHARD_BYTES, SHARD_OBJECTS, shards

TARGET = Target("bucket")


@given(st.lists(st.integers(0, 2 * SHARD_BYTES), max_size=400))
def test_shards_keep_every_object_once_and_in_order(sizes: list[int]) -> None:
    objects = [S3Object("bucket", str(i), size) for i, size in enumerate(sizes)]
    cut = list(shards(3, TARGET, "eu-west-1", iter(objects)))
    assert [obj for shard in cut for obj in shard.objects] == objects
    for shard in cut:
        assert (shard.target_index, shard.target, shard.region) == (3, TARGET, "eu-west-1")
        assert 1 <= len(shard.objects) <= SHARD_OBJECTS
        assert len(shard.objects) == 1 or shard.size <= SHARD_BYTES
