"""Which objects are read."""

from __future__ import annotations

import pytest

from classifier.crawl import skip_reason
from classifier.model import Problem, Reason, S3Object


@pytest.mark.parametrize(
    "obj, expected",
    [
        (S3Object("b", "k", 1), None),
        (S3Object("b", "folder/", 1), None),
        (S3Object("b", "k", 1, storage_class="GLACIER_IR"), None),
        (S3Object("b", "k", 1, storage_class="INTELLIGENT_TIERING"), None),
        (S3Object("b", "k", 0), (Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "empty object")),
        (S3Object("b", "folder/", 0), (Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "directory marker")),
        (S3Object("b", "k", 1, storage_class="GLACIER"), (Reason.INVALID_OBJECT_STATE, "GLACIER")),
        (S3Object("b", "k", 1, storage_class="DEEP_ARCHIVE"), (Reason.INVALID_OBJECT_STATE, "DEEP_ARCHIVE")),
        (S3Object("b", "k", 1, storage_class="LOCAL_LINK"), None),
    ],
)
def test_skip_reason(obj: S3Object, expected: tuple[Reason, str] | None) -> None:
    assert skip_reason(obj) == (None if expected is None else Problem(None, *expected))
