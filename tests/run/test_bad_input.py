"""Bad input, through the command line: a message or a reason code, nothing else lost, the right exit code."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from aiohttp import web
from botocore.config import Config

from tests.run.command import PROGRAM, SOMEBODY, TIMEOUT, Done, environment, scan
from tests.servers.faultproxy import Fault, FaultProxy
from tests.servers.radosgw import Radosgw, User

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAIL = "ada.lovelace@" + "larkfield-co.com"
TEXT = f"write to {MAIL} today\n".encode()
ONE_BY_ONE = {"S3_CLASSIFIER_READ_AHEAD": "1"}


def s3(endpoint: str, user: User = SOMEBODY) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=user.access_key,
        aws_secret_access_key=user.secret_key,
        config=Config(s3={"addressing_style": "path"}),
    )


def make(client: S3Client, objects: dict[str, bytes]) -> str:
    """Make a bucket with these objects."""
    bucket = f"bad-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket)
    for key, body in objects.items():
        client.put_object(Bucket=bucket, Key=key, Body=body)
    return bucket


# One bucket full of trouble, public, so that alerts name its keys.

HOSTILE_KEYS = (
    "hostile/line\nbreak.txt",
    "hostile/\x1b]0;owned\x07\x1b[2J\x1b[31mred.txt",
    "hostile/[bold red]markup[/] [link=http://example.com]x[/link].txt",
    "=cmd|'/C calc'!A0",
    "@SUM(1+1)*cmd",
    "/leading/slash.txt",
    "//two",
    "a//b.txt",
    "hostile/../../up.txt",
    "hostile/right\u202etxt.exe",
    "hostile/quote\"',;<b>&amp;</b>.txt",
    "l" * 1024,
    "\u20ac" * 341,
)
MEMBERS = {  # names in the archive, and in the report
    "/etc/absolute.txt": "/etc/absolute.txt",
    "../../up.txt": "../../up.txt",
    "a\nb\x1b[2Jc.txt": "a\\nb\\x1b[2Jc.txt",
    "C:\\windows\\x.txt": "C:\\windows\\x.txt",
}


def members() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in MEMBERS:
            archive.writestr(zipfile.ZipInfo(name), TEXT)
    return out.getvalue()


def cut_gzip() -> bytes:
    """Values, then what compresses badly, cut in it."""
    noise = random.Random(3)
    rows = b"".join(b"%032x\n" % noise.getrandbits(128) for _ in range(4000))
    whole = gzip.compress(TEXT * 5 + rows + TEXT)
    return whole[: len(whole) * 2 // 3]


# key: content, status, reason, times the value is found
OBJECTS: dict[str, tuple[bytes, str, str | None, int]] = {
    "good.txt": (TEXT, "COMPLETE", None, 1),
    "cut.txt.gz": (cut_gzip(), "PARTIAL", "MALFORMED_FILE", 5),
    "names.zip": (members(), "COMPLETE", None, len(MEMBERS)),
    "no-archive.zip": (b"PK\x03\x04" + TEXT * 9, "SKIPPED", "MALFORMED_FILE", 0),
    "nul.txt": (b"one\0two\0" + TEXT + b"\0\0\0 " + TEXT, "COMPLETE", None, 2),
    "invalid.txt": (b"caf\xe9 \x80\xfe\xff\xc3( " + TEXT + b"\xc0\xaf " + TEXT, "COMPLETE", None, 2),
    "utf16.txt": (("é " + TEXT.decode() * 3).encode("utf-16"), "COMPLETE", None, 3),
    "utf16-no-mark.txt": ((TEXT.decode() * 3).encode("utf-16-be"), "COMPLETE", None, 3),
    "cut-utf16.txt": (("\ufeff" + TEXT.decode() * 3).encode("utf-16-le")[:-1], "COMPLETE", None, 3),
    "cut.json": (f'{{"a": [{{"mail": "{MAIL}"}}, {{"b": '.encode(), "COMPLETE", None, 1),
    "empty.txt": (b"", "SKIPPED", "UNSUPPORTED_FILE_TYPE_EXCEPTION", 0),
    "folder/": (b"", "SKIPPED", "UNSUPPORTED_FILE_TYPE_EXCEPTION", 0),
    "denied/by-policy.txt": (TEXT, "SKIPPED", "PERMISSION_DENIED", 0),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(256), "SKIPPED", "MALFORMED_FILE", 0),
    **dict.fromkeys(HOSTILE_KEYS, (TEXT, "COMPLETE", None, 1)),
}
CUSTOMER_KEY = "customer-key.txt"


@pytest.fixture(scope="module")
def troubled(radosgw: Radosgw) -> str:
    client = s3(radosgw.endpoint, radosgw.alice)
    bucket = make(client, {key: body for key, (body, *_) in OBJECTS.items()})
    client.put_object(
        Bucket=bucket, Key=CUSTOMER_KEY, Body=TEXT, SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32
    )
    statement = {"Principal": "*", "Action": "s3:GetObject"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Resource": f"arn:aws:s3:::{bucket}/*", **statement},
            {"Effect": "Deny", "Resource": f"arn:aws:s3:::{bucket}/denied/*", **statement},
        ],
    }
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return bucket


@pytest.fixture(scope="module")
def trouble(radosgw: Radosgw, troubled: str, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A scan of it, as one sees it at a terminal."""
    base = tmp_path_factory.mktemp("trouble")
    return scan(
        base / "in" / "run", f"s3://{troubled}", endpoint=radosgw.endpoint, user=radosgw.alice, cwd=base,
        more={"FORCE_COLOR": "1", "COLUMNS": "200", "TMPDIR": str(base)},
    )  # fmt: skip


@pytest.mark.parametrize("key", OBJECTS, ids=lambda key: ascii(key[:40]))
def test_each_object_has_its_record_and_its_findings(trouble: Done, key: str) -> None:
    _, status, reason, count = OBJECTS[key]
    record = trouble.objects()[key]
    assert (record["status"], record["reason"]) == (status, reason)
    assert trouble.found().get(key, 0) == count
    assert record["detectors"].get("EMAIL_ADDRESS", 0) == count


def test_an_object_under_a_customers_key(trouble: Done) -> None:
    record = trouble.objects()[CUSTOMER_KEY]
    assert (record["status"], record["reason"]) == ("SKIPPED", "INVALID_ENCRYPTION")


def test_trouble_is_partial_and_no_object_is_missing(trouble: Done) -> None:
    assert trouble.code == 3
    assert set(trouble.objects()) == {*OBJECTS, CUSTOMER_KEY}


def test_members_are_named_as_they_are_and_stay_inside(trouble: Done) -> None:
    (finding,) = [f for f in trouble.lines("findings.jsonl") if f["key"] == "names.zip"]
    assert {occurrence["location"]["part"] for occurrence in finding["occurrences"]} == set(MEMBERS.values())
    outside = trouble.folder.parents[1]
    written = [path for path in outside.rglob("*") if path.is_file() and path.parent != trouble.folder]
    assert written == []
    assert not Path("/etc/absolute.txt").exists()


def test_keys_are_exact_in_tables_too(trouble: Done) -> None:
    with (trouble.folder / "findings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(trouble.lines("findings.jsonl"))
    keys = {row["key"] for row in rows}
    assert {"'=cmd|'/C calc'!A0", "'@SUM(1+1)*cmd", "/leading/slash.txt", "//two", "l" * 1024} <= keys
    assert "hostile/line\nbreak.txt" in keys
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@", "-"))]


def test_a_terminal_shows_keys_and_does_not_obey_them(trouble: Done) -> None:
    shown = trouble.out + trouble.err
    assert "\x1b[" in shown  # it is one
    told = " ".join(re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", shown).split())
    assert "Open permissions" in told
    for obeyed in ("\x1b]0;", "\x07", "\x1b[2J\x1b[31mred", "\u202e"):
        assert obeyed not in shown


# Targets that cannot be scanned at all.


def expired(proxy: FaultProxy) -> None:
    proxy.fail("", "error", status=400, code="ExpiredToken")


def test_an_unknown_bucket_alone(radosgw: Radosgw, tmp_path: Path) -> None:
    done = scan(tmp_path / "run", "s3://no-such-bucket-here", endpoint=radosgw.endpoint, user=radosgw.alice)
    assert done.code == 4
    assert "s3://no-such-bucket-here" in done.err
    assert "NoSuchBucket; check the bucket's name" in done.err
    assert done.buckets()["s3://no-such-bucket-here/"]["error"]["reason"] == "NO_SUCH_BUCKET_AVAILABLE"


def test_an_unknown_bucket_beside_a_good_one(radosgw: Radosgw, tmp_path: Path) -> None:
    good = make(s3(radosgw.endpoint, radosgw.alice), {"a.txt": TEXT, "b.txt": TEXT})
    done = scan(
        tmp_path / "run", "s3://no-such-bucket-here", f"s3://{good}", "--quiet",
        endpoint=radosgw.endpoint, user=radosgw.alice,
    )  # fmt: skip
    assert done.code == 3
    assert "s3://no-such-bucket-here" in done.err
    assert done.found() == {"a.txt": 1, "b.txt": 1}
    errors = {target: bucket["error"] for target, bucket in done.buckets().items()}
    assert errors[f"s3://{good}/"] is None
    assert errors["s3://no-such-bucket-here/"]["reason"] == "NO_SUCH_BUCKET_AVAILABLE"
    assert errors["s3://no-such-bucket-here/"]["detail"] == "NoSuchBucket"


def test_somebody_elses_private_bucket(radosgw: Radosgw, tmp_path: Path) -> None:
    bucket = make(s3(radosgw.endpoint, radosgw.alice), {"a.txt": TEXT})
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=radosgw.endpoint, user=radosgw.bob)
    assert done.code == 4
    assert f"s3://{bucket}: s3:ListBucket failed with AccessDenied; allow s3:ListBucket" in done.err
    (record,) = done.buckets().values()
    assert record["error"]["reason"] == "PERMISSION_DENIED"
    assert record["access"]["Public"] == "unknown"


def test_no_credentials(radosgw: Radosgw, tmp_path: Path) -> None:
    done = scan(tmp_path / "run", "s3://some-bucket-here", endpoint=radosgw.endpoint)
    assert done.code == 4
    assert "no AWS credentials were found; give --profile" in done.err
    assert not done.folder.exists()


def test_an_expired_token_at_the_start(radosgw_faults: FaultProxy, radosgw: Radosgw, tmp_path: Path) -> None:
    expired(radosgw_faults)
    done = scan(tmp_path / "run", "s3://some-bucket-here", endpoint=radosgw_faults.url, user=radosgw.alice)
    assert done.code == 4
    assert "the credentials have expired; get new ones" in done.err
    assert not done.folder.exists()


# Objects that cannot be read, or not any more.


def test_a_token_that_expires_in_mid_run(
    radosgw_faults: FaultProxy, radosgw: Radosgw, tmp_path: Path
) -> None:
    keys = [f"k{number:02}.txt" for number in range(20)]
    bucket = make(s3(radosgw.endpoint, radosgw.alice), dict.fromkeys(keys, TEXT))
    radosgw_faults.fail(rf"GET /{bucket}/k\d+.txt$", "error", status=400, code="ExpiredToken", after=7)
    done = scan(
        tmp_path / "run", f"s3://{bucket}", endpoint=radosgw_faults.url, user=radosgw.alice, more=ONE_BY_ONE
    )
    assert done.code == 3
    assert done.found() == dict.fromkeys(keys[:7], 1)
    records = done.objects()
    assert list(records) == keys
    assert {(r["status"], r["reason"], r["detail"]) for r in list(records.values())[7:]} == {
        ("SKIPPED", "PERMISSION_DENIED", "ExpiredToken")
    }
    assert done.summary()["coverage"]["reasons"] == {"PERMISSION_DENIED": 13}
    assert "get new ones and run again" in " ".join(done.out.split())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_refused_credentials_end_the_run(
    radosgw_faults: FaultProxy, radosgw: Radosgw, tmp_path: Path, workers: str
) -> None:
    """Nobody waits for a refusal of each of the account's objects."""
    client = s3(radosgw.endpoint, radosgw.alice)
    keys = [f"k{number:03}.txt" for number in range(40)]
    first, second = (make(client, dict.fromkeys(keys, TEXT)) for _ in range(2))
    radosgw_faults.fail(rf"GET /{first}/k0[1-9]\d.txt$", "error", status=400, code="ExpiredToken")
    done = scan(
        tmp_path / "run", f"s3://{first}", f"s3://{second}", "--workers", workers,
        endpoint=radosgw_faults.url, user=radosgw.alice, more=ONE_BY_ONE,
    )  # fmt: skip
    assert done.code == 3
    assert done.found() == dict.fromkeys(keys[:10], 1)
    one, two = (done.buckets()[f"s3://{name}/"] for name in (first, second))
    assert one["coverage"]["objects"] == 40
    assert two["coverage"]["objects"] == 0
    assert (two["error"]["reason"], two["error"]["detail"]) == ("PERMISSION_DENIED", "ExpiredToken")
    assert "ExpiredToken" in done.summary()["notes"][0]
    assert "get new ones and run again" in done.summary()["notes"][0]


def test_a_key_that_cannot_be_asked_for_costs_that_object(
    radosgw_faults: FaultProxy, radosgw: Radosgw, tmp_path: Path
) -> None:
    bucket = make(s3(radosgw.endpoint, radosgw.alice), dict.fromkeys(("a.txt", "z.txt"), TEXT))
    size = len(TEXT)
    contents = "".join(
        f"<Contents><Key>{key}</Key><ETag>{etag}</ETag><Size>{size}</Size></Contents>"
        for key, etag in (
            ("a.txt", ""),
            ("b&#xD800;.txt", ""),
            ("c.txt", "&quot;a&#10;b&quot;"),
            ("z.txt", ""),
        )
    )
    page = f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    radosgw_faults.fail("list-type=2", "body", text=page)
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=radosgw_faults.url, user=radosgw.alice)
    assert done.code == 3
    assert done.found() == {"a.txt": 1, "z.txt": 1}
    assert {key: record["detail"] for key, record in done.objects().items()} == {
        "a.txt": "",
        "b\ufffd.txt": "NoSuchKey",
        "c.txt": "InvalidETag",
        "z.txt": "",
    }


def test_earlier_reports_are_not_scanned(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    first, second = (scan(tmp_path / name, str(tmp_path)) for name in ("one", "two"))
    assert (first.code, second.code) == (0, 0)
    assert second.found() == {"a.txt": 1}
    reports = {key: record["detail"] for key, record in second.objects().items() if key != "a.txt"}
    assert reports == {f"one/{path.name}": "report of an earlier run" for path in first.folder.iterdir()}


def test_a_token_that_expires_while_listing(
    radosgw_faults: FaultProxy, radosgw: Radosgw, tmp_path: Path
) -> None:
    """What was listed is scanned, also where there is nothing to find."""
    bucket = make(s3(radosgw.endpoint, radosgw.alice), {"a.txt": b"nothing here\n"})
    page = (
        '<?xml version="1.0"?><ListBucketResult><IsTruncated>true</IsTruncated><KeyCount>1</KeyCount>'
        "<NextContinuationToken>t</NextContinuationToken>"
        "<Contents><Key>a.txt</Key><Size>13</Size></Contents></ListBucketResult>"
    )
    radosgw_faults.fail("continuation-token=", "error", status=400, code="ExpiredToken")
    radosgw_faults.fail("list-type=2", "body", text=page)
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=radosgw_faults.url, user=radosgw.alice)
    assert done.code == 3
    assert "get new credentials and run again" in done.err
    assert done.objects()["a.txt"]["status"] == "COMPLETE"
    (record,) = done.buckets().values()
    assert (record["error"]["reason"], record["error"]["detail"]) == ("PERMISSION_DENIED", "ExpiredToken")


KMS_DENIED = (
    "User: arn:aws:iam::111122223333:user/scanner is not authorized to perform: kms:Decrypt on resource: "
    "arn:aws:kms:us-east-1:111122223333:key/0 because no identity-based policy allows the kms:Decrypt action"
)
KMS_UNKNOWN = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
    "you are not allowed to access."
)
REFUSALS = {  # key: status, code, message, and the reason and detail in the report
    "kms-denied.txt": (403, "AccessDenied", KMS_DENIED, "INVALID_KMS_KEY", "AccessDenied"),
    "kms-unknown.txt": (403, "AccessDenied", KMS_UNKNOWN, "INVALID_KMS_KEY", "AccessDenied"),
    "kms-off.txt": (400, "KMS.DisabledException", "", "INVALID_KMS_KEY", "KMS.DisabledException"),
    "denied.txt": (403, "AccessDenied", "Access Denied", "PERMISSION_DENIED", "AccessDenied"),
    "gone.txt": (404, "NoSuchKey", "", "SOURCE_OBJECT_NO_LONGER_AVAILABLE", "NoSuchKey"),
    "changed.txt": (412, "PreconditionFailed", "", "OBJECT_VERSION_MISMATCH", "PreconditionFailed"),
    "archived.txt": (403, "InvalidObjectState", "", "INVALID_OBJECT_STATE", "InvalidObjectState"),
    "broken.txt": (500, "InternalError", "", "TIME_CUT_OFF_REACHED", "InternalError"),
    "page.txt": (502, "", "<html>gateway</html>", "TIME_CUT_OFF_REACHED", "HTTP 502"),
}


def test_refusals_have_their_reasons(radosgw_faults: FaultProxy, radosgw: Radosgw, tmp_path: Path) -> None:
    bucket = make(s3(radosgw.endpoint, radosgw.alice), dict.fromkeys([*REFUSALS, "good.txt"], TEXT))
    for key, (status, code, message, *_) in REFUSALS.items():
        match = rf"GET /{bucket}/{re.escape(key)}$"
        radosgw_faults.fail(match, "error", status=status, code=code, message=message)
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=radosgw_faults.url, user=radosgw.alice)
    assert done.code == 3
    assert done.found() == {"good.txt": 1}
    records = done.objects()
    assert records.pop("good.txt")["status"] == "COMPLETE"
    assert {key: (r["reason"], r["detail"]) for key, r in records.items()} == {
        key: (reason, detail) for key, (_, _, _, reason, detail) in REFUSALS.items()
    }
    assert {r["status"] for r in records.values()} == {"SKIPPED"}


class Meddler(FaultProxy):
    """A proxy that does something the first time a request comes that matches `at`, and then passes it on.

    Requests that match `stalled` get no answer while the proxy is there.
    """

    at = "$^"
    stalled = "$^"

    def then(self) -> None:
        """What to do."""

    def _fault(self, request: str) -> Fault | None:
        if re.search(self.at, request):
            self.at = "$^"
            self.then()
        return super()._fault(request)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        line = f"{request.method} {request.raw_path}"
        if re.search(self.stalled, line):
            self._fault(line)
            assert self._stop is not None
            await self._stop.wait()
            return web.Response(status=503)
        return await super()._handle(request)


@pytest.fixture
def meddler(radosgw: Radosgw) -> Iterator[Meddler]:
    with Meddler(radosgw.endpoint) as proxy:
        yield proxy


def test_objects_deleted_and_changed_since_they_were_listed(
    meddler: Meddler, radosgw: Radosgw, tmp_path: Path
) -> None:
    client = s3(radosgw.endpoint, radosgw.alice)
    large = TEXT * (3 * 2**20 // len(TEXT))
    content = {
        "a.txt": TEXT,
        "changed.txt": TEXT,
        "deleted.txt": TEXT,
        "large-changed.txt": large,
        "z.txt": TEXT,
    }
    bucket = make(client, content)

    def meddle() -> None:
        client.delete_object(Bucket=bucket, Key="deleted.txt")
        client.put_object(Bucket=bucket, Key="changed.txt", Body=TEXT.upper())
        client.put_object(Bucket=bucket, Key="large-changed.txt", Body=large.upper())

    meddler.at, meddler.then = rf"GET /{bucket}/a.txt$", meddle  # type: ignore[method-assign]  # a stub's
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=meddler.url, user=radosgw.alice, more=ONE_BY_ONE)
    assert done.code == 3
    assert done.found() == {"a.txt": 1, "z.txt": 1}
    assert {key: record["reason"] for key, record in done.objects().items()} == {
        "a.txt": None,
        "changed.txt": "OBJECT_VERSION_MISMATCH",
        "deleted.txt": "SOURCE_OBJECT_NO_LONGER_AVAILABLE",
        "large-changed.txt": "OBJECT_VERSION_MISMATCH",
        "z.txt": None,
    }


def test_an_archived_object(moto: str, tmp_path: Path) -> None:
    client = s3(moto)
    bucket = make(client, {"a.txt": TEXT})
    for storage_class in ("GLACIER", "DEEP_ARCHIVE", "STANDARD_IA"):
        client.put_object(Bucket=bucket, Key=storage_class, Body=TEXT, StorageClass=storage_class)
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=moto, user=SOMEBODY)
    assert done.code == 3
    assert done.found() == {"a.txt": 1, "STANDARD_IA": 1}
    archived = {
        key: (r["reason"], r["detail"]) for key, r in done.objects().items() if r["status"] == "SKIPPED"
    }
    assert archived == {name: ("INVALID_OBJECT_STATE", name) for name in ("GLACIER", "DEEP_ARCHIVE")}


# Nothing to find.


@pytest.mark.parametrize("objects", [{}, {"a/": b"", "b/": b"", "b/c/": b""}], ids=["no objects", "markers"])
def test_an_empty_bucket(moto: str, tmp_path: Path, objects: dict[str, bytes]) -> None:
    bucket = make(s3(moto), objects)
    done = scan(tmp_path / "run", f"s3://{bucket}", endpoint=moto, user=SOMEBODY)
    assert done.code == 0
    assert set(done.objects()) == set(objects)
    assert done.summary()["totals"]["objects"] == len(objects)


# The same thing named twice.


def test_what_is_named_twice_is_scanned_once(moto: str, tmp_path: Path) -> None:
    bucket = make(s3(moto), {"in/a.txt": TEXT, "in/deep/b.txt": TEXT, "out.txt": TEXT})
    names = ("in/deep", "", "in/", "", "in/")
    done = scan(tmp_path / "run", *(f"s3://{bucket}/{name}" for name in names), endpoint=moto, user=SOMEBODY)
    assert done.code == 0
    assert set(done.buckets()) == {f"s3://{bucket}/"}
    assert done.found() == {"in/a.txt": 1, "in/deep/b.txt": 1, "out.txt": 1}
    assert done.summary()["totals"]["findings"] == len(done.objects()) == 3


def test_two_prefixes_of_a_bucket_are_two_targets(moto: str, tmp_path: Path) -> None:
    bucket = make(s3(moto), {"a/1.txt": TEXT, "b/1.txt": TEXT, "c/1.txt": TEXT})
    done = scan(tmp_path / "run", f"s3://{bucket}/a/", f"s3://{bucket}/b/", endpoint=moto, user=SOMEBODY)
    assert done.code == 0
    assert set(done.buckets()) == {f"s3://{bucket}/a/", f"s3://{bucket}/b/"}
    assert done.found() == {"a/1.txt": 1, "b/1.txt": 1}


# Local folders.


def test_a_folder_with_odd_entries(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "outside.txt").write_bytes(TEXT)
    (folder / "good.txt").write_bytes(TEXT)
    (folder / "sub" / "\x1b[2J\nnasty.txt").write_bytes(TEXT)
    (folder / os.fsdecode(b"caf\xe9.txt")).write_bytes(TEXT)
    os.symlink(tmp_path / "outside.txt", folder / "link.txt")
    os.symlink("nowhere", folder / "dangling.txt")
    os.symlink(folder, folder / "sub" / "loop")
    os.mkfifo(folder / "pipe")
    done = scan(tmp_path / "run", str(folder), cwd=tmp_path)
    records = {key: (r["reason"], r["detail"]) for key, r in done.objects().items() if r["reason"]}
    link = ("UNSUPPORTED_FILE_TYPE_EXCEPTION", "symbolic link, not followed")
    assert records == {
        "caf\\xe9.txt": ("UNABLE_TO_PARSE_FILE", "file name is not UTF-8"),
        "link.txt": link,
        "dangling.txt": link,
        "sub/loop": link,
        "pipe": ("UNSUPPORTED_FILE_TYPE_EXCEPTION", "device, socket or pipe"),
    }
    assert done.found() == {"good.txt": 1, "sub/\x1b[2J\nnasty.txt": 1}
    assert done.code == 3  # for the name
    assert "\x1b[2J" not in done.out + done.err


def test_a_hostile_target_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    folder = tmp_path / "\x1b[2J[bold]x"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT)
    done = scan(tmp_path / "run", str(folder), more={"FORCE_COLOR": "1", "COLUMNS": "300"})
    assert done.code == 0
    assert "\x1b[2J" not in done.out + done.err
    assert "\\x1b[2J[bold]x" in done.out


LONG = int(os.environ.get("S3_CLASSIFIER_TEST_LINE_MIB", "640")) << 20
RSS_KIB = 600 << 10  # less than the line
# A process's peak begins with that of the one that started it, which here may be large.
PEAK_OF = (
    "import resource, subprocess, sys\n"
    "code = subprocess.call(sys.argv[2:])\n"
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
    "open(sys.argv[1], 'w').write(str(peak))\n"
    "sys.exit(code)"
)


def test_a_very_long_line(tmp_path: Path) -> None:
    """Values at the start, across each of several chunk borders, and at the end."""
    borders = [(1 << 20) * n for n in (1, 2, 3, LONG >> 21, (LONG >> 20) - 1)]
    starts = [2, *(border - 1 - n * 5 for n, border in enumerate(borders)), LONG - len(MAIL)]
    path = tmp_path / "line.txt"
    filler = (b"lorem ipsum dolor sit amet, consectetur adipiscing elit; " * 19000)[: 1 << 20]
    with path.open("wb") as out:
        for _ in range(LONG >> 20):
            out.write(filler)
        for start in starts:
            out.seek(start - 1)
            out.write(f" {MAIL} ".encode()[: LONG - start + 1])
    out_path, err_path = tmp_path / "out", tmp_path / "err"
    peak = tmp_path / "peak"
    command = [*PROGRAM, "scan", "--output", str(tmp_path / "run"), "--workers", "1", str(path)]
    with out_path.open("wb") as stdout, err_path.open("wb") as stderr:
        code = subprocess.call(
            [sys.executable, "-c", PEAK_OF, str(peak), *command],
            env=environment(None), stdout=stdout, stderr=stderr,
        )  # fmt: skip
    path.unlink()
    done = Done(code, out_path.read_text(), err_path.read_text(), tmp_path / "run")
    assert done.code == 0, done.err
    (finding,) = (one for one in done.lines("findings.jsonl") if one["detector"] == "EMAIL_ADDRESS")
    places = [occurrence["location"] for occurrence in finding["occurrences"]]
    assert [(p["byte_start"], p["line"], p["column"]) for p in places] == [(s, 1, s + 1) for s in starts]
    assert int(peak.read_text()) < RSS_KIB


# Where the report goes.


@pytest.mark.parametrize("output", ["file", "/proc/run"])
def test_an_output_folder_that_cannot_be(tmp_path: Path, output: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "data").mkdir()
    done = scan(Path(output), "data", cwd=tmp_path)
    assert done.code == 4
    assert f"{output}: the report cannot be written" in done.err
    assert "another folder with --output" in done.err


def test_a_second_run_takes_the_folder_over(moto: str, tmp_path: Path) -> None:
    """The older run's files go, whatever else is there stays."""
    bucket = make(s3(moto), {"a.txt": TEXT})
    run = tmp_path / "run"
    first = scan(run, f"s3://{bucket}", endpoint=moto, user=SOMEBODY)
    (run / "notes.txt").write_text("mine")
    names = {path.name for path in run.iterdir()}
    before = first.summary()["run_id"]

    failed = scan(run, "s3://some-bucket-here", endpoint=moto)  # no credentials: nothing was begun
    assert failed.code == 4
    assert first.summary()["run_id"] == before

    (tmp_path / "empty").mkdir()
    second = scan(run, str(tmp_path / "empty"))
    assert second.code == 0
    assert {path.name for path in run.iterdir()} == names
    assert (run / "notes.txt").read_text() == "mine"
    assert second.summary()["run_id"] != before
    for name in names - {"notes.txt"}:
        data = (run / name).read_bytes()
        assert before.encode() not in (gzip.decompress(data) if name.endswith(".gz") else data)
    assert second.lines("findings.jsonl") == []


@pytest.mark.parametrize("output", ["run", "."])
def test_a_run_does_not_see_its_own_report(tmp_path: Path, output: str) -> None:
    (tmp_path / "a.txt").write_bytes(TEXT)
    done = scan(Path(output), ".", cwd=tmp_path)
    done.folder = tmp_path / output
    assert done.code == 0
    assert list(done.objects()) == ["a.txt"]
    assert done.found() == {"a.txt": 1}


# The end before the end.


def start(*args: str, user: User | None = None, **more: str) -> subprocess.Popen[bytes]:
    """Start `scan` as a shell would, Ctrl-C not ignored."""
    return subprocess.Popen(
        [*PROGRAM, "scan", *args],
        env=environment(user, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def end(child: subprocess.Popen[bytes], folder: Path) -> Done:
    out, err = child.communicate(timeout=TIMEOUT)
    assert b"Traceback" not in err, err.decode()
    return Done(child.returncode, out.decode(), err.decode(), folder)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c(meddler: Meddler, radosgw: Radosgw, tmp_path: Path, workers: str) -> None:
    """The report tells what was done until then, and what not."""
    client = s3(radosgw.endpoint, radosgw.alice)
    keys = [f"k{number:04}.txt" for number in range(40)]
    first = make(client, dict.fromkeys(keys, TEXT))
    second = make(client, {"never.txt": TEXT})
    child = start(
        f"s3://{first}", f"s3://{second}", "--endpoint-url", meddler.url, "--output", str(tmp_path / "run"),
        "--workers", workers, user=radosgw.alice, **ONE_BY_ONE,
    )  # fmt: skip
    meddler.at = rf"GET /{first}/{keys[30]}$"
    meddler.then = lambda: os.killpg(child.pid, signal.SIGINT)  # type: ignore[method-assign]  # a stub's
    done = end(child, tmp_path / "run")
    assert done.code == 3
    assert "Interrupted" in done.out
    assert any("Interrupted" in note for note in done.summary()["notes"])
    records = done.objects()
    assert list(records) == keys[: len(records)]
    assert len(records) < len(keys)
    if workers == "1":
        assert len(records) == 30
    assert done.found() == dict.fromkeys(records, 1)
    errors = {bucket["bucket"]: bucket["error"] for bucket in done.buckets().values()}
    assert {name: (error["reason"], error["detail"]) for name, error in errors.items()} == dict.fromkeys(
        (first, second), ("TIME_CUT_OFF_REACHED", "interrupted")
    )


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda ending: ending.name)
@pytest.mark.parametrize("stalled", ["object", "listing"])
def test_the_end_does_not_wait_for_a_server_that_hangs(
    meddler: Meddler, radosgw: Radosgw, tmp_path: Path, stalled: str, ending: signal.Signals
) -> None:
    bucket = make(s3(radosgw.endpoint, radosgw.alice), dict.fromkeys(("a.txt", "b.txt"), TEXT))
    meddler.at = meddler.stalled = {"object": rf"GET /{bucket}/b.txt$", "listing": "list-type=2"}[stalled]
    child = start(
        f"s3://{bucket}", "--endpoint-url", meddler.url, "--output", str(tmp_path / "run"),
        user=radosgw.alice, S3_CLASSIFIER_READ_TIMEOUT="100000", **ONE_BY_ONE,
    )  # fmt: skip
    meddler.then = lambda: os.kill(child.pid, ending)  # type: ignore[method-assign]  # a stub's
    done = end(child, tmp_path / "run")
    assert done.code == 3
    assert list(done.objects()) == (["a.txt"] if stalled == "object" else [])


def test_workers_end_with_a_killed_command(meddler: Meddler, radosgw: Radosgw, tmp_path: Path) -> None:
    """Their ends of the pipes are closed: nothing is left behind, not even in the middle of a request."""
    bucket = make(s3(radosgw.endpoint, radosgw.alice), dict.fromkeys(("a.txt", "b.txt"), TEXT))
    meddler.at = meddler.stalled = rf"GET /{bucket}/b.txt$"
    child = start(
        f"s3://{bucket}", "--endpoint-url", meddler.url, "--output", str(tmp_path / "run"),
        "--workers", "2", user=radosgw.alice, S3_CLASSIFIER_READ_TIMEOUT="100000", **ONE_BY_ONE,
    )  # fmt: skip
    meddler.then = child.kill  # type: ignore[method-assign]  # a stub's
    child.communicate(timeout=TIMEOUT)
    assert child.returncode == -signal.SIGKILL


def findings_of(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for number in range(300):
        (folder / f"{number}.txt").write_bytes(TEXT)
    return folder


def test_a_reader_that_has_had_enough(tmp_path: Path) -> None:
    """`… | head -1` ends without a word."""
    child = start(str(findings_of(tmp_path)), "--output", "-", "--format", "jsonl")
    assert child.stdout is not None
    assert child.stderr is not None
    assert json.loads(child.stdout.readline())["detector"] == "EMAIL_ADDRESS"
    child.stdout.close()
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(TIMEOUT) == 4


def test_a_summary_that_nobody_reads(tmp_path: Path) -> None:
    """The report is there, and the exit code says how the scan went."""
    child = start(str(findings_of(tmp_path)), "--output", str(tmp_path / "run"))
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    assert child.stderr.read() == b""
    child.stderr.close()
    assert child.wait(TIMEOUT) == 0
    assert Done(0, "", "", tmp_path / "run").summary()["totals"]["findings"] == 300


def test_a_full_device(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*PROGRAM, "scan", str(findings_of(tmp_path)), "--output", "-", "--format", "jsonl"],
            env=environment(None), stdout=full, stderr=subprocess.PIPE, text=True, timeout=TIMEOUT,
        )  # fmt: skip
    assert done.returncode == 4
    assert "standard output: the report cannot be written (No space left on device)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# Packs.


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("pack: mine\ndetectors:\n  - id: [\n", 4),
        ("pack: mine\ndetectors:\n  - id: MINE\n    exact: '('\n", 3),
        ("- a list\n", 1),
        ("pack: mine\ndetectors: !!python/object/apply:os.system [id]\n", 2),
    ],
    ids=["cut off", "regex", "list", "tag"],
)
def test_a_broken_pack_names_file_and_line(tmp_path: Path, content: str, line: int) -> None:
    (tmp_path / "mine.yaml").write_text(content)
    done = scan(tmp_path / "run", ".", "--pack", "mine.yaml", cwd=tmp_path)
    assert done.code == 2
    assert f"mine.yaml:{line}:" in done.err
    assert not done.folder.exists()


def test_access_shows_a_hostile_policy_and_does_not_obey_it(tmp_path: Path) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "\x1b[2Jsid[bold]",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::b/\x1b[2J*",
            }
        ],
    }
    (tmp_path / "s.jsonl").write_text(json.dumps({"Bucket": "b", "Policy": policy, "Acl": None}) + "\n")
    done = subprocess.run(
        [*PROGRAM, "access", "--snapshot", "s.jsonl"],
        env=environment(None), cwd=tmp_path, capture_output=True, text=True, timeout=TIMEOUT,
    )  # fmt: skip
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "sid[bold]" in done.stdout
