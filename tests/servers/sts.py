"""A server that answers GetCallerIdentity as it is told, and keeps all that it was sent."""

from __future__ import annotations

import re
import secrets
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from classifier.model import AccessKey

ACCOUNT = "210987654321"
_IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    "<Arn>{arn}</Arn><UserId>AIDATEST</UserId><Account>{account}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)
_ERROR = (
    '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
    "<Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
)


def access_key(prefix: str = "AKIA", token: str | None = None) -> AccessKey:
    """An access key, made up now, of the form that the detectors know."""
    letters, base32 = string.ascii_letters + string.digits, string.ascii_uppercase + "234567"
    name = prefix + "".join(secrets.choice(base32) for _ in range(16))
    secret = "".join(secrets.choice(letters) for _ in range(39)) + secrets.choice(string.digits)
    return AccessKey(name, secret, token)


@dataclass(slots=True)
class Sts:
    """`arns` and `errors` (code, message) by access key id; who is in neither has no valid key.

    `requests` are the request line, headers and body of each request.
    """

    address: str = ""
    arns: dict[str, str] = field(default_factory=dict)
    errors: dict[str, tuple[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def asked_about(self) -> list[str]:
        """The access key ids that signed a request, in order."""
        return [found[1] for sent in self.requests if (found := re.search(r"Credential=(\w+)/", sent))]

    def answer(self, key: str) -> tuple[int, str]:
        """Return status and body for an access key id."""
        if key in self.arns:
            return 200, _IDENTITY.format(arn=self.arns[key], account=self.arns[key].split(":")[4])
        code, message = self.errors.get(key, ("InvalidClientTokenId", "The security token is invalid."))
        return 403, _ERROR.format(code=code, message=message)


@contextmanager
def sts_server() -> Iterator[Sts]:
    """Run the server on a free port of the loopback interface."""
    sts = Sts()

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            sts.requests.append(f"{self.requestline}\n{self.headers}\n{body}")
            found = re.search(r"Credential=(\w+)/", self.headers.get("Authorization") or "")
            status, text = sts.answer(found[1] if found else "")
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_CONNECT(self) -> None:  # as a proxy, of which it is one that refuses
            sts.requests.append(f"{self.requestline}\n{self.headers}")
            self.send_error(502)

        def do_GET(self) -> None:
            self.do_CONNECT()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        sts.address = f"http://127.0.0.1:{server.server_port}"
        yield sts
        server.shutdown()
        thread.join()
