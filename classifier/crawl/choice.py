"""Which objects are read at all, decided from the listing alone."""

from __future__ import annotations

from classifier.crawl.local import local_problem
from classifier.model import Problem, Reason, S3Object

DELETE_MARKER = "DELETE_MARKER"  # storage class of one, which has no bytes
ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")


def skip_reason(obj: S3Object) -> Problem | None:
    """Return why there is nothing to read in an object, None if there is.

    Archived objects (https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html) would first
    have to be restored, which is a write.
    """
    problem = local_problem(obj)
    if problem is not None:
        return problem
    if obj.storage_class in ARCHIVED:
        return Problem(None, Reason.INVALID_OBJECT_STATE, obj.storage_class)
    if obj.storage_class == DELETE_MARKER:
        return Problem(None, Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, "delete marker")
    if obj.size:
        return None
    detail = "directory marker" if obj.key.endswith("/") else "empty object"
    return Problem(None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, detail)
