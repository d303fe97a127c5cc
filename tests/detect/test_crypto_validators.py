"""Addresses that the standards and projects publish, and the same with one character changed."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.crypto_validators import (
    CRYPTO_VALIDATORS,
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
from classifier.detect.detector import Validator
from classifier.detect.keccak import keccak_256

ADDRESSES: dict[Validator, tuple[str, ...]] = {
    bitcoin_address: (
        "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",  # BIP 173
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",  # BIP 350
    ),
    ethereum_address: (  # ERC-55
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    ),
    litecoin_address: ("LVg2kJoFNg45Nbpy53h7Fe1wKyeXVRhMH9", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9"),
    dogecoin_address: ("DBXu2kgc3xtvCUWFcxFE3r9hEYgmuaaCyD",),
    dash_address: ("XpESxaUmonkq8RaLLp46Brx2K39ggQe226",),
    zcash_address: ("t3Vz22vK5z2LcKEdg16Yv4FFneEL1zg9ojd", "t1fuvbxcLNhiPGnR2fcy4iMrntLn2y6zbiG"),
    tron_address: ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",),
    ripple_address: ("rf1BiGeXwwQoi8Z2ueFYTEXSwuJYfV2Jpn",),
    bitcoin_cash_address: ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",),
    stellar_address: ("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ",),
    polkadot_address: ("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",),
    monero_address: (
        "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A",
    ),
    cardano_address: ("stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw",),  # CIP 19
    cosmos_address: ("cosmos1huydeevpz37sd9snkgul6070mstupukw00xkw9",),
}


def cases() -> list[object]:
    return [
        pytest.param(check, address, id=f"{check.__name__}-{number}")
        for check, addresses in ADDRESSES.items()
        for number, address in enumerate(addresses)
    ]


def test_every_check_has_cases() -> None:
    assert ADDRESSES.keys() | {solana_address} == set(CRYPTO_VALIDATORS)


@pytest.mark.parametrize("check, address", cases())
def test_address_passes_and_no_changed_one_does(check: Validator, address: str) -> None:
    assert check(address.encode())
    assert not check(address[:-1].encode())
    for place in range(address.rfind(":") + 3, len(address)):
        for other in "aD":
            changed = address[:place] + other + address[place + 1 :]
            same = changed.lower() == address.lower()  # one case of hexadecimal or bech32 says as much
            assert same or not check(changed.encode()), place


@pytest.mark.parametrize(
    "check, value",
    [
        (bitcoin_address, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4"),  # two cases
        (bitcoin_address, "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4"),  # BIP 350
        (bitcoin_address, "1111111111111111111114oLvT2"),  # the hash of nobody's key
        (ethereum_address, "0x0000000000000000000000000000000000000000"),
        (ethereum_address, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"),
        (solana_address, "11111111111111111111111111111111"),
        (solana_address, "4fYNw3dojWmQ4dXtSGE9epjRGy9pFSx62YypT7avPYv"),
        (monero_address, "4" * 95),
    ],
)
def test_what_is_no_address(check: Validator, value: str) -> None:
    assert not check(value.encode())


def test_solana_address_is_32_bytes() -> None:
    assert solana_address(b"4fYNw3dojWmQ4dXtSGE9epjRGy9pFSx62YypT7avPYvA")


@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_ethereum_address_of_one_case_has_no_check(case: object) -> None:
    text = "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
    assert ethereum_address(b"0x" + text.encode())
    assert ethereum_address(b"0x" + text.upper().encode())


@pytest.mark.parametrize(
    "data, digest",
    [  # Keccak team, known answers; ERC-55
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        (b"a" * 136, "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"),
    ],
)
def test_keccak(data: bytes, digest: str) -> None:
    assert keccak_256(data).hex() == digest


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=300))
def test_keccak_is_not_sha3(data: bytes) -> None:
    assert len(keccak_256(data)) == 32
    assert keccak_256(data) != hashlib.sha3_256(data).digest()
