"""Made-up values with the structure of real ones: check digits hold, prefixes are issued, lengths are right.

Everything is drawn from the `random.Random` that is passed in: the same seed gives the same values, no value
belongs to anybody, no key opens anything, and no secret-looking text stands in this file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import textwrap
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = _UPPER.lower()
_BASE62 = DIGITS + _UPPER + _LOWER
_BASE32 = _UPPER + "234567"
_BASE64 = _UPPER + _LOWER + DIGITS + "+/"

# fmt: off
_GIVEN = (
    "Abigail", "Amara", "Anders", "Beatriz", "Callum", "Celine", "Dario", "Delphine", "Eamon",
    "Elspeth", "Farid", "Fiona", "Gareth", "Greta", "Hamza", "Harriet", "Ines", "Ivo", "Jasper",
    "Jelena", "Katarina", "Keiran", "Leopold", "Lucinda", "Malik", "Marisol", "Nadia", "Niall",
    "Odette", "Oskar", "Petra", "Priya", "Quentin", "Rashid", "Rosalind", "Saoirse", "Stellan",
    "Tamsin", "Tobias", "Ursula", "Viktor", "Wilhelmina", "Yasmin", "Zoltan",
)
_FAMILY = (
    "Abernathy", "Aldridge", "Bancroft", "Birkeland", "Castellanos", "Chaudhry", "Delacroix", "Dunmore",
    "Eskildsen", "Fairweather", "Farrow", "Galbraith", "Goncalves", "Hargreaves", "Holloway", "Ibarra",
    "Jankowski", "Kestrel", "Kowalczyk", "Lindqvist", "Lockhart", "Marchetti", "Mbeki", "Nakamura",
    "Novotny", "Okafor", "Osterberg", "Pemberton", "Quesada", "Radcliffe", "Rasmussen", "Sandoval",
    "Strickland", "Thornbury", "Tremblay", "Underhill", "Vasquez", "Wainwright", "Whitlock",
    "Yamashita", "Zielinski",
)
# fmt: on
_STREETS = ("Alder", "Beacon", "Cedar", "Elm", "Foxglove", "Granite", "Harbor", "Linden", "Orchard", "Quarry")
_CITIES = (
    ("Portland", "OR", "97205"),
    ("Madison", "WI", "53703"),
    ("Boise", "ID", "83702"),
    ("Tucson", "AZ", "85701"),
    ("Raleigh", "NC", "27601"),
    ("Albany", "NY", "12207"),
    ("Omaha", "NE", "68102"),
)
_MAIL_DOMAINS = ("quillfern-mail.com", "mailhollow-quay.net", "postbox-meridian.org")
_AREA_CODES = ("503", "608", "208", "520", "919", "518", "402", "312", "617", "206")

# ICD-10-CM, a work of the US government (National Center for Health Statistics): public domain.
DIAGNOSES = (
    ("E11.9", "type 2 diabetes mellitus without complications"),
    ("E11.65", "type 2 diabetes mellitus with hyperglycemia"),
    ("J45.909", "unspecified asthma, uncomplicated"),
    ("F41.1", "generalized anxiety disorder"),
    ("K21.9", "gastro-esophageal reflux disease without esophagitis"),
    ("M54.50", "low back pain, unspecified"),
    ("N18.30", "chronic kidney disease, stage 3 unspecified"),
    ("G43.909", "migraine, unspecified, not intractable"),
    ("I25.10", "atherosclerotic heart disease of native coronary artery"),
    ("C50.911", "malignant neoplasm of unspecified site of right female breast"),
)


def text(rng: Random, alphabet: str, length: int) -> str:
    """Return `length` characters of `alphabet`."""
    return "".join(rng.choices(alphabet, k=length))


def hexadecimal(rng: Random, length: int) -> str:
    """Return `length` lower-case hexadecimal digits."""
    return text(rng, "0123456789abcdef", length)


# --- people ---


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    given: str
    family: str
    email: str
    phone: str
    street: str
    city: str
    state: str
    postcode: str
    born: date

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


def person(rng: Random) -> Person:
    """Return a made-up person aged 18 to 88 in 2026, with an address at a made-up mail provider."""
    given, family = rng.choice(_GIVEN), rng.choice(_FAMILY)
    city, state, postcode = rng.choice(_CITIES)
    return Person(
        given,
        family,
        f"{given}.{family}{rng.randint(1, 99)}@{rng.choice(_MAIL_DOMAINS)}".lower(),
        phone(rng),
        f"{rng.randint(10, 9899)} {rng.choice(_STREETS)} Street",
        city,
        state,
        postcode,
        birth_date(rng),
    )


def email(rng: Random) -> str:
    """Return an address at a made-up mail provider."""
    return person(rng).email


def phone(rng: Random) -> str:
    """Return a US number, NPA-555-XXXX: the 555 exchange has no subscribers.

    The fictional range 0100–0199 (North American Numbering Plan) is left out since scanners may ignore it.
    """
    return f"{rng.choice(_AREA_CODES)}-555-{rng.randint(2000, 9899):04d}"


def birth_date(rng: Random) -> date:
    """Return a date from 1938 to 2007."""
    return date(1938, 1, 1) + timedelta(days=rng.randrange(69 * 365))


def ssn(rng: Random) -> str:
    """Return a US Social Security number: area 001–899 without 666, group and serial not zero (SSA)."""
    area = rng.choice([*range(1, 666), *range(667, 900)])
    return f"{area:03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def us_passport(rng: Random) -> str:
    """Return a US passport book number of the present series: a letter and 8 digits (State Department)."""
    return rng.choice("ACZ") + text(rng, DIGITS, 8)


# --- money ---


def luhn_digit(body: str) -> str:
    """Return the check digit of `body` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def card_number(rng: Random) -> str:
    """Return a Visa, Mastercard, American Express or Discover number, digits only."""
    prefix, length = rng.choice((("4", 16), ("51", 16), ("54", 16), ("2412", 16), ("37", 15), ("6011", 16)))
    body = prefix + text(rng, DIGITS, length - 1 - len(prefix))
    return body + luhn_digit(body)


def grouped_card(rng: Random, separator: str = "-") -> str:
    """Return a Visa number in groups of four."""
    body = "4" + text(rng, DIGITS, 14)
    number = body + luhn_digit(body)
    return separator.join(number[i : i + 4] for i in range(0, 16, 4))


def iban(rng: Random, country: str) -> str:
    """Return an IBAN of DE, GB or NL without spaces (ISO 13616; check digits ISO 7064 mod 97-10)."""
    account = {
        "DE": lambda: text(rng, DIGITS, 18),
        "GB": lambda: text(rng, _UPPER, 4) + text(rng, DIGITS, 14),
        "NL": lambda: text(rng, _UPPER, 4) + text(rng, DIGITS, 10),
    }[country]()
    remainder = int("".join(str(int(c, 36)) for c in account + country + "00")) % 97
    return f"{country}{98 - remainder:02d}{account}"


def bank_account(rng: Random) -> str:
    """Return a US bank account number of 10 to 12 digits (it has no check digit)."""
    return rng.choice(DIGITS[1:]) + text(rng, DIGITS, rng.randint(9, 11))


def routing_number(rng: Random) -> str:
    """Return an ABA routing number: 9 digits, first two 01–12, weights 3-7-1 modulo 10."""
    body = f"{rng.randint(1, 12):02d}" + text(rng, DIGITS, 6)
    total = sum(int(d) * w for d, w in zip(body, (3, 7, 1) * 3, strict=False))
    return body + str(-total % 10)


# --- health ---


def npi(rng: Random) -> str:
    """Return a US National Provider Identifier: 10 digits, Luhn with 80840 before them (45 CFR 162.406)."""
    body = "1" + text(rng, DIGITS, 8)
    return body + luhn_digit("80840" + body)


def mbi(rng: Random) -> str:
    """Return a US Medicare Beneficiary Identifier, C A AN N A AN N A A N N (CMS: no S, L, O, I, B, Z)."""
    letters = "ACDEFGHJKMNPQRTUVWXY"
    either = letters + DIGITS
    shape = (DIGITS[1:], letters, either, DIGITS, letters, either, DIGITS, letters, letters, DIGITS, DIGITS)
    return "".join(rng.choice(place) for place in shape)


def medical_record_number(rng: Random) -> str:
    """Return 8 digits that do not start with zero."""
    return rng.choice(DIGITS[1:]) + text(rng, DIGITS, 7)


# --- keys that open nothing ---


def aws_access_key_id(rng: Random) -> str:
    """Return a long-term access key id: AKIA and 16 base32 characters, which carry a 12-digit account id."""
    head = (1 << 47) | (rng.randrange(10**11, 10**12) << 7) | rng.randrange(1 << 7)
    return "AKIA" + base64.b32encode(head.to_bytes(6, "big") + rng.randbytes(4)).decode()


def aws_secret_access_key(rng: Random) -> str:
    """Return 40 base64 characters with upper and lower case letters, digits and a sign."""
    body = [rng.choice(_UPPER), rng.choice(_LOWER), rng.choice(DIGITS), rng.choice("+/")]
    body += rng.choices(_BASE64, k=35)
    rng.shuffle(body)
    return rng.choice(_BASE62) + "".join(body)


def github_token(rng: Random) -> str:
    """Return a personal access token: its prefix, 30 characters, their CRC-32 in six base62 digits."""
    body = text(rng, _BASE62, 30)
    rest, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return "ghp" + "_" + body + digits


def stripe_key(rng: Random) -> str:
    """Return a live secret key: its prefix and 24 alphanumeric characters."""
    return "_".join(("sk", "live", text(rng, _BASE62, 24)))


def slack_token(rng: Random) -> str:
    """Return a bot token: two numbers and 24 alphanumeric characters after its prefix."""
    return "-".join(
        ("xo" + "xb", text(rng, DIGITS[1:], 12), text(rng, DIGITS[1:], 13), text(rng, _BASE62, 24))
    )


def json_web_token(rng: Random) -> str:
    """Return a JWS in compact form (RFC 7515), HS256 with a key that is thrown away."""
    claims = {
        "sub": hexadecimal(rng, 12),
        "iat": 1_760_000_000 + rng.randrange(10**7),
        "scope": "orders:read",
    }
    parts = [
        _base64url(json.dumps(part, separators=(",", ":")).encode())
        for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    ]
    signed = ".".join(parts)
    return f"{signed}.{_base64url(hmac.digest(rng.randbytes(32), signed.encode(), hashlib.sha256))}"


def password(rng: Random) -> str:
    """Return 14 characters with letters, digits and signs that need no escape in a URL, a shell or JSON."""
    return text(rng, _BASE62, 6) + rng.choice("-_.") + text(rng, _BASE62, 6) + rng.choice(DIGITS)


def url_with_credentials(rng: Random, scheme: str = "postgres") -> str:
    """Return a database URL with user and password (RFC 3986 userinfo)."""
    host = f"db-{hexadecimal(rng, 4)}.internal.larkfield-outfitters-demo.com"
    return f"{scheme}://svc_orders:{password(rng)}@{host}:5432/orders"


def rsa_private_key(rng: Random) -> str:
    """Return a PEM block of an RSAPrivateKey (RFC 8017, A.1.2) of 2048 bits.

    Its numbers have the right sizes and are random: there is no such key.
    """
    sizes = (256, 0, 256, 128, 128, 128, 128, 128)  # n, e, d, p, q, dp, dq, q⁻¹
    numbers = [65537 if not size else rng.getrandbits(8 * size - 2) | 1 << 8 * size - 1 for size in sizes]
    body = _der(0x02, b"\0") + b"".join(
        _der(0x02, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers
    )
    return _pem("RSA PRIVATE KEY", _der(0x30, body))


def openssh_private_key(rng: Random) -> str:
    """Return a PEM block of an unencrypted ed25519 key in OpenSSH's own format (PROTOCOL.key)."""
    public, check = rng.randbytes(32), rng.randbytes(4)
    public_blob = _ssh(b"ssh-ed25519") + _ssh(public)
    private = check * 2 + public_blob + _ssh(rng.randbytes(32) + public) + _ssh(b"deploy@larkfield")
    private += bytes(range(1, 1 + -len(private) % 8))
    blob = b"openssh-key-v1\0" + _ssh(b"none") * 2 + _ssh(b"") + struct.pack(">I", 1)
    return _pem("OPENSSH PRIVATE KEY", blob + _ssh(public_blob) + _ssh(private), width=70)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der(tag: int, content: bytes) -> bytes:
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def _ssh(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _pem(label: str, content: bytes, width: int = 64) -> str:
    lines = textwrap.wrap(base64.b64encode(content).decode(), width)
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----")) + "\n"
