"""Laws of differences: none of the same, made they give the other, taken back the first."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from classifier.alerts.diff import Edit, apply, diff, undone
from classifier.store import stable_hash

leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)
states = st.dictionaries(st.text(max_size=3), values, max_size=5)


@given(values)
def test_nothing_differs_from_itself(one: Any) -> None:
    assert diff(one, one) == []
    assert diff(one, json.loads(json.dumps(one))) == []


@given(values, values)
def test_edits_make_the_other(one: Any, other: Any) -> None:
    edits = diff(one, other)
    made = apply(edits, one)
    assert json.dumps(made, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert diff(made, other) == []


@given(states, states)
def test_edits_are_taken_back(one: Any, other: Any) -> None:
    edits = diff(one, other)
    back = apply(undone(edits), apply(edits, one))
    assert json.dumps(back, sort_keys=True) == json.dumps(one, sort_keys=True)


@given(states, states)
def test_edits_survive_json(one: Any, other: Any) -> None:
    edits = diff(one, other)
    told = json.loads(json.dumps([edit.to_json() for edit in edits]))
    assert [Edit.of_json(item) for item in told] == edits


@given(states)
def test_what_is_given_stays_as_it_is(one: Any) -> None:
    before = json.dumps(one)
    apply([Edit(("new",), None, 1)], one)
    assert json.dumps(one) == before


def _shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, _shuffled(inner, order)) for key, inner in value.items()]
        order.shuffle(items)
        return dict(items)
    return [_shuffled(inner, order) for inner in value] if isinstance(value, list) else value


@given(states, st.randoms(use_true_random=False))
def test_the_order_of_keys_is_no_difference(one: Any, order: random.Random) -> None:
    other = _shuffled(one, order)
    assert diff(one, other) == []
    assert stable_hash(one) == stable_hash(other)
