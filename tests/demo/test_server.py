import builtins
import logging
import os
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import boto3
import pytest

from classifier.demo import embedded_server
from classifier.errors import ConfigError


def test_it_answers_on_the_loopback_interface_and_stops(capfd: pytest.CaptureFixture[str]) -> None:
    level = logging.getLogger("werkzeug").level
    with embedded_server() as server:
        assert server.endpoint_url.startswith("http://127.0.0.1:")
        with server.environment():
            client = boto3.client("s3", endpoint_url=server.endpoint_url)
            client.create_bucket(Bucket="kept-for-a-moment")
            assert [b["Name"] for b in client.list_buckets()["Buckets"]] == ["kept-for-a-moment"]
            assert boto3.client("sts", endpoint_url=server.endpoint_url).get_caller_identity()["Account"] == (
                "123456789012"
            )
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(server.endpoint_url, timeout=5)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("werkzeug").level == level


def test_a_new_server_starts_empty() -> None:
    for _ in range(2):
        with embedded_server() as server, server.environment():
            client = boto3.client("s3", endpoint_url=server.endpoint_url)
            assert client.list_buckets()["Buckets"] == []
            client.create_bucket(Bucket="forgotten")


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = ("AWS_PROFILE", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3_CONTROL", "AWS_ROLE_ARN")
    for name in foreign:
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine-too")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    before = dict(os.environ)
    with embedded_server() as server:
        with server.environment():
            assert not os.environ.keys() & set(foreign)
            assert os.environ["AWS_ACCESS_KEY_ID"] == server.credentials.access_key_id
            assert os.environ["AWS_SECRET_ACCESS_KEY"] == server.credentials.secret_access_key
        assert dict(os.environ) == before


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def no_moto(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if name.split(".")[0] == "moto":
            raise ModuleNotFoundError("No module named 'moto'", name="moto")
        return real(name, globals, locals, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", no_moto)
    with pytest.raises(ConfigError, match=r"moto.*pip install 's3-classifier\[demo\]'"), embedded_server():
        pass
