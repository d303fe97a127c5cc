"""The generator keeps its word: planted values stand where it says, and what it calls clean is clean."""

import gzip
import io
import json
import re
import zipfile
from collections import Counter

import pytest
import yaml
from stdnum import luhn

from classifier.demo import expected
from classifier.shipped import shipped
from tests.corpus.corpus import CHUNK, DETECTORS, KINDS, PRIVATE_KEY, Planted, build

OBJECTS = 600


@pytest.fixture(scope="module")
def corpus() -> list[Planted]:
    return build(1, OBJECTS)


def decoded(planted: Planted) -> dict[str | None, str]:
    """The object's texts by part, read without the generator's help."""
    if planted.key.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(planted.body)) as archive:
            return {name: archive.read(name).decode() for name in archive.namelist()}
    if planted.key.endswith(".gz"):
        return {planted.key.split("/")[-1][:-3]: gzip.decompress(planted.body).decode()}
    wide = planted.body.startswith((b"\xff\xfe", b"\xfe\xff"))
    return {None: planted.body.decode("utf-16" if wide else "utf-8")}


def test_planted_values_stand_in_the_object(corpus: list[Planted]) -> None:
    for planted in corpus:
        texts = decoded(planted)
        for (part, value), count in Counter((v.part, v.value) for v in planted.values).items():
            assert texts[part].count(value) >= count, (planted.key, part)


def test_the_same_seed_builds_the_same_objects(corpus: list[Planted]) -> None:
    assert build(1, OBJECTS) == corpus
    assert build(2, OBJECTS) != corpus
    assert build(1, 50) == corpus[:50]


def test_keys_are_distinct(corpus: list[Planted]) -> None:
    assert len({planted.key for planted in corpus}) == OBJECTS


def test_the_mixture(corpus: list[Planted]) -> None:
    clean = sum(not planted.values for planted in corpus)
    assert 0.5 <= clean / OBJECTS <= 0.7
    assert {name for p in corpus for v in p.values for name in v.detectors} == DETECTORS
    endings = {planted.key.rpartition(".")[2] for planted in corpus}
    assert endings >= {"txt", "md", "log", "csv", "json", "jsonl", "env", "key", "gz", "zip"}
    for clean_too in (True, False):
        marks = {p.body[:2] for p in corpus if p.key.endswith(".txt") and (clean_too or p.values)}
        assert marks >= {b"\xff\xfe", b"\xfe\xff"}


def test_tables_have_quoted_line_breaks_and_four_delimiters(corpus: list[Planted]) -> None:
    tables = [text for p in corpus if ".csv" in p.key for text in decoded(p).values()]
    headers = {re.split(r"row_id", text)[1][0] for text in tables}
    assert headers == {",", ";", "\t", "|"}
    assert any('"two lines:\nsecond' in text for text in tables)


def test_json_is_json(corpus: list[Planted]) -> None:
    for planted in corpus:
        for part, text in decoded(planted).items():
            name = part or planted.key
            if name.endswith(".json"):
                json.loads(text)
            elif name.endswith(".jsonl"):
                assert [json.loads(line) for line in text.splitlines()]


def test_some_values_lie_across_a_chunk_border() -> None:
    large = [p for p in build(3, 1500) if p.key.startswith("web/logs/large-")]
    assert large
    for planted in large:
        start = planted.body.index(planted.values[0].value.encode())
        assert start < CHUNK < start + len(planted.values[0].value)


def test_clean_objects_hold_no_card_and_no_address(corpus: list[Planted]) -> None:
    for planted in corpus:
        if not planted.values:
            for text in decoded(planted).values():
                assert "@" not in text
                assert not [number for number in re.findall(r"\b\d{13,19}\b", text) if luhn.is_valid(number)]


def test_each_value_has_a_detector_in_the_packs() -> None:
    packs = [yaml.safe_load(path.read_text("utf-8")) for path in shipped("patterns").glob("*.yaml")]
    ids = {entry["id"] for pack in packs for entry in pack.get("detectors", ())}
    assert [kind for kind in (*KINDS, PRIVATE_KEY) if not kind.detectors & ids] == []
    assert [row for row in expected() if not row.detectors <= ids] == []
