"""Laws of the score, and scores of known cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.model import (
    Category,
    Coverage,
    DetectorInfo,
    Finding,
    RiskScore,
    S3Object,
    Severity,
    Tier,
)
from classifier.risk import Evidence, Exposure, Unread, evidence_of, load_weights, score, unread_of
from classifier.risk.formula import Content, merged, score_contents

W = load_weights()
LEVELS = [level.name for level in W.exposure.levels]
OFF = dict.fromkeys(W.hardening.controls, False)


def at(level: str, at_most: str | None = None) -> Exposure:
    low, high = W.exposure.by_name[level], W.exposure.by_name[at_most or level]
    public = True if low.public else None if high.public else False
    unknown = low.reach == "internal" != high.reach
    return Exposure(
        low.name,
        high.name,
        low.weight,
        high.weight,
        public,
        "unknown" if unknown else low.reach,
        high.reach,
        (),
        {},
    )


exposures = st.tuples(st.sampled_from(LEVELS), st.sampled_from(LEVELS)).map(
    lambda pair: at(*sorted(pair, key=LEVELS.index))
)
evidences = st.builds(
    Evidence,
    detector=st.sampled_from(["A", "B", "C", "D"]),
    weight=st.floats(0, 1),
    confidence=st.floats(0, 1),
    count=st.integers(1, 10**7),
    live_credential=st.booleans(),
)
findings = st.lists(evidences, max_size=6)
unreads = st.builds(Unread, st.floats(0, 1), st.integers(0, 10**7))
controls = st.fixed_dictionaries(
    {name: st.sampled_from([True, False, None]) for name in W.hardening.controls}
)
objects = st.integers(0, 10**7)

EMAIL = Evidence("EMAIL_ADDRESS", 0.25, 1.0, 1, False)
CUSTOMERS = [
    Evidence("EMAIL_ADDRESS", 0.25, 1.0, 50_000, False),
    Evidence("NAME", 0.35, 1.0, 50_000, False),
    Evidence("PHONE_NUMBER", 0.25, 1.0, 50_000, False),
]
SECRET = Evidence("AWS_SECRET_ACCESS_KEY", 0.95, 1.0, 1, True)


@pytest.mark.parametrize(
    "evidence, level, lowest, highest, band",
    [
        pytest.param([], "private", 0, 0, Severity.INFORMATIONAL, id="empty-private"),
        pytest.param([], "public_read", 20, 20, Severity.LOW, id="empty-public"),
        pytest.param([EMAIL], "private", 4, 6, Severity.LOW, id="one-address-private"),
        pytest.param(CUSTOMERS, "private", 25, 40, Severity.LOW, id="customers-private"),
        pytest.param(CUSTOMERS, "public_read", 70, 75, Severity.HIGH, id="customers-public"),
        pytest.param([SECRET], "private", 50, 50, Severity.MEDIUM, id="secret-private"),
        pytest.param([SECRET], "public_list", 50, 60, Severity.MEDIUM, id="secret-listable"),
        pytest.param([SECRET], "public_read", 90, 90, Severity.CRITICAL, id="secret-public"),
    ],
)
def test_known_cases(
    evidence: Sequence[Evidence], level: str, lowest: float, highest: float, band: Severity
) -> None:
    found = score(evidence, at(level), W, controls=OFF)
    assert lowest <= found.score <= highest
    assert (found.band, found.weights_version) == (band, W.version)
    assert found.low == found.high == found.score


def test_the_formula_by_hand() -> None:
    email = replace(EMAIL, count=9)
    found = score([email], at("org"), W, objects=3, controls={**OFF, "kms": True, "tls": True})
    content = 0.25 * (0.7 + 0.3 * math.log10(10) / 4)
    expected = 100 * content * (0.55 + 0.45 * math.log10(10) / 6) * (0.4 + 0.6 * 0.25 * 0.9)
    assert found.score == round(expected, 1)


def test_an_unknown_exposure_is_an_interval() -> None:
    found = score([SECRET], at("private", "public_write"), W, controls=OFF)
    assert (found.low, found.score, found.high) == (50.0, 50.0, 90.0)
    assert found.terms["high.floor.public_live_credential"] == 90.0
    assert found.terms["exposure"] == 0.575


def test_what_was_not_read_may_be_sensitive() -> None:
    found = score([], at("private"), W, objects=0, unread=Unread(0.5, 100), controls=OFF)
    assert (found.low, found.score) == (0.0, 0.0)
    assert found.high > 5


def test_an_unknown_control_is_not_counted_on() -> None:
    unknown = score(CUSTOMERS, at("org"), W, controls={**OFF, "kms": None})
    assert unknown.score == unknown.high == score(CUSTOMERS, at("org"), W, controls=OFF).score
    assert unknown.low == score(CUSTOMERS, at("org"), W, controls={**OFF, "kms": True}).score < unknown.score


@given(findings, exposures, objects, unreads, controls)
def test_a_score_lies_in_its_interval_within_0_and_100(
    some: list[Evidence], exposure: Exposure, count: int, unread: Unread, has: dict[str, bool | None]
) -> None:
    found = score(some, exposure, W, objects=count, unread=unread, controls=has)
    assert 0 <= found.low <= found.score <= found.high <= 100


@given(findings, exposures, objects, unreads, controls)
def test_the_terms_reproduce_the_score(
    some: list[Evidence], exposure: Exposure, count: int, unread: Unread, has: dict[str, bool | None]
) -> None:
    found = score(some, exposure, W, objects=count, unread=unread, controls=has)
    for prefix, value in (("", found.score), ("low.", found.low), ("high.", found.high)):
        if prefix and value == found.score:
            continue
        terms = {name.removeprefix(prefix): v for name, v in found.terms.items() if name.startswith(prefix)}
        parts = [v for name, v in terms.items() if name.startswith("content.")]
        assert terms["content"] == round(1 - math.prod(1 - part for part in parts), 6)
        raw = 100 * terms["content"] * terms["volume_factor"] * terms["exposure_factor"]
        floors = [v for name, v in terms.items() if name.startswith("floor.")]
        assert value == round(max([raw, *floors]), 1)


@given(st.permutations([EMAIL, SECRET, *CUSTOMERS]), exposures)
def test_the_order_does_not_matter(order: list[Evidence], exposure: Exposure) -> None:
    assert score(order, exposure, W) == score([EMAIL, SECRET, *CUSTOMERS], exposure, W)


def ends(found: RiskScore) -> tuple[float, float, float]:
    return found.low, found.score, found.high


def no_lower(less: RiskScore, more: RiskScore) -> bool:
    return all(one <= other for one, other in zip(ends(less), ends(more), strict=True))


@given(findings, evidences, exposures, objects, unreads, controls)
def test_more_findings_never_lower_it(
    some: list[Evidence],
    one: Evidence,
    exposure: Exposure,
    count: int,
    unread: Unread,
    has: dict[str, bool | None],
) -> None:
    less = score(some, exposure, W, objects=count, unread=unread, controls=has)
    assert no_lower(less, score([*some, one], exposure, W, objects=count, unread=unread, controls=has))
    assert no_lower(less, score(some, exposure, W, objects=count + 1, unread=unread, controls=has))


@given(evidences, st.integers(0, 10**7), st.floats(0, 1), exposures)
def test_more_matches_and_surer_ones_never_lower_it(
    one: Evidence, more: int, surer: float, exposure: Exposure
) -> None:
    less = score([one], exposure, W)
    assert no_lower(less, score([replace(one, count=one.count + more)], exposure, W))
    confidence = max(one.confidence, surer)
    assert no_lower(less, score([replace(one, confidence=confidence)], exposure, W))


@given(findings, exposures, exposures, unreads, controls)
def test_a_wider_exposure_never_lowers_it(
    some: list[Evidence], one: Exposure, other: Exposure, unread: Unread, has: dict[str, bool | None]
) -> None:
    wide = at(
        max(one.level, other.level, key=LEVELS.index), max(one.at_most, other.at_most, key=LEVELS.index)
    )
    assert no_lower(
        score(some, one, W, unread=unread, controls=has), score(some, wide, W, unread=unread, controls=has)
    )


@given(findings, exposures, unreads, controls, st.sampled_from(W.hardening.controls))
def test_a_control_never_raises_it(
    some: list[Evidence], exposure: Exposure, unread: Unread, has: dict[str, bool | None], name: str
) -> None:
    without = score(some, exposure, W, unread=unread, controls={**has, name: False})
    unknown = score(some, exposure, W, unread=unread, controls={**has, name: None})
    within = score(some, exposure, W, unread=unread, controls={**has, name: True})
    assert no_lower(within, unknown)
    assert no_lower(unknown, without)


@given(findings, exposures, objects, unreads, unreads)
def test_unread_objects_move_the_top_only(
    some: list[Evidence], exposure: Exposure, count: int, one: Unread, other: Unread
) -> None:
    less = Unread(min(one.share, other.share), min(one.objects, other.objects))
    more = Unread(max(one.share, other.share), max(one.objects, other.objects))
    seen, before, after = (score(some, exposure, W, objects=count, unread=u) for u in (Unread(), less, more))
    assert seen.score == before.score == after.score
    assert seen.low == before.low == after.low
    assert seen.high <= before.high <= after.high


@given(findings, st.sampled_from([name for name in LEVELS if W.exposure.by_name[name].reach == "public"]))
def test_a_public_live_credential_is_critical(some: list[Evidence], level: str) -> None:
    found = score([*some, SECRET], at(level), W)
    assert found.band is Severity.CRITICAL
    assert found.low >= 90


@pytest.mark.parametrize(
    "coverage, failed, expected",
    [
        pytest.param(Coverage(), False, Unread(0.0, 0), id="nothing-there"),
        pytest.param(Coverage(), True, Unread(1.0, 1), id="not-listed"),
        pytest.param(Coverage(10, 10, bytes_total=9, bytes_read=9), False, Unread(0.0, 0), id="all-read"),
        pytest.param(Coverage(10, 8, skipped=2), False, Unread(0.2, 2), id="skipped"),
        pytest.param(Coverage(10, 8, partial=2), False, Unread(0.1, 2), id="partial-counts-half"),
        pytest.param(
            Coverage(10, 9, skipped=1, bytes_total=100, bytes_read=40),
            False,
            Unread(0.6, 1),
            id="big-skipped",
        ),
    ],
)
def test_coverage_to_unread(coverage: Coverage, failed: bool, expected: Unread) -> None:
    assert unread_of(coverage, W, failed=failed) == expected


def test_evidence_of_a_finding() -> None:
    low = (Severity.LOW, Severity.LOW, Severity.LOW)
    info = DetectorInfo("X", "X", Category.CREDENTIALS, Tier.VERIFIED, low, 0.8, True, "")
    obj = S3Object("b", "k", 1)
    finding = Finding(obj, "X", Category.CREDENTIALS, Severity.LOW, 0.9, Tier.VERIFIED, 7, True, (), False)
    assert evidence_of(finding, info) == Evidence("X", 0.8, 0.9, 7, True)


@settings(deadline=None)
@given(findings, exposures, controls, unreads, objects)
def test_a_remembered_score_is_the_score(
    evidence: list[Evidence],
    exposure: Exposure,
    known: dict[str, bool | None],
    unread: Unread,
    number: int,
) -> None:
    content = Content(exposure, merged(evidence), number)
    fresh = score_contents([content], exposure, W, unread=unread, controls=known)
    for reason in ({}, {"kind": "policy"}):
        alike = replace(exposure, because=reason)
        assert score(evidence, alike, W, objects=number, unread=unread, controls=known) == fresh


def test_scores_are_remembered_apart_by_their_weights() -> None:
    bare = W.model_copy(update={"count": W.count.model_copy(update={"floor": 0.9})})
    private = at("private")
    scores = [score([EMAIL], private, weights, controls=OFF) for weights in (W, bare, W)]
    assert scores[0] == scores[2]
    assert scores[0].score < scores[1].score
