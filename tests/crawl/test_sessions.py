"""Connections: who asks, with which credentials, at which address, and what is said when that fails."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import AssumeRoleProvider
from pydantic import SecretStr

from classifier.config import Settings
from classifier.crawl import Connection, Handover, list_objects
from classifier.crawl.sessions import region_of_location
from classifier.errors import AccessFailure, TargetError
from classifier.model import Reason
from tests.crawl.conftest import MOTO_USER, Account
from tests.servers.faultproxy import FaultProxy

ROLE = "arn:aws:iam::123456789012:role/scanner"
MFA = "arn:aws:iam::123456789012:mfa/me"


def test_account_on_moto(on_moto: Account) -> None:
    connection = on_moto.connect()
    connection.check()
    assert connection.account_id() == ("123456789012", "")
    assert connection.is_custom


def test_a_server_without_accounts(alice: Account) -> None:
    connection = alice.connect()
    connection.check()
    assert connection.account_id() == (None, "NoAccounts")


def test_unsigned(alice: Account) -> None:
    connection = alice.connect(no_sign_request=True)
    connection.check()
    assert connection.account_id() == (None, "Unsigned")


def test_no_credentials(moto: str) -> None:
    with Connection(Settings(endpoint_url=moto)) as connection, pytest.raises(AccessFailure) as caught:
        connection.check()
    assert "--no-sign-request" in str(caught.value)


def test_role_without_credentials(moto: str) -> None:
    with pytest.raises(AccessFailure, match="no AWS credentials"):
        Connection(Settings(endpoint_url=moto, role_arn=ROLE))


def test_unknown_profile() -> None:
    with pytest.raises(AccessFailure, match="aws configure list-profiles"):
        Connection(Settings(profile="nobody"))


def test_broken_configuration_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[default\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(AccessFailure, match="AWS configuration"):
        Connection(Settings())


def test_no_server(on_moto: Account) -> None:
    connection = on_moto.connect("http://127.0.0.1:1", max_attempts=1)
    with pytest.raises(AccessFailure, match=r"http://127\.0\.0\.1:1 does not answer"):
        connection.check()
    with pytest.raises(TargetError) as caught:
        connection.bucket_region("b-any")
    assert caught.value.code == "EndpointConnectionError"


def test_an_endpoint_that_is_none(on_moto: Account) -> None:
    with pytest.raises(AccessFailure, match="--endpoint-url is like"):
        on_moto.connect("not an address").client("s3")


@pytest.mark.parametrize(
    "code, says",
    [
        ("ExpiredToken", "have expired"),
        ("InvalidClientTokenId", "check the profile"),
        ("SignatureDoesNotMatch", "secret key does not belong"),
        ("RequestTimeTooSkewed", "clock"),
    ],
)
@pytest.mark.parametrize("at", ["POST /", "GET /"], ids=["STS", "S3"])
def test_refused_credentials(
    on_moto: Account, moto_faults: FaultProxy, code: str, says: str, at: str
) -> None:
    moto_faults.fail(at, "error", status=403, code=code)
    moto_faults.fail("POST /", "error", status=405, code="MethodNotAllowed")  # a server without STS
    with pytest.raises(AccessFailure, match=says) as caught:
        on_moto.connect(moto_faults.url).check()
    assert MOTO_USER.secret_key not in str(caught.value)


def test_denied_listing_of_buckets_is_no_failure(on_moto: Account, moto_faults: FaultProxy) -> None:
    moto_faults.fail("POST /", "error", status=405, code="MethodNotAllowed")
    moto_faults.fail("GET /", "error", status=403, code="AccessDenied")
    on_moto.connect(moto_faults.url).check()
    assert len(moto_faults.fired) == 2


def test_region_of_a_bucket(on_moto: Account) -> None:
    on_moto.raw(region="eu-west-1").create_bucket(
        Bucket="b-in-ireland", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    connection = on_moto.connect()
    assert connection.bucket_region("b-in-ireland") == "eu-west-1"
    assert connection.client("s3", "eu-west-1").meta.region_name == "eu-west-1"


def test_region_from_a_redirect(on_moto: Account, moto_faults: FaultProxy) -> None:
    """AWS answers 301 with the region's name to a request signed for another region; it is followed."""
    bucket = on_moto.bucket({"k": b"x"})
    moto_faults.fail(
        f"HEAD /{bucket}", "error", status=301, times=1, headers={"x-amz-bucket-region": "eu-west-1"}
    )
    connection = on_moto.connect(moto_faults.url)
    connection.bucket_region(bucket)
    moto_faults.fail(
        "list-type", "error", status=301, code="PermanentRedirect", times=1,
        headers={"x-amz-bucket-region": "eu-west-1"},
    )  # fmt: skip
    assert [obj.key for obj in list_objects(connection, bucket, None)] == ["k"]
    assert len(moto_faults.fired) == 2


@pytest.mark.parametrize(
    "status, region",
    [(403, "ap-south-1"), (400, "me-south-1")],
    ids=["denied", "region not enabled"],
)
def test_region_header_of_an_error(
    on_moto: Account, moto_faults: FaultProxy, status: int, region: str
) -> None:
    moto_faults.fail("HEAD", "error", status=status, headers={"x-amz-bucket-region": region})
    assert on_moto.connect(moto_faults.url).bucket_region("b-other") == region


def test_each_connection_has_its_own_in_a_worker(on_moto: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are the same and the credentials of the environment are others."""
    first = on_moto.connect().handover()
    assert first.connect() is first.connect()
    second = on_moto.connect()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA" + "Z" * 16)
    keys = [handover.connect().credentials()["access_key_id"] for handover in (first, second.handover())]
    assert keys == [MOTO_USER.access_key, "AKIA" + "Z" * 16]


def test_an_address_with_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:hush@127.0.0.1:1")
    with Connection(Settings()) as connection, pytest.raises(AccessFailure) as caught:
        connection.client("s3")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("region", ["bad_region!", "-x", "a.b", "12", "x" * 64, "é"])
def test_a_region_that_cannot_be_one(on_moto: Account, moto_faults: FaultProxy, region: str) -> None:
    moto_faults.fail("HEAD", "error", status=403, headers={"x-amz-bucket-region": region})
    connection = on_moto.connect(moto_faults.url, region="eu-north-1")
    assert connection.bucket_region("b-other") == "eu-north-1"
    connection.client("s3", connection.bucket_region("b-other"))


def test_region_that_nobody_tells(alice: Account, bob: Account) -> None:
    bucket = alice.bucket()
    assert bob.connect(region="eu-north-1").bucket_region(bucket) == "eu-north-1"


def test_region_of_a_missing_bucket(on_moto: Account) -> None:
    with pytest.raises(TargetError) as caught:
        on_moto.connect().bucket_region("b-nowhere-at-all")
    assert caught.value.reason == Reason.NO_SUCH_BUCKET_AVAILABLE


def test_expired_token_when_asking_for_the_region(on_moto: Account, moto_faults: FaultProxy) -> None:
    moto_faults.fail("/b-x", "error", status=400, code="ExpiredToken")
    with pytest.raises(TargetError, match="get new credentials") as caught:
        on_moto.connect(moto_faults.url).bucket_region("b-x")
    assert (caught.value.reason, caught.value.code) == (Reason.PERMISSION_DENIED, "ExpiredToken")


@pytest.mark.parametrize(
    "location, region",
    [(None, "us-east-1"), ("", "us-east-1"), ("EU", "eu-west-1"), ("sa-east-1", "sa-east-1")],
)
def test_region_of_location(location: str | None, region: str) -> None:
    assert region_of_location(location) == region


def test_only_reads_are_sent(on_moto: Account, moto_faults: FaultProxy) -> None:
    client: Any = on_moto.connect(moto_faults.url).client("s3")
    calls = [
        lambda: client.delete_object(Bucket="b-x", Key="k"),
        lambda: client.put_bucket_policy(Bucket="b-x", Policy="{}"),
        lambda: client.restore_object(Bucket="b-x", Key="k"),
        lambda: client.create_bucket(Bucket="b-x"),
    ]
    for call in calls:
        with pytest.raises(AccessFailure, match="only reads"):
            call()
    assert moto_faults.requests == []


@pytest.mark.parametrize(
    "endpoint, sts",
    [
        ("https://vpce-1.s3.eu-west-1.vpce.amazonaws.com", "https://sts.eu-west-1.amazonaws.com"),
        ("https://s3.example.org", "https://s3.example.org"),
        (None, "https://sts.eu-west-1.amazonaws.com"),
    ],
)
def test_where_the_other_services_are(on_moto: Account, endpoint: str | None, sts: str) -> None:
    with Connection(Settings(endpoint_url=endpoint, region="eu-west-1")) as connection:
        assert connection.client("sts").meta.endpoint_url == sts
        assert connection.is_custom == (endpoint == "https://s3.example.org")
        if endpoint:
            assert connection.client("s3").meta.endpoint_url == endpoint


def test_assumed_role(on_moto: Account, moto_faults: FaultProxy) -> None:
    bucket = on_moto.bucket({"k": b"x"})
    connection = on_moto.connect(moto_faults.url, role_arn=ROLE, external_id="x-1", role_session_name="me")
    assert moto_faults.requests == []
    assert [obj.key for obj in list_objects(connection, bucket, None)] == ["k"]
    assert [line for line in moto_faults.requests if line.startswith("POST")] == ["POST /"]
    used = connection.credentials()
    assert used["access_key_id"] != MOTO_USER.access_key
    assert used["token"]
    assert used["expires_at"] is not None
    assert connection.handover().credentials is None  # a worker assumes the role by itself


def test_role_that_may_not_be_assumed(on_moto: Account, moto_faults: FaultProxy) -> None:
    moto_faults.fail("POST /", "error", status=403, code="AccessDenied")
    with pytest.raises(AccessFailure, match="cannot be assumed") as caught:
        on_moto.connect(moto_faults.url, role_arn=ROLE).check()
    assert ROLE in str(caught.value)


def test_mfa_code_from_the_settings(on_moto: Account) -> None:
    connection = on_moto.connect(role_arn=ROLE, mfa_serial=MFA, mfa_token=SecretStr("123456"))
    connection.check()
    handover = connection.handover()
    assert handover.credentials is not None
    key, secret, token = handover.credentials
    assert secret not in repr(handover)
    assert str(token) not in repr(handover)
    again = pickle.loads(pickle.dumps(handover)).connect()
    assert again.credentials()["access_key_id"] == key
    again.close()


def test_mfa_code_from_the_user(on_moto: Account) -> None:
    on_moto.connect()
    asked: list[str] = []

    def prompt(question: str) -> str:
        asked.append(question)
        return "654321"

    settings = Settings(endpoint_url=on_moto.endpoint, role_arn=ROLE, mfa_serial=MFA)
    with Connection(settings, prompt=prompt) as connection:
        connection.check()
        connection.handover()
    assert len(asked) == 1
    assert MFA in asked[0]


def test_mfa_without_anybody_to_ask(on_moto: Account) -> None:
    with pytest.raises(AccessFailure, match="--mfa-token"):
        on_moto.connect(role_arn=ROLE, mfa_serial=MFA).check()


def test_profile(on_moto: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(
        f"[base]\naws_access_key_id = {'AKIA' + 'P' * 16}\naws_secret_access_key = {'p' * 40}\n"
    )
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(
        "[profile base]\nregion = eu-south-1\n"
        f"[profile chained]\nsource_profile = base\nrole_arn = {ROLE}\nmfa_serial = {MFA}\n"
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with Connection(Settings(profile="base", endpoint_url=on_moto.endpoint)) as connection:
        assert connection.region == "eu-south-1"
        assert connection.credentials()["access_key_id"] == "AKIA" + "P" * 16
        assert connection.credentials()["expires_at"] is None
        assert connection.handover() == Handover(connection.settings)
    monkeypatch.setattr(AssumeRoleProvider.__init__, "__defaults__", (lambda _: "123456", None, None))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", on_moto.endpoint)
    with Connection(Settings(profile="chained", endpoint_url=on_moto.endpoint)) as connection:
        assert connection.handover().credentials is not None  # its workers must not ask for a code


def test_requests_are_tried_as_often_as_told(on_moto: Account, moto_faults: FaultProxy) -> None:
    moto_faults.fail("GET /", "error", status=503)
    connection = on_moto.connect(moto_faults.url, max_attempts=3)
    with pytest.raises(TargetError):
        list(list_objects(connection, "b-x", None))
    assert len(moto_faults.requests) == 3
