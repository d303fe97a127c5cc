"""Checks of addresses of cryptocurrencies: base58check, bech32 and its kin, EIP-55, base32 with a CRC.

Each takes the value's bytes as they stand in the text and answers whether it can be genuine; none raises.
All but two verify 16 bits or more. Source: Bitcoin improvement proposals 13, 173 and 350, ERC-55, and the
pages named at each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from classifier.detect.keccak import keccak_256

_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BECH32_ONE, _BECH32M = 1, 0x2BC830A3
_FILLER = 4  # different bytes that every real hash has


def _base58(value: bytes, alphabet: bytes = _BASE58) -> bytes | None:
    """Return the bytes of a base58 text; None where it is none."""
    number = 0
    for char in value:
        digit = alphabet.find(char)
        if digit < 0:
            return None
        number = 58 * number + digit
    zeros = len(value) - len(value.lstrip(alphabet[:1]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _checked(value: bytes, prefixes: Iterable[bytes], alphabet: bytes = _BASE58) -> bool:
    """Whether it is base58check of one of the versions and a hash of 20 bytes (double SHA-256, 4 bytes)."""
    decoded = _base58(value, alphabet)
    if decoded is None:
        return False
    body, check = decoded[:-4], decoded[-4:]
    if not any(body.startswith(prefix) and len(body) == len(prefix) + 20 for prefix in prefixes):
        return False
    if hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] != check:
        return False
    return len(set(body[-20:])) >= _FILLER


def _polymod(values: Iterable[int]) -> int:
    """The checksum of BIP 173 over groups of five bits."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def _bech32(value: bytes) -> tuple[bytes, list[int], int] | None:
    """Return prefix, groups of five bits and which checksum holds; None where none does, or case is mixed."""
    if value not in (value.lower(), value.upper()):
        return None
    prefix, _, text = value.lower().rpartition(b"1")
    groups = [_BECH32.find(char) for char in text]
    if not prefix or len(groups) < 6 or min(groups) < 0:
        return None
    expanded = [char >> 5 for char in prefix] + [0] + [char & 31 for char in prefix]
    check = _polymod(expanded + groups)
    return (prefix, groups[:-6], check) if check in (_BECH32_ONE, _BECH32M) else None


def _segwit(value: bytes, prefix: bytes) -> bool:
    """A witness program (BIP 173, 350): version 0 with bech32 and 20 or 32 bytes, others with bech32m."""
    found = _bech32(value)
    if found is None or found[0] != prefix or not found[1]:
        return False
    version, size = found[1][0], (len(found[1]) - 1) * 5 // 8
    if version == 0:
        return found[2] == _BECH32_ONE and size in (20, 32)
    return version <= 16 and found[2] == _BECH32M and 2 <= size <= 40


def bitcoin_address(value: bytes) -> bool:
    """Bitcoin: base58check of versions 0 and 5 (BIP 13), or a witness program with `bc` (BIP 173, 350)."""
    if value[:2].lower() == b"bc":
        return _segwit(value, b"bc")
    return _checked(value, (b"\x00", b"\x05"))


def litecoin_address(value: bytes) -> bool:
    """Litecoin: base58check of versions 48 and 50, or a witness program with `ltc` (litecoin chainparams)."""
    if value[:3].lower() == b"ltc":
        return _segwit(value, b"ltc")
    return _checked(value, (b"\x30", b"\x32"))


def dogecoin_address(value: bytes) -> bool:
    """Dogecoin: base58check of versions 30 and 22 (dogecoin chainparams)."""
    return _checked(value, (b"\x1e", b"\x16"))


def dash_address(value: bytes) -> bool:
    """Dash: base58check of versions 76 and 16 (dash chainparams)."""
    return _checked(value, (b"\x4c", b"\x10"))


def zcash_address(value: bytes) -> bool:
    """Zcash: transparent, base58check of two bytes; Sapling, bech32 with `zs` (Zcash protocol, 5.6)."""
    if value.startswith(b"zs1"):
        found = _bech32(value)
        return found is not None and found[0] == b"zs" and found[2] == _BECH32_ONE
    return _checked(value, (b"\x1c\xb8", b"\x1c\xbd"))


def tron_address(value: bytes) -> bool:
    """TRON: base58check of version 0x41 (TRON developers' documentation, Accounts)."""
    return _checked(value, (b"\x41",))


def ripple_address(value: bytes) -> bool:
    """XRP Ledger: base58check of version 0 in Ripple's alphabet (XRPL, Base58 Encodings)."""
    return _checked(value, (b"\x00",), _RIPPLE)


def ethereum_address(value: bytes) -> bool:
    """Ethereum: 20 bytes in hexadecimal; capitals where the Keccak hash says so (ERC-55), or none, or all.

    Without both cases nothing is checked but that it is no filler.
    """
    text = value[2:]
    if len(text) != 40 or len(set(text.lower())) < 2 * _FILLER:
        return False
    if text in (text.lower(), text.upper()):
        return True
    hashed = keccak_256(text.lower()).hex()
    for char, digit in zip(text.decode("ascii", "replace"), hashed, strict=False):
        if char.isalpha() and char.isupper() != (int(digit, 16) >= 8):
            return False
    return True


def cosmos_address(value: bytes) -> bool:
    """Chains of the Cosmos SDK: bech32 of 20 or 32 bytes (Cosmos SDK, ADR 028)."""
    found = _bech32(value)
    return found is not None and found[2] == _BECH32_ONE and len(found[1]) in (32, 52)


def cardano_address(value: bytes) -> bool:
    """Cardano (Shelley): bech32 with `addr` or `stake` of 29 or 57 bytes (CIP 5, CIP 19)."""
    found = _bech32(value)
    return found is not None and found[2] == _BECH32_ONE and len(found[1]) * 5 // 8 in (29, 57)


def bitcoin_cash_address(value: bytes) -> bool:
    """Bitcoin Cash: CashAddr with its checksum of 40 bits (bitcoincash.org, CashAddr specification)."""
    prefix, _, text = value.lower().rpartition(b":")
    groups = [_BECH32.find(char) for char in text]
    if prefix != b"bitcoincash" or len(groups) != 42 or min(groups) < 0:
        return False
    check = 1
    for group in [char & 31 for char in prefix] + [0] + groups:
        top = check >> 35
        check = (check & 0x07FFFFFFFF) << 5 ^ group
        for bit, generator in enumerate(
            (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
        ):
            check ^= generator if top >> bit & 1 else 0
    return check == 1


def stellar_address(value: bytes) -> bool:
    """Stellar: base32 of a version, 32 bytes and CRC-16/XMODEM (Stellar SEP 23)."""
    number = 0
    for char in value:
        digit = _BASE32.find(char)
        if digit < 0:
            return False
        number = number << 5 | digit
    if len(value) != 56:
        return False
    decoded = number.to_bytes(35, "big")
    return decoded[0] == 6 << 3 and _crc16(decoded[:-2]) == int.from_bytes(decoded[-2:], "little")


def _crc16(data: bytes) -> int:
    """CRC-16 with the polynomial 0x1021, from 0 on (XMODEM)."""
    check = 0
    for byte in data:
        check ^= byte << 8
        for _ in range(8):
            check = (check << 1 ^ 0x1021 if check & 0x8000 else check << 1) & 0xFFFF
    return check


def polkadot_address(value: bytes) -> bool:
    """Polkadot and Kusama: SS58 of a network, 32 bytes and a BLAKE2b check (Polkadot wiki, SS58)."""
    decoded = _base58(value)
    if decoded is None or len(decoded) != 35 or decoded[0] not in (0, 2, 42):
        return False
    hashed = hashlib.blake2b(b"SS58PRE" + decoded[:-2], digest_size=64).digest()
    return hashed[:2] == decoded[-2:]


# Bytes of a block that so many characters of Monero's base58 stand for.
_MONERO_BLOCKS = {2: 1, 3: 2, 5: 3, 6: 4, 7: 5, 9: 6, 10: 7, 11: 8}


def monero_address(value: bytes) -> bool:
    """Monero: base58 in blocks of 11, two keys and a Keccak check (Monero, CryptoNote standard 7)."""
    decoded = b""
    for low in range(0, len(value), 11):
        block = value[low : low + 11]
        size, number = _MONERO_BLOCKS.get(len(block)), 0
        for char in block:
            digit = _BASE58.find(char)
            number = 58 * number + digit if digit >= 0 else 1 << 80
        if size is None or number >= 1 << (8 * size):
            return False
        decoded += number.to_bytes(size, "big")
    if len(decoded) not in (69, 77) or decoded[0] not in (18, 19, 42):
        return False
    return keccak_256(decoded[:-4])[:4] == decoded[-4:]


def solana_address(value: bytes) -> bool:
    """Solana: base58 of 32 bytes, without a check (Solana documentation, Accounts); no filler."""
    decoded = _base58(value)
    return decoded is not None and len(decoded) == 32 and len(set(decoded)) >= 4 * _FILLER


CRYPTO_VALIDATORS = (
    bitcoin_address,
    bitcoin_cash_address,
    cardano_address,
    cosmos_address,
    dash_address,
    dogecoin_address,
    ethereum_address,
    litecoin_address,
    monero_address,
    polkadot_address,
    ripple_address,
    solana_address,
    stellar_address,
    tron_address,
    zcash_address,
)
"""Checks that packs may name."""
