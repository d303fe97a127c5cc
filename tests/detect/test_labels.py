"""Labels in names: every way to write one is found, and nothing is missed that an expression would match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.detect.derive import FIRST
from classifier.detect.labels import LabelIndex

INDEX = LabelIndex({0: ["data dog"], 1: ["box"], 2: ["d7 networks"], 3: ["dd"]})


@pytest.mark.parametrize(
    ("name", "owners"),
    [
        (b"datadogApiKey", {0}),
        (b"DATADOG_API_KEY", {0}),
        (b"my data-dog.key", {0}),
        (b"dataDogSecret", {0}),
        (b"boxSecret", {1}),
        (b"inboxSecret", set()),
        (b"D7NETWORKS_TOKEN", {2}),
        (b"dd_key", {3}),
        (b"add_key", set()),
        (rb"\ndatadog_key", {0}),
        (b"", set()),
    ],
)
def test_names(name: bytes, owners: set[int]) -> None:
    assert {owner for label in INDEX.found(name) for owner in label.owners} == owners


def test_what_follows_a_label_is_told() -> None:
    (label,) = INDEX.found(b"my boxer_token")
    assert (label.size, label.rest, label.whole) == (3, b"ertoken", False)


@given(st.text("aB_ 1.", max_size=12), st.sampled_from(["x", "_", " ", ""]), st.text("aB_ 1.", max_size=12))
def test_a_label_after_no_letter_is_always_found(before: str, apart: str, after: str) -> None:
    start = before.rstrip("aBx") + f"data{apart.strip('x')}dog"
    assert 0 in {owner for label in INDEX.found((start + after).encode()) for owner in label.owners}


@pytest.mark.parametrize(
    "text",
    [
        "datadog_key={}",
        'DATADOG_KEY": "{}',
        '{{"name": "datadog_key", "value": "Bearer {}',
        "<datadogKey>{}",
        "&quot;datadog_key&quot;: &quot;{}",
        r"\ndatadog-key: {}",
        "key_for_datadog   {}",
        'datadog_key":\n        "{}',
        '"datadog_key" is "{}',
        '"datadog_key"   -> "{}',
    ],
)
def test_places_are_those_of_the_wanted(text: str) -> None:
    data = text.format("x" * FIRST).encode()
    assert INDEX.places(data, [len(data)], 200, {0, 1}) == ({0: [len(data)]}, [len(data)])
    assert INDEX.places(data, [len(data)], 200, {1}) == ({}, [len(data)])


def test_what_stands_farther_before_is_no_name() -> None:
    data = b"datadog_key: none, box_token=" + b"x" * FIRST
    assert INDEX.places(data, [len(data)], 200, {0, 1}) == ({1: [len(data)]}, [len(data)])


def test_a_name_that_means_no_secret_is_none() -> None:
    data = b"datadog_key: none, box=" + b"x" * FIRST
    assert INDEX.places(data, [len(data)], 200, {0, 1}) == ({}, [])
