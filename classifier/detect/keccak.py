"""Keccak-256 as Ethereum and Monero use it: the hash before NIST changed its padding to SHA3-256's.

Source: Keccak reference, version 3.0 (keccak.team); rate 1088 bits, capacity 512. hashlib has only SHA-3.
"""

from __future__ import annotations

_RATE = 136  # bytes taken in at a time
_ROUNDS = 24
_MASK = (1 << 64) - 1


def _round_constants() -> tuple[int, ...]:
    """Return the constants of step iota, from the linear feedback shift register of the reference."""
    constants, register = [], 1
    for _ in range(_ROUNDS):
        constant = 0
        for bit in range(7):
            if register & 1:
                constant |= 1 << ((1 << bit) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return tuple(constants)


def _turn(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK if by else lane


_CONSTANTS = _round_constants()


def _permuted(lanes: list[int]) -> list[int]:
    """Keccak-f[1600] of 25 lanes, lane (x, y) at x + 5y."""
    for constant in _CONSTANTS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        parities = [columns[x - 1] ^ _turn(columns[(x + 1) % 5], 1) for x in range(5)]
        lanes = [lane ^ parities[number % 5] for number, lane in enumerate(lanes)]
        x, y, current = 1, 0, lanes[1]
        for step in range(_ROUNDS):  # rho and pi: the walk that visits every lane but the first
            x, y = y, (2 * x + 3 * y) % 5
            place = x + 5 * y
            lanes[place], current = _turn(current, (step + 1) * (step + 2) // 2 % 64), lanes[place]
        lanes = [
            lanes[place]
            ^ (~lanes[place // 5 * 5 + (place + 1) % 5] & lanes[place // 5 * 5 + (place + 2) % 5])
            for place in range(25)
        ]
        lanes[0] ^= constant
    return lanes


def keccak_256(data: bytes) -> bytes:
    """Return the 32 bytes of the hash of `data`."""
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % _RATE))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for low in range(0, len(padded), _RATE):
        for number in range(_RATE // 8):
            lanes[number] ^= int.from_bytes(padded[low + 8 * number : low + 8 * number + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
