"""Objects of the same content: read once, and reported each.

The same ETag, size and extension in one bucket are taken for the same content, where the ETag is what S3
makes of the content: an MD5, or one of a multipart upload's. Whoever can make MD5 collisions can make two
contents of one ETag; the setting `same_content_once` turns it off.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from classifier.crawl.kinds import extension
from classifier.model import ObjectResult, Reason, S3Object

KEPT = 16_384  # contents that are remembered
_ETAG = re.compile(r"[0-9a-f]{32}(?:-[0-9]{1,5})?")
# Whether another object with this content fares the same does not follow from these.
_OWN = frozenset(
    {
        Reason.TIME_CUT_OFF_REACHED,
        Reason.PERMISSION_DENIED,
        Reason.INVALID_KMS_KEY,
        Reason.INVALID_ENCRYPTION,
        Reason.INVALID_OBJECT_STATE,
        Reason.OBJECT_VERSION_MISMATCH,
        Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE,
        Reason.NO_SUCH_BUCKET_AVAILABLE,
    }
)
Content = tuple[str, str, int, str, bool]


class Twins:
    """The results of the contents that were read last."""

    def __init__(self, distinct: Callable[[str], bool]) -> None:
        """`distinct` tells of a key what else counts for how its content is judged."""
        self._distinct = distinct
        self._known: OrderedDict[Content, ObjectResult] = OrderedDict()

    def content(self, obj: S3Object) -> Content | None:
        """Return what an object's twins have in common; None where that cannot be told."""
        if not obj.bucket or not obj.size or not _ETAG.fullmatch(obj.etag):
            return None
        return obj.bucket, obj.etag, obj.size, extension(obj.key), self._distinct(obj.key)

    def __contains__(self, content: Content) -> bool:
        return content in self._known

    def add(self, content: Content, result: ObjectResult) -> None:
        """Remember what was found, unless it holds for this object only."""
        own = any(problem.reason in _OWN for problem in result.problems)
        named = any(o.location.attribute for f in result.findings for o in f.occurrences)
        if own or named:
            return
        self._known[content] = result
        self._known.move_to_end(content)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    def of(self, content: Content, obj: S3Object) -> ObjectResult | None:
        """Return the result of an object whose content was read as another's; None where it was not."""
        known = self._known.get(content)
        if known is None:
            return None
        self._known.move_to_end(content)
        findings = tuple(replace(finding, obj=obj) for finding in known.findings)
        return replace(known, obj=obj, findings=findings, requests=0, bytes_read=0)


class Seen:
    """The contents that a listing had last: which objects one worker will not have to read."""

    def __init__(self) -> None:
        self._twins = Twins(lambda _: False)
        self._seen: OrderedDict[Content, None] = OrderedDict()

    def again(self, obj: S3Object) -> bool:
        """Whether the object's content was seen before; it is now."""
        content = self._twins.content(obj)
        if content is None:
            return False
        known = content in self._seen
        self._seen[content] = None
        self._seen.move_to_end(content)
        if len(self._seen) > KEPT:
            self._seen.popitem(last=False)
        return known
