"""Checks of what identifies devices, subscribers and travel documents.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises.
"""

from __future__ import annotations

import ipaddress
import re
from itertools import pairwise

from classifier.detect.days import is_day
from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one

_REPORTING_BODIES = frozenset(
    (1, 10, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 98, 99)
)  # that GSMA allocates type codes through (TS.06, annex)


def imei(value: bytes) -> bool:
    """International mobile equipment identity: reporting body, type, serial, Luhn (3GPP TS 23.003, 6.2)."""
    number = digits(value)
    return (
        len(number) == 15
        and int(number[:2]) in _REPORTING_BODIES
        and len(set(number)) > 3
        and luhn_holds(number)
    )


def imei_software_version(value: bytes) -> bool:
    """IMEISV: type, serial, two digits of the software's version, no check (3GPP TS 23.003, 6.2.2)."""
    number = digits(value)
    return len(number) == 16 and int(number[:2]) in _REPORTING_BODIES and len(set(number)) > 3


def iccid(value: bytes) -> bool:
    """Number of a SIM card: 89, country, issuer, account, Luhn (ITU-T E.118)."""
    number = digits(value)
    return len(number) in (19, 20) and number[2] != "0" and len(set(number)) > 4 and luhn_holds(number)


def imsi(value: bytes) -> bool:
    """International mobile subscriber identity: country and network that ITU-T E.212 lists, subscriber."""
    from stdnum import imsi as stdnum_imsi  # loaded when a value first asks

    number = digits(value)
    if len(number) != 15 or repeats_one(number[5:]):
        return False
    try:
        return "country" in stdnum_imsi.info(number)
    except ValueError:  # no network begins so
        return False


def mac_address(value: bytes) -> bool:
    """Address of one network interface (IEEE 802, EUI-48): no group's, not empty, not for documentation.

    RFC 7042 keeps 00-00-5E-00-53 for documentation.
    """
    text = alnum(value)
    if re.fullmatch(r"[0-9A-F]{12}", text) is None or len(set(text)) < 4:
        return False
    octets = bytes.fromhex(text)
    if octets[0] & 1 or octets.startswith(b"\x00\x00\x5e\x00\x53"):
        return False
    counting = {later - former for former, later in pairwise(octets)}
    return len(counting) > 1  # 00:11:22:33:44:55 and the like


SPECIAL_IPV4 = tuple(
    (int(net.network_address), int(net.broadcast_address))
    for net in map(
        ipaddress.IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
            *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
"""The first and last of the IPv4 addresses that are no single host's in the internet: IANA's special-purpose
registry (RFC 6890), multicast (RFC 5771) and what is reserved (RFC 1112).
"""


def public_ip_address(value: bytes) -> bool:
    """IPv4 or IPv6 address that the whole internet reaches (IANA special-purpose registries, RFC 6890)."""
    if b":" not in value:
        number = _ipv4(value)
        return number is not None and not any(first <= number <= last for first, last in SPECIAL_IPV4)
    try:
        address = ipaddress.ip_address(value.decode("ascii", "replace"))
    except ValueError:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _ipv4(value: bytes) -> int | None:
    """Return the number of an address, None where it is none. Quick: logs have millions of them."""
    parts = value.split(b".")
    if len(parts) != 4 or not all(0 < len(part) < 4 and part.isdigit() for part in parts):
        return None
    if any(part.startswith(b"0") and len(part) > 1 for part in parts):
        return None
    first, second, third, last = map(int, parts)
    if max(first, second, third, last) > 255:
        return None
    return first << 24 | second << 16 | third << 8 | last


_PRIVATE = tuple(
    ipaddress.ip_network(net)
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


def private_ip_address(value: bytes) -> bool:
    """Address of one host in a private or shared network (RFC 1918, RFC 6598, RFC 4193)."""
    try:
        address = ipaddress.ip_address(value.decode("ascii", "replace"))
    except ValueError:
        return False
    if address.version == 4 and int(address) & 0xFF in (0, 255):
        return False  # a network or its broadcast
    return any(address in net for net in _PRIVATE)


def advertising_id(value: bytes) -> bool:
    """Advertising identifier of a phone (IDFA, GAID): a UUID that is not empty (RFC 9562)."""
    text = alnum(value)
    return len(text) == 32 and len(set(text)) > 6


def serial_number(value: bytes) -> bool:
    """Serial number of a device: letters and digits, not all the same (there is no common format)."""
    text = alnum(value)
    return (
        len(set(text)) > 3
        and any(char.isdigit() for char in text)
        and text not in ("0123456789", "123456789")
    )


def vehicle_plate(value: bytes) -> bool:
    """Registration plate: letters and digits, at least one digit that is not 0."""
    text = alnum(value)
    return (
        4 <= len(text) <= 9
        and not text.isalpha()
        and not text.isdigit()
        and any(c in text for c in "123456789")
    )


# --- Machine-readable zones (ICAO 9303) ------------------------------------------------------------------

_WEIGHTS = (7, 3, 1)


def _checked(field: str, check: str) -> bool:
    """Return whether a check digit is right: weights 7, 3, 1, A as 10, `<` as 0 (ICAO 9303-3, 4.9)."""
    total = sum(
        (0 if char == "<" else int(char, 36)) * _WEIGHTS[place % 3] for place, char in enumerate(field)
    )
    return check == str(total % 10) or (check == "<" and not field.strip("<"))


def _dates(birth: str, expiry: str) -> bool:
    """Return whether YYMMDD of birth (parts may be unknown) and of expiry are days."""
    unknown = birth[2:4] in ("<<", "00") or birth[4:] in ("<<", "00")
    return (unknown or (birth.isdigit() and is_day(birth[2:4], birth[4:]))) and is_day(
        expiry[2:4], expiry[4:]
    )


def _second_line(line: str) -> bool:
    """Return whether it is the second line of a passport, visa or card of two lines (44 or 36 characters)."""
    number, birth, expiry = line[:9], line[13:19], line[21:27]
    if not (
        _checked(number, line[9])
        and _checked(birth, line[19])
        and expiry.isdigit()
        and _checked(expiry, line[27])
        and _dates(birth, expiry)
    ):
        return False
    if len(line) == 44 and line[43] != "<":
        if not (
            _checked(line[28:42], line[42]) and _checked(line[:10] + line[13:20] + line[21:43], line[43])
        ):
            return False
    elif len(line) == 36 and line[35] != "<":
        return _checked(line[:10] + line[13:20] + line[21:35], line[35])
    return number.strip("<") != ""


def _card_line(line: str, first: str = "") -> bool:
    """Return whether it is the second line of a card of three, with the `first` one where that is known."""
    birth, expiry = line[:6], line[8:14]
    if not (
        _checked(birth, line[6]) and expiry.isdigit() and _checked(expiry, line[14]) and _dates(birth, expiry)
    ):
        return False
    if not first:
        return True
    long = first[14] == "<"  # the number goes on in the optional field
    return (long or _checked(first[5:14], first[14])) and _checked(
        first[5:30] + line[:7] + line[8:15] + line[18:29], line[29]
    )


_LINES = re.compile(rb"[A-Z0-9<]{28,}")


def machine_readable_zone(value: bytes) -> bool:
    """Machine-readable zone of a travel document: its check digits and dates (ICAO 9303-4, -5, -6, -7).

    Of passports, visas and cards of two lines (44 or 36 characters) or three (30), whole or the line with the
    birth date alone.
    """
    lines = [line.decode("ascii") for line in _LINES.findall(value)]
    match [len(line) for line in lines]:
        case [44] | [44, 44] | [36] | [36, 36]:
            return _second_line(lines[-1])
        case [30]:
            return _card_line(lines[0])
        case [30, 30] | [30, 30, 30]:
            return _card_line(lines[1], lines[0])
    return False


DEVICE_VALIDATORS = (
    advertising_id,
    iccid,
    imei,
    imei_software_version,
    imsi,
    mac_address,
    machine_readable_zone,
    private_ip_address,
    public_ip_address,
    serial_number,
    vehicle_plate,
)
