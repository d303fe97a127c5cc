"""Checks of devices, subscribers, addresses, plates and machine-readable zones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.detect.device_validators import DEVICE_VALIDATORS, machine_readable_zone
from classifier.detect.validators import VALIDATORS

PASSPORT = b"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD = b"I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
CARD_OF_TWO = b"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6"
VISA = b"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL8988901C4XXX4009078F96121096ZE184226B<<<<<<"
ZONES = {"TD3": PASSPORT, "TD1": CARD, "TD2": CARD_OF_TWO, "MRV-A": VISA}  # ICAO Doc 9303, parts 4 to 7


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
def test_zones_that_icao_prints(zone: bytes) -> None:
    assert machine_readable_zone(zone)
    assert machine_readable_zone(zone.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("zone", [PASSPORT, CARD, CARD_OF_TWO], ids=["TD3", "TD1", "TD2"])
def test_a_wrong_digit_in_a_zone(zone: bytes) -> None:
    numbers = zone.split(b"\n")[1]
    at = zone.index(numbers)
    for place, byte in enumerate(numbers):
        if 0x30 <= byte <= 0x39:
            other = zone[: at + place] + bytes([0x30 + (byte - 0x30 + 1) % 10]) + zone[at + place + 1 :]
            assert not machine_readable_zone(other), place


@pytest.mark.parametrize("zone", [PASSPORT, CARD_OF_TWO], ids=["TD3", "TD2"])
def test_the_line_with_the_number_alone(zone: bytes) -> None:
    assert machine_readable_zone(zone.split(b"\n")[1])
    assert not machine_readable_zone(zone.split(b"\n")[0])


@pytest.mark.parametrize(
    "name, value, genuine",
    [
        ("imei", "490154203237518", True),
        ("imei", "490154203237519", False),
        ("imei", "123456789012347", False),
        ("imei_software_version", "35686800-004141-20", True),
        ("imsi", "429011234567890", True),
        ("imsi", "799991234567890", False),
        ("iccid", "8944506166304940322", True),
        ("iccid", "8944506166304940323", False),
        ("mac_address", "3c:52:82:1f:a0:7d", True),
        ("mac_address", "3c52.821f.a07d", True),
        ("mac_address", "ff:ff:ff:ff:ff:ff", False),
        ("mac_address", "01:80:c2:00:00:0e", False),
        ("mac_address", "00:00:5e:00:53:af", False),
        ("mac_address", "00:11:22:33:44:55", False),
        ("public_ip_address", "81.17.204.9", True),
        ("public_ip_address", "10.20.30.40", False),
        ("public_ip_address", "192.0.2.1", False),
        ("public_ip_address", "100.64.3.4", False),
        ("public_ip_address", "2a02:8108:1a40:77::5f01", True),
        ("public_ip_address", "2001:db8::1", False),
        ("private_ip_address", "10.20.30.40", True),
        ("private_ip_address", "172.32.0.9", False),
        ("private_ip_address", "192.168.1.255", False),
        ("private_ip_address", "fd12:3456:789a:1::1", True),
        ("private_ip_address", "81.17.204.9", False),
        ("vehicle_plate", "SR79 ELT", True),
        ("vehicle_plate", "ABCDEF", False),
        ("advertising_id", "00000000-0000-0000-0000-000000000000", False),
        ("advertising_id", "a3b00043-1734-4c44-9488-1edc127eeabe", True),
        ("serial_number", "0123456789", False),
        ("serial_number", "C02XL4TKJG5H", True),
    ],
)
def test_values(name: str, value: str, genuine: bool) -> None:
    assert VALIDATORS[name](value.encode()) is genuine


@given(st.binary(max_size=95))
def test_no_check_raises(value: bytes) -> None:
    for check in DEVICE_VALIDATORS:
        assert check(value) in (True, False)


@given(st.text("0123456789ABCDEFMX<:.-\n", max_size=95))
def test_no_check_raises_on_what_looks_like_a_value(text: str) -> None:
    for check in DEVICE_VALIDATORS:
        assert check(text.encode()) in (True, False)
