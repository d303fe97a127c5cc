"""Objects with a known truth: most of them noisy and clean, the others with planted sensitive values.

`build(seed, objects)` makes the same objects for the same seed. A planted value stands in the object as text,
in the object's encoding and behind its compression, with the words around it that a person would write there.
"""

import csv
import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from classifier.demo import values

CLEAN_SHARE = 0.6
CHUNK = 1 << 20  # bytes: some values are laid across this offset, where a reader may cut
_EPOCH = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class PlantedValue:
    """One value and the detectors of which one has to find it.

    `part` is the member of a zip archive, or what a gzip stream holds: its last name without `.gz`.
    """

    detectors: frozenset[str]
    value: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Planted:
    """One object; without `values` nothing in it is sensitive."""

    key: str
    body: bytes
    values: tuple[PlantedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sensitive value: how it is made, and how it is called in prose, a column and a setting."""

    detectors: frozenset[str]
    make: Callable[[Random], str]
    prose: str
    column: str

    def draw(self, rng: Random) -> PlantedValue:
        return PlantedValue(self.detectors, self.make(rng))


def _kind(detectors: str, make: Callable[[Random], str], prose: str, column: str) -> Kind:
    return Kind(frozenset(detectors.split()), make, prose, column)


KINDS = (
    _kind("AWS_ACCESS_KEY_ID", values.aws_access_key_id, "AWS access key id", "aws_access_key_id"),
    _kind("AWS_CREDENTIALS", values.aws_secret_access_key, "AWS secret access key", "aws_secret_access_key"),
    _kind("GITHUB_TOKEN", values.github_token, "GitHub token", "github_token"),
    _kind("STRIPE_CREDENTIALS", values.stripe_key, "Stripe secret key", "stripe_secret_key"),
    _kind("JSON_WEB_TOKEN", values.json_web_token, "bearer token", "jwt"),
    _kind("POSTGRES_URL_CREDENTIALS", values.url_with_credentials, "database url", "database_url"),
    _kind("CREDIT_CARD_NUMBER", values.card_number,
          "credit card number", "credit_card_number"),
    _kind("CREDIT_CARD_NUMBER", values.grouped_card,
          "credit card", "card_number"),
    _kind("IBAN GERMANY_BANK_ACCOUNT_NUMBER", lambda r: values.iban(r, "DE"), "IBAN", "iban"),
    _kind("IBAN UK_BANK_ACCOUNT_NUMBER", lambda r: values.iban(r, "GB"), "IBAN", "iban"),
    _kind("IBAN NETHERLANDS_BANK_ACCOUNT_NUMBER", lambda r: values.iban(r, "NL"), "IBAN", "iban"),
    _kind("BANK_ACCOUNT_NUMBER", values.bank_account,
          "checking account number", "bank account"),
    _kind("USA_SOCIAL_SECURITY_NUMBER", values.ssn, "social security number", "ssn"),
    _kind("USA_PASSPORT_NUMBER", values.us_passport, "US passport number", "passport number"),
    _kind("EMAIL_ADDRESS", values.email, "e-mail", "email"),
    _kind("PHONE_NUMBER", values.phone, "phone", "phone"),
    _kind("DATE_OF_BIRTH", lambda r: values.birth_date(r).isoformat(), "date of birth", "date_of_birth"),
    _kind("USA_NATIONAL_PROVIDER_IDENTIFIER", values.npi, "NPI", "npi"),
    _kind("USA_MEDICARE_BENEFICIARY_IDENTIFIER", values.mbi, "Medicare beneficiary MBI", "mbi"),
    _kind("MEDICAL_RECORD_NUMBER", values.medical_record_number, "medical record number", "mrn"),
    _kind("ICD_10_CODE", lambda r: r.choice(values.DIAGNOSES)[0], "diagnosis code ICD-10", "icd10_diagnosis"),
)  # fmt: skip
PRIVATE_KEY = _kind("PKCS", values.rsa_private_key, "private key", "private_key")
DETECTORS = frozenset().union(*(kind.detectors for kind in (*KINDS, PRIVATE_KEY)))

Content = tuple[str, list[PlantedValue]]  # decoded text and what was planted in it
_Form = Callable[[Random, tuple[Kind, ...]], Content]


def build(seed: int, objects: int) -> list[Planted]:
    """Return `objects` objects with distinct keys, in no particular order of content."""
    rng = Random(seed)
    built = []
    for index in range(objects):
        own = Random(rng.getrandbits(64))
        kinds = () if own.random() < CLEAN_SHARE else tuple(own.sample(KINDS, own.choice((1, 1, 2, 3))))
        built.append(_object(own, index, kinds))
    return built


def _object(rng: Random, index: int, kinds: tuple[Kind, ...]) -> Planted:
    if kinds and index % 50 == 7:
        return _key_file(rng, index)
    if kinds and index % 100 == 11:
        return _straddling(rng, index, kinds[0])
    form, extension = rng.choice(FORMS)
    folder = rng.choice(
        ("", "finance/2026/", "web/logs/2026/10/", "Team Files/north & south/", "données/é/", "a/b/c/d/e/")
    )
    name = f"{folder}{rng.choice(('export', 'report', 'batch', 'part'))}-{index:06d}.{extension}"
    wrap = rng.choice(("none", "none", "none", "gz", "zip", "utf-16", "utf-8-sig"))
    if wrap == "zip":
        return _zipped(rng, f"{name}.zip", form, extension, kinds)
    text, planted = form(rng, kinds)
    if wrap == "gz":
        inner = name.rpartition("/")[2]
        return Planted(f"{name}.gz", gzip.compress(text.encode(), mtime=0), _inside(planted, inner))
    if wrap == "utf-16" and extension == "txt":
        mark, encoding = rng.choice(((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")))
        return Planted(name, mark + text.encode(encoding), tuple(planted))
    if wrap == "utf-8-sig" and extension in ("txt", "csv"):
        return Planted(name, text.encode("utf-8-sig"), tuple(planted))
    return Planted(name, text.encode(), tuple(planted))


def _zipped(rng: Random, key: str, form: _Form, extension: str, kinds: tuple[Kind, ...]) -> Planted:
    out = io.BytesIO()
    planted: list[PlantedValue] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in range(rng.randint(1, 3)):
            name = f"{rng.choice(('', 'data/', 'data/2026/q3/'))}{member}.{extension}"
            text, found = form(rng, kinds if member == 0 else ())
            planted += _inside(found, name)
            target.writestr(zipfile.ZipInfo(name, _EPOCH), text.encode(), zipfile.ZIP_DEFLATED)
    return Planted(key, out.getvalue(), tuple(planted))


def _inside(planted: list[PlantedValue], part: str) -> tuple[PlantedValue, ...]:
    return tuple(PlantedValue(value.detectors, value.value, part) for value in planted)


def _key_file(rng: Random, index: int) -> Planted:
    value = PRIVATE_KEY.draw(rng)
    text = f"# deployed {_stamp(rng)}\n{value.value}"
    return Planted(f"etc/tls/server-{index:06d}.key", text.encode(), (value,))


def _straddling(rng: Random, index: int, kind: Kind) -> Planted:
    """A log of a little over CHUNK bytes with a value across that offset and another near the end."""
    block = "".join(f"{noise(rng)}\n" for _ in range(400))
    head = (block * (CHUNK // len(block) + 1))[: CHUNK - 4096].rpartition("\n")[0] + "\n"
    middle, last = kind.draw(rng), kind.draw(rng)
    label = f"note: {kind.prose} "
    gap = CHUNK - len(head) - len(label) - len(middle.value) // 2
    text = head + "." * (gap - 1) + "\n" + f"{label}{middle.value} received\n" + block
    text += f"note: {kind.prose} {last.value} received\n"
    return Planted(f"web/logs/large-{index:06d}.log", text.encode(), (middle, last))


# --- forms ---


def prose(rng: Random, kinds: tuple[Kind, ...]) -> Content:
    """Sentences; a planted value stands behind its name."""
    lines, planted = [], []
    for kind in kinds:
        for _ in range(rng.randint(1, 3)):
            value = kind.draw(rng)
            planted.append(value)
            lines.append(f"{_sentence(rng)} The {kind.prose} is {value.value} as agreed. {_sentence(rng)}")
    lines += [f"{_sentence(rng)} {noise(rng)} {_sentence(rng)}" for _ in range(rng.randint(4, 20))]
    rng.shuffle(lines)
    return "\n\n".join(lines) + "\n", planted


def log(rng: Random, kinds: tuple[Kind, ...]) -> Content:
    """Log lines; a planted value stands in a `name=value` pair or behind its name."""
    lines, planted = [], []
    for kind in kinds:
        for _ in range(rng.randint(1, 4)):
            value = kind.draw(rng)
            planted.append(value)
            shown = rng.choice((f"{kind.column}={value.value}", f"{kind.prose}: {value.value}"))
            lines.append(f"{_stamp(rng)} DEBUG {shown} status=200")
    lines += [f"{_stamp(rng)} INFO {noise(rng)} {noise(rng)}" for _ in range(rng.randint(20, 80))]
    rng.shuffle(lines)
    return "\n".join(lines) + "\n", planted


def table(rng: Random, kinds: tuple[Kind, ...]) -> Content:
    """A table with one of four delimiters, noise columns, and notes that hold delimiters and line breaks."""
    out, planted = io.StringIO(), []
    writer = csv.writer(
        out, delimiter=rng.choice((",", ";", "\t", "|")), lineterminator=rng.choice(("\n", "\r\n"))
    )
    kinds = tuple({kind.column: kind for kind in kinds}.values())
    writer.writerow(["row_id", *(kind.column for kind in kinds), "amount", "checksum", "remark"])
    for number in range(1, rng.randint(5, 40)):
        drawn = [kind.draw(rng) for kind in kinds]
        planted += drawn
        remark = rng.choice(("", "ok", 'left; at "gate", back', "two lines:\nsecond, line\nthird; line"))
        cells = [value.value for value in drawn]
        writer.writerow([f"R{number:05d}", *cells, _price(rng), values.hexadecimal(rng, 16), remark])
    return out.getvalue(), planted


def document(rng: Random, kinds: tuple[Kind, ...]) -> Content:
    """A nested JSON document."""
    planted: list[PlantedValue] = []
    records = [_record(rng, kinds, planted) for _ in range(rng.randint(1, 8))]
    indent = rng.choice((None, 2))
    return json.dumps(
        {"version": 3, "page": {"records": records}}, indent=indent, ensure_ascii=False
    ), planted


def lines(rng: Random, kinds: tuple[Kind, ...]) -> Content:
    """JSON Lines."""
    planted: list[PlantedValue] = []
    records = [_record(rng, kinds, planted) for _ in range(rng.randint(3, 30))]
    return "".join(f"{json.dumps(record)}\n" for record in records), planted


def settings(rng: Random, kinds: tuple[Kind, ...]) -> Content:
    """`NAME=value` lines."""
    planted = [kind.draw(rng) for kind in kinds]
    pairs = [
        f"{kind.column.upper().replace(' ', '_')}={value.value}"
        for kind, value in zip(kinds, planted, strict=True)
    ]
    pairs += [
        f"CACHE_TTL={rng.randint(1, 900)}",
        f"BUILD={values.hexadecimal(rng, 40)}",
        "LOCALE=en_GB.UTF-8",
    ]
    rng.shuffle(pairs)
    return "\n".join(pairs) + "\n", planted


FORMS: tuple[tuple[_Form, str], ...] = (
    (prose, "txt"), (prose, "md"), (log, "log"), (log, "txt"), (table, "csv"), (table, "csv"),
    (document, "json"), (lines, "jsonl"), (settings, "env"),
)  # fmt: skip


def _record(rng: Random, kinds: tuple[Kind, ...], planted: list[PlantedValue]) -> dict[str, object]:
    drawn = {kind.column: kind.draw(rng) for kind in kinds}
    planted += drawn.values()
    subject = {name: value.value for name, value in drawn.items()}
    return {
        "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "created": _stamp(rng),
        "subject": subject,
        "total": float(_price(rng)),
        "tags": rng.sample(_WORDS, 2),
    }


# --- noise: what ordinary files are full of, and what is nothing ---

_WORDS = (
    "pallet",
    "harbor",
    "quarter",
    "signal",
    "window",
    "ledger",
    "meadow",
    "engine",
    "village",
    "timber",
)


def noise(rng: Random) -> str:
    """Return one thing that looks like something and is nothing."""
    return rng.choice(_NOISE)(rng)


def not_a_card(rng: Random) -> str:
    """Return a 16-digit order number with a card's first digit and a wrong check digit."""
    body = rng.choice("45") + values.text(rng, values.DIGITS, 14)
    return f"order {body}{(int(values.luhn_digit(body)) + rng.randint(1, 9)) % 10}"


_NOISE: tuple[Callable[[Random], str], ...] = (
    lambda r: f"commit {values.hexadecimal(r, 40)}",
    lambda r: f'etag="{values.hexadecimal(r, 32)}"',
    lambda r: f"digest sha256:{values.hexadecimal(r, 64)}",
    lambda r: f"trace_id={values.hexadecimal(r, 16)}",
    lambda r: f"request {uuid.UUID(int=r.getrandbits(128), version=4)}",
    not_a_card,
    lambda r: f"sku {values.text(r, 'ABCDEFGH', 3)}-{r.randrange(10**6):06d}",
    lambda r: f"total {_price(r)} EUR for {r.randint(1, 9)} pieces",
    lambda r: f"at {1_760_000_000 + r.randrange(10**7)}",
    lambda r: f"version {r.randint(1, 9)}.{r.randint(0, 40)}.{r.randint(0, 9)}",
    lambda r: f"size {r.randint(1, 4000)}x{r.randint(1, 4000)} px",
    lambda r: f"took {r.uniform(0.1, 900):.3f} ms",
    lambda r: f"from 10.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(256)}",
    lambda r: f"GET /v2/items/{r.randrange(10**9)}?page={r.randint(1, 50)} HTTP/1.1",
)  # fmt: skip


def _sentence(rng: Random) -> str:
    words = rng.sample(_WORDS, 5)
    return f"{words[0].capitalize()} and {words[1]} follow the {words[2]}; the {words[3]} needs a {words[4]}."


def _stamp(rng: Random) -> str:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(300 * 86_400))
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _price(rng: Random) -> str:
    return f"{rng.randint(100, 900_000) / 100:.2f}"
