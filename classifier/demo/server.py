"""The embedded S3 server: moto on the loopback interface, in this process, on a free port, without a log."""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from classifier.errors import ConfigError

ACCOUNT_ID = "123456789012"  # the account that moto gives to unknown access keys
_OF_AWS = "AWS_"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What to sign requests with. The demo server takes any pair."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class DemoServer:
    """A running server: its address, `http://127.0.0.1:PORT`, and credentials that it accepts."""

    endpoint_url: str
    credentials: Credentials

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Put the credentials into the process's environment, and the user's own aside, for a while.

        Inside, boto3 and child processes sign for this server only: no profile, no credentials file and no
        metadata service of the user is looked at, and no proxy is used for the loopback address.
        """
        given = {
            "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            "AWS_REGION": self.credentials.region,
            "AWS_DEFAULT_REGION": self.credentials.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        foreign = [name for name in os.environ if name.startswith(_OF_AWS)]
        before = {name: os.environ.get(name) for name in (*given, *foreign)}
        try:
            for name in foreign:
                del os.environ[name]
            os.environ.update(given)
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@contextmanager
def embedded_server() -> Iterator[DemoServer]:
    """Yield a running server without buckets; stop it and forget its content at the end.

    It listens on 127.0.0.1 only. Its content lives in this process's memory: one server a process at a time.
    Raises ConfigError when the extra `demo` is not installed.
    """
    try:
        from moto.moto_server.threaded_moto_server import ThreadedMotoServer
    except ImportError as error:
        raise ConfigError(
            f"the demo's packages are not installed ({error.name}): pip install 's3-classifier[demo]'"
        ) from None
    requests = logging.getLogger("werkzeug")  # the server's access log, on standard error by default
    level = requests.level
    requests.setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    try:
        server.start()
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        try:
            yield DemoServer(url, Credentials("demo", "demo"))
        finally:
            reset = urllib.request.Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310 - our own server
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            opener.open(reset, timeout=30).close()
            server.stop()
    finally:
        requests.setLevel(level)
