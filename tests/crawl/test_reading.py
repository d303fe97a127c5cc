"""Reading objects of real servers: the right bytes, or the reason why not."""

from __future__ import annotations

import pickle
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import obstore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl import ObjectReader, list_objects, prefetch
from classifier.crawl.reading import SMALL, carried
from classifier.errors import ReadFailure
from classifier.model import Reason, S3Object
from tests.crawl.conftest import Account
from tests.crawl.keys import ODD_KEYS
from tests.servers.faultproxy import FaultProxy
from tests.servers.radosgw import Radosgw

BIG = 5 * SMALL + 12_345
CLIENTS = pytest.mark.parametrize("key", ["big", "odd//big"], ids=["obstore", "boto3"])
SMALL_KEYS = pytest.mark.parametrize("key", ["small", "odd//small"], ids=["obstore", "boto3"])


def failure(reader: ObjectReader, obj: S3Object) -> tuple[Reason, str]:
    """Return how reading the object fails, whether on opening or later."""
    with pytest.raises(ReadFailure) as caught:
        list(reader.open(obj).blocks())
    return caught.value.reason, caught.value.detail


def test_odd_keys(alice: Account) -> None:
    """Each key's content is the key: no client reads another object in its place."""
    bucket = alice.bucket({key: key.encode() for key in ODD_KEYS})
    objects = list(list_objects(alice.connect(), bucket, None))
    contents = {}
    for obj, source in prefetch(alice.reader(bucket), objects, 16):
        assert not isinstance(source, ReadFailure), (obj.key, source)
        contents[obj.key] = source.read(0, 1 << 20)
    assert contents == {key: key.encode() for key in ODD_KEYS}


@pytest.mark.parametrize("key", ODD_KEYS)
def test_what_obstore_carries(key: str) -> None:
    odd = key[0] == "/" or key[-1] == "/" or any(part in ("", ".", "..") for part in key.split("/"))
    assert carried(key) is not (odd or any(ord(char) < 32 or ord(char) == 127 for char in key))


@given(st.text(st.sampled_from("a./\n"), min_size=1, max_size=8))
def test_carried_agrees_with_the_rule(key: str) -> None:
    plain = all(part not in ("", ".", "..") for part in key.split("/")) and "\n" not in key
    assert carried(key) is plain


@CLIENTS
def test_big_object(alice: Account, key: str) -> None:
    data = secrets.token_bytes(BIG)
    bucket = alice.bucket({key: data})
    source = alice.reader(bucket).open(alice.listed(bucket)[key])
    blocks = list(source.blocks())
    assert source.size == BIG
    assert b"".join(blocks) == data
    assert max(map(len, blocks)) <= 4 * SMALL
    for start, length in [(0, 10), (3 * SMALL - 5, 10), (BIG - 5, 100), (BIG, 1), (BIG + 9, 5), (7, 0)]:
        assert source.read(start, length) == data[start : start + length], (start, length)


@SMALL_KEYS
def test_small_object_takes_one_request(on_moto: Account, moto_faults: FaultProxy, key: str) -> None:
    bucket = on_moto.bucket({key: b"content"})
    source = on_moto.reader(bucket, moto_faults.url).open(on_moto.listed(bucket)[key])
    assert (source.size, b"".join(source.blocks()), source.read(3, 2)) == (7, b"content", b"te")
    assert [line.split()[0] for line in moto_faults.requests] == ["GET"]


@pytest.mark.parametrize("key", ["small", "odd//small", "big", "odd//big"])
def test_changed_after_listing(alice: Account, key: str) -> None:
    size = BIG if "big" in key else 9
    bucket = alice.bucket({key: b"1" * size})
    obj = alice.listed(bucket)[key]
    alice.raw().put_object(Bucket=bucket, Key=key, Body=b"2" * size)
    assert failure(alice.reader(bucket), obj)[0] == Reason.OBJECT_VERSION_MISMATCH


@pytest.mark.parametrize("key", ["small", "odd//small", "big", "odd//big"])
def test_deleted_after_listing(alice: Account, key: str) -> None:
    bucket = alice.bucket({key: b"1" * (BIG if "big" in key else 9)})
    obj = alice.listed(bucket)[key]
    alice.raw().delete_object(Bucket=bucket, Key=key)
    assert failure(alice.reader(bucket), obj)[0] == Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE


@SMALL_KEYS
def test_a_server_that_ignores_if_match(on_moto: Account, moto_faults: FaultProxy, key: str) -> None:
    bucket = on_moto.bucket({key: b"content"})
    moto_faults.fail("GET", "etag")
    found = failure(on_moto.reader(bucket, moto_faults.url), on_moto.listed(bucket)[key])
    assert found == (Reason.OBJECT_VERSION_MISMATCH, "ETagChanged")


def test_another_size_than_listed(on_moto: Account) -> None:
    bucket = on_moto.bucket({"k": b"content"})
    reader = on_moto.reader(bucket)
    assert failure(reader, S3Object(bucket, "k", 3)) == (Reason.OBJECT_VERSION_MISMATCH, "SizeChanged")
    assert failure(reader, S3Object(bucket, "k", 9)) == (Reason.OBJECT_VERSION_MISMATCH, "SizeChanged")


@SMALL_KEYS
def test_denied(alice: Account, bob: Account, key: str) -> None:
    bucket = alice.bucket({key: b"x"})
    obj = alice.listed(bucket)[key]
    assert failure(bob.reader(bucket), obj) == (Reason.PERMISSION_DENIED, "AccessDenied")


def test_unsigned(alice: Account) -> None:
    bucket = alice.bucket({"private": b"x"})
    alice.raw().put_object(Bucket=bucket, Key="public", Body=b"y", ACL="public-read")
    objects = alice.listed(bucket)
    reader = alice.reader(bucket, no_sign_request=True)
    assert reader.open(objects["public"]).read(0, 9) == b"y"
    assert failure(reader, objects["private"]) == (Reason.PERMISSION_DENIED, "AccessDenied")


@SMALL_KEYS
def test_no_such_bucket(alice: Account, key: str) -> None:
    reader = alice.reader("b-nowhere-at-all")
    found = failure(reader, S3Object("b-nowhere-at-all", key, 5, "e"))
    assert found == (Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket")


@SMALL_KEYS
def test_customer_key(alice: Account, key: str) -> None:
    bucket = alice.bucket()
    alice.raw().put_object(
        Bucket=bucket,
        Key=key,
        Body=b"x",
        SSECustomerAlgorithm="AES256",
        SSECustomerKey=secrets.token_bytes(32),
    )
    found = failure(alice.reader(bucket), alice.listed(bucket)[key])
    assert found[0] == Reason.INVALID_ENCRYPTION


def test_kms_object_is_read(alice: Account, radosgw: Radosgw) -> None:
    bucket = alice.bucket()
    alice.raw().put_object(
        Bucket=bucket, Key="k", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=radosgw.kms_key
    )
    assert alice.reader(bucket).open(alice.listed(bucket)["k"]).read(0, 99) == b"secret"


@SMALL_KEYS
@pytest.mark.parametrize("code", ["KMS.DisabledException", "KMS.NotFoundException"])
def test_kms_key_gone(on_moto: Account, moto_faults: FaultProxy, key: str, code: str) -> None:
    bucket = on_moto.bucket({key: b"x"})
    moto_faults.fail("GET", "error", status=400, code=code)
    found = failure(on_moto.reader(bucket, moto_faults.url), on_moto.listed(bucket)[key])
    assert found == (Reason.INVALID_KMS_KEY, code)


def test_archived_object_is_not_asked_for(on_moto: Account, moto_faults: FaultProxy) -> None:
    bucket = on_moto.bucket()
    on_moto.raw().put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="DEEP_ARCHIVE")
    found = failure(on_moto.reader(bucket, moto_faults.url), on_moto.listed(bucket)["k"])
    assert found == (Reason.INVALID_OBJECT_STATE, "DEEP_ARCHIVE")
    assert moto_faults.requests == []


@SMALL_KEYS
def test_archived_meanwhile(on_moto: Account, key: str) -> None:
    bucket = on_moto.bucket()
    on_moto.raw().put_object(Bucket=bucket, Key=key, Body=b"x", StorageClass="GLACIER")
    obj = S3Object(bucket, key, 1, on_moto.listed(bucket)[key].etag)
    assert failure(on_moto.reader(bucket), obj) == (Reason.INVALID_OBJECT_STATE, "InvalidObjectState")


@SMALL_KEYS
def test_expired_token(on_moto: Account, moto_faults: FaultProxy, key: str) -> None:
    bucket = on_moto.bucket({key: b"x"})
    moto_faults.fail("GET", "error", status=400, code="ExpiredToken")
    found = failure(on_moto.reader(bucket, moto_faults.url), on_moto.listed(bucket)[key])
    assert found == (Reason.PERMISSION_DENIED, "ExpiredToken")


@SMALL_KEYS
def test_error_without_code(on_moto: Account, moto_faults: FaultProxy, key: str) -> None:
    """obstore cannot tell what a bare 400 is; boto3 is asked, and its answer counts."""
    bucket = on_moto.bucket({key: b"x"})
    moto_faults.fail("GET", "error", status=400, code="")
    reader, obj = on_moto.reader(bucket, moto_faults.url), on_moto.listed(bucket)[key]
    assert failure(reader, obj)[0] == Reason.UNABLE_TO_PARSE_FILE
    moto_faults.faults.clear()
    moto_faults.fail("GET", "error", status=400, code="", times=1)
    if key == "small":
        assert reader.open(obj).read(0, 9) == b"x"


@pytest.mark.parametrize("key", ["small", "odd//small", "big", "odd//big"])
@pytest.mark.parametrize("do", ["error", "reset", "cut"])
def test_passing_fault_costs_nothing(alice: Account, radosgw_faults: FaultProxy, key: str, do: str) -> None:
    data = secrets.token_bytes(BIG if "big" in key else 50_000)
    bucket = alice.bucket({key: data})
    obj = alice.listed(bucket)[key]
    radosgw_faults.fail("GET", do, times=1)  # type: ignore[arg-type]  # one of Fault's words
    source = alice.reader(bucket, radosgw_faults.url, max_attempts=3).open(obj)
    assert b"".join(source.blocks()) == data
    assert len(radosgw_faults.fired) == 1


@CLIENTS
def test_resumed_where_it_broke(alice: Account, radosgw_faults: FaultProxy, key: str) -> None:
    data = secrets.token_bytes(BIG)
    bucket = alice.bucket({key: data})
    radosgw_faults.fail("GET", "cut", times=4, fraction=0.5)
    source = alice.reader(bucket, radosgw_faults.url, max_attempts=6).open(alice.listed(bucket)[key])
    assert b"".join(source.blocks()) == data
    assert len(radosgw_faults.fired) == 4


@pytest.mark.parametrize("key", ["small", "odd//small", "big", "odd//big"])
@pytest.mark.parametrize(
    "do, detail",
    [
        ("error", "SlowDown"),
        ("reset", "ConnectionClosedError"),
        ("cut", None),
    ],
)
def test_lasting_fault(on_moto: Account, moto_faults: FaultProxy, key: str, do: str, detail: str) -> None:
    bucket = on_moto.bucket({key: b"x" * (BIG if "big" in key else 50_000)})
    moto_faults.fail("GET", do, fraction=0.0)  # type: ignore[arg-type]
    reader = on_moto.reader(bucket, moto_faults.url)
    reason, found = failure(reader, on_moto.listed(bucket)[key])
    assert reason == Reason.TIME_CUT_OFF_REACHED
    assert found == detail or (detail is None and found)
    assert 2 <= len(moto_faults.requests) <= 8


@SMALL_KEYS
def test_time_out(on_moto: Account, key: str) -> None:
    """A server that accepts the connection and never answers."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        reader = on_moto.reader("b", address, read_timeout=0.2, max_attempts=1)
        assert failure(reader, S3Object("b", key, 5, "e")) == (
            Reason.TIME_CUT_OFF_REACHED,
            "ReadTimeoutError",
        )


@SMALL_KEYS
def test_no_server(on_moto: Account, key: str) -> None:
    reader = on_moto.reader("b", "http://127.0.0.1:1", max_attempts=1)
    found = failure(reader, S3Object("b", key, 5, "e"))
    assert found == (Reason.TIME_CUT_OFF_REACHED, "EndpointConnectionError")


@pytest.mark.parametrize(
    "name, value",
    [
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT", "http://127.0.0.1:1"),
        ("AWS_SKIP_SIGNATURE", "true"),
        ("AWS_SESSION_TOKEN_FILE", "/nowhere"),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true"),
        ("AWS_BUCKET", "another"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x"),
    ],
)
def test_obstore_takes_nothing_from_the_environment(
    alice: Account, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    bucket = alice.bucket({"k": b"x"})
    objects = alice.listed(bucket)
    monkeypatch.setenv(name, value)
    assert alice.reader(bucket).open(objects["k"]).read(0, 9) == b"x"


class Broken(BaseException):
    """As obstore's PanicException: no Exception."""


Broken.__name__ = "PanicException"


@pytest.mark.parametrize("key", ["small", "big"])
@pytest.mark.parametrize("error", [Broken("x"), ZeroDivisionError("x")], ids=["panic", "exception"])
def test_a_clients_own_fault_is_the_objects(
    on_moto: Account, monkeypatch: pytest.MonkeyPatch, key: str, error: BaseException
) -> None:
    def get(*_: object, **__: object) -> None:
        raise error

    bucket = on_moto.bucket({key: b"x" * (BIG if key == "big" else 9)})
    monkeypatch.setattr(obstore, "get", get)
    found = failure(on_moto.reader(bucket), on_moto.listed(bucket)[key])
    assert found == (Reason.UNABLE_TO_PARSE_FILE, type(error).__name__)


@pytest.mark.parametrize("size", [9, BIG])
@pytest.mark.parametrize("key", ["a\ud800", "odd//\ud800"], ids=["obstore", "boto3"])
def test_a_key_that_cannot_be_sent(on_moto: Account, key: str, size: int) -> None:
    reader = on_moto.reader("b-any")
    assert failure(reader, S3Object("b-any", key, size, "e"))[0] == Reason.UNABLE_TO_PARSE_FILE


@pytest.mark.parametrize("key", ["small", "odd//small"])
@pytest.mark.parametrize("etag", ["a\nb", "a b", 'a"b', "\ufffd", "\0"])
def test_an_etag_that_fits_no_header(on_moto: Account, moto_faults: FaultProxy, key: str, etag: str) -> None:
    reader = on_moto.reader("b-any", moto_faults.url)
    for size in (9, BIG):
        found = failure(reader, S3Object("b-any", key, size, etag))
        assert found == (Reason.UNABLE_TO_PARSE_FILE, "InvalidETag")
    assert moto_faults.requests == []


class WithoutRanges(BaseHTTPRequestHandler):
    """Sends the whole object whatever the range, and less than it says as often as `cuts`."""

    protocol_version = "HTTP/1.1"
    content = bytes(range(250)) * 8
    cuts = 0

    def do_GET(self) -> None:
        self.send_response(200)
        for name, value in {
            "Content-Length": str(len(self.content)),
            "ETag": '"e"',
            "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        cut, type(self).cuts = self.cuts > 0, self.cuts - 1
        self.wfile.write(self.content[:100] if cut else self.content)
        self.close_connection = True

    def log_message(self, *_: object) -> None: ...


@pytest.mark.parametrize("cuts, passes", [(0, True), (2, True), (99, False)])
def test_a_server_without_ranges(
    on_moto: Account, monkeypatch: pytest.MonkeyPatch, cuts: int, passes: bool
) -> None:
    monkeypatch.setattr(WithoutRanges, "cuts", cuts)
    obj = S3Object("b", "k", len(WithoutRanges.content), "e")
    with ThreadingHTTPServer(("127.0.0.1", 0), WithoutRanges) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reader = on_moto.reader("b", f"http://127.0.0.1:{server.server_port}", max_attempts=3)
        if passes:
            assert reader.open(obj).read(0, obj.size) == WithoutRanges.content
        else:
            reason, detail = failure(reader, obj)
            assert reason == Reason.TIME_CUT_OFF_REACHED
            assert detail != "RangeIgnored"
        server.shutdown()


def test_handover_may_be_pickled(alice: Account) -> None:
    bucket = alice.bucket({"k": b"x"})
    connection = alice.connect()
    handover = pickle.loads(pickle.dumps(connection.handover()))
    assert handover == connection.handover()
    with ObjectReader(handover, bucket, "us-east-1", connection.settings) as reader:
        assert reader.open(alice.listed(bucket)["k"]).read(0, 9) == b"x"
