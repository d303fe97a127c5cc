"""The labelled cases: what the evaluator says of each is what its label says."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from classifier.access import evaluate
from classifier.model import Grant
from tests.access.labelled import Case, cases

CASES = tuple(cases())


def actions(grants: tuple[Grant, ...], principal: str) -> list[str]:
    """What is surely allowed to the principal."""
    allowed = (g for g in grants if g.principal == principal and g.decision == "allowed")
    return sorted({action for grant in allowed for action in grant.actions})


def answers(case: Case) -> dict[str, Any]:
    """Return what the evaluator says, for each thing that the label speaks of."""
    verdict = evaluate(case.snapshot)
    said: dict[str, Any] = {
        "policy_status": verdict.is_public_policy,
        "public": verdict.public,
        "shared": verdict.shared,
        "decision": verdict.decision,
        "anonymous": actions(verdict.grants, "anonymous"),
        "any_aws": actions(verdict.grants, "any_aws"),
        "grants": {who: actions(verdict.grants, who) for who in case.expect.get("grants", ())},
        "latent": {who: actions(verdict.latent, who) for who in case.expect.get("latent", ())},
    }
    if case.expect.get("decision") == "denied" and said["decision"] in ("implicitDeny", "explicitDeny"):
        said["decision"] = "denied"
    return {name: said[name] for name in case.expect}


def label(case: Case) -> dict[str, Any]:
    """Return the label with its lists in order."""
    return {
        name: sorted(value)
        if isinstance(value, list)
        else {who: sorted(may) for who, may in value.items()}
        if isinstance(value, dict)
        else value
        for name, value in case.expect.items()
    }


def test_the_table_is_large_and_its_ids_are_unique() -> None:
    ids = [case.id for case in CASES]
    assert len(ids) >= 250
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    before = copy.deepcopy(case.snapshot)
    assert answers(case) == label(case), f"{case.why} ({case.source})"
    assert case.snapshot == before, "the snapshot is not changed"
