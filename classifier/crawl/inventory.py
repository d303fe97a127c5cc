"""S3 Inventory in place of listing: a manifest and the files of rows that it names (CSV, ORC, Parquet).

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html. Before a row is used
the manifest is checked whole: its source, its age, its columns, and that every file it names is there. What
is wrong is a reason to list the bucket instead (`InventoryUnusable`); a file that turns out to be broken
once its rows are in use ends the listing with an error.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.choice import DELETE_MARKER
from classifier.crawl.codes import Failure, target_error
from classifier.crawl.failures import of_boto
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure, TargetError
from classifier.model import JSON, Reason, S3Object

AUTO = "auto"
_MOST_MANIFEST = 64 << 20
_FORMATS = ("CSV", "ORC", "Parquet")
_NEEDED = ("key", "size")
_BATCH = 8_192
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z/")
_BROKEN = (OSError, EOFError, ValueError, KeyError, TypeError, csv.Error, zlib.error)
# As CSV names the columns -> as ORC and Parquet do.
_SPELLED = {
    "versionid": "version_id",
    "islatest": "is_latest",
    "isdeletemarker": "is_delete_marker",
    "lastmodifieddate": "last_modified_date",
    "etag": "e_tag",
    "storageclass": "storage_class",
}
_BOTO = (BotoCoreError, ClientError, AccessFailure)


class InventoryUnusable(Exception):
    """An inventory cannot stand for a listing; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was checked. `files` are keys of `bucket` ("": paths) with their MD5 sums."""

    source: str
    made: datetime
    format: str
    columns: tuple[str, ...]
    bucket: str
    files: tuple[tuple[str, str], ...]

    @property
    def versioned(self) -> bool:
        """Whether it has noncurrent versions and says which these are."""
        return "is_latest" in self.columns and "version_id" in self.columns


def find(connection: Connection, bucket: str, region: str | None) -> str:
    """Return the address of the newest manifest of a bucket's own inventory. Raises InventoryUnusable."""
    client: Any = connection.client("s3", region)
    try:
        configured = client.list_bucket_inventory_configurations(Bucket=bucket)
        found: list[tuple[str, str]] = []
        for item in configured.get("InventoryConfigurationList", ()):
            where = item["Destination"]["S3BucketDestination"]
            if not item.get("IsEnabled") or item.get("Filter"):
                continue
            home = where["Bucket"].rpartition(":")[2]
            folder = "/".join(filter(None, (where.get("Prefix", "").strip("/"), bucket, item["Id"]))) + "/"
            own: Any = connection.client("s3", connection.bucket_region(home))
            for page in own.get_paginator("list_objects_v2").paginate(
                Bucket=home, Prefix=folder, Delimiter="/"
            ):
                names = (entry["Prefix"].removeprefix(folder) for entry in page.get("CommonPrefixes", ()))
                found += [(name, f"s3://{home}/{folder}{name}") for name in names if _DATED.fullmatch(name)]
    except (*_BOTO, KeyError) as error:
        code = of_boto(error).code if not isinstance(error, KeyError) else "KeyError"
        raise InventoryUnusable(f"its configuration cannot be read ({code})") from None
    if not found:
        raise InventoryUnusable("none is configured, or none was delivered yet")
    return f"{max(found)[1]}manifest.json"


def read_manifest(connection: Connection, address: str, max_age: float, now: datetime) -> Manifest:
    """Return the manifest at s3://BUCKET/KEY or a path, checked. `max_age` is in hours.

    Raises InventoryUnusable.
    """
    try:
        record: JSON = json.loads(_whole(connection, address))
        made = datetime.fromtimestamp(int(record["creationTimestamp"]) / 1000, UTC)
        home = str(record["destinationBucket"]).rpartition(":")[2]
        names = str(record["fileSchema"])
        form = str(record["fileFormat"])
        files = [(str(item["key"]), str(item.get("MD5checksum", ""))) for item in record["files"]]
        source = str(record["sourceBucket"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError, OSError) as error:
        raise InventoryUnusable(f"{address} is no manifest ({type(error).__name__})") from None
    if form not in _FORMATS:
        raise InventoryUnusable(f"its format is {form[:40]!r}, not one of {', '.join(_FORMATS)}")
    columns = _columns(names, form)
    if any(name not in columns for name in _NEEDED):
        raise InventoryUnusable(f"it lacks a column: {', '.join(_NEEDED)}")
    if now - made > timedelta(hours=max_age):
        hours = (now - made).total_seconds() / 3600
        raise InventoryUnusable(f"it is {hours:,.0f} hours old, and {max_age:g} are the most")
    if not address.startswith("s3://"):
        files, home = [(_beside(Path(address), key), digest) for key, digest in files], ""
    manifest = Manifest(source, made, form, columns, home, tuple(files))
    _all_there(connection, manifest)
    return manifest


def _columns(schema: str, form: str) -> tuple[str, ...]:
    """Return the columns of a schema: names by commas, ORC's `struct<…>` or Parquet's `message … {…}`."""
    if form == "CSV":
        found = [name.strip().lower() for name in schema.split(",")]
    elif form == "ORC":
        found = re.findall(r"(?:<|,)\s*(\w+):", schema)
    else:
        found = re.findall(r"(\w+)\s*(?:\([^)]*\))?\s*;", schema)
    return tuple(_SPELLED.get(name, name) for name in found)


def _beside(manifest: Path, key: str) -> str:
    """Return where a file of a local manifest is: its name, in the manifest's folder or in `data` near it."""
    name = key.rpartition("/")[2]
    places = (manifest.parent / name, manifest.parent / "data" / name, manifest.parent.parent / "data" / name)
    return str(next((place for place in places if place.is_file()), places[0]))


def _all_there(connection: Connection, manifest: Manifest) -> None:
    for key, _ in manifest.files:
        name = key.rpartition("/")[2]
        if not manifest.bucket:
            if not Path(key).is_file():
                raise InventoryUnusable(f"its file {name} is missing")
            continue
        try:
            region = connection.bucket_region(manifest.bucket)
            connection.client("s3", region).head_object(Bucket=manifest.bucket, Key=key)
        except _BOTO as error:
            raise InventoryUnusable(f"its file {name} is missing ({of_boto(error).code})") from None


def _whole(connection: Connection, address: str) -> bytes:
    if not address.startswith("s3://"):
        path = Path(address)
        if path.stat().st_size > _MOST_MANIFEST:
            raise ValueError
        return path.read_bytes()
    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        client = connection.client("s3", connection.bucket_region(bucket))
        body: Any = client.get_object(Bucket=bucket, Key=key)["Body"]
        data = bytes(body.read(_MOST_MANIFEST + 1))
    except _BOTO as error:
        raise InventoryUnusable(f"{address} cannot be read ({of_boto(error).code})") from None
    if len(data) > _MOST_MANIFEST:
        raise ValueError
    return data


def list_inventory(
    connection: Connection, manifest: Manifest, prefix: str = "", *, noncurrent: bool = False
) -> Iterator[S3Object]:
    """Yield the objects under a prefix in the order of the manifest's files.

    Raises TargetError where a file is broken, after the objects before it.
    """
    for key, digest in manifest.files:
        try:
            with tempfile.TemporaryFile(prefix="inventory-") as file:
                _copy(connection, manifest.bucket, key, file, digest)
                file.seek(0)
                for row in _READERS[manifest.format](file, manifest.columns):
                    obj = _object(manifest.source, row)
                    if obj.key.startswith(prefix) and (noncurrent or _is_current(obj, row)):
                        yield obj
        except TargetError:
            raise
        except _BOTO as error:
            raise target_error(manifest.source, "s3:GetObject (inventory)", of_boto(error)) from None
        except _BROKEN as error:
            raise _broken(manifest.source, type(error).__name__) from None


def _broken(source: str, kind: str) -> TargetError:
    failure = Failure(Reason.UNABLE_TO_PARSE_FILE, f"InventoryFile{kind}")
    return target_error(source, "reading the inventory", failure)


def _copy(connection: Connection, bucket: str, key: str, file: IO[bytes], digest: str) -> None:
    found = hashlib.md5(usedforsecurity=False)
    if bucket:
        client = connection.client("s3", connection.bucket_region(bucket))
        body: Any = client.get_object(Bucket=bucket, Key=key)["Body"]
        blocks: Iterator[bytes] = body.iter_chunks(1 << 20)
    else:
        data = Path(key).read_bytes()
        blocks = (data[start : start + (1 << 20)] for start in range(0, len(data), 1 << 20))
    for block in blocks:
        found.update(block)
        file.write(block)
    if digest and found.hexdigest() != digest.lower():
        raise ValueError("checksum")


Row = Mapping[str, Any]


def _csv(file: IO[bytes], columns: Sequence[str]) -> Iterator[Row]:
    with gzip.open(file) as plain, io.TextIOWrapper(plain, "utf-8", newline="") as text:
        for values in csv.reader(text):
            if not values:
                continue
            row = dict(zip(columns, values, strict=True))
            row["key"] = unquote_plus(row["key"])
            yield row


def _parquet(file: IO[bytes], columns: Sequence[str]) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet as pq

    try:
        reader = pq.ParquetFile(file)
        wanted = [name for name in reader.schema_arrow.names if name in _USED]
        for batch in reader.iter_batches(_BATCH, columns=wanted, use_threads=False):
            yield from batch.to_pylist()
    except pyarrow.ArrowException:
        raise ValueError from None


def _orc(file: IO[bytes], columns: Sequence[str]) -> Iterator[Row]:
    import pyarrow
    from pyarrow import orc

    try:
        reader = orc.ORCFile(file)
        wanted = [name for name in reader.schema.names if name in _USED]
        for number in range(reader.nstripes):
            yield from reader.read_stripe(number, columns=wanted).to_pylist()
    except pyarrow.ArrowException:
        raise ValueError from None


_READERS: Mapping[str, Callable[[IO[bytes], Sequence[str]], Iterator[Row]]] = {
    "CSV": _csv,
    "Parquet": _parquet,
    "ORC": _orc,
}
_USED = frozenset(("bucket", "key", "size", *_SPELLED.values()))


def _object(bucket: str, row: Row) -> S3Object:
    marker = _true(row.get("is_delete_marker"))
    version = row.get("version_id")
    return S3Object(
        bucket,
        str(row["key"]),
        0 if marker else int(row["size"] or 0),
        str(row.get("e_tag") or "").strip('"'),
        _time(row.get("last_modified_date")),
        DELETE_MARKER if marker else str(row.get("storage_class") or "STANDARD"),
        str(version) if version and version != "null" and not _true(row.get("is_latest", True)) else None,
    )


def _is_current(obj: S3Object, row: Row) -> bool:
    return obj.storage_class != DELETE_MARKER and _true(row.get("is_latest", True))


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _time(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
