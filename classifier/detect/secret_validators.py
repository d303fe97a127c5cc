"""Checks of secrets that prove themselves: checksums and structure of keys, phrases and containers.

Each takes the value's bytes as they stand in the text and answers whether it can be genuine; none raises.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from functools import cache

from classifier.shipped import shipped

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_ENTRA_ISSUER = re.compile(
    rb'"iss"\s{0,4}:\s{0,4}"https://(?:sts\.windows\.net|login\.microsoftonline\.com)/'
)
_NO_BASE64 = re.compile(rb"\\[rnt]|[^A-Za-z0-9+/_-]")


def aws_account_id(key_id: str) -> str | None:
    """Return the account that an AWS unique id (`AKIA…`, `ASIA…`, `AROA…`) belongs to; None for an old id.

    Characters 5 to 12 are base32 of 40 bits; the account is what bits 1 to 39 hold before the last seven.
    Ids issued before 2019 carry none: they begin with I or J there. Source: AWS, "Get account information
    from an access key id" (`sts get-access-key-info`); the arithmetic is public.
    """
    text = key_id[4:]
    if len(text) < 16 or any(char not in _BASE32 for char in text[:8]) or text[0] in "IJ":
        return None
    number = 0
    for char in text[:10].ljust(10, "A"):
        number = number * 32 + (_BASE32.index(char) if char in _BASE32 else 0)
    high = number >> 2  # the first 48 of 50 bits
    return f"{(high & 0x7FFFFFFFFF80) >> 7:012d}"


def base58check(value: bytes) -> bool:
    """Base58 whose last four bytes are the double SHA-256 of those before (Bitcoin, `base58check`)."""
    number = 0
    for char in value:
        digit = _BASE58.find(char)
        if digit < 0:
            return False
        number = number * 58 + digit
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    data = bytes(len(value) - len(value.lstrip(b"1"))) + data
    return len(data) > 4 and hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]


def bitcoin_wif(value: bytes) -> bool:
    """Wallet import format of a Bitcoin private key: base58check, 51 or 52 characters."""
    return len(value) in (51, 52) and base58check(value)


@cache
def _bip39() -> dict[bytes, int]:
    lines = (shipped("patterns") / "lexicons" / "bip39_english.txt").read_bytes().split(b"\n")
    words = [line for line in lines if line and not line.startswith(b"#")]
    return {word: number for number, word in enumerate(words)}


def bip39_phrase(value: bytes) -> bool:
    """Seed phrase of 12, 15, 18, 21 or 24 words of the English list with a right checksum (BIP-39)."""
    words = re.findall(rb"[a-z]+", value.lower())
    numbers = [_bip39().get(word) for word in words]
    if len(words) not in (12, 15, 18, 21, 24) or len(set(words)) < 6:
        return False
    bits = 0
    for number in numbers:
        if number is None:
            return False
        bits = bits << 11 | number
    check = len(words) * 11 // 33
    entropy = (bits >> check).to_bytes(check * 4, "big")
    return hashlib.sha256(entropy).digest()[0] >> (8 - check) == bits & ((1 << check) - 1)


def bip39_words(value: bytes) -> bool:
    """Twelve or more words, all of the English list of BIP-39, whatever their checksum."""
    words = re.findall(rb"[a-z]+", value.lower())
    return (
        len(words) in (12, 15, 18, 21, 24)
        and len(set(words)) >= 3
        and all(word in _bip39() for word in words)
    )


def _decoded(value: bytes) -> bytes | None:
    text = _NO_BASE64.sub(b"", value).replace(b"-", b"+").replace(b"_", b"/")
    text = text[: len(text) // 4 * 4] if len(text) % 4 == 1 else text + b"=" * (-len(text) % 4)
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return None


def base64_private_key(value: bytes) -> bool:
    """Base64 of an armoured private key (RFC 7468)."""
    decoded = _decoded(value)
    return decoded is not None and re.match(rb"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY", decoded) is not None


def private_key_encrypted(value: bytes) -> bool | None:
    """Return whether a private key block is encrypted, as its structure tells; None if it does not.

    PEM headers (RFC 1421), PKCS#8 EncryptedPrivateKeyInfo (RFC 5958: a SEQUENCE that begins with a SEQUENCE,
    where a plain key begins with an INTEGER), and the cipher's name in OpenSSH's own format.
    """
    if b"ENCRYPTED" in value or b"DEK-Info" in value:
        return True
    data = _decoded(re.sub(rb"-----[^-]*-----", b"", value)) or b""
    if data.startswith(b"openssh-key-v1\0"):
        return data[19:23] != b"none"
    if len(data) < 8 or data[0] != 0x30:
        return None
    at = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    return {0x30: True, 0x02: False}.get(data[at]) if at < len(data) else None


def key_container(value: bytes) -> bool:
    """Base64 of a PKCS#12 file (RFC 7292: SEQUENCE, version 3) or of a Java key store (JKS, JCEKS)."""
    decoded = _decoded(value)
    if decoded is None or len(decoded) < 100:
        return False
    if decoded[:4] in (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"):
        return True
    return decoded[:2] in (b"\x30\x82", b"\x30\x80") and b"\x02\x01\x03\x30" in decoded[:12]


def json_web_token_unsigned(value: bytes) -> bool:
    """The first two parts of a JSON Web Token: a header with `alg` or `typ`, and claims (RFC 7519)."""
    for part, keys in zip(value.split(b"."), ({"alg", "typ"}, None), strict=False):
        decoded = _decoded(part)
        try:
            content = json.loads(decoded or b"")
        except (ValueError, RecursionError):
            return False
        if not isinstance(content, dict) or (keys is not None and keys.isdisjoint(content)):
            return False
    return value.count(b".") >= 1


def kubernetes_secret(value: bytes) -> bool:
    """Base64 of text, or of 12 and more random bytes; not of a certificate."""
    decoded = _decoded(value)
    if decoded is None or len(decoded) < 4 or b"BEGIN CERTIFICATE" in decoded or b"PUBLIC KEY" in decoded:
        return False
    printable = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in decoded)
    return printable >= 0.95 * len(decoded) or (len(decoded) >= 12 and len(set(decoded)) >= len(decoded) // 4)


def docker_auth(value: bytes) -> bool:
    """`auth` of a Docker client's configuration: base64 of `user:password`."""
    decoded = _decoded(value)
    return (
        decoded is not None
        and re.fullmatch(rb"[\x21-\x39\x3b-\x7e]{1,200}:[\x20-\x7e]{3,8000}\s?", decoded) is not None
    )


def age_secret_key(value: bytes) -> bool:
    """Bech32 checksum of an age identity (C2SP, age specification; BIP-173)."""
    prefix, _, body = value.lower().rpartition(b"1")
    digits = [_BECH32.find(char) for char in body]
    if len(digits) < 6 or -1 in digits:
        return False
    total = 1
    for digit in [c >> 5 for c in prefix] + [0] + [c & 31 for c in prefix] + digits:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ digit
        for bit, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            total ^= term if top >> bit & 1 else 0
    return total == 1


def azure_access_token(value: bytes) -> bool:
    """JSON Web Token that Microsoft Entra ID issued, as its payload says (access token reference, `iss`)."""
    parts = value.split(b".")
    payload = _decoded(parts[1]) if len(parts) == 3 else None
    return payload is not None and _ENTRA_ISSUER.search(payload) is not None


def vault_token(value: bytes) -> bool:
    """Token of Vault before 1.10: random base62 behind `s.`, `b.` or `r.`, no attribute's name."""
    body = value[2:]
    digits = re.findall(rb"[0-9]", body)
    turns = re.findall(rb"(?<=[0-9])[A-Za-z]|(?<=[A-Za-z])[0-9]", body)
    return len(digits) >= 2 and len(turns) >= 3 and body.lower() != body != body.upper()


def grafana_api_key(value: bytes) -> bool:
    """Grafana API key of the old form: base64 of JSON with key, name and organization (`k`, `n`, `id`)."""
    decoded = _decoded(value)
    return (
        decoded is not None
        and all(name in decoded for name in (b'"k"', b'"n"', b'"id"'))
        and b"EXAMPLE" not in decoded
    )


SECRET_VALIDATORS = (
    age_secret_key,
    azure_access_token,
    base58check,
    base64_private_key,
    bip39_phrase,
    bip39_words,
    bitcoin_wif,
    docker_auth,
    grafana_api_key,
    json_web_token_unsigned,
    key_container,
    kubernetes_secret,
    vault_token,
)
