"""Connections and buckets for the crawl's tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from classifier.config import Settings
from classifier.crawl import Connection, ObjectReader, list_objects
from classifier.model import S3Object
from tests.servers.radosgw import Radosgw, User

MOTO_USER = User("moto", "AKIA" + "M" * 16, "m" * 40)


@dataclass
class Account:
    """A user's way into a server: `raw` may do anything, connections and readers are the crawl's."""

    endpoint: str
    user: User
    monkeypatch: pytest.MonkeyPatch
    opened: list[Any]

    def raw(self, service: str = "s3", region: str = "us-east-1") -> Any:
        client = boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=self.user.access_key,
            aws_secret_access_key=self.user.secret_key,
            config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
        )
        self.opened.append(client)
        return client

    def bucket(self, objects: dict[str, bytes] | None = None) -> str:
        """Make a bucket with these objects."""
        client, name = self.raw(), f"b-{uuid.uuid4().hex[:12]}"
        client.create_bucket(Bucket=name)
        with ThreadPoolExecutor(8) as pool:
            for put in [
                pool.submit(client.put_object, Bucket=name, Key=key, Body=body)
                for key, body in (objects or {}).items()
            ]:
                put.result()
        return name

    def connect(self, endpoint: str | None = None, **settings: Any) -> Connection:
        self.monkeypatch.setenv("AWS_ACCESS_KEY_ID", self.user.access_key)
        self.monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", self.user.secret_key)
        settings = {"max_attempts": 2, "read_timeout": 10} | settings
        connection = Connection(Settings(endpoint_url=endpoint or self.endpoint, **settings))
        self.opened.append(connection)
        return connection

    def reader(self, bucket: str, endpoint: str | None = None, **settings: Any) -> ObjectReader:
        connection = self.connect(endpoint, **settings)
        reader = ObjectReader(connection.handover(), bucket, None, connection.settings)
        self.opened.append(reader)
        return reader

    def listed(self, bucket: str, prefix: str = "") -> dict[str, S3Object]:
        return {obj.key: obj for obj in list_objects(self.connect(), bucket, None, prefix)}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, User], Account]]:
    opened: list[Any] = []
    yield lambda endpoint, user: Account(endpoint, user, monkeypatch, opened)
    for item in opened:
        item.close()


@pytest.fixture
def alice(radosgw: Radosgw, account: Callable[[str, User], Account]) -> Account:
    return account(radosgw.endpoint, radosgw.alice)


@pytest.fixture
def bob(radosgw: Radosgw, account: Callable[[str, User], Account]) -> Account:
    return account(radosgw.endpoint, radosgw.bob)


@pytest.fixture
def on_moto(moto: str, account: Callable[[str, User], Account]) -> Account:
    return account(moto, MOTO_USER)
