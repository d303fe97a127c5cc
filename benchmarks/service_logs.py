"""Logs of services without any secret: ids, digests, request and trace ids, ETags, beside telling words.

The same seed makes the same bytes. Every style is one that real services write; nothing in a line gives
access to anything.
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Mapping
from pathlib import Path

_BASE32 = string.ascii_uppercase + "234567"
_ALNUM = string.ascii_letters + string.digits
_SERVICES = ("auth-api", "billing", "key-manager", "session-store", "token-service", "cart", "secret-rotator")
_HOSTS = ("login.larkfield.example", "api.larkfield.example", "cdn.larkfield.example")
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0",
    "curl/8.5.0",
    "kube-probe/1.29",
    "aws-sdk-go/1.50.6 (go1.22; linux; amd64) S3Manager",
)
_CLASSES = (
    "com.larkfield.auth.TokenService.validateToken",
    "com.larkfield.auth.PasswordResetController.sendPasswordResetMail",
    "com.larkfield.keys.ApiKeyRepository.findByApiKeyId",
    "com.larkfield.session.SessionCache.lookupSessionKey",
    "org.springframework.security.web.FilterChainProxy.doFilterInternal",
    "org.hibernate.engine.spi.EntityKey.hashCode",
    "java.security.KeyStore.getKey",
    "io.netty.channel.AbstractChannelHandlerContext.invokeChannelRead",
)


class Source:
    """Random ids of the usual forms."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def hex(self, digits: int) -> str:
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        """A random UUID (RFC 9562, version 4)."""
        text = self.hex(32)
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def ulid(self) -> str:
        """26 digits of Crockford's base 32."""
        return "01J" + "".join(self.rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=23))

    def alnum(self, count: int) -> str:
        return "".join(self.rng.choices(_ALNUM, k=count))

    def base32(self, count: int) -> str:
        return "".join(self.rng.choices(_BASE32, k=count))

    def base64(self, count: int) -> str:
        return base64.b64encode(self.rng.randbytes(count)).decode()

    def number(self, below: int = 10**6) -> int:
        return self.rng.randrange(below)

    def ip(self) -> str:
        return f"10.{self.number(256)}.{self.number(256)}.{self.number(254) + 1}"

    def time(self) -> str:
        return (
            f"2026-03-{self.number(28) + 1:02}T{self.number(24):02}:{self.number(60):02}:{self.number(60):02}"
        )

    def pick(self, *choices: str) -> str:
        return self.rng.choice(choices)

    def service(self) -> str:
        return self.rng.choice(_SERVICES)


def access_log(s: Source) -> str:
    """The combined format of Apache and nginx, with request ids behind it."""
    path = s.pick(
        f"/v1/keys/{s.uuid()}",
        f"/v1/tokens/{s.ulid()}/status?page={s.number(9)}",
        f"/static/app.{s.hex(20)}.js",
        f"/password/reset/done?request_id={s.uuid()}",
        f"/oauth/authorize?client_id={s.uuid()}&response_type=code&state={s.hex(16)}",
        f"/api/sessions/{s.hex(24)}/events?cursor={s.base64(12).rstrip('=')}",
        f"/cache?cache_key=user:{s.number()}:{s.hex(8)}&etag={s.hex(32)}",
    )
    return (
        f"{s.ip()} - - [{s.number(28) + 1:02}/Mar/2026:{s.number(24):02}:{s.number(60):02}:11 +0000] "
        f'"{s.pick("GET", "POST")} {path} HTTP/1.1" {s.pick("200", "304", "404")} {s.number(10**5)} '
        f'"https://{s.rng.choice(_HOSTS)}/" "{s.rng.choice(_AGENTS)}" "{s.hex(32)}" rt=0.{s.number(999):03}'
    )


def json_lines(s: Source) -> str:
    """Structured events."""
    service = s.service()
    event: dict[str, object] = {
        "ts": f"{s.time()}.{s.number(999):03}Z",
        "level": s.pick("info", "debug", "warn"),
        "service": service,
        "trace_id": s.hex(32),
        "span_id": s.hex(16),
        "request_id": s.uuid(),
    }
    event |= s.rng.choice(
        (
            {"msg": "token issued", "token_id": s.uuid(), "token_type": "bearer", "expires_in": 3600},
            {"msg": "api key used", "api_key_id": s.alnum(20), "key_version": s.number(9), "ok": True},
            {"msg": "cache miss", "cache_key": f"session:{s.hex(40)}", "key": f"user/{s.number()}"},
            {"msg": "password reset mail sent", "user_id": s.number(10**8), "password_reset_id": s.ulid()},
            {"msg": "secret rotated", "secret_name": f"prod/{service}/db", "secret_version_id": s.uuid()},
            {
                "msg": "object stored",
                "etag": f'"{s.hex(32)}"',
                "version_id": s.alnum(32),
                "sha256": s.hex(64),
            },
            {
                "msg": "session closed",
                "session_hash": s.hex(64),
                "session": {"id_prefix": s.hex(8), "age": 91},
            },
            {"msg": "key wrapped", "key_id": s.uuid(), "kms_key_arn": _key_arn(s), "fingerprint": _colons(s)},
            {"msg": "public key added", "key_fingerprint": f"SHA256:{s.base64(32).rstrip('=')}"},
            {"msg": "idempotent replay", "idempotency_key": s.uuid(), "next_page_token": f"p{s.number(99)}"},
        )
    )
    return json.dumps(event)


def _key_arn(s: Source) -> str:
    return f"arn:aws:kms:eu-central-1:{s.number(10**12):012}:key/{s.uuid()}"


def _colons(s: Source) -> str:
    text = s.hex(40)
    return ":".join(text[at : at + 2] for at in range(0, 40, 2))


def logfmt(s: Source) -> str:
    """key=value pairs, as Heroku and Grafana Loki write them."""
    rest = s.pick(
        f'msg="token refreshed" token_id={s.uuid()} subject=user-{s.number()}',
        f"msg=hit cache_key=catalog:{s.hex(32)} key=items/{s.number()} ttl=300s",
        f"msg=authenticated session={s.uuid()} user={s.number()} method=password mfa=true",
        f'msg="api key rejected" api_key_id={s.alnum(16)} reason=expired',
        f"msg=commit commit={s.hex(40)} tree={s.hex(40)} author_id={s.number()}",
        f"msg=pull image=registry.larkfield.example/{s.service()}@sha256:{s.hex(64)}",
        f"msg=compact block={s.ulid()} tenant={s.hex(12)} checksum={s.hex(8)}",
        f'msg="secret synced" secret=app-{s.number(99)}/config hash={s.hex(64)} generation={s.number()}',
        f"msg=push_sent device_token_hash={s.hex(64)} apns_id={s.uuid().upper()}",
        f"msg=login_failed password_attempts={s.number(9)} credential_id={s.base64(16).rstrip('=')}",
        f"msg=upload upload_id={s.alnum(64)} part=3 etag={s.hex(32)}-12 key=exports/{s.uuid()}.csv",
    )
    level = s.pick("info", "warn")
    return f"ts={s.time()}Z level={level} caller=server.go:{s.number(900)} traceID={s.hex(32)} {rest}"


def kubernetes(s: Source) -> str:
    """klog's header and what kubelet, controllers and the API server say."""
    service, suffix = s.service(), s.alnum(5).lower()
    pod = f"{service}-{s.hex(10)}-{suffix}"
    rest = s.pick(
        f'"Mounted volume" volume="kubernetes.io/projected/{s.uuid()}-kube-api-access-{suffix}" pod="{pod}"',
        f'"SyncLoop ADD" source="api" pods=["default/{pod}"] podUID="{s.uuid()}"',
        f'"Caches are synced for token_cleaner" worker="{s.hex(8)}"',
        f'"Secret updated" secret="default/{service}-tls" resourceVersion="{s.number()}" uid="{s.uuid()}"',
        f'"Container started" containerID="containerd://{s.hex(64)}" pod="{pod}"',
        f'"HTTP" verb="GET" URI="/api/v1/namespaces/default/secrets/{service}?resourceVersion={s.number()}" '
        f'audit-ID="{s.uuid()}" srcIP="{s.ip()}:{s.number(60000)}" resp=200',
        f'"serviceaccount token rotated" token="default/{service}-token-{suffix}" pod="{pod}"',
        f'"Bootstrap" node="ip-10-0-{s.number(256)}-7" csr="csr-{suffix}" keyHash="sha256:{s.hex(64)}"',
    )
    moment = f"03{s.number(28) + 1:02} {s.number(24):02}:{s.number(60):02}:07.{s.number():06}"
    return f"I{moment}       1 kubelet.go:{s.number(3000)}] {rest}"


def java(s: Source) -> str:
    """A record of Logback with the stack trace below it."""
    why = s.pick(
        f"TokenExpiredException: token {s.uuid()} expired at {s.time()}Z",
        f"KeyNotFoundException: no key with api_key_id={s.hex(24)} in keyring {s.hex(8)}",
        f"PasswordResetException: password reset {s.ulid()} was used before",
        f"SessionNotFoundException: session key hash={s.hex(40)}",
        f'OptimisticLockException: entity Credential#{s.number()} version={s.number(9)} etag=W/"{s.hex(27)}"',
    )
    frames = "\n".join(
        f"\tat {s.rng.choice(_CLASSES)}({s.pick('Token', 'Session', 'Key')}.java:{s.number(900)}) "
        f"~[{s.service()}-2.{s.number(20)}.jar!/:{s.hex(7)}]"
        for _ in range(3 + s.number(8))
    )
    lambdas = f"\tat com.larkfield.auth.Filter$$Lambda$/0x{s.hex(16)}.apply(Unknown Source)"
    return (
        f"{s.time()}.{s.number(999):03} ERROR [{s.service()},{s.hex(32)},{s.hex(16)}] 1 --- "
        f"[nio-8080-exec-{s.number(99)}] c.l.auth.TokenFilter : request {s.uuid()} failed\n"
        f"com.larkfield.auth.{why}\n{frames}\n{lambdas}"
    )


def nginx_error(s: Source) -> str:
    """nginx's error log."""
    what = s.pick(
        f'open() "/srv/www/keys/{s.uuid()}.json" failed (2: No such file or directory)',
        f'access forbidden by rule, token_id "{s.hex(32)}"',
        f'upstream timed out (110: Connection timed out) while reading upstream, request_id: "{s.hex(32)}"',
        f'SSL_do_handshake() failed (SSL: error:0A000{s.hex(3).upper()}:SSL routines::bad key share)',
        f'auth request unexpected status: 502, session: "{s.uuid()}"',
        f'limiting requests, excess: 5.{s.number(999):03} by zone "api_key_id", key: "{s.hex(24)}"',
    )  # fmt: skip
    return (
        f"2026/03/{s.number(28) + 1:02} {s.number(24):02}:{s.number(60):02}:31 [error] {s.number(99)}#0: "
        f'*{s.number()} {what}, client: {s.ip()}, server: {s.rng.choice(_HOSTS)}, request: "GET /v1/tokens/'
        f'{s.uuid()} HTTP/2.0", host: "{s.rng.choice(_HOSTS)}"'
    )


def cloudtrail(s: Source) -> str:
    """Records with the fields of AWS CloudTrail's, without accessKeyId, which is one half of a credential."""
    account, role = f"{s.number(10**12):012}", s.service()
    name = s.pick("AssumeRole", "GetSecretValue", "Decrypt", "PutObject", "CreateAccessKey", "ResetPassword")
    record = {
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROA{s.base32(17)}:{role}-session",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{role}-session",
            "accountId": account,
        },
        "eventTime": f"{s.time()}Z",
        "eventName": name,
        "sourceIPAddress": s.ip(),
        "userAgent": s.rng.choice(_AGENTS),
        "requestParameters": {
            "secretId": f"prod/{role}/password-{s.alnum(6)}",
            "keyId": _key_arn(s),
            "clientToken": s.uuid(),
            "encryptionContext": {"SecretVersionId": s.uuid()},
        },
        "additionalEventData": {"x-amz-id-2": s.base64(57), "bytesTransferredOut": s.number()},
        "requestID": s.pick(s.uuid(), s.base32(16)),
        "eventID": s.uuid(),
        "sharedEventID": s.uuid(),
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    return json.dumps(record)


def plain(s: Source) -> str:
    """What services of one's own say in words."""
    what = s.pick(
        f"auth token_id={s.uuid()} accepted for user={s.number()} request_id={s.hex(32)}",
        f"cache key=user:{s.number()}:{s.hex(8)} hit etag={s.hex(32)}",
        f"deploy commit={s.hex(40)} image=sha256:{s.hex(64)} build={s.number()}",
        f"db key_hash={s.hex(64)} partition={s.number(64)} trace_id={s.hex(32)}",
        f'http request_id="{s.alnum(22)}" span={s.hex(16)} path=/v1/keys/{s.uuid()} status=200',
        f"queue message_id={s.uuid()} group=secret-rotation next_token=page-{s.number(99)}",
        f"s3 GET app-data version_id={s.alnum(32)} checksum={s.hex(32)} id={s.base32(16)}",
        f"password rotation failed for role app-{s.number(99)}: policy {s.uuid()} not found",
        f"password reset requested, ticket {s.ulid()}, mail queued as <{s.hex(20)}@larkfield.example>",
        f"session {s.uuid()} bound to key {s.hex(16)} on shard {s.number(64)}",
        f"primary key: {s.number(10**9)}, sort key: {s.ulid()}, partition key: tenant#{s.hex(12)}",
        f"credential check took 0.{s.number(999)} s, correlation id {s.base64(16)}",
    )
    return f"{s.time()}Z {s.pick('INFO', 'WARN', 'DEBUG')} [{s.service()}] {what}"


def headers(s: Source) -> str:
    """A response's headers as a debugging proxy dumps them."""
    lines = (
        f'ETag: W/"{s.hex(40)}"',
        f"X-Amz-Cf-Id: {s.base64(40)}",
        f"x-amz-version-id: {s.alnum(32)}",
        f"X-Request-Id: {s.uuid()}",
        f"CF-RAY: {s.hex(16)}-FRA",
        f"traceparent: 00-{s.hex(32)}-{s.hex(16)}-01",
        f"X-Api-Key-Id: {s.alnum(20)}",
        f"X-Token-Hash: {s.hex(64)}",
        f"X-Session-Fingerprint: {s.base64(20)}",
        f"Content-Security-Policy: script-src 'nonce-{s.base64(16)}'",
        f"Digest: SHA-256={s.base64(32)}",
        f"X-Cache-Key: /v1/keys/{s.uuid()}?v={s.hex(8)}",
        "Authorization: [redacted]",
        "Set-Cookie: session=***; Path=/; HttpOnly",
    )
    chosen = s.rng.sample(lines, 8)
    return "\n".join([f"{s.time()}Z < HTTP/1.1 200 OK", *(f"< {line}" for line in chosen)])


def objects(s: Source) -> str:
    """Values as Java, Go, Python and Rust print them."""
    shown = s.pick(
        f"AccessToken[id={s.uuid()}, jti={s.uuid()}, kid={s.hex(40)}, scopes=[read], expiresAt={s.time()}Z]",
        f"&{{KeyID:{s.hex(16)} SecretRef:prod/{s.service()}#v{s.number(9)} Digest:{s.hex(64)} TTL:1h0m0s}}",
        f"Credential(id={s.number()}, provider='oidc', credential_id='{s.base64(16)}', uses={s.number(9)})",
        f'Session {{ id: {s.number()}, key_hash: "{s.hex(64)}", nonce_id: "{s.uuid()}", csrf_ok: true }}',
        f"<ApiKey {s.alnum(12)}… owner={s.number()} prefix='lk_{s.alnum(6)}' last_used='{s.time()}'>",
        f"PasswordPolicy(id={s.uuid()}, password_hash='argon2id', password_changed_at='{s.time()}')",
        f"OAuthClient{{clientId={s.uuid()}, clientSecretVersion={s.uuid()}, tokenEndpointAuth=none}}",
        f"KeyPair{{publicKeySha1={s.hex(40)}, keyId={s.hex(32)}, alias=signing-{s.number(99)}}}",
        f"SecretVersion(name='db-password', version_id='{s.uuid()}', checksum_crc32c={s.number(10**9)})",
    )
    return f"{s.time()},{s.number(999):03} DEBUG {s.service()} [req={s.hex(32)}] loaded {shown}"


STYLES: Mapping[str, Callable[[Source], str]] = {
    "access": access_log,
    "events": json_lines,
    "logfmt": logfmt,
    "kubernetes": kubernetes,
    "java": java,
    "nginx-error": nginx_error,
    "cloudtrail": cloudtrail,
    "headers": headers,
    "objects": objects,
    "plain": plain,
}


def write_logs(folder: Path, size: int, seed: int = 41, part: int = 5_000_000) -> list[Path]:
    """Write `size` bytes of logs, as much of each style, into files of `part` bytes at the most."""
    paths = []
    for style, make in STYLES.items():
        source, left, number = Source(random.Random(f"{seed} {style}")), size // len(STYLES), 0
        suffix = "jsonl" if make in (json_lines, cloudtrail) else "log"
        while left > 0:
            lines, wanted = [], min(left, part)
            while wanted > 0:
                lines.append(make(source) + "\n")
                wanted -= len(lines[-1])
            text = "".join(lines)
            paths.append(folder / f"{style}-{number}.{suffix}")
            paths[-1].write_text(text, "utf-8")
            left, number = left - len(text), number + 1
    return paths
