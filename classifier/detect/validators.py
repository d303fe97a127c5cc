"""Checks that a matched value obeys the rules of its kind: check digits, ranges, structure, decoding.

Each takes the value's bytes as they stand in the text, separators included, and answers whether it can be
genuine; none raises. `VALIDATORS` maps the names that packs use to the functions.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from stdnum.gb import nhs as stdnum_nhs
from stdnum.us import itin as stdnum_itin
from stdnum.us import rtn as stdnum_rtn

from classifier.detect.africa_validators import AFRICA_VALIDATORS
from classifier.detect.americas_validators import AMERICAS_VALIDATORS
from classifier.detect.asia_validators import ASIA_VALIDATORS
from classifier.detect.bank_validators import BANK_VALIDATORS
from classifier.detect.crypto_validators import CRYPTO_VALIDATORS
from classifier.detect.device_validators import DEVICE_VALIDATORS
from classifier.detect.digits import alnum, digits, luhn_holds, repeats_one
from classifier.detect.europe_validators import EUROPE_VALIDATORS
from classifier.detect.health_validators import HEALTH_VALIDATORS
from classifier.detect.iban import iban
from classifier.detect.licence_validators import LICENCE_VALIDATORS
from classifier.detect.national_validators import NATIONAL_VALIDATORS
from classifier.detect.phone_validators import PHONE_VALIDATORS
from classifier.detect.secret_validators import SECRET_VALIDATORS
from classifier.detect.stdnum_validators import STDNUM_VALIDATORS
from classifier.detect.tax_validators import TAX_VALIDATORS
from classifier.detect.trace_validators import TRACE_VALIDATORS

# --- Money -----------------------------------------------------------------------------------------------


def luhn(value: bytes) -> bool:
    """Luhn check digit (ISO/IEC 7812-1, annex B) over the digits; one in ten random numbers passes."""
    number = digits(value)
    return len(number) > 1 and not repeats_one(number) and luhn_holds(number)


CARD_ISSUERS: tuple[tuple[str, range, frozenset[int]], ...] = (
    # Name, range of the first four digits (end exclusive), lengths; ISO/IEC 7812 and the networks' own pages.
    ("Visa, Visa Electron, Dankort", range(4000, 5000), frozenset({13, 16, 19})),
    ("Dankort, Maestro", range(5018, 5021), frozenset({16})),
    ("Maestro", range(5038, 5039), frozenset({16})),
    ("Mastercard", range(5100, 5600), frozenset({16})),
    ("Mastercard", range(2221, 2721), frozenset({16})),
    ("American Express", range(3400, 3500), frozenset({15})),
    ("American Express", range(3700, 3800), frozenset({15})),
    ("Diners Club", range(3000, 3060), frozenset({14, 16})),
    ("Diners Club", range(3095, 3096), frozenset({14, 16})),
    ("Diners Club", range(3600, 3700), frozenset({14, 16})),
    ("Diners Club", range(3800, 4000), frozenset({14, 16})),
    ("JCB", range(3528, 3590), frozenset({16, 19})),
    ("Discover", range(6011, 6012), frozenset({16, 19})),
    ("Discover", range(6440, 6600), frozenset({16, 19})),
    ("JCB", range(1800, 1801), frozenset({15})),
    ("JCB", range(2131, 2132), frozenset({15})),
    ("Mir", range(2200, 2205), frozenset({16})),
    ("RuPay", range(5085, 5090), frozenset({16})),
    ("RuPay", range(6070, 6079), frozenset({16})),
    ("UnionPay", range(6200, 6300), frozenset({16, 17, 18, 19})),
    ("Maestro", range(6304, 6305), frozenset({16, 18, 19})),
    ("Maestro", range(6759, 6760), frozenset({16, 18, 19})),
    ("Maestro", range(6761, 6764), frozenset({16, 18, 19})),
)


@lru_cache(maxsize=10_000)
def _card_lengths(prefix: str) -> frozenset[int]:
    """Return the lengths of the cards whose numbers begin with these four digits."""
    number = int(prefix)
    return frozenset().union(*(lengths for _, prefixes, lengths in CARD_ISSUERS if number in prefixes))


def payment_card(value: bytes) -> bool:
    """Payment card number: the issuer's prefix and length (ISO/IEC 7812-1), then Luhn."""
    number = digits(value)
    if len(number) < 13:
        return False
    return len(number) in _card_lengths(number[:4]) and luhn_holds(number) and len(set(number)) > 2


def magnetic_stripe(value: bytes) -> bool:
    """Track 1 or 2 of a card (ISO/IEC 7813): a valid card number, then an expiry month of 01 to 12."""
    match = re.match(rb"%?[Bb]?;?([0-9]{13,19})[\^=D](?:[^^]{2,26}\^)?[0-9]{2}(?:0[1-9]|1[0-2])", value)
    return match is not None and payment_card(match[1])


def aba_routing(value: bytes) -> bool:
    """ABA routing transit number: a Federal Reserve prefix in use and the 3-7-1 check digit.

    Source: American Bankers Association, routing number policy.
    """
    number = digits(value)
    if len(number) != 9:
        return False
    prefix = int(number[:2])
    in_use = prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80
    return in_use and not repeats_one(number) and bool(stdnum_rtn.is_valid(number))


# ISO 3166-1 alpha-2 by first letter, with XK (Kosovo) as SWIFT uses it.
_COUNTRIES = MappingProxyType(
    {
        "A": "DEFGILMOQRSTUWXZ",
        "B": "ABDEFGHIJLMNOQRSTVWYZ",
        "C": "ACDFGHIKLMNORUVWXYZ",
        "D": "EJKMOZ",
        "E": "CEGHRST",
        "F": "IJKMOR",
        "G": "ABDEFGHILMNPQRSTUWY",
        "H": "KMNRTU",
        "I": "DELMNOQRST",
        "J": "EMOP",
        "K": "EGHIMNPRWYZ",
        "L": "ABCIKRSTUVY",
        "M": "ACDEFGHKLMNOPQRSTUVWXYZ",
        "N": "ACEFGILOPRUZ",
        "O": "M",
        "P": "AEFGHKLMNRSTWY",
        "Q": "A",
        "R": "EOSUW",
        "S": "ABCDEGHIJKLMNORSTVXYZ",
        "T": "CDFGHJKLMNORTVWZ",
        "U": "AGMSYZ",
        "V": "ACEGINU",
        "W": "FS",
        "X": "K",
        "Y": "ET",
        "Z": "AMW",
    }
)


def swift_bic(value: bytes) -> bool:
    """Business identifier code (ISO 9362): its characters 5 and 6 are an ISO 3166-1 country."""
    text = alnum(value)
    return len(text) in (8, 11) and text[5] in _COUNTRIES.get(text[4], "")


# --- People ----------------------------------------------------------------------------------------------

SSN_ADVERTISED = frozenset({"078051120", "219099999", "457555462", "123456789", "987654321"})


def us_ssn(value: bytes) -> bool:
    """US Social Security number: area, group and serial in use, and not one printed in advertisements.

    Source: Social Security Administration, "Social Security Number Randomization".
    """
    number = digits(value)
    if len(number) != 9 or number in SSN_ADVERTISED or repeats_one(number):
        return False
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def us_itin(value: bytes) -> bool:
    """US individual taxpayer identification number: 9 and a group that the IRS assigns (Publication 1915)."""
    return bool(stdnum_itin.is_valid(digits(value)))


def ca_sin(value: bytes) -> bool:
    """Canadian social insurance number: Luhn, and a first digit in use (not 0 or 8; Service Canada)."""
    number = digits(value)
    return len(number) == 9 and number[0] not in "08" and luhn(value)


_NINO_UNUSED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def uk_nino(value: bytes) -> bool:
    """UK National Insurance number: prefix letters that HMRC allocates (manual page NIM39110)."""
    text = alnum(value)
    return (
        re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]", text) is not None
        and text[:2] not in _NINO_UNUSED
        and not repeats_one(text[2:8])
        and text[2:8] != "123456"
    )


_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_FIRST_YEAR, _LAST_YEAR = 1890, 2049
_MONTH_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_YEAR_FIRST = re.compile(rb"([1-9][0-9]{3})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")


def calendar_date(value: bytes) -> bool:
    """A day that the Gregorian calendar has, in 1890 to 2049 or with a two-digit year.

    Reads year-month-day (ISO 8601), day-month-year, month-day-year, YYYYMMDD and English month names.
    """
    if (iso := _YEAR_FIRST.fullmatch(value)) is not None:
        return _is_day(int(iso[1]), int(iso[2]), int(iso[3]))
    text = value.decode("ascii", "replace").lower()
    named = re.search(r"[a-z]{3,}", re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", "", text))
    numbers = [int(number) for number in re.findall(r"[0-9]+", text)]
    if named is not None:
        month = _MONTHS.get(named[0][:3])
        return (
            month is not None
            and len(numbers) == 2
            and any(_is_day(year, month, day) for year, day in (tuple(numbers), tuple(reversed(numbers))))
        )
    if len(numbers) == 1 and re.fullmatch(r"[0-9]{8}", text):
        return any(
            _is_day(int(text[y : y + 4]), int(text[m : m + 2]), int(text[d : d + 2]))
            for y, m, d in ((0, 4, 6), (4, 2, 0), (4, 0, 2))
        )
    if len(numbers) != 3:
        return False
    a, b, c = numbers
    return any(_is_day(y, m, d) for y, m, d in ((a, b, c), (c, b, a), (c, a, b)))


def _is_day(year: int, month: int, day: int) -> bool:
    full = year + 1900 if year < 100 else year
    if not (_FIRST_YEAR <= full <= _LAST_YEAR and 1 <= month <= 12 and day >= 1):
        return False
    if (month, day) == (2, 29):
        # Only a two-digit year leaves the century open: 29 February of 2000 is written 29/02/00.
        return year == 0 or calendar.isleap(full)
    return day <= _MONTH_DAYS[month]


def ip_address(value: bytes) -> bool:
    """IPv4 or IPv6 address (RFC 4291) that tells one host from others.

    Not unspecified, loopback, multicast, link-local, reserved or for documentation (RFC 5737, RFC 3849).
    """
    if b":" not in value:
        return _ipv4(value)
    try:
        address = ipaddress.ip_address(value.decode("ascii", "replace"))
    except ValueError:
        return False
    if address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local:
        return False
    return not address.is_reserved and not any(address in net for net in _DOCUMENTATION_IPV6)


_ZERO = ord("0")
_DOCUMENTATION_IPV4 = frozenset(((192, 0, 2), (198, 51, 100), (203, 0, 113)))
_DOCUMENTATION_IPV6 = tuple(ipaddress.IPv6Network(net) for net in ("2001:db8::/32", "3fff::/20"))


def _ipv4(value: bytes) -> bool:
    """As `ip_address`, nor of this network (RFC 1122, 3.2.1.3). Quick: logs have millions of them."""
    parts = value.split(b".")
    if len(parts) != 4 or not all(len(part) < 4 and part.isdigit() for part in parts):
        return False
    if any(part[0] == _ZERO and len(part) > 1 for part in parts):
        return False
    first, second, third, last = map(int, parts)
    if max(first, second, third, last) > 255 or not 0 < first < 224 or first == 127:
        return False
    return (first, second) != (169, 254) and (first, second, third) not in _DOCUMENTATION_IPV4


def drivers_license(value: bytes) -> bool:
    """US driver's licence number: at least five digits, not all the same (AAMVA, formats by state)."""
    number = digits(value)
    return len(number) >= 5 and not repeats_one(number)


# --- Health ----------------------------------------------------------------------------------------------


def us_npi(value: bytes) -> bool:
    """US National Provider Identifier: first digit 1 or 2, Luhn over 80840 and the number.

    Source: 45 CFR 162.406; CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit".
    """
    number = digits(value)
    return len(number) == 10 and number[0] in "12" and luhn_holds("80840" + number)


def us_dea(value: bytes) -> bool:
    """US DEA registration number: (d1+d3+d5) + 2(d2+d4+d6) ends in d7 (DEA Diversion Control)."""
    text = alnum(value)
    if re.fullmatch(r"[A-Z][A-Z9][0-9]{7}", text) is None or repeats_one(text[2:]):
        return False
    d = [int(c) for c in text[2:]]
    return (d[0] + d[2] + d[4] + 2 * (d[1] + d[3] + d[5])) % 10 == d[6]


def us_mbi(value: bytes) -> bool:
    """US Medicare Beneficiary Identifier: digits and letters by position, letters without S L O I B Z.

    Source: CMS, "Understanding the Medicare Beneficiary Identifier (MBI) Format".
    """
    letter, either = "[AC-HJKMNP-RT-Y]", "[0-9AC-HJKMNP-RT-Y]"
    shape = f"[1-9]{letter}{either}[0-9]{letter}{either}[0-9]{letter}{letter}[0-9][0-9]"
    return re.fullmatch(shape, alnum(value)) is not None


def uk_nhs_number(value: bytes) -> bool:
    """UK NHS number: ten digits with a modulus 11 check (NHS Data Dictionary)."""
    number = digits(value)
    return not repeats_one(number) and bool(stdnum_nhs.is_valid(number))


# --- Credentials -----------------------------------------------------------------------------------------


def mixed_characters(value: bytes) -> bool:
    """Random base64 of 40 or more characters has capitals, small letters and digits (misses 1 in 800)."""
    return all(re.search(chars, value) is not None for chars in (rb"[A-Z]", rb"[a-z]", rb"[0-9]"))


def _base64url(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None


def json_web_token(value: bytes) -> bool:
    """JSON Web Token in JWS compact form: three parts, the first a JSON object with `alg` (RFC 7515)."""
    parts = value.split(b".")
    if len(parts) != 3:
        return False
    header = _base64url(parts[0])
    if header is None or _base64url(parts[1]) is None:
        return False
    try:
        decoded = json.loads(header)
    except (ValueError, RecursionError):
        return False
    return isinstance(decoded, dict) and isinstance(decoded.get("alg"), str)


def basic_credentials(value: bytes) -> bool:
    """Credentials of HTTP Basic authentication: base64 of printable `user:password` (RFC 7617, section 2)."""
    try:
        decoded = base64.b64decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4), validate=True)
    except binascii.Error:
        return False
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        text = decoded.decode("latin-1")
    user, colon, password = text.partition(":")
    return bool(colon) and bool(user or password) and text.isprintable()


_PEM_NOISE = re.compile(rb"\\[rnt]|[^A-Za-z0-9+/=]")
_PEM_HEADER = re.compile(rb"(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID):[^\r\n\\]*")


def private_key_block(value: bytes) -> bool:
    """A PEM or armoured block (RFC 7468, RFC 9580) with 40 or more characters of base64 that is not filler.

    A cut or re-wrapped key counts, an elided one does not.
    """
    body = re.split(rb"-----+", value, maxsplit=2)[-1]
    body = _PEM_HEADER.sub(b"", body.split(b"-----")[0])
    text = _PEM_NOISE.sub(b"", body)
    return len(text) >= 40 and len(set(text)) >= 16 and mixed_characters(text)


def base64_64_bytes(value: bytes) -> bool:
    """Base64 of exactly 64 bytes, as an Azure storage account key is."""
    try:
        return len(base64.b64decode(value, validate=True)) == 64
    except binascii.Error:
        return False


_WORD_SEPARATORS = re.compile(rb"[-_./]")


def password_like(value: bytes) -> bool:
    """A chosen password rather than a word, an identifier or a label.

    It has a letter, a digit or a symbol besides the separators of names, and four different characters.
    """
    if len(set(value)) < 4:
        return False
    rest = _WORD_SEPARATORS.sub(b"", value)
    return re.search(rb"[^A-Za-z]", rest) is not None and re.search(rb"[A-Za-z]", rest) is not None


def random_token(value: bytes) -> bool:
    """A random string rather than words: letters and digits alternate often, as in hex and base64."""
    text = _WORD_SEPARATORS.sub(b"", value)
    digits = len(re.findall(rb"[0-9]", text))
    if digits == 0 or digits == len(text):
        return False
    changes = len(re.findall(rb"(?<=[0-9])[A-Za-z]|(?<=[A-Za-z])[0-9]", text))
    return changes >= max(3, len(text) // 10)


VALIDATORS: Mapping[str, Callable[[bytes], bool]] = MappingProxyType(
    {
        check.__name__: check
        for check in (
            *AFRICA_VALIDATORS,
            *AMERICAS_VALIDATORS,
            *ASIA_VALIDATORS,
            *DEVICE_VALIDATORS,
            *EUROPE_VALIDATORS,
            *LICENCE_VALIDATORS,
            *NATIONAL_VALIDATORS,
            *PHONE_VALIDATORS,
            *SECRET_VALIDATORS,
            *BANK_VALIDATORS,
            *CRYPTO_VALIDATORS,
            *HEALTH_VALIDATORS,
            *STDNUM_VALIDATORS,
            *TAX_VALIDATORS,
            *TRACE_VALIDATORS,
            aba_routing,
            base64_64_bytes,
            basic_credentials,
            ca_sin,
            calendar_date,
            drivers_license,
            iban,
            ip_address,
            json_web_token,
            luhn,
            magnetic_stripe,
            mixed_characters,
            password_like,
            payment_card,
            private_key_block,
            random_token,
            swift_bic,
            uk_nhs_number,
            uk_nino,
            us_dea,
            us_itin,
            us_mbi,
            us_npi,
            us_ssn,
        )
    }
)
"""Name in a pack → check."""
