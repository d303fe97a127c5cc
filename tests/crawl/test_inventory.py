"""S3 Inventory: every format gives the listing's objects; what is wrong is told before it is used."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from classifier.config import load
from classifier.crawl import Connection
from classifier.crawl.inventory import InventoryUnusable, list_inventory, read_manifest
from classifier.errors import TargetError
from classifier.model import S3Object

MADE = datetime(2026, 5, 4, 1, tzinfo=UTC)
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
WHEN = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
OBJECTS = [
    S3Object("larkfield-data", f"hr/a b+{n}.csv", 100 + n, f"{n:032x}", WHEN, "STANDARD_IA") for n in range(5)
]
OLD = replace(OBJECTS[0], key="hr/old.csv", version_id="v1")
Rows = list[dict[str, Any]]


def rows() -> Rows:
    found: Rows = [
        {
            "bucket": obj.bucket,
            "key": obj.key,
            "version_id": obj.version_id or "v9",
            "is_latest": obj is not OLD,
            "is_delete_marker": False,
            "size": obj.size,
            "last_modified_date": obj.last_modified,
            "e_tag": obj.etag,
            "storage_class": obj.storage_class,
        }
        for obj in [*OBJECTS, OLD]
    ]
    return [*found, {**found[0], "key": "hr/gone.csv", "is_delete_marker": True, "size": None}]


def as_csv(table: Rows) -> bytes:
    out = io.StringIO()
    for row in table:
        key = row["key"].replace("+", "%2B").replace(" ", "+")
        when = row["last_modified_date"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
        fields = {**row, "key": key, "last_modified_date": when, "size": row["size"] or ""}
        values = [str(v).lower() if isinstance(v, bool) else v for v in fields.values()]
        csv.writer(out, quoting=csv.QUOTE_ALL).writerow(values)
    return gzip.compress(out.getvalue().encode())


def as_parquet(table: Rows) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(table), out)
    return out.getvalue()


def as_orc(table: Rows) -> bytes:
    out = io.BytesIO()
    orc.write_table(pa.Table.from_pylist(table), out)
    return out.getvalue()


SCHEMAS = {
    "CSV": "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass",
    "ORC": "struct<bucket:string,key:string,version_id:string,is_latest:boolean,size:bigint>",
    "Parquet": "message s3.inventory { required binary key (UTF8); optional binary version_id (UTF8);"
    " optional boolean is_latest; optional int64 size; }",
}
WRITERS: dict[str, Callable[[Rows], bytes]] = {"CSV": as_csv, "ORC": as_orc, "Parquet": as_parquet}


def written(folder: Path, form: str = "CSV", **changes: Any) -> str:
    """Write an inventory of two files as S3 delivers it; return its manifest's path."""
    (folder / "data").mkdir()
    files = []
    for name, part in (("1", rows()[:3]), ("2", rows()[3:])):
        data = WRITERS[form](part)
        (folder / "data" / name).write_bytes(data)
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        files.append({"key": f"inv/data/{name}", "size": len(data), "MD5checksum": digest})
    manifest = {
        "sourceBucket": "larkfield-data",
        "destinationBucket": "arn:aws:s3:::larkfield-inventory",
        "version": "2016-11-30",
        "creationTimestamp": str(int(MADE.timestamp() * 1000)),
        "fileFormat": form,
        "fileSchema": SCHEMAS[form],
        "files": files,
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest | changes))
    return str(path)


@pytest.fixture
def connection() -> Connection:
    return Connection(load({"endpoint_url": "http://127.0.0.1:9", "no_sign_request": True}))


@pytest.mark.parametrize("form", list(WRITERS))
def test_every_format_gives_the_listings_objects(form: str, tmp_path: Path, connection: Connection) -> None:
    manifest = read_manifest(connection, written(tmp_path, form), 48, NOW)
    assert list(list_inventory(connection, manifest)) == OBJECTS
    assert manifest.versioned
    everything = list(list_inventory(connection, manifest, noncurrent=True))
    assert OLD in everything
    assert [obj.key for obj in everything if obj.storage_class == "DELETE_MARKER"] == ["hr/gone.csv"]
    assert list(list_inventory(connection, manifest, "hr/a b+3")) == [OBJECTS[3]]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"files": [{"key": "inv/data/9", "size": 1}]}, "missing"),
        ({"creationTimestamp": "1600000000000"}, "hours old"),
        ({"fileFormat": "XML"}, "format"),
        ({"fileSchema": "Bucket, Size"}, "lacks a column"),
        ({"files": 7}, "no manifest"),
        ({"creationTimestamp": "soon"}, "no manifest"),
    ],
    ids=["missing-file", "too-old", "format", "columns", "shape", "time"],
)
def test_what_is_wrong_is_told_before_a_row_is_used(
    changes: dict[str, Any], why: str, tmp_path: Path, connection: Connection
) -> None:
    with pytest.raises(InventoryUnusable, match=why):
        read_manifest(connection, written(tmp_path, **changes), 48, NOW)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff" * 50, b"[" * 100_000], ids=range(5))
def test_what_is_no_manifest(content: bytes, tmp_path: Path, connection: Connection) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    with pytest.raises(InventoryUnusable):
        read_manifest(connection, str(path), 48, NOW)


@pytest.mark.parametrize("form", list(WRITERS))
@pytest.mark.parametrize("checked", [True, False], ids=["checksum", "content"])
def test_a_broken_file_ends_it_with_an_error(
    form: str, checked: bool, tmp_path: Path, connection: Connection
) -> None:
    address = written(tmp_path, form)
    (tmp_path / "data" / "2").write_bytes(b"\x1f\x8bbroken")
    manifest = read_manifest(connection, address, 48, NOW)
    if not checked:
        manifest = replace(manifest, files=tuple((path, "") for path, _ in manifest.files))
    seen: list[S3Object] = []
    with pytest.raises(TargetError):
        seen.extend(list_inventory(connection, manifest))
    assert seen == OBJECTS[:3]
