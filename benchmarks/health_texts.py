"""Made-up texts of health care with what is in them, from templates that nothing in patterns/ was made after."""

# ruff: noqa: E501 - templates

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_PLACE = re.compile(r"\{(\w+)\}")
NAMES = ("Mira Quill", "Ada Okafor", "Tomás Rivera", "Jo Rao", "Lena Brandt", "Sam O'Dell", "Wei Chen")
DRUGS = ("metformin 500 mg", "lisinopril 10 mg", "atorvastatin 40 mg", "sertraline 50 mg", "apixaban 5 mg")
ILLNESSES = ("type 2 diabetes", "hypertension", "atrial fibrillation", "asthma", "chronic kidney disease")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text, and for each kind (`mrn`, `plan`, `npi`) where its values stand (characters)."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


def digits(rng: random.Random, low: int, high: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(rng.randint(low, high)))


def mrn(rng: random.Random) -> str:
    number = str(rng.randint(1, 9)) + digits(rng, 5, 8)
    form = rng.random()
    if form < 0.2:
        return f"{rng.choice(LETTERS)}{number}"
    if form < 0.3:
        return f"{rng.choice(('LH', 'MR', 'UH'))}-{number}"
    if form < 0.4:
        return f"00{number}"
    return f"{number[:3]}-{number[3:]}" if form < 0.45 else number


def plan(rng: random.Random) -> str:
    form = rng.random()
    if form < 0.5:
        return "".join(rng.choice(LETTERS) for _ in range(3)) + digits(rng, 9, 9)
    if form < 0.75:
        return rng.choice(LETTERS) + digits(rng, 8, 10)
    return str(rng.randint(1, 9)) + digits(rng, 8, 10) + rng.choice(("", "", "-01", "-02"))


def npi(rng: random.Random) -> str:
    """Return a National Provider Identifier: Luhn over 80840 and itself (45 CFR 162.406)."""
    body = rng.choice("12") + digits(rng, 8, 8)
    total = 24
    for place, char in enumerate(reversed(body)):
        doubled = int(char) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


# {mrn}, {plan}, {npi} stand for a value of that kind, {n6} for six digits, the others for what they say.
TEMPLATES = (
    "RE: {name}\nMedical Record #: {mrn}\nDear colleague, thank you for seeing this patient with {ill}.",
    "Patient: {name}   MR#: {mrn}   Acct: {n9}   Adm: {day}\n{ill}. Continue {drug}.",
    "{name} (MRN {mrn}) was seen in clinic on {day}; her phone is {phone}.",
    "Pt ID: {mrn}\tRoom {n3}\tDiet: cardiac\tOrder {n8}",
    "med rec no. {mrn}, ward 4, bed {n2}; invoice {n8} follows",
    "Specimen for chart number {mrn} was received at {day}, weight {n3} g, ticket INC{n7}.",
    "Please pull hospital number {mrn} and call {phone}.",
    '{"patient": {"mrn": "{mrn}", "name": "{name}", "zip": "{n5}"}, "order": {n8}}',
    '{"medicalRecordNumber": "{mrn}", "visits": {n2}, "build": "{n7}"}',
    '<patient><recordNumber system="MRN">{mrn}</recordNumber><phone>{phone}</phone></patient>',
    "mrn,name,visit,amount\n{mrn},{name},{day},{n5}\n{mrn},{name},{day},{n5}\n{mrn},{name},{day},{n5}\n",
    "Medical record number is {mrn}. Discharged with {drug}. Reference {n9}.",
    "patient_id={mrn} event=admit ts={n10} host=ehr{n2}",
    "Transfer of patient no. {mrn} from unit 7, transport job {n7}",
    "Medical record number:\n{mrn}\nAttending physician: {name}, pager {n5}",
    "The EHR shows two charts: MRN: {mrn} and MRN: {mrn}. Merge request {n6}.",
    "Member ID: {plan}   Group: {n5}   RxBIN: {n6}   PCN: MEDDPRIME",
    "Insurance: Blue Harbor PPO, ID# {plan}, effective {day}. Claims: {phone}",
    "Subscriber ID {plan}; claim total {n5}.00, check {n7}",
    "Your health plan member number is {plan}. Questions? Call {phone}.",
    "Insured's I.D. number (1a): {plan}\nPatient's birth date: {day}\nEmployer: Larkfield",
    '{"coverage": {"memberId": "{plan}", "payer": "BHP", "plan": "{n4}"}}',
    "subscriber_id,plan_year,premium\n{plan},2026,{n4}\n{plan},2026,{n4}\n{plan},2025,{n4}\n",
    "Medicaid number {plan}, case worker ext. {n4}",
    "Health insurance ID: {plan} (spouse), appointment {day}, confirmation {n8}",
    "Policy holder: {name}. Member #{plan}. Authorization pending, fax {phone}",
    "enrollee ID is {plan}; the plan was switched on {day}",
    "Beneficiary ID: {plan}. Deductible met: {n4}.",
    "Rendering provider NPI: {npi}; Tax ID on file; phone {phone}",
    "{name}, MD (NPI {npi}), order {n10}",
    "NPI# {npi}  Taxonomy 207R00000X  Fax {phone}",
    '{"provider": {"npi": "{npi}", "phone": "{phone10}"}}',
    "npi,name,phone\n{npi},{name},{phone10}\n{npi},{name},{phone10}\n{npi},{name},{phone10}\n",
    "National Provider Identifier {npi}\nTracking 1{n9}",
    "Ordering physician: {name}\nNPI Number: {npi}\nDate: {day}",
    "billing_provider_npi={npi} batch=2{n9}",
    "Referred by {name} (national provider ID: {npi}), pager 1{n9}",
)
# Nobody's numbers, in words that are near those of health care.
DECOYS = (
    "Order {n8} for 20 patients shipped; record {n7} of the log was written at {n10}.",
    "member {n2} of {n3}, subscriber count {n8}, insurance total {n9}",
    "The unit with serial {n9} failed; ticket {n7}, chart {n2} on page {n3}.",
    "UPDATE members SET balance = {n6} WHERE order_id = {n8};",
    "Provider latency {n4} ms, id of the span {n10}, policy version {n7}",
    "Hospital budget: {n8} USD, plan {n4}, group of {n2} clinics, phone {phone}",
    "invoice {n8}, account {n9}, customer no. {n7}, PO {n10}",
)
NO_IDENTIFIER = (
    "HISTORY: A {age}-year-old {sex} with {ill} presents with cough and fever for {n1} days. On {drug}. Exam: lungs with "
    "wheezing, heart regular without murmur. Assessment: pneumonia. Plan: antibiotics, follow-up in {n1} weeks.",
    "Guideline {year}: in patients with {ill}, start {drug} and check creatinine, hemoglobin and glucose every {n1} months. "
    "Contraindications: pregnancy, hepatic cirrhosis. Evidence level {n1}A.",
    "Impression:\n{ill}, stable. No acute infarction. Mild edema bilaterally; ejection fraction {n2}%.\nRecommendation: "
    "continue {drug}; repeat echocardiogram in {year}.",
    "Chief complaint: abdominal pain\nHPI: {age} yo {sex}, symptoms since {year}, nausea and vomiting. PMH: {ill}. "
    "Medications: {drug}. Vitals: BP {n3}/{n2}, HR {n2}, SpO2 {n2}%.\nLabs: Na {n3}, K 4.{n1}, WBC {n1}.{n1}",
    "Trial arm B (n={n3}): {ill} treated with {drug}; adverse events: headache {n2}, rash {n1}, diarrhea {n1}. "
    "Median age {age}, {n2}% female, enrolled {year}.",
    "Discharge instructions: take {drug} twice a day with food. Call your doctor if you have chest pain, fever or swelling. "
    "Do not drive for {n1} weeks after surgery.",
    "ICD-10: E11.9, I10. Diagnosis: {ill}. Procedure code 9921{n1}. Dose of {drug} unchanged. Year of onset {year}.",
    "[**Name**] is a {age} year old {sex} admitted on [**Date**] with {ill}. Hospital course: uncomplicated. MRN: [**MRN**]. "
    "Discharge medications: {drug}. Phone: [**Phone**].",
    "De-identified note {n4}: {sex}, aged {age}, ZIP {n3}**, seen in {year}. {ill}; oncology consult; biopsy shows carcinoma.",
    "diagnosis,drug,dose,age,year\n{ill},{drug},{n3},{age},{year}\n{ill},{drug},{n2},{age},{year}\n{ill},{drug},{n2},{age},{year}\n",
)
HEALTH_WITH = (
    "{note}\nPatient: {name}, SSN {ssn}",
    "{note}\nContact: {mail}",
    "{note}\nCall the patient at {phone}.",
    "DOB: {day}\n{note}",
    "MRN: {mrn}\n{note}",
    "{note}\nMember ID: {plan}",
)
NOT_HEALTH = (
    "Hi {name}, your parcel {n10} arrives {day}. Call {phone} or write to {mail}.",
    "Payroll {year}: {name}, SSN {ssn}, gross {n5}.00, net {n4}.00",
    "Lease agreement between {name} and Larkfield Homes. Tenant phone {phone}, e-mail {mail}. Rent {n4} a month.",
    "user,email,last_login\nmquill,{mail},{day}\njrao,{mail},{day}\n",
    "Support ticket {n6}: {name} ({mail}) cannot log in since {day}; the patient way is to clear the cache.",
    "Team, the release is postponed: the clinic's printer has no driver. {name}, {phone}",
)


def _fill(rng: random.Random, template: str) -> Labelled:
    """Return a template with values, and where those of the kinds are."""
    made: dict[str, Callable[[], str]] = {
        "mrn": lambda: mrn(rng),
        "plan": lambda: plan(rng),
        "npi": lambda: npi(rng),
        "name": lambda: rng.choice(NAMES),
        "drug": lambda: rng.choice(DRUGS),
        "ill": lambda: rng.choice(ILLNESSES),
        "age": lambda: str(rng.randint(18, 89)),
        "sex": lambda: rng.choice(("man", "woman", "male", "female")),
        "year": lambda: str(rng.randint(1998, 2026)),
        "day": lambda: f"{rng.randint(1, 12):02}/{rng.randint(13, 28)}/{rng.randint(1950, 2025)}",
        "phone": lambda: f"({rng.randint(201, 989)}) 555-01{digits(rng, 2, 2)}",
        "phone10": lambda: f"{rng.randint(2, 9)}12555{digits(rng, 4, 4)}",
        "ssn": lambda: f"{rng.randint(101, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
        "mail": lambda: f"{rng.choice(('mira', 'ada', 'jo'))}.{digits(rng, 3, 3)}@larkfield-mail.org",
        "note": lambda: _fill(rng, rng.choice(NO_IDENTIFIER[:6])).text,
    }
    out: list[str] = []
    spans: list[tuple[str, int, int]] = []
    at = length = 0
    for place in _PLACE.finditer(template):
        name = place[1]
        count = int(name[1:]) if name[1:].isdigit() and name[0] == "n" else 0
        value = digits(rng, count, count) if count else made[name]()
        out += [template[at : place.start()], value]
        length += place.start() - at
        if name in ("mrn", "plan", "npi"):
            spans.append((name, length, length + len(value)))
        length += len(value)
        at = place.end()
    return Labelled("".join([*out, template[at:]]), tuple(spans))


def labelled(count: int, seed: int = 1) -> Iterator[Labelled]:
    """Yield so many texts with identifiers of health care, and a third as many without."""
    rng = random.Random(seed)
    for number in range(count):
        yield _fill(rng, TEMPLATES[number % len(TEMPLATES)])
        if number % 3 == 0:
            yield _fill(rng, rng.choice(DECOYS))


def objects(count: int, seed: int = 2) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): `clinical` without identifiers, `phi`, and `other`, which is about something else."""
    rng = random.Random(seed)
    kinds = {"clinical": NO_IDENTIFIER, "phi": HEALTH_WITH, "other": NOT_HEALTH}
    for number in range(count):
        for kind, templates in kinds.items():
            yield kind, _fill(rng, templates[number % len(templates)]).text
