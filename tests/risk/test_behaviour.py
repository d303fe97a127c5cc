"""Behaviour in the score, Macie's scale, and scores set by hand."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import PackError
from classifier.model import Coverage, RiskScore, Severity
from classifier.risk import Unread, load_overrides, overridden, sensitivity
from classifier.risk.formula import Content, score_contents
from tests.risk.test_formula import CUSTOMERS, Evidence, Exposure, W, at, controls, exposures, findings

severities = st.lists(st.floats(0.1, 10), max_size=4)
unreads = st.builds(Unread, st.floats(0, 1), st.integers(0, 10**7))
groups = st.lists(st.tuples(exposures, findings, st.integers(0, 10**6)), max_size=3)
Groups = list[tuple[Exposure, list[Evidence], int]]


def scored(
    some: Groups,
    exposure: Exposure,
    acts: list[float],
    unread: Unread = Unread(),  # noqa: B008 - frozen
    has: dict[str, bool | None] | None = None,
) -> RiskScore:
    contents = [Content(where, tuple(found), count) for where, found, count in some]
    return score_contents(contents, exposure, W, unread=unread, controls=has, behaviour=acts)


@given(groups, exposures, severities, unreads, controls)
def test_a_score_stays_in_its_interval_and_its_terms_reproduce_it(
    some: Groups, exposure: Exposure, acts: list[float], unread: Unread, has: dict[str, bool | None]
) -> None:
    found = scored(some, exposure, acts, unread, has)
    assert 0 <= found.low <= found.score <= found.high <= 100
    terms = found.terms
    raw = 100 * terms["content"] * terms["volume_factor"] * terms["exposure_factor"]
    floors = [v for name, v in terms.items() if name.startswith("floor.")]
    assert found.score == round(max([raw, *floors]), 1)


@given(groups, exposures, severities, st.floats(0.1, 10), unreads, controls)
def test_more_behaviour_never_lowers_it(
    some: Groups,
    exposure: Exposure,
    acts: list[float],
    more: float,
    unread: Unread,
    has: dict[str, bool | None],
) -> None:
    before, after = (
        scored(some, exposure, acts, unread, has),
        scored(some, exposure, [*acts, more], unread, has),
    )
    assert before.score <= after.score
    assert before.high <= after.high


@given(groups, exposures, severities, st.tuples(exposures, findings, st.integers(0, 10**6)), controls)
def test_more_objects_never_lower_it_whatever_is_done_there(
    some: Groups,
    exposure: Exposure,
    acts: list[float],
    more: tuple[Exposure, list[Evidence], int],
    has: dict[str, bool | None],
) -> None:
    assert scored(some, exposure, acts, has=has).score <= scored([*some, more], exposure, acts, has=has).score


@given(groups, exposures, severities, controls, st.sampled_from(W.hardening.controls))
def test_a_control_never_raises_it_whatever_is_done_there(
    some: Groups, exposure: Exposure, acts: list[float], has: dict[str, bool | None], control: str
) -> None:
    without = scored(some, exposure, acts, has=has | {control: False})
    assert scored(some, exposure, acts, has=has | {control: True}).score <= without.score


@given(groups, exposures, severities, unreads)
def test_unread_parts_widen_the_interval_and_never_lower_the_top(
    some: Groups, exposure: Exposure, acts: list[float], unread: Unread
) -> None:
    whole, part = scored(some, exposure, acts), scored(some, exposure, acts, unread)
    assert part.high >= whole.high
    assert part.low <= whole.low


@given(st.permutations([1.0, 5.0, 8.5]))
def test_the_order_of_behaviour_does_not_matter(acts: list[float]) -> None:
    some = [(at("org"), CUSTOMERS, 10)]
    assert scored(some, at("org"), acts) == scored(some, at("org"), [1.0, 5.0, 8.5])


def test_behaviour_by_hand() -> None:
    quiet = scored([(at("private"), CUSTOMERS, 10)], at("private"), [])
    acts = scored([(at("private"), CUSTOMERS, 10)], at("private"), [8.5])
    terms = acts.terms
    assert terms["behaviour"] == 0.68
    reached = 1 - (1 - terms["exposure"] * terms["hardening"]) * (1 - 0.6 * 0.68)
    assert math.isclose(terms["exposure_factor"], 0.4 + 0.6 * reached, abs_tol=1e-6)
    assert terms["floor.behaviour"] == round(85 * (0.5 + 0.5 * terms["content"]), 6)
    assert quiet.score < 40 < 65 <= acts.score
    assert "behaviour" not in quiet.terms


coverages = st.builds(
    lambda complete, partial, skipped: Coverage(complete + partial + skipped, complete, partial, skipped),
    st.integers(0, 1000),
    st.integers(0, 1000),
    st.integers(0, 1000),
)


@given(coverages, st.integers(0, 1000), st.dictionaries(st.sampled_from("ABCDEF"), st.integers(1, 10**6)))
def test_macies_scale(coverage: Coverage, sensitive: int, detectors: dict[str, int]) -> None:
    found = sensitivity(coverage, sensitive, detectors)
    read = coverage.complete + coverage.partial
    if not coverage.objects:
        assert found == 1
    elif not read:
        assert found == 50
    else:
        assert (51 <= found <= 99) if sensitive else (1 <= found <= 49)


@pytest.mark.parametrize(
    "coverage, sensitive, detectors, failed, expected",
    [
        (Coverage(), 0, {}, True, -1),
        (Coverage(10, 10), 0, {}, False, 1),
        (Coverage(10, 1, 0, 9), 0, {}, False, 44),
        (Coverage(10, 10), 10, {"A": 10**4, "B": 1, "C": 1, "D": 1}, False, 99),
        (Coverage(10, 10), 1, {"A": 1}, False, 58),
    ],
)
def test_macies_scale_by_hand(
    coverage: Coverage, sensitive: int, detectors: dict[str, int], failed: bool, expected: int
) -> None:
    assert sensitivity(coverage, sensitive, detectors, failed=failed) == expected


OVERRIDES = """version: "1"
overrides:
  - {bucket: "archive-*", score: 5, who: ana, why: made-up data, until: 2026-06-30}
  - {bucket: "*", score: 80.25, who: bob, why: audit, until: 2026-01-31}
"""


@pytest.mark.parametrize(
    "bucket, today, who",
    [
        ("archive-1", date(2026, 6, 30), "ana"),
        ("archive-1", date(2026, 7, 1), None),
        ("x", date(2026, 1, 1), "bob"),
        ("x", date(2026, 2, 1), None),
    ],
)
def test_overrides_end(tmp_path: Path, bucket: str, today: date, who: str | None) -> None:
    path = tmp_path / "o.yaml"
    path.write_text(OVERRIDES, "utf-8")
    found = load_overrides(path).of(bucket, today)
    assert (found.who if found else None) == who


def test_an_override_keeps_what_was_computed(tmp_path: Path) -> None:
    path = tmp_path / "o.yaml"
    path.write_text(OVERRIDES, "utf-8")
    computed = RiskScore(90.0, 90.0, 95.0, Severity.CRITICAL, {"content": 1.0}, W.version)
    found = overridden(computed, load_overrides(path).of("archive-1", date(2026, 1, 1)), W)
    assert (found.score, found.low, found.high, found.band) == (5.0, 5.0, 5.0, Severity.LOW)
    assert found.terms == {"content": 1.0, "computed": 90.0, "override": 5.0}
    assert overridden(computed, None, W) is computed


@pytest.mark.parametrize(
    "old, new", [("who: ana", "whom: ana"), ("score: 5", "score: 500"), ("why: made-up data, ", "")]
)
def test_an_override_says_who_and_why(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "o.yaml"
    path.write_text(OVERRIDES.replace(old, new), "utf-8")
    with pytest.raises(PackError, match=r"o.yaml:3"):
        load_overrides(path)
