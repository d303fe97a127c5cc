"""A bucket's score as its objects stream by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifier.model import Grant, Severity, Verdict
from classifier.risk import BucketRisk, Evidence, Exposure, Unread, exposure_of, load_weights, score

W = load_weights()
OFF = dict.fromkeys(W.hardening.controls, False)
VERDICT = Verdict(
    "b",
    True,
    "public",
    "not_shared",
    (Grant("anonymous", ("read",), "www/", "allowed", {"kind": "policy"}, {}),),
)
SECRET = Evidence("AWS_SECRET_ACCESS_KEY", 0.95, 1.0, 1, True)
SSN = Evidence("USA_SOCIAL_SECURITY_NUMBER", 0.7, 1.0, 500, False)
EMAIL = Evidence("EMAIL_ADDRESS", 0.25, 0.9, 2, False)
ALL_READ = Unread()


def where(key: str | None) -> Exposure:
    return exposure_of(VERDICT, key, (), W)


def bucket(*added: tuple[str, list[Evidence]]) -> BucketRisk:
    risk = BucketRisk(W)
    for key, evidence in added:
        risk.add(where(key), evidence)
    return risk


def test_an_empty_public_bucket_has_its_floor() -> None:
    assert bucket().score(where(None), unread=ALL_READ, controls=OFF).score == 20.0


def test_a_private_prefix_of_a_public_bucket_is_not_public() -> None:
    hidden = bucket(("db/a", [SSN]), ("www/a", [EMAIL])).score(where(None), unread=ALL_READ, controls=OFF)
    shown = bucket(("db/a", [EMAIL]), ("www/a", [SSN])).score(where(None), unread=ALL_READ, controls=OFF)
    assert hidden.score < 40
    assert shown.score >= 70


def test_a_public_secret_is_critical_and_a_private_one_beside_public_files_is_not() -> None:
    public = bucket(("www/a", [SECRET])).score(where(None), unread=ALL_READ, controls=OFF)
    private = bucket(("db/a", [SECRET]), ("www/a", [EMAIL])).score(where(None), unread=ALL_READ, controls=OFF)
    assert (public.band, private.band) == (Severity.CRITICAL, Severity.MEDIUM)


def test_one_exposure_scores_as_its_totals() -> None:
    added = bucket(("db/a", [EMAIL, SSN]), ("db/b", [EMAIL]), ("db/c", []))
    private = where("db/a")
    expected = score([EMAIL, SSN, EMAIL], private, W, objects=2, controls=OFF)
    assert added.score(private, unread=ALL_READ, controls=OFF) == expected
    assert added.sensitive_objects == 2


def test_unread_objects_are_taken_for_as_exposed_as_the_bucket() -> None:
    found = bucket().score(where(None), unread=Unread(1.0, 10), controls=OFF)
    assert found.score == 20.0
    assert found.high >= 70.0


keys = st.sampled_from(["www/a", "db/a"])
evidence = st.lists(st.sampled_from([SECRET, SSN, EMAIL]), max_size=3)
adds = st.lists(st.tuples(keys, evidence), max_size=8)


@given(adds.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_does_not_matter(orders: tuple[list, list]) -> None:
    one, other = (bucket(*order).score(where(None), unread=ALL_READ) for order in orders)
    assert one == other


@given(adds, keys, evidence)
def test_one_more_object_never_lowers_it(
    some: list[tuple[str, list[Evidence]]], key: str, more: list[Evidence]
) -> None:
    before = bucket(*some).score(where(None), unread=ALL_READ)
    after = bucket(*some, (key, more)).score(where(None), unread=ALL_READ)
    assert (before.low, before.score, before.high) <= (after.low, after.score, after.high)
    assert before.score <= after.score
    assert before.high <= after.high


@given(adds)
def test_a_bucket_is_no_better_than_its_worst_object(some: list[tuple[str, list[Evidence]]]) -> None:
    worst = max((score(found, where(key), W).score for key, found in some if found), default=0.0)
    assert bucket(*some).score(where(None), unread=ALL_READ).score >= worst


def test_memory_goes_by_detectors_not_by_objects() -> None:
    risk = BucketRisk(W)
    for number in range(1000):
        risk.add(where(f"db/{number}"), [EMAIL])
    assert risk.sensitive_objects == 1000
    assert len(risk._groups) == 1
