"""ListObjectsV2 pages parsed by plain string operations, at a tenth of the CPU of botocore's parser.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html. The parser only accepts what it
understands whole; anything odd is left to botocore's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import unquote_plus

from classifier.model import S3Object

# One <Contents> as S3, Ceph and MinIO write it; anything else is taken apart by _FIELD.
_USUAL = re.compile(
    r"<Contents><Key>([^<]+)</Key><LastModified>([^<]*)</LastModified>"
    r"<ETag>(?:&quot;|&#34;|\")?([^<&\"]*)(?:&quot;|&#34;|\")?</ETag>(?:<ChecksumAlgorithm>[^<]*</ChecksumAlgorithm>)*(?:<ChecksumType>[^<]*</ChecksumType>)?"
    r"<Size>([0-9]{1,19})</Size><StorageClass>([^<]*)</StorageClass>"
    r"(?:<Owner><ID>[^<]*</ID>(?:<DisplayName>[^<]*</DisplayName>)?</Owner>)?(?:<Type>[^<]*</Type>)?"
    r"</Contents>"
)
_FIELD = re.compile(r"<(Key|LastModified|ETag|Size|StorageClass)(?:>([^<]*)</\1>|\s*/>)")
_START = re.compile(r"\s*(?:<\?xml[^>]*\?>\s*)?<ListBucketResult[\s>]")
_END = re.compile(r"</ListBucketResult>\s*\Z")
_COUNT = re.compile(r"<KeyCount>(\d+)</KeyCount>")
_SIZE = re.compile(r"[0-9]{1,19}")
_ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Item(NamedTuple):
    """One <Contents> element: its texts without XML escapes, the key still as EncodingType has it."""

    key: str
    size: int
    etag: str
    last_modified: str
    storage_class: str


Row: TypeAlias = tuple[str, int, str, str, str]  # an Item's fields: a named tuple takes as long as the rest


def split_page(body: bytes) -> tuple[Sequence[Row], bytes] | None:
    """Return the items of a ListObjectsV2 answer and the answer without them; None where it is odd.

    Odd is: another root, prefixed or nested names, a missing or repeated element, CDATA, text that is not
    UTF-8, a count that is not <KeyCount>'s.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if not _START.match(text) or not _END.search(text, max(0, len(text) - 256)):
        return None
    found = _usual(text) or _any(text)
    if found is None:
        return None
    items, left = found
    counted = _COUNT.search(left)
    if "<Contents" in left or (counted is not None and int(counted[1]) != len(items)):
        return None
    return items, left.encode()


def _usual(text: str) -> tuple[Sequence[Row], str] | None:
    """Return the items and the rest of a page whose <Contents> are all usual, with nothing between them."""
    found = _USUAL.findall(text)
    number = len(found)
    if not number or not number == text.count("<Contents") == text.count("</Contents>"):
        return None
    if text.count("</Contents><Contents>") != number - 1:
        return None
    items = [
        (_unescape(key) if "&" in key else key, int(size), etag, modified, storage)
        for key, modified, etag, size, storage in found
    ]
    return items, text[: text.index("<Contents>")] + text[text.rindex("</Contents>") + len("</Contents>") :]


def _any(text: str) -> tuple[Sequence[Row], str] | None:
    """Return the items and the rest of any page; None where a <Contents> is odd."""
    head, *elements = text.split("<Contents>")
    rest = [head]
    items: list[Item] = []
    for element in elements:
        inner, closed, tail = element.partition("</Contents>")
        if not closed:
            return None
        rest.append(tail)
        pairs = _FIELD.findall(inner)
        fields = dict(pairs)
        if len(fields) != len(pairs) or not fields.get("Key") or not _SIZE.fullmatch(fields.get("Size", "")):
            return None
        items.append(
            Item(
                _unescape(fields["Key"]),
                int(fields["Size"]),
                _unescape(fields.get("ETag", "")),
                fields.get("LastModified", ""),
                fields.get("StorageClass", ""),
            )
        )
    return items, "".join(rest)


def _unescape(text: str) -> str:
    if "&" not in text:
        return text
    text = text.replace("&quot;", '"')
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"  # no surrogates


def fast_page(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Handle botocore's event FAST_EVENT: take the items out of the body before it is parsed.

    What is left of the body goes botocore's usual way; the items stand in the parsed answer as FAST_ITEMS.
    """
    body = response_dict["body"]
    if response_dict["status_code"] != 200 or not isinstance(body, bytes):
        return
    page = split_page(body)
    if page is not None:
        customized_response_dict[FAST_ITEMS], response_dict["body"] = page


FAST_ITEMS = "FastItems"
# The wildcard puts the handler before botocore's own of "before-parse.s3.*", which parses all bodies as XML.
FAST_EVENT = "before-parse.*.ListObjectsV2"


def objects_of(bucket: str, answer: dict[str, Any]) -> list[S3Object]:
    """Return the objects of a parsed ListObjectsV2 answer, whichever parser it went through."""
    fast: Sequence[Row] | None = answer.get(FAST_ITEMS)
    items = [_item(content) for content in answer.get("Contents", ())] if fast is None else fast
    encoded = answer.get("EncodingType") == "url"
    return [
        _object(
            bucket,
            unquote_plus(key) if encoded and ("%" in key or "+" in key) else key,
            size,
            etag.strip('"'),
            _time(modified),
            storage or "STANDARD",
        )
        for key, size, etag, modified, storage in items
    ]


# A frozen dataclass sets each field by a call of object.__setattr__: by the slots themselves it takes half as
# long.
_NEW = object.__new__
_SLOTS: list[Any] = [getattr(S3Object, field.name).__set__ for field in fields(S3Object)]
_BUCKET, _KEY, _BYTES, _ETAG, _MODIFIED, _CLASS, _VERSION = _SLOTS


def _object(bucket: str, key: str, size: int, etag: str, modified: datetime | None, storage: str) -> S3Object:
    obj = _NEW(S3Object)
    _BUCKET(obj, bucket)
    _KEY(obj, key)
    _BYTES(obj, size)
    _ETAG(obj, etag)
    _MODIFIED(obj, modified)
    _CLASS(obj, storage)
    _VERSION(obj, None)
    return obj


def _item(content: dict[str, Any]) -> Item:
    modified = content.get("LastModified")
    return Item(
        content["Key"],
        int(content.get("Size", 0)),
        content.get("ETag", ""),
        modified.isoformat() if isinstance(modified, datetime) else "",
        content.get("StorageClass", ""),
    )


@lru_cache(maxsize=4_096)
def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
