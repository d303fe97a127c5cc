"""Verdicts on columns: by name, by values, by neighbours; what is nobody's; and what is silenced."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache

import pytest

from classifier.detect import Classifier, select, shipped_packs
from classifier.detect.columns.sheet import Sheet
from classifier.detect.engine import ObjectScan
from classifier.model import Column

RNG = random.Random(8)
FIRST = "Hanna Oskar Martha Jean Katherine Miguel Sofia Peter Ingrid Tomas Laura Henry".split()  # noqa: SIM905
LAST = "Schreiber Lindgren Boyle Fournier Doyle Salcedo Rossi Nowak Berg Novak Perez Baker".split()  # noqa: SIM905
NAMES = [f"{first} {last}" for first, last in zip(FIRST, LAST, strict=True)]
SIZE = len(NAMES)
MAILS = [f"{first.lower()}@{last.lower()}-post.net" for first, last in zip(FIRST, LAST, strict=True)]
IDS = [str(4_000_000 + number) for number in range(SIZE)]
NUMBERS = [f"{RNG.randrange(10**8):08}" for _ in range(SIZE)]
LONG = [f"4{RNG.randrange(10**15):015}" for _ in range(3 * SIZE)]
STREETS = [f"{RNG.randrange(1, 99)} {word} Street" for word in LAST]
TOWNS = "Leipzig Cork Uppsala Lyon Turin Porto Sligo Bergen Gdansk Utrecht Malmo Ghent".split()  # noqa: SIM905
BIRTHS = [f"{1941 + 5 * n}-0{n % 9 + 1}-1{n % 9}" for n in range(SIZE)]
ZIPS = [f"{n * 7919 % 99999:05}" for n in range(SIZE)]
LOGINS = [f"{first[0]}{last}".lower() for first, last in zip(FIRST, LAST, strict=True)]
FIRMS = [f"{last} & {first} Ltd" for first, last in zip(FIRST, LAST, strict=True)]
JOBS = ["Nurse, adult", "Civil engineer", "Teacher, primary", "Chef", "Electrician", "Lawyer"] * 2
PHONES = [f"({202 + n}) 555-01{n:02}" if n % 2 else f"+44 20 7946 09{n:02}" for n in range(SIZE)]
LOCAL = [f"0{5231 + n}/{204817 + 31 * n}" for n in range(SIZE)]


@cache
def classifier(detectors: str = "all") -> Classifier:
    return Classifier(select(shipped_packs(), detectors), bytes(32))


def scanned(columns: Mapping[str, Sequence[str]], detectors: str = "all") -> ObjectScan:
    size = max(map(len, columns.values()))
    rows = [[(values[n] if n < len(values) else "") for values in columns.values()] for n in range(size)]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [[*columns], *rows])
    scan = classifier(detectors).object()
    scan.feed(Sheet(text).chunk)
    return scan


def judged(columns: Mapping[str, Sequence[str]], detectors: str = "all") -> dict[str | None, Column]:
    return {column.name: column for column in scanned(columns, detectors).columns()}


@pytest.mark.parametrize(
    "name, values, kind, detector",
    [
        ("fname", FIRST, "first_name", "NAME"),
        ("apellidos", LAST, "last_name", "NAME"),
        ("Kundenname", NAMES, "full_name", "NAME"),
        ("name", NAMES, "name", "NAME"),
        ("correo", MAILS, "email", "EMAIL_ADDRESS"),
        ("Telefonnummer", LOCAL, "phone", "GERMANY_PHONE_NUMBER"),
        ("fecha_nacimiento", BIRTHS, "date_of_birth", "DATE_OF_BIRTH"),
        ("Reisepass", [f"C{number}" for number in NUMBERS], "passport", "PASSPORT_NUMBER"),
        ("paszport", [f"EA{number[:7]}" for number in NUMBERS], "passport", "PASSPORT_NUMBER"),
        ("login", LOGINS, "username", "USERNAME"),
        ("Passwort", [f"{last}!{n}x" for n, last in enumerate(LAST)], "password", "PASSWORD"),
    ],
)
def test_a_name_and_values_that_agree(name: str, values: Sequence[str], kind: str, detector: str) -> None:
    column = judged({name: values, "n": IDS})[name]
    assert (column.kind, column.detector) == (kind, detector)
    assert column.confidence >= 0.8
    assert column.reasons


@pytest.mark.parametrize(
    "values, kind, detector",
    [
        (FIRST, "first_name", "NAME"),
        (LAST, "last_name", "NAME"),
        (MAILS, "email", "EMAIL_ADDRESS"),
        (STREETS, "street", "ADDRESS"),
        (TOWNS, "city", "ADDRESS"),
        (ZIPS, "postal_code", "ADDRESS"),
        (BIRTHS, "date_of_birth", "DATE_OF_BIRTH"),
        (LOGINS, "username", "USERNAME"),
        (FIRMS, "company", "EMPLOYER"),
        (JOBS, "job", "JOB_TITLE"),
        (PHONES, "phone", "PHONE_NUMBER"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_values_under_a_name_that_says_nothing(values: Sequence[str], kind: str, detector: str) -> None:
    column = judged({"c00": NAMES, "c01": values, "c02": IDS})["c01"]
    assert (column.kind, column.detector) == (kind, detector)


@pytest.mark.parametrize(
    "name, values",
    [
        ("city", TOWNS),
        ("zip", ZIPS),
        ("company", FIRMS),
        ("job", JOBS),
        ("address", STREETS),
        ("c00", TOWNS),
        ("c00", JOBS),
        ("c00", LAST),
    ],
)
def test_some_is_nobodys_without_persons(name: str, values: Sequence[str]) -> None:
    found = judged({name: values, "n": IDS})
    assert name not in found or found[name].detector is None


@pytest.mark.parametrize(
    "name, values",
    [
        ("first_name", ["yes", "no", "yes", "no", "yes"] * 3),
        ("first_name", IDS),
        ("email_verified", ["true", "false"] * 6),
        ("phone_type", ["home", "work"] * 6),
        ("password_changed", BIRTHS),
        ("product_name", ["Amber Lamp", "Rose Kettle", "Grace Chair", "Dean Desk"] * 3),
        ("dob", IDS),
        ("username", IDS),
        ("name", ["index.html", "logo.png", "main.css", "app.js", "README.md"] * 2),
        ("created", BIRTHS),
    ],
)
def test_values_that_do_not_agree_with_a_name(name: str, values: Sequence[str]) -> None:
    scan = scanned({name: values, "n": IDS})
    assert [column for column in scan.columns() if column.detector is not None] == []
    assert scan.result() == []


def test_matches_by_chance_are_silenced() -> None:
    """One number in ten passes the check of cards: in a column of numbers that is no card."""
    assert scanned({"note": LONG[:1], "n": IDS}).result() == []  # the first one fails the check
    passing = [number for number in LONG if scanned({"x": [number, ""]}).result()]
    assert passing
    assert scanned({"order_id": LONG, "n": [""] * len(LONG)}).result() == []
    assert scanned({"c00": LONG, "c01": [""] * len(LONG)}).result() == []
    found = [t.detector.id for t in scanned({"c00": passing * 9}).result()]
    assert found in (["CREDIT_CARD_NUMBER"], ["CREDIT_CARD_NUMBER_(NO_KEYWORD)"])


def test_what_a_verdict_counts() -> None:
    scan = scanned({"first_name": [*FIRST, "", "NULL"], "last_name": [*LAST, "n/a", "x"], "e": MAILS})
    counts = {tally.detector.id: tally for tally in scan.result()}
    assert counts["NAME"].count == 2 * SIZE + 1
    assert counts["EMAIL_ADDRESS"].count == SIZE
    assert len(counts["NAME"].occurrences) == 15
    starts = [o.location.byte_start for o in counts["NAME"].occurrences]
    assert starts == sorted(starts)
    assert counts["NAME"].truncated


def test_reasons_and_names_have_no_values() -> None:
    columns = {"hanna@schreiber-post.net": MAILS, "fname": FIRST, "lname": LAST, "dob": BIRTHS, "tel": PHONES}
    told = repr(judged(columns))
    values = [*MAILS, *FIRST, *LAST, *BIRTHS, *PHONES]
    assert [value for value in values if value in told] == []


def test_a_kind_that_is_not_asked_for_is_a_neighbour_still() -> None:
    columns = judged({"email": MAILS, "city": TOWNS}, "ADDRESS")
    assert columns["city"].detector == "ADDRESS"
    assert columns["email"].detector is None


def test_the_same_table_has_the_same_verdicts() -> None:
    table = {"c0": NAMES, "c1": MAILS, "c2": LONG[:SIZE], "c3": TOWNS, "c4": BIRTHS}
    assert judged(table) == judged(table)
