"""What the company's people keep in S3: customer exports, partner files, HR papers, clinic records.

Every function takes a random generator and returns the objects of one bucket, key → bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from random import Random

from classifier.demo import values

Objects = dict[str, bytes]

_PRODUCTS = ("rain shell", "trail runner", "wool base layer", "canvas pack", "camp stove", "down quilt")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date for zip entries: the bytes depend on content only


def customer_exports(rng: Random) -> Objects:
    """Names, e-mail addresses, phone, card and Social Security numbers in CSV, JSON, gz and zip."""
    objects: Objects = {}
    for quarter in ("2025-q4", "2026-q1", "2026-q2", "2026-q3"):
        objects[f"exports/customers/customers-{quarter}.csv"] = _customers(rng, 120)
    for month in range(4, 10):
        lines = (_order(rng, f"2026-{month:02d}-{rng.randint(1, 28):02d}") for _ in range(150))
        objects[f"exports/orders/orders-2026-{month:02d}.jsonl.gz"] = gzip.compress(jsonl(lines), mtime=0)
    objects["exports/payments/payments-2026-09.csv"] = _payments(rng, 90)
    members = [
        {"member": f"L{rng.randrange(10**6):06d}", "name": p.name, "email": p.email, "phone": p.phone}
        | {"date_of_birth": p.born.isoformat(), "tier": rng.choice(("pine", "oak", "yew"))}
        for p in (values.person(rng) for _ in range(80))
    ]
    objects["exports/loyalty/members.json"] = json.dumps({"members": members}, indent=2).encode()
    sellers = ((p.name, values.ssn(rng), p.street, p.city, p.state, p.postcode) for p in people(rng, 40))
    header = ("recipient", "ssn", "street", "city", "state", "zip")
    objects["exports/tax/1099-recipients-2025.csv"] = table(header, sellers)
    subscribers = "\n".join(values.email(rng) for _ in range(200)) + "\n"
    objects["exports/newsletter/subscribers.txt"] = subscribers.encode()
    objects["exports/full-export-2026-10-01.zip"] = archive(
        {
            "README.txt": b"Full export for the new support desk. Delete after import.\n",
            "export/customers.csv": _customers(rng, 60),
            "export/payments.csv": _payments(rng, 40),
        }
    )
    for season in ("spring", "autumn"):
        rows = ((f"LO-{rng.randrange(10**5):05d}", rng.choice(_PRODUCTS), _price(rng)) for _ in range(60))
        objects[f"exports/catalogue/{season}-2026.csv"] = table(("sku", "product", "price_usd"), rows)
    objects["exports/manifest.json"] = json.dumps({"files": sorted(objects)}, indent=2).encode()
    return objects


def partner_files(rng: Random) -> Objects:
    """Settlements with IBANs, contacts, and shipments without anything sensitive."""
    objects: Objects = {}
    for quarter in ("q1", "q2", "q3"):
        rows = (
            (f"S-{rng.randrange(10**5):05d}", f"Carrier {rng.randint(1, 40)}", iban, _price(rng))
            for iban in (values.iban(rng, rng.choice(("DE", "GB", "NL"))) for _ in range(25))
        )
        key = f"settlements/2026-{quarter}.csv"
        objects[key] = table(("settlement", "carrier", "iban", "amount_eur"), rows, delimiter=";")
        parcels = ((values.hexadecimal(rng, 12), rng.choice(_PRODUCTS), rng.randint(1, 9)) for _ in range(80))
        objects[f"shipments/2026-{quarter}.csv"] = table(("parcel", "product", "pieces"), parcels)
    contacts = ((p.name, p.email, p.phone) for p in people(rng, 30))
    objects["contacts.csv"] = table(("contact", "email", "phone"), contacts)
    objects["README.md"] = (
        b"# Carrier exchange\n\nSettlements arrive on the third working day of a quarter.\n"
    )
    return objects


def hr_documents(rng: Random) -> Objects:
    """Employees with Social Security numbers and bank accounts, letters, a handbook with nothing in it."""
    staff = list(people(rng, 60))
    objects = {
        "employees/employees-2026.csv": table(
            ("employee", "name", "ssn", "date_of_birth", "salary_usd", "email"),
            (
                (
                    f"E{number:04d}",
                    p.name,
                    values.ssn(rng),
                    p.born.isoformat(),
                    rng.randint(41, 190) * 1000,
                    f"{p.given}.{p.family}@larkfield-outfitters-demo.com".lower(),
                )
                for number, p in enumerate(staff, 1)
            ),
        ),
        "payroll/direct-deposit-2026-10.csv": table(
            ("name", "routing number", "bank account", "net_usd"),
            ((p.name, values.routing_number(rng), values.bank_account(rng), _price(rng)) for p in staff),
        ),
        "travel/passports.csv": table(
            ("traveller", "passport number", "country"),
            ((p.name, values.us_passport(rng), "US") for p in staff[:12]),
        ),
        "handbook/handbook.md": b"# Handbook\n\nCore hours are ten to three. The office books travel.\n",
        "handbook/benefits.md": b"# Benefits\n\nEnrolment opens on the first of November.\n",
        "org-chart.json": json.dumps({"teams": {"stores": 41, "warehouse": 12, "office": 7}}).encode(),
        "macie/public-staff.txt": b"E0001\nE0002\nE0003\n",  # an allow list: who is named on the website
    }
    for p in staff[:6]:
        objects[f"letters/{p.family.lower()}-{p.given.lower()}.txt"] = (
            f"Dear {p.name},\n\nwe confirm your position as store associate from 1 February 2026.\n"
            f"For payroll we have your Social Security number {values.ssn(rng)} and your\n"
            f"address {p.street}, {p.city}, {p.state} {p.postcode}. Please tell us of changes at\n"
            f"phone {p.phone}.\n\nHuman Resources\n"
        ).encode()
    return objects


def clinic_records(rng: Random) -> Objects:
    """The occupational health clinic: visit notes, claims, laboratory results, a patient index."""
    patients = [(values.medical_record_number(rng), p) for p in people(rng, 30)]
    objects: Objects = {}
    for number, (mrn, p) in enumerate(patients[:9], 1):
        code, diagnosis = rng.choice(values.DIAGNOSES)
        objects[f"notes/2026/visit-{number:03d}.txt"] = (
            f"Patient: {p.name}\nMRN: {mrn}\nDate of birth: {p.born:%m/%d/%Y}\n"
            f"Attending NPI: {values.npi(rng)}\n\nAssessment: {diagnosis}. Diagnosis code ICD-10: {code}.\n"
            "Blood pressure 128/82, pulse 71. Metformin 500 mg continued, follow-up in six weeks.\n"
        ).encode()
    claims = (
        (f"C{rng.randrange(10**7):07d}", values.mbi(rng), values.npi(rng), rng.choice(values.DIAGNOSES)[0])
        for _ in range(70)
    )
    header = ("claim", "mbi", "rendering_npi", "icd10_diagnosis")
    objects["claims/claims-2026-09.csv"] = table(header, claims)
    objects["claims/claims-2026-09.csv.sha256"] = f"{values.hexadecimal(rng, 64)}  claims.csv\n".encode()
    results = (
        {"medical_record_number": mrn, "test": "HbA1c", "value": round(rng.uniform(4.8, 9.9), 1), "unit": "%"}
        for mrn, _ in patients
    )
    objects["labs/results-2026-09.jsonl.gz"] = gzip.compress(jsonl(results), mtime=0)
    index = [{"mrn": mrn, "name": p.name, "dob": p.born.isoformat(), "phone": p.phone} for mrn, p in patients]
    objects["index/patients.json"] = json.dumps(index, indent=1).encode()
    objects["forms/consent-template.txt"] = (
        b"I agree to the examination described to me.\nSignature: ________\n"
    )
    return objects


def people(rng: Random, count: int) -> Iterable[values.Person]:
    """Yield `count` made-up people."""
    return (values.person(rng) for _ in range(count))


def table(header: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str = ",") -> bytes:
    """Return a CSV file (RFC 4180) in UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def jsonl(records: Iterable[dict[str, object]]) -> bytes:
    """Return a JSON Lines file."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def archive(members: Objects) -> bytes:
    """Return a deflated zip archive whose bytes depend on its members only."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, body in members.items():
            target.writestr(zipfile.ZipInfo(name, _EPOCH), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _customers(rng: Random, count: int) -> bytes:
    rows = (
        (rng.randrange(10**6, 10**7), p.name, p.email, p.phone, p.street, p.city, p.state, p.postcode)
        for p in people(rng, count)
    )
    return table(("customer_id", "name", "email", "phone", "street", "city", "state", "zip"), rows)


def _payments(rng: Random, count: int) -> bytes:
    rows = (
        (
            f"P{rng.randrange(10**8):08d}",
            p.name,
            values.card_number(rng),
            f"{rng.randint(1, 12):02d}/29",
            _price(rng),
        )
        for p in people(rng, count)
    )
    return table(("payment", "cardholder", "credit_card_number", "expires", "amount"), rows, delimiter=";")


def _order(rng: Random, day: str) -> dict[str, object]:
    customer = values.person(rng)
    return {
        "order": f"{rng.randrange(10**9):09d}",
        "date": day,
        "customer": {"name": customer.name, "email": customer.email, "phone": customer.phone},
        "items": [{"product": rng.choice(_PRODUCTS), "pieces": rng.randint(1, 3)}],
        "total": _price(rng),
    }


def _price(rng: Random) -> str:
    return f"{rng.randint(900, 240_000) / 100:.2f}"
