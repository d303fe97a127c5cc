"""One question to STS: what the answers mean, and that nothing else is used or told."""

from __future__ import annotations

import copy
import pickle
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.crawl.callers import caller_of, main_region
from classifier.model import AccessKey, Verification
from tests.servers.sts import ACCOUNT, Sts, access_key, sts_server


@pytest.fixture
def sts() -> Iterator[Sts]:
    with sts_server() as server:
        yield server


def ask(key: AccessKey, address: str) -> Verification:
    return caller_of(key, "us-east-1", address)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ("root", "Account"),
        ("user/ops/deploy", "User"),
        ("assumed-role/deploy/i-0123", "AssumedRole"),
        ("federated-user/bob", "FederatedUser"),
        ("something-new/x", None),
    ],
)
def test_a_live_key_tells_account_and_kind_only(sts: Sts, resource: str, kind: str | None) -> None:
    key = access_key()
    sts.arns[key.id] = f"arn:aws:iam::{ACCOUNT}:{resource}"
    found = ask(key, sts.address)
    assert (found.status, found.reason, found.account, found.principal_type) == ("live", "", ACCOUNT, kind)
    told = {"status": "live", "account": ACCOUNT, "principal_type": kind}
    assert found.to_json() == {name: value for name, value in told.items() if value}


@pytest.mark.parametrize(
    ("code", "message", "status", "reason"),
    [
        ("InvalidClientTokenId", "The security token included in the request is invalid.", "rejected", ""),
        ("SignatureDoesNotMatch", "The request signature we calculated …", "rejected", ""),
        ("ExpiredToken", "The security token included in the request is expired", "rejected", ""),
        ("SignatureDoesNotMatch", "Signature expired: 2026…", "unknown", "RequestTimeTooSkewed"),
        ("SignatureDoesNotMatch", "Signature not yet current: 2…", "unknown", "RequestTimeTooSkewed"),
        ("AccessDenied", "by a policy of the VPC endpoint", "unknown", ""),
        ("Strange code, with text", "", "unknown", "ClientError"),
    ],
)
def test_a_refusal_is_a_name(sts: Sts, code: str, message: str, status: str, reason: str) -> None:
    key = access_key()
    sts.errors[key.id] = (code, message)
    assert ask(key, sts.address).to_json() == {"status": status, "reason": reason or code}


def test_no_answer_is_unknown() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        found = ask(access_key(), f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert found == Verification("unknown", "EndpointConnectionError")


def test_what_is_no_answer_of_sts_is_unknown(sts: Sts) -> None:
    key = access_key()
    sts.arns[key.id] = "arn:aws:iam::none:user/x"
    assert ask(key, sts.address) == Verification("unknown", "UnexpectedAnswer")


def test_moto_knows_everybody(moto: str) -> None:
    assert ask(access_key(), moto) == Verification("live", "", "123456789012", "User")


def test_the_secret_is_not_sent_and_the_token_is(sts: Sts) -> None:
    key = access_key(token="T" * 120)
    ask(key, sts.address)
    (sent,) = sts.requests
    assert "Action=GetCallerIdentity" in sent
    assert f"Credential={key.id}/" in sent
    assert f"X-Amz-Security-Token: {key.token}" in sent
    assert key.secret not in sent


def test_nothing_of_this_machines_configuration_is_used(
    sts: Sts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key, own = access_key(), access_key()
    (tmp_path / "config").write_text("[default]\nregion = eu-north-1\n[services x]\n")
    with sts_server() as elsewhere:
        for name, value in {
            "AWS_PROFILE": "there-is-none",
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_ACCESS_KEY_ID": own.id,
            "AWS_SECRET_ACCESS_KEY": own.secret,
            "AWS_SESSION_TOKEN": "own" * 40,
            "AWS_ENDPOINT_URL": elsewhere.address,
            "AWS_ENDPOINT_URL_STS": elsewhere.address,
            "AWS_CSM_ENABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        ask(key, sts.address)
        assert sts.asked_about() == [key.id]
        assert "own" * 40 not in sts.requests[0]
        monkeypatch.setenv("HTTPS_PROXY", sts.address)  # stands between this test and AWS
        found = caller_of(key, "us-east-1")
        assert found == Verification("unknown", "ProxyConnectionError")
        assert elsewhere.requests == []
        assert {sent.split()[1] for sent in sts.requests[1:]} == {"sts.us-east-1.amazonaws.com:443"}


@pytest.mark.parametrize(
    ("region", "asked"),
    [
        ("", "us-east-1"),
        ("default", "us-east-1"),
        ("me-south-1", "us-east-1"),
        ("cn-northwest-1", "cn-north-1"),
        ("us-gov-east-1", "us-gov-west-1"),
        ("us-iso-east-1", "us-iso-east-1"),
        ("eusc-de-east-1", "eusc-de-east-1"),
    ],
)
def test_the_partition_is_the_runs(region: str, asked: str) -> None:
    assert main_region(region) == asked


def test_a_key_stays_in_its_process() -> None:
    key = access_key(token="T" * 120)
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays in the process"):
            way(key)
    assert repr(key) == str(key) == f"{AccessKey.__name__}()"
