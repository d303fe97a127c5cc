"""Vendors: the list is sound, and a secret's name tells whose it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from classifier.detect import Classifier, Infos, named, shipped_packs
from classifier.detect.vendors import vendors
from classifier.model import Category
from classifier.shipped import shipped

VALUE = "k7n2xkhabq557i" + "2v9tz4wq81"


def entries() -> list[dict[str, object]]:
    text = Path(shipped("patterns") / "vendors.yaml").read_text("utf-8")
    return list(yaml.safe_load(text)["vendors"])


def test_the_list_is_sound() -> None:
    rows = entries()
    ids = [str(row["id"]) for row in rows]
    words = [word for row in rows for word in row["words"]]  # type: ignore[attr-defined]
    assert ids == sorted(set(ids))
    assert len(words) == len(set(words))
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", name) for name in ids)
    assert all(re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", word) for word in words)
    assert all(set(row) <= {"id", "title", "words", "common", "formats"} for row in rows)
    assert len(vendors()) == len(rows)


def test_formats_are_marked_where_a_pack_has_them() -> None:
    own = {detector.id for detector in shipped_packs() if detector.category is Category.CREDENTIALS}
    wrong = [
        row["id"]
        for row in entries()
        if bool(row.get("formats")) != any(name.startswith(f"{row['id']}_") for name in own)
    ]
    assert wrong == []


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    chosen = ("VENDOR_CREDENTIALS", "WEAK_VENDOR_CREDENTIALS", "WEAK_KEY_ASSIGNMENT")
    return Classifier([d for d in shipped_packs() if d.id in chosen], b"k" * 16)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f'mediastackKey = "{VALUE}"', "MEDIASTACK_CREDENTIALS"),
        (f"MEDIASTACK_API_KEY={VALUE}", "MEDIASTACK_CREDENTIALS"),
        (f"the mediastack api key is {VALUE}", "MEDIASTACK_CREDENTIALS"),
        (f"KEY_MEDIASTACK={VALUE}", "MEDIASTACK_CREDENTIALS"),
        ("mediastack_key=1234567890abcdef1234567890abcdef", "WEAK_MEDIASTACK_CREDENTIALS"),
        (f"asanaToken = {VALUE}", "WEAK_ASANA_CREDENTIALS"),  # none of Asana's formats
        (f"boxToken = {VALUE}", "WEAK_BOX_CREDENTIALS"),
        (f"a box with a key {VALUE}", None),  # an ordinary word in a sentence
        (f"verifiedPayer_key = {VALUE}", "WEAK_KEY_ASSIGNMENT"),  # Verifi is another name
        ("mediastack_key = settings.MEDIASTACK_KEY_2", None),
    ],
)
def test_whose_it_is(classifier: Classifier, text: str, found: str | None) -> None:
    assert [match.detector for match in classifier.classify(text.encode())] == ([found] if found else [])


def test_infos_know_vendors_names() -> None:
    detectors = shipped_packs()
    infos = Infos(detectors)
    assert infos["MEDIASTACK_CREDENTIALS"].title.startswith("Mediastack: ")
    assert infos["MEDIASTACK_CREDENTIALS"].severity == infos["VENDOR_CREDENTIALS"].severity
    assert infos["WEAK_MEDIASTACK_CREDENTIALS"].id == "WEAK_MEDIASTACK_CREDENTIALS"
    assert named(detectors, "NOBODY_CREDENTIALS") is None
    with pytest.raises(KeyError):
        infos["NOBODY_CREDENTIALS"]
