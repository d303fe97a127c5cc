"""Findings to bounded evidence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.alerts import BucketEvidence
from classifier.alerts.evidence import KEPT
from classifier.model import Category, FindingSummary, Grant, Severity, Tier, Verdict
from classifier.risk import Exposure, exposure_of, load_weights

WEIGHTS = load_weights()
VERDICT = Verdict(
    "b",
    True,
    "public",
    "not_shared",
    (Grant("anonymous", ("read",), "www/", "allowed", {"kind": "policy"}, {}),),
)
PUBLIC, PRIVATE = (exposure_of(VERDICT, key, (), WEIGHTS) for key in ("www/a", "db/a"))


def finding(
    number: int, detector: str = "EMAIL_ADDRESS", severity: Severity = Severity.LOW, count: int = 1
) -> FindingSummary:
    category = Category.CREDENTIALS if detector.startswith("AWS") else Category.PERSONAL_INFORMATION
    return FindingSummary(
        f"f{number:04}", f"k{number:04}", detector, category, severity, Tier.PATTERN, count, 1.0, number / 10
    )


def collected(*added: tuple[FindingSummary, Exposure]) -> BucketEvidence:
    evidence = BucketEvidence()
    for item, exposure in added:
        evidence.add(item, exposure, live=item.detector.startswith("AWS"))
    return evidence


def test_nothing_is_none() -> None:
    assert BucketEvidence().select() is None


def test_totals_and_order() -> None:
    evidence = collected(
        (finding(1, count=5), PRIVATE),
        (finding(2, "PHONE_NUMBER", Severity.MEDIUM, 9), PUBLIC),
        (finding(3, count=2), PUBLIC),
    )
    found = evidence.select()
    assert found is not None
    assert (found.findings, found.occurrences, found.worst) == (3, 16, Severity.MEDIUM)
    assert list(found.types.items()) == [("PHONE_NUMBER", 9), ("EMAIL_ADDRESS", 7)]
    assert [item.finding_id for item in found.top] == ["f0003", "f0002", "f0001"]


def test_selections() -> None:
    evidence = collected(
        (finding(1), PRIVATE),
        (finding(2, "AWS_SECRET_ACCESS_KEY"), PRIVATE),
        (finding(3, "PHONE_NUMBER"), PUBLIC),
    )

    def ids(**asked: object) -> list[str]:
        found = evidence.select(**asked)  # type: ignore[arg-type]
        return [item.finding_id for item in found.top] if found else []

    assert ids(reach=("public",)) == ["f0003"]
    assert ids(reach=("internal", "unknown")) == ["f0002", "f0001"]
    assert ids(live=True) == ["f0002"]
    assert ids(categories={Category.PERSONAL_INFORMATION}) == ["f0003", "f0001"]
    assert ids(detectors={"PHONE*", "EMAIL_ADDRESS"}) == ["f0003", "f0001"]
    assert ids(detectors={"phone_number"}) == []
    assert ids(anyone=True) == ["f0003"]
    assert ids(reach=("public",), anyone=False) == []


@given(st.permutations(range(60)))
def test_the_most_telling_are_kept_in_any_order(order: list[int]) -> None:
    found = collected(*((finding(number, count=number + 1), PRIVATE) for number in order)).select()
    assert found is not None
    assert [item.finding_id for item in found.top] == [f"f{n:04}" for n in range(59, 59 - KEPT, -1)]
    assert (found.findings, found.occurrences) == (60, 60 * 61 // 2)
