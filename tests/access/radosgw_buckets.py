"""Bucket states on a real server: set them up, send probes as real HTTP requests.

The server takes the source address from X-Forwarded-For and TLS from X-Forwarded-Proto (tests/servers).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib3.util import SKIP_HEADER

from tests.access.states import (
    BLOCKS,
    CALLS,
    KEYS,
    WITNESS_KEYS,
    BucketState,
    Probe,
    Who,
    grants,
    named,
    statements,
)
from tests.access.vocabulary import BOBS_KEY, JSON, KEY, TAGS
from tests.servers.radosgw import Radosgw

REFUSED = (401, 403)
ANSWERED = (200, 204, 206, 404)  # 404: may ask, but there is no such configuration
_MISSING = "new/"
_BODIES = {
    "put": b"x",
    "put_versioning": b"<VersioningConfiguration><Status>%s</Status></VersioningConfiguration>",
    "put_cors": (
        b"<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>https://a.example"
        b"</AllowedOrigin></CORSRule></CORSConfiguration>"
    ),
    "put_bucket_tagging": b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def allowed(self) -> bool:
        return self.status not in REFUSED


class Server:
    """The gateway with its two users; `send` signs as one of them or not at all."""

    def __init__(self, gateway: Radosgw) -> None:
        self.gateway = gateway
        self.pool = urllib3.PoolManager(maxsize=4, retries=False)
        self._signers = {
            user.name: S3SigV4Auth(Credentials(user.access_key, user.secret_key), "s3", "us-east-1")
            for user in (gateway.alice, gateway.bob)
        }

    def send(
        self, who: Who, method: str, path: str, query: str = "", headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:  # fmt: skip
        url = self.gateway.endpoint + quote(path) + (f"?{query}" if query else "")
        request = AWSRequest(
            method, url, headers={"X-Forwarded-For": "198.51.100.7", **(headers or {})}, data=body
        )
        if who != "anonymous":
            self._signers[who].add_auth(request)
        prepared = request.prepare()
        sent = dict(prepared.headers)
        if not sent.get("User-Agent"):
            sent["User-Agent"] = SKIP_HEADER
        answer = self.pool.request(method, prepared.url, body=prepared.body or None, headers=sent)
        return Answer(answer.status, answer.data, answer.headers)

    def must(self, who: Who, method: str, path: str, *rest: Any, **more: Any) -> Answer:
        answer = self.send(who, method, path, *rest, **more)
        if answer.status >= 300:
            raise SetupError(f"{who}: {method} {path} {rest}: {answer.status} {answer.body[:300]!r}")
        return answer

    def close(self) -> None:
        self.pool.clear()


class SetupError(Exception):
    """The server does not take what a state needs."""


class Bucket:
    """A bucket on the server as `state` says, except for its policy, which `put_policy` adds."""

    def __init__(self, server: Server, state: BucketState) -> None:
        self.server, self.state = server, state
        self.name = f"d-{uuid.uuid4().hex[:16]}"
        self.path = f"/{self.name}"
        self.policy: dict[str, JSON] | None = None
        self.versions: dict[str, str] = {}
        self._news = 0
        self._set_up()

    def _set_up(self) -> None:
        state, server = self.state, self.server
        server.must("alice", "PUT", self.path)
        if state.versioned:
            self.configure("versioning", self._versioning())
        for key in (*KEYS, *WITNESS_KEYS):
            if key != KEY or state.object_owner == "alice":
                self.put_object("alice", key)
        if state.object_owner == "bob":
            server.must("alice", "PUT", self.path, "acl", _acl_headers("bob:WRITE", "alice"))
            self.put_object("bob", KEY)
        server.must(
            state.object_owner, "PUT", f"{self.path}/{KEY}", "acl",
            _acl_headers(state.object_acl, state.object_owner),
        )  # fmt: skip
        server.must("alice", "PUT", self.path, "acl", _acl_headers(state.bucket_acl, "alice"))
        self.acls = {
            path: server.must(who, "GET", path, "acl").body
            for who, path in (("alice", self.path), (state.object_owner, f"{self.path}/{KEY}"))
        }
        self.other_acl = server.must("alice", "GET", f"{self.path}/{BOBS_KEY}", "acl").body
        if state.payer == "Requester":
            self.configure(
                "requestPayment",
                b"<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
            )

    def _versioning(self) -> bytes:
        return _BODIES["put_versioning"] % (b"Enabled" if self.state.versioned else b"Suspended")

    def _block(self) -> bytes:
        on = self.state.block or ()
        inner = "".join(f"<{name}>{str(name in on).lower()}</{name}>" for name in BLOCKS)
        return f"<PublicAccessBlockConfiguration>{inner}</PublicAccessBlockConfiguration>".encode()

    def enter(self, crawl: Callable[[str], dict[str, JSON]]) -> dict[str, JSON]:
        """Put the state's policy and Block Public Access in force; return the snapshot that `crawl` takes.

        A policy that refuses things to everybody refuses them to the owner who crawls as well: then the crawl
        goes first and the snapshot gets the policy by hand. BlockPublicPolicy comes after the policy.
        """
        document = self.state.policy
        crawl_first = any(statement["Effect"] == "Deny" for statement in statements(document))
        if document is not None and not crawl_first:
            self.put_policy(document)
        self.block()
        snapshot = crawl(self.name)
        if "GetObjectAcl" in snapshot["Unreadable"]:
            self._add_foreign_acl(snapshot)
        if document is not None and crawl_first:
            if self.state.block is not None:
                self.server.must("alice", "DELETE", self.path, "publicAccessBlock")
            self.put_policy(document)
            self.block()
            snapshot["Policy"] = self.policy
        return snapshot

    def block(self) -> None:
        if self.state.block is not None:
            self.configure("publicAccessBlock", self._block())

    def _add_foreign_acl(self, snapshot: dict[str, JSON]) -> None:
        """Add what the bucket's owner may not read: the ACL of another account's object."""
        owner = self.state.object_owner
        found = {"Key": KEY, "Owner": {"ID": owner}, "Grants": grants(self.state.object_acl, owner)}
        snapshot["ObjectAcls"] = sorted([*snapshot["ObjectAcls"], found], key=lambda acl: str(acl["Key"]))
        snapshot["ObjectAclsSampled"] = {"all": True}
        snapshot["Unreadable"].remove("GetObjectAcl")

    def configure(self, what: str, body: bytes) -> None:
        self.server.must("alice", "PUT", self.path, what, body=body)

    def put_object(self, who: Who, key: str) -> None:
        answer = self.server.must(
            who, "PUT", f"{self.path}/{key}", headers={"x-amz-tagging": urlencode(TAGS)}, body=b"content"
        )
        self.versions[key] = answer.headers.get("x-amz-version-id") or "null"

    def put_policy(self, document: Mapping[str, JSON]) -> None:
        """Replace the bucket's policy; raises SetupError with the server's answer where it refuses it."""
        policy = named(document, self.name)
        self.server.must("alice", "PUT", self.path, "policy", body=json.dumps(policy).encode())
        self.policy = policy

    def send(self, probe: Probe) -> Answer:
        """Send the probe as it is."""
        call = CALLS[probe.call]
        path = self.path
        if call.on_object:
            self._news += 1
            path += f"/{_MISSING}{self._news}" if call.new_key else f"/{probe.key}"
        query = [part for part in (call.query, urlencode(probe.query)) if part]
        if call.query == "versionId":
            query = [f"versionId={self.versions[probe.key]}"]
        headers = {"X-Forwarded-For": probe.ip, "User-Agent": "tester"} | dict(probe.headers)
        if probe.secure:
            headers["X-Forwarded-Proto"] = "https"
        if self.state.payer == "Requester":
            headers["x-amz-request-payer"] = "requester"
        return self.server.send(
            probe.who, call.method, path, "&".join(query), headers, self._body(probe, path)
        )

    def _body(self, probe: Probe, path: str) -> bytes:
        """Return a body that leaves the bucket as it is."""
        if probe.call in ("put_bucket_acl", "put_object_acl"):
            return self.acls.get(path) or self.other_acl
        if probe.call == "put_versioning":
            return self._versioning()
        if probe.call == "put_bucket_policy":
            return json.dumps(self.policy).encode()
        if probe.call == "put_object_tagging":
            tags = "".join(
                f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in TAGS.items()
            )
            return f"<Tagging><TagSet>{tags}</TagSet></Tagging>".encode()
        return _BODIES.get(probe.call, b"")


def _acl_headers(acl: str, owner: str) -> dict[str, str]:
    if ":" not in acl:
        return {"x-amz-acl": acl}
    granted: dict[str, list[str]] = {}
    for grant in grants(acl, owner):
        ((kind, value),) = grant["Grantee"].items()
        granted.setdefault(grant["Permission"], []).append(f'{kind.lower()}="{value}"')
    return {
        f"x-amz-grant-{permission.lower().replace('_', '-')}": ", ".join(grantees)
        for permission, grantees in granted.items()
    }
