"""What several formats say in the same words: places, names, times, levels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from classifier.model import JSON
from classifier.report.catalog import Catalog
from classifier.visible import visible

PRODUCT = "s3-classifier"
HOME = "https://pypi.org/project/s3-classifier/"
# AWS's partitions by the beginning of a region's name (AWS General Reference, "AWS service endpoints").
_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("us-iso-", "aws-iso"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, HOME)


def partition(region: str | None) -> str:
    """Return the partition of a region, `aws` where none is known."""
    return next((name for start, name in _PARTITIONS if (region or "").startswith(start)), "aws")


def arn(bucket: str, key: str | None, region: str | None) -> str:
    """Return the ARN of a bucket, or of an object in it."""
    base = f"arn:{partition(region)}:s3:::{bucket}"
    return base if key is None else f"{base}/{key}"


def encoded(text: str) -> str:
    """Return a key or path percent-encoded (RFC 3986), slashes kept; bytes that are no UTF-8 as they are."""
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass")
    return quote(raw, safe="/~")


def uri(bucket: str, key: str | None, part: str | None = None) -> str:
    """Return the URI of an object, or of a member of it; of a local file a relative one."""
    inner = f"!/{encoded(part)}" if part else ""
    path = encoded(key or "") + inner
    return f"s3://{bucket}/{path}" if bucket else path or "."


def place(bucket: str, key: str | None) -> str:
    """Return where something is, for people: hidden characters are shown."""
    if not bucket:
        return visible(key or "local files")
    return visible(f"s3://{bucket}/{key}" if key else f"s3://{bucket}")


def title_of(line: Mapping[str, JSON], catalog: Catalog) -> str:
    """Return the headline of a finding."""
    return f"{catalog.title(line['detector'])} in {place(line['bucket'], line['key'])}"


def told(line: Mapping[str, JSON], catalog: Catalog) -> str:
    """Return a finding in two sentences: what and how many, and who reaches it."""
    count = f"{line['count']:,}{'' if line['count_is_exact'] else ' or more'}"
    reach = reached(line["exposure"])
    return f"{catalog.title(line['detector'])}: {count} in {place(line['bucket'], line['key'])}. {reach}"


def reached(exposure: Mapping[str, JSON]) -> str:
    """Return who reaches an object, as a sentence."""
    public = exposure["public"]
    level = str(exposure["level"]).replace("_", " ")
    if public:
        return f"It is public ({level})."
    if public is None or level == "unknown":
        return (
            f"Who reaches it is not known for certain (at most {str(exposure['at_most']).replace('_', ' ')})."
        )
    return f"It is not public ({level})."


def extension(key: str) -> str:
    """Return a key's extension without the dot."""
    return PurePosixPath(key.rpartition("/")[2]).suffix.removeprefix(".")


def moment(text: str | None) -> datetime:
    """Return the moment of a time of ours (RFC 3339 in UTC); the epoch where there is none."""
    try:
        return datetime.fromisoformat(text or "").astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def milliseconds(text: str | None) -> int:
    """Return a time of ours in milliseconds since 1970, as OCSF's timestamp_t is."""
    return int(moment(text).timestamp()) * 1000


def stable_uuid(*parts: str) -> str:
    """Return a UUID (version 5) that is the same for the same parts."""
    return str(
        uuid.uuid5(_NAMESPACE, "\x00".join(part.encode("utf-8", "replace").decode() for part in parts))
    )


def clipped(text: str, most: int) -> str:
    """Return `text` in at most so many characters, with an ellipsis where some are missing."""
    return text if len(text) <= most else text[: most - 1] + "…"


def known(record: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a record without what is not known: None, and empty texts, lists and objects."""
    return {name: value for name, value in record.items() if value is not None and value not in ("", [], {})}
